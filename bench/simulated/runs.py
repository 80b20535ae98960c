"""How do the app and the baseline run through a crowd of jobs on the simulated clock?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

import httpx

from bench.baseline.plain import Plain
from bench.simulated.dataverse import ROOT as DATAVERSE
from bench.simulated.dataverse import SimulatedDataverse
from bench.simulated.loop import SimulatedClock, simulate
from bench.simulated.queue import Message, SimulatedQueue
from bench.simulated.spotler import ROOT as SPOTLER
from bench.simulated.spotler import SimulatedSpotler
from bench.terms import BASELINE, HOME, SETTINGS, SPOTLER_TAKES
from dataverse import DataverseClient
from jobs.composition import compose
from jobs.doorbells import Doorbell, doorbell_message
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.outcomes import Outcome, outcome_message
from jobs.settings import read_settings
from spotler import SpotlerClient

LONGEST_SECONDS: Final = 6 * 3600.0
"""Simulated; a run that takes longer is not coming to an end."""

CONNECTIONS: Final = 32
_SUCCEEDED: Final = 724000002


@dataclass(frozen=True, slots=True)
class Sustained:
    """One run.

    Attributes:
        jobs: all of them were waiting when it began.
        seconds: simulated, until the last row was final.
        requests: that Dataverse let in.
        throttled: 429 of Dataverse and of Spotler.
        twice: persons who were started more than once.
        unsuccessful: rows that did not end with Succeeded.
        dead: dead letters.
    """

    jobs: int
    seconds: float
    requests: int
    throttled: tuple[int, int]
    twice: int
    unsuccessful: int
    dead: int

    @property
    def per_second(self) -> float:
        """Jobs."""
        return self.jobs / self.seconds


@dataclass(slots=True)
class _Services:
    """Both services, and the count of jobs that are not final."""

    clock: SimulatedClock
    dataverse: SimulatedDataverse
    spotler: SimulatedSpotler
    left: int
    done: asyncio.Event

    def http(self, connections: int) -> httpx.AsyncClient:
        """A pool of connections to both."""
        return httpx.AsyncClient(transport=_Pool(self, asyncio.Semaphore(connections)))


@dataclass(slots=True)
class _Pool(httpx.AsyncBaseTransport):
    services: _Services
    connections: asyncio.Semaphore

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self.connections:
            if request.url.host in DATAVERSE:
                return await self.services.dataverse.handle_async_request(request)
            return await self.services.spotler.handle_async_request(request)


class _Tokens:
    async def token(self) -> str:
        return "simulated"

    async def renewed(self) -> str:
        return "simulated"


@dataclass(frozen=True, slots=True)
class _Queues:
    """Stands where `jobs.queues.Queues` stands."""

    jobs: SimulatedQueue
    results: SimulatedQueue
    clock: SimulatedClock

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        await self.jobs.send([doorbell_message(bell) for bell in doorbells], self._delay(at))

    async def report(self, outcomes: Sequence[Outcome], at: datetime | None = None) -> None:
        await self.results.send([outcome_message(outcome) for outcome in outcomes], self._delay(at))

    def _delay(self, at: datetime | None) -> float:
        return 0.0 if at is None else (at - self.clock.now()).total_seconds()


def ours(jobs: int) -> Sustained:
    """The app as `jobs.composition` puts it together, fed as its host.json says."""
    return simulate(_ours(jobs))


def plain(jobs: int) -> Sustained:
    """The baseline."""
    return simulate(_plain(jobs))


async def _ours(jobs: int) -> Sustained:
    services = _services(jobs)
    doorbells, results = SimulatedQueue(), SimulatedQueue()
    queues = _Queues(doorbells, results, services.clock)
    settings = read_settings(
        {
            **SETTINGS,
            "DATAVERSE_URL": DATAVERSE,
            "SPOTLER_URL": SPOTLER,
            "SPOTLER_KEY": "key",
            "SPOTLER_SECRET": "secret",
            "SPOTLER_JOBS_QUEUE": "jobs",
            "SPOTLER_RESULTS_QUEUE": "results",
            "ServiceBusConnection__fullyQualifiedNamespace": "bus.example",
            # What `auto` finds out by one request, once.
            "TIMELINE": "posts",
        }
    )
    # Only what leads out of the process is another than in earnest: time, connections, tokens, queues.
    outside: dict[str, Any] = {
        "SystemClock": lambda: services.clock,
        "_http": lambda _timing, _certificates, *, connections: services.http(connections),
        "_tokens": lambda _settings: _Tokens(),
        "_queues": lambda _settings: queues,
    }
    with patch.multiple("jobs.composition", **outside):
        app = compose(settings)

    async def process(messages: list[Message]) -> None:
        await hear_doorbells(_delivered(messages), app.processor, app.events)

    async def write(messages: list[Message]) -> None:
        await hear_outcomes(_delivered(messages), app.write_back, app.events)

    most = _batch_size()
    for number in range(jobs):
        body = doorbell_message(Doorbell(UUID(services.dataverse.save(number))))
        doorbells.waiting.append(Message(body.encode()))
    async with _serving(doorbells.serve_batches(process, most), results.serve_batches(write, most)):
        return await _ended(services, jobs, (doorbells, results))


async def _plain(jobs: int) -> Sustained:
    services = _services(jobs)
    queue = SimulatedQueue()
    http = services.http(CONNECTIONS)
    work = Plain(
        DataverseClient(DATAVERSE, _Tokens(), http, clock=services.clock),
        SpotlerClient(SPOTLER, "key", "secret", http=http, clock=services.clock),
        lambda body: queue.send([body]),
        asyncio.Semaphore(SPOTLER_TAKES),
        services.clock,
    )
    queue.waiting += [
        Message(json.dumps({"job": services.dataverse.save(number)}).encode()) for number in range(jobs)
    ]
    at_once = int(
        json.loads((BASELINE / "host.json").read_text(encoding="utf-8"))["extensions"]["serviceBus"][
            "maxConcurrentCalls"
        ]
    )
    async with _serving(queue.serve_singly(lambda message: work.process(message.body), at_once)):
        return await _ended(services, jobs, (queue,))


def _services(jobs: int) -> _Services:
    services = _Services(
        SimulatedClock(), SimulatedDataverse(lambda _job: None), SimulatedSpotler(), jobs, asyncio.Event()
    )

    def finished(_job: str) -> None:
        services.left -= 1
        if services.left == 0:
            services.done.set()

    services.dataverse.finished = finished
    return services


@asynccontextmanager
async def _serving(*listeners: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(listener) for listener in listeners]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _ended(services: _Services, jobs: int, queues: Sequence[SimulatedQueue]) -> Sustained:
    async with asyncio.timeout(LONGEST_SECONDS):
        await services.done.wait()
    rows = services.dataverse.jobs.values()
    return Sustained(
        jobs,
        services.clock.monotonic(),
        services.dataverse.requests,
        (services.dataverse.throttled, services.spotler.throttled),
        sum(count > 1 for count in services.spotler.started.values()),
        sum(status != _SUCCEEDED for status in (row.values["statuscode"] for row in rows)),
        sum(queue.dead for queue in queues),
    )


def _delivered(messages: Sequence[Message]) -> list[Delivered]:
    return [Delivered(message.body, message.deliveries) for message in messages]


def _batch_size() -> int:
    host = json.loads((HOME / "host.json").read_text(encoding="utf-8"))
    return int(host["extensions"]["serviceBus"]["maxMessageBatchSize"])
