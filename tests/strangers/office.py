"""Who works with the app in these tests, who listens, and what may nobody hear?"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from aiohttp import web

from sandbox.scenario.dynamics import Dynamics
from tests.strangers import ground
from tests.strangers.ground import START, STOP, Driver, Ground
from tests.strangers.listening_in import Ears, leaks
from tests.strangers.outcomes_told import CASES, PERSONAL, SUCCEEDED, Case, faults, label, person

NUMBERED = dict(enumerate(CASES, 1))

MAIL_IS_THE_ID = {"EXTERNAL_ID_COLUMN_CONTACT": "emailaddress1"}
"""With this even the id that Spotler knows a person by is personal."""

SECRETS = (*PERSONAL, ground.SPOTLER_KEY, ground.SPOTLER_SECRET, ground.BUS_KEY, ground.FUNCTION_KEY)


@dataclass(slots=True)
class Overheard:
    """Everything that could be read from outside, with where it stood.

    Attributes:
        posted: bodies of the webhook, which hold everything personal and are for the app alone.
    """

    said: list[tuple[str, str]] = field(default_factory=list)
    posted: list[bytes] = field(default_factory=list)

    def take(self, where: str, what: object) -> None:
        """Keep something."""
        self.said.append((where, what if isinstance(what, str) else json.dumps(what, ensure_ascii=False)))


@asynccontextmanager
async def webhook(driver: Driver, overheard: Overheard) -> AsyncIterator[str]:
    """An address that hands what Dataverse posts to the app's intake."""

    async def receive(request: web.Request) -> web.Response:
        body = await request.read()
        overheard.posted.append(body)
        reply = await driver.app.intake.receive(body)
        overheard.take("webhook answer", reply.body)
        return web.json_response(reply.body, status=reply.status)

    app = web.Application()
    app.router.add_post("/", receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/?code={ground.FUNCTION_KEY}"
    finally:
        await runner.cleanup()


class Worker(Protocol):
    """Where the app runs."""

    raised: list[BaseException]

    async def until[T](self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Let the app work until `look` gives something true."""
        ...


@dataclass(slots=True)
class Office:
    """The app at work, a person in Dynamics, and whoever listens."""

    services: Ground
    worker: Worker
    dynamics: Dynamics
    overheard: Overheard
    heard: Ears

    async def become(self, wanted: Mapping[str, tuple[int, str]]) -> dict[str, dict[str, Any]]:
        """Drive the app until rows say this; what is queued and said meanwhile is overheard."""
        seen: dict[str, tuple[int, str | None]] = {}

        async def said() -> dict[str, dict[str, Any]] | None:
            for message in await self.services.waiting():
                self.overheard.take("queue message", message)
            rows = {row["spotler_jobid"]: row for row in await self.dynamics.read("spotler_jobs")}
            for job in wanted:
                self.overheard.take("result message", rows[job]["spotler_resultmessage"] or "")
                seen[job] = rows[job]["statuscode"], rows[job]["spotler_resultcode"]
            return rows if seen == wanted else None

        try:
            return await self.worker.until(said)
        except AssertionError as error:
            wrong = [(seen.get(job), said) for job, said in wanted.items() if seen.get(job) != said]
            raise AssertionError(f"seen and wanted: {wrong}: {error}") from None

    async def save_unrung(self, number: int, case: Case) -> str:
        """Save a job whose webhook gets lost."""
        await self.services.control(self.services.dataverse, "POST", "webhook", {"lose": 1})
        return await self.save(number, case)

    async def save(self, number: int, case: Case, runs: str | None = None) -> str:
        """Save the job of a case."""
        alone = case.operation not in (START, STOP) or runs is not None or case.nobody
        return await self.dynamics.create_job(
            case.operation,
            person=None if alone else person(number),
            automation=None if runs is not None else label(number, case),
            fields=case.fields if case.operation == START else None,
            runs=runs,
            more={"spotler_name": f"For {person(number).name}"},
        )

    async def play(self, cases: Mapping[int, Case]) -> dict[int, str]:
        """Bring about all these cases: the jobs by the cases' numbers."""
        for fault in faults(cases):
            await self.services.fault(self.services.spotler, **fault)
        first = {
            await self.save(number, replace(case, operation=START)): number
            for number, case in cases.items()
            if case.before
        }
        rows = await self.become(dict.fromkeys(first, (SUCCEEDED, "OK")))
        runs = {number: rows[job]["spotler_automationcontactid"] for job, number in first.items()}
        jobs = {
            number: await self.save(number, case, runs[number] if case.runs else None)
            for number, case in cases.items()
        }
        await self.become({jobs[number]: (case.status, case.code) for number, case in cases.items()})
        return jobs

    def leaked(self) -> list[str]:
        """What was told that must not be."""
        raised = [
            ("exception", f"{type(error).__name__} {error} {error.args}") for error in self.worker.raised
        ]
        return leaks([*self.overheard.said, *self.heard.heard, *raised], SECRETS)
