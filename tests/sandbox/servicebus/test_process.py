"""Does the bus start, keep its promises when it is killed, and stop, as a process of its own?"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.sandbox.servicebus.running import connection_string

_ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class _Process:
    process: asyncio.subprocess.Process
    port: int
    control: int

    async def queues(self) -> Any:
        """Ask for the numbers of messages."""
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
            http.get(f"http://127.0.0.1:{self.control}/_sandbox/queues") as response,
        ):
            return await response.json()

    async def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        async with asyncio.timeout(10):
            return await self.process.wait()


async def _start(*options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox.servicebus", "--port", "0", "--control-port", "0", *options),
        cwd=_ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def _process(*options: str) -> AsyncIterator[_Process]:
    process = await _start(*options)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            ready, part, port, word, control = (await process.stdout.readline()).decode().split()
        assert (ready, part, word) == ("ready", "servicebus", "control")
        yield _Process(process, int(port), int(control))
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_it_starts_and_stops(number: signal.Signals) -> None:
    """With the shipped queues, one ready line, and a clean end on either signal."""
    async with _process() as bus:
        assert [queue["name"] for queue in await bus.queues()] == ["spotler-jobs", "spotler-results"]
        assert await bus.end(number) == 0
        assert bus.process.stdout is not None
        assert await bus.process.stdout.read() == b""


async def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    """After kill -9: active, scheduled and dead messages are there, a completed one is not, a lock is free again."""
    database = ("--db", str(tmp_path / "bus.db"))
    async with (
        _process(*database) as bus,
        ServiceBusClient.from_connection_string(connection_string(bus.port), retry_total=0) as client,
    ):
        sender, receiver = (
            client.get_queue_sender("spotler-jobs"),
            client.get_queue_receiver("spotler-jobs"),
        )
        await asyncio.gather(sender.__aenter__(), receiver.__aenter__())
        await sender.send_messages([ServiceBusMessage(text) for text in ("done", "dead", "locked")])
        await sender.schedule_messages(ServiceBusMessage("late"), datetime.now(UTC) + timedelta(hours=1))
        done, dead, _ = await receiver.receive_messages(max_message_count=3, max_wait_time=5)
        await receiver.complete_message(done)
        await receiver.dead_letter_message(dead, reason="bad")
        await sender.send_messages(ServiceBusMessage("waiting"))
        await bus.end(signal.SIGKILL)
        await asyncio.gather(sender.close(), receiver.close())
    async with _process(*database) as bus:
        (jobs, _) = await bus.queues()
        assert jobs == {"name": "spotler-jobs", "active": 2, "scheduled": 1, "locked": 0, "deadLetter": 1}
        async with (
            ServiceBusClient.from_connection_string(connection_string(bus.port), retry_total=0) as client,
            client.get_queue_receiver("spotler-jobs") as receiver,
        ):
            got = await receiver.receive_messages(max_message_count=2, max_wait_time=5)
            assert [(str(message), message.delivery_count) for message in got] == [
                ("locked", 0),
                ("waiting", 0),
            ]
            assert [message.sequence_number for message in got] == [3, 5]


@pytest.mark.parametrize("fault", ["config", "database", "port"])
async def test_it_says_why_it_cannot_start(tmp_path: Path, fault: str) -> None:
    """Status 1, one sentence on stderr, no traceback, no ready line."""
    path = tmp_path / "file"
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    taken = str(server.sockets[0].getsockname()[1])
    if fault == "config":
        path.write_text(json.dumps({"UserConfig": {"Namespaces": [{"Queues": {}}]}}), encoding="utf-8")
        process = await _start("--config", str(path))
    elif fault == "database":
        path.write_text("no database " * 99, encoding="utf-8")
        process = await _start("--db", str(path))
    else:
        process = await _start("--port", taken)
    async with asyncio.timeout(20):
        out, errors = await process.communicate()
    server.close()
    assert (process.returncode, out) == (1, b"")
    assert b"Cannot start" in errors
    assert b"Traceback" not in errors
