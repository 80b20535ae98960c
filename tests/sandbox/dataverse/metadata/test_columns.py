"""Columns are made of each kind, hold what they say, change by replacement, and go."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.metadata.environment import (
    CRM,
    THING,
    Environment,
    choice_body,
    column_body,
    label,
    text_body,
    words,
)

YES_NO = {
    "@odata.type": f"{CRM}.BooleanOptionSetMetadata",
    "TrueOption": {"Value": 1, "Label": label("Hot", "Heet")},
    "FalseOption": {"Value": 0, "Label": label("Cold", "Koud")},
}


@pytest.mark.parametrize(
    ("body", "told", "good", "bad"),
    [
        (text_body("acme_X", 5), {"MaxLength": 5, "AutoNumberFormat": ""}, "12345", "123456"),
        (
            column_body("Memo", "acme_X", MaxLength=6),
            {"MaxLength": 6, "Format": "TextArea"},
            "1\n2",
            "1234567",
        ),
        (
            column_body("Integer", "acme_X", MinValue=0, MaxValue=9, Format="None"),
            {"MinValue": 0, "MaxValue": 9},
            9,
            10,
        ),
        (column_body("BigInt", "acme_X"), {"MaxValue": 2**63 - 1}, 2**40, "x"),
        (
            column_body("Boolean", "acme_X", DefaultValue=True, OptionSet=YES_NO),
            {"DefaultValue": True},
            False,
            1,
        ),
        (
            choice_body("acme_X", 727000000, 727000001, DefaultFormValue=727000001),
            {"DefaultFormValue": 727000001},
            727000000,
            5,
        ),
        (
            column_body("DateTime", "acme_X", Format="DateAndTime", DateTimeBehavior={"Value": "UserLocal"}),
            {"Format": "DateAndTime", "DateTimeBehavior": {"Value": "UserLocal"}},
            "2026-01-31T09:15:00Z",
            "soon",
        ),
    ],
    ids=["text", "memo", "whole", "big", "yes or no", "choice", "time"],
)
def test_each_kind(
    things: Environment, body: dict[str, Any], told: dict[str, Any], good: Any, bad: Any
) -> None:
    """It is told as it was made, under its own type; its limits hold for rows at once."""
    made = things.column(body)
    assert made.status == 204, made.json
    found = things.told("acme_x")
    assert found["@odata.type"] == f"#{body['@odata.type']}"
    assert found["IsCustomAttribute"] is True
    assert told.items() <= found.items()
    assert made.place is not None
    assert made.place.endswith(f"/Attributes({found['MetadataId']})")
    assert things.rules.told[-1] == ("2", found["MetadataId"], None)
    row = things.done("POST", "acme_things", {"acme_x": good}, Prefer="return=representation")
    assert row["acme_x"] == good
    assert things("POST", "acme_things", {"acme_x": bad}).status == 400


def test_rows_that_were_there_before(things: Environment) -> None:
    """A new column is empty in them; a new row gets the default."""
    things.done("POST", "acme_things", {"acme_name": "old"})
    things.column(column_body("Boolean", "acme_Hot", DefaultValue=True, OptionSet=YES_NO))
    things.done("POST", "acme_things", {"acme_name": "new"})
    rows = things.done("GET", "acme_things")["value"]
    assert {row["acme_name"]: row["acme_hot"] for row in rows} == {"old": None, "new": True}


def test_labels_of_yes_and_no(things: Environment) -> None:
    """In both languages, and rows are formatted with them."""
    things.column(column_body("Boolean", "acme_Hot", OptionSet=YES_NO))
    told = things.done("GET", f"{THING}/Attributes(LogicalName='acme_hot')/OptionSet")
    assert words(told["TrueOption"]["Label"]) == {1033: "Hot", 1043: "Heet"}
    wanted = 'return=representation,odata.include-annotations="*"'
    row = things.done("POST", "acme_things", {"acme_hot": False}, Prefer=wanted)
    assert row["acme_hot@OData.Community.Display.V1.FormattedValue"] == "Cold"


def test_autonumbers_begin_at_their_seed(things: Environment) -> None:
    """At 1000 of themselves; a seed moves that; a reset of the rows begins at the seed again."""
    things.column(text_body("acme_Number", AutoNumberFormat="T-{SEQNUM:6}"))

    def number() -> str:
        row = things.done("POST", "acme_things", {}, Prefer="return=representation")
        return str(row["acme_number"])

    assert [number(), number()] == ["T-001000", "T-001001"]
    seed = {"EntityName": "acme_thing", "AttributeName": "acme_number", "Value": 50}
    assert things("POST", "SetAutoNumberSeed", seed).status == 204
    assert [number(), number()] == ["T-000050", "T-000051"]
    things.store.clear(["acme_thing"])
    assert number() == "T-000050"


@pytest.mark.parametrize(
    ("seed", "refusal"),
    [
        ({"AttributeName": "acme_name", "Value": 1}, (400, "0x80090470")),
        ({"AttributeName": "acme_nothing", "Value": 1}, (400, "0x80041103")),
        ({"AttributeName": "acme_number", "Value": "1"}, (400, "0x80040203")),
        ({"AttributeName": "acme_number", "Value": 1, "EntityName": "acme_nothing"}, (404, "0x80040217")),
    ],
)
def test_seeds_refused(things: Environment, seed: dict[str, Any], refusal: tuple[int, str]) -> None:
    """Only an autonumber of a table that is there has a seed."""
    things.column(text_body("acme_Number", AutoNumberFormat="{SEQNUM:4}"))
    assert things("POST", "SetAutoNumberSeed", {"EntityName": "acme_thing"} | seed).refusal == refusal


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        (text_body("acme_NAME"), (400, "0x80047013")),
        (text_body("acme_X", IsPrimaryName=True), (400, "0x8004701e")),
        (text_body("acme_X", 0), (400, "0x80090479")),
        (text_body("acme_X", 4001), (400, "0x80090479")),
        (column_body("Memo", "acme_X", MaxLength=1_048_577), (400, "0x80090479")),
        (column_body("String", "acme_X"), (400, "0x80040203")),
        (text_body("acme_X") | {"MaxLength": "100"}, (400, "0x80048d19")),
        (text_body("acme_X") | {"FormatName": {"Value": "Poem"}}, (400, "0x80048d19")),
        (text_body("acme_X", AutoNumberFormat="{SEQNUM}"), (400, "0x80040203")),
        (text_body("acme_X", AutoNumberFormat="{SEQNUM:4}{RANDSTRING:3}"), (501, "0x80040800")),
        (column_body("Integer", "acme_X", MinValue=2, MaxValue=1), (400, "0x80040203")),
        (column_body("Boolean", "acme_X"), (400, "0x80040203")),
        (choice_body("acme_X", 1, 1), (400, "0x80044310")),
        (choice_body("acme_X", -1), (400, "0x80040203")),
        (choice_body("acme_X", 1, DefaultFormValue=2), (400, "0x80040203")),
        (column_body("Picklist", "acme_X", OptionSet={"Options": []}), (400, "0x80048403")),
        (column_body("Picklist", "acme_X", OptionSet={"IsGlobal": True}), (400, "0x80048403")),
        (
            column_body("Picklist", "acme_X")
            | {"GlobalOptionSet@odata.bind": "/GlobalOptionSetDefinitions(x)"},
            (501, "0x80040800"),
        ),
        (column_body("DateTime", "acme_X", Format="DateOnly"), (501, "0x80040800")),
        (column_body("Lookup", "acme_X"), (400, "0x80040203")),
        (column_body("Status", "acme_X"), (400, "0x80040203")),
        (column_body("Money", "acme_X"), (501, "0x80040800")),
        (column_body("Integer", "acme_X", RequiredLevel={"Value": "SystemRequired"}), (400, "0x80048d19")),
        (column_body("Integer", "acme_X", DisplayName=None), (400, "0x80040203")),
        (column_body("Integer", "acme_X", IsAuditEnabled={"Value": True}), (501, "0x80040800")),
        ({"SchemaName": "acme_X", "DisplayName": label("X")}, (400, "0x80040203")),
        (column_body("Integer", "x"), (400, "0x80040203")),
    ],
)
def test_columns_refused(things: Environment, body: dict[str, Any], refusal: tuple[int, str]) -> None:
    """Names that are taken, lengths and values out of bounds, kinds that cannot be made: nothing is made."""
    before = things.done("GET", f"{THING}/Attributes")
    assert things.column(body).refusal == refusal
    assert things.done("GET", f"{THING}/Attributes") == before


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ([("X", 1043)], (400, "0x80040203")),
        ([("X", 1033), ("Y", 1031)], (400, "0x80044302")),
        ([("X", 1033), ("Y", 1033)], (400, "0x80040203")),
        ([("", 1033)], (400, "0x80040203")),
        ([(7, 1033)], (400, "0x80048d19")),
        ([("X", "1033")], (400, "0x80048d19")),
    ],
)
def test_labels_refused(things: Environment, given: list[tuple[Any, Any]], refusal: tuple[int, str]) -> None:
    """A label needs the base language, and takes only languages that are provisioned."""
    said = {"LocalizedLabels": [{"Label": text, "LanguageCode": language} for text, language in given]}
    assert things.column(column_body("Integer", "acme_X", DisplayName=said)).refusal == refusal


def test_a_column_is_replaced(things: Environment) -> None:
    """What was told goes back with changes; rows keep what they hold, also when it is now too long."""
    things.column(text_body("acme_X", 10, DisplayName=label("X", "Ix"), Description=label("About", "Over")))
    things.done("POST", "acme_things", {"acme_x": "1234567890"})
    path = f"{THING}/Attributes(LogicalName='acme_x')"
    changed = things.told("acme_x") | {
        "MaxLength": 5,
        "DisplayName": label("Why"),
        "RequiredLevel": {"Value": "ApplicationRequired", "CanBeChanged": True},
    }
    assert things("PUT", path, changed, MSCRM_MergeLabels="true").status == 204
    told = things.told("acme_x")
    assert words(told["DisplayName"]) == {1033: "Why", 1043: "Ix"}
    assert words(told["Description"]) == {1033: "About", 1043: "Over"}
    assert (told["MaxLength"], told["RequiredLevel"]["Value"]) == (5, "ApplicationRequired")
    assert things.done("GET", "acme_things")["value"][0]["acme_x"] == "1234567890"
    assert things("POST", "acme_things", {"acme_x": "123456"}).refusal == (400, "0x80044331")
    things.done("PUT", f"{path}/{CRM}.StringAttributeMetadata", changed)
    assert words(things.told("acme_x")["DisplayName"]) == {1033: "Why"}


def test_a_choice_that_is_replaced_keeps_its_options(things: Environment) -> None:
    """Options have actions of their own."""
    things.column(choice_body("acme_X", 1, 2))
    body = choice_body("acme_X", 7, DefaultFormValue=2, DisplayName=label("Which"))
    things.done("PUT", f"{THING}/Attributes(LogicalName='acme_x')", body)
    told = things.done("GET", f"{THING}/Attributes(LogicalName='acme_x')?$expand=OptionSet")
    assert [one["Value"] for one in told["OptionSet"]["Options"]] == [1, 2]
    assert (told["DefaultFormValue"], words(told["DisplayName"])) == (2, {1033: "Which"})


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"@odata.type": f"{CRM}.MemoAttributeMetadata"}, 400),
        ({"SchemaName": "acme_Other"}, 400),
        ({"MaxLength": None}, 400),
        ({"MaxLength": 4001}, 400),
        ({"DisplayName": None}, 400),
        ({"LogicalName": "acme_other"}, 400),
        ({"IsValidForCreate": False}, 501),
    ],
)
def test_replacements_refused(things: Environment, changes: dict[str, Any], status: int) -> None:
    """A replacement is whole, and changes neither kind nor name."""
    things.column(text_body("acme_X"))
    before = things.told("acme_x")
    assert things("PUT", f"{THING}/Attributes(LogicalName='acme_x')", before | changes).status == status
    assert things.told("acme_x") == before


def test_a_column_goes(things: Environment) -> None:
    """With what rows hold in it."""
    things.column(text_body("acme_X"))
    things.done("POST", "acme_things", {"acme_name": "one", "acme_x": "1"})
    column_id = things.told("acme_x")["MetadataId"]
    things.done("DELETE", f"{THING}/Attributes({column_id})")
    assert things("GET", "acme_things?$select=acme_x").status == 400
    assert things.done("GET", "acme_things")["value"][0]["acme_name"] == "one"
    assert things.rules.told[-1] == ("gone", column_id, None)


def test_columns_that_stay(things: Environment) -> None:
    """Those of the platform, the primary name, and those of a key."""
    things.column(text_body("acme_X"))
    things.done(
        "POST",
        f"{THING}/Keys",
        {"SchemaName": "acme_XKey", "DisplayName": label("X"), "KeyAttributes": ["acme_x"]},
    )
    for name, code in (
        ("createdon", "0x80047009"),
        ("acme_thingid", "0x80047009"),
        ("acme_name", "0x8004f01f"),
        ("acme_x", "0x8004f01f"),
    ):
        assert things("DELETE", f"{THING}/Attributes(LogicalName='{name}')").refusal == (400, code)
