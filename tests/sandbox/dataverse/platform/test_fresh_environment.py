"""An environment that has never heard of us has what every environment has, and our tables nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.dataverse import organization
from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.platform.administrator import (
    APPLICATION,
    SOLUTION,
    administrator,
    made,
    make_solution,
    make_table,
)
from tests.sandbox.dataverse.service import KIM, Client, code, serving


async def test_our_tables_are_not_there(admin: Client) -> None:
    """A job cannot be created before something was installed."""
    assert code(await admin("POST", "spotler_jobs", {})) == (404, "0x8006088a")
    assert code(await admin("GET", "spotler_automations")) == (404, "0x8006088a")
    assert (await admin("GET", "EntityDefinitions(LogicalName='spotler_job')")).status_code == 404
    assert await admin.rows("savedqueries?$filter=returnedtypecode eq 'spotler_job'") == []


async def test_the_environment_tells_who_it_is(admin: Client) -> None:
    """WhoAmI, the organization, the business unit and the languages agree with each other."""
    who = (await admin("GET", "WhoAmI")).json()
    [found] = await admin.rows("organizations?$select=organizationid,name,languagecode")
    assert found["organizationid"] == who["OrganizationId"]
    assert found["languagecode"] == 1033
    [unit] = await admin.rows("businessunits?$filter=_parentbusinessunitid_value eq null")
    assert unit["businessunitid"] == who["BusinessUnitId"]
    [user] = await admin.rows(f"systemusers?$filter=systemuserid eq {who['UserId']}")
    assert user["fullname"] == "Ada"
    languages = await admin("GET", "RetrieveProvisionedLanguages()")
    assert languages.json()["RetrieveProvisionedLanguages"] == [1033, 1043]


async def test_the_application_user_has_no_role_and_everybody_else_may_all(admin: Client) -> None:
    """The application user is known by its application id."""
    query = f"systemusers?$filter=applicationid eq {organization.APPLICATION_ID}&$select=fullname"
    [user] = await admin.rows(query)
    assert user["systemuserid"] == APPLICATION
    assert await admin.rows(f"systemusers({APPLICATION})/systemuserroles_association") == []
    who = (await admin("GET", "WhoAmI")).json()["UserId"]
    [role] = await admin.rows(f"systemusers({who})/systemuserroles_association?$select=roleid,name")
    assert role["name"] == "System Administrator"


async def test_a_webhook_needs_an_installation() -> None:
    """There are no jobs to tell of before."""
    with pytest.raises(ValueError, match="installed"):
        Service(webhook="http://localhost/")


async def test_installed_is_the_old_picture() -> None:
    """Our tables, the endpoint with its key apart, the step, leads enabled, the application an administrator."""
    async with serving(
        Service(installed=True, webhook="http://localhost:7071/api/x?code=a%3Db&y=1")
    ) as client:
        [endpoint] = await client.rows("serviceendpoints")
        assert (endpoint["url"], endpoint["authvalue"]) == ("http://localhost:7071/api/x?y=1", None)
        assert endpoint["isauthvalueset"] is True
        steps = f"serviceendpoints({endpoint['serviceendpointid']})/serviceendpoint_sdkmessageprocessingstep"
        [step] = await client.rows(steps)
        assert (step["statecode"], step["mode"], step["stage"]) == (0, 1, 40)
        enabled = await client.rows("msdyn_postconfigs?$filter=statecode eq 0")
        assert {row["msdyn_entityname"] for row in enabled} == {"account", "contact", "lead"}
        [role] = await client.rows(f"systemusers({APPLICATION})/systemuserroles_association")
        assert role["name"] == "System Administrator"


def everything(service: Service) -> Mapping[str, set[str]]:
    """Ids of all rows of every table, and so of the tables too."""
    store = service.store
    return {table.name: {row.id for row in store.rows(table)} for table in store.schema.tables}


async def test_a_reset_keeps_what_was_installed_and_everything_does_not(admin: Client) -> None:
    """Rows of business tables go back to the seed; the empty environment comes back on request alone."""
    before = everything(admin.service)
    await make_table(admin)
    made(await admin("POST", "acme_things", {"acme_name": "One"}))
    made(await admin("PATCH", f"contacts({KIM})", {"lastname": "Other"}))
    await admin.control("POST", "reset")
    assert await admin.rows("acme_things") == []
    assert (await admin("GET", f"contacts({KIM})")).json()["lastname"] == "Jansen"
    assert len(await admin.rows(f"solutions?$filter=solutionid eq {SOLUTION}")) == 1
    await admin.control("POST", "reset", {"everything": True})
    assert everything(admin.service) == before
    assert (await admin("GET", "acme_things")).status_code == 404
    # What was taken away can be made anew.
    await make_table(admin)
    made(await admin("POST", "acme_things", {"acme_name": "One"}))


async def test_deleting_what_was_made_leaves_nothing_behind(admin: Client) -> None:
    """Views, forms, privileges, filters and components go with their table."""
    await admin("GET", "WhoAmI")
    before = everything(admin.service)
    await make_table(admin)
    made(await admin("DELETE", "EntityDefinitions(LogicalName='acme_thing')"))
    publisher = (await admin("GET", f"solutions({SOLUTION})")).json()["_publisherid_value"]
    made(await admin("DELETE", f"solutions({SOLUTION})"))
    made(await admin("DELETE", f"publishers({publisher})"))
    assert everything(admin.service) == before


@pytest.mark.parametrize("body", [{"all": True}, {"everything": 1}])
async def test_a_reset_that_is_not_understood(admin: Client, body: dict[str, Any]) -> None:
    """It changes nothing."""
    await make_solution(admin)
    assert (await admin.http.post("/_sandbox/reset", json=body)).status_code == 400
    assert len(await admin.rows(f"solutions?$filter=solutionid eq {SOLUTION}")) == 1


async def test_only_rows_of_business_tables_are_seeded(admin: Client) -> None:
    """What has rules is made through the Web API."""
    answer = await admin.http.post("/_sandbox/seed", json={"roles": [{"name": "x"}]})
    assert answer.status_code == 400


async def test_the_metadata_switches(admin: Client) -> None:
    """They are shown, set, and go back at a reset."""
    first = await admin.control("GET", "metadata")
    assert first == {"index_seconds": 0, "fail_next_index": 0, "stale_seconds": 0.0}
    changed = await admin.control("POST", "metadata", {"fail_next_index": 2, "index_seconds": 0.5})
    assert (changed["fail_next_index"], changed["index_seconds"]) == (2, 0.5)
    assert (await admin.http.post("/_sandbox/metadata", json={"fail": 1})).status_code == 400
    await admin.control("POST", "reset")
    assert await admin.control("GET", "metadata") == first


async def test_another_user_of_the_same_name_is_the_same_user(admin: Client) -> None:
    """A user is known by its name."""
    again = administrator(admin)
    assert (await again("GET", "WhoAmI")).json() == (await admin("GET", "WhoAmI")).json()
