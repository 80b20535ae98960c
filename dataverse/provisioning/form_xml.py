"""How is the main form of a table written in XML?

Elements and attributes as in Microsoft Learn, "Form XML schema".
"""

from __future__ import annotations

from typing import Final
from uuid import UUID
from xml.etree import ElementTree as ET

from dataverse.description.parts import (
    Cell,
    Choice,
    Customer,
    Kind,
    Lookup,
    Memo,
    Moment,
    Section,
    Table,
    Text,
    Whole,
    Words,
    YesNo,
    fixed_id,
)
from dataverse.provisioning import markup
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.platform_columns import PLATFORM_COLUMNS, Shows

TAB: Final = "general"
"""Name of the one tab of each form."""

# The class ids of the platform's own controls. Microsoft's reference does not list them; they stand
# alike in exported solutions that are public, and were not tried on a live environment.
_ONE_LINE: Final = "{4273EDBD-AC1D-40D3-9FB2-095C621B552D}"
_SEVERAL_LINES: Final = "{E0DECE4B-6FC8-4A8F-A065-082708572369}"
_CHOICE: Final = "{3EF39988-22BB-4F0B-BBBE-64B5A3748AEE}"
_ROW: Final = "{270BD3DB-D9AF-4782-9025-509E298DEC0A}"
_DATE_AND_TIME: Final = "{5B773807-9FB2-42DB-97C3-7A91EFF8ADFF}"
_WHOLE_NUMBER: Final = "{C6D124CA-7EDA-4A60-AEA9-7FB8D318B68F}"
_YES_OR_NO: Final = "{67FAC785-CD58-4F9F-ABB3-4B7DDC6ED5ED}"
_STATUS_REASON: Final = "{5D68B988-0661-4DB2-BC3E-17598AD3BE6C}"
_TIMELINE: Final = "{06375649-C143-495E-A496-C962E5B4488E}"

TIMELINE: Final = "notescontrol"
"""What the platform calls the control that shows a row's notes; it has no column."""

_TIMELINE_ROWS: Final = 8

_OPEN: Final = frozenset({"form"})
"""Beside tabs, libraries and events the platform keeps its own header, footer and navigation."""


def render(table: Table, languages: Languages) -> str:
    """The form in one line; the same description and languages give the same text.

    Raises:
        LookupError: a cell names a column that neither the table nor the platform has.
    """
    form = table.form
    root = ET.Element("form")
    tab = ET.SubElement(
        ET.SubElement(root, "tabs"),
        "tab",
        {"name": TAB, "id": _guid(f"form {table.name} tab {TAB}"), "IsUserDefined": "0"},
    )
    _labels(tab, form.tab, languages)
    columns = ET.SubElement(tab, "columns")
    sides = [sections for sections in (form.left, form.right) if sections]
    for sections, width in zip(sides, _widths(len(sides)), strict=True):
        column = ET.SubElement(columns, "column", {"width": width})
        holder = ET.SubElement(column, "sections")
        for section in sections:
            _section(holder, table, section, languages)
    if form.library is not None and form.on_load is not None:
        _script(root, table, form.library, form.on_load)
    return markup.text(root)


def same(wanted: str, found: str) -> bool:
    """Whether the form XML that the environment keeps says what ours says.

    Does not count: white space, the order of attributes, attributes and top-level elements that the platform
    adds, and labels in languages that one of both does not have. A section, a control or a handler that
    somebody added, moved or took away does.
    """
    return markup.says(wanted, found, open_elements=_OPEN)


def _widths(count: int) -> tuple[str, ...]:
    return ("60%", "40%") if count > 1 else ("100%",)


def _section(holder: ET.Element, table: Table, section: Section, languages: Languages) -> None:
    element = ET.SubElement(
        holder,
        "section",
        {
            "name": section.name,
            "id": _guid(f"form {table.name} section {section.name}"),
            "showlabel": "true",
            "showbar": "false",
            "columns": "1",
        },
    )
    _labels(element, section.words, languages)
    rows = ET.SubElement(element, "rows")
    for cell in section.cells:
        _cell(ET.SubElement(rows, "row"), table, cell, languages)
        # A cell of several rows covers the rows below it, which have to be there.
        for _ in range(cell.rows - 1):
            ET.SubElement(rows, "row")
    if section.timeline:
        _timeline(rows, table, section, languages)


def _timeline(rows: ET.Element, table: Table, section: Section, languages: Languages) -> None:
    cell = ET.SubElement(
        ET.SubElement(rows, "row"),
        "cell",
        {
            "id": _guid(f"form {table.name} cell {TIMELINE}"),
            "showlabel": "false",
            "rowspan": str(_TIMELINE_ROWS),
        },
    )
    _labels(cell, section.words, languages)
    ET.SubElement(cell, "control", {"id": TIMELINE, "classid": _TIMELINE})
    for _ in range(_TIMELINE_ROWS - 1):
        ET.SubElement(rows, "row")


def _cell(row: ET.Element, table: Table, cell: Cell, languages: Languages) -> None:
    class_id, words = _control(table, cell.column)
    spans = {"rowspan": str(cell.rows)} if cell.rows > 1 else {}
    element = ET.SubElement(
        row,
        "cell",
        {"id": _guid(f"form {table.name} cell {cell.column}"), "showlabel": "true", **spans},
    )
    _labels(element, words, languages)
    ET.SubElement(
        element,
        "control",
        {
            "id": cell.column,
            "classid": class_id,
            "datafieldname": cell.column,
            "disabled": "true" if cell.locked else "false",
        },
    )


def _control(table: Table, name: str) -> tuple[str, Words]:
    for column in table.all_columns:
        if column.name == name:
            return _class_id(column.kind), column.words
    if name not in PLATFORM_COLUMNS:
        raise LookupError(f"{table.name} has no column {name}")
    shows, words = PLATFORM_COLUMNS[name]
    return {
        Shows.PERSON: _ROW,
        Shows.MOMENT: _DATE_AND_TIME,
        Shows.STATUS_REASON: _STATUS_REASON,
    }[shows], words


def _class_id(kind: Kind) -> str:
    match kind:
        case Text():
            return _ONE_LINE
        case Memo():
            return _SEVERAL_LINES
        case Whole():
            return _WHOLE_NUMBER
        case YesNo():
            return _YES_OR_NO
        case Moment():
            return _DATE_AND_TIME
        case Choice():
            return _CHOICE
        case Lookup() | Customer():
            return _ROW


def _script(root: ET.Element, table: Table, library: str, on_load: str) -> None:
    libraries = ET.SubElement(root, "formLibraries")
    ET.SubElement(
        libraries,
        "Library",
        {"name": library, "libraryUniqueId": _guid(f"form {table.name} library {library}")},
    )
    # The script registers every other handler itself, so that the form and the script cannot disagree.
    event = ET.SubElement(
        ET.SubElement(root, "events"),
        "event",
        {"name": "onload", "application": "false", "active": "true"},
    )
    ET.SubElement(
        ET.SubElement(event, "Handlers"),
        "Handler",
        {
            "functionName": on_load,
            "libraryName": library,
            "handlerUniqueId": _guid(f"form {table.name} handler onload"),
            "enabled": "true",
            "parameters": "",
            "passExecutionContext": "true",
        },
    )


def _labels(parent: ET.Element, words: Words, languages: Languages) -> None:
    labels = ET.SubElement(parent, "labels")
    for code, text in languages.of(words):
        ET.SubElement(labels, "label", {"description": text, "languagecode": str(code)})


def _guid(what: str) -> str:
    return _braced(fixed_id(what))


def _braced(one: UUID) -> str:
    return f"{{{one}}}"
