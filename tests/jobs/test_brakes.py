"""Do the brakes make starts wait, and nothing else; and does the guard refuse what was started before?

Pure tables and laws first, then the real work on a simulated world: the process dies at every await.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse.tables import Automation, Job, Operation, Status
from jobs import result_codes as codes
from jobs.brakes import MOMENTS, allowed, next_looks
from jobs.timing import Timing
from tests.jobs.simulated import PERSON, START, Cut, World, throttled
from tests.jobs.test_crashes import check

START_IT, STOP_IT = Operation.START_AUTOMATION, Operation.STOP_AUTOMATION
TIMING = Timing()


# Pure.


@settings(deadline=None)
@given(st.integers(0, 300), st.one_of(st.none(), st.integers(1, 5000)))
def test_looks_are_spread_in_order_and_bounded(count: int, per_hour: int | None) -> None:
    """The oldest comes back first, none at once, none after the bound, and all at few moments."""
    looks = next_looks(count, per_hour=per_hour, now=START, timing=TIMING)
    assert len(looks) == count
    assert looks == sorted(looks)
    assert len(set(looks)) <= MOMENTS
    for look in looks:
        assert START + timedelta(seconds=TIMING.brake_shortest) < look
        assert look <= START + timedelta(seconds=TIMING.brake_longest + 1)
        assert look.microsecond == 0


def test_a_slow_cap_brings_its_jobs_back_slowly() -> None:
    """Ten an hour is one in six minutes: that is when the first of them may go."""
    assert next_looks(2, per_hour=10, now=START, timing=TIMING) == [
        START + timedelta(seconds=60 + 360 + 1),
        START + timedelta(seconds=60 + 720 + 1),
    ]


@settings(deadline=None)
@given(st.permutations(range(1, 9)), st.integers(-3, 12))
def test_the_oldest_go(numbers: list[int], room: int) -> None:
    """As many as there is room for, the first by creation; the others wait in that order."""
    world = World()
    rows = {number: world.row(world.create(START_IT, number=number)) for number in range(1, 9)}
    go, stay = allowed([rows[number] for number in numbers], room)
    assert [row.id.int for row in (*go, *stay)] == list(range(1, 9))
    assert len(go) == min(max(room, 0), 8)


# The real work.


def braked(world: World, **columns: object) -> dict[str, object]:
    """The job's columns, with brakes on its automation; they are shared by all jobs of this test."""
    entry: dict[str, object] = {
        Automation.NAME: "🚀 Welcome",
        Automation.KIND: 724000000,
        Automation.CODE: "code-1",
        Automation.EXTERNAL_ID: "automation-1",
        Automation.FIELD_TEMPLATE: "voucher=STRING;portal=URL",
        **columns,
    }
    del world
    return {Job.AUTOMATION_AUTOMATION: entry}


def lift(world: World) -> None:
    """Somebody takes every brake off."""
    for row in world.rows.values():
        entry = row[Job.AUTOMATION_AUTOMATION]
        assert isinstance(entry, dict)
        entry |= {Automation.HOLD: False, Automation.STARTS_PER_HOUR: None}


async def pass_through(world: World, turns: int = 40) -> None:
    """Let everything happen that is due, and some time pass."""
    for _ in range(turns):
        if not (await world.deliver_jobs() or await world.deliver_results()):
            await world._pass_time()


def started(world: World) -> list[str]:
    """Which starts Spotler carried out, by their vouchers."""
    return [effect.voucher for effect in world.effects if effect.what == "start"]


async def test_a_held_start_waits_with_its_reason() -> None:
    """No call, no attempt, no window; the row says why, since when, until when, and who can lift it."""
    world = World()
    job = world.create(START_IT, number=1, columns=braked(world, **{Automation.HOLD: True}))
    await world.deliver_jobs()
    row = world.row(job)
    assert (row.status, row.result_code, row.attempts) == (Status.WAITING, codes.HELD, 0)
    assert row.claimed_on is None
    assert row.queued_on is None
    assert row.held_on == START
    assert row.retry_on is not None
    assert row.retry_on > START
    for part in ("🚀 Welcome", "2026-11-02 09:00:00", f"{row.retry_on:%H:%M:%S}", "Spotler Jobs Manager"):
        assert part in world.message(job)
    await pass_through(world)
    assert started(world) == []
    assert world.row(job).held_on == START
    lift(world)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert (world.row(job).attempts, world.row(job).held_on) == (1, None)


async def test_a_lost_doorbell_of_a_held_start_is_found() -> None:
    """Reconciliation rings what waits past its time."""
    world = World()
    job = world.create(START_IT, number=1, columns=braked(world, **{Automation.HOLD: True}))
    world.bus_down_until = START + timedelta(seconds=1)
    await world.deliver_jobs()
    assert world.jobs == []
    lift(world)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED


async def test_a_stop_waits_for_no_brake_and_cancels_what_is_held() -> None:
    """The stop is carried out at once; the start it overtook is cancelled."""
    world = World()
    world.running["run-0"] = (str(PERSON), "automation-1")
    held = braked(world, **{Automation.HOLD: True})
    first = world.create(START_IT, number=1, columns=held)
    await world.deliver_jobs()
    stop = world.create(STOP_IT, number=2, columns=held)
    await world.rest()
    assert (world.status(first), world.code(first)) == (Status.CANCELLED, codes.CANCELLED_BY_STOP)
    assert world.status(stop) is Status.SUCCEEDED
    assert started(world) == []


async def test_a_start_and_a_stop_in_one_batch() -> None:
    """The brake moves the row first, and the stop then cancels it as it is."""
    world = World()
    world.running["run-0"] = (str(PERSON), "automation-1")
    held = braked(world, **{Automation.HOLD: True})
    first, stop = (world.create(one, number=at, columns=held) for at, one in ((1, START_IT), (2, STOP_IT)))
    await world.rest()
    assert (world.status(first), world.status(stop)) == (Status.CANCELLED, Status.SUCCEEDED)


async def test_a_person_deactivates_a_held_start() -> None:
    """It ends as cancelled, and nothing was sent."""
    world = World()
    job = world.create(START_IT, number=1, columns=braked(world, **{Automation.HOLD: True}))
    await world.deliver_jobs()
    world.deactivate(job)
    await world.rest()
    assert (world.status(job), started(world)) == (Status.CANCELLED, [])


async def test_a_held_start_keeps_its_place() -> None:
    """A later start of the same person by another trigger of the automation does not overtake it."""
    world = World()
    held = braked(world, **{Automation.HOLD: True}) | {Job.AUTOMATION_FIELDS: "voucher=V1"}
    world.create(START_IT, number=1, columns=held)
    other = braked(world) | {Job.AUTOMATION: str(UUID(int=9)), Job.AUTOMATION_FIELDS: "voucher=V2"}
    world.create(START_IT, number=2, columns=other)
    await pass_through(world)
    assert started(world) == []
    lift(world)
    await world.rest()
    assert started(world) == ["V1", "V2"]


async def test_the_retry_window_stands_still_while_a_job_is_held() -> None:
    """Two days of hold after an hour of trouble leave 23 of the 24 hours."""
    world = World(script=lambda _what, _contact: throttled())
    job = world.create(START_IT, number=1, columns=braked(world))
    while world.clock.moment < START + timedelta(hours=1):
        await pass_through(world, 3)
    entry = world.rows[job][Job.AUTOMATION_AUTOMATION]
    assert isinstance(entry, dict)
    entry[Automation.HOLD] = True
    while world.code(job) != codes.HELD:
        await pass_through(world, 1)
    held_on, before = world.row(job).held_on, world.row(job).queued_on
    assert held_on is not None
    assert before is not None
    while world.clock.moment < START + timedelta(days=2):
        await pass_through(world, 3)
    assert (world.row(job).held_on, world.row(job).attempts > 1) == (held_on, True)
    lift(world)
    while world.code(job) == codes.HELD:
        await pass_through(world, 1)
    assert world.status(job) is not Status.FAILED
    spent = world.row(job).queued_on
    assert spent is not None
    assert world.clock.moment - spent < held_on - before + timedelta(hours=1)


async def test_no_more_starts_than_the_cap_in_an_hour() -> None:
    """Two an hour: seven people, in several portions, are started in their order, and never three within an hour."""
    world = World()
    for number in range(1, 8):
        columns = braked(world, **{Automation.STARTS_PER_HOUR: 2})
        columns |= {Job.CUSTOMER: str(UUID(int=800 + number)), Job.AUTOMATION_FIELDS: f"voucher=V{number}"}
        world.create(START_IT, number=number, columns=columns)
    await world.deliver_jobs()
    waiting = [job for job in world.rows if world.code(job) == codes.STARTS_CAPPED]
    assert len(waiting) == 5
    assert all(world.row(job).attempts == 0 and "2 starts" in world.message(job) for job in waiting)
    await world.rest(20_000)
    times = [effect.at for effect in world.effects]
    assert sorted(started(world)) == [f"V{number}" for number in range(1, 8)]
    for earlier, later in zip(times, times[2:], strict=False):
        assert later - earlier > timedelta(hours=1) - timedelta(seconds=2)


async def test_without_a_brake_nothing_more_is_asked() -> None:
    """A job without brakes costs the reads that it always cost."""
    world = World()
    world.create(START_IT, number=1)
    await world.rest()
    assert {"count", "started"}.isdisjoint(world.points)


# The guard.


def guarded(world: World, number: int, fields: str | None, **columns: object) -> UUID:
    """A start whose automation refuses the same start within an hour."""
    entry = braked(world, **{Automation.DUPLICATE_MINUTES: 60})
    return world.create(START_IT, number=number, columns=entry | {Job.AUTOMATION_FIELDS: fields} | columns)


@pytest.mark.parametrize(
    ("first", "second", "twice"),
    [
        (None, None, True),
        ("voucher=V1", "voucher=V1", True),
        ("voucher=V1", " voucher = V1 ;\n", True),
        ("voucher=V1;portal=https://a.example/", "portal=https://a.example/\nvoucher=V1", True),
        ("voucher=V1;portal=", "voucher=V1", True),
        ("voucher=V1", "voucher=V2", False),
        ("voucher=V1", None, False),
        ("voucher=V1", "voucher=v1", False),
    ],
)
async def test_the_same_start_is_refused(first: str | None, second: str | None, *, twice: bool) -> None:
    """Order and blanks do not matter, anything else does; the message names the first job."""
    world = World()
    guarded(world, 1, first)
    await world.rest()
    job = guarded(world, 2, second)
    await world.rest()
    assert len(world.effects) == (1 if twice else 2)
    assert world.status(job) is (Status.FAILED if twice else Status.SUCCEEDED)
    if twice:
        assert world.code(job) == codes.DUPLICATE_START
        assert world.row(job).attempts == 0
        for part in ("Start 🚀 Welcome", "SJ-000001", "2026-11-02 09:00", "Start Anyway"):
            assert part in world.message(job)


async def test_what_makes_the_same_start_all_right() -> None:
    """Forced, for somebody else, after the window, or after the first one was refused: it is started."""
    world = World()
    guarded(world, 1, "voucher=V1")
    await world.rest()
    forced = guarded(world, 2, "voucher=V1", **{Job.FORCE: True})
    another = guarded(world, 3, "voucher=V1", **{Job.CUSTOMER: str(UUID(int=77))})
    await world.rest()
    world.clock.moment += timedelta(minutes=61)
    later = guarded(world, 4, "voucher=V1")
    await world.rest()
    assert [world.status(job) for job in (forced, another, later)] == [Status.SUCCEEDED] * 3
    world.clock.moment += timedelta(minutes=61)
    wrong = guarded(world, 5, "vouchr=V1")
    await world.rest()
    again = guarded(world, 6, "vouchr=V1")
    await world.rest()
    assert [world.code(job) for job in (wrong, again)] == [codes.INVALID_AUTOMATION_FIELDS] * 2


async def test_an_unknown_outcome_counts_and_ones_own_does_not() -> None:
    """The first may have run; yet a person who activates it has it carried out again."""
    world = World(script=lambda _what, _contact: "lost")
    first = guarded(world, 1, "voucher=V1")
    await world.rest()
    second = guarded(world, 2, "voucher=V1")
    await world.rest()
    assert world.status(first) is Status.OUTCOME_UNKNOWN
    assert world.code(second) == codes.DUPLICATE_START
    world.script = lambda _what, _contact: None
    world.activate(first)
    await world.rest()
    assert world.status(first) is Status.SUCCEEDED


async def test_a_success_that_was_activated_counts_from_its_own_end() -> None:
    """Activating an old success carries nothing out, so a new job for the same is no duplicate of that."""
    world = World()
    first = guarded(world, 1, "voucher=V1")
    await world.rest()
    world.clock.moment += timedelta(hours=2)
    world.activate(first)
    await world.rest()
    second = guarded(world, 2, "voucher=V1")
    await world.rest()
    assert [world.status(job) for job in (first, second)] == [Status.SUCCEEDED] * 2


# Crashes.


def a_hold(world: World) -> None:
    """A held start, a stop of somebody else, and a free start, in one batch."""
    held = braked(world, **{Automation.HOLD: True}) | {Job.AUTOMATION_FIELDS: "voucher=V1"}
    world.create(START_IT, number=1, columns=held)
    free = {Job.CUSTOMER: str(UUID(int=70)), Job.AUTOMATION_FIELDS: "voucher=V2"}
    world.create(START_IT, number=2, columns=free)


def a_cap(world: World) -> None:
    """One start an hour, and two people."""
    for number in (1, 2):
        columns = braked(world, **{Automation.STARTS_PER_HOUR: 1})
        columns |= {Job.CUSTOMER: str(UUID(int=70 + number)), Job.AUTOMATION_FIELDS: f"voucher=V{number}"}
        world.create(START_IT, number=number, columns=columns)


def a_double(world: World) -> None:
    """The same start twice, saved together."""
    guarded(world, 1, "voucher=V1")
    guarded(world, 2, "voucher=V1")


async def play(scenario: Callable[[World], None], cut: Cut | None) -> World:
    """To rest, with brakes lifted after three hours."""
    world = World(cut=cut)
    scenario(world)
    while world.clock.moment < START + timedelta(hours=3) and not world.at_rest():
        await pass_through(world, 5)
    lift(world)
    await world.rest()
    return world


@pytest.mark.parametrize("scenario", [a_hold, a_cap, a_double], ids=lambda one: one.__name__)
async def test_a_crash_anywhere(scenario: Callable[[World], None]) -> None:
    """Cut at each await, before and after its effect: the invariants hold, no start is lost or made twice."""
    points = min(len((await play(scenario, None)).points), 30)
    for at in range(points):
        for after in (False, True):
            world = await play(scenario, Cut(at, after))
            check(world)
            if scenario is a_double:
                assert len(started(world)) <= 1, "the same start was made twice"
