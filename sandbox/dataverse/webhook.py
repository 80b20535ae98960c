"""How is a created job told to the app, and what becomes of a failed delivery?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import aiohttp

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference
from sandbox.dataverse.execution_context import Body
from sandbox.dataverse.platform.webhooks import Registered
from sandbox.dataverse.store import Row

TIME_LIMIT: Final = 60.0
"""Seconds after which a delivery has failed (Microsoft Learn, "Use webhooks")."""

REPEATED: Final = frozenset({502, 503, 504})
"""The only answers after which one more attempt is made (the same page)."""

AT_A_TIME: Final = 8
"""Deliveries side by side; the order of deliveries is not promised."""

_KEPT: Final = 20_000
_NOT_SUCCESS: Final = 0x80050201
_TIMED_OUT: Final = 0x80050202
_POST_FAILED: Final = 0x80050205


@dataclass(slots=True)
class Switches:
    """What goes wrong on the way, on purpose.

    Attributes:
        moved: whether `url` stands instead of the addresses of the registered steps.
        url: where to then; None = nowhere.
        lose: so many deliveries to come are dropped without a trace in the platform.
        duplicate: so many deliveries to come are made twice.
        delay: seconds before each delivery.
    """

    moved: bool = False
    url: str | None = None
    lose: int = 0
    duplicate: int = 0
    delay: float = 0.0


@dataclass(slots=True)
class Delivery:
    """One delivery: what each attempt was answered, None for no answer."""

    table: str
    id: str
    step: str
    created: datetime
    state: str = "waiting"
    statuses: list[int | None] = field(default_factory=list)
    exceeded: bool = False

    def as_json(self) -> dict[str, Any]:
        """As the control route shows it."""
        return {
            "table": self.table,
            "id": self.id,
            "step": self.step,
            "time": self.created.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "state": self.state,
            "statuses": self.statuses,
            "exceeded": self.exceeded,
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A delivery that failed for good, as its system job tells it."""

    row: Reference
    step: Registered
    correlation_id: str
    code: int
    message: str
    started: datetime
    attempts: int

    @property
    def signed_code(self) -> int:
        """The code as the column holds it: 32 bits with sign."""
        return self.code - 2**32


class Webhook:
    """Posts the context of a created row to the endpoints of the registered steps.

    Args:
        on_failure: told of each delivery that failed for good.
        repeat_after: seconds before the one repetition; the real pause is not documented.
        time_limit: seconds for one attempt.
    """

    def __init__(
        self,
        on_failure: Callable[[Failure], None],
        *,
        repeat_after: float = 1.0,
        time_limit: float = TIME_LIMIT,
    ) -> None:
        self.switches = Switches()
        self._on_failure = on_failure
        self._repeat_after = repeat_after
        self._time_limit = time_limit
        self._deliveries: deque[Delivery] = deque(maxlen=_KEPT)
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(AT_A_TIME)
        self._session: aiohttp.ClientSession | None = None

    def fire(self, row: Row, step: Registered, body: Body) -> None:
        """Deliver to a step's endpoint in the background; returns at once."""
        url = self.switches.url if self.switches.moved else step.address
        if url is None:
            return
        if self.switches.lose > 0:
            self.switches.lose -= 1
            self._noted(row, step, body).state = "lost"
            return
        times = 1
        if self.switches.duplicate > 0:
            self.switches.duplicate -= 1
            times = 2
        for _ in range(times):
            delivering = self._deliver(url, row, step, body, self._noted(row, step, body))
            task = asyncio.get_running_loop().create_task(delivering)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def reset(self) -> None:
        """Forget deliveries, those under way too, and go back to the registered steps without disturbance."""
        for task in tuple(self._tasks):
            task.cancel()
        self._deliveries.clear()
        self.switches = Switches()

    async def close(self) -> None:
        """End deliveries and connections."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def as_json(self, registered: str | None) -> dict[str, Any]:
        """Switches and deliveries, oldest first; the URL without its key.

        Args:
            registered: the address of the first registered step.
        """
        switches = self.switches
        url = switches.url if switches.moved else registered
        return {
            "url": None if url is None else url.partition("?")[0],
            "lose": switches.lose,
            "duplicate": switches.duplicate,
            "delay": switches.delay,
            "deliveries": [delivery.as_json() for delivery in self._deliveries],
        }

    def _noted(self, row: Row, step: Registered, body: Body) -> Delivery:
        delivery = Delivery(row.table.name, row.id, step.name, datetime.now(UTC), exceeded=body.exceeded)
        self._deliveries.append(delivery)
        return delivery

    async def _deliver(self, url: str, row: Row, step: Registered, body: Body, delivery: Delivery) -> None:
        delay = self.switches.delay
        if delay:
            await asyncio.sleep(delay)
        async with self._gate:
            delivery.state = "sending"
            code, message = await self._attempt(url, row, body, delivery)
            if delivery.statuses[-1] in REPEATED:
                await asyncio.sleep(self._repeat_after)
                code, message = await self._attempt(url, row, body, delivery)
        delivery.state = "failed" if code else "delivered"
        if code:
            self._on_failure(
                Failure(
                    row.reference,
                    step,
                    body.correlation_id,
                    code,
                    message,
                    delivery.created,
                    len(delivery.statuses),
                )
            )

    async def _attempt(self, url: str, row: Row, body: Body, delivery: Delivery) -> tuple[int, str]:
        """One attempt: the platform's error code and sentence; code 0 for success."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-ms-dynamics-organization": organization.HOST,
            "x-ms-dynamics-entity-name": row.table.name,
            "x-ms-dynamics-request-name": "Create",
            "x-ms-correlation-request-id": body.correlation_id,
        }
        if body.exceeded:
            headers["x-ms-dynamics-msg-size-exceeded"] = "true"
        try:
            async with self._client().post(
                url, data=body.content, headers=headers, allow_redirects=False
            ) as answer:
                # The answer's body is ignored, so it is not read.
                status = answer.status
        except TimeoutError:
            delivery.statuses.append(None)
            return _TIMED_OUT, "The webhook call failed because the HTTP request timed out at client side."
        except aiohttp.ClientError:
            delivery.statuses.append(None)
            return _POST_FAILED, "The webhook call failed during HTTP post."
        delivery.statuses.append(status)
        if 200 <= status < 300:
            return 0, ""
        return (
            _NOT_SUCCESS,
            f"The webhook call failed because of invalid http request status code: {status}.",
        )

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=self._time_limit)
            self._session = aiohttp.ClientSession(
                timeout=timeout, connector=aiohttp.TCPConnector(limit=AT_A_TIME)
            )
        return self._session
