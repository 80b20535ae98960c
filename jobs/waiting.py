"""How long has the job been waiting that waits longest?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dataverse import DataverseClient, Query, Row
from dataverse.odata import all_of, any_of, eq, ne
from dataverse.tables import Job, State, Status
from jobs.brakes import BRAKED
from jobs.events import Events
from wire.clock import Clock

LOOKED_AT = 50
"""So many open jobs are looked at, those created first: the oldest by creation need not wait longest, because a
person can activate a job again."""

OPEN_JOBS: Final = Query(
    Job.SET,
    (
        Job.ID,
        Job.STATUS,
        Job.RESULT_CODE,
        Job.CREATED_ON,
        Job.MODIFIED_ON,
        Job.QUEUED_ON,
        Job.COMPLETED_ON,
    ),
    filter=eq(Job.STATE, State.ACTIVE),
    order_by=(Job.CREATED_ON,),
    top=LOOKED_AT,
)
"""What `waits_since` is told about."""

_UNBRAKED: Final = replace(
    OPEN_JOBS,
    filter=all_of(
        eq(Job.STATE, State.ACTIVE),
        any_of(
            ne(Job.STATUS, Status.WAITING),
            eq(Job.RESULT_CODE, None),
            all_of(*(ne(Job.RESULT_CODE, code) for code in BRAKED)),
        ),
    ),
)
"""Without those that people make wait, for as long as they like."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Tells the log, for an alert; changes nothing."""

    dataverse: DataverseClient
    clock: Clock
    events: Events

    async def tell(self) -> None:
        """Log for how many seconds a job has been open at the longest, 0 where none is; one request.

        A job that a brake makes wait does not count.

        Raises:
            DataverseError: the jobs could not be read.
        """
        now = self.clock.now()
        moments = [moment for row in await self.dataverse.query(_UNBRAKED) if (moment := waits_since(row))]
        oldest = max(((now - moment).total_seconds() for moment in moments), default=0.0)
        self.events.info("jobs_waiting", oldest_seconds=max(0, int(oldest)))


def waits_since(row: Row) -> datetime | None:
    """Since when an open job waits: its first claim since it was queued, or before that when it was queued."""
    if row.get(Job.STATUS) != Status.QUEUED:
        return row.time(Job.QUEUED_ON) or row.time(Job.CREATED_ON)
    # One that a person activated again keeps the end of its earlier life until it is claimed.
    return row.time(Job.MODIFIED_ON if row.get(Job.COMPLETED_ON) else Job.CREATED_ON)
