"""Relationships bring their lookups, rows obey their cascades, and both go together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.metadata.environment import (
    CRM,
    THING,
    Environment,
    column_body,
    relationship_body,
    text_body,
)

LEAD = "33333333-0000-4000-8000-00000000000a"
ONE = "acme_things(11111111-0000-4000-8000-00000000000a)"


def customer_body(**changes: Any) -> dict[str, Any]:
    """A customer column of `acme_thing`."""
    return {
        "Lookup": column_body(
            "ComplexLookup",
            "acme_CustomerId",
            AttributeType="Lookup",
            AttributeTypeName={"Value": "LookupType"},
        ),
        "OneToManyRelationships": [
            {
                "@odata.type": f"{CRM}.ComplexOneToManyRelationshipMetadata",
                "SchemaName": f"acme_thing_customer_{target}",
                "ReferencedEntity": target,
                "ReferencingEntity": "acme_thing",
            }
            for target in ("account", "contact")
        ],
        "SolutionUniqueName": "AcmeThings",
    } | changes


def related(environment: Environment, **changes: Any) -> None:
    """A lookup to leads, and a lead."""
    body = relationship_body("acme_thing_lead", "lead", "acme_LeadId", **changes)
    environment.done("POST", "RelationshipDefinitions", body)
    environment.done("PATCH", f"leads({LEAD})", {"subject": "x"})


def test_a_relationship_is_told_from_every_side(things: Environment) -> None:
    """Its lookup has the schema name as navigation; both tables and the list of all tell it."""
    related(things)
    [told] = things.done("GET", "RelationshipDefinitions?$filter=SchemaName eq 'acme_thing_lead'")["value"]
    assert told["@odata.type"] == f"#{CRM}.OneToManyRelationshipMetadata"
    assert (told["ReferencingEntity"], told["ReferencingAttribute"]) == ("acme_thing", "acme_leadid")
    assert told["ReferencingEntityNavigationPropertyName"] == "acme_LeadId"
    assert (told["ReferencedEntity"], told["ReferencedAttribute"]) == ("lead", "leadid")
    assert (told["IsCustomRelationship"], told["CascadeConfiguration"]["Delete"]) == (True, "RemoveLink")
    for path in (
        f"{THING}/ManyToOneRelationships",
        "EntityDefinitions(LogicalName='lead')/OneToManyRelationships",
    ):
        assert told in things.done("GET", path)["value"]
    one = things.done("GET", f"RelationshipDefinitions({told['MetadataId']})?$select=SchemaName")
    assert one["SchemaName"] == "acme_thing_lead"
    column = things.told("acme_leadid")
    assert (column["AttributeType"], column["Targets"]) == ("Lookup", ["lead"])
    kinds = [kind for kind, _, _ in things.rules.told]
    assert kinds == ["table", "10", "2"]


def test_rows_are_bound_over_a_new_lookup(things: Environment) -> None:
    """Bound by the navigation, read behind it, emptied when the other row goes."""
    related(things)
    things.done("PATCH", ONE, {"acme_LeadId@odata.bind": f"/leads({LEAD})"})
    told = things.done("GET", f"{ONE}?$expand=acme_LeadId($select=subject)")
    assert (told["_acme_leadid_value"], told["acme_LeadId"]["subject"]) == (LEAD, "x")
    things.done("DELETE", f"leads({LEAD})")
    assert things.done("GET", ONE)["_acme_leadid_value"] is None


def test_a_cascade_takes_rows_along(things: Environment) -> None:
    """Delete: Cascade."""
    related(things, CascadeConfiguration={"Delete": "Cascade"})
    things.done("PATCH", ONE, {"acme_LeadId@odata.bind": f"/leads({LEAD})"})
    things.done("DELETE", f"leads({LEAD})")
    assert things("GET", ONE).status == 404


def test_a_restriction_keeps_the_other_row(things: Environment) -> None:
    """Delete: Restrict, as long as a row points at it."""
    related(things, CascadeConfiguration={"Delete": "Restrict"})
    things.done("PATCH", ONE, {"acme_LeadId@odata.bind": f"/leads({LEAD})"})
    assert things("DELETE", f"leads({LEAD})").refusal == (400, "0x80040227")
    things.done("DELETE", ONE)
    things.done("DELETE", f"leads({LEAD})")


def test_a_customer_points_at_accounts_and_contacts(things: Environment) -> None:
    """One column, two relationships, a navigation for each."""
    told = things.done("POST", "CreateCustomerRelationships", customer_body())
    column = things.told("acme_customerid")
    assert told["AttributeId"] == column["MetadataId"]
    assert (column["AttributeType"], column["Targets"]) == ("Customer", ["account", "contact"])
    found = things.done("GET", f"{THING}/ManyToOneRelationships")["value"]
    customers = {one["ReferencedEntity"]: one for one in found if one["IsCustomRelationship"]}
    assert [one["MetadataId"] for one in customers.values()] == told["RelationshipIds"]
    names = {target: one["ReferencingEntityNavigationPropertyName"] for target, one in customers.items()}
    assert names == {"account": "acme_CustomerId_account", "contact": "acme_CustomerId_contact"}
    assert [solution for _, _, solution in things.rules.told] == [None, *["AcmeThings"] * 3]
    contact = "contacts(22222222-0000-4000-8000-00000000000a)"
    things.done("PATCH", contact, {"lastname": "x"})
    things.done("PATCH", ONE, {"acme_CustomerId_contact@odata.bind": f"/{contact}"})
    told = things.done("GET", ONE, Prefer='odata.include-annotations="*"')
    assert told["_acme_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "contact"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"SchemaName": "acme_THING_lead"}, (400, "0x8004432b")),
        ({"SchemaName": "lead"}, (400, "0x80040203")),
        ({"ReferencedEntity": "acme_nothing"}, (400, "0x80041102")),
        ({"ReferencingEntity": "acme_nothing"}, (400, "0x80041102")),
        ({"ReferencedAttribute": "subject"}, (400, "0x80040203")),
        ({"Lookup": None}, (400, "0x80040203")),
        ({"Lookup": column_body("Lookup", "acme_Name")}, (400, "0x80047013")),
        ({"Lookup": text_body("acme_New")}, (400, "0x80040203")),
        ({"Lookup": column_body("Lookup", "acme_New", IsAuditEnabled={"Value": True})}, (501, "0x80040800")),
        ({"CascadeConfiguration": {"Delete": "Sometimes"}}, (400, "0x80048d19")),
        ({"CascadeConfiguration": {"Assign": "Cascade"}}, (501, "0x80040800")),
        ({"AssociatedMenuConfiguration": {"Behavior": "DoNotDisplay"}}, (501, "0x80040800")),
        ({"@odata.type": f"{CRM}.ManyToManyRelationshipMetadata"}, (501, "0x80040800")),
        ({"@odata.type": None}, (400, "0x80040203")),
        ({"IsHierarchical": True}, (501, "0x80040800")),
    ],
)
def test_relationships_refused(
    things: Environment, changes: dict[str, Any], refusal: tuple[int, str]
) -> None:
    """Names that are taken, tables that are not there, bad lookups, cascades that are not imitated."""
    related(things)
    before = things.done("GET", "RelationshipDefinitions")
    body = relationship_body("acme_thing_second", "lead", "acme_SecondId", **changes)
    assert things("POST", "RelationshipDefinitions", body).refusal == refusal
    assert things.done("GET", "RelationshipDefinitions") == before


@pytest.mark.parametrize(
    "changed",
    [
        lambda pair: pair[:1],
        lambda pair: [pair[0], pair[0]],
        lambda pair: [pair[0], pair[1] | {"ReferencedEntity": "lead"}],
        lambda pair: [pair[0], pair[1] | {"ReferencingEntity": "contact"}],
        lambda pair: [pair[0], pair[1] | {"SchemaName": pair[0]["SchemaName"]}],
    ],
)
def test_customers_refused(things: Environment, changed: Any) -> None:
    """Exactly two relationships of different names, from one table, to accounts and to contacts."""
    body = customer_body()
    body["OneToManyRelationships"] = changed(body["OneToManyRelationships"])
    assert things("POST", "CreateCustomerRelationships", body).status == 400
    assert things("GET", f"{THING}/Attributes(LogicalName='acme_customerid')").status == 404


def test_a_relationship_goes_with_its_lookup(things: Environment) -> None:
    """And a lookup with its relationship; the platform's own and halves of a customer stay."""
    related(things)
    things.done("DELETE", "RelationshipDefinitions(SchemaName='acme_thing_lead')")
    assert things("GET", f"{THING}/Attributes(LogicalName='acme_leadid')").status == 404
    things.done("POST", "CreateCustomerRelationships", customer_body())
    half = "RelationshipDefinitions(SchemaName='acme_thing_customer_account')"
    assert things("DELETE", half).refusal == (501, "0x80040800")
    things.done("DELETE", f"{THING}/Attributes(LogicalName='acme_customerid')")
    assert things("GET", half).status == 404
    standard = "RelationshipDefinitions(SchemaName='contact_parentcustomerid_account')"
    assert things("DELETE", standard).status == 400
    assert things("PUT", standard, {}).status == 501
    assert things("DELETE", half).refusal == (404, "0x80060888")
