"""Does a job with the worst in its columns that can be written there end, and let its neighbours work?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from jobs.doorbells import Doorbell, doorbell_message
from jobs.listening import Delivered, hear_doorbells
from sandbox.scenario.dynamics import Dynamics
from tests.strangers.ground import START, STOP, Driver, Ground, driven
from tests.strangers.listening_in import Ears, ears

pytestmark = pytest.mark.asyncio(loop_scope="module")

IN_PROGRESS, WAITING, SUCCEEDED = 724000000, 724000001, 724000002
WELCOME_CODE, WELCOME_ID = "bbbbbbbb-0000-4000-8000-000000000003", "aaaaaaaa-0000-4000-8000-000000000003"
GOOD = "66666666-0000-4000-8000-000000000001"
EARLIEST, FUTURE, LATEST = "1753-01-01T00:00:00Z", "2999-06-01T12:00:00Z", "9999-12-31T23:59:59Z"
MOMENTS = (EARLIEST, FUTURE, LATEST)
BIDI, TALL = "\u202e\u2066abc\u2069", "Z\u0351\u0343\u036b" * 40

TEXTS = (
    "{label} {0} %s %(x)s",
    "'; DROP TABLE--",
    "<script>alert(1)</script>",
    BIDI,
    TALL,
    "\ufeff\u200b",
    "💥" * 90,
)
"""Fit into every column of 200 characters, as UTF-16 too."""

FIELDS = (
    "=" * 50_000,
    "{" * 50_000,
    "a=b\n" * 10_000,
    '"' * 50_000,
    "\u2028\u2029\x85\t",
    "spotler={0}{label}%s",
    "a={" + "x," * 20_000,
    "=;=;=" * 9_000,
    BIDI,
)

RUNS = ("..", "x" * 4000, ", ; ,", ",".join(map(str, range(51))), "💥", "../../trigger", "{0}%s", "a b\tc")

CODES = (".", "..", "../../campaign/list", "a/b?c=d#e", "%2e%2e", BIDI, "💥", "x" * 200, "{code}")
EXTERNAL_IDS = (",", ",,,", "..", "a,..,b", "../stop?x=", BIDI, "x" * 200)


def rows_of_jobs() -> Iterable[tuple[str, dict[str, Any]]]:
    """What can stand on a job."""
    for text in (*TEXTS, "n" * 200):
        yield f"name {text[:9]!r}", {"spotler_name": text}
        yield f"code {text[:9]!r}", {"spotler_resultcode": text[:50], "spotler_claimtoken": text[:50]}
    for text in FIELDS:
        yield f"fields {text[:9]!r}", {"spotler_automationfields": text}
    for text in RUNS:
        yield f"runs {text[:9]!r}", {"spotler_automationcontactid": text, "spotler_operation": STOP}
    for attempts in (2**31 - 1, 2**31 - 2, 10):
        yield f"attempts {attempts}", {"spotler_attempts": attempts}
        for status in (IN_PROGRESS, WAITING):
            yield f"attempts {attempts} at {status}", {"spotler_attempts": attempts, "statuscode": status}
            yield (
                f"attempts {attempts} at {status}, stop",
                {"spotler_attempts": attempts, "statuscode": status, "spotler_operation": STOP},
            )
    for moment in MOMENTS:
        for column in ("claimedon", "queuedon", "retryon", "completedon"):
            for status in (1, IN_PROGRESS, WAITING):
                yield f"{column} {moment} at {status}", {f"spotler_{column}": moment, "statuscode": status}
    yield "no operation", {"spotler_operation": None}
    yield "succeeded before", {"spotler_resultcode": "OK"}
    yield "in progress, never claimed", {"statuscode": IN_PROGRESS}
    yield "in progress, never claimed, stop", {"statuscode": IN_PROGRESS, "spotler_operation": STOP}


def rows_of_the_list() -> Iterable[tuple[str, dict[str, Any]]]:
    """What can stand on the row of the list of automations that a job points at."""
    good: dict[str, Any] = {
        "spotler_name": "🚀 Welcome",
        "spotler_code": WELCOME_CODE,
        "spotler_externalid": WELCOME_ID,
    }
    good |= {"spotler_kind": 724000000, "spotler_fieldtemplate": None}
    for kind in (724000000, 724000001):
        for code in CODES:
            yield f"{kind} code {code[:9]!r}", {**good, "spotler_kind": kind, "spotler_code": code}
        for external in EXTERNAL_IDS:
            yield (
                f"{kind} external {external[:9]!r}",
                {**good, "spotler_kind": kind, "spotler_externalid": external},
            )
    for text in (*TEXTS, "l" * 200, None):
        yield f"label {str(text)[:9]!r}", {**good, "spotler_name": text}
    for text in ("=", "{" * 9000, "a=STRING;a=STRING", "x", BIDI, "a={<PRODUCTLIST>" * 900):
        yield f"template {text[:9]!r}", {**good, "spotler_fieldtemplate": text}
    yield "no kind", {**good, "spotler_kind": None}
    yield "no code", {**good, "spotler_code": None}
    yield "no external id", {**good, "spotler_externalid": None}


class Poisoned:
    """Rows being made: every job has a person of its own."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.contacts: list[dict[str, Any]] = []
        self.entries: list[dict[str, Any]] = []
        self.jobs: list[dict[str, Any]] = []

    def add(self, name: str, columns: Mapping[str, Any], entry: Mapping[str, Any] | None = None) -> str:
        """A job, and its row in the list of automations where it has one of its own."""
        number = len(self.names)
        job, person = f"77777777-0000-4000-8000-{number:012}", f"88888888-0000-4000-8000-{number:012}"
        automation = GOOD
        if entry is not None:
            automation = f"66666666-0000-4000-8000-1{number:011}"
            key = {"id": automation, "spotler_key": f"poison{number}"}
            self.entries.append({**entry, **key})
        self.names[job] = name
        self.contacts.append({"id": person, "lastname": "Somebody"})
        bound = {
            "spotler_CustomerId_contact@odata.bind": f"/contacts({person})",
            "spotler_AutomationId@odata.bind": f"/spotler_automations({automation})",
        }
        self.jobs.append({"id": job, "spotler_operation": START, **bound, **columns})
        return job

    def seed(self) -> dict[str, list[dict[str, Any]]]:
        """For Dataverse."""
        entry = dict(
            next(iter(rows_of_the_list()))[1], id=GOOD, spotler_key="good", spotler_code=WELCOME_CODE
        )
        return {
            "contacts": self.contacts,
            "spotler_automations": [entry, *self.entries],
            "spotler_jobs": self.jobs,
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def driver(services: Ground) -> AsyncIterator[Driver]:
    """The app in this process."""
    await services.reset()
    async with driven(services) as one:
        yield one


def events(heard: Ears) -> Counter[str]:
    """Names of the app's events and how often each happened."""
    return Counter(text.split()[0] for where, text in heard.heard[::3] if where.startswith("spotler_jobs "))


async def carried_out(services: Ground, driver: Driver, poisoned: Poisoned) -> dict[str, dict[str, Any]]:
    """All rows, once every job is final; they are handed over in batches as large as the host makes them."""
    await services.control(services.dataverse, "POST", "seed", poisoned.seed())
    known = [{"externalId": one["id"]} for one in poisoned.contacts]
    await services.control(services.spotler, "POST", "seed", {"contacts": known})
    jobs = list(poisoned.names)
    async with Dynamics(services.dataverse) as dynamics:

        async def final() -> dict[str, dict[str, Any]] | None:
            rows = {row["spotler_jobid"]: row for row in await dynamics.read("spotler_jobs")}
            unfinished = {
                poisoned.names[job]: rows[job]["statuscode"] for job in jobs if rows[job]["statecode"] == 0
            }
            seen.update(unfinished=unfinished)
            return None if unfinished else rows

        seen: dict[str, Any] = {}
        for start in range(0, len(jobs), 64):
            batch = [
                Delivered(doorbell_message(Doorbell(UUID(job))).encode(), 1)
                for job in jobs[start : start + 64]
            ]
            await hear_doorbells(batch, driver.app.processor, driver.app.events)
        try:
            return await driver.until(final, seconds=8)
        except AssertionError as error:
            raise AssertionError(f"{json.dumps(seen, indent=1)}: {error}") from None


async def test_every_poisoned_job_ends_and_its_neighbours_succeed(services: Ground, driver: Driver) -> None:
    """Between any two poisoned jobs stands a good one; every job ends, every good one with one run."""
    poisoned, good = Poisoned(), []
    for name, columns in rows_of_jobs():
        poisoned.add(name, columns)
        good.append(poisoned.add("good", {}))
    for name, entry in rows_of_the_list():
        poisoned.add(name, {}, entry)
        poisoned.add(f"stop {name}", {"spotler_operation": STOP}, entry)
        good.append(poisoned.add("good", {}))
    with ears() as heard:
        rows = await carried_out(services, driver, poisoned)
    assert driver.raised == []
    assert {job: rows[job]["spotler_resultcode"] for job in good} == dict.fromkeys(good, "OK")
    people = {rows[job]["_spotler_customerid_value"] for job in good}
    runs = Counter(
        run["externalContactId"] for run in await services.control(services.spotler, "GET", "runs")
    )
    assert {runs[person] for person in people} == {1}
    assert max(runs.values()) == 1
    told = events(heard)
    assert not [
        name for name in told if name.endswith(("unexpectedly", "uninterpretable", "untellable", "lost"))
    ], told
    counts = await services.counts()
    assert [queue["deadLetter"] for queue in counts.values()] == [0, 0]
