"""Does the status page tell the truth about a running world, whatever is out of order, for few requests?

A world of its own, in which figures are kept for a fraction of a second instead of half a minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from sandbox.scenario.dynamics import START
from sandbox.scenario.people import KIM, NOOR, SAM, WELCOME
from sandbox.world import FUNCTION_KEY, World, free_ports
from tests.world import HOME, SETTINGS, Answer, Live, refreshed

PATH = "/api/status"
JSON = {"Accept": "application/json"}
NOBODY = "a job that nobody has"


@pytest.fixture(scope="module")
def hurried_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A sandbox of its own in which figures grow old quickly."""
    folder = tmp_path_factory.mktemp("status")
    values = {**SETTINGS, "SANDBOX_TIME_SCALE": "0.02"}
    with World(home=HOME, folder=folder, ports=free_ports(), values=values) as started:
        yield started


@pytest.fixture
async def live(hurried_processes: World) -> AsyncIterator[Live]:
    """The sandbox with its seed data and an up-to-date list."""
    async with refreshed(hurried_processes) as one:
        yield one


async def figures(live: Live, *path: str) -> Any:
    """The status as JSON, or a part of it."""
    answer = await live.call("GET", PATH, headers=JSON)
    assert answer.status == 200, answer
    part = answer.json
    for name in path:
        part = part[name]
    return part


async def until(live: Live, wanted: object, *path: str) -> None:
    """Wait until a part of the status is so."""

    async def so() -> bool:
        return bool(await figures(live, *path) == wanted)

    await live.until(so)


def exactly(number: int) -> dict[str, object]:
    """A count to the end."""
    return {"count": number, "orMore": False}


def plain(answer: Answer) -> str:
    """The page, once it is sure that it is one."""
    assert answer.status == 200, answer
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    return answer.text


async def test_jobs_are_told_with_their_causes(live: Live) -> None:
    """What succeeded and what failed, and why; whom it was for stands nowhere."""
    await live.start(KIM, WELCOME)
    failed = await live.start(NOOR, WELCOME)
    assert failed["spotler_resultcode"] == "CONTACT_NOTFOUND"
    await until(live, exactly(1), "jobs", "created", "hour", "FAILED")
    told = await figures(live)
    for window in ("hour", "day", "week"):
        assert told["jobs"]["created"][window]["SUCCEEDED"] == exactly(1)
    (cause,) = told["jobs"]["failures"]
    assert (cause["code"], cause["count"]) == ("CONTACT_NOTFOUND", exactly(1))
    assert "does not know this contact" in cause["remedy"]
    assert told["services"] == dict.fromkeys(("dataverse", "spotler", "serviceBus"), "reachable")
    assert told["attention"] == ["failures"]
    text = plain(await live.call("GET", PATH, headers={"Accept": "text/html,*/*;q=0.8"}))
    assert "CONTACT_NOTFOUND" in text
    for personal in (KIM.name, NOOR.name, KIM.id, NOOR.id, FUNCTION_KEY, "sandbox-secret"):
        assert personal not in text
        assert personal not in str(told)


async def test_the_page_wants_a_key_and_is_kept_by_nobody(live: Live) -> None:
    """401 without the key; the page may run nothing, fetch nothing, and is stored nowhere."""
    assert (await live.call("GET", PATH, key=None)).status == 401
    answer = await live.call("GET", PATH)
    plain(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert "script" not in answer.text.lower()


async def test_one_look_is_one_request_to_dataverse(live: Live) -> None:
    """A dozen looks at once cost one batch and one question to Spotler; a Dataverse that fails, at most four."""
    await until(live, [], "attention")
    await live.until(lambda: forgotten(live))
    batches = [one for one in await live.journal("dataverse") if one["path"].endswith("$batch")]
    assert len(batches) == 1, batches
    assert all(part["status"] == 200 for part in batches[0]["children"])
    assert len(batches[0]["children"]) < 40
    await live.fault("dataverse", match="POST $batch", kind="status", status=503)
    await live.until(lambda: forgotten(live))
    assert len(await live.journal("dataverse")) <= 4


async def forgotten(live: Live) -> bool:
    """Look once the figures are no longer kept; whether this look asked Dataverse."""
    await live.clear_journal("dataverse")
    await figures(live)
    return bool(await live.journal("dataverse"))


async def test_spotler_is_away(live: Live) -> None:
    """The page is there and says so; everything else is still told, and it recovers by itself."""
    await live.kill("spotler")
    await until(live, "unreachable", "services", "spotler")
    told = await figures(live)
    assert told["attention"] == ["spotler"]
    assert told["jobs"]["open"]["QUEUED"] == exactly(0)
    assert "Spotler cannot be reached" in plain(await live.call("GET", PATH))
    await live.restart("spotler")
    await until(live, "reachable", "services", "spotler")


async def test_dataverse_is_away(live: Live) -> None:
    """What Dataverse would have told is unknown, and never a zero."""
    await live.fault("dataverse", match="POST $batch", kind="status", status=503)
    await until(live, "unexpected", "services", "dataverse")
    told = await figures(live)
    assert (told["jobs"], told["webhooks"], told["catalogue"]) == (None, None, None)
    assert told["lastSyncHere"]["report"]
    assert "Not known: Dataverse could not be asked." in plain(await live.call("GET", PATH))
    await live.clear_faults("dataverse")
    await until(live, "reachable", "services", "dataverse")


async def test_failed_deliveries_are_told(live: Live, hurried_processes: World) -> None:
    """A webhook whose key is wrong shows as the status that Dataverse met, with what to do."""
    before = (await figures(live, "webhooks", "failed"))["count"]
    wrong = f"{hurried_processes.addresses.webhook}?code=wrong"
    await live._control("POST", "dataverse", "webhook", {"url": wrong})
    await live.dynamics.create_job(START, person=SAM, automation=WELCOME)
    await until(live, exactly(before + 1), "webhooks", "failed")
    told = await figures(live, "webhooks", "reasons")
    assert {"reason": "answered", "status": 401, "count": exactly(before + 1)} in told
    assert await figures(live, "jobs", "oldest", "state") == "QUEUED"
    text = plain(await live.call("GET", PATH))
    assert "answered 401" in text
    assert "--new-webhook-key" in text


async def test_messages_and_dead_letters_are_counted(live: Live, hurried_processes: World) -> None:
    """Counted where they lie, and still there afterwards."""
    await live.kill("functions")
    async with (
        ServiceBusClient.from_connection_string(hurried_processes.addresses.servicebus) as bus,
        bus.get_queue_sender("spotler-jobs") as sender,
        bus.get_queue_receiver("spotler-jobs", max_wait_time=10) as receiver,
    ):
        await sender.send_messages([ServiceBusMessage(NOBODY) for _ in range(3)])
        taken = 0
        while taken < 3:
            for message in await receiver.receive_messages(3 - taken):
                await receiver.dead_letter_message(message, reason="Tried")
                taken += 1
    await live.restart("functions")
    for _ in range(2):
        told = await figures(live, "queues", "spotler-jobs")
        assert told == {"ready": exactly(0), "scheduled": exactly(0), "deadLetters": exactly(3)}
    assert "dead_letters" in await figures(live, "attention")
    assert (await live.queues())["spotler-jobs"]["deadLetter"] == 3
    text = plain(await live.call("GET", PATH))
    assert "messages were given up" in text
    assert NOBODY not in text
