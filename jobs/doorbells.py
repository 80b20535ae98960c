"""What does a doorbell mean for the job it names, given one read of its row?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from dataverse.tables import Status
from jobs.rows import JobRow
from jobs.timing import FARTHEST, Timing


@dataclass(frozen=True, slots=True)
class Doorbell:
    """A message on the jobs queue: look at this job.

    Attributes:
        turns: how often it has rung itself again; makes the next wait longer and bounds the chain.
    """

    job: UUID
    turns: int = 0


class UnreadableDoorbell(Exception):  # noqa: N818 - named for what was met
    """A message on the jobs queue is not ours; its text is never repeated."""


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)

    job: UUID
    turns: int = 0


def doorbell_message(bell: Doorbell) -> str:
    """The text of a message on the jobs queue: ids, never data."""
    return _Body(job=bell.job, turns=bell.turns).model_dump_json()


def read_doorbell(body: bytes) -> Doorbell:
    """Read a message of the jobs queue.

    Raises:
        UnreadableDoorbell: without any of the text.
    """
    try:
        read = _Body.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableDoorbell(f"{error.error_count()} faults in a message of {len(body)} bytes") from None
    return Doorbell(read.job, max(0, read.turns))


class Answer(Enum):
    """What a doorbell leads to."""

    DROP = "nothing to do now; reconciliation rings again if there ever is"
    HEAL = "put a confirmed job back to Succeeded"
    GIVE_UP = "a worker died around the call and it must not be repeated: Outcome unknown"
    CLAIM = "may be claimed once no earlier sibling bars it"


def answer(row: JobRow, now: datetime, timing: Timing) -> Answer:
    """Decide by status, lease, retry time and attempts alone (rules 1, 2, 3 and 6)."""
    if timing.leased(row.claimed_on, now):
        return Answer.DROP
    match row.status:
        case Status.QUEUED:
            return Answer.HEAL if row.confirmed else Answer.CLAIM
        case Status.WAITING:
            due = row.retry_on is None or row.retry_on <= now or row.retry_on - now > FARTHEST
            return Answer.CLAIM if due else Answer.DROP
        case Status.IN_PROGRESS:
            again = row.repeatable and row.attempts < timing.claim_cap
            return Answer.CLAIM if again else Answer.GIVE_UP
        case _:
            return Answer.DROP
