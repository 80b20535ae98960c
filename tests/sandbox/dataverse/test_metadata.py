"""Clients find in the metadata what the tables really are."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.service import Client, code, serving

JOB = "EntityDefinitions(LogicalName='spotler_job')"
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


async def test_tables_by_name_and_by_filter(client: Client) -> None:
    """Both ways give the names a client needs; the metadata id is an address too."""
    select = "$select=LogicalName,EntitySetName,PrimaryIdAttribute,PrimaryNameAttribute"
    one = (await client("GET", f"{JOB}?{select}")).json()
    [same] = await client.rows(f"EntityDefinitions?{select}&$filter=LogicalName eq 'spotler_job'")
    for told in (one, same):
        assert told["EntitySetName"] == "spotler_jobs"
        assert told["PrimaryIdAttribute"] == "spotler_jobid"
        assert told["PrimaryNameAttribute"] == "spotler_name"
    by_id = await client("GET", f"EntityDefinitions({one['MetadataId']})?$select=LogicalName")
    assert by_id.json()["LogicalName"] == "spotler_job"
    custom = await client.rows("EntityDefinitions?$select=LogicalName&$filter=IsCustomEntity eq true")
    assert {told["LogicalName"] for told in custom} == {"spotler_job", "spotler_automation"}
    by_metadata_id = f"EntityDefinitions?$filter=MetadataId eq {one['MetadataId']}&$count=true"
    assert (await client("GET", by_metadata_id)).json()["@odata.count"] == 1


async def test_lookups_tell_their_navigation_names(client: Client) -> None:
    """What must be read before a polymorphic lookup is bound."""
    query = (
        "$select=ReferencingAttribute,ReferencedEntity,ReferencingEntityNavigationPropertyName"
        "&$filter=ReferencingAttribute eq 'spotler_customerid'"
    )
    found = await client.rows(f"{JOB}/ManyToOneRelationships?{query}")
    assert {told["ReferencedEntity"]: told["ReferencingEntityNavigationPropertyName"] for told in found} == {
        "account": "spotler_CustomerId_account",
        "contact": "spotler_CustomerId_contact",
    }
    posts = await client.rows("EntityDefinitions(LogicalName='post')/ManyToOneRelationships")
    names = {told["ReferencingEntityNavigationPropertyName"] for told in posts}
    assert {"regardingobjectid_account", "regardingobjectid_contact", "regardingobjectid_lead"} <= names
    to_job = await client.rows("EntityDefinitions(LogicalName='lead')/OneToManyRelationships")
    assert "spotler_job" in {told["ReferencingEntity"] for told in to_job}


async def test_columns(client: Client) -> None:
    """Type, limits and options of each column."""
    columns = {told["LogicalName"]: told for told in await client.rows(f"{JOB}/Attributes")}
    assert columns["spotler_name"]["AttributeType"] == "String"
    assert columns["spotler_name"]["MaxLength"] == 200
    assert columns["spotler_name"]["IsPrimaryName"] is True
    assert columns["spotler_sequence"]["AutoNumberFormat"] == "{SEQNUM:10}"
    assert columns["spotler_automationfields"]["AttributeType"] == "Memo"
    assert columns["spotler_customerid"]["AttributeType"] == "Customer"
    assert columns["spotler_customerid"]["Targets"] == ["account", "contact"]
    assert columns["createdon"]["IsValidForCreate"] is False
    texts = await client.rows(f"{JOB}/Attributes?$select=LogicalName&$filter=AttributeType eq 'Memo'")
    assert {told["LogicalName"] for told in texts} == {"spotler_automationfields", "spotler_resultmessage"}
    code_type = "Microsoft.Dynamics.CRM.AttributeTypeCode'Customer'"
    found = await client.rows(f"{JOB}/Attributes?$filter=AttributeType eq {code_type}")
    assert [told["LogicalName"] for told in found] == ["spotler_customerid"]


async def test_choices_with_their_labels(client: Client) -> None:
    """By cast and expand, as the clients do; states name their default reason."""
    cast = "Microsoft.Dynamics.CRM.PicklistAttributeMetadata"
    query = "$select=LogicalName&$expand=OptionSet($select=Options)"
    [choice] = await client.rows(f"{JOB}/Attributes/{cast}?{query}")
    options = {
        one["Value"]: one["Label"]["UserLocalizedLabel"]["Label"] for one in choice["OptionSet"]["Options"]
    }
    assert options == {
        724000000: "Start Automation",
        724000001: "Stop Automation",
        724000002: "Refresh Automations",
        724000003: "Validate Automation",
    }
    state = f"{JOB}/Attributes(LogicalName='statecode')/Microsoft.Dynamics.CRM.StateAttributeMetadata"
    told = (await client("GET", f"{state}?$expand=OptionSet")).json()
    assert {one["Value"]: one["DefaultStatus"] for one in told["OptionSet"]["Options"]} == {0: 1, 1: 2}
    reason = f"{JOB}/Attributes(LogicalName='statuscode')/OptionSet"
    reasons = (await client("GET", reason)).json()["Options"]
    assert [one["Value"] for one in reasons if one["State"] == 0] == [1, 724000000, 724000001]


async def test_keys_are_ready(client: Client) -> None:
    """The alternate key of the catalogue, with an active index."""
    path = "EntityDefinitions(LogicalName='spotler_automation')/Keys"
    [key] = await client.rows(f"{path}?$select=LogicalName,KeyAttributes,EntityKeyIndexStatus")
    assert (key["KeyAttributes"], key["EntityKeyIndexStatus"]) == (["spotler_key"], "Active")
    one = await client("GET", f"{path}(LogicalName='{key['LogicalName']}')?$select=EntityKeyIndexStatus")
    assert one.json()["EntityKeyIndexStatus"] == "Active"


async def test_expanding_a_table(client: Client) -> None:
    """Columns, keys and relationships come along, filtered and selected."""
    expand = (
        "Attributes($select=LogicalName;$filter=AttributeType eq 'Status'),"
        "Keys($select=LogicalName),ManyToManyRelationships"
    )
    told = (await client("GET", f"{JOB}?$select=LogicalName&$expand={expand}")).json()
    assert [one["LogicalName"] for one in told["Attributes"]] == ["statuscode"]
    assert (told["Keys"], told["ManyToManyRelationships"]) == ([], [])


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("EntityDefinitions(LogicalName='nothing')", (404, "0x80060888")),
        ("EntityDefinitions(LogicalName='roleprivileges')", (501, "0x80040800")),
        ("EntityDefinitions(11111111-0000-4000-8000-000000000001)", (404, "0x80060888")),
        (f"{JOB}/Attributes(LogicalName='nothing')", (404, "0x80060888")),
        (
            f"{JOB}/Attributes(LogicalName='spotler_name')/Microsoft.Dynamics.CRM.MemoAttributeMetadata",
            (404, "0x8006088a"),
        ),
        (f"{JOB}/Privileges", (501, "0x80040800")),
        (f"{JOB}/LogicalName", (501, "0x80040800")),
        (f"{JOB}?$select=IconLargeName", (501, "0x80040800")),
        (f"{JOB}?$expand=Settings", (501, "0x80040800")),
        (f"{JOB}/Attributes?$filter=Nothing eq 1", (400, "0x80060888")),
        ("EntityDefinitions?$top=1", (400, "0x80060888")),
        ("EntityDefinitions(Name='x')", (400, "0x80060888")),
        ("RelationshipDefinitions(SchemaName='nothing')", (404, "0x80060888")),
        ("GlobalOptionSetDefinitions", (501, "0x80040800")),
    ],
)
async def test_metadata_refused(client: Client, path: str, refusal: tuple[int, str]) -> None:
    """404 for what is nowhere, 501 for what the sandbox leaves out."""
    assert code(await client("GET", path)) == refusal


def _schema(text: str) -> Any:
    return next(iter(ET.fromstring(text).iter(f"{EDM}Schema")))  # noqa: S314 - our own answer


async def test_the_service_metadata_agrees_with_itself(client: Client) -> None:
    """Every set has its type, every navigation its target and its referential constraint."""
    answer = await client("GET", "$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    schema = _schema(answer.text)
    types = {one.get("Name"): one for one in schema.findall(f"{EDM}EntityType")}
    sets = schema.find(f"{EDM}EntityContainer").findall(f"{EDM}EntitySet")
    set_names = {one.get("Name") for one in sets}
    assert {one.get("EntityType").removeprefix("mscrm.") for one in sets} <= set(types)
    for one in sets:
        for binding in one.findall(f"{EDM}NavigationPropertyBinding"):
            assert binding.get("Target") in set_names
    for one in types.values():
        own = {column.get("Name") for column in one.findall(f"{EDM}Property")}
        for navigation in one.findall(f"{EDM}NavigationProperty"):
            assert navigation.get("Type").removeprefix("mscrm.") in types
            constraint = navigation.find(f"{EDM}ReferentialConstraint")
            assert constraint.get("Property") in own
    job = {one.get("Name") for one in types["spotler_job"].findall(f"{EDM}NavigationProperty")}
    assert {"spotler_CustomerId_account", "spotler_CustomerId_contact", "spotler_LeadId"} <= job


async def test_an_environment_without_activity_feeds() -> None:
    """There is no table post then: not as a set, not in the metadata."""
    async with serving(Service(installed=True, posts=False)) as client:
        assert code(await client("GET", "posts")) == (404, "0x8006088a")
        assert code(await client("POST", "posts", {"text": "x"})) == (404, "0x8006088a")
        assert code(await client("GET", "EntityDefinitions(LogicalName='post')")) == (404, "0x80060888")
        assert '<EntityType Name="post"' not in (await client("GET", "$metadata")).text
        assert (await client("GET", "annotations")).status_code == 200
