"""Which requests make tables, columns, options and keys, and put them right?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dataverse import odata
from dataverse.description.parts import Column, Customer, Lookup, Memo, Table, Text, Whole
from dataverse.provisioning import bodies
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AddOption,
    AddStatus,
    AllowNotes,
    ChangeColumn,
    CreateTable,
    RewordOption,
    RewordStatus,
    RewordTable,
    TableStep,
)
from dataverse.provisioning.work import Work, path_of

_OF_THE_ANSWER: Final = frozenset({"@odata.context", "@odata.etag"})


async def carry_out(step: TableStep, work: Work) -> None:  # noqa: C901 - one case for each
    """Send what the step consists of.

    Raises:
        DataverseError: it was not carried out, or that is unknown.
    """
    languages = work.languages
    match step:
        case CreateTable(table):
            await work.create("EntityDefinitions", bodies.table(table, languages), "Create table")
        case RewordTable(table):
            body = bodies.table(table, languages)
            names = ("DisplayName", "DisplayCollectionName", "Description")
            await _replace(work, path_of(table), {name: body[name] for name in names})
        case AllowNotes(table):
            await _replace(work, path_of(table), {"HasNotes": True})
        case AddColumn(table, column):
            await _add_column(work, table, column)
        case ChangeColumn(table, column):
            await _change_column(work, table, column)
        case AddOption(table, column, option):
            body = bodies.option_insert(table, column, option, languages)
            await work.create("InsertOptionValue", body, "InsertOptionValue")
        case RewordOption(table, column, option):
            await work.act("UpdateOptionValue", bodies.option_update(table, column, option, languages))
        case AddStatus(table, option):
            body = bodies.status_insert(table, option, languages)
            await work.create("InsertStatusValue", body, "InsertStatusValue")
        case RewordStatus(table, option):
            await work.act("UpdateOptionValue", bodies.status_update(table, option, languages))
        case AddKey(table, key):
            await work.create(f"{path_of(table)}/Keys", bodies.key(key, languages), "Create key")


async def _add_column(work: Work, table: Table, column: Column) -> None:
    match column.kind:
        case Lookup():
            body = bodies.lookup(table, column, work.languages)
            await work.create("RelationshipDefinitions", body, "Create lookup")
        case Customer():
            body = bodies.customer(table, column, work.languages)
            await work.create("CreateCustomerRelationships", body, "Create customer column")
        case _:
            body = bodies.column(column, work.languages)
            await work.create(f"{path_of(table)}/Attributes", body, "Create column")


async def _change_column(work: Work, table: Table, column: Column) -> None:
    changed: dict[str, Any] = {
        "DisplayName": bodies.labels(column.words, work.languages),
        "Description": bodies.labels(column.meaning, work.languages),
    }
    there = work.found.tables[table.name].columns[column.name]
    match column.kind:
        case Text(length, autonumber):
            changed["MaxLength"] = max(length, there.length or 0)
            changed["AutoNumberFormat"] = autonumber
        case Memo(length):
            changed["MaxLength"] = max(length, there.length or 0)
        case Whole(least, most):
            low, high = there.bounds or (least, most)
            changed["MinValue"], changed["MaxValue"] = min(least, low), max(most, high)
        case _:
            pass
    name = odata.literal(odata.name(column.name))
    await _replace(work, f"{path_of(table)}/Attributes(LogicalName={name})", changed)


async def _replace(work: Work, path: str, changed: Mapping[str, Any]) -> None:
    # A metadata PUT replaces the whole definition (Microsoft Learn, "Create and update table definitions
    # using the Web API"), so everything else goes back as it was.
    there = await work.sender.read(path, "Read definition", there=True)
    body = {name: value for name, value in there.items() if name not in _OF_THE_ANSWER} | dict(changed)
    await work.sender.write("PUT", path, body, "Update definition", repeatable=True)
