"""What does a doorbell mean for the job it names, given one read of its row?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from dataverse.tables import Status
from jobs.messages import read_body
from jobs.rows import JobRow
from jobs.timing import FARTHEST, Timing


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Look at this job. A message on the jobs queue has one of them, or several that were rung together.

    Attributes:
        turns: how often it has rung itself again; makes the next wait longer and bounds the chain.
        traceparent: where the job's trace goes on from.
    """

    job: UUID
    turns: int = 0
    traceparent: str | None = field(default=None, compare=False)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)

    job: UUID
    turns: int = 0
    traceparent: str | None = None


def doorbell_message(bell: Doorbell) -> str:
    """The text of a message on the jobs queue, or its share of one: ids, never data."""
    said = _Body(job=bell.job, turns=bell.turns, traceparent=bell.traceparent)
    return said.model_dump_json(exclude_none=True)


def read_doorbells(body: bytes) -> tuple[list[Doorbell], str | None]:
    """The doorbells in a message of the jobs queue, and words for what in it is none, if anything."""
    read, foreign = read_body(body, _Body)
    return [Doorbell(one.job, max(0, one.turns), one.traceparent) for one in read], foreign


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
