"""The process dies at every await that reaches outside, and once more while recovering; the invariants hold.

The points are counted, not sampled: a run without a cut tells how many there are, and then every one
is cut, before its effect and after it.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from dataverse.tables import Job, Operation, Status
from jobs.verdicts import Verdict
from tests.jobs.simulated import FINAL, Cut, World

START_IT = Operation.START_AUTOMATION
STOP_IT = Operation.STOP_AUTOMATION


def start(world: World, number: int, person: int = 0) -> UUID:
    """A start whose run can be told by its voucher."""
    columns: dict[str, object] = {Job.AUTOMATION_FIELDS: f"voucher=V{number}"}
    if person:
        columns[Job.CUSTOMER] = str(UUID(int=person))
    return world.create(START_IT, number=number, columns=columns)


def one_start(world: World) -> None:
    """One start."""
    start(world, 1)


def one_stop_of_a_run(world: World) -> None:
    """A run that is there already is stopped by its id."""
    world.running["run-0"] = ("somebody", "automation-1")
    world.create(STOP_IT, number=1, columns={Job.AUTOMATION_CONTACT_ID: "run-0", Job.CUSTOMER: None})


def start_then_stop(world: World) -> None:
    """A start and a stop of the same person, saved together."""
    start(world, 1)
    world.create(STOP_IT, number=2)


def stop_then_start(world: World) -> None:
    """A stop of what runs, and a new start."""
    world.running["run-0"] = ("22222222-0000-4000-8000-000000000001", "automation-1")
    world.create(STOP_IT, number=1)
    start(world, 2)


def two_starts(world: World) -> None:
    """Two starts of the same person."""
    start(world, 1)
    start(world, 2)


def a_mixed_batch(world: World) -> None:
    """Starts of several people, a refresh, an invalid job and a stop in one batch."""
    for number in (1, 2, 3):
        start(world, number, person=100 + number)
    world.create(Operation.REFRESH_AUTOMATIONS, number=4, columns={Job.CUSTOMER: None, Job.AUTOMATION: None})
    world.create(START_IT, number=5, columns={Job.CUSTOMER: None})
    start(world, 6)
    world.create(STOP_IT, number=7)


def one_check(world: World) -> None:
    """A start that is only looked at, beside a real one of the same person."""
    world.create(Operation.VALIDATE_AUTOMATION, number=1, columns={Job.AUTOMATION_FIELDS: "voucher=V1"})
    start(world, 2)


def one_campaign(world: World) -> None:
    """The start of a campaign."""
    world.create(START_IT, number=1, columns=world.campaign())


SCENARIOS = [
    one_check,
    one_campaign,
    one_start,
    one_stop_of_a_run,
    start_then_stop,
    stop_then_start,
    two_starts,
    a_mixed_batch,
]


def check(world: World, *, activations: int = 0) -> None:
    """The invariants of the protocol, on a world at rest."""
    started = [effect.voucher for effect in world.effects if effect.what == "start"]
    assert effects_of_campaigns(world) <= 1 + activations, "I1: a campaign started twice"
    for voucher in set(started):
        assert started.count(voucher) <= 1 + activations, "I1: started twice"
    assert all(world.status(job) in FINAL for job in world.rows), "I2: not final"
    assert world.dead == [], "I2: a dead letter"
    confirmed = {outcome.job for outcome in world.stored if outcome.verdict is Verdict.DONE}
    succeeded = {
        job for job in world.rows if world.status(job) in (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED)
    }
    assert confirmed <= succeeded, "I3: a stored confirmation is not on its row"
    for job in succeeded:
        if world.row(job).operation is START_IT and effects_of_campaigns(world) == 0:
            assert f"V{job.int}" in started, "I3: succeeded without a start"
        if world.row(job).operation is Operation.VALIDATE_AUTOMATION:
            assert f"V{job.int}" not in started, "a check was sent"
    checks = [job for job in world.rows if world.row(job).operation is Operation.VALIDATE_AUTOMATION]
    assert all(world.status(job) is Status.SUCCEEDED for job in checks), "a check is repeated, never in doubt"
    assert not any(outcome.job in checks for outcome in world.stored), "values of a check stood on a queue"
    assert_in_order(world)
    assert len(world.posted) == len(set(world.posted)), "I5: posted twice"
    assert set(world.posted) <= succeeded, "I5: posted without success"


def effects_of_campaigns(world: World) -> int:
    """How many campaigns were started; the scenarios start one at most."""
    return sum(1 for effect in world.effects if effect.what == "start campaign")


def assert_in_order(world: World) -> None:
    """I4: for one person and automation, effects follow the order of creation."""
    stops = [job for job in sorted(world.rows) if world.row(job).operation is STOP_IT]
    for person in {effect.contact for effect in world.effects}:
        numbers = []
        for effect in world.effects:
            if effect.contact == person and effect.what == "start":
                numbers.append(int(effect.voucher[1:]))
            elif effect.contact == person and effect.what == "stop":
                numbers += [job.int for job in stops]
        assert numbers == sorted(numbers), f"I4: {numbers}"


async def run(scenario: Callable[[World], None], cut: Cut | None = None) -> World:
    """One run to rest."""
    world = World(cut=cut)
    scenario(world)
    await world.rest()
    return world


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_a_crash_anywhere(scenario: Callable[[World], None]) -> None:
    """Cut at every point, before and after its effect: the world comes to rest and the invariants hold."""
    points = len((await run(scenario)).points)
    assert points >= 5
    for at in range(points):
        for after in (False, True):
            world = await run(scenario, Cut(at, after))
            check(world)


@pytest.mark.parametrize(
    "scenario", [one_check, one_start, start_then_stop, stop_then_start], ids=lambda one: one.__name__
)
async def test_a_second_crash_while_recovering(scenario: Callable[[World], None]) -> None:
    """Cut at every point, and again at every point of what follows."""
    points = len((await run(scenario)).points)
    for first in range(points):
        for after in (False, True):
            reference = await run(scenario, Cut(first, after))
            for second in range(first + 1, len(reference.points)):
                world = World(cut=Cut(first, after))
                world.second_cut = Cut(second, after=True)
                scenario(world)
                await world.rest()
                check(world)
