"""The traces that a model check of the protocol found: each breaks an invariant without the rule it names."""

from __future__ import annotations

from uuid import UUID

import pytest

from dataverse.tables import Automation, Job, Kind, Operation, State, Status
from jobs import result_codes as codes
from jobs.timing import Timing
from tests.jobs.happenings import SKEW, How
from tests.jobs.interleaved import EXTERNAL_ID, START_IT, STOP_IT, Interleaved, Plan, directed
from tests.jobs.simulated import PERSON

FIRST, SECOND = UUID(int=1), UUID(int=2)
LEASE_OVER = Timing().lease + 2 * SKEW + 2
"""Seconds after which no clock of the simulated machines finds a lease alive."""


def whats(world: Interleaved) -> list[str]:
    """What happened at Spotler, in order."""
    return [effect.what for effect in world.effects]


def running(world: Interleaved) -> None:
    """A run of this person's is there already."""
    world.running["run-0"] = (str(PERSON), "automation-1")


@directed
async def test_zombie_start() -> None:
    """A worker that stalls after its claim until its lease is over does not call any more (rule 4)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    zombie = await world.take("jobs", 0)
    await world.upto(zombie, "write")
    await world.let(zombie, How.SLOW)
    await world.later(LEASE_OVER)
    await world.finish(await world.take("jobs", 1))
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    await world.finish(zombie)
    assert whats(world) == ["stop"]
    await world.rest()
    assert whats(world) == ["stop"]
    assert world.status(FIRST) is Status.FAILED  # surely not started, and the row says so


@directed
async def test_zombie_stop() -> None:
    """A stalled stop that another worker has repeated does not stop the run that was started since (rule 4)."""
    world = Interleaved(Plan((STOP_IT, START_IT), held=1))
    running(world)
    zombie = await world.take("jobs", 0)
    await world.upto(zombie, "write")
    await world.let(zombie, How.SLOW)
    await world.later(LEASE_OVER)
    await world.finish(await world.take("jobs", 1))
    await world.finish(await world.take("results", 1))
    assert world.status(FIRST) is Status.SUCCEEDED
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    await world.finish(zombie)
    await world.rest()
    assert whats(world) == ["stop", "start"]
    assert len(world.running) == 1


@pytest.mark.parametrize("missing", [1.0, 120.0])
def test_short_lease(missing: float) -> None:
    """Spans under which a lease could end while a call may still take effect are refused (rule 5)."""
    whole = Timing()
    needed = whole.start_deadline + whole.call_cut + whole.settling + 2 * whole.clock_difference
    with pytest.raises(ValueError, match="shorter"):
        Timing(lease=needed - missing)


@directed
async def test_timed_out_call_lands_late() -> None:
    """A start whose call was given up keeps its lease, so a stop waits for what may still arrive (rule 5)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    await world.let(run, How.LATE)
    await world.finish(run)
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    assert world.status(SECOND) is Status.QUEUED
    await world.later(140)
    world.apply(world.wire[0])
    await world.rest()
    assert whats(world) == ["start", "stop"]
    assert world.status(SECOND) is Status.SUCCEEDED


@directed
async def test_timed_out_stop_lands_late() -> None:
    """A start waits for a stop that was given up and may still arrive (rule 5)."""
    world = Interleaved(Plan((STOP_IT, START_IT), held=1))
    running(world)
    run = await world.take("jobs", 0)
    await world.upto(run, "stop")
    await world.let(run, How.LATE)
    await world.finish(run)
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.WAITING
    world.create_next()
    await world.later(2)
    world.ring(FIRST)
    await world.finish(await world.take("jobs", 0, 1))
    assert whats(world) == []
    await world.finish(await world.take("jobs", 1, 2))
    assert world.status(SECOND) is Status.QUEUED
    await world.later(140)
    world.apply(world.wire[0])
    await world.rest()
    assert whats(world) == ["stop", "stop", "start"]
    assert len(world.running) == 1


@directed
async def test_given_up_stop_is_deactivated() -> None:
    """A person who deactivates a stop that was given up does not let a start pass what may still arrive (rule 5)."""
    world = Interleaved(Plan((STOP_IT, START_IT), held=1))
    running(world)
    run = await world.take("jobs", 0)
    await world.upto(run, "stop")
    await world.let(run, How.LATE)
    await world.finish(run)
    await world.finish(await world.take("results", 0))
    world.deactivate(FIRST)
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    assert whats(world) == []
    await world.later(140)
    world.apply(world.wire[0])
    await world.rest()
    assert whats(world) == ["stop", "start"]
    assert len(world.running) == 1


@directed
async def test_deactivated_while_called() -> None:
    """A person who deactivates a job during its call does not let a stop overtake it (rules 5 and 10)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    world.deactivate(FIRST)
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    assert world.status(SECOND) is Status.QUEUED
    await world.finish(run)
    await world.rest()
    assert whats(world) == ["start", "stop"]
    assert world.status(FIRST) is Status.SUCCEEDED


@directed
async def test_guard_attempt_only_drops_no_confirmation() -> None:
    """A stop's late confirmation overwrites the refusal of a newer attempt (rule 8b)."""
    world = Interleaved(Plan((STOP_IT,)))
    running(world)
    await world.finish(await world.take("jobs", 0))
    await world.later(LEASE_OVER)
    await world.ring_again(1)
    again = await world.take("jobs", 1)
    await world.upto(again, "stop")
    await world.let(again, How.FINAL)
    await world.finish(again)
    first, second = world.results
    first.visible += world.timing.lease_span
    await world.finish(await world.take("results", 1))
    assert second not in world.results
    assert world.status(FIRST) is Status.FAILED
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED
    assert world.code(FIRST) == codes.OK


@directed
async def test_guard_attempt_only_revives_nothing() -> None:
    """A copy of a refusal does not revive the job that a person has cancelled since (rule 8d)."""
    world = Interleaved(Plan((START_IT,)))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    await world.let(run, How.REFUSED_LONG)
    await world.finish(run)
    world.results.append(type(world.results[0])(world.results[0].body, world.clock.moment))
    copy = world.results[1]
    copy.visible += world.timing.lease_span
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.WAITING
    world.deactivate(FIRST)
    await world.rest()
    assert world.status(FIRST) is Status.CANCELLED
    assert whats(world) == []


@directed
async def test_guard_if_match_star() -> None:
    """A copy of a refusal that was judged before the job was claimed again writes nothing (rule 8)."""
    world = Interleaved(Plan((START_IT,)))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    await world.let(run, How.REFUSED_LONG)
    await world.finish(run)
    world.results.append(type(world.results[0])(world.results[0].body, world.clock.moment))
    stalled = world.deliver("results", world.workers[1], world.results[1:])
    await world.settle()
    await world.upto(stalled, "write")
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.WAITING
    await world.later(260)
    await world.ring_again(0)
    again = await world.take("jobs", 0, 1)
    await world.upto(again, "start")
    await world.finish(stalled)
    world.ring(FIRST)
    await world.finish(await world.take("jobs", 1))
    await world.finish(again)
    await world.rest()
    assert whats(world) == ["start"]


@directed
async def test_late_outcome_dropped() -> None:
    """A confirmation that arrives after the row was given up is the truth, and no second start is invited (rule 8b)."""
    world = Interleaved(Plan((START_IT,)))
    await world.finish(await world.take("jobs", 0))
    await world.later(LEASE_OVER)
    await world.ring_again(1)
    await world.finish(await world.take("jobs", 1))
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED
    assert world.posted == [FIRST]


@directed
async def test_late_refusal_retried() -> None:
    """A refusal that arrives after a stop went by fails the start instead of trying it again (rule 8c)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    await world.let(run, How.REFUSED_LONG)
    await world.finish(run)
    refusal = world.results[0]
    refusal.visible += 3 * world.timing.lease_span
    await world.later(LEASE_OVER)
    await world.ring_again(1)
    await world.finish(await world.take("jobs", 1))
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    await world.rest()
    assert whats(world) == ["stop"]
    assert world.status(FIRST) is Status.FAILED


@directed
async def test_lost_claim_assumed() -> None:
    """A worker whose claim lost, and whose answer got lost too, does not take the winner's for its own (rule 2)."""
    world = Interleaved(Plan((START_IT,), webhooks=2))
    one, other = world.jobs
    loser = world.deliver("jobs", world.workers[0], [one])
    winner = world.deliver("jobs", world.workers[1], [other])
    await world.settle()
    await world.upto(loser, "write")
    await world.upto(winner, "write")
    await world.upto(winner, "start")
    await world.let(loser, How.LOST)
    await world.finish(loser)
    assert len(world.wire) == 1
    await world.finish(winner)
    await world.rest()
    assert whats(world) == ["start"]


@directed
async def test_lost_claim_found() -> None:
    """A claim whose answer got lost is found by its token and called, once (rule 2)."""
    world = Interleaved(Plan((START_IT,)))
    run = await world.take("jobs", 0)
    await world.upto(run, "write")
    await world.let(run, How.LOST)
    await world.finish(run)
    assert whats(world) == ["start"]
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED


@directed
async def test_cancel_without_etag() -> None:
    """A stop that read a start as Queued does not cancel it after it was carried out (rule 11)."""
    world = Interleaved(Plan((START_IT, STOP_IT)))
    start = await world.take("jobs", 0, 1)
    await world.upto(start, "write")
    stop = await world.take("jobs", 1, 2)
    await world.upto(stop, "write")
    await world.finish(start)
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.SUCCEEDED
    await world.finish(stop)
    assert world.status(FIRST) is Status.SUCCEEDED
    await world.rest()
    assert whats(world) == ["start", "stop"]


@directed
async def test_unknown_blocks() -> None:
    """A start whose outcome is unknown lets later jobs pass once its lease is over (rule 10)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    world.wire[0].lose()
    world.crash(world.workers[0])
    await world.settle()
    world.create_next()
    await world.rest()
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    assert whats(world) == ["stop"]


@directed
async def test_createdon_tie() -> None:
    """Two starts that were saved in the same second are carried out in one strict order (rule 10)."""
    world = Interleaved(Plan((START_IT, START_IT)))
    assert world.rows[FIRST][Job.CREATED_ON] == world.rows[SECOND][Job.CREATED_ON]
    await world.rest()
    assert [effect.voucher for effect in world.effects] == ["V1", "V2"]


@pytest.mark.parametrize("operation", [START_IT, STOP_IT], ids=["start", "stop"])
@pytest.mark.parametrize("column", [Job.CUSTOMER_CONTACT, Job.AUTOMATION_AUTOMATION])
def test_poison_raises(operation: Operation, column: str) -> None:
    """A row that cannot be interpreted ends with INTERNAL_ERROR, and its neighbours never notice (rule 12)."""

    @directed
    async def trace() -> None:
        world = Interleaved(Plan((START_IT, operation), strangers=2))
        world.edit(SECOND, {column: "not a row"})
        await world.rest()
        assert world.status(SECOND) is Status.FAILED
        assert world.code(SECOND) == codes.INTERNAL_ERROR
        assert world.status(FIRST) is Status.SUCCEEDED
        assert whats(world) == ["start"] * 3
        assert world.most_deliveries == 1

    trace()


@pytest.mark.parametrize("column", [Job.CUSTOMER_CONTACT, Job.AUTOMATION_AUTOMATION])
def test_an_invalid_stop_cancels_nothing(column: str) -> None:
    """A start does not die for a stop that cannot be carried out (rule 11)."""
    lacking: dict[str, dict[str, object]] = {
        Job.CUSTOMER_CONTACT: {EXTERNAL_ID: None},
        Job.AUTOMATION_AUTOMATION: {Automation.EXTERNAL_ID: "automation-1", Automation.KIND: None},
    }

    @directed
    async def trace() -> None:
        world = Interleaved(Plan((START_IT, STOP_IT)))
        world.edit(SECOND, {column: lacking[column]})
        assert world.row(FIRST).group == world.row(SECOND).group
        await world.rest()
        assert world.status(FIRST) is Status.SUCCEEDED
        assert world.code(SECOND) == codes.INVALID_JOB
        assert whats(world) == ["start"]

    trace()


@directed
async def test_given_up_meanwhile() -> None:
    """A worker that read an abandoned start does not give it up once its confirmation is on the row (rule 6)."""
    world = Interleaved(Plan((START_IT,)))
    await world.finish(await world.take("jobs", 0))
    await world.later(LEASE_OVER)
    await world.ring_again(1)
    late = await world.take("jobs", 1)
    await world.upto(late, "write")
    await world.finish(await world.take("results", 0))
    await world.finish(late)
    assert world.status(FIRST) is Status.SUCCEEDED
    await world.rest()


@directed
async def test_replay_during_a_lease() -> None:
    """A stop that a person queues again is not carried out while its abandoned request may still arrive (rule 2)."""
    world = Interleaved(Plan((STOP_IT, START_IT), held=1))
    running(world)
    run = await world.take("jobs", 0)
    await world.upto(run, "stop")
    await world.let(run, How.LATE)
    await world.finish(run)
    await world.finish(await world.take("results", 0))
    world.deactivate(FIRST)
    world.activate(FIRST)
    world.ring(FIRST)
    await world.finish(await world.take("jobs", 1, 1))
    assert whats(world) == []
    world.create_next()
    await world.later(140)
    world.apply(world.wire[0])
    await world.rest()
    assert whats(world) == ["stop", "stop", "start"]


@directed
async def test_confirmed_while_a_newer_attempt_may_arrive() -> None:
    """A late confirmation does not end the lease of a newer attempt whose request may still arrive (rule 8b)."""
    world = Interleaved(Plan((STOP_IT, START_IT), held=1))
    running(world)
    await world.finish(await world.take("jobs", 0))
    confirmation = world.results[0]
    await world.later(LEASE_OVER)
    confirmation.visible += 3 * world.timing.lease_span
    await world.ring_again(1)
    again = await world.take("jobs", 1)
    await world.upto(again, "stop")
    await world.let(again, How.LATE)
    await world.finish(again)
    await world.finish(await world.take("results", 1))
    assert world.status(FIRST) is Status.WAITING
    confirmation.visible = world.clock.moment
    await world.finish(await world.take("results", 0))
    world.create_next()
    await world.finish(await world.take("jobs", 0, 2))
    assert whats(world) == ["stop"]
    await world.later(140)
    world.apply(world.wire[1])
    await world.rest()
    assert whats(world) == ["stop", "stop", "start"]
    assert world.status(FIRST) is Status.SUCCEEDED


@directed
async def test_post_without_id() -> None:
    """A post whose answer got lost is made again under the same id, so there is one (rule 13)."""
    world = Interleaved(Plan((START_IT,)))
    await world.finish(await world.take("jobs", 0))
    run = await world.take("results", 0)
    await world.upto(run, "show")
    await world.let(run, How.LOST)
    await world.rest()
    assert world.posted == [FIRST]


@directed
async def test_a_post_is_made_up_for() -> None:
    """A process that dies between the row and its post leaves the post to the redelivery (rule 13)."""
    world = Interleaved(Plan((START_IT,)))
    await world.finish(await world.take("jobs", 0))
    run = await world.take("results", 0)
    await world.upto(run, "show")
    world.crash(world.workers[0])
    await world.settle()
    assert world.status(FIRST) is Status.SUCCEEDED
    await world.rest()
    assert world.posted == [FIRST]


@directed
async def test_deactivate_is_succeeded() -> None:
    """What Deactivate writes, the default reason of the inactive state, reads as Cancelled and is never called."""
    world = Interleaved(Plan((START_IT,)))
    world.edit(FIRST, {Job.STATE: 1, Job.STATUS: 2})
    assert world.status(FIRST) is Status.CANCELLED
    assert world.status(FIRST).state is State.INACTIVE
    await world.rest()
    assert whats(world) == []


@directed
async def test_replay_of_a_success_meets_a_stop() -> None:
    """A success that a person activated is neither cancelled by a later stop nor in its way (rules 3 and 11)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    await world.finish(await world.take("jobs", 0))
    await world.finish(await world.take("results", 0))
    world.activate(FIRST)
    world.create_next()
    await world.finish(await world.take("jobs", 1, 2))
    assert whats(world) == ["start", "stop"]
    assert world.status(FIRST) is Status.QUEUED
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED
    assert world.status(SECOND) is Status.SUCCEEDED


@directed
async def test_no_reconcile() -> None:
    """A job whose webhook never came is found (rule 1)."""
    world = Interleaved(Plan((START_IT,), webhooks=0))
    await world.rest()
    assert whats(world) == ["start"]


@directed
async def test_two_triggers_of_one_automation() -> None:
    """Jobs that name one automation by two rows of the catalogue keep their order (rule 10)."""
    world = Interleaved(Plan((START_IT, STOP_IT), held=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    world.create_next()
    entry = {
        Automation.NAME: "🚀 Welcome (reminder)",
        Automation.KIND: int(Kind.AUTOMATION),
        Automation.CODE: "code-2",
        Automation.EXTERNAL_ID: "automation-0,automation-1",
        Automation.FIELD_TEMPLATE: None,
    }
    other = "99999999-0000-4000-8000-000000000009"
    world.edit(SECOND, {Job.AUTOMATION: other, Job.AUTOMATION_AUTOMATION: entry})
    await world.finish(await world.take("jobs", 1, 2))
    assert world.status(SECOND) is Status.QUEUED
    await world.finish(run)
    await world.rest()
    assert whats(world)[:2] == ["start", "stop"]
