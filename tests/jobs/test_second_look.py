"""Claims that stand although their last send was refused, and messages that prove nothing about a later start."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from dataverse.tables import Status
from tests.jobs.happenings import How
from tests.jobs.interleaved import START_IT, Interleaved, Plan, directed

FIRST, SECOND = UUID(int=1), UUID(int=2)


@directed
async def test_claims_that_stand_although_the_last_send_was_refused() -> None:
    """A claim that was carried out unheard is found and called, also where sending it again was refused."""
    world = Interleaved(Plan((START_IT,)))
    run = await world.take("jobs", 0)
    await world.upto(run, "write")
    await world.let(run, How.LOST_THEN_DOWN)
    await world.finish(run)
    await world.rest()
    assert world.status(FIRST) is Status.SUCCEEDED


@directed
async def test_a_message_of_an_earlier_start_proves_no_later_one() -> None:
    """What an earlier start sent late is not taken for the work of a later one that was never sent."""
    world = Interleaved(Plan((START_IT, START_IT), held=1, campaign=True, people=3))
    world.mail_delay = timedelta(minutes=20)
    first = await world.take("jobs", 0)
    await world.upto(first, "start campaign")
    await world.let(first, How.LOST)
    await world.finish(first)
    await world.finish(await world.take("results", 0))
    await world.later(633)
    await world.ring_again(0)
    await world.finish(await world.take("jobs", 0))
    assert world.status(FIRST) is Status.OUTCOME_UNKNOWN
    world.create_next()
    second = await world.take("jobs", 1, 2)
    await world.upto(second, "start campaign")
    world.wire[-1].lose()
    world.crash(world.workers[1])
    await world.settle()
    world.activate(FIRST)
    await world.later(125)
    world.ring(FIRST)
    again = await world.take("jobs", 0, 1)
    await world.upto(again, "start campaign")
    await world.let(again, How.FINAL)
    await world.finish(again)
    await world.finish(await world.take("results", 0))
    assert world.status(FIRST) is Status.FAILED
    await world.later(1000)
    await world.rest()
    assert world.status(SECOND) is Status.OUTCOME_UNKNOWN
