"""What stands in the way of taking a piece of metadata away?"""

from __future__ import annotations

from typing import Final

from sandbox.dataverse.columns import Column
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.store import Store
from sandbox.dataverse.table import Table

_USERS: Final = (
    ("savedquery", "returnedtypecode", ("fetchxml", "layoutxml"), "view"),
    ("systemform", "objecttypecode", ("formxml",), "form"),
)


def refuse_needed_table(store: Store, table: Table) -> None:
    """Refuse to delete a table that another table's own lookup points at.

    Raises:
        Problem: 400 0x8004f01f.
    """
    for other in store.schema.tables:
        if other.name == table.name:
            continue
        for column, kind in other.lookups:
            if column.custom and table.name in kind.navigations:
                raise needed(f"table '{table.name}'", f"the attribute '{column.name}' of '{other.name}'")


def refuse_needed_column(store: Store, table: Table, column: Column) -> None:
    """Refuse to delete a column that a key, a view or a form of its table has.

    Raises:
        Problem: 400 0x8004f01f.
    """
    what = f"attribute '{column.name}' of '{table.name}'"
    for key in table.keys:
        if column.name in key.columns:
            raise needed(what, f"the key '{key.name}'")
    for name, of, places, user in _USERS:
        using = store.schema.by_name.get(name)
        for row in () if using is None else store.rows(using):
            held = " ".join(str(row.values.get(place) or "") for place in places)
            if row.values.get(of) == table.name and f'"{column.name}"' in held:
                raise needed(what, f"a {user}")


def needed(what: str, by: str) -> Problem:
    """400 0x8004f01f: something else depends on it."""
    return bad_value(
        f"The {what} cannot be deleted because it is referenced by {by}. Remove the reference first.",
        "0x8004f01f",
    )
