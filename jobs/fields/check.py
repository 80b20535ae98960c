"""Which values does an Automation Fields text pass to Spotler, and what is wrong with it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from jobs.fields.field_type import FieldType, hinted_type
from jobs.fields.problems import Note, NoteCode, Problem, ProblemCode, StrayCause
from jobs.fields.syntax import Entry, Item, Places, Shape, Stray, read_entries

_LOOKS_LIKE_A_NAME: Final = re.compile(r"[^\W\d][\w.\-]{0,63}")
_NOT_IN_A_URL: Final = re.compile(r"[\s\x00-\x20\x7f<>\"]")
_BREAK: Final = re.compile(r"[;\r\n]")
_SHAPES: Final = {
    FieldType.STRING: Shape.SCALAR,
    FieldType.URL: Shape.SCALAR,
    FieldType.PRODUCTLIST: Shape.LIST,
}


MOST_PROBLEMS = 100
"""Reading ends with so many; a text that has more is no list of fields at all."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field to pass: `values` has exactly one text, unless `type` is PRODUCTLIST; never empty."""

    name: str
    type: FieldType
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FieldsRead:
    """What a text says.

    Attributes:
        fields: In the order written, blank ones left out; empty as soon as there is a problem.
        problems: All of them, in the order of their places.
        notes: What is worth saying although the text is accepted.
        blank: Names that stand in the text without a value, in the order written.
    """

    fields: tuple[FieldValue, ...] = ()
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()
    blank: tuple[str, ...] = ()


def read_fields(
    text: str | None,
    known: Mapping[str, FieldType | None] | None,
    *,
    automation: str,
    quoting: bool = False,
    max_length: int = 4000,
) -> FieldsRead:
    """Read and check the Automation Fields of a job.

    Never raises on any text. The rules stand in `docs/automation-fields.md`.

    Args:
        text: Content of the memo column; None and blank mean no fields.
        known: The automation's fields with their types (None: type unknown); None when there is no list, and
            then every name is accepted, a type is taken from the shape of its value, and a note says so.
        automation: Label of the catalogue row, for the sentences.
        quoting: Whether a value or list item in double quotes may hold `;`, `,`, braces and line breaks, with
            a double quote written twice. Off, double quotes are ordinary characters.
        max_length: Most characters one value may have; for a list, all its items together.
    """
    if not text:
        return FieldsRead()
    reading = _Reading(text, known, automation, quoting, max_length)
    for part in read_entries(text, reading.shape_of, quoting=quoting):
        if isinstance(part, Stray):
            reading.take_stray(part)
        else:
            reading.take_entry(part)
        if reading.full:
            break
    return reading.result()


class _Reading:
    """What has been found so far in one text."""

    def __init__(
        self,
        text: str,
        known: Mapping[str, FieldType | None] | None,
        automation: str,
        quoting: bool,
        max_length: int,
    ) -> None:
        self._places = Places(text)
        self._known = known
        self._names = tuple(known or ())
        self._automation = automation
        self._quoting = quoting
        self._max_length = max_length
        self._first_line: dict[str, int] = {}
        self._fields: list[FieldValue] = []
        self._problems: list[Problem] = []
        self._notes: list[Note] = []
        self._blank: list[str] = []

    @property
    def full(self) -> bool:
        """More problems than a person reads, or a result message holds, have been found."""
        return len(self._problems) >= MOST_PROBLEMS

    def shape_of(self, name: str) -> Shape:
        declared = self._known.get(name) if self._known is not None else None
        return _SHAPES[declared] if declared is not None else Shape.OPEN

    def result(self) -> FieldsRead:
        if self._known is None and self._first_line:
            self._notes.insert(0, Note(NoteCode.NO_FIELD_LIST, self._automation))
        problems = sorted(self._problems, key=lambda problem: (problem.line, problem.column))
        fields = () if problems else tuple(self._fields)
        return FieldsRead(fields, tuple(problems), tuple(self._notes), tuple(self._blank))

    def take_stray(self, stray: Stray) -> None:
        if stray.text in self._names:
            self._refuse(ProblemCode.NO_EQUALS_SIGN, stray.at, stray.text, cause=StrayCause.FIELD_NAME)
        else:
            self._refuse(ProblemCode.NO_EQUALS_SIGN, stray.at, stray.after, cause=stray.cause)

    def take_entry(self, entry: Entry) -> None:
        self._check_name(entry)
        if entry.flaw is not None:
            self._refuse(entry.flaw.code, entry.flaw.at, entry.name)
            return
        items = tuple(item for item in entry.items if item.text.strip())
        if not items:
            self._blank.append(entry.name)
            return
        declared = self._known.get(entry.name) if self._known is not None else None
        kind = declared or _type_by_shape(entry)
        flaws = list(self._value_flaws(entry, items, declared, kind))
        for code, at in flaws:
            self._refuse(code, at, entry.name, limit=self._max_length)
        if not flaws:
            self._note_breaks(entry, items)
            self._fields.append(FieldValue(entry.name, kind, tuple(item.text for item in items)))

    def _check_name(self, entry: Entry) -> None:
        name = entry.name
        if not name:
            self._refuse(ProblemCode.NO_NAME, entry.at, None)
            return
        if self._known is None or name not in self._known:
            if any(character.isspace() for character in name):
                self._refuse(ProblemCode.SPACE_IN_NAME, entry.at, None)
            elif self._known is not None:
                self._refuse(ProblemCode.UNKNOWN_FIELD, entry.at, name, known=self._names)
        line, _ = self._places.of(entry.at)
        if name in self._first_line:
            self._refuse(ProblemCode.DUPLICATE_FIELD, entry.at, name, first_line=self._first_line[name])
        else:
            self._first_line[name] = line

    def _value_flaws(
        self, entry: Entry, items: tuple[Item, ...], declared: FieldType | None, kind: FieldType
    ) -> Iterator[tuple[ProblemCode, int]]:
        hint = next((item for item in items if _is_hint(item, declared)), None)
        if hint is not None:
            yield ProblemCode.UNTOUCHED_HINT, hint.at
        elif kind is FieldType.URL and not _is_web_address(items[0].text):
            yield ProblemCode.NOT_A_URL, items[0].at
        elif kind is FieldType.PRODUCTLIST and not entry.braced and not items[0].quoted:
            yield from _bare_list_flaws(items[0])
        if sum(len(item.text) for item in items) > self._max_length:
            yield ProblemCode.TOO_LONG, items[0].at

    def _note_breaks(self, entry: Entry, items: tuple[Item, ...]) -> None:
        if not entry.braced:
            return
        broken = next((item for item in items if not item.quoted and _BREAK.search(item.text)), None)
        if broken is not None:
            line, column = self._places.of(broken.at)
            name = self._quotable(entry.name)
            self._notes.append(Note(NoteCode.BREAK_IN_ITEM, self._automation, line, column, name))

    def _refuse(
        self,
        code: ProblemCode,
        at: int,
        name: str | None,
        *,
        known: tuple[str, ...] = (),
        first_line: int = 0,
        limit: int = 0,
        cause: StrayCause | None = None,
    ) -> None:
        line, column = self._places.of(at)
        self._problems.append(
            Problem(
                code,
                line,
                column,
                self._automation,
                self._quotable(name),
                known,
                first_line,
                limit,
                cause,
                self._quoting,
            )
        )

    def _quotable(self, name: str | None) -> str | None:
        """`name`, if it surely is a name: behind a stray separator it may be a piece of a value."""
        if name is None or name in self._names or _LOOKS_LIKE_A_NAME.fullmatch(name):
            return name
        return None


def _type_by_shape(entry: Entry) -> FieldType:
    if entry.braced:
        return FieldType.PRODUCTLIST
    return FieldType.URL if _is_web_address(entry.items[0].text) else FieldType.STRING


def _is_hint(item: Item, declared: FieldType | None) -> bool:
    """Whether `item` is the hint of the field's own type; where that is not known, any hint is one."""
    if item.quoted:
        return False
    hinted = hinted_type(item.text)
    return hinted is not None and declared in {None, hinted}


def _bare_list_flaws(item: Item) -> Iterator[tuple[ProblemCode, int]]:
    brace = re.search(r"[{}]", item.text)
    if brace is not None:
        yield ProblemCode.TEXT_OUTSIDE_BRACES, item.at
    elif "," in item.text:
        yield ProblemCode.LIST_WITHOUT_BRACES, item.at


def _is_web_address(text: str) -> bool:
    """Whether `text` is an absolute http(s) address; `urlsplit` alone would forgive blanks."""
    if _NOT_IN_A_URL.search(text):
        return False
    try:
        parts = urlsplit(text)
        port_is_a_number = parts.port is None or parts.port >= 0
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and port_is_a_number
