"""What becomes of messages on our queues that are not ours, and of those beside them?"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest_asyncio
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from jobs.doorbells import Doorbell, doorbell_message
from sandbox.scenario.dynamics import START, Dynamics
from sandbox.scenario.people import CONTOSO, FABRIKAM, KIM, SAM, WELCOME
from tests.strangers.ground import JOBS, RESULTS, Driver, Ground, driven
from tests.strangers.hostile_messages import HOSTILE, MARK
from tests.strangers.listening_in import Ears, ears
from tests.world import Live

NOT_EMPTY = [body for body in HOSTILE if body]


@pytest_asyncio.fixture
async def driver(services: Ground) -> AsyncIterator[Driver]:
    """The app in this process, with a list of automations that is up to date."""
    await services.reset()
    async with driven(services) as one:
        await one.app.catalogue.run()
        yield one


async def throw(connection: str, queue: str, bodies: list[bytes]) -> None:
    """Send messages as a stranger does, all at once, with whatever a message can carry."""
    async with (
        ServiceBusClient.from_connection_string(connection) as client,
        client.get_queue_sender(queue) as sender,
    ):
        batch = await sender.create_message_batch()
        for number, body in enumerate(bodies):
            message = ServiceBusMessage(body)
            if number % 2:
                message.subject = message.content_type = message.correlation_id = MARK
                message.application_properties = {MARK: MARK}
            batch.add_message(message)
        await sender.send_messages(batch)


def events(heard: Ears) -> Counter[tuple[str, str]]:
    """The app's events: level and name, and how often."""
    whole = [
        (where.split()[1], text.split()[0])
        for where, text in heard.heard
        if where.startswith("spotler_jobs ")
    ]
    return Counter(whole[::3])


async def test_between_hostile_messages_the_work_goes_on(services: Ground, driver: Driver) -> None:
    """Not ours is dropped with an event that can be counted; what lies between is carried out in the same batch."""
    async with Dynamics(services.dataverse) as dynamics:
        jobs = [
            await dynamics.create_job(START, person=person, automation=WELCOME)
            for person in (KIM, SAM, CONTOSO)
        ]
        bells = [doorbell_message(Doorbell(UUID(job))).encode() for job in jobs]
        nobody = doorbell_message(Doorbell(uuid4(), 10**9)).encode()
        mixed = [*HOSTILE[:6], bells[0], *HOSTILE[6:12], bells[1], nobody, *HOSTILE[12:], bells[2]]
        await throw(services.connection, JOBS, mixed)
        with ears() as heard:
            await driver.until(lambda: services.drained(JOBS), queues=(JOBS,))
        seen = events(heard)
        assert seen["WARNING", "foreign_doorbell"] == len(HOSTILE), seen
        assert seen["INFO", "job_called"] == len(jobs), seen

        await throw(services.connection, RESULTS, [*HOSTILE])
        with ears() as heard:
            await driver.until(lambda: services.drained(RESULTS), queues=(RESULTS,))
        assert events(heard)["ERROR", "foreign_outcome"] == len(HOSTILE), events(heard)
        assert [text for _, text in heard.heard if MARK in text] == []
        assert [(await dynamics.job(job))["spotler_resultcode"] for job in jobs] == ["OK"] * 3
    assert driver.raised == []
    for counts in (await services.counts()).values():
        assert {counts[name] for name in ("active", "locked", "deadLetter")} == {0}, counts


async def test_strangers_at_the_real_engine(world: Live) -> None:
    """The same in the Functions host: nothing is repeated, nothing dead-lettered, every job succeeds."""
    log = world.processes.logs / "functions.log"
    before = len(log.read_bytes())
    connection = world.processes.addresses.servicebus
    people = (KIM, SAM, CONTOSO, FABRIKAM)
    await throw(connection, JOBS, NOT_EMPTY)
    await throw(connection, RESULTS, NOT_EMPTY)
    jobs = [await world.dynamics.create_job(START, person=person, automation=WELCOME) for person in people]
    await throw(connection, JOBS, NOT_EMPTY)
    await throw(connection, RESULTS, NOT_EMPTY)
    assert [(await world.dynamics.final(job))["spotler_resultcode"] for job in jobs] == ["OK"] * len(people)
    assert await world.until(world.idle)
    logged = log.read_bytes()[before:].decode(errors="replace")
    assert logged.count("foreign_doorbell reason=") == 2 * len(NOT_EMPTY)
    assert logged.count("foreign_outcome reason=") == 2 * len(NOT_EMPTY)
    assert all(" WARNING " in line for line in logged.splitlines() if "foreign_doorbell" in line)
    assert all(" ERROR " in line for line in logged.splitlines() if "foreign_outcome" in line)
    assert MARK not in logged
    assert "(Failed" not in logged
    assert [queue["deadLetter"] for queue in (await world.queues()).values()] == [0, 0]
    assert {person.id: len(await world.runs(person)) for person in people} == dict.fromkeys(
        (person.id for person in people), 1
    )
