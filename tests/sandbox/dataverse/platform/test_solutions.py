"""Publishers and solutions have the names and prefixes the platform takes, and hold what is made under them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.platform.administrator import (
    IN_SOLUTION,
    PUBLISHER,
    ROLE,
    SOLUTION,
    TABLE,
    UNIT,
    components,
    made,
    make_solution,
    make_table,
)
from tests.sandbox.dataverse.service import Client, code

PUBLISHED_BY = {"publisherid@odata.bind": f"/publishers({PUBLISHER})"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"uniquename": "with blank"},
        {"uniquename": "acme"},
        {"uniquename": None},
        {"friendlyname": None},
        {"customizationprefix": "a"},
        {"customizationprefix": "a_b"},
        {"customizationprefix": "mscrmx"},
        {"customizationprefix": "1abc"},
        {"customizationoptionvalueprefix": 9999},
        {"customizationoptionvalueprefix": 100_000},
    ],
)
async def test_publishers_refused(admin: Client, wrong: dict[str, Any]) -> None:
    """Names, prefix and option prefix are checked, and the unique name is unique."""
    await make_solution(admin)
    right = {
        "uniquename": "other",
        "friendlyname": "Other",
        "customizationprefix": "other",
        "customizationoptionvalueprefix": 66600,
    }
    assert (await admin("POST", "publishers", right | wrong)).status_code == 400
    made(await admin("POST", "publishers", right))


@pytest.mark.parametrize(
    "wrong",
    [
        {"uniquename": "Acme"},
        {"uniquename": "a-b"},
        {"version": "1"},
        {"version": "1.0-beta"},
        {"friendlyname": None},
    ],
)
async def test_solutions_refused(admin: Client, wrong: dict[str, Any]) -> None:
    """A solution needs a unique name, a version and a publisher."""
    await make_solution(admin)
    right = {"uniquename": "Two", "friendlyname": "Two", "version": "0.1"}
    assert (await admin("POST", "solutions", right)).status_code == 400
    assert (await admin("POST", "solutions", right | PUBLISHED_BY | wrong)).status_code == 400
    made(await admin("POST", "solutions", right | PUBLISHED_BY))


async def test_a_taken_id_is_refused(admin: Client) -> None:
    """A client-chosen id makes a second one impossible."""
    await make_solution(admin)
    again = {"solutionid": SOLUTION, "uniquename": "Two", "friendlyname": "Two", "version": "1.0"}
    assert code(await admin("POST", "solutions", again | PUBLISHED_BY)) == (412, "0x80040237")


async def test_a_solution_holds_what_is_made_under_it(admin: Client) -> None:
    """Tables and roles under the header are components; without it they are not."""
    await make_table(admin)
    role = {"roleid": ROLE, "name": "Acme", "businessunitid@odata.bind": UNIT}
    made(await admin("POST", "roles", role, **IN_SOLUTION))
    made(await admin("POST", "roles", {"name": "Elsewhere", "businessunitid@odata.bind": UNIT}))
    table = (await admin("GET", f"{TABLE}?$select=MetadataId")).json()["MetadataId"]
    assert {(1, table), (20, ROLE)} <= await components(admin)
    made(await admin("DELETE", f"roles({ROLE})"))
    assert (20, ROLE) not in await components(admin)


async def test_an_unknown_solution_is_refused_whole(admin: Client) -> None:
    """Nothing is made then."""
    role = {"roleid": ROLE, "name": "Acme", "businessunitid@odata.bind": UNIT}
    answer = await admin("POST", "roles", role, **{"MSCRM.SolutionUniqueName": "Nobody"})
    assert answer.status_code == 400
    assert (await admin("GET", f"roles({ROLE})")).status_code == 404


async def test_deleting_a_solution_leaves_its_components(admin: Client) -> None:
    """And a publisher stays while a solution is by it."""
    await make_table(admin)
    assert code(await admin("DELETE", f"publishers({PUBLISHER})")) == (400, "0x8004f01f")
    made(await admin("DELETE", f"solutions({SOLUTION})"))
    assert (await admin("GET", TABLE)).status_code == 200
    assert await components(admin) == set()
    made(await admin("DELETE", f"publishers({PUBLISHER})"))


async def test_what_every_environment_has_stays(admin: Client) -> None:
    """The default publisher and solution cannot be deleted."""
    [solution] = await admin.rows("solutions?$filter=uniquename eq 'Default'")
    assert (await admin("DELETE", f"solutions({solution['solutionid']})")).status_code == 400
    publisher = solution["_publisherid_value"]
    assert (await admin("DELETE", f"publishers({publisher})")).status_code == 400
