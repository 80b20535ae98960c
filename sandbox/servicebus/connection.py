"""What happens on one TCP connection: headers, SASL, frames, sessions?"""

from __future__ import annotations

import asyncio
import logging

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.codec import Array, CodecError, Symbol, UByte, UInt, UShort
from sandbox.servicebus.errors import BusError
from sandbox.servicebus.frames import (
    AMQP_HEADER,
    EMPTY_FRAME,
    MAX_FRAME,
    SASL_HEADER,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Open,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Transfer,
    read_frame,
    write_error,
    write_frame,
)
from sandbox.servicebus.session import Session
from sandbox.servicebus.tokens import covers

_LOG = logging.getLogger(__name__)

_SMALLEST_FRAME = 512
"""Every peer must take frames of this size, and may offer no less."""
_CHANNELS = UShort(255)
_ANONYMOUS = Symbol("ANONYMOUS")
_WELL = UByte(0)
_NOT_ALLOWED = UByte(1)


class Connection(asyncio.Protocol):
    """The server's side of one connection.

    Args:
        bus: whose queues the client may use.
        connections: the set of those that are open, kept up to date.
    """

    def __init__(self, bus: Bus, connections: set[Connection]) -> None:
        self.peer_frame_size = _SMALLEST_FRAME
        self._bus = bus
        self._connections = connections
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._unsent: list[bytes] = []
        self._expects_header = True
        self._ending = False
        self._broken = False
        self._sessions: dict[int, Session] = {}
        self._granted: set[str] = set()
        self._heartbeat: asyncio.TimerHandle | None = None

    # --- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a connection needs a stream")
        self._transport = transport
        self._connections.add(self)
        if self._bus.faults.refuses_connections():
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came, act on every frame that is whole, and answer when it is durable."""
        self._read += data
        try:
            self._take_frames()
        except CodecError as error:
            _LOG.warning("A client is cut off: %s", error)
            self.write(write_frame(0, Close(write_error("amqp:decode-error", str(error)))))
            self._hang_up()
        self._bus.turn()

    def connection_lost(self, exc: Exception | None) -> None:
        """End every session; what the client had locked stays locked until time is up."""
        del exc
        self._connections.discard(self)
        self._end_sessions()
        if self._heartbeat is not None:
            self._heartbeat.cancel()

    # --- for sessions

    def write(self, data: bytes) -> None:
        """Send `data` at the end of this turn."""
        self._unsent.append(data)
        self._bus.after_commit(self._flush)

    def grant(self, path: str) -> None:
        """Let the client use the entity of this path."""
        self._granted.add(path)

    def check(self, path: str) -> None:
        """Make sure that a token allows the entity of this path.

        Raises:
            BusError: `amqp:unauthorized-access`.
        """
        if not any(covers(granted, path) for granted in self._granted):
            raise BusError("amqp:unauthorized-access", f"No token was put for '{path}'.", 401)

    def drop(self) -> None:
        """Break off at the end of this turn: whatever was not sent yet is lost."""
        self._broken = True
        # At once, so that this turn delivers nothing more to it.
        self._end_sessions()
        self._bus.after_commit(self._flush)

    def _hang_up(self) -> None:
        """Act on nothing more; close at the end of this turn, after what was written has gone out."""
        self._ending = True
        self._end_sessions()
        self._bus.after_commit(self._flush)

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            if self._broken:
                self._transport.abort()
            elif self._unsent:
                self._transport.write(b"".join(self._unsent))
            if self._ending:
                self._transport.close()
        self._unsent.clear()

    # --- frames

    def _take_frames(self) -> None:
        offset = 0
        while len(self._read) - offset >= 8 and not self._closing():
            start = bytes(self._read[offset : offset + 8])
            if self._expects_header:
                self._on_header(start)
                offset += 8
                continue
            size = int.from_bytes(start[:4])
            if not 8 <= size <= MAX_FRAME:
                raise CodecError(f"a frame of {size} bytes")
            if len(self._read) - offset < size:
                break
            self._on_frame(bytes(self._read[offset : offset + size]))
            offset += size
        del self._read[:offset]

    def _closing(self) -> bool:
        return self._ending or self._broken or self._transport is None or self._transport.is_closing()

    def _on_header(self, header: bytes) -> None:
        self._expects_header = False
        if header == SASL_HEADER:
            mechanisms = SaslMechanisms(Array(0xA3, (_ANONYMOUS,)))
            self.write(SASL_HEADER + write_frame(0, mechanisms))
        else:
            # To anything it does not speak, a peer answers with what it speaks, and hangs up.
            self.write(AMQP_HEADER)
            if header != AMQP_HEADER:
                self._hang_up()

    def _on_frame(self, raw: bytes) -> None:
        frame = read_frame(raw)
        session = self._sessions.get(frame.channel)
        match frame.performative:
            case SaslInit(mechanism=mechanism):
                self._on_sasl(mechanism)
            case Open() as performative:
                self._on_open(performative)
            case Begin() as performative:
                self._sessions[frame.channel] = Session(self, self._bus, frame.channel, performative)
            case Close():
                self.write(write_frame(0, Close()))
                self._hang_up()
            case None:
                pass
            case performative if session is not None:
                self._on_session_frame(session, frame.channel, performative, frame.payload)
            case _:
                # The SDK detaches links after it has ended their session.
                pass

    def _on_session_frame(self, session: Session, channel: int, performative: object, payload: bytes) -> None:
        match performative:
            case Transfer():
                session.on_transfer(performative, payload)
            case Disposition():
                session.on_disposition(performative)
            case Flow():
                session.on_flow(performative)
            case Attach():
                session.on_attach(performative)
            case Detach():
                session.on_detach(performative)
            case End():
                session.close()
                del self._sessions[channel]
                self.write(write_frame(channel, End()))
            case _:
                raise CodecError(f"{type(performative).__name__} is nothing for a client to say")

    def _on_sasl(self, mechanism: Symbol) -> None:
        known = mechanism == _ANONYMOUS
        self.write(write_frame(0, SaslOutcome(_WELL if known else _NOT_ALLOWED)))
        if known:
            self._expects_header = True
        else:
            self._hang_up()

    def _on_open(self, performative: Open) -> None:
        size = performative.max_frame_size
        self.peer_frame_size = min(max(size, _SMALLEST_FRAME), MAX_FRAME) if size is not None else MAX_FRAME
        self.write(
            write_frame(
                0,
                Open("spotler-sandbox", max_frame_size=UInt(MAX_FRAME), channel_max=_CHANNELS, properties={}),
            )
        )
        if performative.idle_time_out:
            # The client hangs up if it hears nothing for so long; half of it leaves room.
            self._beat(max(performative.idle_time_out / 2000, 0.1))

    def _beat(self, seconds: float) -> None:
        if not self._closing() and self._transport is not None:
            if self._heartbeat is not None:
                self._transport.write(EMPTY_FRAME)
            self._heartbeat = asyncio.get_running_loop().call_later(seconds, self._beat, seconds)

    def _end_sessions(self) -> None:
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
