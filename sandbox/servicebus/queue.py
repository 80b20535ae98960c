"""What does one queue do with its messages?

Pure logic over a clock: it knows no connection, no disk and no timer. Receivers are told through `Receiver`,
the disk through `Journal`, and whoever runs the queue calls `advance` when `next_moment` has come.

Source of the behaviour: "Message transfers, locks, and settlement", "Message sequencing and timestamps",
"Message expiration", "Service Bus dead-letter queues" in Microsoft's documentation of Service Bus.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from uuid import UUID, uuid4

from sandbox.servicebus.errors import BusError, lock_lost, not_implemented
from sandbox.servicebus.message import Lock, Message, with_application_properties, write_delivery
from sandbox.servicebus.ranking import Ranking

type Clock = Callable[[], int]
"""Milliseconds since 1970."""

MAX_PEEK = 250
"""Messages that one peek gives at most."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What `Properties` of a queue in the configuration say; durations in milliseconds."""

    name: str
    lock_ms: int = 60_000
    max_delivery_count: int = 10
    time_to_live_ms: int | None = None
    dead_letter_expired: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A message in its place in a queue.

    Attributes:
        enqueued_ms: when it became active; when it was sent, as long as it is scheduled.
        due_ms: when a scheduled message becomes active; None once it is.
        expires_ms: None while scheduled, without time to live, and in a dead-letter queue.
        delivery_count: deliveries that failed.
    """

    sequence: int
    message: Message
    enqueued_ms: int
    due_ms: int | None = None
    expires_ms: int | None = None
    delivery_count: int = 0

    def write(self, lock: Lock | None = None) -> bytes:
        """Encode it for a receiver."""
        return write_delivery(
            self.message,
            sequence=self.sequence,
            enqueued_ms=self.enqueued_ms,
            delivery_count=self.delivery_count,
            lock=lock,
            scheduled=self.due_ms is not None,
        )


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages are in which state; a locked message is not counted as active."""

    active: int
    scheduled: int
    locked: int


class Receiver(Protocol):
    """A link that takes messages from a queue."""

    @property
    def credit(self) -> int:
        """How many messages it takes now."""
        ...

    @property
    def deletes(self) -> bool:
        """Whether messages are gone once delivered (receive-and-delete) instead of locked."""
        ...

    def deliver(self, entry: Entry, lock: Lock | None) -> None:
        """Take one message; lowers the credit by one."""
        ...


class Journal(Protocol):
    """Where a queue's changes are written down."""

    def saved(self, queue: str, entry: Entry, last_sequence: int) -> None:
        """`entry` was added or changed; `last_sequence` is the highest number the queue ever gave."""
        ...

    def removed(self, queue: str, sequence: int) -> None:
        """The entry is gone."""
        ...


class Queue:
    """Messages between senders and receivers, each delivered in the order of sequence numbers.

    Args:
        settings: of the queue; a dead-letter queue has those of its queue.
        clock: the present.
        journal: told of every change.
        dead_letters: where messages go that could not be delivered. None makes this a dead-letter queue
            itself: nothing expires there, and deliveries are counted without a limit.
    """

    def __init__(
        self, settings: QueueSettings, clock: Clock, journal: Journal, dead_letters: Queue | None = None
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self.dead_letters = dead_letters
        self._clock = clock
        self._journal = journal
        self._entries: dict[int, Entry] = {}
        self._locks: dict[UUID, tuple[int, Lock]] = {}
        self._ready: Ranking[int] = Ranking()
        self._due: Ranking[int] = Ranking()
        self._expiring: Ranking[int] = Ranking()
        self._unlocking: Ranking[UUID] = Ranking()
        self._receivers: deque[Receiver] = deque()
        self._last_sequence = 0

    @property
    def size(self) -> int:
        """All messages, in whatever state."""
        return len(self._entries)

    def restore(self, entries: Iterable[Entry], last_sequence: int) -> None:
        """Take over what the journal kept; locks end with a restart and count as no delivery."""
        self._last_sequence = last_sequence
        for entry in entries:
            self._entries[entry.sequence] = entry
            self._line_up(entry)

    # --- sending

    def put(self, messages: Sequence[Message]) -> list[int]:
        """Take messages in, active or scheduled as they ask for.

        Returns:
            Their sequence numbers. A scheduled message gets a new one when it becomes active.
        """
        return [self._put(message) for message in messages]

    def _put(self, message: Message) -> int:
        now = self._clock()
        due = message.scheduled_for_ms
        if due is not None and due > now:
            entry = Entry(self._next_sequence(), message, now, due_ms=due)
        else:
            entry = self._activated(message, now)
        self._save(entry)
        return entry.sequence

    def cancel(self, sequences: Sequence[int]) -> None:
        """Remove scheduled messages: all, or none where one of them is not scheduled (any more).

        Raises:
            BusError: `message-not-found`.
        """
        for sequence in sequences:
            entry = self._entries.get(sequence)
            if entry is None or entry.due_ms is None:
                raise BusError(
                    "com.microsoft:message-not-found", "There is no scheduled message of this number.", 404
                )
        for sequence in sequences:
            self._remove(sequence)

    def lay_down(self, entry: Entry, reason: str | None, description: str | None) -> None:
        """Keep what the queue could not deliver, with its number and its count."""
        told = {"DeadLetterReason": reason, "DeadLetterErrorDescription": description}
        extra = {name: text for name, text in told.items() if text is not None}
        message = with_application_properties(entry.message, extra) if extra else entry.message
        self._save(replace(entry, message=message, expires_ms=None))

    # --- receiving

    def subscribe(self, receiver: Receiver) -> None:
        """Let `receiver` compete for messages."""
        self._receivers.append(receiver)

    def unsubscribe(self, receiver: Receiver) -> None:
        """Stop delivering to `receiver`; its locks last until they are settled or time is up."""
        self._receivers.remove(receiver)

    def dispatch(self) -> None:
        """Deliver ready messages, in turn, to those receivers that have credit."""
        waiting = len(self._receivers)
        while waiting and len(self._ready):
            receiver = self._receivers[0]
            self._receivers.rotate(-1)
            if receiver.credit <= 0:
                waiting -= 1
                continue
            waiting = len(self._receivers)
            sequence = self._ready.pop()
            if sequence is not None:
                self._deliver(self._entries[sequence], receiver)

    def _deliver(self, entry: Entry, receiver: Receiver) -> None:
        if receiver.deletes:
            self._remove(entry.sequence)
            receiver.deliver(entry, None)
            return
        self._expiring.discard(entry.sequence)
        lock = Lock(uuid4(), self._clock() + self.settings.lock_ms)
        self._hold(entry.sequence, lock)
        receiver.deliver(entry, lock)

    def peek(self, from_sequence: int, count: int) -> list[Entry]:
        """Look at messages in order, also at locked and scheduled ones, without locking them."""
        wanted = (sequence for sequence in self._entries if sequence >= from_sequence)
        return [self._entries[sequence] for sequence in heapq.nsmallest(min(count, MAX_PEEK), wanted)]

    def counts(self) -> Counts:
        """Count the messages."""
        return Counts(len(self._ready), len(self._due), len(self._locks))

    # --- settling

    def complete(self, token: UUID) -> None:
        """Remove a locked message.

        Raises:
            BusError: `message-lock-lost`, here as in every other way to settle.
        """
        self._remove(self._release(token).sequence)

    def abandon(self, token: UUID) -> None:
        """Give a locked message back and count the delivery as failed."""
        self._failed(self._release(token))

    def give_back(self, token: UUID) -> None:
        """Give a locked message back as if it had not been delivered."""
        self._line_up(self._release(token))

    def dead_letter(self, token: UUID, reason: str | None, description: str | None) -> None:
        """Move a locked message to the dead-letter queue."""
        if self.dead_letters is None:
            raise not_implemented("dead-lettering out of a dead-letter queue")
        self._bury(self._release(token), reason, description)

    def renew(self, token: UUID) -> int:
        """Let a lock last for the whole lock duration from now on.

        Returns:
            Its new end, in milliseconds since 1970.
        """
        sequence, lock = self._living(token)
        renewed = replace(lock, until_ms=self._clock() + self.settings.lock_ms)
        self._hold(sequence, renewed)
        return renewed.until_ms

    # --- time

    def next_moment(self) -> int | None:
        """When `advance` has something to do next, in milliseconds since 1970."""
        firsts = (self._due.first(), self._expiring.first(), self._unlocking.first())
        return min((first[0] for first in firsts if first is not None), default=None)

    def advance(self) -> None:
        """Do what has fallen due: end locks, activate scheduled messages, let messages expire."""
        now = self._clock()
        while (token := self._unlocking.pop(now)) is not None:
            self._failed(self._entries[self._locks.pop(token)[0]])
        while (sequence := self._due.pop(now)) is not None:
            entry = self._entries[sequence]
            self._remove(sequence)
            self._save(self._activated(entry.message, now))
        while (sequence := self._expiring.pop(now)) is not None:
            self._expire(self._entries[sequence])

    def clear(self) -> None:
        """Remove everything, also what is locked; numbers go on counting."""
        for sequence in list(self._entries):
            self._remove(sequence)
        self._locks.clear()
        self._unlocking.clear()

    # --- steps

    def _next_sequence(self) -> int:
        self._last_sequence += 1
        return self._last_sequence

    def _activated(self, message: Message, now: int) -> Entry:
        lives = [ms for ms in (message.time_to_live_ms, self.settings.time_to_live_ms) if ms is not None]
        mortal = lives and self.dead_letters is not None
        return Entry(self._next_sequence(), message, now, expires_ms=now + min(lives) if mortal else None)

    def _save(self, entry: Entry) -> None:
        self._entries[entry.sequence] = entry
        self._journal.saved(self.name, entry, self._last_sequence)
        self._line_up(entry)

    def _line_up(self, entry: Entry) -> None:
        if entry.due_ms is not None:
            self._due.set(entry.sequence, entry.due_ms)
            return
        if entry.expires_ms is not None and entry.expires_ms <= self._clock():
            self._expire(entry)
            return
        self._ready.set(entry.sequence, entry.sequence)
        if entry.expires_ms is not None:
            self._expiring.set(entry.sequence, entry.expires_ms)

    def _remove(self, sequence: int) -> None:
        del self._entries[sequence]
        for ranking in (self._ready, self._due, self._expiring):
            ranking.discard(sequence)
        self._journal.removed(self.name, sequence)

    def _hold(self, sequence: int, lock: Lock) -> None:
        self._locks[lock.token] = (sequence, lock)
        self._unlocking.set(lock.token, lock.until_ms)

    def _living(self, token: UUID) -> tuple[int, Lock]:
        held = self._locks.get(token)
        if held is None or held[1].until_ms <= self._clock():
            raise lock_lost()
        return held

    def _release(self, token: UUID) -> Entry:
        sequence, _ = self._living(token)
        del self._locks[token]
        self._unlocking.discard(token)
        return self._entries[sequence]

    def _failed(self, entry: Entry) -> None:
        failed = replace(entry, delivery_count=entry.delivery_count + 1)
        limit = self.settings.max_delivery_count
        if self.dead_letters is not None and failed.delivery_count >= limit:
            self._bury(
                failed,
                "MaxDeliveryCountExceeded",
                f"Message could not be consumed after {limit} delivery attempts.",
            )
        else:
            self._save(failed)

    def _expire(self, entry: Entry) -> None:
        if self.settings.dead_letter_expired:
            self._bury(entry, "TTLExpiredException", "The message expired and was dead lettered.")
        else:
            self._remove(entry.sequence)

    def _bury(self, entry: Entry, reason: str | None, description: str | None) -> None:
        self._remove(entry.sequence)
        if self.dead_letters is not None:
            self.dead_letters.lay_down(entry, reason, description)
