"""What rows are there, and in which version?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import uuid4

from sandbox.dataverse import autonumber
from sandbox.dataverse.columns import Column, Lookup, OnDelete, Reference, Text, Value
from sandbox.dataverse.problems import bad_value, key_taken, referenced, row_exists, row_missing
from sandbox.dataverse.table import Key, Schema, Table

_FIRST_VERSION = 4_000_000


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


type _Index = dict[tuple[object, ...], str]


@dataclass(frozen=True, slots=True)
class _Placed:
    """Undoes the placing of one row."""

    table: Table
    id: str
    former: Row | None


@dataclass(frozen=True, slots=True)
class _Altered:
    """Undoes the change of one table; `rows` is None where there was no such table."""

    schema: Schema
    name: str
    rows: dict[str, Row] | None
    indexes: Mapping[tuple[str, str], _Index]
    seeds: Mapping[tuple[str, str], int]
    numbers: Mapping[tuple[str, str], int]


def collated(text: str) -> str:
    """`text` as the database compares it: without regard to case and to blanks at its end."""
    return text.casefold().rstrip(" ")


def utc_now() -> datetime:
    """The wall clock."""
    return datetime.now(UTC)


class Store:
    """All rows, indexed by id and by alternate key, and the tables that they are of.

    Every method is synchronous and either takes effect whole or raises; `transaction` extends that over
    several. Versions go on counting over `clear`, so that an etag is never valid twice. `schema` is another
    one after each change of a table; a `Table` given to a method only names the table, which is taken as it
    is now.
    """

    def __init__(self, schema: Schema, now: Callable[[], datetime] = utc_now) -> None:
        self.schema = schema
        self.now = now
        self._rows: dict[str, dict[str, Row]] = {}
        self._keyed: dict[tuple[str, str], _Index] = {}
        self._undo: list[_Placed | _Altered] | None = None
        self._version = _FIRST_VERSION
        self._numbers: dict[tuple[str, str], int] = {}
        self._seeds: dict[tuple[str, str], int] = {}
        self.start_over(schema)

    def start_over(self, schema: Schema) -> None:
        """Become another environment: these tables, no row, no seed of an autonumber."""
        self.schema = schema
        self._rows, self._keyed, self._seeds = {}, {}, {}
        self.clear()

    def clear(self, names: Iterable[str] | None = None) -> None:
        """Forget every row of the tables of these names, or of all; their autonumbers begin anew."""
        for table in self.schema.tables if names is None else [self.schema.by_name[one] for one in names]:
            self._rows[table.name] = {}
            for key in table.indexed:
                self._keyed[table.name, key.name] = {}
            for column in table.columns:
                self._numbers.pop((table.name, column.name), None)

    # --- reading --------------------------------------------------------------------------------------------

    def rows(self, table: Table) -> tuple[Row, ...]:
        """Every row of a table, in the order of insertion."""
        return tuple(self._rows[table.name].values())

    def get(self, table: Table, row_id: str) -> Row | None:
        """The row of that id."""
        return self._rows[table.name].get(row_id)

    def clashes(self, table: Table, key: Key) -> bool:
        """Whether two rows have the same values in the key's columns."""
        wanted = [_key_of(key, row.values) for row in self._rows[table.name].values()]
        present = [one for one in wanted if one is not None]
        return len(set(present)) < len(present)

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
            for one in reversed(undo):
                if isinstance(one, _Placed):
                    self._place(one.table, one.id, one.former)
                else:
                    self._restore(one)
            raise
        finally:
            self._undo = None

    def insert(self, table: Table, values: Mapping[str, Value], by: Reference) -> Row:
        """Add a row; `values` by logical name, with the primary key or without.

        Raises:
            Problem: the primary key or an alternate key is taken, or a required column is empty.
        """
        table = self.schema.by_name[table.name]
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
        table = self.schema.by_name[row.table.name]
        whole = dict(row.values) | dict(changes)
        if touch and "modifiedon" in table.by_name and "modifiedon" not in changes:
            whole["modifiedon"] = self.now().replace(microsecond=0)
            whole["modifiedby"] = by
        return self._write(table, row.id, whole)

    def delete(self, row: Row) -> None:
        """Remove a row; what points at it is emptied, goes along, or keeps it, as each relationship says.

        Raises:
            Problem: a relationship forbids it.
        """
        pointing = [
            (table, found)
            for table in self.schema.tables
            if (found := [one for one in table.lookups if row.table.name in one[1].navigations])
        ]
        for table, lookups in pointing:
            self._refuse_restricted(table, lookups, row.reference)
        self._place(self.schema.by_name[row.table.name], row.id, None)
        for table, lookups in pointing:
            for other in self.rows(table):
                self._release(other, lookups, row.reference)

    def _refuse_restricted(self, table: Table, lookups: list[tuple[Column, Lookup]], gone: Reference) -> None:
        for column, kind in lookups:
            if kind.on_delete(gone.table) is OnDelete.REFUSE and any(
                row.values[column.name] == gone for row in self._rows[table.name].values()
            ):
                raise referenced(gone.table, table.name)

    def _release(self, row: Row, lookups: list[tuple[Column, Lookup]], gone: Reference) -> None:
        emptied: dict[str, Value] = {}
        for column, kind in lookups:
            if row.values[column.name] == gone:
                if kind.on_delete(gone.table) is OnDelete.GO_ALONG:
                    self.delete(row)
                    return
                emptied[column.name] = None
        if emptied:
            self.update(row, emptied, None, touch=False)

    # --- tables ---------------------------------------------------------------------------------------------

    def alter(self, *tables: Table) -> None:
        """Put tables in the place of those of their names, or add them.

        Rows keep their values, also those that a new limit would refuse; a new column is empty in them, and
        so is a lookup to a table that it no longer points at.
        """
        for table in tables:
            self._remember(table.name)
            self.schema = self.schema.with_table(table)
            self._rows[table.name] = {
                row.id: replace(row, table=table, values=MappingProxyType(_fitting(table, row.values)))
                for row in self._rows.get(table.name, {}).values()
            }
            self._index(table)

    def drop(self, table: Table) -> None:
        """Take a table away, with its rows and what goes along with them; lookups no longer point at it."""
        for other in self.schema.tables:
            if other.name != table.name and any(table.name in kind.navigations for _, kind in other.lookups):
                self._forget_target(other, table.name)
        self._remember(table.name)
        self.schema = self.schema.without_table(table.name)
        del self._rows[table.name]
        for known in (self._keyed, self._numbers, self._seeds):
            for place in [place for place in known if place[0] == table.name]:
                del known[place]

    def seed(self, table: Table, column: Column, value: int) -> None:
        """Let the autonumber of a column go on from `value`."""
        self._remember(table.name)
        self._seeds[table.name, column.name] = value
        self._numbers.pop((table.name, column.name), None)

    def _forget_target(self, table: Table, target: str) -> None:
        for column, kind in table.lookups:
            if kind.on_delete(target) is OnDelete.GO_ALONG:
                for row in self.rows(table):
                    value = row.values[column.name]
                    if isinstance(value, Reference) and value.table == target:
                        self.delete(row)
        columns = []
        for column in table.columns:
            if not isinstance(column.kind, Lookup) or target not in column.kind.navigations:
                columns.append(column)
                continue
            left = {one: name for one, name in column.kind.navigations.items() if one != target}
            if left:
                columns.append(replace(column, kind=replace(column.kind, navigations=left)))
        self.alter(replace(table, columns=tuple(columns)))

    def _remember(self, name: str) -> None:
        if self._undo is None:
            return
        rows = self._rows.get(name)
        indexes = {place: dict(index) for place, index in self._keyed.items() if place[0] == name}
        self._undo.append(
            _Altered(
                self.schema,
                name,
                None if rows is None else dict(rows),
                indexes,
                dict(self._seeds),
                dict(self._numbers),
            )
        )

    def _restore(self, former: _Altered) -> None:
        self.schema = former.schema
        for place in [place for place in self._keyed if place[0] == former.name]:
            del self._keyed[place]
        self._keyed.update(former.indexes)
        self._seeds, self._numbers = dict(former.seeds), dict(former.numbers)
        if former.rows is None:
            self._rows.pop(former.name, None)
        else:
            self._rows[former.name] = former.rows

    def _index(self, table: Table) -> None:
        for place in [place for place in self._keyed if place[0] == table.name]:
            del self._keyed[place]
        for key in table.indexed:
            index: _Index = {}
            for row in self._rows[table.name].values():
                wanted = _key_of(key, row.values)
                if wanted is not None:
                    index[wanted] = row.id
            self._keyed[table.name, key.name] = index

    # --- values ---------------------------------------------------------------------------------------------

    def _default(self, table: Table, column: Column) -> Value:
        if isinstance(column.kind, Text) and column.kind.number_format is not None:
            place = (table.name, column.name)
            number = self._numbers.get(place, self._seeds.get(place, autonumber.FIRST))
            self._numbers[place] = number + 1
            return autonumber.numbered(column.kind.number_format, number)
        return column.default

    def _write(self, table: Table, row_id: str, whole: dict[str, Value]) -> Row:
        for column in table.columns:
            if isinstance(column.kind, Text) and column.kind.joined_from:
                parts = (whole[name] for name in column.kind.joined_from)
                whole[column.name] = " ".join(part for part in parts if isinstance(part, str)) or None
        for key in table.indexed:
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
            self._undo.append(_Placed(table, row_id, former))
        for key in table.indexed:
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


def _fitting(table: Table, values: Mapping[str, Value]) -> dict[str, Value]:
    fitting: dict[str, Value] = {}
    for column in table.columns:
        value = values.get(column.name)
        lost = isinstance(value, Reference) and (
            not isinstance(column.kind, Lookup) or value.table not in column.kind.navigations
        )
        fitting[column.name] = None if lost else value
    return fitting


def _key_of(key: Key, values: Mapping[str, Value]) -> tuple[object, ...] | None:
    """What the index compares, or None for a row whose key has an empty column: such rows never clash."""
    parts = [values.get(name) for name in key.columns]
    if any(part is None for part in parts):
        return None
    return tuple(collated(part) if isinstance(part, str) else part for part in parts)
