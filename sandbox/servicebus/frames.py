"""What do two AMQP peers tell each other, and how is it framed?

Performatives and frames of the OASIS standard, part 2 (transport), 2.3 and 2.7, and part 5 (security), 5.3.
A performative is always written with all of its fields: SDKs before 7.15 read fields by position and stumble
over trailing nulls that were left out, as the standard would allow.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, fields
from typing import Any

from sandbox.servicebus.codec import (
    Array,
    CodecError,
    Described,
    Symbol,
    UByte,
    UInt,
    ULong,
    UShort,
    decode,
    encode,
)

AMQP_HEADER = b"AMQP\x00\x01\x00\x00"
SASL_HEADER = b"AMQP\x03\x01\x00\x00"

AMQP_FRAME = 0
SASL_FRAME = 1

MAX_FRAME = 1 << 20
"""Bytes of one frame that are taken."""

EMPTY_FRAME = struct.pack(">IBBH", 8, 2, AMQP_FRAME, 0)
"""Says only that the peer is alive."""


_ZERO = UInt(0)
_WELL = UByte(0)
_ANONYMOUS = Symbol("ANONYMOUS")


@dataclass(frozen=True, slots=True)
class Open:
    """Opens a connection."""

    container_id: str | None = None
    hostname: str | None = None
    max_frame_size: UInt | None = None
    channel_max: UShort | None = None
    idle_time_out: UInt | None = None
    outgoing_locales: Any = None
    incoming_locales: Any = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Any = None


@dataclass(frozen=True, slots=True)
class Begin:
    """Begins a session on a channel."""

    remote_channel: UShort | None = None
    next_outgoing_id: UInt = _ZERO
    incoming_window: UInt = _ZERO
    outgoing_window: UInt = _ZERO
    handle_max: UInt | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Any = None


@dataclass(frozen=True, slots=True)
class Attach:
    """Attaches a link to a session; `role` is true for the side that receives."""

    name: str = ""
    handle: UInt = _ZERO
    role: bool = False
    snd_settle_mode: UByte | None = None
    rcv_settle_mode: UByte | None = None
    source: Described | None = None
    target: Described | None = None
    unsettled: Any = None
    incomplete_unsettled: Any = None
    initial_delivery_count: UInt | None = None
    max_message_size: ULong | None = None
    offered_capabilities: Any = None
    desired_capabilities: Any = None
    properties: Any = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Tells windows of a session and, with a handle, the credit of a link."""

    next_incoming_id: UInt | None = None
    incoming_window: UInt = _ZERO
    next_outgoing_id: UInt = _ZERO
    outgoing_window: UInt = _ZERO
    handle: UInt | None = None
    delivery_count: UInt | None = None
    link_credit: UInt | None = None
    available: UInt | None = None
    drain: bool | None = None
    echo: bool | None = None
    properties: Any = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """Carries a message or a part of it."""

    handle: UInt = _ZERO
    delivery_id: UInt | None = None
    delivery_tag: bytes | None = None
    message_format: UInt | None = None
    settled: bool | None = None
    more: bool | None = None
    rcv_settle_mode: UByte | None = None
    state: Described | None = None
    resume: bool | None = None
    aborted: bool | None = None
    batchable: bool | None = None


@dataclass(frozen=True, slots=True)
class Disposition:
    """Tells what became of deliveries; `role` is true from the side that receives."""

    role: bool = False
    first: UInt = _ZERO
    last: UInt | None = None
    settled: bool | None = None
    state: Described | None = None
    batchable: bool | None = None


@dataclass(frozen=True, slots=True)
class Detach:
    """Detaches a link."""

    handle: UInt = _ZERO
    closed: bool | None = None
    error: Described | None = None


@dataclass(frozen=True, slots=True)
class End:
    """Ends a session."""

    error: Described | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Closes a connection."""

    error: Described | None = None


@dataclass(frozen=True, slots=True)
class SaslMechanisms:
    """What the server would accept."""

    mechanisms: Array | None = None


@dataclass(frozen=True, slots=True)
class SaslInit:
    """What the client has chosen."""

    mechanism: Symbol = _ANONYMOUS
    initial_response: bytes | None = None
    hostname: str | None = None


@dataclass(frozen=True, slots=True)
class SaslOutcome:
    """How it went: 0 is well."""

    code: UByte = _WELL
    additional_data: bytes | None = None


type Performative = (
    Open
    | Begin
    | Attach
    | Flow
    | Transfer
    | Disposition
    | Detach
    | End
    | Close
    | SaslMechanisms
    | SaslInit
    | SaslOutcome
)

_TYPES: dict[int, type[Performative]] = {
    0x10: Open,
    0x11: Begin,
    0x12: Attach,
    0x13: Flow,
    0x14: Transfer,
    0x15: Disposition,
    0x16: Detach,
    0x17: End,
    0x18: Close,
    0x40: SaslMechanisms,
    0x41: SaslInit,
    0x44: SaslOutcome,
}
_CODES: dict[type, int] = {kind: code for code, kind in _TYPES.items()}
_FIELDS: dict[type, tuple[str, ...]] = {kind: tuple(f.name for f in fields(kind)) for kind in _TYPES.values()}


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame that was read; without a performative it only says that the peer is alive."""

    channel: int
    performative: Performative | None
    payload: bytes


def write_frame(channel: int, performative: Performative, payload: bytes = b"") -> bytes:
    """Encode a frame; a SASL performative makes it a SASL frame."""
    kind = type(performative)
    code = _CODES[kind]
    body = encode(Described(ULong(code), [getattr(performative, name) for name in _FIELDS[kind]]))
    frame_type = SASL_FRAME if code >= 0x40 else AMQP_FRAME
    return struct.pack(">IBBH", 8 + len(body) + len(payload), 2, frame_type, channel) + body + payload


def read_frame(frame: bytes) -> Frame:
    """Decode a frame, given whole with its size.

    Raises:
        CodecError: it is none that this server understands.
    """
    _, offset, _, channel = struct.unpack_from(">IBBH", frame)
    start = offset * 4
    if not 8 <= start <= len(frame):
        raise CodecError("the frame has a wrong data offset")
    if start == len(frame):
        return Frame(channel, None, b"")
    described, end = decode(frame, start)
    code = described.descriptor if isinstance(described, Described) else None
    kind = _TYPES.get(code) if isinstance(code, ULong) else None
    if kind is None or not isinstance(described.value, list):
        raise CodecError("the frame carries no performative")
    return Frame(channel, _build(kind, described.value), frame[end:])


def _build(kind: type[Performative], values: list[Any]) -> Performative:
    names = _FIELDS[kind]
    if len(values) > len(names):
        raise CodecError(f"{kind.__name__} has too many fields")
    given = {name: value for name, value in zip(names, values, strict=False) if value is not None}
    for name, value in given.items():
        expected = _WIRE_TYPES.get(name)
        if expected is not None and type(value) is not expected:
            raise CodecError(f"{kind.__name__}.{name} is a {type(value).__name__}")
    return kind(**given)


_WIRE_TYPES: dict[str, type] = {
    **dict.fromkeys(("channel_max", "remote_channel"), UShort),
    **dict.fromkeys(
        (
            *("max_frame_size", "idle_time_out", "next_incoming_id", "next_outgoing_id", "incoming_window"),
            *("outgoing_window", "handle_max", "handle", "delivery_count", "initial_delivery_count"),
            *("link_credit", "available", "delivery_id", "message_format", "first", "last"),
        ),
        UInt,
    ),
    **dict.fromkeys(("snd_settle_mode", "rcv_settle_mode", "code"), UByte),
    **dict.fromkeys(("role", "settled", "more", "resume", "aborted", "drain", "echo", "closed"), bool),
    **dict.fromkeys(("source", "target", "state", "error"), Described),
    **dict.fromkeys(("initial_response", "additional_data", "delivery_tag"), bytes),
    **dict.fromkeys(("name", "container_id"), str),
    "mechanism": Symbol,
    "mechanisms": Array,
    "max_message_size": ULong,
}
"""Which type each field has on the wire, so that everything behind this module can rely on it."""


def write_error(condition: str, description: str) -> Described:
    """Build an error with all three fields: the SDK hangs on two."""
    return Described(ULong(0x1D), [Symbol(condition), description, {}])
