"""What stands in for the machine in these stories: its clock, its queues, and the road to a service?"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import httpx

from jobs.doorbells import Doorbell, doorbell_message, read_doorbells
from jobs.outcomes import Outcome, outcome_message, read_outcomes

LONGEST_CHAIN = 50
"""So many messages that are due at once, each the consequence of another, are a loop."""


class Clock:
    """Time that moves by waiting alone, so that hours pass in no time."""

    def __init__(self) -> None:
        self._began = datetime.now(UTC)
        self._seconds = 0.0

    def now(self) -> datetime:
        """The beginning plus all that was waited for."""
        return self._began + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Seconds waited for."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Let the wait pass at once."""
        self._seconds += seconds

    def forward(self, to: datetime) -> None:
        """Let time pass up to this moment; never back."""
        self._seconds = max(self._seconds, (to - self._began).total_seconds())


class Bus:
    """Both queues in memory; what travels is text, as on the real bus."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bells: list[tuple[datetime, str]] = []
        self._outcomes: list[tuple[datetime, str]] = []

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        """See `jobs.ports.Bells`."""
        self._bells += [(at or self._clock.now(), doorbell_message(bell)) for bell in doorbells]

    async def report(self, outcomes: Sequence[Outcome], at: datetime | None = None) -> None:
        """See `jobs.ports.Reports`."""
        self._outcomes += [(at or self._clock.now(), outcome_message(outcome)) for outcome in outcomes]

    @property
    def next_at(self) -> datetime | None:
        """When the next message is due; None where no message is left."""
        return min((at for at, _ in (*self._bells, *self._outcomes)), default=None)

    def due_bells(self) -> list[Doorbell]:
        """Take the doorbells whose time has come."""
        due, self._bells = _divided(self._bells, self._clock.now())
        return [bell for text in due for bell in read_doorbells(text.encode())[0]]

    def due_outcomes(self) -> list[Outcome]:
        """Take the outcomes whose time has come."""
        due, self._outcomes = _divided(self._outcomes, self._clock.now())
        return [outcome for text in due for outcome in read_outcomes(text.encode())[0]]


def _divided(
    waiting: list[tuple[datetime, str]], now: datetime
) -> tuple[list[str], list[tuple[datetime, str]]]:
    due = [text for at, text in waiting if at <= now]
    return due, [(at, text) for at, text in waiting if at > now]


class Road(httpx.AsyncBaseTransport):
    """The way to a service; once it is closed every connection is refused by the machine itself."""

    def __init__(self, road: httpx.AsyncHTTPTransport) -> None:
        self._road = road
        self._nobody: socket.socket | None = None
        self.refused = 0

    def close_it(self) -> None:
        """From now on nobody listens at the other end."""
        if self._nobody is None:
            # Bound and not listening: nobody else can take the port, and whoever connects is refused.
            self._nobody = socket.socket()
            self._nobody.bind(("127.0.0.1", 0))

    def open_it(self) -> None:
        """The service is there again."""
        if self._nobody is not None:
            self._nobody.close()
            self._nobody = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it where it is meant to go, or to where nobody listens."""
        if self._nobody is None:
            return await self._road.handle_async_request(request)
        elsewhere = httpx.Request(
            request.method,
            request.url.copy_with(port=self._nobody.getsockname()[1]),
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        try:
            return await self._road.handle_async_request(elsewhere)
        except httpx.ConnectError:
            self.refused += 1
            raise

    async def aclose(self) -> None:
        """Give back what the road holds."""
        self.open_it()
        await self._road.aclose()
