"""What rows are there, and in which version?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import uuid4

from sandbox.dataverse.columns import Column, Lookup, Reference, Text, Value
from sandbox.dataverse.problems import bad_value, key_taken, row_exists, row_missing
from sandbox.dataverse.table import Key, Schema, Table

_FIRST_VERSION = 4_000_000
_FIRST_NUMBER = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One version of one row; `values` has every column of its table."""

    table: Table
    id: str
    version: int
    values: Mapping[str, Value]

    @property
    def etag(self) -> str:
        """What `If-Match` compares."""
        return f'W/"{self.version}"'

    @property
    def reference(self) -> Reference:
        """What a lookup to this row holds."""
        return Reference(self.table.name, self.id)


def collated(text: str) -> str:
    """`text` as the database compares it: without regard to case and to blanks at its end."""
    return text.casefold().rstrip(" ")


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Store:
    """All rows, indexed by id and by alternate key.

    Every method is synchronous and either takes effect whole or raises; `transaction` extends that over
    several. Versions go on counting over `clear`, so that an etag is never valid twice.
    """

    def __init__(self, schema: Schema, now: Callable[[], datetime] = utc_now) -> None:
        self.schema = schema
        self.now = now
        self._rows: dict[str, dict[str, Row]] = {}
        self._keyed: dict[tuple[str, str], dict[tuple[object, ...], str]] = {}
        self._undo: list[tuple[Table, str, Row | None]] | None = None
        self._version = _FIRST_VERSION
        self._numbers: dict[tuple[str, str], int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget every row."""
        self._rows = {table.name: {} for table in self.schema.tables}
        self._keyed = {(table.name, key.name): {} for table in self.schema.tables for key in table.keys}
        self._numbers = {}

    # --- reading --------------------------------------------------------------------------------------------

    def rows(self, table: Table) -> tuple[Row, ...]:
        """Every row of a table, in the order of insertion."""
        return tuple(self._rows[table.name].values())

    def get(self, table: Table, row_id: str) -> Row | None:
        """The row of that id."""
        return self._rows[table.name].get(row_id)

    def by_key(self, table: Table, key: Key, values: Mapping[str, Value]) -> Row | None:
        """The row with these values in the key's columns."""
        row_id = self._keyed[table.name, key.name].get(_key_of(key, values) or ())
        return None if row_id is None else self._rows[table.name][row_id]

    def referenced(self, reference: Reference) -> Row | None:
        """The row that a lookup points at."""
        return self._rows[reference.table].get(reference.id)

    def name_of(self, reference: Reference) -> str | None:
        """The primary name of the row that a lookup points at."""
        row = self.referenced(reference)
        name = row.values[row.table.name_column] if row else None
        return name if isinstance(name, str) else None

    # --- writing --------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside take effect together, or none when an exception leaves the block."""
        if self._undo is not None:
            yield
            return
        undo = self._undo = []
        try:
            yield
        except BaseException:
            self._undo = None
            for table, row_id, former in reversed(undo):
                self._place(table, row_id, former)
            raise
        finally:
            self._undo = None

    def insert(self, table: Table, values: Mapping[str, Value], by: Reference) -> Row:
        """Add a row; `values` by logical name, with the primary key or without.

        Raises:
            Problem: the primary key or an alternate key is taken, or a required column is empty.
        """
        given = values.get(table.id_column)
        row_id = given if isinstance(given, str) else str(uuid4())
        if row_id in self._rows[table.name]:
            raise row_exists()
        at = self.now().replace(microsecond=0)
        platform: dict[str, Value] = {
            table.id_column: row_id,
            "createdon": at,
            "modifiedon": at,
            "ownerid": by,
            "createdby": by,
            "modifiedby": by,
        }
        whole: dict[str, Value] = {}
        for column in table.columns:
            if column.name in values:
                whole[column.name] = values[column.name]
            elif column.name in platform:
                whole[column.name] = platform[column.name]
            else:
                whole[column.name] = self._default(table, column)
            if column.required and whole[column.name] is None:
                raise bad_value(f"Required field '{column.name}' is missing for entity '{table.name}'.")
        return self._write(table, row_id, whole)

    def update(
        self, row: Row, changes: Mapping[str, Value], by: Reference | None, *, touch: bool = True
    ) -> Row:
        """Give a row new values and a new version; `touch` False leaves `modifiedon` as it is.

        Raises:
            Problem: the row is gone, or an alternate key is taken.
        """
        if self.get(row.table, row.id) is None:
            raise row_missing(row.table.name, row.id)
        whole = dict(row.values) | dict(changes)
        if touch and "modifiedon" in row.table.by_name and "modifiedon" not in changes:
            whole["modifiedon"] = self.now().replace(microsecond=0)
            whole["modifiedby"] = by
        return self._write(row.table, row.id, whole)

    def delete(self, row: Row) -> None:
        """Remove a row; lookups to it are emptied, its posts and notes go with it."""
        self._place(row.table, row.id, None)
        gone = row.reference
        for table in self.schema.tables:
            pointing = [
                (column, kind) for column, kind in table.lookups if row.table.name in kind.navigations
            ]
            if pointing:
                for other in self.rows(table):
                    self._release(other, pointing, gone)

    def _release(self, row: Row, lookups: list[tuple[Column, Lookup]], gone: Reference) -> None:
        emptied: dict[str, Value] = {}
        for column, kind in lookups:
            if row.values[column.name] == gone:
                if kind.cascade_delete:
                    self.delete(row)
                    return
                emptied[column.name] = None
        if emptied:
            self.update(row, emptied, None, touch=False)

    def _default(self, table: Table, column: Column) -> Value:
        if isinstance(column.kind, Text) and column.kind.digits is not None:
            number = self._numbers.get((table.name, column.name), _FIRST_NUMBER)
            self._numbers[table.name, column.name] = number + 1
            return f"{number:0{column.kind.digits}}"
        return column.default

    def _write(self, table: Table, row_id: str, whole: dict[str, Value]) -> Row:
        for column in table.columns:
            if isinstance(column.kind, Text) and column.kind.joined_from:
                parts = (whole[name] for name in column.kind.joined_from)
                whole[column.name] = " ".join(part for part in parts if isinstance(part, str)) or None
        for key in table.keys:
            wanted = _key_of(key, whole)
            if wanted and self._keyed[table.name, key.name].get(wanted, row_id) != row_id:
                raise key_taken(key.label)
        self._version += 1
        if "versionnumber" in table.by_name:
            whole["versionnumber"] = self._version
        row = Row(table, row_id, self._version, MappingProxyType(whole))
        self._place(table, row_id, row)
        return row

    def _place(self, table: Table, row_id: str, row: Row | None) -> None:
        rows = self._rows[table.name]
        former = rows.get(row_id)
        if self._undo is not None:
            self._undo.append((table, row_id, former))
        for key in table.keys:
            index = self._keyed[table.name, key.name]
            if former is not None:
                old = _key_of(key, former.values)
                if old and index.get(old) == row_id:
                    del index[old]
            if row is not None:
                new = _key_of(key, row.values)
                if new:
                    index[new] = row_id
        if row is None:
            rows.pop(row_id, None)
        else:
            rows[row_id] = row


def _key_of(key: Key, values: Mapping[str, Value]) -> tuple[object, ...] | None:
    """What the index compares, or None for a row whose key has an empty column: such rows never clash."""
    parts = [values.get(name) for name in key.columns]
    if any(part is None for part in parts):
        return None
    return tuple(collated(part) if isinstance(part, str) else part for part in parts)
