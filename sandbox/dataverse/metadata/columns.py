"""Which column does a body describe?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import uuid4

from sandbox.dataverse import autonumber, described
from sandbox.dataverse.columns import (
    Choice,
    Column,
    Identifier,
    Kind,
    Lookup,
    Moment,
    Role,
    Text,
    Whole,
    YesNo,
)
from sandbox.dataverse.languages import BASE, NONE, Words
from sandbox.dataverse.metadata import labels, members, options
from sandbox.dataverse.problems import Problem, bad_value, not_imitated
from sandbox.dataverse.table import Table

LONGEST_TEXT: Final = 4000
"""Characters of a single line of text (Microsoft Learn, "Create and edit columns")."""

LONGEST_MEMO: Final = 1_048_576
"""Characters of several lines of text (the same page)."""

_LEVELS: Final = ("None", "Recommended", "ApplicationRequired")
_FORMATS: Final = ("Text", "TextArea", "Email", "Url", "TickerSymbol", "Phone", "Json", "RichText")
_MADE: Final = ("String", "Memo", "Integer", "BigInt", "Boolean", "Picklist", "DateTime")
_COMMON: Final = frozenset(
    {"@odata.type", "SchemaName", "DisplayName", "Description", "RequiredLevel", "IsPrimaryName", "OptionSet"}
)


@dataclass(frozen=True, slots=True)
class Naming:
    """What the words of a column have in common, read from its body."""

    label: str
    translations: Words
    description: Words
    requirement: str


def made(schema_name: str, body: Mapping[str, Any], next_value: Callable[[set[int]], int]) -> Column:
    """A new column.

    Args:
        schema_name: which has been checked.
        body: of the kind that its `@odata.type` says.
        next_value: an option's value where the body says none, given those that are taken.

    Raises:
        Problem: 400 for what the real service refuses, 501 for kinds and properties that are not imitated.
    """
    kind, default = _kind(cast(body), body, next_value)
    said = naming(body)
    return Column(
        schema_name.lower(),
        kind,
        said.label,
        schema_name,
        default=default,
        custom=True,
        requirement=said.requirement,
        translations=said.translations,
        description=said.description,
        own_id=str(uuid4()),
    )


def refuse_others(table: Table, column: Column, body: Mapping[str, Any]) -> None:
    """Refuse members of a column's body that were not understood; `table` has the column.

    Raises:
        Problem: 400 or 501.
    """
    members.refuse_others(body, described.column(table, column), _COMMON | _own(column.kind))


def _own(kind: Kind) -> frozenset[str]:
    match kind:
        case Text(joined_from=()):
            return frozenset({"MaxLength", "AutoNumberFormat", "Format", "FormatName"})
        case Whole(large=False):
            return frozenset({"MinValue", "MaxValue"})
        case YesNo():
            return frozenset({"DefaultValue"})
        case Choice(role=Role.CHOICE):
            return frozenset({"DefaultFormValue", "GlobalOptionSet"})
        case _:
            return frozenset()


def replaced(table: Table, former: Column, body: Mapping[str, Any], *, merge: bool) -> Column:
    """The column as a full replacement describes it; the options of a choice stay as they are.

    Raises:
        Problem: as for a new column; also 400 for another kind or another name.
    """
    if cast(body, former) != described.cast_name(former).removesuffix("AttributeMetadata"):
        raise bad_value(f"The type of attribute '{former.name}' cannot be changed.")
    if body.get("SchemaName") not in {None, former.schema_name}:
        raise bad_value(f"The schema name of attribute '{former.name}' cannot be changed.")
    said = naming(body, former, merge=merge)
    kind, default = former.kind, former.default
    match former.kind:
        case Text(joined_from=()) as text:
            kind = _text(body, memo=text.memo)
        case Whole(large=False):
            kind = _whole(body)
        case YesNo():
            default = _yes_or_no(body)
        case Choice(role=Role.CHOICE) as choice:
            default = _chosen(body, choice)
        case _:
            pass
    column = replace(
        former,
        kind=kind,
        default=default,
        label=said.label,
        translations=said.translations,
        description=said.description,
        requirement=said.requirement,
    )
    refuse_others(table, column, body)
    return column


def naming(body: Mapping[str, Any], former: Column | None = None, *, merge: bool = False) -> Naming:
    """Labels and requirement level.

    Raises:
        Problem: 400, there is no label, or no such level.
    """
    before, about = NONE, NONE
    if former is not None:
        before = labels.whole(former.label, former.translations)
        about = before if former.description is None else former.description
    words = labels.required(body, "DisplayName", before, merge=merge)
    description = labels.read(body, "Description", about, merge=merge)
    if former is not None and former.required:
        level = former.requirement
    else:
        level = members.known(members.managed(body, "RequiredLevel") or "None", _LEVELS, "RequiredLevel")
    return Naming(words[BASE], labels.others(words), description, level)


def cast(body: Mapping[str, Any], former: Column | None = None) -> str:
    """The kind of column that a body says it describes, such as `String`.

    Raises:
        Problem: 400, it does not say.
    """
    name = body.get("@odata.type")
    if name is None and former is not None:
        return described.cast_name(former).removesuffix("AttributeMetadata")
    if not isinstance(name, str):
        raise bad_value("The body must say its type as @odata.type.")
    plain = name.removeprefix("#").removeprefix("Microsoft.Dynamics.CRM.")
    if not plain.endswith("AttributeMetadata"):
        raise bad_value(f"'{name}' is no type of attribute metadata.")
    return plain.removesuffix("AttributeMetadata").removeprefix("Complex")


def _kind(
    name: str, body: Mapping[str, Any], next_value: Callable[[set[int]], int]
) -> tuple[Kind, int | bool | None]:
    match name:
        case "String" | "Memo":
            return _text(body, memo=name == "Memo"), None
        case "Integer":
            return _whole(body), None
        case "BigInt":
            return Whole(-(2**63), 2**63 - 1, large=True), None
        case "Boolean":
            return options.answers(body), _yes_or_no(body)
        case "Picklist":
            choice = options.picklist(body, next_value)
            return choice, _chosen(body, choice)
        case "DateTime":
            return Moment(), None
        case "Lookup":
            raise bad_value("A lookup attribute is made by its relationship.")
        case "State" | "Status" | "Uniqueidentifier" | "UniqueIdentifier":
            raise bad_value(f"An attribute of type {name} cannot be made.")
        case _:
            raise not_imitated(f"columns of type {name}; it makes {', '.join(_MADE)}")


def _text(body: Mapping[str, Any], *, memo: bool) -> Text:
    length = members.whole(body, "MaxLength")
    most = LONGEST_MEMO if memo else LONGEST_TEXT
    if not 1 <= length <= most:
        raise bad_value(
            f"The provided maximum length {length} of column {body.get('SchemaName')} is out of range. Custom "
            f"maximum length values must be between 1 and {most}.",
            "0x80090479",
        )
    usual = "TextArea" if memo else "Text"
    shown = members.managed(body, "FormatName") or members.optional_text(body, "Format") or usual
    members.known(shown, ("TextArea", "RichText", "Text") if memo else _FORMATS, "FormatName")
    number_format = members.optional_text(body, "AutoNumberFormat")
    if number_format is not None:
        _refuse_number_format(number_format, memo=memo)
    return Text(length, memo=memo, number_format=number_format, format="" if shown == usual else shown)


def _refuse_number_format(number_format: str, *, memo: bool) -> None:
    if memo:
        raise bad_value("Several lines of text cannot be an autonumber.")
    if not autonumber.readable(number_format):
        raise bad_value(f"The AutoNumberFormat '{number_format}' is not valid.")
    if autonumber.random_or_dated(number_format):
        raise not_imitated("random text and dates in an AutoNumberFormat")


def _whole(body: Mapping[str, Any]) -> Whole:
    usual = Whole()
    least, most = members.optional_whole(body, "MinValue"), members.optional_whole(body, "MaxValue")
    found = Whole(usual.least if least is None else least, usual.most if most is None else most)
    if found.least > found.most:
        raise bad_value("MinValue must not be above MaxValue.")
    return found


def _yes_or_no(body: Mapping[str, Any]) -> bool:
    return members.flag(body, "DefaultValue", otherwise=False)


def _chosen(body: Mapping[str, Any], choice: Choice) -> int | None:
    value = members.optional_whole(body, "DefaultFormValue")
    if value in {None, -1}:
        return None
    if choice.option(value or 0) is None:
        raise bad_value(f"The DefaultFormValue {value} is not one of the options.")
    return value


def custom(table: Table, column: Column) -> None:
    """Refuse what may not be deleted.

    Raises:
        Problem: 400, the column is the platform's or the primary name.
    """
    if not column.custom or isinstance(column.kind, Identifier):
        raise _not_custom(column)
    if column.name == table.name_column:
        raise bad_value(f"The primary name attribute '{column.name}' cannot be deleted.", "0x8004f01f")


def _not_custom(column: Column) -> Problem:
    return bad_value(f"The specified attribute '{column.name}' is not a custom attribute.", "0x80047009")


def key_width(column: Column) -> int | None:
    """The bytes that a column takes in the index of a key; None for one that no key may have."""
    match column.kind:
        case Text(memo=False, joined_from=()) as kind:
            return kind.max_length * 2
        case Whole(large=False) | Choice():
            return 4
        case Moment():
            return 8
        case Lookup(type_name="Lookup"):
            return 16
        case _:
            return None
