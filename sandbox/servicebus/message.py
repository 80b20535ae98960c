"""What does a message consist of, as it comes from a sender and as it goes to a receiver?

The sections are those of the OASIS standard, part 3 (messaging), 3.2. The bare message (properties,
application properties, body) is kept as the bytes that the sender wrote; only dead-lettering touches it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sandbox.servicebus.codec import (
    CodecError,
    Described,
    Int,
    Symbol,
    Timestamp,
    UInt,
    ULong,
    decode,
    encode,
)

HEADER = 0x70
DELIVERY_ANNOTATIONS = 0x71
MESSAGE_ANNOTATIONS = 0x72
PROPERTIES = 0x73
APPLICATION_PROPERTIES = 0x74
DATA = 0x75
SEQUENCE = 0x76
VALUE = 0x77
FOOTER = 0x78

_BODY = (DATA, SEQUENCE, VALUE)

_FORMS: dict[int, type] = {
    HEADER: list,
    DELIVERY_ANNOTATIONS: dict,
    MESSAGE_ANNOTATIONS: dict,
    PROPERTIES: list,
    APPLICATION_PROPERTIES: dict,
    DATA: bytes,
    SEQUENCE: list,
    VALUE: object,
    FOOTER: dict,
}

_SCHEDULED_TIME = "x-opt-scheduled-enqueue-time"
_OWNED = frozenset(
    {
        "x-opt-enqueued-time",
        "x-opt-sequence-number",
        "x-opt-enqueue-sequence-number",
        "x-opt-locked-until",
        "x-opt-lock-token",
        "x-opt-message-state",
    }
)
"""Annotations that the bus writes; what a sender claims in them is dropped."""

SCHEDULED_STATE = 2
"""`x-opt-message-state` of a message whose time has not come; absent means active."""


@dataclass(frozen=True, slots=True)
class Section:
    """One section of an encoded message: `raw` with its descriptor, `value` decoded."""

    code: int
    value: Any
    raw: bytes


def read_sections(raw: bytes) -> list[Section]:
    """Take an encoded message apart.

    The order that the standard asks for is not insisted on: the Python SDK writes a footer before the body.

    Raises:
        CodecError: these are not the sections of a message.
    """
    sections: list[Section] = []
    offset = 0
    while offset < len(raw):
        described, end = decode(raw, offset)
        code = described.descriptor if isinstance(described, Described) else None
        if not isinstance(code, ULong) or not isinstance(described.value, _FORMS.get(code, ())):
            raise CodecError("this is no section of a message")
        sections.append(Section(code, described.value, raw[offset:end]))
        offset = end
    return sections


def write_section(code: int, value: Any) -> bytes:
    """Encode one section."""
    return encode(Described(ULong(code), value))


@dataclass(frozen=True, slots=True)
class Message:
    """What a sender handed over and a queue keeps.

    Attributes:
        header: durable, priority, time to live, first-acquirer, as far as the sender gave them.
        delivery_annotations: which Service Bus passes on, unlike AMQP's own rule for them.
        annotations: of the message. Both are without those that the bus writes itself.
        bare: properties, application properties and body, encoded.
    """

    header: tuple[Any, ...]
    delivery_annotations: dict[Any, Any]
    annotations: dict[Any, Any]
    bare: bytes

    @property
    def time_to_live_ms(self) -> int | None:
        """What the sender asked for."""
        value = self.header[2] if len(self.header) > 2 else None
        return int(value) if isinstance(value, int) else None

    @property
    def scheduled_for_ms(self) -> int | None:
        """Milliseconds since 1970, when the sender wants the message to appear."""
        value = self.annotations.get(_SCHEDULED_TIME)
        return int(value) if isinstance(value, Timestamp) else None


def read_message(raw: bytes) -> Message:
    """Read one encoded message.

    Raises:
        CodecError: it is none.
    """
    if not raw:
        raise CodecError("the message is empty")
    header: tuple[Any, ...] = ()
    delivery_annotations: dict[Any, Any] = {}
    annotations: dict[Any, Any] = {}
    bare = []
    for section in read_sections(raw):
        if section.code == HEADER:
            header = tuple(section.value[:4])
        elif section.code == MESSAGE_ANNOTATIONS:
            annotations = _not_owned(section.value)
        elif section.code == DELIVERY_ANNOTATIONS:
            delivery_annotations = _not_owned(section.value)
        else:
            bare.append(section.raw)
    return Message(header, delivery_annotations, annotations, b"".join(bare))


def _not_owned(annotations: dict[Any, Any]) -> dict[Any, Any]:
    return {key: value for key, value in annotations.items() if key not in _OWNED}


def read_batch(raw: bytes) -> list[Message]:
    """Read an envelope of message-format 0x80013700: one encoded message in each data section.

    Raises:
        CodecError: it is none, or one of its messages is none.
    """
    return [read_message(section.value) for section in read_sections(raw) if section.code == DATA]


@dataclass(frozen=True, slots=True)
class Lock:
    """A message lent to a receiver: its token is also the delivery tag, in the byte order of .NET."""

    token: UUID
    until_ms: int


def write_delivery(
    message: Message,
    *,
    sequence: int,
    enqueued_ms: int,
    delivery_count: int,
    lock: Lock | None = None,
    scheduled: bool = False,
) -> bytes:
    """Encode `message` as a receiver gets it."""
    annotations: dict[Any, Any] = {
        Symbol("x-opt-enqueued-time"): Timestamp(enqueued_ms),
        Symbol("x-opt-sequence-number"): sequence,
        Symbol("x-opt-enqueue-sequence-number"): sequence,
    }
    delivery_annotations = dict(message.delivery_annotations)
    if lock is not None:
        annotations[Symbol("x-opt-locked-until")] = Timestamp(lock.until_ms)
        delivery_annotations[Symbol("x-opt-lock-token")] = lock.token
    if scheduled:
        annotations[Symbol("x-opt-message-state")] = Int(SCHEDULED_STATE)
    header = [*message.header, *[None] * (4 - len(message.header)), UInt(delivery_count)]
    return b"".join(
        (
            write_section(HEADER, header),
            write_section(DELIVERY_ANNOTATIONS, delivery_annotations) if delivery_annotations else b"",
            write_section(MESSAGE_ANNOTATIONS, annotations | message.annotations),
            message.bare,
        )
    )


def with_application_properties(message: Message, extra: dict[str, Any]) -> Message:
    """Give a copy of `message` whose application properties have `extra` added."""
    sections = read_sections(message.bare)
    kept: dict[Any, Any] = next(
        (section.value for section in sections if section.code == APPLICATION_PROPERTIES), {}
    )
    before = b"".join(section.raw for section in sections if section.code < APPLICATION_PROPERTIES)
    after = b"".join(section.raw for section in sections if section.code > APPLICATION_PROPERTIES)
    return replace(message, bare=before + write_section(APPLICATION_PROPERTIES, kept | extra) + after)


@dataclass(frozen=True, slots=True)
class Reading:
    """The parts of a bare message that people and management operations look at."""

    message_id: Any
    application_properties: dict[Any, Any]
    body: Any

    @property
    def text(self) -> str:
        """The body for people; bytes that are no UTF-8 are shown with replacement characters."""
        return self.body.decode(errors="replace") if isinstance(self.body, bytes) else str(self.body)


def read_bare(bare: bytes) -> Reading:
    """Read what an encoded bare message says.

    The data sections of a body are joined to bytes, a value is given as it is, sequences as one list.
    """
    message_id, properties = None, {}
    bodies: list[Section] = []
    for section in read_sections(bare):
        if section.code == PROPERTIES:
            message_id = section.value[0] if section.value else None
        elif section.code == APPLICATION_PROPERTIES:
            properties = section.value
        elif section.code in _BODY:
            bodies.append(section)
    body: Any = None
    if bodies and bodies[0].code == DATA:
        body = b"".join(section.value for section in bodies)
    elif bodies and bodies[0].code == SEQUENCE:
        body = [item for section in bodies for item in section.value]
    elif bodies:
        body = bodies[0].value
    return Reading(message_id, properties, body)
