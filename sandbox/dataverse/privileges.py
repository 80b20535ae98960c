"""Which privileges does a table bring?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sandbox.dataverse.organization import metadata_id
from sandbox.dataverse.table import Table

ACTIONS: Final = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")
"""What can be allowed of a table whose rows have owners."""

_OF_OWNED: Final = frozenset({"Assign", "Share"})
"""Only a row with an owner can be given away."""

_OTHER_NAMES: Final[Mapping[str, str]] = {
    "annotation": "Note",
    "savedquery": "Query",
    "systemuser": "User",
}
"""Names in privileges that are not the table's schema name (Microsoft Learn, "Security role privileges")."""


@dataclass(frozen=True, slots=True)
class Privilege:
    """One privilege: `prvReadAccount` allows the action `Read`."""

    name: str
    id: str
    action: str


def of(table: Table) -> tuple[Privilege, ...]:
    """The privileges of a table; their ids are as lasting as the table's own."""
    name = _OTHER_NAMES.get(table.name, table.schema_name)
    return tuple(
        Privilege(f"prv{action}{name}", metadata_id(f"{table.metadata_id}:{action}"), action)
        for action in ACTIONS
        if table.owned or action not in _OF_OWNED
    )
