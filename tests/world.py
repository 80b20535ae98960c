"""How do end-to-end tests look at the sandbox and act on it?"""

from __future__ import annotations

import asyncio
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from sandbox.scenario.dynamics import REFRESH, START, STOP, Dynamics
from sandbox.scenario.people import Person
from sandbox.scenario.spotler import Marketer
from sandbox.world import FUNCTION_KEY, World
from sandbox.world.parts import ORDER

HOME = Path(__file__).resolve().parents[1]

SETTINGS = {
    "CONTACT_GRACE": "PT2S",
    # Often enough never to run by itself during a test run: tests call the timers' functions themselves.
    "CATALOGUE_SYNC_SCHEDULE": "0 0 0 1 1 *",
    "RECONCILE_SCHEDULE": "0 0 0 1 1 *",
}

WAIT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What the Functions part answered."""

    status: int
    text: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.text)


class Live:
    """A running sandbox, put back to its seed data.

    Attributes:
        processes: the parts, to be killed and started again.
        dynamics: what a person does in Dynamics 365.
    """

    def __init__(self, processes: World, http: aiohttp.ClientSession, dynamics: Dynamics) -> None:
        self.processes = processes
        self.dynamics = dynamics
        self._http = http
        self._to = processes.addresses
        self._marketer = Marketer(self._to.spotler, http)

    # --- jobs -----------------------------------------------------------------------------------------------

    async def start(self, person: Person, automation: str, fields: str | None = None) -> dict[str, Any]:
        """Start an automation or campaign and wait: the final row."""
        job = await self.dynamics.create_job(START, person=person, automation=automation, fields=fields)
        return await self.dynamics.final(job)

    async def start_all(self, *asked: tuple[Person, str]) -> list[dict[str, Any]]:
        """Start automations for people, all at once: the final rows; the jobs are saved in their order."""
        create = self.dynamics.create_job
        jobs = [await create(START, person=person, automation=automation) for person, automation in asked]
        return list(await asyncio.gather(*(self.dynamics.final(job) for job in jobs)))

    async def stop(self, person: Person, automation: str) -> dict[str, Any]:
        """Stop an automation or campaign for a person and wait: the final row."""
        job = await self.dynamics.create_job(STOP, person=person, automation=automation)
        return await self.dynamics.final(job)

    async def stop_runs(self, runs: str) -> dict[str, Any]:
        """Stop runs by a text of AutomationContactIds and wait: the final row."""
        return await self.dynamics.final(await self.dynamics.create_job(STOP, runs=runs))

    async def refresh_by_job(self) -> dict[str, Any]:
        """Refresh the list of automations by a job and wait: the final row."""
        return await self.dynamics.final(await self.dynamics.create_job(REFRESH))

    # --- Spotler --------------------------------------------------------------------------------------------

    async def runs(self, person: Person | None = None) -> list[dict[str, Any]]:
        """Runs at Spotler, all or those of a person, in the order they began."""
        runs = await self._marketer.runs()
        return [run for run in runs if person is None or run["externalContactId"] == person.id]

    async def states(self) -> dict[str, str]:
        """State of every run by its id."""
        return {str(run["runId"]): run["state"] for run in await self.runs()}

    async def mails(self) -> list[dict[str, Any]]:
        """Mails that Spotler would send."""
        return await self._marketer.mails()

    # --- the app over HTTP ----------------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        path: str,
        *,
        key: str | None = FUNCTION_KEY,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Call the Functions part; without a `key` none is sent."""
        sent = {**({"x-functions-key": key} if key is not None else {}), **(headers or {})}
        url = self._to.functions + path
        body = io.BytesIO(data) if data is not None else None
        async with self._http.request(method, url, data=body, headers=sent) as answer:
            return Answer(answer.status, await answer.text(), dict(answer.headers))

    async def refresh(self, *, force: bool = False) -> Answer:
        """Refresh the list of automations over HTTP."""
        return await self.call("POST", "/api/catalogue/refresh" + ("?force=true" if force else ""))

    async def run_timer(self, function: str) -> None:
        """Run a timer's function now; returns when the host has accepted, not when it is over."""
        answer = await self.call(
            "POST", f"/admin/functions/{function}", data=b"{}", headers={"Content-Type": "application/json"}
        )
        assert answer.status == 202, answer

    # --- control of the parts -------------------------------------------------------------------------------

    async def seed(self, part: str, rows: Mapping[str, Any]) -> None:
        """Add rows to spotler or dataverse; what has the id of something that is there replaces it."""
        await self._control("POST", part, "seed", rows)

    async def fault(self, part: str, **fault: Any) -> None:
        """Switch on a fault in spotler, dataverse or servicebus."""
        await self._control("POST", part, "faults", fault)

    async def clear_faults(self, part: str) -> None:
        """Switch off all faults of a part."""
        await self._control("DELETE", part, "faults")

    async def webhooks(self) -> list[dict[str, Any]]:
        """What became of each webhook, oldest first."""
        return list((await self._control("GET", "dataverse", "webhook"))["deliveries"])

    async def journal(self, part: str) -> list[dict[str, Any]]:
        """Every request that spotler or dataverse got, oldest first."""
        return list(await self._control("GET", part, "journal"))

    async def clear_journal(self, part: str) -> None:
        """Forget the requests a part got."""
        await self._control("DELETE", part, "journal")

    async def queues(self) -> dict[str, dict[str, Any]]:
        """Counts of each queue: active, scheduled, locked, deadLetter."""
        return {queue["name"]: queue for queue in await self._control("GET", "servicebus", "queues")}

    async def kill(self, part: str) -> None:
        """End a part without its knowing."""
        await asyncio.to_thread(self.processes.kill, part)

    async def restart(self, part: str) -> None:
        """Start a part that was killed; returns when it is ready."""
        await asyncio.to_thread(self.processes.start, part)

    async def reset(self) -> None:
        """Back to the seed data, with an empty list of automations and empty queues, all parts up."""
        for part in ORDER:
            if not self.processes.running(part):
                await self.restart(part)
        for part in ("servicebus", "dataverse", "spotler"):
            await self.clear_faults(part)
        try:
            # What an earlier job still writes would appear in the fresh state.
            await self.until(self.idle, seconds=5)
        except AssertionError:
            await self.kill("functions")
            await self.restart("functions")
        for part in ("servicebus", "dataverse", "spotler"):
            await self._control("POST", part, "reset")

    async def idle(self) -> bool:
        """Whether the app has nothing in its hands and nothing waits for it."""
        return all(queue["active"] + queue["locked"] == 0 for queue in (await self.queues()).values())

    async def until[T](self, look: Callable[[], Awaitable[T | None]], *, seconds: float = WAIT_SECONDS) -> T:
        """What `look` gives once it gives something true; fails after `seconds`."""
        end = time.monotonic() + seconds
        while not (seen := await look()):
            assert time.monotonic() < end, f"not within {seconds} s; seen last: {seen!r}"
            await asyncio.sleep(0.05)
        return seen

    async def _control(self, method: str, part: str, what: str, body: object = None) -> Any:
        roots = {"spotler": self._to.spotler, "dataverse": self._to.dataverse, "servicebus": self._to.control}
        url = f"{roots[part]}/_sandbox/{what}"
        async with self._http.request(method, url, json=body) as answer:
            text = await answer.text()
            assert answer.ok, f"{method} {url}: {answer.status} {text}"
            return json.loads(text) if text else None


@asynccontextmanager
async def refreshed(processes: World) -> AsyncIterator[Live]:
    """A sandbox that runs already, put back to its seed data, with a list of automations that is up to date."""
    limit = aiohttp.ClientTimeout(total=WAIT_SECONDS)
    async with (
        aiohttp.ClientSession(timeout=limit) as http,
        Dynamics(processes.addresses.dataverse) as dynamics,
    ):
        live = Live(processes, http, dynamics)
        await live.reset()
        answer = await live.refresh()
        assert answer.status == 200, answer
        yield live
