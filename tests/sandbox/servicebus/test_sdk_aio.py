"""Does Microsoft's asynchronous SDK find here what it finds in Azure?

Links of the SDK take about half a second to open and to close, so one set of them serves the whole module.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
import pytest_asyncio
from azure.servicebus import (
    ServiceBusMessage,
    ServiceBusMessageState,
    ServiceBusReceivedMessage,
    ServiceBusReceiveMode,
    ServiceBusSubQueue,
)
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender
from azure.servicebus.exceptions import (
    MessageLockLostError,
    MessageNotFoundError,
    MessageSizeExceededError,
    MessagingEntityNotFoundError,
    ServiceBusAuthenticationError,
    ServiceBusError,
    ServiceBusServerBusyError,
)

from sandbox.servicebus.faults import parse_fault
from sandbox.servicebus.queue import Counts, Queue, QueueSettings
from tests.sandbox.servicebus.running import Running, connection_string, running, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

_LOCK_S = 1.0


@dataclass(frozen=True)
class _Sdk:
    """Open links of the SDK to queues `plain` and `short`."""

    world: Running
    client: ServiceBusClient
    sender: ServiceBusSender
    receiver: ServiceBusReceiver
    rival: ServiceBusReceiver
    eager: ServiceBusReceiver
    dead: ServiceBusReceiver
    short_sender: ServiceBusSender
    short_receiver: ServiceBusReceiver
    short_dead: ServiceBusReceiver
    gone_sender: ServiceBusSender
    gone_receiver: ServiceBusReceiver

    def queue(self, name: str = "plain") -> Queue:
        return self.world.bus.find(name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[_Sdk]:
    """One bus and one set of links for all."""
    plain = QueueSettings("plain", dead_letter_expired=True)
    short = QueueSettings("short", lock_ms=round(_LOCK_S * 1000), max_delivery_count=3)
    dead = ServiceBusSubQueue.DEAD_LETTER
    async with AsyncExitStack() as stack:
        world = await stack.enter_async_context(running(plain, short, QueueSettings("gone")))
        client = await stack.enter_async_context(
            ServiceBusClient.from_connection_string(world.connection_string, retry_total=0)
        )
        deleting = ServiceBusReceiveMode.RECEIVE_AND_DELETE
        links = (
            client.get_queue_sender("plain"),
            client.get_queue_receiver("plain"),
            client.get_queue_receiver("plain"),
            client.get_queue_receiver("plain"),
            client.get_queue_receiver("plain", sub_queue=dead),
            client.get_queue_sender("short"),
            client.get_queue_receiver("short"),
            client.get_queue_receiver("short", sub_queue=dead),
            client.get_queue_sender("gone"),
            client.get_queue_receiver("gone", receive_mode=deleting),
        )
        await asyncio.gather(*(link.__aenter__() for link in links))
        try:
            yield _Sdk(world, client, *links)
        finally:
            await asyncio.gather(*(link.close() for link in links))


@pytest.fixture
def sdk(opened: _Sdk) -> _Sdk:
    """The links, over empty queues."""
    opened.world.bus.faults.clear()
    opened.world.bus.clear()
    return opened


async def _take(receiver: ServiceBusReceiver, count: int = 1) -> list[ServiceBusReceivedMessage]:
    """Receive exactly so many messages."""
    taken: list[ServiceBusReceivedMessage] = []
    while len(taken) < count:
        got = await receiver.receive_messages(max_message_count=count - len(taken), max_wait_time=5)
        assert got, "no message came"
        taken += got
    return taken


async def test_a_message_arrives_as_it_was_sent(sdk: _Sdk) -> None:
    """Body, properties, annotations, and what the bus adds: number, times, lock."""
    sent = ServiceBusMessage(
        "hello",
        message_id="a",
        subject="sub",
        correlation_id="c",
        session_id="ignored without sessions",
        content_type="text/plain",
        partition_key="ignored without sessions",
        application_properties={"text": "v", "number": 7, "id": UUID(int=5)},
    )
    before = datetime.now(UTC)
    await sdk.sender.send_messages(sent)
    (got,) = await _take(sdk.receiver)
    assert (str(got), got.message_id, got.subject, got.correlation_id) == ("hello", "a", "sub", "c")
    assert (got.content_type, got.partition_key) == ("text/plain", "ignored without sessions")
    assert got.application_properties == {b"text": b"v", b"number": 7, b"id": UUID(int=5)}
    assert (got.delivery_count, got.state) == (0, ServiceBusMessageState.ACTIVE)
    assert got.sequence_number == got.enqueued_sequence_number
    assert got.enqueued_time_utc is not None
    assert abs(got.enqueued_time_utc - before) < timedelta(seconds=2)
    assert got.locked_until_utc is not None
    assert abs(got.locked_until_utc - before - timedelta(minutes=1)) < timedelta(seconds=2)
    await sdk.receiver.complete_message(got)
    assert sdk.queue().size == 0


async def test_batches_keep_their_order(sdk: _Sdk) -> None:
    """Batches of the SDK and lists of messages arrive one by one."""
    batch = await sdk.sender.create_message_batch()
    assert batch.max_size_in_bytes == 256 * 1024
    for number in range(20):
        batch.add_message(ServiceBusMessage(f"b{number}", message_id=f"m{number}"))
    await sdk.sender.send_messages(batch)
    await sdk.sender.send_messages([ServiceBusMessage("l1"), ServiceBusMessage("l2")])
    got = await _take(sdk.receiver, 22)
    assert [str(message) for message in got] == [*(f"b{number}" for number in range(20)), "l1", "l2"]
    await asyncio.gather(*(sdk.receiver.complete_message(message) for message in got))
    assert sdk.queue().size == 0


async def test_a_large_message_and_a_too_large_one(sdk: _Sdk) -> None:
    """A quarter of a megabyte is the limit; what is above is refused, and the link still works."""
    await sdk.sender.send_messages(ServiceBusMessage(b"z" * 255_000))
    (got,) = await _take(sdk.receiver)
    assert sum(len(part) for part in got.body) == 255_000
    await sdk.receiver.complete_message(got)
    with pytest.raises(MessageSizeExceededError):
        await sdk.sender.send_messages(ServiceBusMessage(b"z" * 300_000))
    await sdk.sender.send_messages(ServiceBusMessage("small"))
    assert sdk.queue().counts().active == 1


async def test_receive_and_delete(sdk: _Sdk) -> None:
    """Without a lock the message is gone with its delivery."""
    await sdk.gone_sender.send_messages([ServiceBusMessage("x"), ServiceBusMessage("y")])
    assert [str(message) for message in await _take(sdk.gone_receiver, 2)] == ["x", "y"]
    assert sdk.queue("gone").size == 0


async def test_abandoning_counts_until_the_message_is_dead(sdk: _Sdk) -> None:
    """The count grows by one each time; at the limit the dead-letter queue has it, with the reason."""
    await sdk.short_sender.send_messages(ServiceBusMessage("poison"))
    for attempt in range(3):
        (got,) = await _take(sdk.short_receiver)
        assert got.delivery_count == attempt
        await sdk.short_receiver.abandon_message(got)
    (dead,) = await _take(sdk.short_dead)
    assert (str(dead), dead.dead_letter_reason, dead.delivery_count) == (
        "poison",
        "MaxDeliveryCountExceeded",
        3,
    )
    await sdk.short_dead.complete_message(dead)
    assert sdk.queue("short/$DeadLetterQueue").size == 0


async def test_dead_lettering_by_hand(sdk: _Sdk) -> None:
    """Reason and description come along, and the message's own properties stay."""
    await sdk.sender.send_messages(ServiceBusMessage("a", application_properties={"keep": 1}))
    (got,) = await _take(sdk.receiver)
    await sdk.receiver.dead_letter_message(got, reason="bad", error_description="because")
    (dead,) = await _take(sdk.dead)
    assert (dead.dead_letter_reason, dead.dead_letter_error_description) == ("bad", "because")
    assert (dead.application_properties or {}).get(b"keep") == 1
    (peeked,) = await sdk.dead.peek_messages(sequence_number=dead.sequence_number or 0)
    assert str(peeked) == "a"
    await sdk.dead.complete_message(dead)


async def test_scheduling_peeking_and_cancelling(sdk: _Sdk) -> None:
    """A scheduled message is seen at once, but arrives at its time; a cancelled one never."""
    due = datetime.now(UTC) + timedelta(seconds=0.5)
    first, second = await sdk.sender.schedule_messages(
        [ServiceBusMessage("s1"), ServiceBusMessage("s2")], due
    )
    await sdk.sender.cancel_scheduled_messages(second)
    (peeked,) = await sdk.receiver.peek_messages(5)
    assert (peeked.sequence_number, peeked.state) == (first, ServiceBusMessageState.SCHEDULED)
    (got,) = await _take(sdk.receiver)
    assert str(got) == "s1"
    assert due - timedelta(seconds=0.01) <= datetime.now(UTC) < due + timedelta(seconds=1.5)
    await sdk.receiver.complete_message(got)
    with pytest.raises(MessageNotFoundError):
        await sdk.sender.cancel_scheduled_messages(second)


async def test_scheduling_by_annotation(sdk: _Sdk) -> None:
    """The time on a message that is simply sent works alike: this is how an output binding schedules."""
    due = datetime.now(UTC) + timedelta(seconds=0.3)
    await sdk.sender.send_messages(
        [ServiceBusMessage("late", scheduled_enqueue_time_utc=due), ServiceBusMessage("now")]
    )
    assert sdk.queue().counts() == Counts(active=1, scheduled=1, locked=0)
    now, late = await _take(sdk.receiver, 2)
    assert (str(now), str(late), late.scheduled_enqueue_time_utc is not None) == ("now", "late", True)
    assert datetime.now(UTC) >= due - timedelta(seconds=0.01)


async def test_peeking_goes_on_where_it_stopped(sdk: _Sdk) -> None:
    """Without a number, each peek continues after the last; with one it starts there."""
    await sdk.sender.send_messages([ServiceBusMessage(str(number)) for number in range(5)])
    (first, *_) = sdk.queue().peek(0, 1)
    pages = [
        await sdk.rival.peek_messages(3, sequence_number=first.sequence),
        await sdk.rival.peek_messages(3),
    ]
    assert [[str(message) for message in page] for page in pages] == [["0", "1", "2"], ["3", "4"]]
    assert await sdk.rival.peek_messages(3) == []
    assert sdk.queue().counts().active == 5


async def test_a_renewed_lock_holds(sdk: _Sdk) -> None:
    """Renewing in time keeps the message for longer than the lock duration."""
    await sdk.short_sender.send_messages(ServiceBusMessage("r"))
    (got,) = await _take(sdk.short_receiver)
    for _ in range(2):
        await asyncio.sleep(_LOCK_S * 0.6)
        await sdk.short_receiver.renew_message_lock(got)
    await sdk.short_receiver.complete_message(got)
    assert sdk.queue("short").size == 0


async def test_a_lock_that_ends_gives_the_message_to_the_next(sdk: _Sdk) -> None:
    """It comes again, counted, as soon as the lock is over, and the old lock settles nothing any more."""
    await sdk.short_sender.send_messages(ServiceBusMessage("e"))
    (got,) = await _take(sdk.short_receiver)
    start = time.monotonic()
    (again,) = await _take(sdk.short_receiver)
    assert time.monotonic() - start < _LOCK_S + 1.5
    assert (str(again), again.delivery_count) == ("e", 1)
    with pytest.raises(MessageLockLostError):
        await sdk.short_receiver.complete_message(got)
    await sdk.short_receiver.complete_message(again)


async def test_the_bus_itself_refuses_a_lost_lock(sdk: _Sdk) -> None:
    """The SDK trusts its clock; where it believes in the lock, the bus's answer tells otherwise."""
    await sdk.sender.send_messages(ServiceBusMessage("e"))
    (got,) = await _take(sdk.receiver)
    sdk.world.bus.clear()
    with pytest.raises(MessageLockLostError):
        await sdk.receiver.complete_message(got)
    with pytest.raises(MessageLockLostError):
        await sdk.receiver.renew_message_lock(got)


async def test_an_expired_message_is_a_dead_letter(sdk: _Sdk) -> None:
    """Its own time to live suffices."""
    await sdk.sender.send_messages(ServiceBusMessage("t", time_to_live=timedelta(milliseconds=100)))
    (dead,) = await _take(sdk.dead)
    assert (str(dead), dead.dead_letter_reason) == ("t", "TTLExpiredException")
    assert sdk.queue().size == 0


async def test_competing_consumers_share(sdk: _Sdk) -> None:
    """Each message goes to one of them."""
    await sdk.sender.send_messages([ServiceBusMessage(str(number)) for number in range(20)])
    mine, theirs = await asyncio.gather(_take(sdk.receiver, 10), _take(sdk.rival, 10))
    assert sorted(int(str(message)) for message in [*mine, *theirs]) == list(range(20))
    await asyncio.gather(*(sdk.receiver.complete_message(message) for message in mine))
    await asyncio.gather(*(sdk.rival.complete_message(message) for message in theirs))


async def test_a_waiting_receiver_wakes_at_once(sdk: _Sdk) -> None:
    """Deliveries are pushed, not polled for."""
    waiting = asyncio.create_task(_take(sdk.receiver))
    await until(lambda: any(link.credit for link in sdk.queue()._receivers))
    start = time.monotonic()
    await sdk.sender.send_messages(ServiceBusMessage("w"))
    await waiting
    assert time.monotonic() - start < 1.5


async def test_prefetched_messages_go_back_uncounted_on_close(sdk: _Sdk) -> None:
    """What a receiver took in advance and never looked at is at once free for others."""
    await sdk.gone_sender.send_messages([ServiceBusMessage(str(number)) for number in range(10)])
    async with sdk.client.get_queue_receiver("gone", prefetch_count=10) as receiver:
        (got,) = await _take(receiver)
        await until(lambda: sdk.queue("gone").counts().locked == 10)
        await receiver.complete_message(got)
    await until(lambda: sdk.queue("gone").counts() == Counts(active=9, scheduled=0, locked=0))
    assert {entry.delivery_count for entry in sdk.queue("gone").peek(0, 10)} == {0}


async def test_what_is_not_imitated_is_refused_as_such(sdk: _Sdk) -> None:
    """Deferral, deferred messages and sessions end in amqp:not-implemented, not in something half done."""
    await sdk.sender.send_messages(ServiceBusMessage("d"))
    (got,) = await _take(sdk.receiver)
    with pytest.raises(ServiceBusError, match="does not imitate deferral"):
        await sdk.receiver.defer_message(got)
    assert sdk.queue().counts().locked == 1
    with pytest.raises(ServiceBusError, match="receive-by-sequence-number"):
        await sdk.receiver.receive_deferred_messages([1])
    with pytest.raises(ServiceBusError, match="does not imitate sessions"):
        await sdk.client.get_queue_receiver("plain", session_id="s").__aenter__()


async def test_entities_that_cannot_be_used(sdk: _Sdk) -> None:
    """No queue of this name; no sending to dead letters; no entry with a wrong key."""
    wrong = ServiceBusClient.from_connection_string(
        connection_string(sdk.world.ports.amqp, key="wrong"), retry_total=0
    )

    async def refused(client: ServiceBusClient, queue: str, expected: type[ServiceBusError]) -> None:
        sender = client.get_queue_sender(queue)
        with pytest.raises(expected):
            await sender.send_messages(ServiceBusMessage("x"))
        await sender.close()

    await asyncio.gather(
        refused(sdk.client, "nope", MessagingEntityNotFoundError),
        refused(sdk.client, "plain/$DeadLetterQueue", ServiceBusError),
        refused(wrong, "plain", ServiceBusAuthenticationError),
    )
    await wrong.close()
    assert sdk.queue().size == 0


async def test_a_refused_send_stores_nothing(sdk: _Sdk) -> None:
    """The fault reaches the app as the SDK's error for a busy service, for sends and for schedules."""
    sdk.world.bus.faults.switch_on(parse_fault({"kind": "refuse_send", "times": 2, "queue": "plain"}))
    with pytest.raises(ServiceBusServerBusyError):
        await sdk.sender.send_messages(ServiceBusMessage("x"))
    with pytest.raises(ServiceBusServerBusyError):
        await sdk.sender.schedule_messages(ServiceBusMessage("x"), datetime.now(UTC) + timedelta(minutes=1))
    assert sdk.queue().size == 0
    await sdk.sender.send_messages(ServiceBusMessage("x"))
    assert sdk.queue().size == 1


async def test_a_delayed_send_waits(sdk: _Sdk) -> None:
    """Neither queue nor sender hears of the message before the delay is over."""
    sdk.world.bus.faults.switch_on(parse_fault({"kind": "delay_send", "seconds": 0.3}))
    start = time.monotonic()
    sending = asyncio.create_task(sdk.sender.send_messages(ServiceBusMessage("x")))
    await until(lambda: not sdk.world.bus.faults.active())
    assert (sdk.queue().size, sending.done()) == (0, False)
    await sending
    assert (sdk.queue().size, time.monotonic() - start >= 0.3) == (1, True)
