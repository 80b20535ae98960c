"""What can a person do and see in Dynamics 365, as far as Spotler Jobs go?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any, Self

import aiohttp

from sandbox.scenario.people import Person

START = 724000000
STOP = 724000001
REFRESH = 724000002

STATUS_NAMES = {
    1: "Queued",
    724000000: "In progress",
    724000001: "Waiting",
    2: "Cancelled",
    724000002: "Succeeded",
    724000003: "Partly succeeded",
    724000004: "Failed",
    724000005: "Outcome unknown",
}

_USER = "Mia from Marketing"

_SECONDS = 30.0
_POLL_SECONDS = 0.05


class Unreachable(Exception):  # noqa: N818 - names what is the case
    """A part of the sandbox does not answer; the text says which."""


class NotInTime(Exception):  # noqa: N818 - names what is the case
    """What was waited for did not come about; the text has what was seen last."""


class Dynamics:
    """A person's view of Dataverse: jobs, the list of automations, the Timeline.

    Used as an async context.

    Args:
        root: address of the Dataverse part, without the path of its API.
    """

    def __init__(self, root: str) -> None:
        self._root = root
        self._api = f"{root}/api/data/v9.2/"
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        limit = aiohttp.ClientTimeout(total=_SECONDS)
        self._http = aiohttp.ClientSession(timeout=limit)
        try:
            async with self._http.post(f"{self._root}/_sandbox/token", json={"user": _USER}) as answer:
                token = (await answer.json())["access_token"]
        except aiohttp.ClientError as error:
            await self._http.close()
            raise Unreachable(
                f"Dataverse at {self._root} does not answer ({type(error).__name__})."
            ) from None
        self._http.headers.update(
            {
                "Authorization": f"Bearer {token}",
                "Accept": "application/json",
                "OData-Version": "4.0",
                "OData-MaxVersion": "4.0",
            }
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._http is not None:
            await self._http.close()

    async def catalogue(self) -> dict[str, dict[str, Any]]:
        """What a job form offers to choose from, by label: published automations and active campaigns."""
        rows = await self.read("spotler_automations?$filter=statecode eq 0")
        return {row["spotler_name"]: row for row in rows}

    async def create_job(
        self,
        operation: int,
        *,
        person: Person | None = None,
        automation: str | None = None,
        fields: str | None = None,
        runs: str | None = None,
        more: Mapping[str, object] | None = None,
    ) -> str:
        """Save a Spotler Job; its id.

        Args:
            operation: `START`, `STOP` or `REFRESH`.
            person: whom.
            automation: label in the list of automations.
            fields: text of Automation Fields.
            runs: text of AutomationContactId.
            more: properties as they go over the wire, for what no form would let through.
        """
        values: dict[str, object] = {"spotler_operation": operation}
        if person is not None:
            values[person.binding] = f"/{person.set_name}({person.id})"
        if automation is not None:
            row = (await self.catalogue())[automation]
            values["spotler_AutomationId@odata.bind"] = f"/spotler_automations({row['spotler_automationid']})"
        if fields is not None:
            values["spotler_automationfields"] = fields
        if runs is not None:
            values["spotler_automationcontactid"] = runs
        values.update(more or {})
        row = await self._send("POST", "spotler_jobs", values, Prefer="return=representation")
        return str(row["spotler_jobid"])

    async def job(self, job: str) -> dict[str, Any]:
        """A job's row as it is now."""
        return await self._send("GET", f"spotler_jobs({job})")

    async def change_job(self, job: str, values: Mapping[str, object]) -> None:
        """Change a job's row, as a person does with Deactivate and Activate."""
        await self._send("PATCH", f"spotler_jobs({job})", values, **{"If-Match": "*"})

    async def change_automation(self, label: str, values: Mapping[str, object]) -> None:
        """Change a row of the list of automations, as a person does who sets its brakes."""
        row = (await self.catalogue())[label]
        path = f"spotler_automations({row['spotler_automationid']})"
        await self._send("PATCH", path, values, **{"If-Match": "*"})

    async def final(self, job: str, *, seconds: float = _SECONDS) -> dict[str, Any]:
        """A job's row once it is final.

        Raises:
            NotInTime: it is not within `seconds`.
        """
        end = time.monotonic() + seconds
        while True:
            row = await self.job(job)
            if row["statecode"] == 1:
                return row
            if time.monotonic() > end:
                status = STATUS_NAMES.get(row["statuscode"], str(row["statuscode"]))
                code, said = row["spotler_resultcode"], row["spotler_resultmessage"]
                raise NotInTime(f"After {seconds:.0f} s the job is {status}, result code {code}: {said}")
            await asyncio.sleep(_POLL_SECONDS)

    async def posts(self, person: Person) -> dict[str, str]:
        """Texts of the posts in somebody's Timeline, by the posts' ids."""
        rows = await self.read(f"posts?$select=postid,text&$filter=_regardingobjectid_value eq {person.id}")
        return {row["postid"]: row["text"] for row in rows}

    async def posts_once(self, person: Person, count: int, *, seconds: float = 10.0) -> dict[str, str]:
        """The posts in somebody's Timeline once there are at least `count`; the post follows the row.

        Raises:
            NotInTime: there are fewer after `seconds`.
        """
        end = time.monotonic() + seconds
        while len(posts := await self.posts(person)) < count:
            if time.monotonic() > end:
                raise NotInTime(f"After {seconds:.0f} s there are {len(posts)} posts, not {count}.")
            await asyncio.sleep(_POLL_SECONDS)
        return posts

    async def read(self, path: str) -> list[dict[str, Any]]:
        """The rows that a path below the API gives."""
        return list((await self._send("GET", path))["value"])

    async def _send(
        self, method: str, path: str, body: Mapping[str, object] | None = None, **headers: str
    ) -> dict[str, Any]:
        if self._http is None:
            raise RuntimeError("Use this as an async context.")
        try:
            async with self._http.request(method, self._api + path, json=body, headers=headers) as answer:
                told = await answer.json() if answer.content_length != 0 and answer.status != 204 else {}
                if not answer.ok:
                    raise Unreachable(f"Dataverse answers {answer.status} to {method} {path}: {told}")
                return dict(told)
        except aiohttp.ClientError as error:
            raise Unreachable(f"Dataverse does not answer ({type(error).__name__}).") from None
