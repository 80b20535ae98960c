"""How is a service taken away and brought back without losing what it knows?

The Spotler and Dataverse parts keep their state in memory, and every run has to be counted in the end, so
they must not die. A gate stands before each: closed, connections are refused and those that are open break.
"""

from __future__ import annotations

import asyncio
from typing import Self

_CHUNK = 65_536


class Gate:
    """Passes connections on, byte by byte, while it is open.

    Used as an async context.

    Args:
        port: to listen on, on the loopback address.
        to: port of the service behind it.
    """

    def __init__(self, port: int, to: int) -> None:
        self._port = port
        self._to = to
        self._server: asyncio.Server | None = None
        self._inside: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def open(self) -> None:
        """Accept connections."""
        if self._server is None:
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)

    async def close(self) -> None:
        """Refuse connections and break those that are open."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut()
        if server is not None:
            await server.wait_closed()

    def cut(self) -> None:
        """Break the connections that are open, wherever their requests are."""
        for writer in tuple(self._inside):
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._inside.add(writer)
        try:
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            self._inside.discard(writer)
            writer.transport.abort()
            return
        self._inside.add(there)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(_pump(reader, there))
                both.create_task(_pump(there_reader, writer))
        finally:
            for one in (writer, there):
                self._inside.discard(one)
                one.transport.abort()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while chunk := await source.read(_CHUNK):
            sink.write(chunk)
            await sink.drain()
        sink.write_eof()
    except OSError:
        # A broken connection is what a gate is for; the other end learns of it by the abort.
        sink.transport.abort()
