"""How do the AMQP port and the control port come up and go down?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.connection import Connection
from sandbox.servicebus.control import control_app

_CLOSING_S = 2.0


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a running bus listens."""

    amqp: int
    control: int


@asynccontextmanager
async def serving(
    bus: Bus, *, host: str = "127.0.0.1", port: int = 0, control_port: int = 0
) -> AsyncIterator[Ports]:
    """Serve `bus` for as long as the context lasts; port 0 picks a free one.

    Raises:
        OSError: a port is taken.
    """
    connections: set[Connection] = set()

    def drop_connections() -> None:
        for connection in connections:
            connection.drop()
        bus.turn()

    loop = asyncio.get_running_loop()
    amqp = await loop.create_server(lambda: Connection(bus, connections), host, port)
    runner = web.AppRunner(control_app(bus, drop_connections), access_log=None, shutdown_timeout=_CLOSING_S)
    try:
        await runner.setup()
        site = web.TCPSite(runner, host, control_port)
        await site.start()
        # What was scheduled or due before the start needs its timer.
        bus.turn()
        yield Ports(amqp.sockets[0].getsockname()[1], runner.addresses[0][1])
    finally:
        amqp.close()
        drop_connections()
        await runner.cleanup()
        bus.stop()
