"""How is the app put together, so that each step can be struck alone?"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import httpx

from dataverse import DataverseClient, SandboxTokens
from dataverse.repetition import Limits
from jobs.calling import Caller
from jobs.calls import InputRules
from jobs.catalogue_sync import CatalogueSync
from jobs.events import Events
from jobs.judgement import Windows
from jobs.outcomes import Outcome
from jobs.places import Places
from jobs.ports import JobRows, TimelineEntries
from jobs.processing import Processor
from jobs.reconciliation import Reconciliation
from jobs.row_writes import RowWrite, WriteResult
from jobs.rows import Group, JobRow
from jobs.settings import Timeline as Choice
from jobs.store import JobStore
from jobs.timeline import Timeline
from jobs.timing import Timing
from jobs.write_back import WriteBack
from spotler import SpotlerClient
from tests.faults.stage import Bus, Clock
from tests.faults.terms import Step

type During = Callable[[Step], AbstractAsyncContextManager[None]]

RETRY_WINDOW = timedelta(hours=24)
WAVE = 4


@dataclass(frozen=True, slots=True)
class Rows:
    """Job rows as one side of the app reaches them, each of its steps open to a fault.

    Attributes:
        reading: where no step is read here, reads are never struck.
    """

    rows: JobRows
    during: During
    reading: Step | None
    writing: Step
    writes: JobRows

    async def read(self, ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        """See `jobs.ports.JobRows`."""
        if self.reading is None:
            return await self.rows.read(ids)
        async with self.during(self.reading):
            return await self.rows.read(ids)

    async def siblings(self, groups: Collection[Group], now: datetime) -> list[JobRow]:
        """See `jobs.ports.JobRows`."""
        return await self.rows.siblings(groups, now)

    async def may_have_started_since(self, row: JobRow, since: datetime) -> bool:
        """See `jobs.ports.JobRows`."""
        return await self.rows.may_have_started_since(row, since)

    async def starts_counted(self, automation: UUID, since: datetime, most: int) -> int:
        """See `jobs.ports.JobRows`."""
        return await self.rows.starts_counted(automation, since, most)

    async def started_since(self, groups: Collection[Group], since: datetime) -> list[JobRow]:
        """See `jobs.ports.JobRows`."""
        return await self.rows.started_since(groups, since)

    async def overdue(self, now: datetime, untouched_since: datetime, most: int) -> list[UUID]:
        """See `jobs.ports.JobRows`."""
        return await self.rows.overdue(now, untouched_since, most)

    async def write(self, writes: Sequence[RowWrite], *, with_etags: bool = False) -> list[WriteResult]:
        """See `jobs.ports.JobRows`."""
        async with self.during(self.writing):
            return await self.writes.write(writes, with_etags=with_etags)


@dataclass(frozen=True, slots=True)
class Entries:
    """The Timeline, open to a fault."""

    entries: TimelineEntries
    during: During

    async def show(self, outcomes: Sequence[Outcome]) -> None:
        """See `jobs.ports.TimelineEntries`."""
        if not outcomes:
            return
        async with self.during(Step.POST):
            await self.entries.show(outcomes)


@dataclass(frozen=True, slots=True)
class Ways:
    """The two services: their addresses, the connections to them, and the tokens for Dataverse."""

    spotler: str
    to_spotler: httpx.AsyncClient
    dataverse: str
    to_dataverse: httpx.AsyncClient
    tokens: SandboxTokens


@dataclass(frozen=True, slots=True)
class App:
    """The work, as `jobs.composition` puts it together but for the queues."""

    spotler: SpotlerClient
    processor: Processor
    write_back: WriteBack
    catalogue: CatalogueSync
    reconciliation: Reconciliation


def compose(ways: Ways, clock: Clock, bus: Bus, during: During, hasty: tuple[Step, float] | None) -> App:
    """The app as a process begins with it.

    Args:
        ways: to the services.
        clock: of the story.
        bus: both queues.
        during: entered around every step at Dataverse.
        hasty: a step with the time-out in seconds of its exchanges; None where all have the usual one.
    """
    timing, events = Timing(), Events()

    def client(step: Step | None) -> DataverseClient:
        limits = Limits(cut_seconds=hasty[1]) if hasty is not None and hasty[0] is step else Limits()
        return DataverseClient(ways.dataverse, ways.tokens, ways.to_dataverse, clock=clock, limits=limits)

    def rows(reading: Step | None, writing: Step) -> Rows:
        return Rows(
            JobStore(client(reading), timing, events),
            during,
            reading,
            writing,
            JobStore(client(writing), timing, events),
        )

    at_spotler = hasty is not None and not hasty[0].at_dataverse
    spotler = SpotlerClient(
        ways.spotler,
        "sandbox-key",
        "sandbox-secret",
        http=ways.to_spotler,
        # By the machine's own clock: a signature is good for five minutes of true time.
        cut=hasty[1] if hasty is not None and at_spotler else timing.call_cut,
    )
    catalogue = CatalogueSync(spotler, client(None), clock, events, "en")
    timeline = Timeline(client(Step.POST), choice=Choice.AUTO, language="en", events=events)
    write_back = WriteBack(
        rows=rows(None, Step.WRITE_BACK),
        timeline=Entries(timeline, during),
        bells=bus,
        reports=bus,
        clock=clock,
        timing=timing,
        windows=Windows(RETRY_WINDOW, timedelta(minutes=1)),
        events=events,
        language="en",
    )
    processor = Processor(
        rows=rows(Step.READ, Step.CLAIM),
        caller=Caller(spotler, catalogue.as_call, Places(WAVE), clock, timing),
        bells=bus,
        reports=bus,
        write_back=write_back,
        rules=InputRules("en", {}, quoting=False, max_length=4000),
        clock=clock,
        timing=timing,
        events=events,
        wave=WAVE,
    )
    plain = JobStore(client(None), timing, events)
    return App(spotler, processor, write_back, catalogue, Reconciliation(plain, bus, clock, timing, events))
