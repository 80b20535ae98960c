"""Does a gate pass on, refuse and break connections?"""

from __future__ import annotations

import asyncio

import pytest

from sandbox.world import free_ports
from tests.torture.gate import Gate


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send back whatever comes."""
    while chunk := await reader.read(1024):
        writer.write(chunk)
    writer.close()


async def test_open_closed_and_open_again() -> None:
    """Bytes pass; closing breaks what is open and refuses what comes; then it is as before."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    behind, port = server.sockets[0].getsockname()[1], free_ports().console
    async with server, Gate(port, behind) as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        await gate.close()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        with pytest.raises(OSError, match="Connect"):
            await asyncio.open_connection("127.0.0.1", port)
        writer.transport.abort()
        await gate.open()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two"
        writer.transport.abort()


async def test_cut_breaks_what_is_open_and_refuses_nothing() -> None:
    """The next connection works at once."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    behind, port = server.sockets[0].getsockname()[1], free_ports().console
    async with server, Gate(port, behind) as gate:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        gate.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.transport.abort()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"two")
        assert await reader.readexactly(3) == b"two"
        writer.transport.abort()
