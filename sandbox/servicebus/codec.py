"""How do values of the AMQP 1.0 type system look as bytes, and back?

The table of constructors is section 1.6 of the OASIS standard, part 1 (types). Python's own types stand for
the most usual AMQP type of their kind; the classes here stand for the others, so that a value that was read
is written back with the type it came with:

======================= =====================================
AMQP                    Python
======================= =====================================
null, boolean           None, bool
ubyte ... ulong         UByte, UShort, UInt, ULong
byte ... int, long      Byte, Short, Int, and int for long
float, double           Float, and float for double
decimal32, 64, 128      Decimal (opaque bytes)
char, timestamp, uuid   Char, Timestamp (ms since 1970), UUID
binary, string, symbol  bytes, str, Symbol
list, map, array        list, dict, Array
described               Described
======================= =====================================
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

MAX_DEPTH = 32
"""Values nested deeper are refused; nothing Service Bus knows comes near."""


class CodecError(ValueError):
    """The bytes are no AMQP value, or the value has no AMQP form."""


class UByte(int):
    """0 to 255."""


class UShort(int):
    """0 to 2^16 - 1."""


class UInt(int):
    """0 to 2^32 - 1."""


class ULong(int):
    """0 to 2^64 - 1."""


class Byte(int):
    """A signed number of 8 bits."""


class Short(int):
    """A signed number of 16 bits."""


class Int(int):
    """A signed number of 32 bits."""


class Timestamp(int):
    """Milliseconds since 1970 in UTC."""


class Float(float):
    """A binary floating point number of 32 bits."""


class Char(str):
    """One character."""

    __slots__ = ()


class Symbol(str):
    """A name out of ASCII characters."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Decimal:
    """An IEEE 754 decimal number of 4, 8 or 16 bytes, carried along unread."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Described:
    """A value with the descriptor that gives it a meaning: usually a ULong or a Symbol."""

    descriptor: Any
    value: Any


@dataclass(frozen=True, slots=True)
class Array:
    """Items of one type, named by the constructor byte that all of them share."""

    constructor: int
    items: tuple[Any, ...]


# --- reading

type _Reader = Callable[[bytes, int, int], tuple[Any, int]]
"""(buffer, offset just after the constructor, depth) -> (value, offset just after the value)"""


def decode(buffer: bytes, offset: int = 0, depth: int = 0) -> tuple[Any, int]:
    """Read the value that starts at `offset`.

    Returns:
        The value and the offset just after it.

    Raises:
        CodecError: the bytes end too early, or are no AMQP value.
    """
    if depth > MAX_DEPTH:
        raise CodecError("the value is nested too deeply")
    try:
        reader = _READERS.get(buffer[offset])
        if reader is None:
            raise CodecError(f"0x{buffer[offset]:02x} is no constructor")
        value, end = reader(buffer, offset + 1, depth)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise CodecError("the value is cut off or garbled") from error
    if end > len(buffer):
        raise CodecError("the value is cut off")
    return value, end


def _constant(value: Any) -> _Reader:
    return lambda _buffer, offset, _depth: (value, offset)


def _number(form: str, make: Callable[[Any], Any]) -> _Reader:
    packed = struct.Struct(form)

    def read(buffer: bytes, offset: int, _depth: int) -> tuple[Any, int]:
        return make(packed.unpack_from(buffer, offset)[0]), offset + packed.size

    return read


def _fixed(size: int, make: Callable[[bytes], Any]) -> _Reader:
    def read(buffer: bytes, offset: int, _depth: int) -> tuple[Any, int]:
        end = offset + size
        if end > len(buffer):
            raise CodecError("the value is cut off")
        return make(buffer[offset:end]), end

    return read


def _sized(width: int, make: Callable[[bytes], Any]) -> _Reader:
    def read(buffer: bytes, offset: int, _depth: int) -> tuple[Any, int]:
        start = offset + width
        end = start + int.from_bytes(buffer[offset:start])
        if end > len(buffer):
            raise CodecError("the value is cut off")
        return make(buffer[start:end]), end

    return read


type _Content = Callable[[bytes, int, int, int], tuple[Any, int]]
"""(buffer, offset of the first item, number of items, depth) -> (value, offset just after the last item)"""


def _compound(width: int, read_content: _Content) -> _Reader:
    def read(buffer: bytes, offset: int, depth: int) -> tuple[Any, int]:
        start = offset + width
        end = start + int.from_bytes(buffer[offset:start])
        count = int.from_bytes(buffer[start : start + width])
        # Every item takes a byte at least, so a larger count is a lie that would cost memory.
        if end > len(buffer) or count > end - start:
            raise CodecError("the value is cut off")
        value, reached = read_content(buffer, start + width, count, depth + 1)
        if reached != end:
            raise CodecError("the items do not fill the size that was told")
        return value, end

    return read


def _items(buffer: bytes, offset: int, count: int, depth: int) -> tuple[list[Any], int]:
    items = []
    for _ in range(count):
        item, offset = decode(buffer, offset, depth)
        items.append(item)
    return items, offset


def _pairs(buffer: bytes, offset: int, count: int, depth: int) -> tuple[dict[Any, Any], int]:
    items, offset = _items(buffer, offset, count, depth)
    if count % 2:
        raise CodecError("a map has a key without a value")
    try:
        return dict(zip(items[::2], items[1::2], strict=True)), offset
    except TypeError as error:
        raise CodecError("a key of a map is no simple value") from error


def _array(buffer: bytes, offset: int, count: int, depth: int) -> tuple[Array, int]:
    constructor = buffer[offset]
    reader = _READERS.get(constructor)
    if reader is None or constructor == 0x00:
        raise CodecError("arrays of this type are not read here")
    offset += 1
    items = []
    for _ in range(count):
        item, offset = reader(buffer, offset, depth)
        items.append(item)
    return Array(constructor, tuple(items)), offset


def _described(buffer: bytes, offset: int, depth: int) -> tuple[Any, int]:
    descriptor, offset = decode(buffer, offset, depth + 1)
    value, offset = decode(buffer, offset, depth + 1)
    return Described(descriptor, value), offset


def _symbol(data: bytes) -> Symbol:
    return Symbol(data.decode("ascii"))


_READERS: dict[int, _Reader] = {
    0x00: _described,
    0x40: _constant(None),
    0x41: _constant(True),
    0x42: _constant(False),
    0x43: _constant(UInt(0)),
    0x44: _constant(ULong(0)),
    0x45: lambda _buffer, offset, _depth: ([], offset),
    0x50: _number(">B", UByte),
    0x51: _number(">b", Byte),
    0x52: _number(">B", UInt),
    0x53: _number(">B", ULong),
    0x54: _number(">b", Int),
    0x55: _number(">b", int),
    0x56: _number(">B", bool),
    0x60: _number(">H", UShort),
    0x61: _number(">h", Short),
    0x70: _number(">I", UInt),
    0x71: _number(">i", Int),
    0x72: _number(">f", Float),
    0x73: _fixed(4, lambda data: Char(data.decode("utf-32-be"))),
    0x74: _fixed(4, Decimal),
    0x80: _number(">Q", ULong),
    0x81: _number(">q", int),
    0x82: _number(">d", float),
    0x83: _number(">q", Timestamp),
    0x84: _fixed(8, Decimal),
    0x94: _fixed(16, Decimal),
    0x98: _fixed(16, lambda data: UUID(bytes=data)),
    0xA0: _sized(1, bytes),
    0xA1: _sized(1, lambda data: data.decode()),
    0xA3: _sized(1, _symbol),
    0xB0: _sized(4, bytes),
    0xB1: _sized(4, lambda data: data.decode()),
    0xB3: _sized(4, _symbol),
    0xC0: _compound(1, _items),
    0xC1: _compound(1, _pairs),
    0xD0: _compound(4, _items),
    0xD1: _compound(4, _pairs),
    0xE0: _compound(1, _array),
    0xF0: _compound(4, _array),
}


# --- writing


def encode(value: Any) -> bytes:
    """Write `value` in the shortest form of its type.

    Raises:
        CodecError: no AMQP type belongs to the Python type, or the number is out of its range.
    """
    writer = _WRITERS.get(type(value))
    if writer is None:
        raise CodecError(f"{type(value).__name__} has no AMQP form")
    try:
        return writer(value)
    except (struct.error, UnicodeEncodeError) as error:
        raise CodecError(f"the {type(value).__name__} is out of range") from error


def _write_fixed(constructor: int, form: str) -> Callable[[Any], bytes]:
    packed = struct.Struct(">B" + form)
    return lambda value: packed.pack(constructor, value)


def _write_unsigned(zero: int, small: int, large: int, form: str) -> Callable[[int], bytes]:
    packed = struct.Struct(">B" + form)

    def write(value: int) -> bytes:
        if value == 0:
            return bytes((zero,))
        return bytes((small, value)) if 0 < value < 256 else packed.pack(large, value)

    return write


def _write_signed(small: int, large: int, form: str) -> Callable[[int], bytes]:
    packed = struct.Struct(">B" + form)
    return lambda value: bytes((small, value & 0xFF)) if -128 <= value < 128 else packed.pack(large, value)


def _write_sized(small: int, data: bytes) -> bytes:
    size = len(data)
    return bytes((small, size)) + data if size < 256 else struct.pack(">BI", small + 0x10, size) + data


def _write_compound(small: int, count: int, content: bytes) -> bytes:
    size = len(content)
    if size < 255 and count < 256:
        return bytes((small, size + 1, count)) + content
    return struct.pack(">BII", small + 0x10, size + 4, count) + content


def _write_list(value: list[Any]) -> bytes:
    return _write_compound(0xC0, len(value), b"".join(map(encode, value))) if value else b"\x45"


def _write_map(value: dict[Any, Any]) -> bytes:
    content = b"".join(encode(key) + encode(item) for key, item in value.items())
    return _write_compound(0xC1, 2 * len(value), content)


_DECIMALS = {4: b"\x74", 8: b"\x84", 16: b"\x94"}


def _write_decimal(value: Decimal) -> bytes:
    constructor = _DECIMALS.get(len(value.data))
    if constructor is None:
        raise CodecError("a decimal has 4, 8 or 16 bytes")
    return constructor + value.data


_ARRAY_ITEMS: dict[int, str] = {
    0x50: "B", 0x51: "b", 0x52: "B", 0x53: "B", 0x54: "b", 0x55: "b", 0x56: "B", 0x60: "H", 0x61: "h",
    0x70: "I", 0x71: "i", 0x72: "f", 0x80: "Q", 0x81: "q", 0x82: "d", 0x83: "q",
}  # fmt: skip


def _write_array_item(constructor: int, item: Any) -> bytes:
    """Write an item without its constructor, in the form that the array's constructor asks for."""
    if (form := _ARRAY_ITEMS.get(constructor)) is not None:
        return struct.pack(">" + form, item)
    match item:
        case UUID() if constructor == 0x98:
            return item.bytes
        case bytes() if constructor in {0xA0, 0xB0}:
            data = item
        case Symbol() if constructor in {0xA3, 0xB3}:
            data = item.encode("ascii")
        case str() if constructor in {0xA1, 0xB1}:
            data = item.encode()
        case _:
            raise CodecError(f"arrays of constructor 0x{constructor:02x} are not written here")
    return struct.pack(">B" if constructor < 0xB0 else ">I", len(data)) + data


def _write_array(value: Array) -> bytes:
    content = b"".join(_write_array_item(value.constructor, item) for item in value.items)
    return _write_compound(0xE0, len(value.items), bytes((value.constructor,)) + content)


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _value: b"\x40",
    bool: lambda value: b"\x41" if value else b"\x42",
    UByte: _write_fixed(0x50, "B"),
    UShort: _write_fixed(0x60, "H"),
    UInt: _write_unsigned(0x43, 0x52, 0x70, "I"),
    ULong: _write_unsigned(0x44, 0x53, 0x80, "Q"),
    Byte: _write_fixed(0x51, "b"),
    Short: _write_fixed(0x61, "h"),
    Int: _write_signed(0x54, 0x71, "i"),
    int: _write_signed(0x55, 0x81, "q"),
    Timestamp: _write_fixed(0x83, "q"),
    Float: _write_fixed(0x72, "f"),
    float: _write_fixed(0x82, "d"),
    Decimal: _write_decimal,
    Char: lambda value: b"\x73" + value.encode("utf-32-be"),
    UUID: lambda value: b"\x98" + value.bytes,
    bytes: lambda value: _write_sized(0xA0, value),
    str: lambda value: _write_sized(0xA1, value.encode()),
    Symbol: lambda value: _write_sized(0xA3, value.encode("ascii")),
    list: _write_list,
    dict: _write_map,
    Array: _write_array,
    Described: lambda value: b"\x00" + encode(value.descriptor) + encode(value.value),
}
