"""What happens to the messages that a queue function is handed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs import telemetry
from jobs.doorbells import Doorbell, read_doorbells
from jobs.events import Events, place
from jobs.outcomes import Outcome, read_outcomes
from jobs.ports import QueueUnavailable
from jobs.processing import Processor
from jobs.write_back import OutcomeUnwritten, WriteBack

DELIVERIES_TOGETHER = 3
"""A message that was delivered more often than this is dealt with alone, so that it harms only itself."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A message as handed over; `deliveries` counts from one, `traceparent` is where its trace goes on from."""

    body: bytes
    deliveries: int
    traceparent: str | None = None


async def hear_doorbells(messages: Sequence[Delivered], processor: Processor, events: Events) -> None:
    """Process a batch from the jobs queue.

    What is no doorbell is dropped with a warning for its message. The doorbells of one that keeps failing are
    processed alone, and each is dropped when it fails again: reconciliation rings whatever still waits.
    """
    together: list[Doorbell] = []
    alone: list[Doorbell] = []
    for message in messages:
        bells, foreign = read_doorbells(message.body)
        if foreign:
            events.warning("foreign_doorbell", reason=foreign)
        for bell in bells:
            telemetry.follow(bell.job, bell.traceparent or message.traceparent)
        (together if message.deliveries <= DELIVERIES_TOGETHER else alone).extend(bells)
    if together:
        await processor.process(together)
    for bell in alone:
        try:
            await processor.process([bell])
        except Exception as error:  # noqa: BLE001 - it has failed before; its neighbours must not be delivered again
            events.error("doorbell_dropped", job=str(bell.job), error=place(error))


async def hear_outcomes(messages: Sequence[Delivered], write_back: WriteBack, events: Events) -> None:
    """Write back a batch from the results queue.

    What is no outcome is dropped with an error event for its message. Outcomes of messages that keep failing are
    written alone; where one fails again, its message is delivered again until it is a dead letter, where it
    is kept. Outcomes beside it have been written by then, and to write them again changes nothing.

    Raises:
        ExceptionGroup: what failed of the outcomes that were written alone.
    """
    together: list[Outcome] = []
    alone: list[Outcome] = []
    for message in messages:
        outcomes, foreign = read_outcomes(message.body)
        if foreign:
            events.error("foreign_outcome", reason=foreign)
        for outcome in outcomes:
            telemetry.follow(outcome.job, outcome.traceparent or message.traceparent)
        (together if message.deliveries <= DELIVERIES_TOGETHER else alone).extend(outcomes)
    if together and not await _written_together(together, write_back, events):
        alone = [*together, *alone]
    failures: list[Exception] = []
    for outcome in alone:
        try:
            await _written([outcome], write_back)
        except Exception as error:  # noqa: BLE001 - gathered and raised below, after the neighbours had their turn
            events.error("outcome_failed", job=str(outcome.job), error=place(error))
            failures.append(error)
    if failures:
        raise ExceptionGroup("outcomes could not be written", failures)


async def _written_together(outcomes: Sequence[Outcome], write_back: WriteBack, events: Events) -> bool:
    """Whether a batch was dealt with as one; what only one of them can be the cause of is tried alone."""
    try:
        await _written(outcomes, write_back)
    except (QueueUnavailable, OutcomeUnwritten):
        raise
    except Exception as error:  # noqa: BLE001 - each is written alone now, and told of there
        events.error("outcomes_failed_together", outcomes=len(outcomes), error=place(error))
        return False
    return True


async def _written(outcomes: Sequence[Outcome], write_back: WriteBack) -> None:
    with telemetry.steps("write_result", (outcome.job for outcome in outcomes)):
        for outcome in outcomes:
            telemetry.tell(
                outcome.job, attempt=outcome.attempt, verdict=outcome.verdict.value, code=outcome.code
            )
        await write_back.write(outcomes)
