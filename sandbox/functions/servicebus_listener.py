"""How do messages of a queue start a function, and how are they settled?

As the Service Bus extension of Azure Functions does it: messages are locked, not taken; one batch runs at a time, or
up to ``maxConcurrentCalls`` single messages; success completes, failure abandons, which makes a message available at
once with its delivery count raised. Locks of batches are not renewed.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver
from azure.servicebus.exceptions import MessageAlreadySettled, MessageLockLostError

from sandbox.functions.bindings import FunctionDefinition, QueueTrigger
from sandbox.functions.deliveries import delivery_of
from sandbox.functions.host_json import ServiceBusOptions
from sandbox.functions.invocations import Invocations, Outcome
from sandbox.functions.servicebus_metadata import (
    Delivery,
    batch_bodies,
    batch_metadata,
    single_body,
    single_metadata,
    trace_parent,
)

_log = logging.getLogger(__name__)

# How long one receive waits when nothing runs; a stop is noticed after at most this long.
IDLE_RECEIVE_SECONDS = 0.5
# While single messages run, the receiver has to be free soon to settle them: the SDK's receivers serve one at a time.
BUSY_RECEIVE_SECONDS = 0.1
# The .NET client returns about as soon as it has messages (its AMQP receiver's batching span; not documented).
MORE_SECONDS = 0.02
# Between two looks for messages to fetch ahead, and before the first: a look holds up the end of a short batch.
FETCH_SECONDS = 0.5
# Above every wait the SDK promises; only a hung connection gets here.
CALL_SECONDS = 60.0
FIRST_RECONNECT_SECONDS = 0.25
LONGEST_RECONNECT_SECONDS = 5.0
LONGEST_RENEW_BEFORE_SECONDS = 10.0


def reconnect_wait(failures: int) -> float:
    """Say how many seconds to wait before the next attempt, after so many failures in a row (1 or more)."""
    return min(FIRST_RECONNECT_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_RECONNECT_SECONDS)


def start_run(
    invocations: Invocations, function: FunctionDefinition, trigger: QueueTrigger, deliveries: list[Delivery]
) -> asyncio.Task[Outcome]:
    """Start a function with messages: all of them as one batch, or exactly one, as its cardinality says."""
    if trigger.many:
        body = batch_bodies(deliveries, binary=trigger.binary)
        metadata = batch_metadata(deliveries)
        about = f"{len(deliveries)} messages"
    else:
        body = single_body(deliveries[0], binary=trigger.binary)
        metadata = single_metadata(deliveries[0])
        about = f"message {deliveries[0].message_id}, delivery {deliveries[0].delivery_count}"
    return invocations.start(
        function,
        inputs={trigger.parameter: body},
        metadata=metadata,
        parent=trace_parent(deliveries[0]),
        reason=f"(new ServiceBus message detected on '{trigger.queue}': {about})",
    )


@dataclass(slots=True)
class _Running:
    """Messages under a running invocation; their locks are renewed until ``renew_until`` (monotonic seconds)."""

    run: asyncio.Task[Outcome]
    messages: list[ServiceBusReceivedMessage]
    renew_until: float
    renew_before: float


class QueueListener:
    """Feeds one function from its queue until it is stopped.

    Args:
        function: The function.
        trigger: Its queue trigger.
        options: The Service Bus section of host.json.
        invocations: Runs functions.
    """

    def __init__(
        self,
        function: FunctionDefinition,
        trigger: QueueTrigger,
        *,
        options: ServiceBusOptions,
        invocations: Invocations,
    ) -> None:
        self._function = function
        self._trigger = trigger
        self._options = options
        self._invocations = invocations
        self._stopping = asyncio.Event()
        self._auto_complete = (
            options.auto_complete_messages if trigger.auto_complete is None else trigger.auto_complete
        )

    def stop(self) -> None:
        """Take no more messages; :meth:`run` returns once those under way are settled."""
        self._stopping.set()

    async def run(self) -> None:
        """Receive, run and settle. Survives a bus that is down: connects again, with growing waits."""
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                await self._listen()
            except Exception as error:  # noqa: BLE001 - whatever the SDK raises, a listener has to come back
                # A connection that had held for a while is no failure in a row.
                failures = 1 if time.monotonic() - started > LONGEST_RECONNECT_SECONDS else failures + 1
                wait = reconnect_wait(failures)
                _log.warning(
                    "Queue %s of function %s cannot be listened to (%s: %s); next attempt in %.2f s.",
                    self._trigger.queue,
                    self._function.name,
                    type(error).__name__,
                    str(error).partition("\n")[0],
                    wait,
                )
                await self._pause(wait)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return

    async def _listen(self) -> None:
        client = ServiceBusClient.from_connection_string(
            self._trigger.connection,
            retry_total=1,
            retry_mode="fixed",
            retry_backoff_factor=0.2,
            try_timeout=10,
        )
        async with client:
            receiver = client.get_queue_receiver(
                self._trigger.queue,
                # Batches are fetched ahead below: the SDK does so only while it is asked for messages.
                prefetch_count=0 if self._trigger.many else self._options.prefetch_count,
                # Or a wait for more would last as long as the SDK's wait for one frame.
                socket_timeout=MORE_SECONDS,
            )
            async with receiver:
                _log.info("Function %s listens to queue %s.", self._function.name, self._trigger.queue)
                running: list[_Running] = []
                try:
                    await self._serve(receiver, running)
                except Exception:
                    # The connection is lost: nobody can settle what runs, so its locks lapse; it runs to its end
                    # before the next connection takes more, or the concurrency promised would be exceeded.
                    if running:
                        await asyncio.wait([each.run for each in running])
                    raise

    async def _serve(self, receiver: ServiceBusReceiver, running: list[_Running]) -> None:
        most = 1 if self._trigger.many else self._options.max_concurrent_calls
        # Lost with the connection, like those of the .NET client: their locks lapse.
        ahead: list[ServiceBusReceivedMessage] = []
        while running or not self._stopping.is_set():
            await self._settle_finished(receiver, running)
            await self._renew_locks(receiver, running)
            free = most - len(running)
            if free == 0 or (self._stopping.is_set() and running):
                ended, _ = await asyncio.wait(
                    [each.run for each in running], timeout=FETCH_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                if not ended:
                    ahead += await self._fetch_ahead(receiver, len(ahead))
            elif not self._stopping.is_set():
                messages = await self._take(receiver, free, ahead, is_busy=bool(running))
                if self._stopping.is_set():
                    await self._abandon(receiver, messages)
                else:
                    running.extend(self._start(messages))

    async def _fetch_ahead(self, receiver: ServiceBusReceiver, had: int) -> list[ServiceBusReceivedMessage]:
        """Messages for the next batch, while one runs; none where there are `prefetchCount` already."""
        room = self._options.prefetch_count - had
        if not self._trigger.many or room <= 0 or self._stopping.is_set():
            return []
        return await _receive(receiver, room, MORE_SECONDS)

    async def _take(
        self,
        receiver: ServiceBusReceiver,
        free: int,
        ahead: list[ServiceBusReceivedMessage],
        *,
        is_busy: bool,
    ) -> list[ServiceBusReceivedMessage]:
        if not self._trigger.many:
            return await _receive(receiver, free, BUSY_RECEIVE_SECONDS if is_busy else IDLE_RECEIVE_SECONDS)
        most = self._options.max_message_batch_size
        messages, ahead[:] = ahead[:most], ahead[most:]
        if not messages:
            messages = await _receive(receiver, most, IDLE_RECEIVE_SECONDS)
        deadline = time.monotonic() + self._options.max_batch_wait
        while 0 < len(messages) < self._options.min_message_batch_size and not self._stopping.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                break
            room = self._options.max_message_batch_size - len(messages)
            messages += await _receive(receiver, room, min(left, IDLE_RECEIVE_SECONDS))
        return messages

    def _start(self, messages: list[ServiceBusReceivedMessage]) -> list[_Running]:
        if not messages:
            return []
        groups = [messages] if self._trigger.many else [[message] for message in messages]
        renew_until = time.monotonic() + self._options.max_auto_lock_renewal
        return [
            _Running(
                start_run(
                    self._invocations, self._function, self._trigger, [delivery_of(one) for one in group]
                ),
                group,
                0.0 if self._trigger.many else renew_until,
                min(LONGEST_RENEW_BEFORE_SECONDS, _lock_left(group[0]) / 2),
            )
            for group in groups
        ]

    async def _settle_finished(self, receiver: ServiceBusReceiver, running: list[_Running]) -> None:
        for each in [one for one in running if one.run.done()]:
            running.remove(each)
            if not each.run.result().succeeded:
                await self._abandon(receiver, each.messages)
            elif self._auto_complete:
                await self._complete(receiver, each.messages)

    async def _complete(
        self, receiver: ServiceBusReceiver, messages: list[ServiceBusReceivedMessage]
    ) -> None:
        """Complete messages, those of a batch by one frame: the .NET client has all its completions under way at once.

        One by one, each would take a round trip, and the next batch could only begin after the last of them.
        """
        numbers = [message._delivery_id for message in messages]  # noqa: SLF001 - the SDK tells it nowhere else
        together = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        if len(messages) > 1 and together and all(_lock_left(message) > 0 for message in messages):
            handler, tag = receiver._handler, messages[0]._delivery_tag  # noqa: SLF001 - the SDK settles one at a time
            async with asyncio.timeout(CALL_SECONDS):
                await handler.settle_messages_async(
                    (numbers[0], numbers[-1]), tag, "accepted", await_outcome=True
                )
            return
        for message in messages:
            await self._settle("complete", receiver, message)

    async def _abandon(self, receiver: ServiceBusReceiver, messages: list[ServiceBusReceivedMessage]) -> None:
        for message in messages:
            await self._settle("abandon", receiver, message)

    async def _settle(
        self, how: str, receiver: ServiceBusReceiver, message: ServiceBusReceivedMessage
    ) -> None:
        settle = receiver.complete_message if how == "complete" else receiver.abandon_message
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await settle(message)
        except (MessageLockLostError, MessageAlreadySettled) as error:
            _log.warning(
                "Message %s of queue %s could not be settled (%s: %s); it comes again.",
                message.message_id,
                self._trigger.queue,
                how,
                type(error).__name__,
            )

    async def _renew_locks(self, receiver: ServiceBusReceiver, running: list[_Running]) -> None:
        now = time.monotonic()
        for each in running:
            if each.renew_until <= now or each.run.done():
                continue
            for message in each.messages:
                if _lock_left(message) > each.renew_before:
                    continue
                try:
                    async with asyncio.timeout(CALL_SECONDS):
                        await receiver.renew_message_lock(message)
                except MessageLockLostError:
                    each.renew_until = 0.0
                    _log.warning(
                        "The lock of message %s of queue %s is lost while it runs; it comes again.",
                        message.message_id,
                        self._trigger.queue,
                    )


async def _receive(
    receiver: ServiceBusReceiver, count: int, seconds: float
) -> list[ServiceBusReceivedMessage]:
    async with asyncio.timeout(seconds + CALL_SECONDS):
        # Asked for several, the Python SDK waits 0.2 s for more once it has one; asked for one, it does not.
        messages = await receiver.receive_messages(max_message_count=1, max_wait_time=seconds)
        if messages and count > 1:
            messages += await receiver.receive_messages(
                max_message_count=count - 1, max_wait_time=MORE_SECONDS
            )
        return messages


def _lock_left(message: ServiceBusReceivedMessage) -> float:
    until = message.locked_until_utc
    return inf if until is None else (until - datetime.now(UTC)).total_seconds()
