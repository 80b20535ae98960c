"""What happens in one AMQP session: windows, links, settlement?"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sandbox.servicebus.bus import DEAD_LETTER_SUFFIX, Bus
from sandbox.servicebus.codec import CodecError, Described, UByte, UInt, ULong, UShort
from sandbox.servicebus.errors import BusError, not_implemented
from sandbox.servicebus.frames import (
    Attach,
    Begin,
    Detach,
    Disposition,
    Flow,
    Performative,
    Transfer,
    write_frame,
)
from sandbox.servicebus.links import (
    ACCEPTED,
    MAX_MESSAGE_SIZE,
    MODIFIED,
    REJECTED,
    RELEASED,
    Inlet,
    Outlet,
    QueueOutlet,
    ReplyOutlet,
    authorising,
    detached,
    managing,
    outcome,
    rejection,
    sending,
)
from sandbox.servicebus.queue import Queue
from sandbox.servicebus.requests import Request
from sandbox.servicebus.tokens import entity_path

if TYPE_CHECKING:
    from sandbox.servicebus.connection import Connection

_WINDOW = UInt(0x7FFFFFFF)
_WRAP = 1 << 32
_TRANSFER_OVERHEAD = 128
"""More than the bytes of a transfer frame that are not payload."""

_CBS = "$cbs"
_MANAGEMENT = "/$management"
_SOURCE = 0x28
_TARGET = 0x29
_SETTLED = UByte(1)


@dataclass(frozen=True, slots=True)
class Loan:
    """A delivery that the client has not settled."""

    queue: Queue
    token: UUID
    handle: UInt


class Session:
    """One session of a connection."""

    def __init__(self, connection: Connection, bus: Bus, channel: int, begin: Begin) -> None:
        self.connection = connection
        self._bus = bus
        self._channel = channel
        self._inlets: dict[UInt, Inlet] = {}
        self._outlets: dict[UInt, Outlet] = {}
        self._loans: dict[UInt, Loan] = {}
        self._next_incoming = int(begin.next_outgoing_id)
        self._next_outgoing = 0
        self._next_delivery = 0
        self._peer_window = int(begin.incoming_window)
        self._held: deque[bytes] = deque()
        self.send(Begin(UShort(channel), UInt(0), _WINDOW, _WINDOW, UInt(0xFFFF)))

    # --- to the client

    def send(self, performative: Performative) -> None:
        """Tell the client something that needs no window."""
        self.connection.write(write_frame(self._channel, performative))

    def send_flow(self, handle: UInt | None, count: int = 0, credit: int = 0, *, drain: bool = False) -> None:
        """Tell the state of the session, and of a link if there is a handle."""
        linked = handle is not None
        self.send(
            Flow(
                next_incoming_id=UInt(self._next_incoming % _WRAP),
                incoming_window=_WINDOW,
                next_outgoing_id=UInt(self._next_outgoing % _WRAP),
                outgoing_window=_WINDOW,
                handle=handle,
                delivery_count=UInt(count % _WRAP) if linked else None,
                link_credit=UInt(credit) if linked else None,
                drain=drain if linked else None,
            )
        )

    def transfer(self, handle: UInt, tag: bytes, payload: bytes, *, settled: bool) -> UInt:
        """Send a message in as many frames as the client's frame size asks for, as its window allows."""
        delivery_id = UInt(self._next_delivery % _WRAP)
        self._next_delivery += 1
        room = self.connection.peer_frame_size - _TRANSFER_OVERHEAD
        for start in range(0, max(len(payload), 1), room):
            more = start + room < len(payload)
            transfer = Transfer(handle, delivery_id, tag, UInt(0), settled, more)
            self._held.append(write_frame(self._channel, transfer, payload[start : start + room]))
        self._let_go()
        return delivery_id

    def _let_go(self) -> None:
        while self._held and self._peer_window > 0:
            self._peer_window -= 1
            self._next_outgoing += 1
            self.connection.write(self._held.popleft())

    def lend(self, delivery_id: UInt, queue: Queue, token: UUID, handle: UInt) -> None:
        """Remember what a delivery that has to be settled stands for."""
        self._loans[delivery_id] = Loan(queue, token, handle)

    def reply(self, node: str, request: Request, raw: bytes) -> None:
        """Answer a request on the link that the client has for answers of `node`.

        An answer that nobody awaits any more is dropped, as the client's going made it pointless.
        """
        outlets = [o for o in self._outlets.values() if isinstance(o, ReplyOutlet) and o.node == node]
        exact = [outlet for outlet in outlets if outlet.address == request.reply_to]
        for outlet in (exact or outlets)[:1]:
            outlet.reply(raw)

    # --- from the client

    def on_flow(self, flow: Flow) -> None:
        """Take note of the client's window, and of the credit of a link."""
        seen = flow.next_incoming_id if flow.next_incoming_id is not None else 0
        behind = (self._next_outgoing - seen) % _WRAP
        self._peer_window = flow.incoming_window - behind
        self._let_go()
        if flow.handle is not None:
            if (outlet := self._outlets.get(flow.handle)) is not None:
                outlet.on_flow(flow)
        elif flow.echo:
            self.send_flow(None)

    def on_transfer(self, transfer: Transfer, payload: bytes) -> None:
        """Take a part of a message; those for a link that is gone are dropped."""
        self._next_incoming += 1
        if (inlet := self._inlets.get(transfer.handle)) is not None:
            inlet.on_transfer(transfer, payload)

    def on_disposition(self, disposition: Disposition) -> None:
        """Settle deliveries; those of a link that is gone are settled through `$management` or not at all."""
        state = disposition.state
        if not disposition.role or state is None:
            return
        if not isinstance(state.descriptor, int):
            raise CodecError("the delivery state has no numeric descriptor")
        first = disposition.first
        last = disposition.last if disposition.last is not None else first
        span = (first,) if first == last else sorted(key for key in self._loans if first <= key <= last)
        answers: list[Disposition] = []
        for delivery_id in span:
            loan = self._loans.pop(delivery_id, None)
            if loan is None:
                continue
            echo = outcome(state.descriptor)
            try:
                _settle(loan, state)
            except BusError as error:
                echo = rejection(error)
            if answers and answers[-1].last == delivery_id - 1 and answers[-1].state == echo:
                answers[-1] = replace(answers[-1], last=delivery_id)
            else:
                answers.append(
                    Disposition(role=False, first=delivery_id, last=delivery_id, settled=True, state=echo)
                )
        if not disposition.settled:
            for answer in answers:
                self.send(answer)

    def on_attach(self, attach: Attach) -> None:
        """Attach a link, or refuse it."""
        if attach.handle in self._inlets or attach.handle in self._outlets:
            raise CodecError("the handle is in use")
        try:
            link = self._link(attach)
        except BusError as error:
            # Null source and target mean a refusal; with anything else the SDK takes the link for attached.
            self.send(_attached(attach, source=None, target=None))
            self.send(detached(attach.handle, error))
            return
        self.send(_attached(attach, source=attach.source, target=attach.target))
        if isinstance(link, Inlet):
            self._inlets[attach.handle] = link
            link.grant()
        else:
            self._outlets[attach.handle] = link

    def on_detach(self, detach: Detach) -> None:
        """Detach a link; locks on its deliveries live on."""
        outlet = self._outlets.pop(detach.handle, None)
        if outlet is not None:
            outlet.close()
            self._loans = {key: loan for key, loan in self._loans.items() if loan.handle != detach.handle}
        inlet = self._inlets.pop(detach.handle, None)
        if outlet is not None or inlet is not None:
            self.send(detached(detach.handle, closed=bool(detach.closed)))

    def close(self) -> None:
        """End every link."""
        for outlet in self._outlets.values():
            outlet.close()
        self._outlets.clear()
        self._inlets.clear()
        self._loans.clear()

    # --- links

    def _link(self, attach: Attach) -> Inlet | Outlet:
        node = entity_path(_address(attach))
        handle = attach.handle
        if node == _CBS:
            if attach.role:
                return ReplyOutlet(self, handle, node, _member(attach.target, 0))
            return Inlet(self, self._bus, handle, authorising(self, node))
        self.connection.check(node)
        if node.lower().endswith(_MANAGEMENT):
            queue = self._bus.find(node[: -len(_MANAGEMENT)])
            if attach.role:
                return ReplyOutlet(self, handle, node, _member(attach.target, 0))
            return Inlet(self, self._bus, handle, managing(self, node, queue))
        queue = self._bus.find(node)
        if attach.role:
            if _member(attach.source, 7):
                raise not_implemented("sessions and other filters of a source")
            return QueueOutlet(self, handle, queue, deletes=attach.snd_settle_mode == _SETTLED)
        if node.lower().endswith(DEAD_LETTER_SUFFIX):
            raise BusError("amqp:not-allowed", "Nothing can be sent to a dead-letter queue.", 403)
        return Inlet(self, self._bus, handle, sending(queue))


def _address(attach: Attach) -> str:
    end, expected = (attach.source, _SOURCE) if attach.role else (attach.target, _TARGET)
    if end is None or end.descriptor != expected:
        raise not_implemented("transactions and links without a source or target")
    address = _member(end, 0)
    if not isinstance(address, str):
        raise not_implemented("links without an address")
    return address


def _member(end: Any, index: int) -> Any:
    values = end.value if isinstance(end, Described) and isinstance(end.value, list) else []
    return values[index] if index < len(values) else None


def _attached(attach: Attach, *, source: Described | None, target: Described | None) -> Attach:
    return Attach(
        name=attach.name,
        handle=attach.handle,
        role=not attach.role,
        snd_settle_mode=attach.snd_settle_mode or UByte(0),
        rcv_settle_mode=attach.rcv_settle_mode or UByte(0),
        source=source,
        target=target,
        initial_delivery_count=UInt(0) if attach.role else None,
        max_message_size=ULong(MAX_MESSAGE_SIZE),
        properties={},
    )


def _settle(loan: Loan, state: Described) -> None:
    fields = state.value if isinstance(state.value, list) else []
    match int(state.descriptor), fields:
        case (code, _) if code == ACCEPTED:
            loan.queue.complete(loan.token)
        case (code, _) if code == RELEASED:
            loan.queue.give_back(loan.token)
        case (code, _) if code == REJECTED:
            loan.queue.dead_letter(loan.token, *_reason(fields))
        case (code, [_, True, *_]) if code == MODIFIED:
            raise not_implemented("deferral")
        case (code, [_, _, changes, *_]) if code == MODIFIED and changes:
            raise not_implemented("changing the properties of a message while settling it")
        case (code, _) if code == MODIFIED:
            loan.queue.abandon(loan.token)
        case (code, _):
            raise not_implemented(f"the delivery state 0x{code:02x}")


def _reason(fields: list[Any]) -> tuple[str | None, str | None]:
    error = fields[0] if fields else None
    description = _member(error, 1)
    told = _member(error, 2)
    info = told if isinstance(told, dict) else {}
    return info.get("DeadLetterReason"), info.get("DeadLetterErrorDescription", description)
