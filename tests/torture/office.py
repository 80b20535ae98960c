"""What do people do in Dynamics 365 while everything around them breaks?"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

import aiohttp

from sandbox.scenario.dynamics import START
from sandbox.scenario.people import Person
from tests.torture.plan import Job, Wrong

API: Final = "/api/data/v9.2/"
SECONDS: Final = aiohttp.ClientTimeout(total=10)
TRIES: Final = 4
PAUSE_SECONDS: Final = 0.3
ACTIVE, INACTIVE = 0, 1
QUEUED, CANCELLED = 1, 2
ALEX: Final = Person("leads", "33333333-0000-4000-8000-000000000002", "Alex Mulder")
"""The lead beside the customer of a job that names two persons."""


class Unanswered(Exception):  # noqa: N818 - names what is the case
    """Dataverse did not do what a person asked for, or nobody can tell whether it did."""


@dataclass(slots=True)
class Office:
    """People at work; what may have happened counts as happened.

    Attributes:
        root: of the Dataverse part.
        entries: ids in the list of automations, by trigger code.
        saved: jobs whose save was confirmed.
    """

    http: aiohttp.ClientSession
    root: str
    entries: dict[str, str] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    cancelled: set[str] = field(default_factory=set)
    activated: Counter[str] = field(default_factory=Counter)
    _token: str | None = None

    async def save(self, job: Job, runs: str | None) -> None:
        """Save a job, once more where no answer came: its id is chosen here, so it is never saved twice.

        Args:
            job: as planned.
            runs: text of AutomationContactId.
        """
        values = self._values(job, runs)
        for _ in range(TRIES):
            try:
                status, _told = await self._send("POST", "spotler_jobs", values)
            except Unanswered:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            if status in (HTTPStatus.CREATED, HTTPStatus.NO_CONTENT, HTTPStatus.PRECONDITION_FAILED):
                # Refused as a duplicate: an earlier try was carried out.
                self.saved.add(job.id)
                return
            await asyncio.sleep(PAUSE_SECONDS)

    def _values(self, job: Job, runs: str | None) -> dict[str, object]:
        values: dict[str, object] = {"spotler_jobid": job.id, "spotler_operation": job.operation}
        if job.person is not None:
            values[job.person.binding] = f"/{job.person.set_name}({job.person.id})"
        if job.wrong is Wrong.TWO_PERSONS:
            values[ALEX.binding] = f"/{ALEX.set_name}({ALEX.id})"
        if job.target is not None:
            values["spotler_AutomationId@odata.bind"] = (
                f"/spotler_automations({self.entries[job.target.code]})"
            )
        if job.operation == START:
            name = "unheardof" if job.wrong is Wrong.UNKNOWN_FIELD else "marker"
            values["spotler_automationfields"] = f"{name}={job.marker}"
        if runs is not None:
            values["spotler_automationcontactid"] = runs
        return values

    async def runs_of(self, job: str) -> str | None:
        """What a person sees in AutomationContactId of a job; None where there is nothing yet."""
        try:
            status, row = await self._send("GET", f"spotler_jobs({job})")
        except Unanswered:
            return None
        return row.get("spotler_automationcontactid") if status == HTTPStatus.OK else None

    async def do(self, what: str, job: str) -> bool:
        """Cancel, activate or delete a job that is there; gives whether it may have been done."""
        try:
            status, row = await self._send("GET", f"spotler_jobs({job})")
        except Unanswered:
            return False
        state = row.get("statecode") if status == HTTPStatus.OK else None
        if state is None or state != {"cancel": ACTIVE, "activate": INACTIVE, "delete": state}[what]:
            return False
        guard = {"If-Match": str(row["@odata.etag"])}
        match what:
            case "cancel":
                self.cancelled.add(job)
                return await self._done("PATCH", job, {"statecode": INACTIVE, "statuscode": CANCELLED}, guard)
            case "activate":
                self.activated[job] += 1
                return await self._done("PATCH", job, {"statecode": ACTIVE, "statuscode": QUEUED}, guard)
            case _:
                self.deleted.add(job)
                return await self._done("DELETE", job, None, guard)

    async def _done(
        self, method: str, job: str, values: Mapping[str, object] | None, guard: Mapping[str, str]
    ) -> bool:
        try:
            status, _ = await self._send(method, f"spotler_jobs({job})", values, guard)
        except Unanswered:
            return True
        return status < HTTPStatus.BAD_REQUEST

    async def read(self, path: str) -> list[dict[str, Any]]:
        """All rows that a path below the API gives, page after page; only while nothing is broken.

        Raises:
            Unanswered: something is.
        """
        rows: list[dict[str, Any]] = []
        link: str | None = path
        while link is not None:
            status, page = await self._send("GET", link)
            if status != HTTPStatus.OK:
                raise Unanswered(f"GET {link}: {status} {page}")
            rows += page["value"]
            link = page.get("@odata.nextLink")
        return rows

    async def know(self, codes: Sequence[str]) -> None:
        """Read the list of automations; all these trigger codes must be in it."""
        rows = await self.read("spotler_automations?$filter=statecode eq 0")
        self.entries = {row["spotler_code"]: row["spotler_automationid"] for row in rows}
        missing = [code for code in codes if code not in self.entries]
        assert not missing, f"not in the list of automations: {missing}"

    async def _send(
        self,
        method: str,
        path: str,
        values: Mapping[str, object] | None = None,
        guard: Mapping[str, str] | None = None,
    ) -> tuple[int, dict[str, Any]]:
        url = path if path.startswith("http") else self.root + API + path
        try:
            for _ in range(2):
                headers = {"Authorization": f"Bearer {await self._signed_in()}", **(guard or {})}
                async with self.http.request(
                    method, url, json=values, headers=headers, timeout=SECONDS
                ) as answer:
                    if answer.status == HTTPStatus.UNAUTHORIZED:
                        self._token = None
                        continue
                    if answer.status == HTTPStatus.NO_CONTENT:
                        return answer.status, {}
                    return answer.status, dict(await answer.json(content_type=None))
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unanswered(f"{method} {path}: {type(error).__name__}") from None
        raise Unanswered(f"{method} {path}: signed in again in vain")

    async def _signed_in(self) -> str:
        if self._token is None:
            # A name of their own, so that people and the app share no service protection limit.
            body = {"user": "Office"}
            async with self.http.post(f"{self.root}/_sandbox/token", json=body, timeout=SECONDS) as answer:
                self._token = str((await answer.json())["access_token"])
        return self._token
