"""What of a row can be compared and sorted?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sandbox.dataverse.columns import Choice, Column, Lookup, Reference, Text
from sandbox.dataverse.expressions import Path
from sandbox.dataverse.filtering import Property
from sandbox.dataverse.problems import bad_value, unknown_property
from sandbox.dataverse.store import Row, Store, collated
from sandbox.dataverse.table import Table


class RowProperties:
    """The properties of a table's rows, and behind their lookups those of the rows pointed at.

    Attributes:
        entered: the tables behind lookups whose properties were asked for.
    """

    def __init__(self, store: Store, table: Table) -> None:
        self.entered: list[Table] = []
        self._store = store
        self._table = table

    def at(self, path: Path) -> Property[Row]:
        """The property at a path.

        Raises:
            Problem: 400, there is none; names are case-sensitive.
        """
        table, steps = self._table, []
        for navigation in path.names[:-1]:
            found = table.followed.get(navigation)
            if found is None or not self._store.schema.by_name[found[1]].served:
                raise unknown_property(navigation, table.name)
            steps.append(found)
            table = self._store.schema.by_name[found[1]]
            self.entered.append(table)
        column = table.by_property.get(path.names[-1])
        if column is None:
            raise unknown_property(path.names[-1], table.name)
        get = _comparable(column)
        for lookup, target in reversed(steps):
            get = self._behind(lookup, target, get)
        return Property(column.edm, get)

    def logical(self, name: str) -> Property[Row]:
        """The property of a column's logical name, also for lookups.

        Raises:
            Problem: 400 0x80041103, there is no such column.
        """
        column = self._table.by_name.get(name)
        if column is None:
            raise bad_value(
                f"'{self._table.name}' entity doesn't contain attribute with Name = '{name}' and "
                "NameMapping = 'Logical'.",
                "0x80041103",
            )
        return Property(column.edm, _comparable(column))

    def sortable(self, path: Path) -> Callable[[Row], Any]:
        """The value to sort by: the label for choices, as the service does; None comes first.

        Raises:
            Problem: 400, there is no such property.
        """
        get = self.at(path).get
        column = self._table.by_property.get(path.names[0]) if len(path.names) == 1 else None
        if column is None or not isinstance(column.kind, Choice):
            return get
        labels = {option.value: collated(option.label) for option in column.kind.options}
        return lambda row: labels.get(get(row))

    def _behind(self, lookup: Column, target: str, get: Callable[[Row], Any]) -> Callable[[Row], Any]:
        name, referenced = lookup.name, self._store.referenced

        def behind(row: Row) -> Any:
            reference = row.values[name]
            if not isinstance(reference, Reference) or reference.table != target:
                return None
            other = referenced(reference)
            return None if other is None else get(other)

        return behind


def _comparable(column: Column) -> Callable[[Row], Any]:
    name = column.name
    if isinstance(column.kind, Text):

        def text(row: Row) -> str | None:
            value = row.values[name]
            return collated(value) if isinstance(value, str) else None

        return text
    if isinstance(column.kind, Lookup):

        def reference(row: Row) -> str | None:
            value = row.values[name]
            return value.id if isinstance(value, Reference) else None

        return reference
    return lambda row: row.values[name]


def plain(value: Any) -> Any:
    """A sortable value as JSON, for a paging cookie."""
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def from_plain(value: Any) -> Any:
    """The reverse of `plain`.

    Raises:
        ValueError: it is not of that form.
        KeyError: the same.
    """
    return datetime.fromisoformat(value["at"]) if isinstance(value, dict) else value
