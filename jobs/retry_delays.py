"""When is a refused job tried again, and when is it given up?"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from uuid import UUID


def next_try(
    *,
    job: UUID,
    attempt: int,
    now: datetime,
    queued_on: datetime,
    window: timedelta,
    retry_after: float | None,
    shortest: float,
    longest: float,
) -> datetime | None:
    """The whole second at which to try again, or None once the window is over.

    The delay grows with the time already spent, which doubles it from try to try without counting;
    up to a fifth is taken off by a jitter that depends on job and attempt alone. What the service
    asked for is honoured. The last try falls on the end of the window.
    """
    end = queued_on + window
    if now >= end:
        return None
    spent = (now - queued_on).total_seconds()
    delay = min(max(spent, shortest), longest) * (1 - _fraction(job, attempt) / 5)
    seconds = min(max(delay, retry_after or 0.0), (end - now).total_seconds())
    moment = now + timedelta(seconds=seconds)
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def _fraction(job: UUID, attempt: int) -> float:
    digest = hashlib.sha256(job.bytes + attempt.to_bytes(4)).digest()
    return int.from_bytes(digest[:4]) / 2**32
