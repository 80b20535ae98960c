"""Corners in which a job's text, a service's whim or a neighbour could make a row tell something wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from dataverse.tables import Automation, Job, Kind, Status
from jobs import processing
from jobs import result_codes as codes
from jobs.doorbells import Doorbell, doorbell_message
from jobs.events import Events
from jobs.listening import DELIVERIES_TOGETHER, Delivered, hear_doorbells
from jobs.messages import message_body
from jobs.outcomes import outcome_message, read_outcomes
from jobs.ports import QueueUnavailable
from jobs.processing import REPORT_SECONDS, Processor
from spotler import AutomationResult, TriggerAnswer
from tests.jobs.happenings import How
from tests.jobs.interleaved import CONFIRMED, START_IT, STOP_IT, Interleaved, Plan, directed
from tests.jobs.simulated import START, Message, SimulatedBus, SimulatedSpotler, World, throttled

FIRST, STRANGER = UUID(int=1), UUID(int=50)
HALF = "\ud83d"
"""Half an emoji, as a label holds that was cut in the middle of one."""

ENTRY = {
    Automation.NAME: f"🚀 Wel{HALF}",
    Automation.KIND: int(Kind.AUTOMATION),
    Automation.CODE: "code-1",
    Automation.EXTERNAL_ID: "automation-1",
    Automation.FIELD_TEMPLATE: "voucher=STRING",
}


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({Job.AUTOMATION_AUTOMATION: ENTRY}, Status.SUCCEEDED),
        ({Job.AUTOMATION_FIELDS: f"vou{HALF}cher=X"}, Status.FAILED),
        ({Job.AUTOMATION_FIELDS: f"voucher=X{HALF}"}, Status.SUCCEEDED),
    ],
    ids=["label", "name of a field", "value of a field"],
)
def test_half_an_emoji(columns: dict[str, object], status: Status) -> None:
    """Text that no encoding takes harms neither its own job nor those that are called with it."""

    @directed
    async def trace() -> None:
        world = Interleaved(Plan((START_IT,), strangers=2))
        world.edit(FIRST, columns)
        await world.rest()
        assert world.status(FIRST) is status
        assert all(world.status(job) is Status.SUCCEEDED for job in world.rows if job != FIRST)
        assert len(world.posted) == len(world.effects)

    trace()


def test_an_outcome_that_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the words for an outcome fail, what happened still reaches the row, and the neighbours' theirs."""

    def failing(*_: object) -> dict[str, object]:
        raise ValueError("no words")

    monkeypatch.setattr(processing, "_details", failing)

    @directed
    async def trace() -> None:
        world = Interleaved(Plan((START_IT,), strangers=2))
        await world.rest()
        assert {world.status(job) for job in world.rows} == {Status.SUCCEEDED}

    trace()


async def test_a_queue_that_fails_in_an_unheard_of_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the sending raises after a call, the rows are written directly."""

    async def failing(*_: object) -> None:
        raise RuntimeError("unheard of")

    monkeypatch.setattr(SimulatedBus, "report", failing)
    world = World()
    jobs = [
        world.create(START_IT, number=number, columns={Job.CUSTOMER: str(UUID(int=100 + number))})
        for number in (1, 2)
    ]
    await world.deliver_jobs()
    assert {world.status(job) for job in jobs} == {Status.SUCCEEDED}


@pytest.mark.parametrize("seconds", [1e7, 1e12, 1e20, 1e300])
async def test_an_absurd_wait(seconds: float) -> None:
    """Spotler may ask to wait for ages: the job waits, no longer than its window, and nothing overflows."""
    world = World(script=lambda _what, _contact: throttled(seconds))
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    await world.deliver_results()
    assert world.status(job) is Status.WAITING
    retry_on = world.row(job).retry_on
    assert retry_on is not None
    assert retry_on <= START + timedelta(hours=24, seconds=1)


async def _heard_unwritable(world: Interleaved) -> None:
    """The first message of the results queue, dealt with while Dataverse can be read and not written."""
    run = await world.take("results", 0)
    while run in world.runs:
        await world.let(run, How.DOWN if run.parked[0].name in ("write", "show") else How.OK)


@directed
async def test_what_is_put_back_does_not_multiply() -> None:
    """With Dataverse readable and not writable, every outcome is put back once for each time it came."""
    world = Interleaved(Plan((START_IT,), strangers=1))
    await world.finish(await world.take("jobs", 0))
    [together] = world.results
    posted, unwritten = (
        Message(outcome_message(one), together.visible) for one in read_outcomes(together.body.encode())[0]
    )
    unwritten.visible += timedelta(hours=1)
    world.results[:] = [posted, unwritten]
    run = await world.take("results", 0)
    await world.upto(run, "show")
    await world.let(run, How.DOWN)
    await world.finish(run)
    for _ in range(5):
        await world.later(4000)
        world.next_reconcile = world.clock.moment + timedelta(hours=2)
        await _heard_unwritable(world)
        assert len(world.results) == 2
    assert posted not in world.results
    await world.rest()
    assert len(world.posted) == 2


@directed
async def test_what_shared_a_message_is_put_back_once() -> None:
    """With Dataverse not writable, both outcomes of one message are put back, each in a message of its own."""
    world = Interleaved(Plan((START_IT,), strangers=1))
    await world.finish(await world.take("jobs", 0))
    [together] = world.results
    shared = read_outcomes(together.body.encode())[0]
    for _ in range(5):
        while world.results and world.results[0].visible <= world.clock.moment:
            await _heard_unwritable(world)
        assert together not in world.results
        back = [read_outcomes(one.body.encode())[0] for one in world.results]
        assert sorted(one.job for [one] in back) == sorted(one.job for one in shared)
        await world.later(4000)
        world.next_reconcile = world.clock.moment + timedelta(hours=2)
    await world.rest()
    assert len(world.posted) == 2


async def test_a_stop_after_a_wait_tells_the_truth() -> None:
    """A stop that was surely not carried out at first and then finds nothing running has stopped nothing."""
    waits = iter([throttled(600.0)])
    world = World(script=lambda _what, _contact: next(waits, None))
    job = world.create(STOP_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.FAILED
    assert world.code(job) == codes.INVALID_STATE
    assert world.rows[job][Job.ATTEMPTS] == 2


async def test_a_failed_stop_that_is_activated_tells_the_truth() -> None:
    """A person who activates a stop that found nothing running is told the same again."""
    world = World()
    job = world.create(STOP_IT, number=1)
    await world.rest()
    world.activate(job)
    await world.rest()
    assert world.status(job) is Status.FAILED
    assert world.code(job) == codes.INVALID_STATE


async def test_a_doubted_stop_stays_doubted() -> None:
    """A stop whose answer got lost, then has to wait, then finds nothing running, was carried out."""
    said: Iterator[Exception | str] = iter(["lost", throttled(600.0)])
    world = World(script=lambda _what, _contact: next(said, None))
    world.running["run-0"] = ("22222222-0000-4000-8000-000000000001", "automation-1")
    job = world.create(STOP_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.rows[job][Job.ATTEMPTS] == 3


@directed
async def test_a_claim_of_ours_is_called_before_anything_else_can_fail() -> None:
    """A claim that is found by its token is called although the next read fails."""
    world = Interleaved(Plan((START_IT,), strangers=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "write")
    world.edit(STRANGER, {})
    await world.let(run, How.FIRST_LOST)
    while run in world.runs:
        await world.let(run, How.DOWN if run.parked[0].name == "siblings" else How.OK)
    assert world.starts[FIRST] == 1
    await world.rest()
    assert {world.status(job) for job in world.rows} == {Status.SUCCEEDED}


@directed
async def test_claims_in_doubt_are_looked_for_again() -> None:
    """A worker that cannot read for a while does not forget the claims whose answer got lost."""
    world = Interleaved(Plan((START_IT,)))
    run = await world.take("jobs", 0)
    await world.upto(run, "write")
    await world.let(run, How.LOST)
    await world.let(run, How.DOWN)
    await world.finish(run)
    assert world.starts[FIRST] == 1
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED


@pytest.mark.parametrize(
    "fields", ["a=b;" * 1000, "a\n" * 2000, "é=b;" * 1000], ids=["names", "lines", "accents"]
)
async def test_an_outcome_stays_small(fields: str) -> None:
    """However much is wrong with a job's fields, its outcome leaves room for its neighbours in one send."""
    world = World()
    world.create(START_IT, number=1, columns={Job.AUTOMATION_FIELDS: fields})
    await world.deliver_jobs()
    body = world.results[0].body.encode()
    assert len(body) < 20_000
    assert read_outcomes(body)[0][0].code == codes.INVALID_AUTOMATION_FIELDS


async def test_a_part_that_was_refused_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A partly succeeded start that a person activates goes back to Partly succeeded, uncalled."""

    async def partly(*_: object) -> TriggerAnswer:
        refused = AutomationResult("automation-2", "PARTICIPATION_LIMIT_REACHED", None)
        return TriggerAnswer((AutomationResult("automation-1", "OK", "run-1"), refused), ("run-1",))

    monkeypatch.setattr(SimulatedSpotler, "trigger_automation", partly)
    world = World()
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.PARTLY_SUCCEEDED
    world.activate(job)
    await world.rest()
    assert world.status(job) is Status.PARTLY_SUCCEEDED
    assert world.rows[job][Job.ATTEMPTS] == 1


@directed
async def test_a_slow_neighbour_holds_no_outcome_back() -> None:
    """What is known is sent although another call of the same wave goes on, so a crash leaves no more in doubt."""
    world = Interleaved(Plan((START_IT,), strangers=1))
    run = await world.take("jobs", 0)
    await world.upto(run, "start")
    assert [parked.name for parked in run.parked] == ["start", "start"]
    await world.let(run)
    await world.later(REPORT_SECONDS + 1)
    assert {parked.name for parked in run.parked} == {"start", "report"}
    world.resume(run, next(parked for parked in run.parked if parked.name == "report"), How.OK)
    await world.settle()
    world.crash(world.workers[0])
    await world.settle()
    await world.rest()
    assert [world.status(job) for job in (FIRST, STRANGER)] == [Status.SUCCEEDED, Status.OUTCOME_UNKNOWN]


async def test_jobs_of_one_message_that_keeps_failing_are_processed_alone() -> None:
    """Either may be the cause: the one that fails is dropped with an event, and the other is done all the same."""
    failing, other = Doorbell(FIRST), Doorbell(STRANGER)
    done: list[Doorbell] = []

    class Fragile:
        async def process(self, doorbells: Sequence[Doorbell]) -> None:
            if failing in doorbells:
                raise QueueUnavailable("jobs: gone")
            done.extend(doorbells)

    heard: list[str] = []
    events = Events(heard=lambda name, facts: heard.append(f"{name} {facts['job']}"))
    processor = cast("Processor", Fragile())
    message = message_body([doorbell_message(bell) for bell in (failing, other)]).encode()
    with pytest.raises(QueueUnavailable):
        await hear_doorbells([Delivered(message, DELIVERIES_TOGETHER)], processor, events)
    assert done == []
    await hear_doorbells([Delivered(message, DELIVERIES_TOGETHER + 1)], processor, events)
    assert (done, heard) == ([other], [f"doorbell_dropped {FIRST}"])


@directed
async def test_a_status_of_somebody_elses() -> None:
    """A confirmation waits while the row stands in a status that this version does not know, and is not dropped."""
    world = Interleaved(Plan((START_IT,)))
    await world.finish(await world.take("jobs", 0))
    world.edit(FIRST, {Job.STATUS: 724000099})
    await world.finish(await world.take("results", 0))
    assert len(world.results) == 1
    world.edit(FIRST, {Job.STATUS: int(Status.IN_PROGRESS)})
    await world.rest()
    assert world.status(FIRST) in CONFIRMED
