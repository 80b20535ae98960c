"""Posts can be made about tables that are enabled for activity feeds."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.platform.administrator import administrator, made
from tests.sandbox.dataverse.service import CONTOSO, KIM, ROBIN, Client, code, serving

LEAD = {"msdyn_entityname": "lead", "msdyn_entitydisplayname": "Lead", "msdyn_otc": 4}


async def post(admin: Client, table: str, path: str) -> int:
    """The status of a post about a row."""
    body = {"text": "Hello", f"regardingobjectid_{table}@odata.bind": path}
    return (await admin("POST", "posts", body)).status_code


async def test_leads_are_enabled_by_their_configuration(admin: Client) -> None:
    """Accounts and contacts are from the start; a configuration without a wall, or inactive, enables nothing."""
    assert await post(admin, "account", f"/accounts({CONTOSO})") == 204
    assert await post(admin, "contact", f"/contacts({KIM})") == 204
    assert await post(admin, "lead", f"/leads({ROBIN})") == 400
    made(await admin("POST", "msdyn_postconfigs", LEAD | {"msdyn_configurewall": False}))
    assert await post(admin, "lead", f"/leads({ROBIN})") == 400
    [row] = await admin.rows("msdyn_postconfigs?$filter=msdyn_entityname eq 'lead'")
    path = f"msdyn_postconfigs({row['msdyn_postconfigid']})"
    made(await admin("PATCH", path, {"msdyn_configurewall": True}))
    assert await post(admin, "lead", f"/leads({ROBIN})") == 204
    made(await admin("PATCH", path, {"statecode": 1}))
    assert await post(admin, "lead", f"/leads({ROBIN})") == 400
    made(await admin("PATCH", path, {"statecode": 0}))
    assert await post(admin, "lead", f"/leads({ROBIN})") == 204
    made(await admin("DELETE", path))
    assert await post(admin, "lead", f"/leads({ROBIN})") == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"msdyn_entityname": "nothing"},
        {"msdyn_entityname": None},
        {"msdyn_entityname": "contact", "msdyn_otc": 2},
        {"msdyn_otc": 5},
    ],
)
async def test_configurations_refused(admin: Client, wrong: dict[str, Any]) -> None:
    """Of unknown tables, with another table's code, and a second one."""
    assert (await admin("POST", "msdyn_postconfigs", LEAD | wrong)).status_code == 400


async def test_an_environment_without_activity_feeds() -> None:
    """It has no configurations either."""
    async with serving(Service(posts=False)) as client:
        admin = administrator(client)
        assert code(await admin("GET", "msdyn_postconfigs")) == (404, "0x8006088a")
        assert code(await admin("GET", "posts")) == (404, "0x8006088a")
