"""Which starts does the brake of their automation make wait, and until when?

People set the brakes on the catalogue row, which every job is read with. Nothing is claimed for a job that
waits here, so it has no attempt and no lease; a stop never waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from dataverse.description.automation import MOST_STARTS
from dataverse.tables import Automation, Job, Operation, Status
from jobs import result_codes as codes
from jobs.rows import JobRow, of_automation
from jobs.timing import FARTHEST, Timing

BRAKED: Final = (codes.HELD, codes.STARTS_CAPPED)
"""Result codes of a job that a brake makes wait."""

MOMENTS: Final = 12
"""Jobs that are made to wait together come back at so many moments at most; each is one message to the queue."""

HOLD_STEP: Final = 1 / 20
"""Part of an hour between two jobs of a held automation, so that one alone is looked at again soon."""


@dataclass(frozen=True, slots=True)
class Brake:
    """What makes a job wait; `cap` is what is allowed in an hour, where that is the reason."""

    code: str
    label: str
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `starts` of the automation in an hour."""

    automation: UUID
    starts: int


def hold_on(job: JobRow) -> Brake | None:
    """The hold that makes a start wait, whatever became of the others."""
    value = _of_the_automation(job, Automation.HOLD)
    return Brake(codes.HELD, label_of(job)) if value is True else None


def cap_on(job: JobRow) -> Cap | None:
    """The cap that a start is under; one above what can be counted is that much."""
    value = _of_the_automation(job, Automation.STARTS_PER_HOUR)
    if not isinstance(value, int) or isinstance(value, bool) or job.group is None:
        return None
    automation = job.source.id(Job.AUTOMATION)
    return None if automation is None else Cap(automation, min(max(value, 0), MOST_STARTS))


def label_of(job: JobRow) -> str:
    """Name of the automation, as the catalogue has it."""
    return str(_of_the_automation(job, Automation.NAME) or "")


def allowed(jobs: Sequence[JobRow], room: int) -> tuple[list[JobRow], list[JobRow]]:
    """Those that may go now, the oldest, and those that wait, both in the order of creation."""
    ordered = sorted(jobs, key=lambda job: job.order)
    return ordered[: max(room, 0)], ordered[max(room, 0) :]


def next_looks(count: int, *, per_hour: int | None, now: datetime, timing: Timing) -> list[datetime]:
    """When each of `count` waiting jobs is looked at again, the first of them first.

    As far apart as the cap lets them start, but none later than `Timing.brake_longest`, so that whoever lifts
    a brake sees its effect; whole seconds, and few moments.
    """
    if count == 0:
        return []
    span = timing.brake_longest - timing.brake_shortest
    step = timing.hour / per_hour if per_hour else timing.hour * HOLD_STEP
    gap = min(step, span / count)
    together = -(-count // MOMENTS)
    seconds = [
        timing.brake_shortest + gap * min(count, (index // together + 1) * together) for index in range(count)
    ]
    return [(now + timedelta(seconds=one)).replace(microsecond=0) + timedelta(seconds=1) for one in seconds]


def window_begin(job: JobRow, claimed_on: datetime) -> datetime:
    """Where the retry window of a job begins that is claimed now; what a brake took does not count."""
    if job.status is Status.QUEUED or job.queued_on is None:
        return claimed_on
    begin = job.queued_on
    if job.result_code in BRAKED and job.held_on is not None:
        begin += max(claimed_on - job.held_on, timedelta())
    return min(max(begin, claimed_on - FARTHEST), claimed_on)


def _of_the_automation(job: JobRow, column: str) -> object:
    if job.operation is not Operation.START_AUTOMATION:
        return None
    return of_automation(job.source, column)
