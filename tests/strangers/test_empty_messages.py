"""Does a message without a body reach our code, so that what lies beside it is not lost?

The host hands over the texts of a batch without the empty ones; the engine then has more messages than texts,
and fails before any function runs.
"""

from __future__ import annotations

from uuid import UUID

from jobs.doorbells import Doorbell, doorbell_message
from sandbox.scenario.people import KIM, WELCOME
from tests.strangers.ground import JOBS, RESULTS
from tests.strangers.test_queue_messages import throw
from tests.world import Live


async def test_an_empty_message_harms_nobody(world: Live) -> None:
    """On both queues it is dropped with an event, and nothing beside it becomes a dead letter."""
    job = (await world.start(KIM, WELCOME))["spotler_jobid"]
    assert await world.until(world.idle)
    log = world.processes.logs / "functions.log"
    before = len(log.read_bytes())
    bell = doorbell_message(Doorbell(UUID(job))).encode()
    await throw(world.processes.addresses.servicebus, JOBS, [b"", bell, b"null"])
    await throw(world.processes.addresses.servicebus, RESULTS, [b"null", b"", b"{}"])
    assert await world.until(world.idle)
    assert [queue["deadLetter"] for queue in (await world.queues()).values()] == [0, 0]
    logged = log.read_bytes()[before:].decode(errors="replace")
    assert logged.count("foreign_doorbell reason=") == 2
    assert logged.count("foreign_outcome reason=") == 3
    assert "(Failed" not in logged
