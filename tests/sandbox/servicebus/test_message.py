"""Is a message delivered as it was sent, with what the bus has to say added?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from sandbox.servicebus.codec import CodecError, Described, Symbol, Timestamp, UInt, ULong, encode
from sandbox.servicebus.message import (
    APPLICATION_PROPERTIES,
    DATA,
    DELIVERY_ANNOTATIONS,
    FOOTER,
    HEADER,
    MESSAGE_ANNOTATIONS,
    PROPERTIES,
    SEQUENCE,
    VALUE,
    Lock,
    read_bare,
    read_batch,
    read_message,
    read_sections,
    with_application_properties,
    write_delivery,
    write_section,
)

_BARE = (
    write_section(PROPERTIES, ["id-1"])
    + write_section(APPLICATION_PROPERTIES, {"tries": UInt(3)})
    + write_section(DATA, b"{}")
)
_SENT = (
    write_section(HEADER, [True, None, UInt(5000)])
    + write_section(DELIVERY_ANNOTATIONS, {Symbol("trace"): "on", Symbol("x-opt-lock-token"): "forged"})
    + write_section(
        MESSAGE_ANNOTATIONS,
        {Symbol("x-opt-partition-key"): "p", Symbol("x-opt-sequence-number"): 99},
    )
    + _BARE
)
_TOKEN = UUID("00112233-4455-6677-8899-aabbccddeeff")


def _delivered(raw: bytes, **more: Any) -> dict[int, Any]:
    delivery = write_delivery(read_message(raw), sequence=7, enqueued_ms=1000, delivery_count=2, **more)
    return {section.code: section.value for section in read_sections(delivery)}


def test_a_delivery_says_what_the_bus_knows() -> None:
    """Lock token, times, number and count are where the SDK reads them; the sender's claims about them are dropped."""
    sections = _delivered(_SENT, lock=Lock(_TOKEN, 61_000))
    assert sections[HEADER] == [True, None, 5000, None, 2]
    assert sections[DELIVERY_ANNOTATIONS] == {"trace": "on", "x-opt-lock-token": _TOKEN}
    assert sections[MESSAGE_ANNOTATIONS] == {
        "x-opt-enqueued-time": 1000,
        "x-opt-sequence-number": 7,
        "x-opt-enqueue-sequence-number": 7,
        "x-opt-locked-until": 61_000,
        "x-opt-partition-key": "p",
    }


def test_the_bare_message_is_untouched() -> None:
    """The bytes of properties and body are the sender's own."""
    assert write_delivery(read_message(_SENT), sequence=1, enqueued_ms=0, delivery_count=0).endswith(_BARE)


def test_a_scheduled_message_says_so() -> None:
    """`x-opt-message-state` 2 is what peeking at a scheduled message shows."""
    assert _delivered(_SENT, scheduled=True)[MESSAGE_ANNOTATIONS]["x-opt-message-state"] == 2


def test_schedule_and_life_are_read() -> None:
    """Both ways of a sender to speak about time."""
    raw = write_section(MESSAGE_ANNOTATIONS, {Symbol("x-opt-scheduled-enqueue-time"): Timestamp(123)}) + _BARE
    assert read_message(raw).scheduled_for_ms == 123
    assert read_message(_SENT).time_to_live_ms == 5000
    assert (read_message(_BARE).scheduled_for_ms, read_message(_BARE).time_to_live_ms) == (None, None)


@pytest.mark.parametrize("bare", [_BARE, write_section(DATA, b"{}"), write_section(PROPERTIES, ["id-1"])])
def test_application_properties_are_added_in_their_place(bare: bytes) -> None:
    """Dead-lettering adds its reason without touching anything else, whatever sections there are."""
    before = {section.code: section.value for section in read_sections(bare)}
    changed = with_application_properties(read_message(bare), {"DeadLetterReason": "r"}).bare
    after = {section.code: section.value for section in read_sections(changed)}
    expected = before.get(APPLICATION_PROPERTIES, {}) | {"DeadLetterReason": "r"}
    assert after == before | {APPLICATION_PROPERTIES: expected}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (write_section(DATA, b"ab") + write_section(DATA, b"c\xff"), "abc\ufffd"),
        (write_section(SEQUENCE, [1, "x"]) + write_section(SEQUENCE, [2]), "[1, 'x', 2]"),
        (write_section(VALUE, "told"), "told"),
        (b"", "None"),
    ],
)
def test_bodies_for_people(body: bytes, text: str) -> None:
    """Every kind of body can be shown."""
    reading = read_bare(write_section(PROPERTIES, ["id-1"]) + body)
    assert (reading.message_id, reading.text) == ("id-1", text)


def test_the_sdk_writes_footers_before_bodies() -> None:
    """Such a message is taken, and still whole when it becomes a dead letter."""
    raw = write_section(FOOTER, {Symbol("f"): 1}) + write_section(DATA, b"x")
    buried = with_application_properties(read_message(raw), {"DeadLetterReason": "r"})
    reading = read_bare(buried.bare)
    assert (reading.text, reading.application_properties) == ("x", {"DeadLetterReason": "r"})
    assert {section.code for section in read_sections(buried.bare)} == {APPLICATION_PROPERTIES, FOOTER, DATA}


def test_a_batch_holds_whole_messages() -> None:
    """Each data section of the envelope is a message of its own."""
    envelope = write_section(DATA, _SENT) + write_section(DATA, write_section(DATA, b"two"))
    assert [read_bare(message.bare).text for message in read_batch(envelope)] == ["{}", "two"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"text",
        encode("text"),
        write_section(0x79, b"x"),
        write_section(DATA, "text"),
        encode(Described(Symbol("amqp:data:binary"), b"x")),
        encode(Described([ULong(0x75)], b"x")),
        write_section(DATA, b"xyz")[:-1],
    ],
)
def test_what_is_no_message_is_refused(raw: bytes) -> None:
    """Nothing is stored that could not be delivered."""
    with pytest.raises(CodecError):
        read_message(raw)
