"""What can one of the platform's tables say of its own rows?"""

from __future__ import annotations

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.store import Row, Store, collated
from sandbox.dataverse.table import Table

SYSTEM = Reference("systemuser", organization.user_id(organization.SYSTEM))
"""Who the platform's own writes are by."""


class Part:
    """The rules of one table, which by themselves allow everything and let nothing follow."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def creating(self, values: dict[str, Value]) -> None:
        """Complete or refuse the values of a new row."""

    def created(self, row: Row, solution: str | None) -> None:
        """A row is there; `solution` is what the header named."""

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """Complete or refuse the changes of a row."""

    def deleting(self, row: Row) -> None:
        """Refuse to delete what others depend on."""

    def deleted(self, row: Row) -> None:
        """A row is gone."""


def table(store: Store, name: str) -> Table:
    """A table of the platform as it is now."""
    return store.schema.by_name[name]


def rows(store: Store, name: str, /, **wanted: Value) -> list[Row]:
    """The rows of a table with these values; text is compared as the database does."""
    return [
        row
        for row in store.rows(table(store, name))
        if all(_same(row.values[column], value) for column, value in wanted.items())
    ]


def row_of(store: Store, name: str, row_id: str) -> Row | None:
    """The row of that id."""
    return store.get(table(store, name), row_id)


def text_of(row: Row, column: str) -> str:
    """A column's text, empty where there is none."""
    value = row.values[column]
    return value if isinstance(value, str) else ""


def behind(row: Row, column: str) -> str | None:
    """The id that a lookup holds."""
    value = row.values[column]
    return value.id if isinstance(value, Reference) else None


def required(values: dict[str, Value], table_name: str, *columns: str) -> None:
    """Refuse a row without a value in each of these columns.

    Raises:
        Problem: 400, one is empty.
    """
    for column in columns:
        if values.get(column) is None:
            raise bad_value(f"Required field '{column}' is missing for entity '{table_name}'.")


def kept(row: Row, changes: dict[str, Value], table_name: str, *columns: str) -> None:
    """Refuse to empty one of these columns.

    Raises:
        Problem: 400, one would be empty.
    """
    required({name: changes.get(name, row.values[name]) for name in columns}, table_name, *columns)


def unique(store: Store, name: str, column: str, value: Value, but: str | None = None) -> None:
    """Refuse a value that another row of the table has.

    Raises:
        Problem: 400, it is taken.
    """
    if any(row.id != but for row in rows(store, name, **{column: value})):
        raise bad_value(f"A record of '{name}' with this value of '{column}' already exists.", "0x80040237")


def _same(found: Value, wanted: Value) -> bool:
    if isinstance(found, str) and isinstance(wanted, str):
        return collated(found) == collated(wanted)
    return found == wanted
