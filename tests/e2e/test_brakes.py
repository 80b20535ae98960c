"""Brakes and the guard against doubles, as people meet them: over the form's columns, on the real parts."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.scenario.dynamics import START
from tests.e2e.test_operator import WELCOME, crowd, finals, hurried_processes
from tests.e2e.test_operator import live as hurried
from tests.world import Live

__all__ = ["hurried", "hurried_processes"]

WAITING, CANCELLED, SUCCEEDED, FAILED = 724000001, 2, 724000002, 724000004


@pytest.fixture
def live(hurried: Live) -> Live:
    """The sandbox in which an hour lasts 72 seconds."""
    return hurried


async def waiting(live: Live, job: str, code: str) -> dict[str, Any]:
    """The row, once it waits with this result code."""

    async def look() -> dict[str, Any] | None:
        row = await live.dynamics.job(job)
        return row if (row["statuscode"], row["spotler_resultcode"]) == (WAITING, code) else None

    return await live.until(look)


async def test_a_held_automation_starts_when_the_hold_is_lifted(live: Live) -> None:
    """Two wait with a reason, a stop does not; one is cancelled, the other starts once the hold is lifted."""
    first, second, third = await crowd(live, 3)
    await live.start(third, WELCOME)
    await live.dynamics.change_automation(WELCOME, {"spotler_hold": True})
    jobs = [await live.dynamics.create_job(START, person=one, automation=WELCOME) for one in (first, second)]
    for job in jobs:
        row = await waiting(live, job, "HELD")
        assert not row["spotler_attempts"]
        assert WELCOME in row["spotler_resultmessage"]
    assert (await live.stop(third, WELCOME))["statuscode"] == SUCCEEDED
    await live.dynamics.change_job(jobs[0], {"statecode": 1, "statuscode": CANCELLED})
    assert (await live.refresh()).status == 200
    assert (await live.dynamics.catalogue())[WELCOME]["spotler_hold"] is True
    await live.dynamics.change_automation(WELCOME, {"spotler_hold": False})
    (row,) = await finals(live, jobs[1:])
    assert row["statuscode"] == SUCCEEDED
    assert (len(await live.runs(first)), len(await live.runs(second))) == (0, 1)


async def test_a_cap_makes_the_others_wait(live: Live) -> None:
    """Three people and two starts an hour: the third waits, and starts once the cap is lifted."""
    people = await crowd(live, 3)
    await live.dynamics.change_automation(WELCOME, {"spotler_startsperhour": 2})
    for person in people[:2]:
        assert (await live.start(person, WELCOME))["statuscode"] == SUCCEEDED
    job = await live.dynamics.create_job(START, person=people[2], automation=WELCOME)
    row = await waiting(live, job, "STARTS_CAPPED")
    assert "2 starts" in row["spotler_resultmessage"]
    await live.dynamics.change_automation(WELCOME, {"spotler_startsperhour": None})
    (row,) = await finals(live, [job])
    assert row["statuscode"] == SUCCEEDED
    assert [len(await live.runs(person)) for person in people] == [1, 1, 1]


async def test_the_same_start_is_refused_unless_it_is_forced(live: Live) -> None:
    """The second of two that were saved together points to the first; a forced one starts."""
    (person,) = await crowd(live, 1)
    await live.dynamics.change_automation(WELCOME, {"spotler_duplicateminutes": 60})
    first, second = await live.start_all((person, WELCOME), (person, WELCOME))
    assert (first["statuscode"], second["statuscode"]) == (SUCCEEDED, FAILED)
    assert second["spotler_resultcode"] == "DUPLICATE_START"
    assert first["spotler_sequence"] in second["spotler_resultmessage"]
    forced = await live.dynamics.create_job(
        START, person=person, automation=WELCOME, more={"spotler_force": True}
    )
    (row,) = await finals(live, [forced])
    assert row["statuscode"] == SUCCEEDED
    assert len(await live.runs(person)) == 2
