"""A table comes into being with all that the platform adds, changes by replacement, and goes with its rows."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse.exchange import Request
from tests.sandbox.dataverse.metadata.environment import (
    THING,
    USER,
    BrokenError,
    Environment,
    column_body,
    label,
    relationship_body,
    table_body,
    text_body,
    words,
)


def test_a_new_table_is_told_and_has_rows(environment: Environment) -> None:
    """Names follow from the schema name; state, owner and times are there; a row can be made at once."""
    made = environment.thing()
    told = environment.done("GET", THING)
    assert made.place == f"http://localhost/api/data/v9.2/EntityDefinitions({told['MetadataId']})"
    assert (told["LogicalName"], told["EntitySetName"]) == ("acme_thing", "acme_things")
    assert (told["PrimaryIdAttribute"], told["PrimaryNameAttribute"]) == ("acme_thingid", "acme_name")
    assert (told["IsCustomEntity"], told["IsManaged"], told["OwnershipType"]) == (True, False, "UserOwned")
    assert told["ObjectTypeCode"] > 10_000
    assert words(told["DisplayName"]) == {1033: "Thing", 1043: "Ding"}
    assert words(told["DisplayCollectionName"]) == {1033: "Things", 1043: "Dingen"}
    assert told["DisplayName"]["UserLocalizedLabel"]["LanguageCode"] == 1033
    assert words(told["Description"]) == {1033: "A thing.", 1043: "Een ding."}
    columns = {one["LogicalName"]: one for one in environment.done("GET", f"{THING}/Attributes")["value"]}
    assert {"acme_thingid", "acme_name", "ownerid", "createdon", "statecode", "statuscode"} <= set(columns)
    assert columns["acme_name"]["IsPrimaryName"] is True
    reasons = environment.done("GET", f"{THING}/Attributes(LogicalName='statuscode')/OptionSet")["Options"]
    assert [(one["Value"], one["State"]) for one in reasons] == [(1, 0), (2, 1)]
    row = environment.done("POST", "acme_things", {"acme_name": "one"}, Prefer="return=representation")
    assert (row["acme_name"], row["statecode"], row["statuscode"]) == ("one", 0, 1)
    assert '<EntitySet Name="acme_things"' in environment("GET", "$metadata").text
    assert environment.rules.told == [("table", told["MetadataId"], None)]


def test_privileges(things: Environment) -> None:
    """A table brings one privilege for each thing that can be allowed, each with an id of its own."""
    told = things.done("GET", f"{THING}?$select=LogicalName,Privileges,ObjectTypeCode")
    by_kind = {one["PrivilegeType"]: one for one in told["Privileges"]}
    expected = {"Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share"}
    assert set(by_kind) == expected
    assert by_kind["AppendTo"]["Name"] == "prvAppendToacme_Thing"
    assert by_kind["Read"]["CanBeGlobal"] is True
    assert len({one["PrivilegeId"] for one in told["Privileges"]}) == len(expected)
    account = things.done("GET", "EntityDefinitions(LogicalName='account')?$select=Privileges")
    assert "prvReadAccount" in {one["Name"] for one in account["Privileges"]}


def test_a_table_with_more_columns_and_notes(environment: Environment) -> None:
    """Columns may come with the table; notes can be about its rows, and go with them."""
    attributes = [text_body("acme_Name", 200, IsPrimaryName=True), column_body("Integer", "acme_Size")]
    environment.thing(Attributes=attributes, HasNotes=True)
    row = "acme_things(11111111-0000-4000-8000-00000000000a)"
    environment.done("PATCH", row, {"acme_size": 3})
    environment.done("POST", "annotations", {"subject": "x", "objectid_acme_thing@odata.bind": f"/{row}"})
    environment.done("DELETE", row)
    assert environment.done("GET", "annotations")["value"] == []


def test_system_jobs_can_be_about_any_table(things: Environment) -> None:
    """The lookup of system jobs points at a table from its making to its end."""
    path = "EntityDefinitions(LogicalName='asyncoperation')/ManyToOneRelationships"

    def targets() -> set[str]:
        return {one["ReferencedEntity"] for one in things.done("GET", path)["value"]}

    assert "acme_thing" in targets()
    things.done("DELETE", THING)
    assert "acme_thing" not in targets()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"SchemaName": "Contact"}, (400, "0x80040203")),
        ({"SchemaName": "acme_Thing "}, (400, "0x80040203")),
        ({"SchemaName": "acme_"}, (400, "0x80040203")),
        ({"SchemaName": None}, (400, "0x80040203")),
        ({"SchemaName": 7}, (400, "0x80048d19")),
        ({"LogicalName": "acme_other"}, (400, "0x80040203")),
        ({"DisplayName": None}, (400, "0x80040203")),
        ({"DisplayCollectionName": None}, (400, "0x80040203")),
        ({"Attributes": []}, (400, "0x80040203")),
        ({"Attributes": [text_body("acme_Name")]}, (400, "0x80040203")),
        ({"Attributes": [text_body("acme_Name", IsPrimaryName=True)] * 2}, (400, "0x80047013")),
        ({"Attributes": [text_body("acme_ThingId", IsPrimaryName=True)]}, (400, "0x80047013")),
        ({"Attributes": [column_body("Integer", "acme_Name", IsPrimaryName=True)]}, (400, "0x80040203")),
        ({"OwnershipType": "OrganizationOwned"}, (501, "0x80040800")),
        ({"IsActivity": True}, (501, "0x80040800")),
        ({"IconLargeName": "x.png"}, (501, "0x80040800")),
    ],
)
def test_tables_refused(environment: Environment, changes: dict[str, Any], refusal: tuple[int, str]) -> None:
    """Bad names, missing labels, no primary name: 400; what is not imitated: 501. Nothing is made."""
    assert environment("POST", "EntityDefinitions", table_body(**changes)).refusal == refusal
    assert environment("GET", "acme_things").status == 404
    assert environment.rules.told == []


def test_a_name_that_is_taken(things: Environment) -> None:
    """There is one table of a name, whatever the case of the schema name."""
    assert things("POST", "EntityDefinitions", table_body()).refusal == (400, "0x80044363")
    other = table_body(SchemaName="acme_THING")
    assert things("POST", "EntityDefinitions", other).refusal == (400, "0x80044363")


def test_the_prefix_of_the_solution(environment: Environment) -> None:
    """In a solution, names begin with its publisher's prefix; without one with any publisher's."""
    body = table_body(SchemaName="other_Thing")
    inside = {"MSCRM_SolutionUniqueName": "AcmeThings"}
    assert environment("POST", "EntityDefinitions", body, **inside).refusal == (400, "0x80040203")
    assert environment("POST", "EntityDefinitions", table_body(), **inside).status == 204
    attributes = [text_body("other_Name", IsPrimaryName=True)]
    assert environment("POST", "EntityDefinitions", body | {"Attributes": attributes}).status == 204
    unknown = table_body(SchemaName="nobody_Thing")
    assert environment("POST", "EntityDefinitions", unknown).refusal == (400, "0x80040203")
    nowhere = {"MSCRM_SolutionUniqueName": "Nowhere"}
    assert environment("POST", "EntityDefinitions", body, **nowhere).refusal == (400, "0x80048d21")
    assert [solution for _, _, solution in environment.rules.told] == ["AcmeThings", None]


def test_a_table_is_replaced(things: Environment) -> None:
    """Labels change; languages that are not given stay only with MSCRM.MergeLabels."""
    changed = things.done("GET", THING) | {"DisplayName": label("Item")}
    things.done("PUT", THING, changed, MSCRM_MergeLabels="true")
    assert words(things.done("GET", THING)["DisplayName"]) == {1033: "Item", 1043: "Ding"}
    things.done("PUT", THING, changed)
    assert words(things.done("GET", THING)["DisplayName"]) == {1033: "Item"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"SchemaName": "acme_Other"}, 400),
        ({"DisplayName": None}, 400),
        ({"MetadataId": "11111111-0000-4000-8000-00000000000a"}, 400),
        ({"OwnershipType": "OrganizationOwned"}, 501),
    ],
)
def test_replacements_refused(things: Environment, changes: dict[str, Any], status: int) -> None:
    """Neither identity nor what is not imitated can be replaced, and labels must come along."""
    assert things("PUT", THING, things.done("GET", THING) | changes).status == status


def test_a_table_goes_with_its_rows(things: Environment) -> None:
    """Neither set nor definition is left; a table of the same name begins empty, with another id."""
    before = things.done("GET", THING)["MetadataId"]
    things.done("POST", "acme_things", {"acme_name": "one"})
    things.done("DELETE", THING)
    assert things("GET", "acme_things").refusal == (404, "0x8006088a")
    assert things("GET", THING).refusal == (404, "0x80060888")
    assert things.rules.told[-1] == ("no table", before, None)
    things.thing()
    assert things.done("GET", "acme_things")["value"] == []
    assert things.done("GET", THING)["MetadataId"] != before


def test_a_table_that_others_point_at_stays(things: Environment) -> None:
    """A lookup of another table keeps it; a lookup of its own does not."""
    body = table_body(SchemaName="acme_Other")
    things.done("POST", "EntityDefinitions", body)
    things.done(
        "POST", "RelationshipDefinitions", relationship_body("acme_thing_other", "acme_other", "acme_OtherId")
    )
    things.done(
        "POST",
        "RelationshipDefinitions",
        relationship_body("acme_thing_thing", "acme_thing", "acme_ParentId"),
    )
    assert things("DELETE", "EntityDefinitions(LogicalName='acme_other')").refusal == (400, "0x8004f01f")
    things.done("DELETE", THING)
    things.done("DELETE", "EntityDefinitions(LogicalName='acme_other')")


def test_a_table_of_the_platform_stays(environment: Environment) -> None:
    """Only what a customer made can be deleted."""
    path = "EntityDefinitions(LogicalName='contact')"
    assert environment("DELETE", path).refusal == (400, "0x80047009")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", THING, 405),
        ("POST", THING, 405),
        ("PUT", "EntityDefinitions", 405),
        ("DELETE", f"{THING}/Attributes", 405),
        ("PUT", f"{THING}/Keys(LogicalName='x')", 405),
        ("GET", "UpdateOptionValue", 405),
        ("PUT", "RelationshipDefinitions", 405),
        ("POST", "RelationshipDefinitions/Nothing", 404),
        ("POST", "EntityDefinitions(LogicalName='acme_nothing')/Attributes", 404),
    ],
)
def test_other_methods(things: Environment, method: str, path: str, status: int) -> None:
    """Metadata is made by POST, replaced by PUT and taken away by DELETE."""
    assert things(method, path, {}).status == status


def test_only_customizers_change_metadata(things: Environment) -> None:
    """Who may not customize reads all the same."""
    things.rules.customizers = False
    told = things.done("GET", THING)
    attempts = [
        ("POST", "EntityDefinitions", table_body(SchemaName="acme_Other")),
        ("PUT", THING, told),
        ("DELETE", THING, None),
        ("POST", f"{THING}/Attributes", text_body("acme_Note")),
        ("POST", "SetAutoNumberSeed", {}),
    ]
    for method, path, body in attempts:
        assert things(method, path, body).refusal == (403, "0x80040220")
    assert things.done("GET", THING) == told


def test_a_changeset_holds_no_metadata(environment: Environment) -> None:
    """Reads of it are answered as ever; changes are 501 and undo the changeset."""
    create = Request("POST", "contacts", body=b'{"lastname": "x"}', headers={"content-id": "1"})
    refused = Request("POST", "EntityDefinitions", body=b"{}", headers={"content-id": "2"})
    answers = environment.engine.execute_together([create, refused], USER)
    assert [one.status for one in answers] == [501]
    assert environment.done("GET", "contacts")["value"] == []


def test_what_fails_late_is_undone(environment: Environment) -> None:
    """When what follows from the end of a table goes wrong, everything is as it was."""
    environment.thing()

    environment.rules.breaks = True
    row = environment.done("POST", "acme_things", {"acme_name": "one"}, Prefer="return=representation")
    with pytest.raises(BrokenError):
        environment("DELETE", THING)
    assert environment.done("GET", "acme_things")["value"][0]["acme_thingid"] == row["acme_thingid"]
    told = environment.done("GET", "EntityDefinitions(LogicalName='asyncoperation')/ManyToOneRelationships")
    assert "acme_thing" in {one["ReferencedEntity"] for one in told["value"]}


def test_reads_may_be_stale(environment: Environment) -> None:
    """Without `Consistency: Strong` a read sees the tables of up to so many seconds ago."""
    environment.engine.metadata.switches.stale_seconds = 30.0
    assert environment("GET", THING).status == 404
    environment.thing()
    assert environment("GET", THING).status == 404
    assert environment("GET", THING, Consistency="Strong").status == 200
    assert environment("GET", "acme_things").status == 200
    environment.now = 29.0
    assert environment("GET", THING).status == 404
    environment.now = 30.0
    assert environment("GET", THING).status == 200
