"""An engine over the standard tables, and short ways to make metadata in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.engine import Engine
from sandbox.dataverse.exchange import Request
from sandbox.dataverse.platform.tables import platform_tables
from sandbox.dataverse.problems import Problem
from sandbox.dataverse.rules import NoRules
from sandbox.dataverse.store import Store
from sandbox.dataverse.table import Table
from sandbox.dataverse.tables import schema

CRM = "Microsoft.Dynamics.CRM"
USER = Reference("systemuser", "77777777-0000-4000-8000-000000000007")
THING = "EntityDefinitions(LogicalName='acme_thing')"


class BrokenError(Exception):
    """The platform breaks, as nobody expects."""


class Rules(NoRules):
    """A solution whose publisher has the prefix `acme`; remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, object, str | None]] = []
        self.customizers = True
        self.breaks = False

    def customizer(self, by: Reference) -> None:
        """Refuse everybody, when told to."""
        if not self.customizers:
            raise Problem(403, "0x80040220", f"Principal user (Id={by.id}) is missing a privilege.")

    def prefix(self, solution: str | None) -> str | None:
        """Of the one solution that there is."""
        if solution not in {None, "AcmeThings"}:
            raise Problem(400, "0x80048d21", f"The solution {solution} was not found.")
        return "acme" if solution else None

    def table_made(self, table: Table, solution: str | None) -> None:
        """Remember it."""
        self.told.append(("table", table.metadata_id, solution))

    def table_gone(self, table: Table) -> None:
        """Remember it."""
        if self.breaks:
            raise BrokenError
        self.told.append(("no table", table.metadata_id, None))

    def component_made(self, kind: int, object_id: str, solution: str | None) -> None:
        """Remember it."""
        self.told.append((str(kind), object_id, solution))

    def component_gone(self, object_id: str) -> None:
        """Remember it."""
        self.told.append(("gone", object_id, None))


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, read."""

    status: int
    json: Any
    place: str | None
    text: str = ""

    @property
    def refusal(self) -> tuple[int, str]:
        """Status and the platform's code."""
        return self.status, self.json["error"]["code"]


class Environment:
    """One environment, whose time stands still until it is moved."""

    def __init__(self) -> None:
        self.rules = Rules()
        self.now = 0.0
        self.store = Store(schema(platform=platform_tables()))
        user = self.store.schema.by_name["systemuser"]
        self.store.insert(user, {"systemuserid": USER.id, "fullname": "Kim"}, USER)
        for prefix, number in (("acme", 72700), ("other", 50000)):
            publisher: dict[str, Value] = {
                "customizationprefix": prefix,
                "customizationoptionvalueprefix": number,
            }
            self.store.insert(self.store.schema.by_name["publisher"], publisher, USER)
        self.engine = Engine(self.store, self.rules, lambda _created: None, lambda: self.now)

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Told:
        """One request; headers by keyword, underscores standing for hyphens."""
        plain, _, query = path.partition("?")
        sent = {
            name.lower().replace("mscrm_", "mscrm.").replace("_", "-"): value
            for name, value in headers.items()
        }
        content = b"" if body is None else json.dumps(body).encode()
        request = Request(method, quote(plain, safe="/()='$,"), query.replace(" ", "%20"), sent, content)
        answer = self.engine.execute(request, USER)
        is_json = (answer.header("Content-Type") or "").startswith("application/json")
        return Told(
            answer.status,
            json.loads(answer.body) if is_json else None,
            answer.header("OData-EntityId"),
            answer.body.decode(),
        )

    def done(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A request that must succeed; its JSON."""
        told = self(method, path, body, **headers)
        assert told.status < 400, told.json
        return told.json

    def thing(self, **changes: Any) -> Told:
        """The table `acme_thing`, made."""
        made = self("POST", "EntityDefinitions", table_body(**changes))
        assert made.status == 204, made.json
        return made

    def column(self, body: Mapping[str, Any], table: str = THING) -> Told:
        """A column of `acme_thing`."""
        return self("POST", f"{table}/Attributes", body)

    def told(self, path: str) -> Any:
        """What is told of a column of `acme_thing`."""
        return self.done("GET", f"{THING}/Attributes(LogicalName='{path}')")


def label(text: str, dutch: str | None = None) -> dict[str, Any]:
    """A label in English, and in Dutch."""
    words = {1033: text} | ({} if dutch is None else {1043: dutch})
    return {
        "@odata.type": f"{CRM}.Label",
        "LocalizedLabels": [
            {"@odata.type": f"{CRM}.LocalizedLabel", "Label": one, "LanguageCode": language}
            for language, one in words.items()
        ],
    }


def words(told: Mapping[str, Any]) -> dict[int, str]:
    """A label that was told, by language."""
    return {one["LanguageCode"]: one["Label"] for one in told["LocalizedLabels"]}


def column_body(kind: str, name: str, **more: Any) -> dict[str, Any]:
    """A column of any kind."""
    return {
        "@odata.type": f"{CRM}.{kind}AttributeMetadata",
        "SchemaName": name,
        "DisplayName": label(name),
        "RequiredLevel": {"Value": "None"},
        **more,
    }


def text_body(name: str, length: int = 100, **more: Any) -> dict[str, Any]:
    """A single line of text."""
    return column_body("String", name, MaxLength=length, FormatName={"Value": "Text"}, **more)


def choice_body(name: str, *values: int | None, **more: Any) -> dict[str, Any]:
    """A choice of these values."""
    options = [{"Value": value, "Label": label(f"Option {at}")} for at, value in enumerate(values)]
    return column_body(
        "Picklist",
        name,
        OptionSet={
            "@odata.type": f"{CRM}.OptionSetMetadata",
            "IsGlobal": False,
            "OptionSetType": "Picklist",
            "Options": options,
        },
        **more,
    )


def table_body(**changes: Any) -> dict[str, Any]:
    """The table `acme_thing` with its primary name."""
    return {
        "@odata.type": f"{CRM}.EntityMetadata",
        "SchemaName": "acme_Thing",
        "DisplayName": label("Thing", "Ding"),
        "DisplayCollectionName": label("Things", "Dingen"),
        "Description": label("A thing.", "Een ding."),
        "OwnershipType": "UserOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": False,
        "Attributes": [text_body("acme_Name", 200, IsPrimaryName=True)],
    } | changes


def relationship_body(name: str, target: str, column: str, **changes: Any) -> dict[str, Any]:
    """A lookup of `acme_thing` to another table."""
    return {
        "@odata.type": f"{CRM}.OneToManyRelationshipMetadata",
        "SchemaName": name,
        "ReferencedEntity": target,
        "ReferencedAttribute": f"{target}id",
        "ReferencingEntity": "acme_thing",
        "CascadeConfiguration": {"Assign": "NoCascade", "Delete": "RemoveLink"},
        "Lookup": column_body("Lookup", column),
    } | changes
