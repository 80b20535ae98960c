"""The work on a simulated world: each operation, each kind of trouble, and what the row says in the end."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from itertools import chain, repeat
from unittest.mock import AsyncMock, patch
from uuid import UUID

import pytest

from dataverse import NotCarriedOut as DataverseDown
from dataverse.tables import Job, Operation, Status
from jobs import processing
from jobs import result_codes as codes
from jobs.outcomes import Outcome, outcome_message
from jobs.row_writes import RowWrite, WriteResult
from jobs.rows import JobRow
from jobs.sizes import READ_TOGETHER, WAVES_AT_ONCE
from jobs.verdicts import Verdict
from tests.jobs.simulated import PERSON, START, Message, World, refused, throttled, unclear

START_IT = Operation.START_AUTOMATION
STOP_IT = Operation.STOP_AUTOMATION


def answers(*said: Exception | str | None) -> Callable[[str, str], Exception | str | None]:
    """A script that gives these answers one after the other, and then lets everything succeed."""
    waiting = chain(said, repeat(None))
    return lambda _what, _contact: next(waiting)


def whats(world: World) -> list[str]:
    """What happened at Spotler, in order."""
    return [effect.what for effect in world.effects]


async def test_a_start_succeeds_and_is_posted() -> None:
    """A start runs once; the row says OK, names the run, and the Timeline shows it once."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.code(job) == codes.OK
    assert world.rows[job][Job.AUTOMATION_CONTACT_ID] == "run-1"
    assert world.rows[job][Job.NAME] == "Start 🚀 Welcome"
    assert world.rows[job][Job.CLAIMED_ON] is None
    assert whats(world) == ["start"]
    assert world.effects[0].contact == str(PERSON)
    assert world.posted == [job]


async def test_a_campaign_has_no_run_id() -> None:
    """A campaign starts by its trigger; the row says that there is no AutomationContactId."""
    world = World()
    job = world.create(START_IT, number=1, columns=world.campaign())
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.rows[job][Job.AUTOMATION_CONTACT_ID] is None
    assert "no AutomationContactId" in world.message(job)
    assert whats(world) == ["start campaign"]


async def test_a_lost_webhook_is_found_again() -> None:
    """A job nobody rang for is rung by reconciliation and carried out once."""
    world = World()
    job = world.create(START_IT, number=1, ring=False)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert whats(world) == ["start"]


async def test_doorbells_may_come_often() -> None:
    """Five doorbells for one job make one call."""
    world = World()
    job = world.create(START_IT, number=1)
    for _ in range(4):
        world.ring(job)
    await world.rest()
    assert whats(world) == ["start"]
    assert world.posted == [job]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({Job.CUSTOMER: None}, "both empty"),
        ({Job.LEAD: "33333333-0000-4000-8000-000000000001"}, "both filled in"),
        ({Job.AUTOMATION: None, Job.AUTOMATION_AUTOMATION: None}, "Automation is empty"),
        ({Job.OPERATION: 724000999}, "Operation"),
    ],
)
async def test_an_invalid_job_is_told_so(columns: dict[str, object], says: str) -> None:
    """A job that names nobody, two people, nothing or an unknown operation fails with a sentence, uncalled."""
    world = World()
    job = world.create(START_IT, number=1, columns=columns)
    await world.rest()
    assert world.status(job) is Status.FAILED
    assert world.code(job) == codes.INVALID_JOB
    assert says in world.message(job)
    assert world.effects == []


async def test_wrong_fields_are_refused_before_any_call() -> None:
    """An unknown Automation Field fails the job with its nearest name, and Spotler hears nothing."""
    world = World()
    job = world.create(START_IT, number=1, columns={Job.AUTOMATION_FIELDS: "vaucher=SPRING"})
    await world.rest()
    assert world.code(job) == codes.INVALID_AUTOMATION_FIELDS
    assert "voucher" in world.message(job)
    assert "SPRING" not in world.message(job)
    assert world.effects == []


async def test_short_waits_stay_inside_the_call() -> None:
    """A 429 that asks for a second is waited for; the job needs one attempt."""
    world = World(script=answers(throttled(1.0)))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.rows[job][Job.ATTEMPTS] == 1


async def test_long_waits_become_waiting_with_a_time() -> None:
    """A 429 that asks for ten minutes makes the row Waiting; the next try is no earlier, and succeeds."""
    world = World(script=answers(throttled(600.0)))
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    await world.deliver_results()
    assert world.status(job) is Status.WAITING
    assert world.code(job) == codes.SPOTLER_UNAVAILABLE
    assert "tried again by itself" in world.message(job)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.effects[0].at >= START + timedelta(seconds=600)
    assert world.rows[job][Job.ATTEMPTS] == 2


async def test_a_doorbell_before_its_time_is_dropped() -> None:
    """Ringing a waiting job early does not defeat Retry-After."""
    world = World(script=answers(throttled(600.0)))
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    await world.deliver_results()
    world.ring(job)
    await world.deliver_jobs()
    assert world.status(job) is Status.WAITING
    assert world.effects == []


async def test_retries_end() -> None:
    """A Spotler that never takes the job is given up after the retry window, and the row says so."""
    world = World(script=lambda _what, _contact: throttled(None))
    job = world.create(START_IT, number=1)
    await world.rest(steps=20_000)
    assert world.status(job) is Status.FAILED
    assert world.code(job) == codes.RETRIES_EXHAUSTED
    assert world.clock.moment - START >= timedelta(hours=24)
    assert world.effects == []


async def test_a_contact_on_its_way_is_waited_for() -> None:
    """A contact that Spotler does not know yet gets a short grace."""
    world = World(script=answers(refused("CONTACT_NOTFOUND", 404)))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.clock.moment - START < timedelta(minutes=2)


async def test_a_contact_that_never_comes_fails() -> None:
    """Both spellings end as CONTACT_NOTFOUND after the grace, within a few minutes."""
    world = World(script=lambda _what, _contact: refused("CONTACT_NOT_FOUND"))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.FAILED
    assert world.code(job) == codes.CONTACT_NOTFOUND
    assert world.clock.moment - START < timedelta(minutes=10)


async def test_an_unclear_start_is_never_repeated() -> None:
    """An answer lost after the effect makes the outcome unknown; there is one start and no post."""
    world = World(script=answers("lost"))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.OUTCOME_UNKNOWN
    assert world.code(job) == codes.OUTCOME_UNKNOWN
    assert "Automation > Publisher" in world.message(job)
    assert whats(world) == ["start"]
    assert world.posted == []


async def test_a_campaign_whose_answer_got_lost_is_looked_up() -> None:
    """The row waits for its lease; then Spotler's sent messages show that it was started: one start, one post."""
    world = World(script=answers("lost"))
    job = world.create(START_IT, number=1, columns=world.campaign())
    await world.deliver_jobs()
    await world.deliver_results()
    assert world.status(job) is Status.IN_PROGRESS
    assert "looked up in Spotler" in world.message(job)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert "list of sent messages shows" in world.message(job)
    assert whats(world) == ["start campaign"]
    assert world.posted == [job]


async def test_a_campaign_that_shows_nothing_stays_unknown() -> None:
    """No message proves nothing: a person is told, and nothing is repeated."""
    world = World(script=answers(unclear()))
    job = world.create(START_IT, number=1, columns=world.campaign())
    await world.rest()
    assert world.status(job) is Status.OUTCOME_UNKNOWN
    assert whats(world) == []


async def test_a_campaign_started_shortly_before_proves_nothing() -> None:
    """A message that an earlier job may have caused is no evidence."""
    world = World()
    world.create(START_IT, number=1, columns=world.campaign())
    await world.rest()
    world.script = answers("lost")
    job = world.create(START_IT, number=2, columns=world.campaign())
    await world.rest()
    assert world.status(job) is Status.OUTCOME_UNKNOWN


async def test_an_unclear_stop_is_repeated_after_its_lease() -> None:
    """A stop whose answer got lost is repeated; "nothing is running any more" then confirms it."""
    world = World(script=answers(None, "lost"))
    world.create(START_IT, number=1)
    await world.rest()
    stop = world.create(STOP_IT, number=2)
    await world.rest()
    assert world.status(stop) is Status.SUCCEEDED
    assert whats(world) == ["start", "stop"]
    assert world.rows[stop][Job.ATTEMPTS] == 2


async def test_a_stop_with_nothing_to_stop_fails_at_first() -> None:
    """A first stop that finds nothing running is told so."""
    world = World()
    stop = world.create(STOP_IT, number=1)
    await world.rest()
    assert world.status(stop) is Status.FAILED
    assert world.code(stop) == codes.INVALID_STATE


async def test_single_runs_are_stopped_by_id_alone() -> None:
    """A stop with AutomationContactIds needs neither person nor automation."""
    world = World()
    world.create(START_IT, number=1)
    world.create(START_IT, number=2)
    await world.rest()
    assert set(world.running) == {"run-1", "run-2"}
    nobody: dict[str, object] = {Job.CUSTOMER: None, Job.AUTOMATION: None, Job.AUTOMATION_AUTOMATION: None}
    stop = world.create(STOP_IT, number=3, columns=nobody | {Job.AUTOMATION_CONTACT_ID: "run-1, run-2"})
    await world.rest()
    assert world.status(stop) is Status.SUCCEEDED
    assert world.running == {}


async def test_some_runs_stopped_is_partly() -> None:
    """One run that is stopped and one that is not running any more: partly, with the reason."""
    world = World()
    world.create(START_IT, number=1)
    await world.rest()
    stop = world.create(STOP_IT, number=2, columns={Job.AUTOMATION_CONTACT_ID: "run-1,run-9"})
    await world.rest()
    assert world.status(stop) is Status.PARTLY_SUCCEEDED
    assert world.code(stop) == codes.INVALID_STATE


async def test_run_ids_of_a_campaign_are_explained() -> None:
    """Stopping a campaign by run is refused with an explanation."""
    world = World()
    stop = world.create(STOP_IT, number=1, columns=world.campaign() | {Job.AUTOMATION_CONTACT_ID: "1"})
    await world.rest()
    assert world.code(stop) == codes.INVALID_JOB
    assert "Campaigns have no AutomationContactId" in world.message(stop)


async def test_a_stop_cancels_starts_that_have_not_begun() -> None:
    """Start and stop saved together: the start never runs, and its row says why."""
    world = World()
    start = world.create(START_IT, number=1)
    stop = world.create(STOP_IT, number=2)
    await world.rest()
    assert world.status(start) is Status.CANCELLED
    assert world.code(start) == codes.CANCELLED_BY_STOP
    assert world.status(stop) is Status.FAILED
    assert whats(world) == []


async def test_start_stop_start_keeps_its_order() -> None:
    """Three jobs of one person and automation take effect in the order of creation."""
    world = World()
    world.create(START_IT, number=1)
    await world.deliver_jobs()
    world.create(STOP_IT, number=2)
    world.create(START_IT, number=3)
    await world.rest()
    assert whats(world) == ["start", "stop", "start"]


async def test_a_stop_waits_for_a_start_that_waits() -> None:
    """A start that waits for a retry is cancelled by a later stop, so it never runs after it."""
    world = World(script=answers(throttled(600.0)))
    start = world.create(START_IT, number=1)
    await world.deliver_jobs()
    await world.deliver_results()
    assert world.status(start) is Status.WAITING
    world.create(STOP_IT, number=2)
    await world.rest()
    assert world.status(start) is Status.CANCELLED
    assert "start" not in whats(world)


async def test_a_refresh_tells_its_report() -> None:
    """Refresh Automations brings the catalogue up to date and reports on the row, without a post."""
    world = World()
    job = world.create(
        Operation.REFRESH_AUTOMATIONS, number=1, columns={Job.CUSTOMER: None, Job.AUTOMATION: None}
    )
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert "3 unchanged" in world.message(job)
    assert world.posted == []
    assert world.refreshes == 1


async def test_activating_a_success_sends_nothing() -> None:
    """A person who activates a success gets it back as Succeeded, with a sentence, and no second mail."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.rest()
    world.activate(job)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert "already succeeded" in world.message(job)
    assert whats(world) == ["start"]


async def test_activating_a_failure_runs_it_again() -> None:
    """A person who activates a failure has it carried out; attempts go on counting."""
    world = World(script=answers(refused("AUTOMATION_INACTIVE", 417)))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.FAILED
    world.activate(job)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.rows[job][Job.ATTEMPTS] == 2
    assert "because a person activated it (attempt 2)" in world.message(job)


async def test_deactivating_while_called_keeps_the_truth() -> None:
    """A row cancelled by a person during its call says Succeeded once Spotler has confirmed."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    world.deactivate(job)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.posted == [job]


async def test_a_deleted_row_is_let_go() -> None:
    """A row deleted during its call stops nothing and raises nothing."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    world.delete(job)
    await world.rest()
    assert whats(world) == ["start"]
    assert world.dead == []


async def test_dataverse_down_never_repeats_the_call() -> None:
    """With Dataverse down after the call, only the write-back is repeated, for as long as it takes."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    world.dataverse_down_until = START + timedelta(hours=3)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert whats(world) == ["start"]
    assert world.posted == [job]
    assert world.dead == []


async def test_dataverse_down_before_the_claim() -> None:
    """With Dataverse down from the beginning nothing is called until it is back, and nothing is lost."""
    world = World(dataverse_down_until=START + timedelta(hours=1))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert whats(world) == ["start"]


async def test_an_outcome_that_cannot_be_sent_is_written_directly() -> None:
    """With Service Bus failing after the call, the same code writes the row back at once."""
    world = World()
    job = world.create(START_IT, number=1)

    def then_down(what: str, _contact: str) -> None:
        assert what == "start"
        world.bus_down_until = START + timedelta(minutes=30)

    world.script = then_down
    await world.deliver_jobs()
    assert world.status(job) is Status.SUCCEEDED
    assert world.posted == [job]


async def test_a_poisoned_row_does_not_stop_its_neighbours() -> None:
    """A row whose inputs make the work stumble fails alone with INTERNAL_ERROR."""
    world = World()
    good = world.create(START_IT, number=1)
    bad = world.create(
        START_IT,
        number=2,
        columns={Job.AUTOMATION_AUTOMATION: "not a row", Job.LEAD: None, Job.AUTOMATION: str(UUID(int=7))},
    )
    await world.rest()
    assert world.status(good) is Status.SUCCEEDED
    assert world.status(bad) is Status.FAILED
    assert world.code(bad) == codes.INTERNAL_ERROR


async def test_foreign_messages_are_dropped() -> None:
    """Messages that are neither doorbells nor outcomes go, and their neighbours are dealt with."""
    world = World()
    world.jobs.append(Message("hello", START))
    world.jobs.append(Message('{"job": "no guid"}', START))
    world.results.append(Message("{}", START))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.dead == []


async def test_a_late_confirmation_overwrites_unknown() -> None:
    """An outcome that arrives after the row was given up tells the truth that overwrites it."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    held = world.results.pop()
    world.clock.moment += timedelta(minutes=11)
    await world.reconcile()
    await world.deliver_jobs()
    assert world.status(job) is Status.OUTCOME_UNKNOWN
    held.visible = world.clock.moment
    world.results.append(held)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.posted == [job]


async def test_a_late_refusal_of_an_unknown_start_fails_it() -> None:
    """It is surely not started and not repeated by itself, and the message says both."""
    world = World(script=answers(unclear()))
    job = world.create(START_IT, number=1)
    await world.rest()
    assert world.status(job) is Status.OUTCOME_UNKNOWN
    row = world.row(job)
    late = Outcome(
        job=job,
        attempt=1,
        operation=START_IT,
        verdict=Verdict.REFUSED,
        code=codes.SPOTLER_UNAVAILABLE,
        etag=None,
        claimed_on=START,
        queued_on=START,
        ended_on=START,
    )
    world.results.append(Message(outcome_message(late), world.clock.moment))
    await world.rest()
    assert row.status is Status.OUTCOME_UNKNOWN
    assert world.status(job) is Status.FAILED
    assert "not repeated by itself" in world.message(job)


async def test_many_jobs_are_read_and_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty jobs of forty people cost far less than one request each."""
    monkeypatch.setattr(processing, "READ_TOGETHER", READ_TOGETHER)
    world = World(wave=4)
    for number in range(1, 41):
        world.create(START_IT, number=number, columns={Job.CUSTOMER: str(UUID(int=1000 + number))})
    await world.rest()
    assert len(world.effects) == 40
    requests = sum(1 for point in world.points if point in ("read", "siblings", "write", "show"))
    assert requests <= 0.35 * 40


async def test_all_portions_of_a_run_share_its_waves(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many portions are under way, no more than three waves are claimed and uncalled."""
    monkeypatch.setattr(processing, "READ_TOGETHER", 8)
    world = World(wave=2)
    in_doubt: list[int] = []

    def look(_what: str, _contact: str) -> None:
        claimed = sum(world.status(job) is Status.IN_PROGRESS for job in world.rows)
        in_doubt.append(claimed - len(world.effects))

    world.script = look
    for number in range(1, 31):
        world.create(START_IT, number=number, columns={Job.CUSTOMER: str(UUID(int=1000 + number))})
    await world.deliver_jobs()
    assert len(world.effects) == 30
    assert WAVES_AT_ONCE * 2 - 2 <= max(in_doubt) <= WAVES_AT_ONCE * 2


async def test_where_many_wait_calling_begins_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of more jobs than one portion takes, few are read first, and claimed two by two; the others are read then."""
    monkeypatch.setattr(processing, "READ_TOGETHER", 16)
    world = World(wave=4)
    for number in range(1, 31):
        world.create(START_IT, number=number, columns={Job.CUSTOMER: str(UUID(int=1000 + number))})
    rows = world.work.processor._rows
    read, write, sizes = rows.read, rows.write, {"read": list[int](), "claimed": list[int]()}

    async def reading(ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        sizes["read"].append(len(ids))
        return await read(ids)

    async def writing(writes: Sequence[RowWrite], *, with_etags: bool = False) -> list[WriteResult]:
        sizes["claimed"].append(len(writes))
        return await write(writes, with_etags=with_etags)

    with patch.object(rows, "read", reading), patch.object(rows, "write", writing):
        await world.deliver_jobs()
    assert sizes["read"] == [12, 16, 2]
    assert sizes["claimed"] == [2, 2, *[4] * 6, 2]
    assert len(world.effects) == 30


async def test_write_back_leaves_dataverse_alone_for_as_long_as_it_asks() -> None:
    """An outcome that meets 429 with Retry-After 120 comes back no earlier, and the call is not repeated."""
    world = World()
    job = world.create(START_IT, number=1)
    await world.deliver_jobs()
    asked = DataverseDown("asked to wait", status=429, retry_after=120.0)
    with patch.object(world.work.write_back._rows, "write", AsyncMock(side_effect=asked)):
        await world.deliver_results()
    (waiting,) = world.results
    assert waiting.visible == world.clock.moment + timedelta(seconds=120)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert whats(world) == ["start"]
