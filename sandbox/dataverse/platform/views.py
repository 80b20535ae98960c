"""Which views does the platform take, and which columns does a view use?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from xml.etree.ElementTree import Element

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.markup import attribute, parsed, refused
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.platform.publishing import Unpublished
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Schema, Table

_FETCH = "FetchXML"
_LAYOUT = "layoutxml"

_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "fetch": frozenset({"entity"}),
    "entity": frozenset({"attribute", "all-attributes", "order", "filter", "link-entity"}),
    "link-entity": frozenset({"attribute", "all-attributes", "order", "filter", "link-entity"}),
    "filter": frozenset({"condition", "filter"}),
    "condition": frozenset({"value"}),
}
"""What may stand inside each element of a query (Microsoft Learn, "FetchXml element reference")."""

_PERIODS: Final = ("days", "weeks", "months", "years")
_WITHOUT_VALUE: Final = frozenset(
    {
        *("null", "not-null", "yesterday", "today", "tomorrow", "last-seven-days", "next-seven-days"),
        *("eq-userid", "ne-userid", "eq-userteams", "eq-useroruserteams", "eq-useroruserhierarchy"),
        *("eq-useroruserhierarchyandteams", "eq-businessid", "ne-businessid", "eq-userlanguage"),
        *(f"{which}-{period}" for which in ("last", "this", "next") for period in ("week", "month", "year")),
        *(f"{which}-fiscal-{period}" for which in ("last", "this", "next") for period in ("year", "period")),
    }
)
_WITH_VALUE: Final = frozenset(
    {
        *("eq", "neq", "ne", "gt", "ge", "le", "lt", "like", "not-like", "on", "on-or-before", "on-or-after"),
        *("begins-with", "not-begin-with", "ends-with", "not-end-with"),
        *("under", "eq-or-under", "not-under", "above", "eq-or-above"),
        *(f"{which}-x-{period}" for which in ("last", "next") for period in ("hours", *_PERIODS)),
        *(f"olderthan-x-{period}" for period in ("minutes", "hours", *_PERIODS)),
    }
)
_WITH_VALUES: Final = frozenset(
    {"in", "not-in", "between", "not-between", "contain-values", "not-contain-values"}
)

type Used = set[tuple[str, str]]
"""Columns by logical name of table and column."""


def used_by_query(schema: Schema, fetch: str, of: str) -> Used:
    """The columns that a query names.

    Args:
        schema: the tables there are.
        fetch: the query as FetchXML.
        of: logical name of the view's table.

    Raises:
        Problem: 400, it is no query of that table or names what is not there.
    """
    root = parsed(fetch, _FETCH, "fetch")
    if len(root) != 1:
        raise refused(_FETCH, "it must have one 'entity'")
    _refuse_children(root)
    entity = root[0]
    name = attribute(entity, "name", _FETCH)
    table = _table(schema, name)
    if name != of:
        raise refused(_FETCH, f"it asks for '{name}', but the view is one of '{of}'")
    aliases: dict[str, Table] = {}
    used: Used = set()
    _walk(schema, entity, table, aliases, used)
    for condition in root.iter("condition"):
        alias = condition.get("entityname")
        if alias is not None:
            if alias not in aliases:
                raise refused(_FETCH, f"a condition names the unknown link '{alias}'")
            used.add(_column(aliases[alias], attribute(condition, "attribute", _FETCH)))
    return used


def _walk(schema: Schema, element: Element, table: Table, aliases: dict[str, Table], used: Used) -> None:
    _refuse_children(element)
    for child in element:
        match child.tag:
            case "attribute":
                used.add(_column(table, attribute(child, "name", _FETCH)))
            case "order":
                used.add(_column(table, attribute(child, "attribute", _FETCH)))
            case "filter":
                used.update(_conditions(child, table))
            case "link-entity":
                other = _table(schema, attribute(child, "name", _FETCH))
                used.add(_column(other, attribute(child, "from", _FETCH)))
                used.add(_column(table, attribute(child, "to", _FETCH)))
                aliases[child.get("alias") or other.name] = other
                _walk(schema, child, other, aliases, used)
            case _:
                continue


def _conditions(element: Element, table: Table) -> Iterator[tuple[str, str]]:
    _refuse_children(element)
    if element.get("type", "and") not in {"and", "or"}:
        raise refused(_FETCH, f"a filter is of the unknown type '{element.get('type')}'")
    for child in element:
        if child.tag == "filter":
            yield from _conditions(child, table)
            continue
        _refuse_children(child)
        operator = attribute(child, "operator", _FETCH)
        given = len(child) + ("value" in child.attrib)
        if operator in _WITHOUT_VALUE:
            fits = given == 0
        elif operator in _WITH_VALUE:
            fits = given == 1
        elif operator in _WITH_VALUES:
            fits = given > 0
        else:
            raise refused(_FETCH, f"'{operator}' is no operator")
        if not fits:
            raise refused(_FETCH, f"the operator '{operator}' has {given} values")
        if child.get("entityname") is None:
            yield _column(table, attribute(child, "attribute", _FETCH))


def _refuse_children(element: Element) -> None:
    allowed = _CHILDREN.get(element.tag, frozenset())
    for child in element:
        if child.tag not in allowed:
            raise refused(_FETCH, f"'{child.tag}' may not stand inside '{element.tag}'")


def used_by_layout(schema: Schema, layout: str, fetch: str, of: str) -> Used:
    """The columns that a layout shows.

    Args:
        schema: the tables there are.
        layout: the layout as XML.
        fetch: the view's query, already taken.
        of: logical name of the view's table.

    Raises:
        Problem: 400, it is no layout of that table, or shows what is not there or not asked for.
    """
    table = _table(schema, of)
    grid = parsed(layout, _LAYOUT, "grid")
    code = grid.get("object")
    if code is not None and code != str(table.type_code):
        raise refused(_LAYOUT, f"'object' is {code}, but the type code of '{of}' is {table.type_code}")
    rows = list(grid)
    if [row.tag for row in rows] != ["row"]:
        raise refused(_LAYOUT, "it must have one 'row'")
    if attribute(rows[0], "id", _LAYOUT) != table.id_column:
        raise refused(_LAYOUT, f"the id of its row is not '{table.id_column}'")
    jump = grid.get("jump")
    used = {_column(table, jump)} if jump else set()
    shown = [_cell(cell) for cell in rows[0]]
    doubled = sorted({name for name in shown if shown.count(name) > 1})
    if doubled:
        raise refused(_LAYOUT, f"the cell '{doubled[0]}' is there twice")
    asked = set(_asked(fetch))
    for name in shown:
        if "." not in name:
            used.add(_column(table, name))
        if name not in asked:
            raise refused(_LAYOUT, f"the cell '{name}' shows what the query does not ask for")
    return used


def _cell(cell: Element) -> str:
    if cell.tag != "cell":
        raise refused(_LAYOUT, f"'{cell.tag}' may not stand inside 'row'")
    if not attribute(cell, "width", _LAYOUT).isdecimal():
        raise refused(_LAYOUT, "the width of a cell is no whole number")
    return attribute(cell, "name", _LAYOUT)


def _asked(fetch: str) -> Iterator[str]:
    def below(element: Element, start: str) -> Iterator[str]:
        for child in element:
            if child.tag == "attribute":
                yield start + child.get("name", "")
            elif child.tag == "link-entity":
                yield from below(child, f"{child.get('alias') or child.get('name')}.")

    return below(parsed(fetch, _FETCH, "fetch")[0], "")


def _table(schema: Schema, name: str) -> Table:
    table = schema.by_name.get(name)
    if table is None:
        raise bad_value(
            f"The entity with a name = '{name}' with namemapping = 'Logical' was not found in the MetadataCache.",
            "0x80041102",
        )
    return table


def _column(table: Table, name: str) -> tuple[str, str]:
    if name not in table.by_name:
        raise bad_value(
            f"'{table.name}' entity doesn't contain attribute with Name = '{name}' and NameMapping = 'Logical'.",
            "0x80041103",
        )
    return table.name, name


class Views(Part):
    """A view asks for and shows columns that are there."""

    def creating(self, values: dict[str, Value]) -> None:
        """A name, a table, a query and a layout."""
        part.required(values, "savedquery", "name", "returnedtypecode", "fetchxml")
        self.used(values)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same, of the view as it will be."""
        part.kept(row, changes, "savedquery", "name", "fetchxml")
        if {"fetchxml", "layoutxml"} & set(changes):
            self.used(dict(row.values) | Unpublished(self.store).of(row) | changes)

    def used(self, values: Mapping[str, Value]) -> Used:
        """The columns that a view with these values uses.

        Raises:
            Problem: 400, it cannot be taken.
        """
        fetch, layout, of = values.get("fetchxml"), values.get("layoutxml"), values.get("returnedtypecode")
        if not isinstance(fetch, str) or not isinstance(of, str):
            return set()
        used = used_by_query(self.store.schema, fetch, of)
        if isinstance(layout, str):
            used |= used_by_layout(self.store.schema, layout, fetch, of)
        return used

    def deleting(self, row: Row) -> None:
        """Not the views that the platform made with the table."""
        if row.values["iscustom"] is False:
            raise Problem(400, "0x80047009", "A view that the platform has made cannot be deleted.")


def plant(store: Store, table: Table) -> None:
    """The views that the platform makes with a table."""
    stateful = table.statuses is not None
    views: list[tuple[str, int, int | None]] = [
        (f"Active {table.plural}", 0, 0),
        (f"Inactive {table.plural}", 0, 1),
        (f"{table.label} Advanced Find View", 1, None),
        (f"{table.label} Associated View", 2, 0),
        (f"Quick Find Active {table.plural}", 4, 0),
        (f"{table.label} Lookup View", 64, 0),
    ]
    for name, kind, state in views:
        store.insert(
            part.table(store, "savedquery"),
            {
                "savedqueryid": organization.component_id("view", f"{table.metadata_id}:{kind}:{state}"),
                "name": name,
                "returnedtypecode": table.name,
                "querytype": kind,
                "fetchxml": _default_query(table, state if stateful else None),
                "layoutxml": _default_layout(table),
                "isdefault": state == 0 or kind != 0,
                "iscustom": False,
            },
            part.SYSTEM,
        )


def _default_query(table: Table, state: int | None) -> str:
    condition = (
        ""
        if state is None
        else f'<filter type="and"><condition attribute="statecode" operator="eq" value="{state}"/></filter>'
    )
    return (
        f'<fetch version="1.0" mapping="logical"><entity name="{table.name}">'
        f'<attribute name="{table.id_column}"/><attribute name="{table.name_column}"/>'
        f'<attribute name="createdon"/><order attribute="{table.name_column}" descending="false"/>'
        f"{condition}</entity></fetch>"
    )


def _default_layout(table: Table) -> str:
    return (
        f'<grid name="resultset" object="{table.type_code}" jump="{table.name_column}" select="1" icon="1" '
        f'preview="1"><row name="result" id="{table.id_column}"><cell name="{table.name_column}" width="300"/>'
        '<cell name="createdon" width="125"/></row></grid>'
    )
