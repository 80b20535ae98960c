"""A key is there at once, and works once its index is ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.dataverse.metadata.environment import (
    THING,
    Environment,
    choice_body,
    column_body,
    label,
    relationship_body,
    text_body,
)

BY_CODE = "acme_things(acme_code='a')"


def key_body(*columns: str, name: str = "acme_CodeKey") -> dict[str, Any]:
    """A key over columns."""
    return {"SchemaName": name, "DisplayName": label("Code"), "KeyAttributes": list(columns)}


def status(environment: Environment) -> str:
    """How far the index of the first key is."""
    [key, *_] = environment.done("GET", f"{THING}/Keys")["value"]
    return str(key["EntityKeyIndexStatus"])


@pytest.fixture
def coded(things: Environment) -> Environment:
    """Things with a code."""
    things.column(text_body("acme_Code", 100))
    return things


def test_an_index_is_built(coded: Environment) -> None:
    """Pending, in progress, active; until then the key finds nothing and refuses nothing."""
    made = coded("POST", f"{THING}/Keys", key_body("acme_code"), MSCRM_SolutionUniqueName="AcmeThings")
    assert made.status == 204, made.json
    [key] = coded.done("GET", f"{THING}/Keys")["value"]
    assert (key["LogicalName"], key["KeyAttributes"]) == ("acme_codekey", ["acme_code"])
    assert (
        made.place
        == f"http://localhost/api/data/v9.2/EntityDefinitions({_id(coded)})/Keys({key['MetadataId']})"
    )
    assert coded.rules.told[-1] == ("14", key["MetadataId"], "AcmeThings")
    assert status(coded) == "Pending"
    assert coded("GET", BY_CODE).status == 400
    coded.now = 0.25
    assert status(coded) == "InProgress"
    coded.done("POST", "acme_things", {"acme_code": "a"})
    assert coded("PATCH", BY_CODE, {"acme_name": "x"}).status == 400
    coded.now = 0.4
    assert coded.done("GET", BY_CODE)["acme_code"] == "a"
    assert status(coded) == "Active"
    assert coded("POST", "acme_things", {"acme_code": "A"}).refusal == (412, "0x80060892")
    coded.done("PATCH", BY_CODE, {"acme_name": "x"})


def _id(environment: Environment) -> str:
    return str(environment.done("GET", f"{THING}?$select=MetadataId")["MetadataId"])


def test_an_index_over_doubles_fails(coded: Environment) -> None:
    """Two rows of one code: the index fails until one is gone and the key is activated again."""
    again = {"EntityLogicalName": "acme_thing", "EntityKeyLogicalName": "acme_codekey"}
    coded.done("POST", f"{THING}/Keys", key_body("acme_code"))
    assert coded("POST", "ReactivateEntityKey", again).status == 400
    for row in "ab":
        coded.done("PATCH", f"acme_things(11111111-0000-4000-8000-00000000000{row})", {"acme_code": "a"})
    coded.now = 1.0
    assert status(coded) == "Failed"
    coded.done("DELETE", "acme_things(11111111-0000-4000-8000-00000000000b)")
    coded.done("POST", "ReactivateEntityKey", again)
    assert status(coded) == "Pending"
    coded.now = 2.0
    assert status(coded) == "Active"
    assert coded("POST", "ReactivateEntityKey", again | {"EntityKeyLogicalName": "x"}).status == 400


def test_an_index_fails_on_purpose(coded: Environment) -> None:
    """So many as are asked for, whatever the rows."""
    coded.engine.metadata.switches.fail_next_index = 1
    coded.engine.metadata.switches.index_seconds = 5.0
    coded.done("POST", f"{THING}/Keys", key_body("acme_code"))
    coded.now = 4.9
    assert status(coded) == "InProgress"
    coded.now = 5.0
    assert status(coded) == "Failed"
    assert coded.engine.metadata.switches.fail_next_index == 0


def test_a_key_goes(coded: Environment) -> None:
    """What it refused is allowed again; an index that is still being built goes too."""
    coded.done("POST", f"{THING}/Keys", key_body("acme_code"))
    coded.now = 1.0
    coded.done("POST", "acme_things", {"acme_code": "a"})
    assert coded("POST", "acme_things", {"acme_code": "a"}).status == 412
    coded.done("DELETE", f"{THING}/Keys(LogicalName='acme_codekey')")
    coded.done("POST", "acme_things", {"acme_code": "a"})
    coded.done("POST", f"{THING}/Keys", key_body("acme_name"))
    coded.done("DELETE", THING)
    coded.now = 2.0
    assert coded("GET", f"{THING}/Keys").status == 404


def test_keys_over_each_fit_column(coded: Environment) -> None:
    """Text, numbers, times, choices and lookups together."""
    coded.column(column_body("Integer", "acme_Size"))
    coded.column(column_body("DateTime", "acme_When"))
    coded.column(choice_body("acme_Kind", 1))
    coded.done("POST", "RelationshipDefinitions", relationship_body("acme_thing_lead", "lead", "acme_LeadId"))
    whole = key_body("acme_code", "acme_size", "acme_when", "acme_kind", "acme_leadid")
    assert coded("POST", f"{THING}/Keys", whole).status == 204


def _wide(environment: Environment) -> dict[str, Any]:
    environment.column(text_body("acme_Long", 351))
    return key_body("acme_code", "acme_long")


def _many(environment: Environment) -> dict[str, Any]:
    names = [f"acme_c{number}" for number in range(17)]
    for name in names:
        environment.column(column_body("Integer", name))
    return key_body(*names)


def _memo(environment: Environment) -> dict[str, Any]:
    environment.column(column_body("Memo", "acme_Text", MaxLength=10))
    return key_body("acme_text")


def _large(environment: Environment) -> dict[str, Any]:
    environment.column(column_body("BigInt", "acme_Big"))
    return key_body("acme_big")


def _twice(environment: Environment) -> dict[str, Any]:
    environment.done("POST", f"{THING}/Keys", key_body("acme_code", "acme_name"))
    return key_body("acme_name", "acme_code", name="acme_Other")


def _named(environment: Environment) -> dict[str, Any]:
    environment.done("POST", f"{THING}/Keys", key_body("acme_code"))
    return key_body("acme_name", name="acme_CODEKEY")


def _eleventh(environment: Environment) -> dict[str, Any]:
    for number in range(11):
        environment.column(text_body(f"acme_k{number}"))
    for number in range(10):
        environment.done("POST", f"{THING}/Keys", key_body(f"acme_k{number}", name=f"acme_Key{number}"))
    return key_body("acme_k10", name="acme_Key10")


@pytest.mark.parametrize(
    ("prepared", "refusal"),
    [
        (_wide, (400, "0x80040203")),
        (_many, (400, "0x80040203")),
        (_memo, (400, "0x80040203")),
        (_large, (400, "0x80040203")),
        (_twice, (400, "0x80060894")),
        (_named, (400, "0x80060893")),
        (_eleventh, (400, "0x80040203")),
        (lambda _: key_body("acme_nothing"), (400, "0x80041103")),
        (lambda _: key_body("acme_code", "acme_code"), (400, "0x80040203")),
        (lambda _: key_body("createdon"), (400, "0x80090112")),
        (lambda _: key_body(), (400, "0x80040203")),
        (lambda _: key_body("acme_code") | {"DisplayName": None}, (400, "0x80040203")),
        (lambda _: key_body("acme_code", name="Code"), (400, "0x80040203")),
    ],
    ids=[
        "wide", "many", "memo", "large", "same columns", "same name", "eleventh", "unknown", "twice",
        "read only", "none", "no label", "no prefix",
    ],
)  # fmt: skip
def test_keys_refused(
    coded: Environment, prepared: Callable[[Environment], dict[str, Any]], refusal: tuple[int, str]
) -> None:
    """Columns that are unfit, too many, too wide or have a key already; names that are taken."""
    body = prepared(coded)
    before = coded.done("GET", f"{THING}/Keys")
    assert coded("POST", f"{THING}/Keys", body).refusal == refusal
    assert coded.done("GET", f"{THING}/Keys") == before
