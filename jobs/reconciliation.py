"""How are jobs found again whose webhook or message got lost, or that a person set back to Queued?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dataverse import DataverseError
from jobs.doorbells import Doorbell
from jobs.events import Events
from jobs.ports import Bells, JobRows
from jobs.timing import Timing
from wire.clock import Clock

MOST = 5000
"""So many jobs are rung in one pass, the oldest first; the next pass finds the rest."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Rings; writes no row (rule 1)."""

    rows: JobRows
    bells: Bells
    clock: Clock
    timing: Timing
    events: Events

    async def run(self) -> int:
        """Ring every overdue job and tell how many there were; one request where there is none.

        Raises:
            DataverseError: the jobs could not be read.
            QueueUnavailable: some bells may not have rung; the next pass rings them.
        """
        now = self.clock.now()
        try:
            overdue = await self.rows.overdue(now, now - timedelta(seconds=self.timing.untouched), MOST)
        except DataverseError as error:
            self.events.error("jobs_unread", error=type(error).__name__, status=error.status)
            raise
        if overdue:
            await self.bells.ring([Doorbell(job) for job in overdue])
            self.events.info("jobs_rung_again", jobs=len(overdue))
        return len(overdue)
