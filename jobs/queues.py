"""How do messages reach the two queues?

The Functions output binding sends after the function has returned and can neither schedule nor be
retried, so the app sends with the SDK.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from azure.servicebus import ServiceBusMessage, ServiceBusMessageState, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusError

from jobs import telemetry
from jobs.doorbells import Doorbell, doorbell_message
from jobs.messages import message_body, packed
from jobs.outcomes import Outcome, outcome_message
from jobs.ports import QueueUnavailable
from jobs.sizes import SENT_AT_ONCE

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential
    from azure.servicebus.aio import ServiceBusSender

SEND_SECONDS = 20.0
"""One send, with all repetitions of the SDK, is cut off after this long."""

RETRIES = 2
RETRY_SECONDS = 3
"""What the SDK repeats within one send."""

COUNTED = 250
"""So many messages of one queue are counted at most."""

PEEKS = 6
"""One count ends after so many looks: Service Bus may give fewer messages at once than it was asked for."""


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of one queue, or of its dead letters.

    Attributes:
        ready: to be handed over, or with a receiver just now.
        scheduled: to be handed over at a later time.
        more: there may be further ones, which were not counted.
    """

    ready: int
    scheduled: int
    more: bool


@dataclass(frozen=True, slots=True)
class _Pending:
    text: str
    traceparent: str | None
    at: datetime | None
    accepted: asyncio.Future[None]


@dataclass(slots=True)
class _Sender:
    """Sends for many coroutines over one link, which the SDK does not let them share.

    Whatever was asked for while a send is under way goes out together in the next one, in few messages.
    """

    client: ServiceBusClient
    queue: str
    waiting: list[_Pending] = field(default_factory=list)
    sender: ServiceBusSender | None = None
    running: asyncio.Task[None] | None = None

    async def send(self, texts: Iterable[tuple[str, str | None]], at: datetime | None) -> None:
        """Send texts, each with its traceparent, to be handed over at once or `at` that time."""
        loop = asyncio.get_running_loop()
        pending = [_Pending(text, parent, at, loop.create_future()) for text, parent in texts]
        self.waiting += pending
        if self.running is None or self.running.done():
            self.running = loop.create_task(self._drain())
        results = await asyncio.gather(*(one.accepted for one in pending), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _drain(self) -> None:
        while self.waiting:
            pending, self.waiting = self.waiting[:SENT_AT_ONCE], self.waiting[SENT_AT_ONCE:]
            try:
                async with asyncio.timeout(SEND_SECONDS):
                    await self._transfer(_messages(pending))
            except Exception as error:  # noqa: BLE001 - told to every caller; the next send opens a link of its own
                self._settle(pending, QueueUnavailable(f"{self.queue}: {type(error).__name__}"))
                await self._drop_link()
            except BaseException:
                self._settle([*pending, *self.waiting], QueueUnavailable(f"{self.queue}: sending was ended"))
                self.waiting = []
                raise
            else:
                self._settle(pending, None)

    async def _transfer(self, messages: list[ServiceBusMessage]) -> None:
        if self.sender is None:
            self.sender = self.client.get_queue_sender(self.queue)
        batch = await self.sender.create_message_batch()
        for message in messages:
            try:
                batch.add_message(message)
            except MessageSizeExceededError:
                await self.sender.send_messages(batch)
                batch = await self.sender.create_message_batch()
                batch.add_message(message)
        await self.sender.send_messages(batch)

    async def _drop_link(self) -> None:
        sender, self.sender = self.sender, None
        if sender is not None:
            await _closed(sender)

    @staticmethod
    def _settle(pending: Sequence[_Pending], error: BaseException | None) -> None:
        for one in pending:
            if one.accepted.done():
                continue
            if error is None:
                one.accepted.set_result(None)
            else:
                one.accepted.set_exception(error)

    async def close(self) -> None:
        await self._drop_link()


async def _closed(sender: ServiceBusSender) -> None:
    try:
        async with asyncio.timeout(5):
            await sender.close()
    except Exception:  # noqa: BLE001 - the link is given up because it failed; a second failure adds nothing
        return


class Queues:
    """The two queues, for sending."""

    def __init__(self, client: ServiceBusClient, *, jobs_queue: str, results_queue: str) -> None:
        self._client = client
        self._jobs_queue = jobs_queue
        self._results_queue = results_queue
        self._jobs = _Sender(client, jobs_queue)
        self._results = _Sender(client, results_queue)

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        """Put doorbells on the jobs queue, to be heard at once or `at` that time.

        Raises:
            QueueUnavailable: some may have been accepted; ringing twice is harmless.
        """
        traced = [replace(bell, traceparent=telemetry.traceparent(bell.job)) for bell in doorbells]
        await self._jobs.send(((doorbell_message(bell), bell.traceparent) for bell in traced), at)

    async def report(self, outcomes: Sequence[Outcome], at: datetime | None = None) -> None:
        """Put outcomes on the results queue, to be heard at once or `at` that time.

        Raises:
            QueueUnavailable: some may have been accepted; an outcome that comes twice is harmless.
        """
        traced = [outcome.traced(telemetry.traceparent(outcome.job)) for outcome in outcomes]
        await self._results.send(((outcome_message(outcome), outcome.traceparent) for outcome in traced), at)

    async def reachable(self) -> None:
        """Open a receiving link on the jobs queue and look at most at one message, taking none.

        Raises:
            QueueUnavailable: naming the kind of failure.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                receiver = self._client.get_queue_receiver(self._jobs_queue)
                async with receiver:
                    await receiver.peek_messages(1)
        except (ServiceBusError, TimeoutError, OSError) as error:
            raise QueueUnavailable(f"{self._jobs_queue}: {type(error).__name__}") from None

    async def depths(self) -> dict[str, tuple[Depth, Depth]]:
        """Messages of both queues and, second, their dead letters, by the queue's name; none is taken.

        Looks are all that the right to receive allows: how long a queue is, is told to whom may manage it.

        Raises:
            QueueUnavailable: naming the kind of failure.
        """
        places = [(name, dead) for name in (self._jobs_queue, self._results_queue) for dead in (False, True)]
        try:
            async with asyncio.timeout(SEND_SECONDS):
                counts = await asyncio.gather(
                    *(self._count(name, dead=dead) for name, dead in places), return_exceptions=True
                )
            counted = {place: _had(count) for place, count in zip(places, counts, strict=True)}
        except (ServiceBusError, TimeoutError, OSError) as error:
            raise QueueUnavailable(f"{self._jobs_queue}: {type(error).__name__}") from None
        return {name: (counted[name, False], counted[name, True]) for name, dead in places if not dead}

    async def _count(self, queue: str, *, dead: bool) -> Depth:
        receiver = self._client.get_queue_receiver(
            queue, sub_queue=ServiceBusSubQueue.DEAD_LETTER if dead else None
        )
        scheduled: list[bool] = []
        start = 1
        async with receiver:
            for _ in range(PEEKS):
                seen = await receiver.peek_messages(COUNTED + 1 - len(scheduled), sequence_number=start)
                scheduled += [one.state is ServiceBusMessageState.SCHEDULED for one in seen]
                if not seen or len(scheduled) > COUNTED:
                    break
                start = max(one.sequence_number or 0 for one in seen) + 1
        later = sum(scheduled[:COUNTED])
        return Depth(min(len(scheduled), COUNTED) - later, later, more=bool(seen))

    async def close(self) -> None:
        """Close the links and the connection."""
        await self._jobs.close()
        await self._results.close()
        await self._client.close()


def _had(count: Depth | BaseException) -> Depth:
    if isinstance(count, BaseException):
        raise count
    return count


def _messages(pending: Iterable[_Pending]) -> list[ServiceBusMessage]:
    at_once = [one for one in pending if one.at is None]
    # An outcome that is put back must not come again, and be put back again, because of its neighbour.
    later = [[one] for one in pending if one.at is not None]
    return [
        _message(message_body([one.text for one in some]), some[0].traceparent, some[0].at)
        for some in (*packed(at_once, lambda one: one.text), *later)
    ]


def _message(text: str, parent: str | None, at: datetime | None) -> ServiceBusMessage:
    message = ServiceBusMessage(text, content_type="application/json")
    if at is not None:
        message.scheduled_enqueue_time_utc = at
    if parent is not None:
        # The second is what the Functions host links a run to, and what the SDK of Service Bus writes as well.
        message.application_properties = {"traceparent": parent, "Diagnostic-Id": parent}
    return message


def connect(
    *,
    connection_string: str | None,
    namespace: str | None,
    credential: AsyncTokenCredential | None,
    jobs_queue: str,
    results_queue: str,
) -> Queues:
    """Queues over a connection string, or over a namespace with a token credential.

    Nothing is opened before the first send.

    Raises:
        ValueError: the connection string cannot be read, or neither way is given.
    """
    if connection_string is not None:
        client = ServiceBusClient.from_connection_string(
            connection_string, retry_total=RETRIES, retry_backoff_max=RETRY_SECONDS
        )
    elif namespace is not None and credential is not None:
        client = ServiceBusClient(namespace, credential, retry_total=RETRIES, retry_backoff_max=RETRY_SECONDS)
    else:
        raise ValueError("neither a connection string nor a namespace with a credential was given")
    return Queues(client, jobs_queue=jobs_queue, results_queue=results_queue)
