"""What an operator lives through: parts die, services are away, answers get lost; the promises hold.

The spans of the protocol are shrunk fiftyfold here, and messages are locked for seconds, so that
leases and locks run out within a test.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from sandbox.scenario.dynamics import START, STOP
from sandbox.scenario.people import Person
from sandbox.world import World, free_ports
from tests.world import HOME, SETTINGS, Live, refreshed

SUCCEEDED, FAILED, UNKNOWN = 724000002, 724000004, 724000005
WELCOME = "🚀 Welcome"
HURRIED = {
    **SETTINGS,
    "SANDBOX_TIME_SCALE": "0.02",
    "RECONCILE_SCHEDULE": "*/2 * * * * *",
    "JOB_RETRY_WINDOW": "PT2M",
}


@pytest.fixture(scope="module")
def hurried_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox of its own in which time runs out quickly."""
    folder = tmp_path_factory.mktemp("hurried")
    text = (HOME / "sandbox/servicebus.config.json").read_text(encoding="utf-8")
    bus = folder / "servicebus.config.json"
    bus.write_text(text.replace('"LockDuration": "PT5M"', '"LockDuration": "PT5S"'), encoding="utf-8")
    with World(home=HOME, folder=folder, ports=free_ports(), values=HURRIED, bus=bus) as started:
        yield started


@pytest.fixture
async def live(hurried_processes: World) -> AsyncIterator[Live]:
    """The hurried sandbox with its seed data and an up-to-date list."""
    async with refreshed(hurried_processes) as one:
        yield one


async def crowd(live: Live, count: int) -> list[Person]:
    """So many contacts, known on both sides."""
    people = [
        Person("contacts", f"44444444-0000-4000-8000-{number:012}", f"Guest {number}")
        for number in range(count)
    ]
    rows = [{"contactid": person.id, "fullname": person.name} for person in people]
    await live.seed("dataverse", {"contacts": rows})
    await live.seed("spotler", {"contacts": [{"externalId": person.id} for person in people]})
    return people


async def finals(live: Live, jobs: list[str], seconds: float = 90) -> list[dict[str, Any]]:
    """All these rows, once they are final."""
    return list(await asyncio.gather(*(live.dynamics.final(job, seconds=seconds) for job in jobs)))


async def assert_promises(live: Live, rows: list[dict[str, Any]]) -> None:
    """No person was started twice, success means a run, and one post stands for each success."""
    runs = Counter(run["externalContactId"] for run in await live.runs())
    assert max(runs.values(), default=0) <= 1, "started twice"
    for row in rows:
        person = row["_spotler_customerid_value"]
        if row["statuscode"] == SUCCEEDED:
            assert runs[person] == 1, "succeeded without a run"
        else:
            assert row["statuscode"] in (UNKNOWN, FAILED), row
        if row["statuscode"] == FAILED:
            assert runs[person] == 0, "failed although it ran"
    await live.until(live.idle)
    posts = Counter(
        post["_regardingobjectid_value"]
        for post in await live.dynamics.read("posts?$select=_regardingobjectid_value")
    )
    assert max(posts.values(), default=0) <= 1, "posted twice"


async def test_the_host_is_killed_while_jobs_flow(live: Live) -> None:
    """SIGKILL in the middle, twice: every job ends, none is started twice, every success is true."""
    people = await crowd(live, 40)
    await live.fault("spotler", match="POST /automation/trigger", kind="delay", seconds=0.05)
    jobs = [await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people]
    for seen in (5, 15):

        async def enough(seen: int = seen) -> bool:
            return len(await live.runs()) >= seen

        await live.until(enough)
        await live.kill("functions")
        await live.restart("functions")
    rows = await finals(live, jobs)
    await assert_promises(live, rows)
    # Three waves of four are in doubt at most when a process dies (docs/adr/0004-three-waves-at-once.md).
    assert sum(row["statuscode"] == SUCCEEDED for row in rows) >= len(rows) - 2 * 3 * 4


async def test_the_bus_is_killed_while_jobs_wait(live: Live) -> None:
    """Messages survive the end of the Service Bus part, and the host finds it again by itself."""
    people = await crowd(live, 10)
    await live.kill("functions")
    jobs = [await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people[:5]]
    await live.restart("functions")
    jobs += [
        await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people[5:]
    ]
    await live.kill("servicebus")
    await live.restart("servicebus")
    rows = await finals(live, jobs)
    await assert_promises(live, rows)


async def test_a_lost_webhook_is_found(live: Live) -> None:
    """A job whose webhook Dataverse lost is carried out by reconciliation."""
    (person,) = await crowd(live, 1)
    await live.kill("functions")
    job = await live.dynamics.create_job(START, person=person, automation=WELCOME)
    await live.restart("functions")
    row = await live.dynamics.final(job)
    assert row["spotler_resultcode"] == "OK"


async def test_webhooks_that_were_refused_are_found(live: Live) -> None:
    """While Service Bus takes nothing, every webhook is answered 503; reconciliation finds all the jobs."""
    people = await crowd(live, 10)
    await live.fault("servicebus", kind="refuse_send", times=1000)
    jobs = [await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people]

    async def all_refused() -> bool:
        answers = (await live.webhooks())[-len(jobs) :]
        return len(answers) == len(jobs) and all(answer["statuses"][-1:] == [503] for answer in answers)

    await live.until(all_refused)
    await live.clear_faults("servicebus")
    rows = await finals(live, jobs)
    assert {row["spotler_resultcode"] for row in rows} == {"OK"}
    await assert_promises(live, rows)


async def test_spotler_is_away_for_a_while(live: Live) -> None:
    """Rows wait with a reason and a time, and succeed once Spotler is back."""
    people = await crowd(live, 3)
    await live.kill("spotler")
    jobs = [await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people]

    async def waiting() -> bool:
        rows = [await live.dynamics.job(job) for job in jobs]
        return all(row["spotler_resultcode"] == "SPOTLER_UNAVAILABLE" for row in rows)

    await live.until(waiting)
    message = (await live.dynamics.job(jobs[0]))["spotler_resultmessage"]
    assert "could not be reached" in message
    assert "tried again by itself" in message
    await live.restart("spotler")
    await live.seed("spotler", {"contacts": [{"externalId": person.id} for person in people]})
    rows = await finals(live, jobs)
    assert [row["spotler_resultcode"] for row in rows] == ["OK"] * 3
    await assert_promises(live, rows)


async def test_dataverse_fails_for_a_while(live: Live) -> None:
    """With Dataverse answering 503 the calls are not repeated; rows and posts come once it is back."""
    people = await crowd(live, 5)
    jobs = [await live.dynamics.create_job(START, person=person, automation=WELCOME) for person in people]
    await live.fault("dataverse", match="POST $batch", kind="status", status=503, times=12)
    rows = await finals(live, jobs)
    await assert_promises(live, rows)


async def test_an_answer_lost_after_the_effect(live: Live) -> None:
    """The row says that it is not known, and what to do; nothing is repeated until a person says so."""
    (person,) = await crowd(live, 1)
    await live.fault("spotler", match="POST /automation/trigger", kind="drop_after", times=1)
    job = await live.dynamics.create_job(START, person=person, automation=WELCOME)
    row = await live.dynamics.final(job)
    assert row["statuscode"] == UNKNOWN
    assert row["spotler_resultcode"] == "OUTCOME_UNKNOWN"
    assert "choose Activate" in row["spotler_resultmessage"]
    assert len(await live.runs(person)) == 1
    await live.dynamics.change_job(job, {"statecode": 0, "statuscode": 1})
    row = await live.dynamics.final(job, seconds=60)
    assert row["spotler_resultcode"] == "OK"
    assert len(await live.runs(person)) == 2


async def test_a_campaign_whose_answer_got_lost(live: Live) -> None:
    """Spotler is asked what it sent before a person is: the row succeeds, and nothing was started twice."""
    (person,) = await crowd(live, 1)
    await live.fault("spotler", match="POST /campaign/trigger", kind="drop_after", times=1)
    job = await live.dynamics.create_job(START, person=person, automation="📢 Black Friday")
    row = await live.dynamics.final(job, seconds=60)
    assert row["spotler_resultcode"] == "OK"
    assert "list of sent messages shows" in row["spotler_resultmessage"]
    assert len(await live.runs(person)) == 1


async def test_a_stop_right_after_a_start(live: Live) -> None:
    """Saved together, they take effect in their order, or the start is cancelled; nothing is left running."""
    (person,) = await crowd(live, 1)
    start = await live.dynamics.create_job(START, person=person, automation=WELCOME)
    stop = await live.dynamics.create_job(STOP, person=person, automation=WELCOME)
    await finals(live, [start, stop])
    assert all(run["state"] == "stopped" for run in await live.runs(person))


async def test_nothing_personal_is_logged(live: Live, hurried_processes: World) -> None:
    """Names, addresses, field values, keys and secrets appear in no log of the Functions part."""
    (person,) = await crowd(live, 1)
    await live.seed("dataverse", {"contacts": [{"contactid": person.id, "fullname": "Secretive Sally"}]})
    for fields in ("invoiceEmail=sally@example.org", "invoiceemail=sally@example.org", "sally@example.org"):
        job = await live.dynamics.create_job(START, person=person, automation="🚀 Invoice", fields=fields)
        await live.dynamics.final(job)
    log = await asyncio.to_thread((hurried_processes.logs / "functions.log").read_text, encoding="utf-8")
    for personal in (
        "Sally",
        "sally@example.org",
        "sandbox-secret",
        "sandbox-key",
        json.dumps("SharedAccessKey="),
    ):
        assert personal not in log
