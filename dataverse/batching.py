"""What came of each of many operations that were sent together?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus

from dataverse.channel import Channel
from dataverse.errors import DataverseError, NotCarriedOut
from dataverse.messages import Answer, Request
from dataverse.operations import Operation, is_safe_to_repeat
from dataverse.permit import Permit
from dataverse.reading import Answered, read
from dataverse.repetition import Patience, may_repeat
from wire.clock import Clock

type Outcome = Answered | DataverseError
type Work = tuple[Operation, Request]


async def carry_out(
    work: Sequence[Work], channel: Channel, patience: Patience, clock: Clock
) -> list[Outcome]:
    """Send operations as one batch, and those again that surely were not carried out.

    Args:
        work: operations as they were rendered, as many as one batch takes.
        channel: to the environment.
        patience: sends and budget of this batch.
        clock: for a Retry-After that is a date.

    Raises:
        DataverseError: no send was answered one by one; the failure of the last.
    """
    permit = channel.permit()
    outcomes: dict[int, Outcome] = {}
    pending = list(range(len(work)))
    answered = False
    while True:  # bounded by patience, which counts the sends
        failed: DataverseError | None = None
        again: dict[int, DataverseError] = {}
        try:
            fresh = await _send([work[index] for index in pending], channel, permit, clock)
        except DataverseError as error:
            failed = error
            safe = {index: is_safe_to_repeat(work[index][0]) for index in pending}
            again = {index: error for index in pending if may_repeat(error, safe=safe[index])}
            outcomes |= dict.fromkeys(pending, error)
        else:
            answered = True
            outcomes |= dict(zip(pending, fresh, strict=True))
            # A part that failed in its midst keeps its answer: only its caller knows what it is worth.
            again = {
                index: outcome
                for index, outcome in zip(pending, fresh, strict=True)
                if isinstance(outcome, NotCarriedOut)
            }
        if not again or not await patience.lasts(_most_patient(again.values())):
            break
        pending = list(again)
    if failed is not None and not answered:
        raise failed
    return [outcomes[index] for index in range(len(work))]


async def _send(work: Sequence[Work], channel: Channel, permit: Permit, clock: Clock) -> list[Outcome]:
    requests = [request for _, request in work]
    answers: list[Answer | DataverseError] = [*await channel.answers(requests, permit)]
    refused = [
        index
        for index, answer in enumerate(answers)
        if isinstance(answer, Answer) and answer.status == HTTPStatus.UNAUTHORIZED
    ]
    if refused:
        for index, answer in zip(
            refused, await _renewed([requests[index] for index in refused], channel, permit), strict=True
        ):
            answers[index] = answers[index] if answer is None else answer
    return [_read(one, answer, clock) for one, answer in zip(work, answers, strict=True)]


async def _renewed(
    requests: Sequence[Request], channel: Channel, permit: Permit
) -> Sequence[Answer | DataverseError | None]:
    """Answers with a new token; None for each where this call renewed its token before."""
    try:
        if await permit.renew():
            return await channel.answers(requests, permit)
    except DataverseError as error:
        # The other parts of the batch have their answers, which must not get lost.
        return [error] * len(requests)
    return [None] * len(requests)


def _read(one: Work, answer: Answer | DataverseError, clock: Clock) -> Outcome:
    if isinstance(answer, DataverseError):
        return answer
    try:
        return read(*one, answer, clock.now())
    except DataverseError as error:
        return error


def _most_patient(errors: Iterable[DataverseError]) -> DataverseError:
    return max(errors, key=lambda error: error.retry_after or 0.0)
