"""How does an administrator bring a table of a publisher's own into a fresh environment?"""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid5

import httpx

from sandbox.dataverse import organization
from tests.sandbox.dataverse.service import Client

PUBLISHER = "0a000000-0000-4000-8000-000000000001"
SOLUTION = "0a000000-0000-4000-8000-000000000002"
ROLE = "0a000000-0000-4000-8000-000000000003"
SCRIPT = "0a000000-0000-4000-8000-000000000004"
ENDPOINT = "0a000000-0000-4000-8000-000000000005"
STEP = "0a000000-0000-4000-8000-000000000006"
VIEW = "0a000000-0000-4000-8000-000000000007"
APPLICATION = organization.user_id(organization.APPLICATION)
UNIT = f"/businessunits({organization.BUSINESS_UNIT_ID})"
IN_SOLUTION = {"MSCRM.SolutionUniqueName": "Acme"}
TABLE = "EntityDefinitions(LogicalName='acme_thing')"


def administrator(client: Client, name: str = "Ada") -> Client:
    """The same client as another user; every user but the application is a System Administrator."""
    other = Client(client.service, client.http)
    other.token = client.service.tokens.issue(name).access_token
    return other


def some_id(name: str) -> str:
    """A guid that is always the same for a name."""
    return str(uuid5(UUID(PUBLISHER), name))


def made(answer: httpx.Response) -> None:
    """Insist that a write was taken."""
    assert answer.status_code == 204, answer.text


async def make_solution(admin: Client) -> None:
    """The publisher with the prefix `acme` and its solution `Acme`."""
    publisher = {
        "publisherid": PUBLISHER,
        "uniquename": "acme",
        "friendlyname": "Acme",
        "customizationprefix": "acme",
        "customizationoptionvalueprefix": 55500,
    }
    made(await admin("POST", "publishers", publisher))
    solution = {
        "solutionid": SOLUTION,
        "uniquename": "Acme",
        "friendlyname": "Acme for all",
        "version": "1.0.0",
        "publisherid@odata.bind": f"/publishers({PUBLISHER})",
    }
    made(await admin("POST", "solutions", solution))


def label(text: str) -> dict[str, Any]:
    """A label in English."""
    kind = "Microsoft.Dynamics.CRM.Label"
    inner = {"@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel", "Label": text, "LanguageCode": 1033}
    return {"@odata.type": kind, "LocalizedLabels": [inner]}


async def make_table(admin: Client) -> None:
    """The solution, and in it the table `acme_thing` whose only own column is its name."""
    await make_solution(admin)
    name = {
        "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
        "IsPrimaryName": True,
        "SchemaName": "acme_Name",
        "MaxLength": 100,
        "FormatName": {"Value": "Text"},
        "RequiredLevel": {"Value": "None"},
        "DisplayName": label("Name"),
    }
    table = {
        "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata",
        "SchemaName": "acme_Thing",
        "DisplayName": label("Thing"),
        "DisplayCollectionName": label("Things"),
        "OwnershipType": "UserOwned",
        "HasActivities": False,
        "HasNotes": False,
        "Attributes": [name],
    }
    made(await admin("POST", "EntityDefinitions", table, **IN_SOLUTION))


async def components(admin: Client) -> set[tuple[int, str]]:
    """Kinds and ids of what the solution holds."""
    rows = await admin.rows(f"solutioncomponents?$filter=_solutionid_value eq {SOLUTION}")
    return {(row["componenttype"], row["objectid"]) for row in rows}


async def form_of(admin: Client, table: str = "acme_thing") -> dict[str, Any]:
    """The one main form of a table, as readers see it."""
    [form] = await admin.rows(f"systemforms?$filter=objecttypecode eq '{table}' and type eq 2")
    return form


async def publish(admin: Client, *, tables: tuple[str, ...] = (), scripts: tuple[str, ...] = ()) -> None:
    """Publish what belongs to some tables, and some web resources."""
    entities = "".join(f"<entity>{name}</entity>" for name in tables)
    resources = "".join(f"<webresource>{{{one}}}</webresource>" for one in scripts)
    parameter = (
        f"<importexportxml><entities>{entities}</entities><webresources>{resources}</webresources>"
        "</importexportxml>"
    )
    made(await admin("POST", "PublishXml", {"ParameterXml": parameter}))
