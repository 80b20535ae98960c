"""How are thousands of jobs for thousands of people saved at once, and how are they watched?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp

from sandbox.scenario.dynamics import START
from sandbox.scenario.people import Person

API = "/api/data/v9.2/"
AT_ONCE = 1000
"""More requests are no batch to Dataverse."""

BOUNDARY = "crowd"


def people_of(size: int) -> list[Person]:
    """So many contacts; each has one job, of the same number."""
    return [Person("contacts", f"77777777-0000-4000-8000-{n:012}", f"Guest {n}") for n in range(size)]


def job_of(person: Person) -> str:
    """The id of a person's job."""
    return f"66666666{person.id[8:]}"


@dataclass(slots=True)
class Crowd:
    """Acts on the Dataverse and Spotler parts under names that share no limit with the app.

    Attributes:
        dataverse: root of the Dataverse part.
        spotler: root of the Spotler part.
    """

    http: aiohttp.ClientSession
    dataverse: str
    spotler: str
    _users: count[int] = field(default_factory=count)

    async def arrive(self, people: Sequence[Person]) -> None:
        """Make people known on both sides."""
        rows = [{"contactid": person.id, "fullname": person.name} for person in people]
        await self._control(self.dataverse, "seed", {"contacts": rows})
        known = [{"externalId": person.id} for person in people]
        await self._control(self.spotler, "seed", {"contacts": known})

    async def save(self, people: Sequence[Person], automation: str) -> None:
        """Save a job for each person that starts the automation of this label, all at once."""
        found = await self._read(f"spotler_automations?$filter=spotler_name eq '{automation}'")
        entry = found[0]["spotler_automationid"]
        for first in range(0, len(people), AT_ONCE):
            await self._batch([_job(person, entry) for person in people[first : first + AT_ONCE]])

    async def unfinished(self) -> int:
        """How many jobs have no end yet."""
        rows = await self._read("spotler_jobs?$select=spotler_jobid&$filter=statecode eq 0")
        return len(rows)

    async def rows(self) -> list[dict[str, Any]]:
        """Every job."""
        columns = "spotler_jobid,statuscode,spotler_resultcode,spotler_attempts,spotler_completedon,createdon"
        return await self._read(f"spotler_jobs?$select={columns},_spotler_customerid_value")

    async def limit(self, **limits: float) -> None:
        """Move the service protection limits and latencies of the Dataverse part."""
        await self._control(self.dataverse, "limits", limits)

    async def _control(self, root: str, what: str, body: object) -> Any:
        async with self.http.post(f"{root}/_sandbox/{what}", json=body) as answer:
            assert answer.ok, await answer.text()
            return await answer.json()

    async def _headers(self) -> dict[str, str]:
        told = await self._control(self.dataverse, "token", {"user": f"one of the crowd {next(self._users)}"})
        return {"Authorization": f"Bearer {told['access_token']}", "Accept": "application/json"}

    async def _read(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        link: str | None = self.dataverse + API + path
        while link is not None:
            async with self.http.get(link, headers=await self._headers()) as answer:
                assert answer.ok, await answer.text()
                page = await answer.json()
            rows += page["value"]
            link = page.get("@odata.nextLink")
        return rows

    async def _batch(self, bodies: Sequence[dict[str, Any]]) -> None:
        parts = "".join(
            f"--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            f"POST {API}spotler_jobs HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{json.dumps(body)}\r\n"
            for body in bodies
        )
        headers = {
            **await self._headers(),
            "Content-Type": f"multipart/mixed; boundary={BOUNDARY}",
            "OData-Version": "4.0",
        }
        data = f"{parts}--{BOUNDARY}--\r\n".encode()
        async with self.http.post(f"{self.dataverse}{API}$batch", data=data, headers=headers) as answer:
            text = await answer.text()
        made = text.count("HTTP/1.1 204")
        assert made == len(bodies), f"{made} of {len(bodies)} jobs were saved: {text[:2000]}"


def _job(person: Person, automation: str) -> dict[str, Any]:
    return {
        "spotler_jobid": job_of(person),
        "spotler_operation": START,
        person.binding: f"/{person.set_name}({person.id})",
        "spotler_AutomationId@odata.bind": f"/spotler_automations({automation})",
    }
