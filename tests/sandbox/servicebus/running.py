"""How do these tests run a bus, speak to it, and wait?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.queue import QueueSettings
from sandbox.servicebus.server import Ports, serving
from sandbox.servicebus.store import NoStore


def connection_string(port: int, key: str = "sandbox") -> str:
    """What an app is given; `port` is the bus's."""
    return (
        f"Endpoint=sb://localhost:{port};SharedAccessKeyName=sandbox;SharedAccessKey={key};"
        "UseDevelopmentEmulator=true"
    )


@dataclass(frozen=True, slots=True)
class Running:
    """A bus that is served in this process."""

    bus: Bus
    ports: Ports

    @property
    def connection_string(self) -> str:
        """What an app is given."""
        return connection_string(self.ports.amqp)

    @property
    def control(self) -> str:
        """Address of the control routes."""
        return f"http://127.0.0.1:{self.ports.control}/_sandbox"


@asynccontextmanager
async def running(*queues: QueueSettings) -> AsyncIterator[Running]:
    """Serve a bus without a file on free ports."""
    bus = Bus(queues, NoStore())
    async with serving(bus) as ports:
        yield Running(bus, ports)


async def until(condition: Callable[[], bool], seconds: float = 5) -> None:
    """Wait for `condition`, and fail if it does not come true in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.01)
