"""How is the app run against real services whose every key is known to nobody else?

Service Bus, Spotler and Dataverse run as processes of their own. The app runs in this process, put together
by its own composition, so that whatever it logs can be seen; or in the Functions host, as a process too.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver

from jobs.composition import App, compose
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.settings import read_settings
from sandbox.world import free_ports
from sandbox.world.process import Process
from tests.world import HOME

JOBS, RESULTS = "spotler-jobs", "spotler-results"
START, STOP, REFRESH = 724000000, 724000001, 724000002

SPOTLER_KEY = "kEyOfSpotler4711x"
SPOTLER_SECRET = "sEcReTOfSpotler0815y"
BUS_KEY = "kEyOfTheBus1234567890z="
FUNCTION_KEY = "kEyOfTheFunctions9876w"


@dataclass(slots=True)
class Ground:
    """Three services; each takes its own keys only."""

    folder: Path
    ports: Any
    starter: ThreadPoolExecutor
    parts: dict[str, Process] = field(default_factory=dict)

    @property
    def spotler(self) -> str:
        """Root of the Spotler part."""
        return f"http://localhost:{self.ports.spotler}"

    @property
    def dataverse(self) -> str:
        """Root of the Dataverse part."""
        return f"http://localhost:{self.ports.dataverse}"

    @property
    def bus_control(self) -> str:
        """Root of the control routes of the Service Bus part."""
        return f"http://localhost:{self.ports.control}"

    @property
    def functions(self) -> str:
        """Root of the Functions part, while it runs."""
        return f"http://localhost:{self.ports.functions}"

    @property
    def connection(self) -> str:
        """Connection string of the Service Bus part."""
        return (
            f"Endpoint=sb://localhost:{self.ports.servicebus};SharedAccessKeyName=sandbox;"
            f"SharedAccessKey={BUS_KEY};UseDevelopmentEmulator=true"
        )

    def settings(self, **changed: str) -> dict[str, str]:
        """App settings, some of them changed."""
        sample = json.loads((HOME / "local.settings.sample.json").read_text(encoding="utf-8"))
        return {
            **sample["Values"],
            "ServiceBusConnection": self.connection,
            "SPOTLER_URL": f"{self.spotler}/integrationservice",
            "SPOTLER_KEY": SPOTLER_KEY,
            "SPOTLER_SECRET": SPOTLER_SECRET,
            "DATAVERSE_URL": self.dataverse,
            "DATAVERSE_TOKEN_URL": f"{self.dataverse}/_sandbox/token",
            "CONTACT_GRACE": "PT0S",
            "CATALOGUE_SYNC_SCHEDULE": "0 0 0 1 1 *",
            "RECONCILE_SCHEDULE": "0 0 0 1 1 *",
            **changed,
        }

    def process(self, part: str, *arguments: str, **environment: str) -> Process:
        """A part, not started yet."""
        clean = {name: value for name, value in os.environ.items() if name not in self.settings()}
        return Process(
            part,
            arguments,
            log=self.folder / f"{part}.log",
            home=HOME,
            environment={**clean, "PYTHONUTF8": "1", **environment},
            starter=self.starter,
        )

    async def control(self, root: str, method: str, what: str, body: object = None) -> Any:
        """A control request that must succeed; its JSON."""
        url = f"{root}/_sandbox/{what}"
        limit = aiohttp.ClientTimeout(total=20)
        async with (
            aiohttp.ClientSession(timeout=limit) as http,
            http.request(method, url, json=body) as answer,
        ):
            text = await answer.text()
            assert answer.ok, f"{method} {url}: {answer.status} {text}"
            return json.loads(text) if text else None

    async def reset(self) -> None:
        """Back to the seed data, with the keys that the app knows, and no webhook delivered."""
        await self.control(self.bus_control, "POST", "reset")
        for root in (self.dataverse, self.spotler):
            await self.control(root, "DELETE", "faults")
            await self.control(root, "POST", "reset")
        await self.control(self.dataverse, "POST", "webhook", {"url": None})
        keys = [{"key": SPOTLER_KEY, "secret": SPOTLER_SECRET, "licensed": True}]
        await self.control(self.spotler, "POST", "seed", {"keys": keys})

    async def fault(self, root: str, **fault: Any) -> None:
        """Switch on a fault."""
        await self.control(root, "POST", "faults", fault)

    async def waiting(self) -> list[dict[str, Any]]:
        """Every message in both queues and their dead letters."""
        found: list[dict[str, Any]] = []
        for queue in (JOBS, RESULTS):
            for dead in ("0", "1"):
                found += await self.control(
                    self.bus_control, "GET", f"queues/{queue}/messages?deadLetter={dead}"
                )
        return found

    async def drained(self, queue: str) -> bool:
        """Whether nothing in a queue can be received."""
        return not (await self.counts())[queue]["active"]

    async def counts(self) -> dict[str, dict[str, Any]]:
        """Counts of each queue."""
        return {queue["name"]: queue for queue in await self.control(self.bus_control, "GET", "queues")}


@contextmanager
def running(folder: Path) -> Iterator[Ground]:
    """The three services, ready; ended at the end."""
    ports = free_ports()
    ground = Ground(folder, ports, ThreadPoolExecutor(1, thread_name_prefix="starter"))
    ground.parts = {
        "servicebus": ground.process(
            "servicebus",
            "tests.strangers.keyed_bus",
            BUS_KEY,
            f"--port={ports.servicebus}",
            f"--control-port={ports.control}",
        ),
        "spotler": ground.process("spotler", "sandbox.spotler", f"--port={ports.spotler}"),
        "dataverse": ground.process(
            "dataverse",
            "sandbox.dataverse",
            f"--port={ports.dataverse}",
            "--installed",
            "--webhook=http://localhost/",
        ),
    }
    try:
        for part in ground.parts.values():
            part.spawn()
        for part in ground.parts.values():
            part.await_ready()
        yield ground
    finally:
        for part in ground.parts.values():
            part.stop()
        ground.starter.shutdown()


class Driver:
    """The app in this process, with the two queue functions driven as the Functions host drives them."""

    def __init__(self, app: App, receivers: Mapping[str, ServiceBusReceiver]) -> None:
        self.app = app
        self._receivers = receivers
        self.raised: list[BaseException] = []

    async def hear(self, queue: str, *, wait: float = 0.3) -> int:
        """Take one batch from a queue and hand it over: complete it, or abandon it where the app raises."""
        receiver = self._receivers[queue]
        messages = await receiver.receive_messages(max_message_count=64, max_wait_time=wait)
        batch = [
            Delivered(b"".join(bytes(part) for part in message.body), (message.delivery_count or 0) + 1)
            for message in messages
        ]
        try:
            if queue == JOBS and batch:
                await hear_doorbells(batch, self.app.processor, self.app.events)
            elif batch:
                await hear_outcomes(batch, self.app.write_back, self.app.events)
        except Exception as error:  # noqa: BLE001 - as the host: the batch is abandoned
            self.raised.append(error)
            for message in messages:
                await receiver.abandon_message(message)
        else:
            for message in messages:
                await receiver.complete_message(message)
        return len(messages)

    async def until[T](
        self,
        look: Callable[[], Awaitable[T | None]],
        *,
        seconds: float = 15.0,
        queues: Sequence[str] = (JOBS, RESULTS),
    ) -> T:
        """Drive the queues until `look` gives something true."""
        end = time.monotonic() + seconds
        while not (seen := await look()):
            assert time.monotonic() < end, f"not within {seconds} s"
            for queue in queues:
                await self.hear(queue, wait=0.05)
        return seen


@asynccontextmanager
async def driven(ground: Ground, **changed: str) -> AsyncIterator[Driver]:
    """The app in this process, composed from settings."""
    app = compose(read_settings(ground.settings(**changed)))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(close, app)
        client = await stack.enter_async_context(ServiceBusClient.from_connection_string(ground.connection))
        receivers = {
            queue: await stack.enter_async_context(client.get_queue_receiver(queue))
            for queue in (JOBS, RESULTS)
        }
        yield Driver(app, receivers)


async def close(app: App) -> None:
    """End the connections that the app opened; in Azure the process ends with them."""
    await app.health.queues.close()
    await app.health.dataverse._channel._http.aclose()
    await app.health.spotler._http.aclose()
