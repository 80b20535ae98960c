"""How are values, filters and keys written so that no value can change what an address means?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote
from uuid import UUID

from dataverse.errors import UnsafeKey

type Literal = str | int | bool | UUID | datetime | None

UNSAFE_IN_KEYS: Final = frozenset("/<>*%&:\\?+#")
"""Break GET, PATCH and upsert by alternate key even when percent-encoded (Microsoft Learn, "Work with
alternate keys"; `#` from reports about binds)."""

LONGEST_SEGMENT: Final = 260
"""Characters of one path segment, keys included (Microsoft Learn, "Compose HTTP requests")."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_STAYS_READABLE: Final = "$'(),/:@*="


def name(text: str) -> str:
    """The text itself, if it can be a table, set, column or navigation name.

    Raises:
        ValueError: it cannot, so that no name can smuggle a piece of query into an address.
    """
    if not _NAME.fullmatch(text):
        raise ValueError("A name must consist of letters, digits and underscores")
    return text


def literal(value: Literal) -> str:
    """A value as it stands in `$filter`; text in single quotes, quotes in it doubled.

    Raises:
        ValueError: a time without zone.
    """
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(int(value))
        case UUID():
            return str(value)
        case datetime():
            return utc(value)
        case str():
            return "'" + value.replace("'", "''") + "'"


def eq(column: str, value: Literal) -> str:
    """`column` equals `value`."""
    return _compare(column, "eq", value)


def ne(column: str, value: Literal) -> str:
    """`column` differs from `value`."""
    return _compare(column, "ne", value)


def lt(column: str, value: Literal) -> str:
    """`column` is less than `value`."""
    return _compare(column, "lt", value)


def le(column: str, value: Literal) -> str:
    """`column` is at most `value`."""
    return _compare(column, "le", value)


def gt(column: str, value: Literal) -> str:
    """`column` is greater than `value`."""
    return _compare(column, "gt", value)


def ge(column: str, value: Literal) -> str:
    """`column` is at least `value`."""
    return _compare(column, "ge", value)


def any_of(*filters: str) -> str:
    """One of the filters holds.

    Raises:
        ValueError: no filter was given.
    """
    return _join(" or ", filters)


def all_of(*filters: str) -> str:
    """Every one of the filters holds.

    Raises:
        ValueError: no filter was given.
    """
    return _join(" and ", filters)


def is_in(logical_name: str, values: Iterable[str | int | UUID]) -> str:
    """The column has one of `values`; much shorter than a chain of `eq` for long lists.

    Args:
        logical_name: of the column itself, also for a lookup (`spotler_leadid`, not `_spotler_leadid_value`).
        values: written as text, which the function takes for every type of column.

    Raises:
        ValueError: the list is empty, which the service refuses.
    """
    listed = [literal(str(value)) for value in values]
    if not listed:
        raise ValueError("A list of values must not be empty")
    return (
        f"Microsoft.Dynamics.CRM.In(PropertyName={literal(name(logical_name))},"
        f"PropertyValues=[{','.join(listed)}])"
    )


def utc(moment: datetime) -> str:
    """A time as the Web API takes it: UTC, whole seconds, truncated, `2026-01-31T09:15:00Z`.

    Raises:
        ValueError: the time has no zone.
    """
    if moment.tzinfo is None:
        raise ValueError("A time must have a zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def key_segment(key: Mapping[str, str]) -> str:
    """An alternate key in the parentheses of an address, percent-encoded: `(spotler_key='a1')`.

    Raises:
        UnsafeKey: there is no column, or a value is empty, holds a control character or one of
            `UNSAFE_IN_KEYS`, or cannot be encoded.
        ValueError: a column's name is not a name.
    """
    if not key:
        raise UnsafeKey("An alternate key needs at least one column")
    return (
        "(" + ",".join(f"{name(column)}={_key_value(column, value)}" for column, value in key.items()) + ")"
    )


def encoded(text: str) -> str:
    """The value of a query option, percent-encoded; what a query may hold anyway stays readable."""
    return quote(text, safe=_STAYS_READABLE)


def _key_value(column: str, value: str) -> str:
    if not value or not value.isprintable() or UNSAFE_IN_KEYS.intersection(value):
        raise UnsafeKey(
            f"The value of key column {column} is empty or holds a character no address can carry"
        )
    return quote(literal(value), safe="'")


def _compare(column: str, operator: str, value: Literal) -> str:
    return f"{name(column)} {operator} {literal(value)}"


def _join(word: str, filters: tuple[str, ...]) -> str:
    if not filters:
        raise ValueError("At least one filter is needed")
    return filters[0] if len(filters) == 1 else "(" + word.join(filters) + ")"
