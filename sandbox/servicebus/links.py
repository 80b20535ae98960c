"""What happens on one link: transfers in, deliveries out, credit?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.codec import CodecError, Described, UInt, ULong
from sandbox.servicebus.errors import BusError
from sandbox.servicebus.faults import Kind
from sandbox.servicebus.frames import Detach, Disposition, Flow, Transfer, write_error
from sandbox.servicebus.message import Lock, read_batch, read_message
from sandbox.servicebus.queue import Entry, Queue
from sandbox.servicebus.requests import (
    SCHEDULE,
    Request,
    answer_management,
    answer_token,
    read_request,
    write_refusal,
)

if TYPE_CHECKING:
    from sandbox.servicebus.session import Session

MAX_MESSAGE_SIZE = 256 * 1024
"""Bytes of a message or batch, as in the Standard tier and in the official emulator."""

_BATCH_FORMAT = 0x80013700
_CREDIT = 1000
_WRAP = 1 << 32

ACCEPTED = 0x24
REJECTED = 0x25
RELEASED = 0x26
MODIFIED = 0x27


def outcome(code: int, *values: object) -> Described:
    """Build a delivery state."""
    return Described(ULong(code), list(values))


def rejection(error: BusError) -> Described:
    """Build the delivery state that carries an error."""
    return outcome(REJECTED, write_error(error.condition, error.description))


@dataclass(frozen=True, slots=True)
class Work:
    """What one transfer asks for.

    Attributes:
        perform: does it; raises BusError if it cannot be done.
        refuse: says instead that it is not done.
        queue: the queue it sends to, or None where it sends nothing.
    """

    perform: Callable[[], None]
    refuse: Callable[[BusError], None]
    queue: str | None


type Read = Callable[[bytes, int], Work]
"""(encoded message, message format) -> work; raises CodecError."""


def sending(queue: Queue) -> Read:
    """What a link to a queue takes: messages and batches of them."""

    def refuse(error: BusError) -> NoReturn:
        raise error

    def read(raw: bytes, message_format: int) -> Work:
        messages = read_batch(raw) if message_format == _BATCH_FORMAT else [read_message(raw)]
        return Work(lambda: _ignore(queue.put(messages)), refuse, queue.name)

    return read


def _ignore(_result: object) -> None:
    """Sequence numbers are told to those alone who schedule."""


def managing(session: Session, node: str, queue: Queue) -> Read:
    """What a link to `$management` takes: requests, answered on the link that the client has for it."""

    def read(raw: bytes, _message_format: int) -> Work:
        request = read_request(raw)
        return Work(
            lambda: session.reply(node, request, answer_management(request, queue)),
            lambda error: session.reply(node, request, write_refusal(request, error)),
            queue.name if request.operation == SCHEDULE else None,
        )

    return read


def authorising(session: Session, node: str) -> Read:
    """What a link to `$cbs` takes: tokens."""

    def read(raw: bytes, _message_format: int) -> Work:
        request: Request = read_request(raw)

        def perform() -> None:
            session.reply(node, request, answer_token(request, session.connection.grant))

        def refuse(error: BusError) -> NoReturn:
            raise error

        return Work(perform, refuse, None)

    return read


class Inlet:
    """A link on which the client sends: to a queue, to `$cbs` or to `$management`."""

    def __init__(self, session: Session, bus: Bus, handle: UInt, read: Read) -> None:
        self.handle = handle
        self._session = session
        self._bus = bus
        self._read = read
        self._delivery_id: UInt | None = None
        self._format = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._received = 0
        self._credit = 0

    def grant(self) -> None:
        """Let the client send."""
        self._credit = _CREDIT
        self._session.send_flow(self.handle, self._received, self._credit)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take a part of a message; act on it once it is whole."""
        if self._delivery_id is None:
            if transfer.delivery_id is None:
                raise CodecError("the first transfer of a delivery has no id")
            self._delivery_id, self._format = transfer.delivery_id, transfer.message_format or 0
        self._size += len(payload)
        # What is too large is not kept, only waited out: the client must get its answer.
        if self._size <= MAX_MESSAGE_SIZE:
            self._parts.append(payload)
        if transfer.more and not transfer.aborted:
            return
        delivery_id, raw, size = self._delivery_id, b"".join(self._parts), self._size
        self._delivery_id, self._parts, self._size = None, [], 0
        self._received += 1
        self._credit -= 1
        if not transfer.aborted:
            self._judge(delivery_id, raw, size, settled=bool(transfer.settled))
        if self._credit < _CREDIT // 2:
            self.grant()

    def _judge(self, delivery_id: UInt, raw: bytes, size: int, *, settled: bool) -> None:
        if size > MAX_MESSAGE_SIZE:
            error = BusError(
                "amqp:link:message-size-exceeded",
                f"The message has {size} bytes; {MAX_MESSAGE_SIZE} are allowed.",
            )
            self._settle(delivery_id, rejection(error), settled=settled)
            return
        try:
            work = self._read(raw, self._format)
        except CodecError as error:
            refused = rejection(BusError("amqp:decode-error", str(error)))
            self._settle(delivery_id, refused, settled=settled)
            return
        fault = self._bus.faults.hit_send(work.queue) if work.queue is not None else None
        match fault.kind if fault is not None else None:
            case Kind.REFUSE_SEND:
                busy = BusError("com.microsoft:server-busy", "The server is busy, as was asked for.", 503)
                self._do(delivery_id, lambda: work.refuse(busy), settled=settled)
            case Kind.DELAY_SEND if fault is not None:
                asyncio.get_running_loop().call_later(
                    fault.seconds or 0.0, lambda: self._do_late(delivery_id, work, settled=settled)
                )
            case Kind.DROP_AFTER_SEND:
                work.perform()
                self._session.connection.drop()
            case _:
                self._do(delivery_id, work.perform, settled=settled)

    def _do(self, delivery_id: UInt, act: Callable[[], None], *, settled: bool) -> None:
        try:
            act()
        except BusError as error:
            self._settle(delivery_id, rejection(error), settled=settled)
        else:
            self._settle(delivery_id, outcome(ACCEPTED), settled=settled)

    def _do_late(self, delivery_id: UInt, work: Work, *, settled: bool) -> None:
        self._do(delivery_id, work.perform, settled=settled)
        self._bus.turn()

    def _settle(self, delivery_id: UInt, state: Described, *, settled: bool) -> None:
        if not settled:
            self._session.send(
                Disposition(role=True, first=delivery_id, last=delivery_id, settled=True, state=state)
            )


class Outlet:
    """A link on which the client receives."""

    def __init__(self, session: Session, handle: UInt) -> None:
        self.handle = handle
        self.credit = 0
        self._session = session
        self._count = 0

    def on_flow(self, flow: Flow) -> None:
        """Take the client's word for how many messages it wants."""
        # Both sides count deliveries modulo 2^32; the client may not have seen the latest.
        seen = flow.delivery_count if flow.delivery_count is not None else 0
        behind = (self._count - seen) % _WRAP
        self.credit = max(0, (flow.link_credit or 0) - behind)
        self.fill()
        if flow.drain:
            self._count = (self._count + self.credit) % _WRAP
            self.credit = 0
            self._session.send_flow(self.handle, self._count, 0, drain=True)

    def fill(self) -> None:
        """Use the credit, as far as there is something to send."""

    def close(self) -> None:
        """The link is over."""

    def send(self, tag: bytes, payload: bytes, *, settled: bool) -> UInt:
        """Send one message, and give its delivery id."""
        self._count = (self._count + 1) % _WRAP
        self.credit -= 1
        return self._session.transfer(self.handle, tag, payload, settled=settled)


class ReplyOutlet(Outlet):
    """Takes answers to the client.

    Attributes:
        node: `$cbs` or `<queue>/$management`.
        address: where the client said that it awaits answers.
    """

    def __init__(self, session: Session, handle: UInt, node: str, address: str | None) -> None:
        super().__init__(session, handle)
        self.node = node
        self.address = address
        self._waiting: list[bytes] = []
        self._replies = 0

    def reply(self, raw: bytes) -> None:
        """Send an answer as soon as there is credit."""
        self._waiting.append(raw)
        self.fill()

    def fill(self) -> None:
        """Send what waits."""
        while self._waiting and self.credit > 0:
            self._replies += 1
            self.send(self._replies.to_bytes(8), self._waiting.pop(0), settled=True)


class QueueOutlet(Outlet):
    """Takes messages of a queue to the client."""

    def __init__(self, session: Session, handle: UInt, queue: Queue, *, deletes: bool) -> None:
        super().__init__(session, handle)
        self.deletes = deletes
        self._queue = queue
        queue.subscribe(self)

    def fill(self) -> None:
        """Take what the queue has."""
        self._queue.advance()
        self._queue.dispatch()

    def close(self) -> None:
        """Take nothing more."""
        self._queue.unsubscribe(self)

    def deliver(self, entry: Entry, lock: Lock | None) -> None:
        """Send one message."""
        if lock is None:
            self.send(entry.sequence.to_bytes(8), entry.write(), settled=True)
        else:
            delivery_id = self.send(lock.token.bytes_le, entry.write(lock), settled=False)
            self._session.lend(delivery_id, self._queue, lock.token, self.handle)


def detached(handle: UInt, error: BusError | None = None, *, closed: bool = True) -> Detach:
    """Build the end of a link."""
    told = None if error is None else write_error(error.condition, error.description)
    return Detach(handle=handle, closed=closed, error=told)
