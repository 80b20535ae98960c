"""How does each trouble begin and end, and how often did it strike?"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from tests.torture.office import Office
from tests.torture.plan import IN_TWO_SECONDS, Plan, Trouble
from tests.torture.stage import Stage

DOWN_SECONDS = 1.0
"""A part that was killed is down for so long at most, and for as long as it takes to start."""

FROZEN_SECONDS = 1.2
"""Shorter than what the protocol settles in (2.4 s here): a process frozen for longer is beyond every client."""

NO_LIMITS = {"requests": 6000, "window": 300, "concurrency": 52, "seconds": 1200}
TIGHT = {"requests": 4, "window": 2, "concurrency": 1, "seconds": 1200}


@dataclass(slots=True)
class Troubles:
    """Makes trouble on a stage.

    Attributes:
        struck: how often each trouble struck: requests hit, parts killed, things done.
    """

    stage: Stage
    office: Office
    plan: Plan
    struck: Counter[str] = field(default_factory=Counter)
    _on: dict[str, tuple[str, str]] = field(default_factory=dict)
    _parts: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def make(self, trouble: Trouble) -> None:
        """From its beginning to its end."""
        await asyncio.sleep(trouble.at)
        act: Callable[[Trouble], Awaitable[None]] = getattr(self, f"_{trouble.how['act']}")
        await act(trouble)

    async def end(self) -> None:
        """Nothing is broken any more."""
        for part in ("spotler", "dataverse"):
            await self._count(part)
            await self.stage.gates[part].open()
        for part in ("spotler", "dataverse", "servicebus"):
            await self.stage.control("DELETE", part, "faults")
        await self.stage.control("POST", "dataverse", "limits", NO_LIMITS)
        await self.stage.control("POST", "dataverse", "webhook", {"lose": 0, "duplicate": 0, "delay": 0})

    async def _kill(self, trouble: Trouble) -> None:
        part = trouble.how["part"]
        async with self._parts[part]:
            await self.stage.live.kill(part)
            self.struck[trouble.name] += 1
            await asyncio.sleep(min(trouble.seconds, DOWN_SECONDS))
            await self.stage.live.restart(part)

    async def _double(self, trouble: Trouble) -> None:
        """A second host works on the same queues for a while, and is killed."""
        async with self._parts["second"]:
            host = self.stage.another_host()
            try:
                await asyncio.to_thread(host.spawn)
                await asyncio.to_thread(host.await_ready)
                self.struck[trouble.name] += 1
                await asyncio.sleep(trouble.seconds)
            finally:
                await asyncio.to_thread(host.kill)

    async def _freeze(self, trouble: Trouble) -> None:
        part = trouble.how["part"]
        if sys.platform == "win32":
            # Windows stops no process from outside; the slow answers stand for it there.
            return
        async with self._parts[part]:
            pid = self.stage.world.pid(part)
            if pid is None:
                return
            os.killpg(pid, signal.SIGSTOP)
            self.struck[trouble.name] += 1
            await asyncio.sleep(min(trouble.seconds, FROZEN_SECONDS))
            os.killpg(pid, signal.SIGCONT)

    async def _cut(self, trouble: Trouble) -> None:
        self.stage.gates[trouble.how["part"]].cut()
        self.struck[trouble.name] += 1

    async def _limits(self, trouble: Trouble) -> None:
        await self.stage.control("POST", "dataverse", "limits", TIGHT)
        await asyncio.sleep(trouble.seconds)
        await self.stage.control("POST", "dataverse", "limits", NO_LIMITS)
        self.struck[trouble.name] += 1

    async def _expire(self, trouble: Trouble) -> None:
        await self.stage.control("POST", "dataverse", "token/expire", {})
        self.struck[trouble.name] += 1

    async def _away(self, trouble: Trouble) -> None:
        part = trouble.how["part"]
        async with self._parts[f"gate of {part}"]:
            await self.stage.gates[part].close()
            self.struck[trouble.name] += 1
            await asyncio.sleep(trouble.seconds)
            await self.stage.gates[part].open()

    async def _fault(self, trouble: Trouble) -> None:
        part = trouble.how["part"]
        if part == "servicebus":
            await self._bus_fault(trouble)
            return
        body = {name: value for name, value in trouble.how.items() if name not in ("act", "part")}
        if body.get("retry_after") == IN_TWO_SECONDS:
            body["retry_after"] = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
        told = await self.stage.control("POST", part, "faults", body)
        self._on[told["id"]] = (part, trouble.name)
        await asyncio.sleep(trouble.seconds)
        await self._count(part, only=told["id"])
        await self.stage.control("DELETE", part, f"faults?id={told['id']}")

    async def _count(self, part: str, only: str | None = None) -> None:
        for fault in await self.stage.control("GET", part, "faults"):
            known = self._on.get(fault["id"])
            if known is not None and known[0] == part and only in (None, fault["id"]):
                self.struck[known[1]] += fault["hits"]

    async def _bus_fault(self, trouble: Trouble) -> None:
        body: dict[str, Any] = {"kind": trouble.how["kind"]}
        if "count" in trouble.how:
            body["times"] = trouble.how["count"]
        if "slow" in trouble.how:
            body["seconds"] = trouble.how["slow"]
        async with self._parts["servicebus"]:
            # Between a kill and the restart nobody would hear it.
            await self.stage.control("POST", "servicebus", "faults", body)
        self.struck[trouble.name] += 1

    async def _webhook(self, trouble: Trouble) -> None:
        switch, count = trouble.how["switch"], trouble.how["count"]
        await self.stage.control("POST", "dataverse", "webhook", {switch: count})
        await asyncio.sleep(trouble.seconds)
        left = (await self.stage.control("GET", "dataverse", "webhook"))[switch]
        await self.stage.control("POST", "dataverse", "webhook", {switch: 0})
        self.struck[trouble.name] += 1 if switch == "delay" else count - left

    async def _person(self, trouble: Trouble) -> None:
        for number in trouble.how["jobs"]:
            if await self.office.do(trouble.how["does"], self.plan.jobs[number].id):
                self.struck[trouble.name] += 1
