"""Which table does a body describe?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from sandbox.dataverse import described
from sandbox.dataverse.columns import Column, Lookup, Option, Text
from sandbox.dataverse.languages import BASE, NONE
from sandbox.dataverse.metadata import columns, labels, members
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.table import Schema, Table, platform_columns, states

FIRST_TYPE_CODE: Final = 10_800
"""Type codes of customers' tables are above this."""

_READ: Final = frozenset(
    {"@odata.type", "SchemaName", "LogicalName", "DisplayName", "DisplayCollectionName", "Description"}
    | {"HasNotes", "Attributes"}
)


def made(
    schema: Schema,
    schema_name: str,
    body: Mapping[str, Any],
    named: Callable[[Mapping[str, Any]], str],
    next_value: Callable[[set[int]], int],
) -> Table:
    """A new table with the columns of its body and those that the platform adds.

    Args:
        schema: without it.
        schema_name: of the table, which has been checked.
        body: as given.
        named: the schema name of one of its columns, checked.
        next_value: an option's value where the body says none.

    Raises:
        Problem: 400 for what the real service refuses, 501 for what is not imitated.
    """
    name = schema_name.lower()
    if name in schema.by_name or f"{name}s" in schema.by_set:
        raise bad_value(
            f"The entity with the name {name} is not unique: an object with the same name already exists.",
            "0x80044363",
        )
    singular = labels.required(body, "DisplayName")
    plural = labels.required(body, "DisplayCollectionName")
    own = [(one, columns.made(named(one), one, next_value)) for one in members.structures(body, "Attributes")]
    id_column, *others = platform_columns(f"{name}id")
    added = (replace(id_column, schema_name=f"{schema_name}Id", custom=True, own_id=str(uuid4())), *others)
    reasons = (Option(0, "Active"), Option(1, "Inactive"), Option(1, "Active", 0), Option(2, "Inactive", 1))
    whole = (*added, *(column for _, column in own), *states(*reasons))
    _refuse_doubles(whole)
    table = Table(
        name=name,
        schema_name=schema_name,
        set_name=f"{name}s",
        label=singular[BASE],
        plural=plural[BASE],
        type_code=max(FIRST_TYPE_CODE, *(one.type_code for one in schema.tables if one.custom), 0) + 1,
        name_column=_primary_name(own),
        columns=tuple(replace(column, own_id=column.own_id or str(uuid4())) for column in whole),
        custom=True,
        has_notes=members.flag(body, "HasNotes", otherwise=False),
        translations=labels.others(singular),
        plural_translations=labels.others(plural),
        description=labels.read(body, "Description"),
        own_id=str(uuid4()),
    )
    members.refuse_others(body, described.table(table), _READ)
    for given, column in own:
        columns.refuse_others(table, column, given)
    return table


def replaced(former: Table, body: Mapping[str, Any], *, merge: bool) -> Table:
    """The table as a full replacement describes it; its columns stay.

    Raises:
        Problem: 400 for another name and for bad labels, 501 for what is not imitated.
    """
    if body.get("SchemaName") not in {None, former.schema_name} or body.get("LogicalName") not in {
        None,
        former.name,
    }:
        raise bad_value(f"The name of the entity '{former.name}' cannot be changed.")
    singular = labels.required(
        body, "DisplayName", labels.whole(former.label, former.translations), merge=merge
    )
    plural = labels.required(
        body, "DisplayCollectionName", labels.whole(former.plural, former.plural_translations), merge=merge
    )
    notes = members.flag(body, "HasNotes", otherwise=former.has_notes)
    if former.has_notes and not notes:
        raise bad_value(f"Notes of the entity '{former.name}' cannot be disabled once they are enabled.")
    table = replace(
        former,
        label=singular[BASE],
        plural=plural[BASE],
        has_notes=notes,
        translations=labels.others(singular),
        plural_translations=labels.others(plural),
        description=labels.read(body, "Description", former.description or NONE, merge=merge),
    )
    members.refuse_others(body, described.table(table), _READ)
    return table


def pointed_at(schema: Schema, table: Table) -> list[Table]:
    """The platform's tables whose rows can be about any table, pointing at `table` too."""
    wanted = [("asyncoperation", "regardingobjectid")]
    if table.has_notes:
        wanted.append(("annotation", "objectid"))
    changed = []
    for name, lookup in wanted:
        other = schema.by_name.get(name)
        if other is not None:
            whole = tuple(_pointing(one, table.name) if one.name == lookup else one for one in other.columns)
            if whole != other.columns:
                changed.append(replace(other, columns=whole))
    return changed


def _pointing(column: Column, target: str) -> Column:
    if not isinstance(column.kind, Lookup):
        raise TypeError("Only a lookup points at a table.")
    navigations = {**column.kind.navigations, target: f"{column.name}_{target}"}
    return replace(column, kind=replace(column.kind, navigations=navigations))


def _primary_name(own: list[tuple[Mapping[str, Any], Column]]) -> str:
    primary = [column for given, column in own if members.flag(given, "IsPrimaryName", otherwise=False)]
    if len(primary) != 1:
        raise bad_value("An entity must be made with exactly one attribute whose IsPrimaryName is true.")
    if not isinstance(primary[0].kind, Text) or primary[0].kind.memo:
        raise bad_value("The primary name attribute must be a single line of text.")
    return primary[0].name


def _refuse_doubles(whole: tuple[Column, ...]) -> None:
    names = [column.name for column in whole]
    for name in names:
        if names.count(name) > 1:
            raise column_exists(name)


def column_exists(name: str) -> Problem:
    """400: a column of that name is there."""
    return bad_value(f"An attribute with the specified name {name} already exists.", "0x80047013")
