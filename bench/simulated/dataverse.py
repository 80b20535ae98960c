"""What does Dataverse answer to what the app and the baseline ask, how late, and when does it refuse?

Jobs, posts and one entry of the catalogue. Anything else that is asked is an error here, not an answer.
The form of a batch and the service protection limits are the sandbox's own.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

import httpx

from bench.simulated.loop import BEGAN
from bench.terms import DATAVERSE_SECONDS, PART_SECONDS
from sandbox.dataverse import batch
from sandbox.dataverse.exchange import Answer, Request
from sandbox.dataverse.protection import Limits, Protection, Throttled, Ticket

ROOT: Final = "https://dataverse.example/"
_BASE: Final = "/api/data/v9.2/"
_ROW: Final = re.compile(r"spotler_jobs\(([0-9a-f-]{36})\)")
_LIST: Final = re.compile(r"PropertyName='(\w+)',PropertyValues=\[([^\]]*)\]")
_ENTRY: Final = "spotler_AutomationId"
_LOOKUP: Final = "@Microsoft.Dynamics.CRM.lookuplogicalname"


class NotSimulated(Exception):  # noqa: N818 - names what is the case
    """Something was asked that is not imitated here."""


@dataclass(slots=True)
class Job:
    """One row."""

    values: dict[str, Any]
    version: int = 1


@dataclass(slots=True)
class SimulatedDataverse(httpx.AsyncBaseTransport):
    """Rows, with latency and limits.

    Attributes:
        finished: told the id of each job as it comes to its end.
        posts: how many there are in Timelines.
        requests: how many were let in.
        throttled: how many were answered 429.
    """

    finished: Callable[[str], None]
    limits: Limits = field(default_factory=Limits)
    jobs: dict[str, Job] = field(default_factory=dict)
    of_person: dict[str, list[str]] = field(default_factory=dict)
    posts: int = 0
    requests: int = 0
    throttled: int = 0
    _protection: Protection | None = None

    def save(self, number: int) -> str:
        """A person saves a job for another contact; its id."""
        job, person = f"66666666-0000-4000-8000-{number:012}", f"77777777-0000-4000-8000-{number:012}"
        self.jobs[job] = Job(
            {
                "spotler_jobid": job,
                "statecode": 0,
                "statuscode": 1,
                "spotler_operation": 724000000,
                "_spotler_customerid_value": person,
                "_spotler_customerid_value" + _LOOKUP: "contact",
                "_spotler_automationid_value": "88888888-0000-4000-8000-000000000003",
                "createdon": f"{BEGAN.date()}T09:00:00Z",
                "spotler_sequence": f"SJ-{number:06}",
            }
        )
        self.of_person.setdefault(person, []).append(job)
        return job

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request over the wire: 429 above the limits, else an answer after the latency."""
        loop = asyncio.get_running_loop()
        if self._protection is None:
            self._protection = Protection(self.limits, loop.time)
        body = await request.aread()
        path, _, query = request.url.raw_path.decode("ascii").partition("?")
        inner = Request(
            request.method,
            path.removeprefix(_BASE),
            query,
            {name.lower(): value for name, value in request.headers.items()},
            body,
            ROOT.rstrip("/") + _BASE,
        )
        try:
            with self._protection.admitted("app") as ticket:
                self.requests += 1
                answer = await self._answer(inner, ticket)
        except Throttled as throttled:
            self.throttled += 1
            error = {"error": {"code": throttled.code, "message": throttled.message}}
            return httpx.Response(429, headers={"Retry-After": str(throttled.retry_after)}, json=error)
        return httpx.Response(answer.status, headers=list(answer.headers), content=answer.body)

    async def _answer(self, request: Request, ticket: Ticket) -> Answer:
        await _take(ticket, DATAVERSE_SECONDS)
        if request.path != "$batch":
            return self.execute(request)
        answers: list[batch.ItemAnswer] = []
        for item in batch.parsed(request.headers["content-type"], request.body, request.root):
            if isinstance(item, batch.ChangeSet):
                raise NotSimulated("changesets")
            await _take(ticket, PART_SECONDS)
            answers.append(self.execute(item))
        return batch.rendered(answers, 200)

    def execute(self, request: Request) -> Answer:
        """One request without HTTP, latency or limits.

        Raises:
            NotSimulated: it is none of those that are imitated.
        """
        row = _ROW.fullmatch(request.path)
        match request.method:
            case "GET" if row is not None:
                return self._told(row[1])
            case "PATCH" if row is not None:
                return self._changed(row[1], request)
            case "GET" if request.path == "spotler_jobs":
                return self._listed(unquote(request.query))
            case "POST" if request.path == "posts":
                self.posts += 1
                place = f"{request.root}posts(99999999-0000-4000-8000-{self.posts:012})"
                return Answer(204, (("OData-EntityId", place),))
        raise NotSimulated(f"{request.method} {request.path}")

    def _told(self, job: str) -> Answer:
        found = self.jobs.get(job)
        return _json(200, _row(found)) if found is not None else _json(404, _error("0x80040217"))

    def _changed(self, job: str, request: Request) -> Answer:
        found = self.jobs.get(job)
        if found is None:
            return _json(404, _error("0x80040217"))
        if request.headers.get("if-match") not in {"*", _etag(found)}:
            return _json(412, _error("0x80060882"))
        was = found.values["statecode"]
        found.values.update(json.loads(request.body))
        found.version += 1
        if was == 0 and found.values["statecode"] == 1:
            self.finished(job)
        if "return=representation" in request.headers.get("prefer", ""):
            return _json(200, {"@odata.etag": _etag(found), "spotler_jobid": job})
        return Answer(204)

    def _listed(self, query: str) -> Answer:
        lists = {
            column: [value.strip("'") for value in values.split(",")]
            for column, values in _LIST.findall(query)
        }
        match lists:
            case {"spotler_jobid": wanted}:
                rows = [self.jobs[job] for job in wanted if job in self.jobs]
            case {"spotler_customerid": persons}:
                theirs = [self.jobs[job] for person in persons for job in self.of_person.get(person, ())]
                rows = [
                    job
                    for job in theirs
                    if job.values["statecode"] == 0 or job.values.get("spotler_claimedon")
                ]
            case _:
                raise NotSimulated(query)
        return _json(200, {"value": [_row(job) for job in rows]})


async def _take(ticket: Ticket, seconds: float) -> None:
    ticket.seconds += seconds
    await asyncio.sleep(seconds)


def _etag(job: Job) -> str:
    return f'W/"{job.version}"'


def _row(job: Job) -> dict[str, Any]:
    empty = dict.fromkeys(_COLUMNS)
    return {"@odata.etag": _etag(job), **empty, **job.values, _ENTRY: _CATALOGUE}


def _json(status: int, told: Mapping[str, Any]) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(told).encode())


def _error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": "refused"}}


_COLUMNS: Final = (
    "spotler_name",
    "spotler_attempts",
    "spotler_claimedon",
    "spotler_claimtoken",
    "spotler_queuedon",
    "spotler_retryon",
    "spotler_completedon",
    "spotler_resultcode",
    "spotler_automationcontactid",
    "spotler_automationfields",
    "_spotler_leadid_value",
)
_CATALOGUE: Final = {
    "spotler_name": "🚀 Welcome",
    "spotler_kind": 724000000,
    "spotler_code": "bbbbbbbb-0000-4000-8000-000000000003",
    "spotler_externalid": "aaaaaaaa-0000-4000-8000-000000000003",
    "spotler_fieldtemplate": None,
}
