"""How does a test reach a part of the sandbox: its faults, its state, and what is to be seen there?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]
SECONDS = 20.0


class Control:
    """The side of a part that is not the service's."""

    def __init__(self, http: aiohttp.ClientSession, root: str) -> None:
        self.root = root
        self._http = http

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """Send one control request; its answer."""
        async with self._http.request(method, f"{self.root}/_sandbox/{path}", json=body) as answer:
            assert answer.ok, f"{method} {path}: {answer.status} {await answer.text()}"
            return await answer.json()

    async def fresh(self, seed: Mapping[str, object] | None = None) -> None:
        """Back to the first rows, plus these."""
        await self.ask("POST", "reset", {})
        if seed is not None:
            await self.ask("POST", "seed", seed)

    async def at_rest(self) -> list[dict[str, Any]]:
        """Every request, once each has run to its end, also those that nobody waits for any more."""
        end = time.monotonic() + SECONDS
        while True:
            journal: list[dict[str, Any]] = await self.ask("GET", "journal")
            if all(entry["seconds"] is not None for entry in journal):
                return journal
            assert time.monotonic() < end, "requests still run"
            await asyncio.sleep(0.02)


class People:
    """What people do and see in Dynamics 365."""

    def __init__(self, http: aiohttp.ClientSession, control: Control) -> None:
        self._http = http
        self._control = control
        self._token = "none"

    async def save(self, values: Mapping[str, object]) -> str:
        """Save a Spotler Job; its id."""
        row = await self._ask("POST", "spotler_jobs", values)
        return str(row["spotler_jobid"])

    async def activate(self, job: str) -> None:
        """Choose Activate on a job."""
        await self._ask("PATCH", f"spotler_jobs({job})", {"statecode": 0, "statuscode": 1})

    async def job(self, job: str) -> dict[str, Any]:
        """A job as it is now."""
        return await self._ask("GET", f"spotler_jobs({job})")

    async def count(self, path: str) -> int:
        """How many rows a path below the Web API gives."""
        return len((await self._ask("GET", path))["value"])

    async def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        status, told = await self._send(method, path, body)
        if status == HTTPStatus.UNAUTHORIZED:
            # The first of all, or a fault has made every token invalid.
            self._token = (await self._control.ask("POST", "token", {"user": "Someone"}))["access_token"]
            status, told = await self._send(method, path, body)
        assert status < HTTPStatus.BAD_REQUEST, f"{method} {path}: {status} {told}"
        return told

    async def _send(self, method: str, path: str, body: object) -> tuple[int, dict[str, Any]]:
        url = f"{self._control.root}/api/data/v9.2/{path}"
        headers = {"Authorization": f"Bearer {self._token}", "Prefer": "return=representation"}
        async with self._http.request(method, url, json=body, headers=headers) as answer:
            # A refused token is told in HTML.
            return answer.status, dict(await answer.json()) if answer.ok else {}
