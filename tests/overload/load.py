"""What happens when far more jobs are saved at once than Dataverse and Spotler take?

Dataverse's three service protection limits strike one after the other, so that each is seen to; Spotler
answers 429 above five calls at a time, while the app may make sixteen.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.scenario.dynamics import Dynamics
from sandbox.world import World, free_ports
from tests.overload.crowd import Crowd, people_of
from tests.world import HOME, SETTINGS, WAIT_SECONDS, Live

MOST_CALLS = 16
"""What the app is set to: SPOTLER_MAX_CONCURRENCY."""

SPOTLER_TAKES = 5
"""Calls at a time, above which Spotler answers 429."""

WELCOME = "🚀 Welcome"
TRIGGER = "POST /automation/trigger"
TOO_MANY = 429
POLL_SECONDS = 0.25
REST_SECONDS = 120.0
"""Ceiling for what is left in the queues once every row has ended: doorbells that rang twice, posts."""

_PLENTY = 1_000_000

SCALED = {
    **SETTINGS,
    "SPOTLER_MAX_CONCURRENCY": str(MOST_CALLS),
    # Waits that are minutes in earnest would be most of this run.
    "SANDBOX_TIME_SCALE": "0.1",
    # Five minutes, scaled as the other spans are: more often, it would ring for every job that waits its turn.
    "RECONCILE_SCHEDULE": "*/30 * * * * *",
}

STAGES: Mapping[str, Mapping[str, float]] = {
    "concurrency": {"requests": _PLENTY, "window": 4, "seconds": _PLENTY, "concurrency": 1},
    "requests": {"requests": 12, "window": 3, "seconds": _PLENTY, "concurrency": _PLENTY},
    "execution time": {"requests": _PLENTY, "window": 3, "seconds": 0.5, "concurrency": _PLENTY},
}
"""Limits that strike, scaled to the seconds that a stage lasts."""

LATENCY = {"request_latency": 0.05, "part_latency": 0.002}
NO_LIMIT = {"requests": _PLENTY, "seconds": _PLENTY, "concurrency": _PLENTY}


@dataclass(frozen=True, slots=True)
class Call:
    """One request at Spotler: when it came and went, in seconds since the epoch, and its status."""

    came: float
    went: float
    status: int | None


@dataclass(slots=True)
class Measured:
    """What was seen.

    Attributes:
        size: jobs saved.
        seconds: from the first save to the last row.
        rows: every job in the end.
        runs: at Spotler.
        posts: in the Timeline.
        dead: messages in dead letters.
        calls: to Spotler, in the order they came.
        refusals: 429 of Dataverse by the limit that struck.
        requests: of the app to Dataverse.
        memory: MiB of the Functions process by the number of finished jobs; empty where there is no /proc.
    """

    size: int
    seconds: float = 0.0
    rows: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    posts: list[dict[str, Any]] = field(default_factory=list)
    dead: int = 0
    calls: list[Call] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    requests: int = 0
    memory: list[tuple[int, float]] = field(default_factory=list)

    def share_refused(self, calls: Sequence[Call]) -> float:
        """Which part of these calls Spotler answered 429."""
        return sum(call.status == TOO_MANY for call in calls) / max(1, len(calls))

    def memory_after(self, finished: int) -> float:
        """MiB at the first look after so many jobs were finished."""
        return next(mib for done, mib in self.memory if done >= finished)

    def told(self) -> str:
        """A paragraph for people."""
        half = len(self.calls) // 2
        lines = [
            f"{self.size} jobs in {self.seconds:.1f} s: {self.size / self.seconds:.1f} a second",
            f"Dataverse: {self.requests} requests, {self.requests / self.size:.2f} a job; 429 by limit: "
            + ", ".join(f"{name} {count}" for name, count in self.refusals.items()),
            (
                f"Spotler: {len(self.calls)} calls, at most {side_by_side(self.calls)} side by side, second half "
                f"{side_by_side(self.calls[half:])}; 429 in the first 50 {_percent(self, slice(0, 50))}, in the "
                f"first half {_percent(self, slice(0, half))}, second half {_percent(self, slice(half, None))}"
            ),
        ]
        if self.memory:
            quarter = self.memory_after(self.size // 4)
            lines.append(
                f"memory: {self.memory[0][1]:.0f} MiB before, {quarter:.0f} after a quarter, "
                f"{self.memory[-1][1]:.0f} in the end"
            )
        return "\n".join(lines)


def _percent(measured: Measured, part: slice) -> str:
    return f"{measured.share_refused(measured.calls[part]):.0%}"


def side_by_side(calls: Sequence[Call]) -> int:
    """Most calls that were under way at the same moment."""
    # The journal cuts a call's coming to the millisecond, so calls that touch would seem to overlap.
    moments = [(call.came, 1) for call in calls] + [(call.went - 0.001, -1) for call in calls]
    inside = most = 0
    for _, step in sorted(moments):
        inside += step
        most = max(most, inside)
    return most


def overload(size: int, *, seconds: float, say: Callable[[str], None] | None = None) -> Measured:
    """Save so many jobs at once in a sandbox of its own and wait until all have ended.

    Args:
        size: jobs, each for another person.
        seconds: ceiling of the wait.
        say: told a line now and then.

    Raises:
        AssertionError: not all jobs ended in time.
    """
    with tempfile.TemporaryDirectory(prefix="overload-") as folder:
        bus = Path(folder) / "servicebus.config.json"
        text = (HOME / "sandbox/servicebus.config.json").read_text(encoding="utf-8")
        bus.write_text(text.replace('"LockDuration": "PT5M"', '"LockDuration": "PT30S"'), encoding="utf-8")
        with World(home=HOME, folder=Path(folder), ports=free_ports(), values=SCALED, bus=bus) as world:
            return asyncio.run(_measured(world, size, seconds, say or (lambda _line: None)))


async def _measured(world: World, size: int, seconds: float, say: Callable[[str], None]) -> Measured:
    limit = aiohttp.ClientTimeout(total=WAIT_SECONDS)
    to = world.addresses
    async with aiohttp.ClientSession(timeout=limit) as http, Dynamics(to.dataverse) as dynamics:
        live = Live(world, http, dynamics)
        await live.reset()
        assert (await live.refresh()).status == 200
        crowd = Crowd(http, to.dataverse, to.spotler)
        people = people_of(size)
        await crowd.arrive(people)
        await live.fault("spotler", match=TRIGGER, kind="throttle", limit=SPOTLER_TAKES, retry_after="1")
        await live.fault("spotler", match=TRIGGER, kind="delay", seconds=0.05)
        await live.clear_journal("spotler")
        measured = Measured(size)
        _look(world, measured, 0)
        began = time.monotonic()
        await crowd.save(people, WELCOME)
        finished = 0
        for number, (name, limits) in enumerate(STAGES.items(), start=1):
            await crowd.limit(**limits, **LATENCY)
            await live.clear_journal("dataverse")
            # Hundreds of jobs end together, so a stage may be over before its limit strikes: it lasts until it has.
            until = size if number == len(STAGES) else size * number // (2 * len(STAGES))
            while finished < until or (finished < size and not measured.refusals.get(name)):
                assert time.monotonic() - began < seconds, f"{finished} of {size} jobs after {seconds} s"
                await asyncio.sleep(POLL_SECONDS)
                finished = size - await crowd.unfinished()
                _look(world, measured, finished)
                _count(measured, name, await live.journal("dataverse"))
            _count(measured, name, await live.journal("dataverse"))
            say(f"{finished} of {size} finished after {time.monotonic() - began:.0f} s, limit struck: {name}")
        measured.seconds = time.monotonic() - began
        await crowd.limit(**NO_LIMIT)
        await live.until(live.idle, seconds=REST_SECONDS)
        measured.rows = await crowd.rows()
        measured.runs = await live.runs()
        measured.posts = await dynamics.read("posts?$select=_regardingobjectid_value")
        measured.dead = sum(queue["deadLetter"] for queue in (await live.queues()).values())
        measured.calls = [
            Call(
                came := datetime.fromisoformat(call["time"]).timestamp(),
                came + call["seconds"],
                call["status"],
            )
            for call in await live.journal("spotler")
        ]
    return measured


def _count(measured: Measured, name: str, journal: Sequence[Mapping[str, Any]]) -> None:
    # The crowd asks for unfinished jobs only, by a filter on the state alone.
    ours = [entry for entry in journal if not entry["path"].endswith("statecode+eq+0")]
    measured.requests += len(ours)
    measured.refusals[name] = sum(entry["status"] == TOO_MANY for entry in ours)


def _look(world: World, measured: Measured, finished: int) -> None:
    if sys.platform != "linux":
        return
    told = Path(f"/proc/{world.pid('functions')}/status").read_text(encoding="ascii")
    (line,) = (line for line in told.splitlines() if line.startswith("VmRSS:"))
    measured.memory.append((finished, int(line.split()[1]) / 1024))
