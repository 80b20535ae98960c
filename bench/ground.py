"""On what is measured: a whole sandbox with the latencies set, and eyes on all of its parts."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import aiohttp

from bench.terms import BUS_SECONDS, HOME, LATENCY, NO_LATENCY, SETTINGS, SPOTLER_SECONDS, SPOTLER_TAKES
from sandbox.scenario.dynamics import Dynamics
from sandbox.scenario.people import Person
from sandbox.world import World, free_ports
from tests.overload.crowd import API, Crowd
from tests.world import Live

PARTS: Final = ("functions", "servicebus", "dataverse", "spotler")
WELCOME: Final = "🚀 Welcome"
TRIGGER: Final = "/automation/trigger/"
POLL_SECONDS: Final = 1.0
ALL_SENDS: Final = 10**9
ONE_CALL_SECONDS: Final = 120.0
REST_SECONDS: Final = 600.0
"""For what is left in the queues once every row has ended."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to Dataverse or Spotler as its journal has it; seconds since the epoch."""

    method: str
    path: str
    status: int | None
    came: float
    went: float
    parts: tuple[tuple[str, str], ...]

    def writes(self, job: str) -> bool:
        """Whether it changes this job's row."""
        mine = f"spotler_jobs({job})"
        return any(
            method == "PATCH" and mine in path for method, path in ((self.method, self.path), *self.parts)
        )


class NotFinished(Exception):  # noqa: N818 - names what is the case
    """Not every job came to an end in the time it was given."""


@dataclass(slots=True)
class Ground:
    """A running sandbox.

    Attributes:
        live: control of the parts.
        crowd: saves thousands of jobs, under names that share no limit with the app's.
    """

    world: World
    http: aiohttp.ClientSession
    live: Live
    dynamics: Dynamics
    crowd: Crowd
    _token: str = ""

    async def fresh(self, people: Sequence[Person] = ()) -> None:
        """Back to the seed data, the one automation in the catalogue, these people known to both sides."""
        await self.live.reset()
        await self.latency(NO_LATENCY)
        await self.live.seed("dataverse", {"spotler_automations": [CATALOGUE_ROW]})
        await self.crowd.arrive(people)

    async def slow_down(self) -> None:
        """Set the latencies; Spotler takes so many calls at a time only."""
        await self.latency(LATENCY)
        await self.live.clear_faults("servicebus")
        await self.live.fault("servicebus", kind="delay_send", seconds=BUS_SECONDS, times=ALL_SENDS)
        await self.live.clear_faults("spotler")
        await self.live.fault("spotler", match="* /", kind="throttle", limit=SPOTLER_TAKES, retry_after="1")
        await self.live.fault("spotler", match="* /", kind="delay", seconds=SPOTLER_SECONDS)

    async def latency(self, latency: Mapping[str, float]) -> None:
        """Move the latencies of Dataverse; its protection limits stay."""
        await self.crowd.limit(**latency)

    async def delay_webhooks(self, seconds: float) -> None:
        """Let every webhook come so much later."""
        await self._post("webhook", {"delay": seconds})

    async def send_webhooks_to(self, url: str | None) -> None:
        """Let webhooks go elsewhere, or nowhere."""
        await self._post("webhook", {"url": url})

    async def unfinished(self) -> int:
        """How many jobs have no end yet; Dataverse counts to 5,000."""
        return await self.rows_of("spotler_jobs", "?$filter=statecode eq 0")

    async def rows_of(self, table_set: str, query: str = "") -> int:
        """How many rows there are; Dataverse counts to 5,000."""
        if not self._token:
            self._token = (await self._post("token", {"user": "onlooker"}))["access_token"]
        url = f"{self.world.addresses.dataverse}{API}{table_set}/$count{query}"
        async with self.http.get(url, headers={"Authorization": f"Bearer {self._token}"}) as answer:
            answer.raise_for_status()
            return int(await answer.text())

    async def until_finished(
        self,
        seconds: float,
        look: Callable[[int], Awaitable[None]] | None = None,
        *,
        poll: float = POLL_SECONDS,
    ) -> None:
        """Return once every job has ended and the queues are empty.

        Args:
            seconds: ceiling.
            look: told at every look how many are unfinished.
            poll: seconds between two looks.

        Raises:
            NotFinished: it took longer.
        """
        end = time.monotonic() + seconds
        while left := await self.unfinished():
            if look is not None:
                await look(left)
            if time.monotonic() > end:
                raise NotFinished(f"{left} jobs have no end after {seconds:.0f} s")
            await asyncio.sleep(poll)
        await self.live.until(self.live.idle, seconds=REST_SECONDS)

    async def to_dataverse(self) -> list[Request]:
        """What the app asked of Dataverse, oldest first."""
        return [
            one
            for one in map(_request, await self.live.journal("dataverse"))
            if "$count" not in one.path and not _saves(one)
        ]

    async def saves(self) -> list[Request]:
        """The requests by which persons saved jobs, oldest first."""
        return [one for one in map(_request, await self.live.journal("dataverse")) if _saves(one)]

    async def to_spotler(self) -> list[Request]:
        """The calls to Spotler, oldest first."""
        return [
            one for one in map(_request, await self.live.journal("spotler")) if one.path.find(TRIGGER) >= 0
        ]

    def memory(self) -> float:
        """MiB of the Functions process.

        Raises:
            OSError: this system does not tell.
        """
        if sys.platform != "linux":
            raise OSError("the memory of another process is read from /proc, which is Linux's")
        told = Path(f"/proc/{self.world.pid('functions')}/status").read_text(encoding="ascii")
        (line,) = (line for line in told.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) / 1024

    def processor_seconds(self) -> dict[str, float]:
        """What each part has used of the processors so far; empty where the system does not tell."""
        if sys.platform != "linux":
            return {}
        ticks = os.sysconf("SC_CLK_TCK")
        used = {}
        for part in PARTS:
            fields = Path(f"/proc/{self.world.pid(part)}/stat").read_text(encoding="utf-8").rpartition(")")[2]
            user, system = fields.split()[11:13]
            used[part] = (int(user) + int(system)) / ticks
        return used

    async def _post(self, what: str, body: object) -> dict[str, Any]:
        url = f"{self.world.addresses.dataverse}/_sandbox/{what}"
        async with self.http.post(url, json=body) as answer:
            answer.raise_for_status()
            return dict(await answer.json())


CATALOGUE_ROW: Final = {
    "id": "88888888-0000-4000-8000-000000000003",
    "spotler_name": WELCOME,
    "spotler_kind": 724000000,
    "spotler_code": "bbbbbbbb-0000-4000-8000-000000000003",
    "spotler_externalid": "aaaaaaaa-0000-4000-8000-000000000003",
    "spotler_key": "Abench",
}
"""The automation Welcome of Spotler's seed, as a refresh would write it."""


def on_ground[T](
    measure: Callable[[Ground], Awaitable[T]],
    *,
    app: Path | None = None,
    values: Mapping[str, str] = MappingProxyType({}),
    queues: Sequence[str] = (),
) -> T:
    """Start a sandbox of its own, measure, and end it.

    Args:
        measure: gets the running sandbox.
        app: folder of the app, in place of the project's own.
        values: app settings on top of `SETTINGS`.
        queues: names of further queues beside the app's.
    """
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        World(
            home=HOME,
            folder=Path(folder),
            ports=free_ports(),
            values={**SETTINGS, **values},
            app=app,
            bus=_bus(Path(folder), queues),
        ) as world,
    ):
        return asyncio.run(_measured(world, measure))


def _bus(folder: Path, names: Sequence[str]) -> Path | None:
    """The definition of the queues, with more of the same kind."""
    if not names:
        return None
    told = json.loads((HOME / "sandbox" / "servicebus.config.json").read_text(encoding="utf-8"))
    queues = told["UserConfig"]["Namespaces"][0]["Queues"]
    queues += [{**queues[0], "Name": name} for name in names]
    written = folder / "servicebus.config.json"
    written.write_text(json.dumps(told), encoding="utf-8")
    return written


async def _measured[T](world: World, measure: Callable[[Ground], Awaitable[T]]) -> T:
    to = world.addresses
    limit = aiohttp.ClientTimeout(total=ONE_CALL_SECONDS)
    async with aiohttp.ClientSession(timeout=limit) as http, Dynamics(to.dataverse) as dynamics:
        crowd = Crowd(http, to.dataverse, to.spotler)
        return await measure(Ground(world, http, Live(world, http, dynamics), dynamics, crowd))


def _request(entry: Mapping[str, Any]) -> Request:
    came = datetime.fromisoformat(entry["time"]).timestamp()
    return Request(
        entry["method"],
        entry["path"],
        entry["status"],
        came,
        came + (entry["seconds"] or 0.0),
        tuple((child["method"], child["path"]) for child in entry["children"]),
    )


def _saves(request: Request) -> bool:
    """Whether it is a person's, who looks an automation up by its name and saves jobs."""
    method, path = (request.parts or ((request.method, request.path),))[0]
    by_name = (
        method == "GET" and "spotler_automations?" in path and "spotler_name" in path.partition("$filter")[2]
    )
    return by_name or (method == "POST" and path.endswith("spotler_jobs"))
