"""How are the figures of the status page had, cheaply and within a bound, whatever is out of order?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dataverse import DataverseClient, DataverseError
from dataverse.description.installed import VERSION
from dataverse.repetition import Limits
from jobs.events import Events, place
from jobs.language import Language
from jobs.ports import QueueUnavailable
from jobs.queues import Depth, Queues
from jobs.status_figures import Figures, Records, Sync, Trouble
from jobs.status_records import questions, records, trouble
from spotler import CredentialsRefused, SpotlerClient, SpotlerError
from spotler import NotCarriedOut as SpotlerNotReached
from spotler import WrongPath as SpotlerWrongPath
from wire.clock import Clock

KEPT_SECONDS = 30.0
"""Figures that were had are shown again for so long."""

FAILURE_KEPT_SECONDS = 5.0
"""That a service could not be asked is shown again for so long."""

READ_SECONDS = 12.0
"""One service is given up after so long; services are asked side by side."""

LIMITS = Limits(budget_seconds=6.0, sends=2, cut_seconds=10.0)
"""Of the question to Dataverse: two sends, and the one after a token was renewed, are three requests at most."""


@dataclass(slots=True)
class _Kept[T]:
    """What one service told last; whoever asks meanwhile waits for the same answer."""

    read: Callable[[], Awaitable[T | Trouble]]
    clock: Clock
    scale: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    value: tuple[T | Trouble, datetime] | None = None
    until: float = 0.0

    async def get(self) -> tuple[T | Trouble, datetime]:
        async with self.lock:
            if self.value is None or self.clock.monotonic() >= self.until:
                asked_on = self.clock.now()
                told = await self.read()
                kept = FAILURE_KEPT_SECONDS if isinstance(told, Trouble) else KEPT_SECONDS
                self.value, self.until = (told, asked_on), self.clock.monotonic() + kept * self.scale
            return self.value


class Status:
    """Asks Dataverse, Spotler and Service Bus, and remembers what each told for a bounded time.

    Args:
        dataverse: with `LIMITS`, so that one look is at most three requests to Dataverse.
        spotler: asked for its campaigns, once.
        queues: looked at, with nothing taken.
        clock: the only source of time.
        events: told of a service that could not be asked.
        language: of the page.
        scale: shrinks how long figures are kept, for the sandbox.
    """

    def __init__(
        self,
        dataverse: DataverseClient,
        spotler: SpotlerClient,
        queues: Queues,
        *,
        clock: Clock,
        events: Events,
        language: Language,
        scale: float = 1.0,
    ) -> None:
        self.language = language
        self._dataverse = dataverse
        self._spotler = spotler
        self._queues = queues
        self._clock = clock
        self._events = events
        self._sync: Sync | None = None
        self._records = _Kept(self._read_records, clock, scale)
        self._campaigns = _Kept(self._read_campaigns, clock, scale)
        self._depths = _Kept(self._read_depths, clock, scale)

    def synchronised(self, report: str) -> None:
        """Remember what this process just synchronised, until the process ends."""
        self._sync = Sync(self._clock.now(), report)

    async def figures(self) -> Figures:
        """The figures, at most `KEPT_SECONDS` old; a service that fails has a trouble in its place."""
        (told, asked), (campaigns, asked_spotler), (depths, asked_bus) = await asyncio.gather(
            self._records.get(), self._campaigns.get(), self._depths.get()
        )
        read_on = min(asked, asked_spotler, asked_bus)
        return Figures(VERSION, read_on, told, campaigns, depths, self._sync)

    async def _read_records(self) -> Records | Trouble:
        try:
            async with asyncio.timeout(READ_SECONDS):
                answers = await self._dataverse.batch(questions(self._clock.now()))
            return records(answers)
        except (DataverseError, TimeoutError) as error:
            return self._failed("dataverse", error, trouble(error))
        except (KeyError, ValueError) as error:
            # A success that is not in the form that was asked for: some other server's, or another version's.
            self._events.error("status_unreadable", at=place(error))
            return Trouble.UNEXPECTED

    async def _read_campaigns(self) -> int | Trouble:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return len(await self._spotler.list_campaigns())
        except (SpotlerError, TimeoutError) as error:
            return self._failed("spotler", error, _of_spotler(error))

    async def _read_depths(self) -> Mapping[str, tuple[Depth, Depth]] | Trouble:
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await self._queues.depths()
        except (QueueUnavailable, TimeoutError) as error:
            return self._failed("service bus", error, Trouble.UNREACHABLE)

    def _failed(self, service: str, error: Exception, why: Trouble) -> Trouble:
        self._events.warning("status_unread", service=service, why=str(why), error=type(error).__name__)
        return why


def _of_spotler(error: Exception) -> Trouble:
    match error:
        case CredentialsRefused():
            return Trouble.REFUSED
        case SpotlerWrongPath():
            return Trouble.WRONG_ADDRESS
        case SpotlerNotReached() | TimeoutError():
            return Trouble.UNREACHABLE
        case SpotlerError():
            return Trouble.UNREACHABLE if error.status is None else Trouble.UNEXPECTED
        case _:
            return Trouble.UNEXPECTED
