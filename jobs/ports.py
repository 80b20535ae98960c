"""What does the work need from the queues, whoever provides them?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from jobs.doorbells import Doorbell
from jobs.outcomes import Outcome


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
