"""How is a row told as JSON?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.dataverse.columns import Column, Lookup, Reference
from sandbox.dataverse.preferences import Annotations
from sandbox.dataverse.problems import bad_query, not_imitated, unknown_property
from sandbox.dataverse.query import Expansion
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table
from sandbox.dataverse.values import formatted, told

FORMATTED = "OData.Community.Display.V1.FormattedValue"
LOOKUP_TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
LOOKUP_NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"


@dataclass(frozen=True, slots=True)
class Shape:
    """What to tell of a table's rows; built once for a whole page."""

    table: Table
    columns: tuple[Column, ...]
    expansions: tuple[tuple[str, Column, str, Shape], ...]
    selected: tuple[str, ...]

    @property
    def tables(self) -> Iterator[Table]:
        """The tables whose rows are told."""
        yield self.table
        for _, _, _, inner in self.expansions:
            yield from inner.tables


def shape(store: Store, table: Table, select: Sequence[str] | None, expand: Sequence[Expansion]) -> Shape:
    """The shape that `$select` and `$expand` ask for; the primary key is always told.

    Raises:
        Problem: 400 for an unknown name, 501 for lookups to tables that are not imitated.
    """
    columns: dict[str, Column] = {}
    for name in table.by_property if select is None else select:
        column = table.by_property.get(name)
        if column is None:
            raise unknown_property(name, table.name)
        columns[name] = column
    columns.setdefault(table.id_column, table.by_name[table.id_column])
    expansions = []
    for one in expand:
        found = table.by_navigation.get(one.navigation)
        if found is None:
            raise unknown_property(one.navigation, table.name)
        column, target_name = found
        target = store.schema.by_name[target_name]
        if not target.served or one.navigation not in table.followed:
            raise not_imitated(f"$expand of rows of {target_name}")
        if one.filter is not None:
            raise bad_query(f"$filter does not apply to the single row of '{one.navigation}'.")
        expansions.append((one.navigation, column, target_name, shape(store, target, one.select, one.expand)))
    named = () if select is None else tuple(columns)
    selected = (
        *named,
        *(f"{navigation}({','.join(inner.selected)})" for navigation, _, _, inner in expansions),
    )
    return Shape(table, tuple(columns.values()), tuple(expansions), selected)


def represented(store: Store, row: Row, shape: Shape, annotations: Annotations) -> dict[str, Any]:
    """One row, with its etag, and the annotations that are wanted."""
    result: dict[str, Any] = {"@odata.etag": row.etag}
    want_formatted = annotations.want(FORMATTED)
    want_table = annotations.want(LOOKUP_TABLE)
    want_navigation = annotations.want(LOOKUP_NAVIGATION)
    for column in shape.columns:
        value = row.values[column.name]
        name = column.property_name
        if isinstance(value, Reference) and isinstance(column.kind, Lookup):
            if want_navigation:
                result[f"{name}@{LOOKUP_NAVIGATION}"] = column.kind.navigations[value.table]
            if want_table:
                result[f"{name}@{LOOKUP_TABLE}"] = value.table
        if want_formatted and value is not None:
            reference = store.name_of(value) if isinstance(value, Reference) else None
            text = formatted(column, value, reference)
            if text is not None:
                result[f"{name}@{FORMATTED}"] = text
        result[name] = told(value)
    for navigation, column, target, inner in shape.expansions:
        value = row.values[column.name]
        other = store.referenced(value) if isinstance(value, Reference) and value.table == target else None
        result[navigation] = None if other is None else represented(store, other, inner, annotations)
    return result
