"""How is an alternate key made, and when is its index ready?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from sandbox.dataverse.columns import Access
from sandbox.dataverse.languages import BASE
from sandbox.dataverse.metadata import labels, members
from sandbox.dataverse.metadata.columns import key_width
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.store import Store
from sandbox.dataverse.table import IndexStatus, Key, Table

MOST_COLUMNS: Final = 16
"""Columns of a key (Microsoft Learn, "Define alternate keys")."""

WIDEST: Final = 900
"""Bytes of a key (the same page)."""

MOST_KEYS: Final = 10
"""Keys of a table (the same page)."""

_READ: Final = frozenset({"SchemaName", "LogicalName", "DisplayName", "KeyAttributes"})


def made(table: Table, schema_name: str, body: Mapping[str, Any]) -> Key:
    """A new key, whose index is still to be built.

    Raises:
        Problem: 400, the name or the columns have a key already, the columns are unknown, unfit, too many or
            too wide, or the table has too many keys.
    """
    name = schema_name.lower()
    if any(key.name == name for key in table.keys):
        raise bad_value(
            f"An entity key with the name {name} already exists on entity {table.name}.", "0x80060893"
        )
    columns = members.texts(body, "KeyAttributes")
    if len(set(columns)) < len(columns):
        raise bad_value("A key cannot have the same attribute twice.")
    if any(set(key.columns) == set(columns) for key in table.keys):
        raise bad_value(
            f"An entity key with the selected attributes already exists on entity {table.name}.", "0x80060894"
        )
    if len(columns) > MOST_COLUMNS:
        raise bad_value(f"A key has at most {MOST_COLUMNS} attributes; this one has {len(columns)}.")
    width = sum(_width(table, one) for one in columns)
    if width > WIDEST:
        raise bad_value(f"The key is {width} bytes wide; at most {WIDEST} bytes are allowed.")
    if len(table.keys) >= MOST_KEYS:
        raise bad_value(f"The table '{table.name}' has {MOST_KEYS} keys already.")
    for member in body:
        if member not in _READ and "@" not in member and body[member] is not None:
            raise bad_value(f"The property {member} of a key cannot be set.")
    words = labels.required(body, "DisplayName")
    return Key(
        name,
        schema_name,
        words[BASE],
        tuple(columns),
        IndexStatus.PENDING,
        labels.others(words),
        str(uuid4()),
    )


def _width(table: Table, name: str) -> int:
    column = table.by_name.get(name)
    if column is None:
        raise bad_value(
            f"'{table.name}' entity doesn't contain attribute with Name = '{name}' and NameMapping = 'Logical'.",
            "0x80041103",
        )
    width = key_width(column)
    if width is None:
        raise bad_value(f"The attribute '{name}' is of a type that cannot be part of a key.")
    if column.access is not Access.WRITE:
        raise _not_writable(name, table.column_id(column))
    return width


def _not_writable(name: str, column_id: str) -> Problem:
    return bad_value(
        "Attribute of an entity key must be valid for create and update. "
        f"Attribute Name = '{name}' Id = '{column_id}'",
        "0x80090112",
    )


@dataclass(slots=True)
class Switches:
    """What metadata does on purpose.

    Attributes:
        index_seconds: from the making of a key until its index is ready; half of it the index is pending.
        fail_next_index: so many indexes to come end as failed.
        stale_seconds: how old the metadata may be that a read without `Consistency: Strong` gets.
    """

    index_seconds: float = 0.4
    fail_next_index: int = 0
    stale_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class _Building:
    table: str
    key_id: str
    since: float


class Indexing:
    """The indexes that are being built; they get further whenever a request comes in.

    Args:
        store: the tables.
        switches: how long it takes, and what fails.
        clock: seconds that never jump.
    """

    def __init__(self, store: Store, switches: Switches, clock: Callable[[], float]) -> None:
        self._store = store
        self._switches = switches
        self._clock = clock
        self._under_way: list[_Building] = []

    def start(self, table: Table, key: Key) -> None:
        """Begin to build the index of a key."""
        self._under_way.append(_Building(table.name, key.own_id, self._clock()))

    def advance(self) -> None:
        """Let every index be as far as it is by now."""
        if self._under_way:
            now = self._clock()
            self._under_way = [one for one in self._under_way if not self._ended(one, now)]

    def _ended(self, building: _Building, now: float) -> bool:
        table = self._store.schema.by_name.get(building.table)
        key = next((one for one in table.keys if one.own_id == building.key_id), None) if table else None
        if table is None or key is None:
            return True
        spent = now - building.since
        if spent < self._switches.index_seconds / 2:
            return False
        if spent < self._switches.index_seconds:
            self._become(table, key, IndexStatus.IN_PROGRESS)
            return False
        failed = self._switches.fail_next_index > 0
        if failed:
            self._switches.fail_next_index -= 1
        # An index that must be unique cannot be built over rows that are not.
        failed = failed or self._store.clashes(table, key)
        self._become(table, key, IndexStatus.FAILED if failed else IndexStatus.ACTIVE)
        return True

    def _become(self, table: Table, key: Key, status: IndexStatus) -> None:
        if key.status is not status:
            self._store.alter(with_key(table, replace(key, status=status)))


def with_key(table: Table, key: Key) -> Table:
    """The table with `key` in the place of the one of its name."""
    return replace(table, keys=tuple(key if one.name == key.name else one for one in table.keys))
