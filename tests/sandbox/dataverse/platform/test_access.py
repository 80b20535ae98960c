"""The application user may do what its roles allow and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse import organization
from tests.sandbox.dataverse.platform.administrator import (
    APPLICATION,
    ROLE,
    UNIT,
    made,
    make_table,
)
from tests.sandbox.dataverse.service import CONTOSO, KIM, Client, code

DENIED = (403, "0x80040220")
IMPOSED = {
    "prvCreateSharePointData",
    "prvReadSharePointData",
    "prvReadSharePointDocument",
    "prvWriteSharePointData",
}
OF_EVERY_ROLE = IMPOSED | {
    "prvReadPluginAssembly",
    "prvReadPluginType",
    "prvReadSdkMessage",
    "prvReadSdkMessageProcessingStep",
    "prvReadSdkMessageProcessingStepImage",
}
UPDATE = {"lastname": "Other"}
COMPANY = {"parentcustomerid_account@odata.bind": f"/accounts({CONTOSO})"}


async def privileges(admin: Client, table: str) -> dict[str, str]:
    """The ids of a table's privileges by what they allow."""
    path = f"EntityDefinitions(LogicalName='{table}')?$select=LogicalName,Privileges"
    found = (await admin("GET", path)).json()["Privileges"]
    return {one["PrivilegeType"]: one["PrivilegeId"] for one in found}


async def granted(admin: Client, *wanted: str, depth: str = "Global") -> list[dict[str, Any]]:
    """Privileges named `table Action`, as an action takes them."""
    given = []
    for name in wanted:
        table, action = name.split()
        found = (await privileges(admin, table))[action]
        given.append(
            {
                "@odata.type": "Microsoft.Dynamics.CRM.RolePrivilege",
                "PrivilegeId": found,
                "Depth": depth,
                "BusinessUnitId": organization.BUSINESS_UNIT_ID,
            }
        )
    return given


async def held(admin: Client) -> list[str]:
    """Names of the role's privileges, without those that every role has."""
    told = await admin.rows(f"roles({ROLE})/roleprivileges_association?$select=name")
    return [one["name"] for one in told if one["name"] not in OF_EVERY_ROLE]


async def make_role(admin: Client, *wanted: str, depth: str = "Global") -> None:
    """A role with these privileges, given to the application user."""
    made(await admin("POST", "roles", {"roleid": ROLE, "name": "Acme", "businessunitid@odata.bind": UNIT}))
    body = {"Privileges": await granted(admin, *wanted, depth=depth)}
    made(await admin("POST", f"roles({ROLE})/Microsoft.Dynamics.CRM.AddPrivilegesRole", body))
    reference = {"@odata.id": f"{admin.root}roles({ROLE})"}
    made(await admin("POST", f"systemusers({APPLICATION})/systemuserroles_association/$ref", reference))


def application(admin: Client) -> Client:
    """The same client as the application user."""
    client = Client(admin.service, admin.http)
    client.token = admin.service.tokens.issue().access_token
    return client


async def test_without_a_role_nothing_is_allowed(admin: Client) -> None:
    """Reading, writing, customizing and publishing are refused; WhoAmI is not."""
    app = application(admin)
    assert code(await app("GET", "contacts")) == DENIED
    assert code(await app("GET", f"contacts({KIM})")) == DENIED
    assert code(await app("POST", "contacts", UPDATE)) == DENIED
    assert code(await app("PATCH", f"contacts({KIM})", UPDATE)) == DENIED
    assert code(await app("DELETE", f"contacts({KIM})")) == DENIED
    assert code(await app("POST", "PublishAllXml", {})) == DENIED
    assert code(await app("GET", "roles")) == DENIED
    assert (await app("GET", "WhoAmI")).status_code == 200
    refusal = (await app("GET", "contacts")).json()["error"]["message"]
    assert "prvReadContact" in refusal
    assert APPLICATION in refusal


@pytest.mark.parametrize(
    ("allows", "method", "path", "body"),
    [
        ("contact Read", "GET", "contacts", None),
        ("contact Read", "GET", f"contacts({KIM})", None),
        ("contact Read", "GET", f"contacts({KIM})/lastname", None),
        ("contact Create", "POST", "contacts", UPDATE),
        ("contact Write", "PATCH", f"contacts({KIM})", UPDATE),
        ("contact Delete", "DELETE", f"contacts({KIM})", None),
    ],
)
async def test_a_privilege_allows_its_action_alone(
    admin: Client, allows: str, method: str, path: str, body: Any
) -> None:
    """Every other privilege of the table together does not."""
    actions = ("Create", "Read", "Write", "Delete", "Append", "AppendTo")
    await make_role(admin, *(f"contact {one}" for one in actions if f"contact {one}" != allows))
    app = application(admin)
    assert code(await app(method, path, body)) == DENIED
    body_of_role = {"Privileges": await granted(admin, allows)}
    made(await admin("POST", f"roles({ROLE})/Microsoft.Dynamics.CRM.AddPrivilegesRole", body_of_role))
    assert (await app(method, path, body)).status_code in {200, 204}


async def test_a_lookup_needs_append_and_append_to(admin: Client) -> None:
    """On the row's table and on the target's."""
    await make_role(admin, "contact Create", "contact Append")
    app = application(admin)
    assert code(await app("POST", "contacts", COMPANY)) == DENIED
    assert (await app("POST", "contacts", UPDATE)).status_code == 204
    body = {"Privileges": await granted(admin, "account AppendTo", "account Read")}
    made(await admin("POST", f"roles({ROLE})/Microsoft.Dynamics.CRM.AddPrivilegesRole", body))
    assert (await app("POST", "contacts", COMPANY)).status_code == 204
    await replace(admin, "contact Create", "account AppendTo", "account Read")
    assert code(await app("POST", "contacts", COMPANY)) == DENIED


async def replace(admin: Client, *wanted: str) -> None:
    """Give the role these privileges and no others."""
    body = {"Privileges": await granted(admin, *wanted)}
    made(await admin("POST", f"roles({ROLE})/Microsoft.Dynamics.CRM.ReplacePrivilegesRole", body))


async def test_privileges_are_told_replaced_and_removed(admin: Client) -> None:
    """What a role has can be read back with its depth."""
    await make_role(admin, "contact Read", "account Read")
    path = f"roles({ROLE})/Microsoft.Dynamics.CRM.RetrieveRolePrivilegesRole()"
    told = (await admin("GET", path)).json()["RolePrivileges"]
    assert {(one["PrivilegeName"], one["Depth"]) for one in told} == {
        (name, "Global") for name in ("prvReadContact", "prvReadAccount", *OF_EVERY_ROLE)
    }
    await replace(admin, "lead Read")
    told = (await admin("GET", path)).json()["RolePrivileges"]
    assert {one["PrivilegeName"] for one in told} == {"prvReadLead", *IMPOSED}
    body = {"PrivilegeId": next(one["PrivilegeId"] for one in told if one["PrivilegeName"] == "prvReadLead")}
    made(await admin("POST", f"roles({ROLE})/Microsoft.Dynamics.CRM.RemovePrivilegeRole", body))
    assert await held(admin) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"Depth": "Everything"},
        {"PrivilegeId": "0a000000-0000-4000-8000-0000000000ff"},
        {"BusinessUnitId": "0a000000-0000-4000-8000-0000000000ff"},
        {"Level": 1},
    ],
)
async def test_privileges_refused(admin: Client, wrong: dict[str, Any]) -> None:
    """Unknown privileges, depths, units and members; the role stays as it was."""
    await make_role(admin, "contact Read")
    right = (await granted(admin, "lead Read"))[0]
    path = f"roles({ROLE})/Microsoft.Dynamics.CRM.ReplacePrivilegesRole"
    assert (await admin("POST", path, {"Privileges": [right | wrong]})).status_code == 400
    assert await held(admin) == ["prvReadContact"]


async def test_own_rows_only_is_not_imitated(admin: Client) -> None:
    """Rather than allowing too much, or too little, the sandbox says so."""
    await make_role(admin, "contact Read", depth="Basic")
    assert code(await application(admin)("GET", "contacts")) == (501, "0x80040800")


async def test_a_role_is_taken_away_again(admin: Client) -> None:
    """From the user, by either form of address, and with the role itself."""
    await make_role(admin, "contact Read")
    app = application(admin)
    users = await admin.rows(f"roles({ROLE})/systemuserroles_association?$select=fullname")
    assert [one["systemuserid"] for one in users] == [APPLICATION]
    assert (await app("GET", "contacts")).status_code == 200
    association = f"systemusers({APPLICATION})/systemuserroles_association"
    made(await admin("DELETE", f"{association}({ROLE})/$ref"))
    assert code(await app("GET", "contacts")) == DENIED
    reference = {"@odata.id": f"{admin.root}roles({ROLE})"}
    made(await admin("POST", f"{association}/$ref", reference))
    made(await admin("DELETE", f"{association}/$ref?$id={admin.root}roles({ROLE})"))
    assert code(await app("GET", "contacts")) == DENIED
    made(await admin("POST", f"{association}/$ref", reference))
    made(await admin("POST", f"{association}/$ref", reference))
    made(await admin("DELETE", f"roles({ROLE})"))
    assert code(await app("GET", "contacts")) == DENIED
    assert await admin.rows(association) == []


@pytest.mark.parametrize("url", ["roles(x)", "/roles", "http://localhost/api/data/v9.2/roles", None])
async def test_references_refused(admin: Client, url: str | None) -> None:
    """A reference is the absolute URL of one row."""
    path = f"systemusers({APPLICATION})/systemuserroles_association/$ref"
    assert (await admin("POST", path, {"@odata.id": url})).status_code == 400


async def test_privileges_come_and_go_with_a_table(admin: Client) -> None:
    """A new table brings eight; a role loses them with the table."""
    await make_table(admin)
    found = await admin.rows("privileges?$filter=contains(name,'acme_Thing')&$select=name")
    assert {one["name"] for one in found} == {
        f"prv{action}acme_Thing"
        for action in ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")
    }
    await make_role(admin, "acme_thing Read", "contact Read")
    assert (await application(admin)("GET", "acme_things")).status_code == 200
    made(await admin("DELETE", "EntityDefinitions(LogicalName='acme_thing')"))
    assert await held(admin) == ["prvReadContact"]


async def test_an_application_user_is_made_for_its_registration(admin: Client) -> None:
    """Once; it has no role, and other users come from the directory alone."""
    body = {"applicationid": ROLE, "businessunitid@odata.bind": UNIT}
    made(await admin("POST", "systemusers", body))
    [user] = await admin.rows(f"systemusers?$filter=applicationid eq {ROLE}")
    assert await admin.rows(f"systemusers({user['systemuserid']})/systemuserroles_association") == []
    assert (await admin("POST", "systemusers", body)).status_code == 400
    assert (await admin("POST", "systemusers", {"businessunitid@odata.bind": UNIT})).status_code == 501
    other = Client(admin.service, admin.http)
    other.token = admin.service.tokens.issue(user["fullname"]).access_token
    assert (await other("GET", "WhoAmI")).json()["UserId"] == user["systemuserid"]
    assert code(await other("GET", "contacts")) == DENIED


async def test_roles_have_names_of_their_own_and_the_administrators_stays(admin: Client) -> None:
    """No second role of a name; System Administrator is neither changed nor deleted."""
    await make_role(admin, "contact Read")
    again = {"name": "acme ", "businessunitid@odata.bind": UNIT}
    assert (await admin("POST", "roles", again)).status_code == 400
    assert (await admin("POST", "roles", {"name": "Two"})).status_code == 400
    [role] = await admin.rows("roles?$filter=name eq 'System Administrator'")
    assert (await admin("DELETE", f"roles({role['roleid']})")).status_code == 400
    assert (await admin("PATCH", f"roles({role['roleid']})", {"name": "x"})).status_code == 400
    all_of_them = await admin.rows(f"roles({role['roleid']})/roleprivileges_association?$count=true")
    assert len(all_of_them) == len(await admin.rows("privileges"))


async def test_customizing_needs_an_administrator(admin: Client) -> None:
    """A role with privileges on a component's table is not enough."""
    await make_role(admin, "webresource Create", "webresource Read", "role Append", "businessunit AppendTo")
    body = {"name": "new_/x.js", "webresourcetype": 3, "content": ""}
    assert code(await application(admin)("POST", "webresourceset", body)) == DENIED
