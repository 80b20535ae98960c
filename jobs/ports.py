"""What does the work need from queues, job rows and the Timeline, whoever provides them?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from jobs.doorbells import Doorbell
from jobs.outcomes import Outcome
from jobs.row_writes import RowWrite, WriteResult
from jobs.rows import Group, JobRow


class QueueUnavailable(Exception):  # noqa: N818 - named for what the caller meets
    """Service Bus did not accept the messages in time; some of them may have been accepted."""


class Bells(Protocol):
    """Puts doorbells on the jobs queue."""

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        """Ring now or `at` that time; raises `QueueUnavailable`."""
        ...


class Reports(Protocol):
    """Puts outcomes on the results queue."""

    async def report(self, outcomes: Sequence[Outcome], at: datetime | None = None) -> None:
        """Report now or `at` that time; raises `QueueUnavailable`."""
        ...


class JobRows(Protocol):
    """Reads and writes job rows; every method raises `DataverseError` where it fails as a whole."""

    async def read(self, ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        """These jobs, without those that were deleted; None stands for a row that cannot be read."""
        ...

    async def siblings(self, groups: Collection[Group], now: datetime) -> list[JobRow]:
        """Every job of these groups that can bar another: unfinished, or under a lease."""
        ...

    async def may_have_started_since(self, row: JobRow, since: datetime) -> bool:
        """Whether another start of the row's group was ever claimed since then."""
        ...

    async def starts_counted(self, automation: UUID, since: datetime, most: int) -> int:
        """Starts of this automation since then that were made, may have been, or are under way; at most `most`."""
        ...

    async def started_since(self, groups: Collection[Group], since: datetime) -> list[JobRow]:
        """Those of these groups."""
        ...

    async def overdue(self, now: datetime, untouched_since: datetime, most: int) -> list[UUID]:
        """Jobs whose doorbell must have got lost, at most `most` of them."""
        ...

    async def write(self, writes: Sequence[RowWrite], *, with_etags: bool = False) -> list[WriteResult]:
        """Guarded changes of different rows, each on its own; the answers keep the order."""
        ...


class TimelineEntries(Protocol):
    """Shows successful starts."""

    async def show(self, outcomes: Sequence[Outcome]) -> None:
        """Make the entries, each at most once; raises `DataverseError` where some are still owed."""
        ...
