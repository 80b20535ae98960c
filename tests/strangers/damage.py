"""What can happen to a body on its way, byte by byte?"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

Damage = Callable[[random.Random, bytes, Sequence[bytes]], bytes]

LIMIT = 1024 * 1024


def _place(chance: random.Random, body: bytes) -> int:
    return chance.randrange(len(body) + 1)


def flip(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """Some bits are turned over."""
    damaged = bytearray(body)
    for _bit in range(chance.randint(1, 8)):
        if damaged:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


def cut(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """A piece is missing, often the end."""
    start = _place(chance, body)
    end = len(body) if chance.random() < 0.5 else min(len(body), start + chance.randint(1, 200))
    return body[:start] + body[end:]


def duplicate(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """A piece, or all of it, comes twice."""
    start = _place(chance, body)
    end = chance.choice([len(body), min(len(body), start + chance.randint(1, 400))])
    return body[:end] + body[start:end] + body[end:]


def splice(chance: random.Random, body: bytes, others: Sequence[bytes]) -> bytes:
    """The beginning of one and the end of another."""
    other = chance.choice(others)
    return body[: _place(chance, body)] + other[_place(chance, other) :]


def nest(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """Something nested deeper than any reader goes, in place of a piece."""
    depth = chance.choice([100, 999, 1001, 20_000, 100_000])
    opening, closing = chance.choice([(b"[", b"]"), (b'{"a":', b"}")])
    whole = opening * depth + b"1" + closing * chance.choice([0, depth])
    at = _place(chance, body)
    return chance.choice([whole, body[:at] + whole + body[at:], b'{"PrimaryEntityId":' + whole + b"}"])


def number(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """A number that fits nowhere, in place of a value."""
    huge = chance.choice(
        [b"9" * 5000, b"1e999999", b"-" + b"1" * 400, b"NaN", b"Infinity", b"0x10", b"1." + b"0" * 300]
    )
    return _in_place_of_a_value(chance, body, huge)


def characters(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """Bytes and escapes that are no text: invalid UTF-8, half surrogate pairs, NUL, a byte order mark."""
    strange = chance.choice(
        [
            *(b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80", b"\x00", b"\x00" * 50),
            *(
                b"\xef\xbb\xbf",
                b"\xff\xfe",
                b"\\ud83d",
                b"\\udc00\\ud800",
                b"\\u0000",
                b"\\u",
                b"\xe2\x80\xa8",
            ),
        ]
    )
    at = chance.choice([0, _place(chance, body), len(body)])
    return body[:at] + strange + body[at:]


def recode(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """The same text in another encoding."""
    text = body.decode("utf-8", "replace")
    return text.encode(chance.choice(["utf-16", "utf-16-be", "utf-32", "utf-7", "utf-8-sig"]), "replace")


def inflate(chance: random.Random, body: bytes, _: Sequence[bytes]) -> bytes:
    """More than anybody reads, or hardly less."""
    room = LIMIT - len(body) + chance.choice([-1, 0, 1, 1000])
    return chance.choice(
        [body + b" " * room, b" " * room + body, _in_place_of_a_value(chance, body, b'"%s"' % (b"x" * room))]
    )


def foreign(chance: random.Random, _body: bytes, _: Sequence[bytes]) -> bytes:
    """Not one of ours at all."""
    return chance.choice(
        [
            *(b"", b" ", b"null", b"true", b"[]", b"{}", b'""', b"0", b"<?xml version='1.0'?><a/>"),
            *(b"code=sandbox-key", b"PK\x03\x04", bytes(chance.randrange(256) for _ in range(64))),
        ]
    )


_VALUE = re.compile(rb'":[^,{}]*')


def _in_place_of_a_value(chance: random.Random, body: bytes, value: bytes) -> bytes:
    found = _VALUE.search(body, _place(chance, body)) or _VALUE.search(body)
    return body + value if found is None else body[: found.start()] + b'":' + value + body[found.end() :]


DAMAGES: Sequence[Damage] = (
    flip,
    cut,
    duplicate,
    splice,
    nest,
    number,
    characters,
    recode,
    inflate,
    foreign,
)


def damaged(seed: int, bodies: Sequence[bytes]) -> bytes:
    """A body with one, two or three damages; the same for the same seed."""
    chance = random.Random(seed)
    body = chance.choice(bodies)
    for _ in range(chance.choice([1, 1, 1, 2, 3])):
        body = chance.choice(DAMAGES)(chance, body, bodies)
    return body
