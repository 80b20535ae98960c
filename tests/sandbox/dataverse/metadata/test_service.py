"""Metadata over the wire, under the platform's own rules."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.metadata.environment import label, table_body, text_body
from tests.sandbox.dataverse.service import Client, code, serving

THING = "EntityDefinitions(LogicalName='acme_thing')"


@pytest.fixture
async def fresh() -> AsyncIterator[Client]:
    """An administrator of a fresh environment with the publisher `acme` and its solution."""
    async with serving(Service()) as client:
        client.token = client.service.tokens.issue("Ada").access_token
        publisher = {"uniquename": "acme", "friendlyname": "Acme", "customizationprefix": "acme"}
        made = await client("POST", "publishers", publisher | {"customizationoptionvalueprefix": 72700})
        assert made.status_code == 204, made.text
        solution = {"uniquename": "AcmeThings", "friendlyname": "Things", "version": "1.0"}
        place = made.headers["OData-EntityId"].removeprefix(client.root)
        made = await client("POST", "solutions", solution | {"publisherid@odata.bind": f"/{place}"})
        assert made.status_code == 204, made.text
        yield client


async def test_only_an_administrator_makes_tables(fresh: Client) -> None:
    """The application user has no role in a fresh environment."""
    body, header = table_body(), {"MSCRM.SolutionUniqueName": "AcmeThings"}
    ada, fresh.token = fresh.token, fresh.service.tokens.issue().access_token
    assert code(await fresh("POST", "EntityDefinitions", body, **header)) == (403, "0x80040220")
    fresh.token = ada
    assert (await fresh("GET", THING)).status_code == 404
    foreign = {"SchemaName": "other_Thing"}
    assert (await fresh("POST", "EntityDefinitions", body | foreign, **header)).status_code == 400
    assert (await fresh("POST", "EntityDefinitions", body, **header)).status_code == 204
    components = {one["objectid"] for one in await fresh.rows("solutioncomponents?$select=objectid")}
    assert (await fresh("GET", THING)).json()["MetadataId"] in components


async def test_an_index_is_built_while_one_waits(fresh: Client) -> None:
    """The seconds are those of the control route, by the wall clock."""
    await fresh.control("POST", "metadata", {"index_seconds": 0.05, "fail_next_index": 1})
    attributes = [text_body("acme_Name", 100, IsPrimaryName=True)]
    await fresh("POST", "EntityDefinitions", table_body(Attributes=attributes))
    key = {"SchemaName": "acme_NameKey", "DisplayName": label("Name"), "KeyAttributes": ["acme_name"]}
    assert (await fresh("POST", f"{THING}/Keys", key)).status_code == 204
    assert await _ended(fresh) == "Failed"
    again = {"EntityLogicalName": "acme_thing", "EntityKeyLogicalName": "acme_namekey"}
    assert (await fresh("POST", "ReactivateEntityKey", again)).status_code == 204
    assert await _ended(fresh) == "Active"
    assert (await fresh("PATCH", "acme_things(acme_name='x')", {})).status_code == 204


async def _ended(client: Client) -> str:
    """Ask until the index is ready or has failed; each question takes time of its own."""
    for _ in range(2000):
        [key] = await client.rows(f"{THING}/Keys", Consistency="Strong")
        if key["EntityKeyIndexStatus"] in {"Active", "Failed"}:
            return str(key["EntityKeyIndexStatus"])
    pytest.fail("The index was never ready.")


async def test_a_column_that_a_view_shows_stays(fresh: Client) -> None:
    """As long as the view shows it."""
    await fresh("POST", "EntityDefinitions", table_body())
    await fresh("POST", f"{THING}/Attributes", text_body("acme_Code"))
    fetch = (
        '<fetch version="1.0" mapping="logical"><entity name="acme_thing"><attribute name="acme_thingid"/>'
        '<attribute name="acme_code"/></entity></fetch>'
    )
    layout = (
        '<grid name="resultset" object="10801" jump="acme_name" select="1" icon="1" preview="1">'
        '<row name="result" id="acme_thingid"><cell name="acme_code" width="100"/></row></grid>'
    )
    view = {"name": "Codes", "returnedtypecode": "acme_thing", "querytype": 0}
    made = await fresh("POST", "savedqueries", view | {"fetchxml": fetch, "layoutxml": layout})
    assert made.status_code == 204, made.text
    column = f"{THING}/Attributes(LogicalName='acme_code')"
    assert code(await fresh("DELETE", column)) == (400, "0x8004f01f")
    place = made.headers["OData-EntityId"].removeprefix(fresh.root)
    assert (await fresh("DELETE", place)).status_code == 204
    assert (await fresh("DELETE", column)).status_code == 204
