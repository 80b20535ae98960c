"""Single options are renamed and added; what is there already is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.metadata.environment import (
    THING,
    Environment,
    choice_body,
    label,
    text_body,
    words,
)

STATUS = {"EntityLogicalName": "acme_thing", "AttributeLogicalName": "statuscode"}
CHOICE = {"EntityLogicalName": "acme_thing", "AttributeLogicalName": "acme_x"}


def options(environment: Environment, column: str) -> dict[int, dict[str, Any]]:
    """The options of a column by value."""
    told = environment.done("GET", f"{THING}/Attributes(LogicalName='{column}')/OptionSet")
    return {one["Value"]: one for one in told["Options"]}


def test_a_status_reason_is_renamed(things: Environment) -> None:
    """Other languages stay when they are merged; rows are formatted with the new name."""
    body = STATUS | {"Value": 1, "Label": label("Queued", "In de wachtrij"), "MergeLabels": True}
    assert things("POST", "UpdateOptionValue", body | {"SolutionUniqueName": "AcmeThings"}).status == 204
    things.done("POST", "UpdateOptionValue", body | {"Label": label("Waiting")})
    told = options(things, "statuscode")[1]
    assert words(told["Label"]) == {1033: "Waiting", 1043: "In de wachtrij"}
    wanted = 'return=representation,odata.include-annotations="*"'
    row = things.done("POST", "acme_things", {}, Prefer=wanted)
    assert row["statuscode@OData.Community.Display.V1.FormattedValue"] == "Waiting"


def test_a_status_reason_is_added(things: Environment) -> None:
    """It belongs to its state, can be written at once, and does not become the state's default."""
    body = STATUS | {"Value": 727000000, "Label": label("Failed", "Mislukt"), "StateCode": 1}
    assert things.done("POST", "InsertStatusValue", body)["NewOptionValue"] == 727000000
    assert options(things, "statuscode")[727000000]["State"] == 1
    row = "acme_things(11111111-0000-4000-8000-00000000000a)"
    assert things("PATCH", row, {"statecode": 0, "statuscode": 727000000}).refusal == (400, "0x80048408")
    things.done("PATCH", row, {"statecode": 1, "statuscode": 727000000})
    things.done("PATCH", "acme_things(11111111-0000-4000-8000-00000000000b)", {"statecode": 1})
    rows = things.done("GET", "acme_things?$orderby=acme_thingid")["value"]
    assert [one["statuscode"] for one in rows] == [727000000, 2]


def test_an_option_is_added(things: Environment) -> None:
    """With its own value or with one that the platform chooses."""
    things.column(choice_body("acme_X", None, 5))
    assert set(options(things, "acme_x")) == {727_000_000, 5}
    given = things.done("POST", "InsertOptionValue", CHOICE | {"Value": 7, "Label": label("Seven", "Zeven")})
    chosen = things.done("POST", "InsertOptionValue", CHOICE | {"Label": label("Next")})
    assert (given["NewOptionValue"], chosen["NewOptionValue"]) == (7, 727_000_001)
    assert words(options(things, "acme_x")[7]["Label"]) == {1033: "Seven", 1043: "Zeven"}
    assert things("POST", "acme_things", {"acme_x": 7}).status == 204


@pytest.mark.parametrize(
    ("action", "body", "refusal"),
    [
        ("UpdateOptionValue", STATUS | {"Value": 9}, (400, "0x80040203")),
        ("UpdateOptionValue", STATUS, (400, "0x80040203")),
        (
            "UpdateOptionValue",
            STATUS | {"Value": 1, "AttributeLogicalName": "acme_name"},
            (400, "0x80040203"),
        ),
        ("UpdateOptionValue", STATUS | {"Value": 1, "Label": None}, (400, "0x80040203")),
        ("UpdateOptionValue", {"OptionSetName": "acme_all", "Value": 1}, (501, "0x80040800")),
        ("InsertStatusValue", STATUS | {"Value": 1, "StateCode": 0}, (400, "0x80044310")),
        ("InsertStatusValue", STATUS | {"Value": 9, "StateCode": 2}, (400, "0x80048408")),
        ("InsertStatusValue", STATUS | {"Value": 9}, (400, "0x80040203")),
        ("InsertStatusValue", CHOICE | {"Value": 9, "StateCode": 0}, (400, "0x80040203")),
        ("InsertOptionValue", CHOICE | {"Value": 1}, (400, "0x80044310")),
        ("InsertOptionValue", STATUS | {"Value": 9}, (400, "0x80040203")),
        ("InsertOptionValue", CHOICE | {"AttributeLogicalName": "acme_nothing"}, (400, "0x80041103")),
        ("InsertOptionValue", CHOICE | {"EntityLogicalName": "acme_nothing"}, (404, "0x80040217")),
        ("InsertOptionValue", CHOICE | {"Value": 9, "SolutionUniqueName": "Nowhere"}, (400, "0x80048d21")),
        ("DeleteOptionValue", CHOICE | {"Value": 1}, (501, "0x80040800")),
    ],
)
def test_options_refused(
    things: Environment, action: str, body: dict[str, Any], refusal: tuple[int, str]
) -> None:
    """Values that are taken or unknown, wrong columns, unknown tables and solutions."""
    things.column(choice_body("acme_X", 1))
    things.column(text_body("acme_Y"))
    assert things("POST", action, {"Label": label("New")} | body).refusal == refusal
    assert set(options(things, "statuscode")) == {1, 2}
    assert set(options(things, "acme_x")) == {1}
