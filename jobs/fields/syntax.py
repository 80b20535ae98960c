"""How is an Automation Fields text cut into names and values?

The layouts come from the original product's page "Trigger Automations"; the rules where that page is silent
stand in `docs/automation-fields.md`. What a brace means depends on the field, so the caller tells the shape
of each name while the text is read. Every character is looked at a bounded number of times.
"""

from __future__ import annotations

import html.entities
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from jobs.fields.problems import ProblemCode, StrayCause

_EDGE: Final = (
    "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009"
    "\u200a\u2028\u2029\u202f\u205f\u3000"  # what str.strip takes away
    "\u200b\u2060\ufeff"  # invisible characters that come along when text is pasted from a web page or Word
)
_BREAKS: Final = "\r\n"
_SEPARATOR: Final = re.compile(r"[;\r\n]")
_NAME_END: Final = re.compile(r"[=;\r\n]")
_ITEM_END: Final = re.compile(r"[,{}]")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_ENTITY: Final = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,30})\Z")
_ENTITY_LENGTH: Final = 33


class Shape(Enum):
    """How the value of a field is written."""

    SCALAR = auto()
    """One text; braces are literal."""
    LIST = auto()
    """Several texts in curly brackets, or a single one without."""
    OPEN = auto()
    """Not known: a list if the whole value stands in curly brackets, else one text."""


@dataclass(frozen=True, slots=True)
class Item:
    """One text of a value: its content without edges or quotes, and the offset it starts at."""

    text: str
    at: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a value could not be read, and the offset of the place."""

    code: ProblemCode
    at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One `name=value` as written.

    Attributes:
        name: Without the spaces around it; may be empty.
        at: Offset of the name, or of the equals sign when there is no name.
        items: The texts of the value; blank ones are included.
        braced: Whether the value stands in curly brackets.
        flaw: Set when the value could not be read; `items` is empty then.
    """

    name: str
    at: int
    items: tuple[Item, ...] = ()
    braced: bool = False
    flaw: Flaw | None = None


@dataclass(frozen=True, slots=True)
class Stray:
    """A part of the text without an equals sign, and the name of the field before it if there is one."""

    text: str
    at: int
    cause: StrayCause
    after: str | None


@dataclass(frozen=True, slots=True)
class _Value:
    end: int
    items: tuple[Item, ...] = ()
    braced: bool = False
    flaw: Flaw | None = None


class Places:
    """Turns offsets of one text into lines and columns, both from 1, in characters."""

    __slots__ = ("_starts",)

    def __init__(self, text: str) -> None:
        self._starts = [0, *(end.end() for end in _LINE_END.finditer(text))]

    def of(self, at: int) -> tuple[int, int]:
        """Line and column of the character at offset `at`."""
        line = bisect_right(self._starts, at)
        return line, at - self._starts[line - 1] + 1


def read_entries(text: str, shape_of: Callable[[str], Shape], *, quoting: bool) -> Iterator[Entry | Stray]:
    """Everything in `text` that is not blank, in order.

    After a value with a flaw the reading goes on behind the next separator, and parts without an equals sign
    are passed over until the next field: they would only repeat the same mistake.

    Args:
        text: The whole text.
        shape_of: Tells how the value of a field with this name is written.
        quoting: Whether a value or list item that starts with a double quote is a quoted one.
    """
    before: Entry | None = None
    since = 0
    at = 0
    while at < len(text):
        found = _NAME_END.search(text, at)
        end = found.start() if found else len(text)
        start, stop = _trimmed(text, at, end)
        if end < len(text) and text[end] == "=":
            name = text[start:stop]
            value = _read_value(text, end + 1, shape_of(name), quoting=quoting)
            before = Entry(name, start if name else end, value.items, value.braced, value.flaw)
            yield before
            since = end = value.end
        elif start < stop:
            if before is None or before.flaw is None:
                yield Stray(
                    text[start:stop],
                    start,
                    _why_stray(text, since, start, before),
                    before.name if before else None,
                )
            since = end
        at = end + 1


def _why_stray(text: str, since: int, start: int, before: Entry | None) -> StrayCause:
    """Guess what went wrong from the separators between the field before and the stray part."""
    if before is None:
        return StrayCause.FIRST
    entity = _ENTITY.search(text, max(0, since - _ENTITY_LENGTH), since)
    if text[since] == ";" and entity and (entity[1][0] == "#" or entity[1] in html.entities.name2codepoint):
        return StrayCause.ENTITY
    broken = any(mark in text[since:start] for mark in _BREAKS)
    return StrayCause.LINE_BREAK if broken else StrayCause.SEMICOLON


def _read_value(text: str, at: int, shape: Shape, *, quoting: bool) -> _Value:
    first = at
    while first < len(text) and text[first] in _EDGE and text[first] not in _BREAKS:
        first += 1
    mark = text[first : first + 1]
    if quoting and mark == '"':
        return _read_quoted(text, first)
    if mark == "{" and shape is not Shape.SCALAR:
        return _read_list(text, first, shape, quoting=quoting)
    return _read_plain(text, at)


def _read_plain(text: str, at: int) -> _Value:
    end = _segment_end(text, at)
    start, stop = _trimmed(text, at, end)
    return _Value(end, (Item(text[start:stop], start),) if start < stop else ())


def _read_quoted(text: str, at: int) -> _Value:
    item, after = _quoted_item(text, at)
    if item is None:
        return _Value(_segment_end(text, at), flaw=Flaw(ProblemCode.UNCLOSED_QUOTE, at))
    end = _segment_end(text, after)
    start, stop = _trimmed(text, after, end)
    if start < stop:
        return _Value(end, flaw=Flaw(ProblemCode.TEXT_OUTSIDE_QUOTES, start))
    return _Value(end, (item,))


def _quoted_item(text: str, at: int) -> tuple[Item | None, int]:
    """The quoted text that opens at `at` and the offset behind its closing quote; None if it never closes."""
    close = text.find('"', at + 1)
    while close >= 0 and text.startswith('""', close):
        close = text.find('"', close + 2)
    if close < 0:
        return None, len(text)
    return Item(text[at + 1 : close].replace('""', '"'), at, quoted=True), close + 1


def _read_list(text: str, at: int, shape: Shape, *, quoting: bool) -> _Value:
    """Read the list whose brace opens at `at`; the brace protects separators until the closing one."""
    items: list[Item] = []
    start = at + 1
    while True:
        while start < len(text) and text[start] in _EDGE:
            start += 1
        item: Item | None = None
        ahead = start
        if quoting and text.startswith('"', start):
            item, ahead = _quoted_item(text, start)
            if item is None:
                return _Value(_segment_end(text, start), flaw=Flaw(ProblemCode.UNCLOSED_QUOTE, start))
        found = _ITEM_END.search(text, ahead)
        if found is None or found[0] == "{":
            nested = found is not None and found.start() < _segment_end(text, at)
            if nested and shape is Shape.OPEN:
                return _read_plain(text, at)
            return _Value(_segment_end(text, at), flaw=Flaw(ProblemCode.UNCLOSED_BRACE, at))
        begin, stop = _trimmed(text, ahead, found.start())
        if item is not None and begin < stop:
            return _Value(_segment_end(text, stop), flaw=Flaw(ProblemCode.TEXT_OUTSIDE_QUOTES, begin))
        items.append(item or Item(text[begin:stop], begin))
        start = found.end()
        if found[0] == "}":
            return _closed_list(text, at, start, shape, tuple(items))


def _closed_list(text: str, at: int, after: int, shape: Shape, items: tuple[Item, ...]) -> _Value:
    end = _segment_end(text, after)
    start, stop = _trimmed(text, after, end)
    if start == stop:
        return _Value(end, items, braced=True)
    if shape is Shape.OPEN and end == _segment_end(text, at):
        return _read_plain(text, at)
    return _Value(end, flaw=Flaw(ProblemCode.TEXT_OUTSIDE_BRACES, start))


def _segment_end(text: str, at: int) -> int:
    found = _SEPARATOR.search(text, at)
    return found.start() if found else len(text)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The same span without blank characters at its edges."""
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return start, end
