"""Does Microsoft's synchronous SDK find here what it finds in Azure?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from azure.servicebus import (
    AutoLockRenewer,
    ServiceBusClient,
    ServiceBusMessage,
    ServiceBusReceivedMessage,
    ServiceBusReceiver,
)

from sandbox.servicebus.queue import QueueSettings
from tests.sandbox.servicebus.running import running


def _take(receiver: ServiceBusReceiver) -> ServiceBusReceivedMessage:
    (message,) = receiver.receive_messages(max_message_count=1, max_wait_time=5)
    return message


def _use_everything(connection_string: str) -> None:
    with (
        ServiceBusClient.from_connection_string(connection_string, retry_total=0) as client,
        client.get_queue_sender("q") as sender,
        client.get_queue_receiver("q", prefetch_count=5) as receiver,
        AutoLockRenewer() as renewer,
    ):
        sender.send_messages(ServiceBusMessage("a", message_id="1"))
        got = _take(receiver)
        assert (str(got), got.message_id, got.delivery_count) == ("a", "1", 0)
        receiver.abandon_message(got)
        got = _take(receiver)
        assert got.delivery_count == 1
        receiver.renew_message_lock(got)
        receiver.complete_message(got)

        due = datetime.now(UTC) + timedelta(seconds=0.4)
        kept, cancelled = sender.schedule_messages([ServiceBusMessage("s1"), ServiceBusMessage("s2")], due)
        sender.cancel_scheduled_messages(cancelled)
        assert [peeked.sequence_number for peeked in receiver.peek_messages(5)] == [kept]
        got = _take(receiver)
        assert str(got) == "s1"
        renewer.register(receiver, got, max_lock_renewal_duration=30)
        receiver.dead_letter_message(got, reason="bad", error_description="because")

        sender.send_messages([ServiceBusMessage(str(number)) for number in range(5)])
        numbers = []
        for message in receiver:
            numbers.append(str(message))
            receiver.complete_message(message)
            if len(numbers) == 5:
                break
        assert numbers == ["0", "1", "2", "3", "4"]


async def test_a_walk_through_everything() -> None:
    """Send, abandon, renew, complete, schedule, cancel, peek, dead-letter, prefetch and iterate, as in Azure."""
    async with running(QueueSettings("q")) as world:
        await asyncio.to_thread(_use_everything, world.connection_string)
        assert world.bus.find("q").size == 0
        assert world.bus.find("q/$DeadLetterQueue").size == 1
