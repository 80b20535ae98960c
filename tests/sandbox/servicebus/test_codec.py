"""Do AMQP values come back as they went out, and is everything else refused?"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servicebus.codec import (
    MAX_DEPTH,
    Array,
    Byte,
    Char,
    CodecError,
    Decimal,
    Described,
    Float,
    Int,
    Short,
    Symbol,
    Timestamp,
    UByte,
    UInt,
    ULong,
    UShort,
    decode,
    encode,
)
from sandbox.servicebus.frames import EMPTY_FRAME, Flow, Frame, Open, read_frame, write_frame
from sandbox.servicebus.message import read_message

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
_SIMPLE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 2**8 - 1).map(UByte),
    st.integers(0, 2**16 - 1).map(UShort),
    st.integers(0, 2**32 - 1).map(UInt),
    st.integers(0, 2**64 - 1).map(ULong),
    st.integers(-(2**7), 2**7 - 1).map(Byte),
    st.integers(-(2**15), 2**15 - 1).map(Short),
    st.integers(-(2**31), 2**31 - 1).map(Int),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-(2**63), 2**63 - 1).map(Timestamp),
    st.floats(width=32, allow_nan=False).map(Float),
    st.floats(allow_nan=False),
    st.sampled_from([4, 8, 16]).flatmap(lambda size: st.binary(min_size=size, max_size=size)).map(Decimal),
    st.characters(exclude_categories=["Cs"]).map(Char),
    st.uuids(),
    st.binary(max_size=300),
    _TEXT,
    st.text(st.characters(max_codepoint=127), max_size=300).map(Symbol),
)
_ARRAYS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=300).map(lambda items: Array(0x81, tuple(items))),
    st.lists(st.uuids(), max_size=3).map(lambda items: Array(0x98, tuple(items))),
    st.lists(_TEXT, max_size=3).map(lambda items: Array(0xB1, tuple(items))),
    st.lists(st.text("abc:", max_size=9).map(Symbol), max_size=3).map(lambda i: Array(0xA3, tuple(i))),
)
_VALUES = st.recursive(
    _SIMPLE | _ARRAYS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.dictionaries(_TEXT, inner, max_size=5),
        st.builds(Described, st.integers(0, 2**64 - 1).map(ULong), inner),
    ),
    max_leaves=10,
)


def _typed(value: Any) -> Any:
    """Spell out types, since UInt(1) == 1 == True to Python."""
    match value:
        case Described(descriptor, inner):
            return "described", _typed(descriptor), _typed(inner)
        case Array(constructor, items):
            return "array", constructor, [_typed(item) for item in items]
        case list():
            return [_typed(item) for item in value]
        case dict():
            return {key: _typed(item) for key, item in value.items()}
    return type(value), value


@given(_VALUES)
def test_a_value_comes_back_with_its_types(value: Any) -> None:
    """Every AMQP type survives the way out and back, and the reader stops where the value ends."""
    raw = encode(value)
    decoded, end = decode(raw + b"\x40")
    assert (_typed(decoded), end) == (_typed(value), len(raw))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("40", None),
        ("41", True),
        ("5601", True),
        ("43", UInt(0)),
        ("5207", UInt(7)),
        ("7000000100", UInt(256)),
        ("44", ULong(0)),
        ("55ff", -1),
        ("810000000000000080", 128),
        ("83000001311c4e5b00", Timestamp(0x01311C4E5B00)),
        ("98000102030405060708090a0b0c0d0e0f", UUID("00010203-0405-0607-0809-0a0b0c0d0e0f")),
        ("a1 03 61 62 63", "abc"),
        ("a3 03 61 62 63", Symbol("abc")),
        ("a0 02 00 ff", b"\x00\xff"),
        ("45", []),
        ("c0 03 02 41 42", [True, False]),
        ("c1 05 02 a1 01 6b 41", {"k": True}),
        ("e0 06 02 a3 01 61 01 62", Array(0xA3, (Symbol("a"), Symbol("b")))),
        ("00 53 24 45", Described(ULong(0x24), [])),
    ],
)
def test_bytes_of_the_standard(raw: str, value: Any) -> None:
    """Encodings worked out by hand from part 1 of the standard, so that both directions cannot share a mistake."""
    decoded, _ = decode(bytes.fromhex(raw))
    assert _typed(decoded) == _typed(value)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "57",
        "70000001",
        "a1 05 61",
        "a1 01 ff",
        "c0 03 05 41 42",
        "c0 04 02 41 42 40",
        "c1 02 01 41",
        "c1 04 02 45 41",
        "f0 00000005 ffffffff 40",
        "e0 02 01 00",
        "00 53",
    ],
)
def test_garbled_bytes_are_refused(raw: str) -> None:
    """Cut, overlong, odd and lying values end in CodecError."""
    with pytest.raises(CodecError):
        decode(bytes.fromhex(raw))


def test_depth_has_a_bound() -> None:
    """A value nested deeper than anything real is refused instead of exhausting the stack."""
    value: Any = None
    for _ in range(MAX_DEPTH + 2):
        value = [value]
    with pytest.raises(CodecError):
        decode(encode(value))


@pytest.mark.parametrize(
    "value", [object(), UInt(-1), 2**63, Symbol("ä"), Decimal(b"123"), Array(0x40, (None,))]
)
def test_values_without_a_form_are_refused(value: Any) -> None:
    """What AMQP cannot say is not written in another way."""
    with pytest.raises(CodecError):
        encode(value)


@given(st.binary(max_size=60))
def test_noise_is_a_frame_or_an_error(noise: bytes) -> None:
    """Whatever a peer sends, reading it raises CodecError or nothing."""
    for kind in (b"\x02\x00\x00\x00", b"\x02\x00\x00\x00\x00\x53\x14\xc0"):
        raw = (4 + len(kind) + len(noise)).to_bytes(4) + kind + noise
        try:
            assert isinstance(read_frame(raw), Frame)
        except CodecError:
            continue


@given(st.binary(max_size=60))
def test_noise_is_a_message_or_an_error(noise: bytes) -> None:
    """The same for what claims to be a message."""
    for start in (b"", b"\x00\x53\x70", b"\x00\x53\x75"):
        try:
            read_message(start + noise)
        except CodecError:
            continue


def test_trailing_nulls_are_written() -> None:
    """SDKs before 7.15 read fields by position, also those that are not set."""
    raw = write_frame(3, Flow(incoming_window=UInt(5)))
    described, _ = decode(raw, 8)
    assert len(described.value) == 11
    assert read_frame(raw) == Frame(3, Flow(incoming_window=UInt(5)), b"")


def test_an_empty_frame_carries_nothing() -> None:
    """Heartbeats are frames without a performative."""
    assert read_frame(EMPTY_FRAME) == Frame(0, None, b"")


def test_a_field_of_another_type_is_refused() -> None:
    """Everything behind the frames relies on the types of fields."""
    raw = write_frame(0, Open(max_frame_size=UInt(512)))
    assert read_frame(raw).performative == Open(max_frame_size=UInt(512))
    with pytest.raises(CodecError):
        read_frame(raw.replace(encode(UInt(512)), encode(Int(512))))
