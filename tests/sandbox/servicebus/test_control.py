"""Can people look into the queues, empty them, and disturb the bus?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from sandbox.servicebus.codec import Symbol, Timestamp
from sandbox.servicebus.message import (
    DATA,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    Message,
    read_message,
    write_section,
)
from sandbox.servicebus.queue import QueueSettings
from tests.sandbox.servicebus.running import Running, running


def _message(text: str, due: int | None = None) -> Message:
    annotations = {} if due is None else {Symbol("x-opt-scheduled-enqueue-time"): Timestamp(due)}
    return read_message(
        write_section(MESSAGE_ANNOTATIONS, annotations)
        + write_section(PROPERTIES, [f"id-{text}"])
        + write_section(DATA, text.encode())
    )


@pytest.fixture
async def world() -> AsyncIterator[Running]:
    """A bus with one queue with dead letters, and one queue without any message."""
    queues = (QueueSettings("q", max_delivery_count=1), QueueSettings("empty"))
    async with running(*queues) as run:
        yield run


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client for the control routes."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
        yield session


async def _get(http: aiohttp.ClientSession, address: str) -> Any:
    async with http.get(address) as response:
        assert response.status == 200
        return await response.json()


async def test_queues_and_messages_are_shown(world: Running, http: aiohttp.ClientSession) -> None:
    """Numbers of messages by state; and the messages themselves, alive, scheduled and dead."""
    queue = world.bus.find("q")
    dead = world.bus.find("q/$deadletterqueue")
    queue.put([_message("a"), _message("b", due=4_000_000_000_000), _message("c")])
    dead.lay_down(queue.peek(3, 1)[0], "bad", "because")
    assert await _get(http, f"{world.control}/queues") == [
        {"name": "q", "active": 2, "scheduled": 1, "locked": 0, "deadLetter": 1},
        {"name": "empty", "active": 0, "scheduled": 0, "locked": 0, "deadLetter": 0},
    ]
    first, second, _ = await _get(http, f"{world.control}/queues/Q/messages")
    enqueued = datetime.fromisoformat(first.pop("enqueuedTime"))
    assert abs((datetime.now(UTC) - enqueued).total_seconds()) < 2
    assert first == {
        "sequenceNumber": 1,
        "messageId": "id-a",
        "deliveryCount": 0,
        "scheduledFor": None,
        "deadLetterReason": None,
        "deadLetterDescription": None,
        "body": "a",
    }
    assert second["scheduledFor"] == "2096-10-02T07:06:40.000Z"
    (buried,) = await _get(http, f"{world.control}/queues/q/messages?deadLetter=1")
    assert (buried["body"], buried["deadLetterReason"], buried["deadLetterDescription"]) == (
        "c",
        "bad",
        "because",
    )


async def test_an_unknown_queue(world: Running, http: aiohttp.ClientSession) -> None:
    """404 with a sentence."""
    async with http.get(f"{world.control}/queues/none/messages") as response:
        assert response.status == 404
        assert "none" in (await response.json())["error"]


async def test_reset_empties_everything(world: Running, http: aiohttp.ClientSession) -> None:
    """Messages, dead letters and faults are gone."""
    queue = world.bus.find("q")
    queue.put([_message("a"), _message("b", due=4_000_000_000_000)])
    world.bus.find("q/$deadletterqueue").lay_down(queue.peek(1, 1)[0], None, None)
    await http.post(f"{world.control}/faults", json={"kind": "refuse_send"})
    async with http.post(f"{world.control}/reset") as response:
        assert response.status == 204
    assert [
        entry["active"] + entry["scheduled"] + entry["deadLetter"]
        for entry in await _get(http, f"{world.control}/queues")
    ] == [0, 0]
    assert await _get(http, f"{world.control}/faults") == []


async def test_faults_by_http(world: Running, http: aiohttp.ClientSession) -> None:
    """Switched on, shown, switched off; nonsense is refused with a sentence."""
    fault = {"kind": "refuse_send", "times": 2, "queue": "q", "seconds": None}
    async with http.post(f"{world.control}/faults", json=fault) as response:
        assert (response.status, await response.json()) == (201, fault)
    assert await _get(http, f"{world.control}/faults") == [fault]
    async with http.delete(f"{world.control}/faults") as response:
        assert response.status == 204
    assert await _get(http, f"{world.control}/faults") == []
    for body in (b"{", b'{"kind": "burn"}'):
        async with http.post(f"{world.control}/faults", data=body) as response:
            assert response.status == 400
            assert (await response.json())["error"]


async def test_dropping_connections(world: Running, http: aiohttp.ClientSession) -> None:
    """Open connections break at once, new ones until the time is over."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.ports.amqp)
    writer.write(b"AMQP\x00\x01\x00\x00")
    assert await reader.readexactly(8)
    async with http.post(f"{world.control}/faults", json={"kind": "drop_connections", "seconds": 30}):
        assert await _ended(reader)
    again, other = await asyncio.open_connection("127.0.0.1", world.ports.amqp)
    assert await _ended(again)
    await http.delete(f"{world.control}/faults")
    third, last = await asyncio.open_connection("127.0.0.1", world.ports.amqp)
    last.write(b"AMQP\x00\x01\x00\x00")
    assert await third.readexactly(8)
    for each in (writer, other, last):
        each.close()
        with suppress(ConnectionError):
            await each.wait_closed()


async def _ended(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(5):
        try:
            return await reader.read(1) == b""
        except ConnectionResetError:
            return True
