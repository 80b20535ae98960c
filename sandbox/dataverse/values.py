"""What may be written into a column, and how is a column's value told?"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sandbox.dataverse.columns import Choice, Column, Identifier, Lookup, Moment, Text, Value, Whole, YesNo
from sandbox.dataverse.problems import Problem, bad_payload, bad_value

_GUID = re.compile(r"\{?([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\}?")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)", re.IGNORECASE)
_INVALID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold, and so no column."""

_EARLIEST = datetime(1753, 1, 1, tzinfo=UTC)


def guid(text: str) -> str | None:
    """`text` as a guid in lower case without braces, or None where it is none."""
    found = _GUID.fullmatch(text)
    return str(UUID(found[1])) if found else None


def moment(text: str) -> datetime | None:
    """`text` as a time in whole seconds of UTC, or None where it has no date, time and offset."""
    if not _MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return None


def accepted(table: str, column: Column, given: Any) -> Value:
    """`given`, decoded JSON, as the value to store.

    Raises:
        Problem: wrong type, too long, no such option, out of range.
    """
    if given is None or given == "":
        _refuse_emptying(table, column, given)
        # The platform keeps no empty text: it is the same as none.
        return None
    match column.kind:
        case Text() as kind:
            return _text(table, column, kind, given)
        case Whole() as kind:
            return _whole(table, column, kind, given)
        case YesNo():
            return _answer(column, given)
        case Choice() as kind:
            return _option(table, column, kind, given)
        case Moment():
            return _moment(column, given)
        case Identifier():
            return _id(column, given)
        case Lookup():
            raise bad_payload("A lookup is written by its navigation property.")


def _refuse_emptying(table: str, column: Column, given: object) -> None:
    if given == "" and not isinstance(column.kind, Text):
        raise _unconvertible(column)
    if isinstance(column.kind, Identifier) or column.name in {"statecode", "statuscode"}:
        raise bad_value(f"'{column.name}' of the '{table}' entity cannot be set to NULL.")


def _unconvertible(column: Column) -> Problem:
    return bad_payload(
        "Microsoft.OData.ODataException: Cannot convert the value given for property "
        f"'{column.property_name}' to the expected type '{column.edm.value}'."
    )


def _answer(column: Column, given: Any) -> bool:
    if not isinstance(given, bool):
        raise _unconvertible(column)
    return given


def _id(column: Column, given: Any) -> str:
    found = guid(given) if isinstance(given, str) else None
    if found is None:
        raise _unconvertible(column)
    return found


def _text(table: str, column: Column, kind: Text, given: Any) -> str:
    if not isinstance(given, str):
        raise _unconvertible(column)
    if len(given.encode("utf-16-le", "surrogatepass")) // 2 > kind.max_length:
        raise bad_value(
            f"A validation error occurred. The length of the '{column.name}' attribute of the '{table}' "
            f"entity exceeded the maximum allowed length of '{kind.max_length}'.",
            "0x80044331",
        )
    invalid = _INVALID.search(given)
    if invalid is not None:
        raise bad_value(
            f"Invalid character in field '{column.name}': hexadecimal value 0x{ord(invalid[0]):02X}, is an invalid "
            "character.",
            "0x80040278",
        )
    return given


def _whole(table: str, column: Column, kind: Whole, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise _unconvertible(column)
    if not kind.least <= given <= kind.most:
        raise bad_value(
            f"A validation error occurred. The value of '{column.name}' on record of type '{table}' is "
            f"outside the valid range {kind.least} to {kind.most}.",
            "0x80044330",
        )
    return given


def _option(table: str, column: Column, kind: Choice, given: Any) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise _unconvertible(column)
    if kind.option(given) is None:
        valid = ",".join(str(option.value) for option in kind.options)
        raise bad_value(
            f"A validation error occurred. The value {given} of '{column.name}' on record of type "
            f"'{table}' is outside the valid range. Accepted Values: {valid}",
            "0x8004431a",
        )
    return given


def _moment(column: Column, given: Any) -> datetime:
    found = moment(given) if isinstance(given, str) else None
    if found is None:
        raise _unconvertible(column)
    if found < _EARLIEST:
        raise bad_value(f"DateTime of '{column.name}' is less than minimum value.", "0x80044330")
    return found


def told(value: Value) -> str | int | bool | None:
    """A stored value as JSON: times with `Z`, lookups as the bare id."""
    match value:
        case datetime():
            return value.strftime("%Y-%m-%dT%H:%M:%SZ")
        case None | bool() | int() | str():
            return value
        case reference:
            return reference.id


def formatted(column: Column, value: Value, name_of_reference: str | None) -> str | None:
    """A value as people read it in an English environment with UTC; None where there is nothing to format."""
    match column.kind, value:
        case _, None:
            return None
        case Choice() as kind, int(number):
            option = kind.option(number)
            return option.label if option else None
        case YesNo() as kind, bool(answer):
            return kind.yes if answer else kind.no
        case Whole(), int(number):
            return f"{number:,}"
        case Moment(), datetime() as at:
            hour = at.hour % 12 or 12
            return f"{at.month}/{at.day}/{at.year} {hour}:{at.minute:02} {'PM' if at.hour > 11 else 'AM'}"
        case Lookup(), _:
            return name_of_reference
        case _:
            return None
