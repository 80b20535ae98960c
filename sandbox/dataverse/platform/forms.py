"""Which forms does the platform take, and which columns and scripts does a form use?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

from sandbox.dataverse import languages, organization
from sandbox.dataverse.columns import Lookup, Text, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.markup import attribute, identifier, parsed, refused
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table

MAIN: Final = 2
"""Type of a main form."""

_FORM = "FormXml"
_SCRIPT: Final = 3

_CHILDREN: Final[Mapping[str, frozenset[str]]] = {
    "form": frozenset(
        {
            "ancestor",
            "hiddencontrols",
            "tabs",
            "header",
            "footer",
            "events",
            "clientresources",
            "Navigation",
            "formLibraries",
            "formparameters",
            "RibbonDiffXml",
            "DisplayConditions",
            "controlDescriptions",
        }
    ),
    "tabs": frozenset({"tab"}),
    "tab": frozenset({"labels", "columns", "events", "tabheader", "tabfooter"}),
    "columns": frozenset({"column"}),
    "column": frozenset({"sections"}),
    "sections": frozenset({"section"}),
    "section": frozenset({"labels", "rows", "events"}),
    "header": frozenset({"rows"}),
    "footer": frozenset({"rows"}),
    "rows": frozenset({"row"}),
    "row": frozenset({"cell"}),
    "cell": frozenset({"labels", "control", "events"}),
    "labels": frozenset({"label"}),
    "formLibraries": frozenset({"Library"}),
    "events": frozenset({"event"}),
    "event": frozenset({"Handlers", "InternalHandlers", "dependencies"}),
    "Handlers": frozenset({"Handler"}),
}
"""What may stand inside each element (Microsoft Learn, "Form XML schema"); other elements are not looked into."""

_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "column": ("width",),
    "label": ("description", "languagecode"),
    "control": ("id",),
    "Library": ("name",),
    "event": ("name",),
    "Handler": ("functionName", "libraryName"),
}
_IDENTIFIED: Final[Mapping[str, tuple[str, ...]]] = {
    "tab": ("id",),
    "section": ("id",),
    "cell": ("id",),
    "control": ("classid",),
    "Library": ("libraryUniqueId",),
    "Handler": ("handlerUniqueId",),
}


@dataclass(frozen=True, slots=True)
class Uses:
    """What a form needs: columns of its table, and web resources by name."""

    columns: frozenset[str]
    libraries: frozenset[str]


def uses(text: str, table: Table) -> Uses:
    """What a form uses.

    Raises:
        Problem: 400, it is no form, has an id twice, or names a column that the table does not have.
    """
    form = parsed(text, _FORM, "form")
    for element in _checked(form):
        for name in _REQUIRED.get(element.tag, ()):
            attribute(element, name, _FORM)
        for name in _IDENTIFIED.get(element.tag, ()):
            identifier(element, name, _FORM)
    if form.find("tabs/tab") is None:
        raise refused(_FORM, "it has no tab")
    _refuse_doubles(form)
    _refuse_languages(form)
    libraries = frozenset(attribute(one, "name", _FORM) for one in form.findall("formLibraries/Library"))
    for handler in form.iter("Handler"):
        if handler.get("libraryName") not in libraries:
            raise refused(
                _FORM, f"a handler is in '{handler.get('libraryName')}', which is none of its libraries"
            )
    columns = {control.get("datafieldname", "") for control in form.iter("control")}
    columns |= {event.get("attribute", "") for event in form.iter("event")}
    for name in sorted(columns - {""}):
        if name not in table.by_name:
            raise refused(_FORM, f"the table '{table.name}' has no column '{name}'")
    return Uses(frozenset(columns - {""}), libraries)


def _checked(element: Element) -> Iterator[Element]:
    yield element
    allowed = _CHILDREN.get(element.tag)
    if allowed is None:
        return
    for child in element:
        if child.tag not in allowed:
            raise refused(_FORM, f"'{child.tag}' may not stand inside '{element.tag}'")
        yield from _checked(child)


def _refuse_doubles(form: Element) -> None:
    for tag, name in (
        ("tab", "id"),
        ("tab", "name"),
        ("section", "id"),
        ("section", "name"),
        ("cell", "id"),
        ("control", "id"),
        ("Library", "name"),
        ("Library", "libraryUniqueId"),
        ("Handler", "handlerUniqueId"),
    ):
        seen: set[str] = set()
        for element in form.iter(tag):
            value = (element.get(name) or "").lower()
            if value in seen:
                raise refused(_FORM, f"the '{name}' {value} of an element '{tag}' is there twice")
            if value:
                seen.add(value)


def _refuse_languages(form: Element) -> None:
    for label in form.iter("label"):
        code = label.get("languagecode", "")
        if not code.isdecimal() or int(code) not in languages.PROVISIONED:
            raise bad_value(f"The language '{code}' of a label is not provisioned.", "0x80044302")


class Forms(Part):
    """A form shows columns that are there, and its scripts are web resources."""

    def creating(self, values: dict[str, Value]) -> None:
        """A name, a table, a type and its XML."""
        part.required(values, "systemform", "name", "objecttypecode", "type", "formxml")
        self.uses(values)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same, of the form as it will be."""
        part.kept(row, changes, "systemform", "name", "formxml")
        if "formxml" in changes:
            self.uses(dict(row.values) | changes)

    def uses(self, values: Mapping[str, Value]) -> Uses:
        """What a form with these values uses.

        Raises:
            Problem: 400, it cannot be taken.
        """
        text, of = values["formxml"], values["objecttypecode"]
        table = self.store.schema.by_name.get(of) if isinstance(of, str) else None
        if table is None or not isinstance(text, str):
            raise bad_value(f"There is no table '{of}'.", "0x80041102")
        found = uses(text, table)
        for name in sorted(found.libraries):
            if not part.rows(self.store, "webresource", name=name, webresourcetype=_SCRIPT):
                raise refused(_FORM, f"there is no script '{name}' among the web resources")
        return found

    def deleting(self, row: Row) -> None:
        """Not the last main form of a table."""
        others = part.rows(
            self.store, "systemform", objecttypecode=row.values["objecttypecode"], type=row.values["type"]
        )
        if row.values["type"] == MAIN and len(others) == 1:
            raise Problem(400, "0x8004f01f", "The last main form of a table cannot be deleted.")


def plant(store: Store, table: Table) -> None:
    """The main form that the platform makes with a table, with the primary name and the owner."""
    store.insert(
        part.table(store, "systemform"),
        {
            "formid": organization.component_id("form", table.metadata_id),
            "name": "Information",
            "objecttypecode": table.name,
            "type": MAIN,
            "formxml": _default(table),
            "isdefault": True,
        },
        part.SYSTEM,
    )


_CLASSES: Final = {
    Text: "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}",
    Lookup: "{270BD3DB-D9AF-4782-9025-509E298DEC0A}",
}
"""Classes of the controls for text and for lookups (Microsoft Learn, "Form XML schema")."""


def _default(table: Table) -> str:
    def made(what: str) -> str:
        return "{" + organization.component_id("form part", f"{table.metadata_id}:{what}") + "}"

    rows = "".join(
        f'<row><cell id="{made(name)}"><labels><label description={quoteattr(column.label)} '
        f'languagecode="{languages.BASE}"/></labels><control id="{name}" classid="{_CLASSES[type(column.kind)]}" '
        f'datafieldname="{name}"/></cell></row>'
        for name in dict.fromkeys((table.name_column, "ownerid"))
        if (column := table.by_name.get(name)) is not None
    )
    label = f'<labels><label description="General" languagecode="{languages.BASE}"/></labels>'
    return (
        f'<form><tabs><tab verticallayout="true" id="{made("tab")}" IsUserDefined="1">{label}<columns>'
        f'<column width="100%"><sections><section showlabel="false" showbar="false" IsUserDefined="0" '
        f'id="{made("section")}">{label}<rows>{rows}</rows></section></sections></column></columns></tab></tabs>'
        "</form>"
    )
