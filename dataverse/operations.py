"""What can be asked of Dataverse?

Values that know nothing of HTTP. A PATCH without a condition, which would bring a deleted row back to
life, cannot be written down: `Update` always has an etag or `ANY`, and `Upsert` is addressed by an
alternate key only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from dataverse import odata
from dataverse.errors import UnsafeKey

ANY: Final = "*"
"""`if_match` of an update that may overwrite any version, but never creates the row."""

LARGEST_PAGE: Final = 5000

_ETAG: Final = re.compile(r'\*|(W/)?"[\x21\x23-\x7e]*"')
_ORDER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*( asc| desc)?")
_GUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True)
class Expand:
    """Columns of the row that a lookup points at.

    Attributes:
        navigation: case-sensitive navigation name, such as `spotler_AutomationId`.
        select: columns of that row, at least one.
    """

    navigation: str
    select: tuple[str, ...]

    def __post_init__(self) -> None:
        odata.name(self.navigation)
        _check_columns(self.select)


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of a table.

    Attributes:
        table_set: set name, such as `spotler_jobs`.
        select: columns, at least one; lookups by their value name (`_spotler_leadid_value`).
        filter: as the functions of `dataverse.odata` build it.
        expand: lookups to follow.
        order_by: columns, each with ` asc` or ` desc` behind it if wanted.
        top: the first rows only; not together with `page_size`, which would make the service ignore it.
        page_size: rows in one page, 1 to 5,000; without it the service's own 5,000.
        max_rows: over all pages; whoever gets as many rows may not have got all.
        count: whether to ask for the number of matching rows (`Answered.count`).

    Raises:
        ValueError: one of these cannot be asked.
    """

    table_set: str
    select: tuple[str, ...]
    filter: str | None = None
    expand: tuple[Expand, ...] = ()
    order_by: tuple[str, ...] = ()
    top: int | None = None
    page_size: int | None = None
    max_rows: int = LARGEST_PAGE
    count: bool = False

    def __post_init__(self) -> None:
        odata.name(self.table_set)
        _check_columns(self.select)
        if self.filter is not None and not self.filter:
            raise ValueError("A filter must not be empty; None asks for all rows")
        if not all(_ORDER.fullmatch(order) for order in self.order_by):
            raise ValueError("An order must be a column, perhaps with ' asc' or ' desc'")
        if self.top is not None and self.page_size is not None:
            raise ValueError("top and page_size exclude each other")
        if self.top is not None and self.top < 1:
            raise ValueError("top must be at least 1")
        if self.page_size is not None and not 1 <= self.page_size <= LARGEST_PAGE:
            raise ValueError(f"page_size must be between 1 and {LARGEST_PAGE}")
        if self.max_rows < 1:
            raise ValueError("max_rows must be at least 1")


@dataclass(frozen=True, slots=True)
class Retrieve:
    """One row by its primary key; `select` as in `Query`."""

    table_set: str
    id: UUID
    select: tuple[str, ...]
    expand: tuple[Expand, ...] = ()

    def __post_init__(self) -> None:
        odata.name(self.table_set)
        _check_columns(self.select)


@dataclass(frozen=True, slots=True)
class Update:
    """Changes columns of a row that exists.

    Attributes:
        table_set: set name.
        id: primary key.
        values: columns to write; a lookup as `<navigation>@odata.bind`. Times and GUIDs may be given
            as `datetime` and `UUID`.
        if_match: the etag of the read the change rests on, or `ANY`.
        returning: columns of the row after the change to hand back; none by default.

    Raises:
        ValueError: `if_match` is neither an etag nor `ANY`, or a name is none.
    """

    table_set: str
    id: UUID
    values: Mapping[str, object]
    if_match: str
    returning: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        odata.name(self.table_set)
        if self.returning:
            _check_columns(self.returning)
        if not _ETAG.fullmatch(self.if_match):
            raise ValueError("if_match must be an etag as it was read, or ANY")


@dataclass(frozen=True, slots=True)
class Create:
    """A new row.

    With the primary key among `values` a repeated create collides with itself (`DuplicateRow`) instead
    of doubling the row, so the client may repeat it also where the answer got lost.
    """

    table_set: str
    values: Mapping[str, object]

    def __post_init__(self) -> None:
        odata.name(self.table_set)

    @property
    def chosen_id(self) -> UUID | None:
        """The primary key among the values, or None where the service chooses it.

        A primary key is called as its table with `id` behind, and a set as its table in the plural.
        Activities, whose key is `activityid`, count as not chosen, which errs on the safe side.
        """
        for column, value in self.values.items():
            if column.endswith("id") and self.table_set in _plurals(column.removesuffix("id")):
                return _guid(value)
        return None


@dataclass(frozen=True, slots=True)
class Upsert:
    """Creates the row with an alternate key, or changes it where there is one.

    Raises:
        UnsafeKey: a value of the key cannot stand in an address, or the address would be too long.
        ValueError: a key column is also among `values`: where the row does not exist, the value there
            would win over the address (Microsoft Learn, "Use Upsert").
    """

    table_set: str
    key: Mapping[str, str]
    values: Mapping[str, object]

    def __post_init__(self) -> None:
        segment = odata.name(self.table_set) + odata.key_segment(self.key)
        if len(segment) > odata.LONGEST_SEGMENT:
            raise UnsafeKey(f"An address by key must not be longer than {odata.LONGEST_SEGMENT} characters")
        if self.key.keys() & self.values.keys():
            raise ValueError("A key column must not be among the values of an upsert")


type Operation = Query | Retrieve | Update | Create | Upsert


def is_safe_to_repeat(operation: Operation) -> bool:
    """Whether sending it a second time does no harm although the first may have been carried out."""
    return not isinstance(operation, Create) or operation.chosen_id is not None


def _check_columns(columns: tuple[str, ...]) -> None:
    if not columns:
        raise ValueError("Name the columns to read; all columns would be slow and hold personal data")
    for column in columns:
        odata.name(column)


def _plurals(table: str) -> tuple[str, ...]:
    return (f"{table}s", f"{table}es", f"{table.removesuffix('y')}ies")


def _guid(value: object) -> UUID | None:
    if isinstance(value, UUID):
        return value
    if isinstance(value, str) and _GUID.fullmatch(value):
        return UUID(value)
    return None
