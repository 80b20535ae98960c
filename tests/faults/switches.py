"""How is each fault switched on at each step?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any, Final

from tests.faults.sandbox_parts import Control
from tests.faults.stage import Clock, Road
from tests.faults.terms import Fault, Step

AUTOMATION: Final = "aaaaaaaa-0000-4000-8000-000000000003"
"""Id of the automation that is stopped: Welcome."""

ASKED_SECONDS: Final = 120
"""What Retry-After asks for: longer than any wait inside a step, shorter than a lease."""


def slow_seconds(step: Step) -> float:
    """After how long the answer comes that is too slow."""
    return 0.4 if step is Step.LIST_ONE else 0.25


def cut_seconds(step: Step) -> float:
    """The client's time-out where the answer comes after `slow_seconds`."""
    # While one list is slow the other must be had in time, on a busy machine too.
    return 0.25 if step is Step.LIST_ONE else 0.08


_MATCH: Final = {
    Step.START: "POST /automation/trigger",
    Step.STOP: f"POST /automation/{AUTOMATION}/stop",
    Step.STOP_RUN: "POST /automation/stop",
    Step.LIST: "GET /",
    Step.LIST_ONE: "GET /automation/list",
    Step.READ: "GET /spotler_jobs",
    Step.CLAIM: "POST /$batch",
    Step.WRITE_BACK: "POST /$batch",
    Step.POST: "POST /$batch",
}

_PART: Final = {
    Step.CLAIM: "PATCH /spotler_jobs",
    Step.WRITE_BACK: "PATCH /spotler_jobs",
    Step.POST: "POST /posts",
}
"""A right that is missing is missing for one table; the batch around it goes through."""

_IMITATED: Final[dict[Fault, dict[str, Any]]] = {
    Fault.BRIEFLY_BUSY: {"kind": "status", "status": 429, "retry_after": "1", "times": 1},
    Fault.BUSY_SECONDS: {"kind": "status", "status": 429, "retry_after": str(ASKED_SECONDS)},
    Fault.DOWN_ASKING: {"kind": "status", "status": 503, "retry_after": str(ASKED_SECONDS)},
    Fault.DOWN: {"kind": "status", "status": 503},
    Fault.ERROR: {"kind": "status", "status": 500},
    Fault.CUT_BEFORE: {"kind": "drop_before"},
    Fault.CUT_AFTER: {"kind": "drop_after"},
    Fault.HALF: {"kind": "half_body"},
    Fault.HTML: {"kind": "html"},
    Fault.UNAUTHORISED: {"kind": "status", "status": 401},
    Fault.FORBIDDEN: {"kind": "status", "status": 403},
    Fault.WRONG_PATH: {"kind": "status", "status": 404, "body": {"detail": "There is nothing here."}},
}


class Switch:
    """One fault at one step, in the part that the step speaks to.

    Attributes:
        struck: how many requests it has struck; known when it has ended.
    """

    def __init__(self, step: Step, fault: Fault, part: Control, road: Road, clock: Clock) -> None:
        self.struck = 0
        self._step = step
        self._fault = fault
        self._part = part
        self._road = road
        self._clock = clock
        self._over = False
        self._refused_before = road.refused
        road.open_it()

    @asynccontextmanager
    async def during(self, step: Step) -> AsyncIterator[None]:
        """Around everything the app does at `step`: the fault strikes where the step is its own."""
        if self._over or step is not self._step:
            yield
            return
        await self._on()
        try:
            yield
        finally:
            await self._off()

    async def end(self) -> None:
        """The fault is gone; requests that it held up have run to their end."""
        self._over = True
        self._road.open_it()
        journal = await self._part.at_rest()
        self.struck = (
            self._road.refused - self._refused_before + sum(1 for entry in journal if self._is_struck(entry))
        )

    async def _on(self) -> None:
        if self._fault is Fault.ABSENT:
            # A part that is not there is there for nobody: not for the step alone, until the end.
            self._road.close_it()
        elif self._fault is Fault.TOKEN_EXPIRED:
            await self._part.ask("DELETE", "journal")
            await self._part.ask("POST", "token/expire", {})
        else:
            await self._part.ask("POST", "faults", self._imitated())

    async def _off(self) -> None:
        if self._fault not in (Fault.ABSENT, Fault.TOKEN_EXPIRED):
            await self._part.ask("DELETE", "faults")

    def _imitated(self) -> dict[str, Any]:
        match = _MATCH[self._step]
        if self._fault is Fault.FORBIDDEN:
            match = _PART.get(self._step, match)
        if self._fault is Fault.BUSY_DATE:
            # Signatures bind Spotler's client to the true time; Dataverse's follows the story's.
            now = self._clock.now() if self._step.at_dataverse else datetime.now(UTC)
            asked = format_datetime(now + timedelta(seconds=ASKED_SECONDS), usegmt=True)
            return {"match": match, "kind": "status", "status": 429, "retry_after": asked}
        if self._fault is Fault.SLOW:
            return {"match": match, "kind": "delay", "seconds": slow_seconds(self._step)}
        return {"match": match, **_IMITATED[self._fault]}

    def _is_struck(self, entry: Mapping[str, Any]) -> bool:
        if self._fault is Fault.TOKEN_EXPIRED:
            return bool(entry["status"] == HTTPStatus.UNAUTHORIZED)
        parts = any(part["status"] == HTTPStatus.FORBIDDEN for part in entry["children"])
        return parts or entry["fault"] is not None
