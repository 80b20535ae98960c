"""What does a JSON body change in a row?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.dataverse.columns import Access, Lookup, Reference, Value
from sandbox.dataverse.problems import Problem, bad_payload, bad_query, bad_value, not_imitated
from sandbox.dataverse.table import Table
from sandbox.dataverse.values import accepted

_BIND = "@odata.bind"


@dataclass(frozen=True, slots=True)
class Given:
    """What a body says, by logical name; `ignored` are columns that only the platform writes."""

    values: Mapping[str, Value]
    ignored: frozenset[str]


def read(
    table: Table,
    body: Mapping[str, Any],
    resolve: Callable[[str], Reference],
    *,
    all_columns: bool = False,
) -> Given:
    """The columns that a body sets.

    Args:
        table: of the row.
        body: decoded JSON.
        resolve: the row that the URL of an `@odata.bind` names; raises `Problem` where there is none.
        all_columns: also columns that only the platform writes (for seed rows).

    Raises:
        Problem: 400 for names that are unknown or used wrongly and for values that are refused, 501 for
            related rows inside the body.
    """
    values: dict[str, Value] = {}
    ignored: set[str] = set()
    bound: dict[str, str] = {}
    for name, given in body.items():
        if name.endswith(_BIND):
            _bind(table, name.removesuffix(_BIND), given, resolve, (values, bound))
        elif "@" in name:
            _annotation(table, name)
        elif name in table.by_navigation:
            if given is not None:
                raise not_imitated("related rows inside the body of a row")
            _bind(table, name, None, resolve, (values, bound))
        else:
            column = table.by_property.get(name)
            if column is None:
                raise _unknown(table, name)
            if isinstance(column.kind, Lookup):
                raise bad_query(
                    "CRM do not support direct update of Entity Reference properties, "
                    "Use Navigation properties instead."
                )
            value = accepted(table.name, column, given)
            if column.access is Access.READ and not all_columns:
                ignored.add(column.name)
            else:
                values[column.name] = value
    return Given(values, frozenset(ignored))


def _bind(
    table: Table,
    navigation: str,
    given: Any,
    resolve: Callable[[str], Reference],
    found: tuple[dict[str, Value], dict[str, str]],
) -> None:
    values, bound = found
    known = table.by_navigation.get(navigation)
    if known is None:
        raise bad_payload(
            f"Microsoft.OData.ODataException: An undeclared property '{navigation}' which only has property "
            "annotations in the payload but no property value was found in the payload. In OData, only "
            "declared navigation properties and declared named streams can be represented as properties "
            "without values."
        )
    column, target = known
    if column.access is Access.READ:
        raise not_imitated(f"writing the lookup {column.name}")
    if given is None:
        # Emptying one target of a lookup must not undo another that the same body sets.
        values.setdefault(column.name, None)
        return
    if not isinstance(given, str):
        raise bad_payload(f"The value of '{navigation}{_BIND}' must be the URL of a row.")
    reference = resolve(given)
    if reference.table != target:
        raise bad_value(
            f"'{navigation}{_BIND}' must name a row of '{target}', not of '{reference.table}'.", "0x80048d19"
        )
    if column.name in bound:
        raise bad_value(
            f"'{bound[column.name]}' and '{navigation}' are the same lookup; a row can set only one of them."
        )
    bound[column.name] = navigation
    values[column.name] = reference


def _annotation(table: Table, name: str) -> None:
    """Annotations of the row and of its properties are read past, as they come back from a client."""
    owner = name.partition("@")[0]
    if owner and owner not in table.by_property and owner not in table.by_navigation:
        raise _unknown(table, owner)


def _unknown(table: Table, name: str) -> Problem:
    return bad_payload(
        f"Microsoft.OData.ODataException: Invalid property '{name}' was found in entity "
        f"'Microsoft.Dynamics.CRM.{table.name}'."
    )
