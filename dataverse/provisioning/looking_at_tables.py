"""What is missing from a table of ours, and what is not as described?"""

from __future__ import annotations

from collections.abc import Iterator

from dataverse.description.parts import (
    Choice,
    Column,
    Customer,
    Lookup,
    Memo,
    Moment,
    Option,
    Table,
    Text,
    View,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning import form_xml, view_xml
from dataverse.provisioning.findings import Difference, Notice
from dataverse.provisioning.found import (
    Definition,
    FoundColumn,
    FoundStatus,
    FoundTable,
    Labels,
)
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AddOption,
    AddStatus,
    AllowNotes,
    ChangeColumn,
    CreateTable,
    CreateView,
    RewordOption,
    RewordStatus,
    RewordTable,
    WriteForm,
    WriteView,
)

NEW: FoundTable = FoundTable(
    columns={},
    statuses={1: FoundStatus(0, {}), 2: FoundStatus(1, {})},
    keys={},
    relationships={},
    views={},
    form=None,
)
"""What the platform makes with a table, beside its primary name column."""

_NOT_MENDABLE = "Its kind cannot be changed. Keep its data elsewhere, delete the column and run apply again."
_BEHAVIOR = "UserLocal"


def table(
    wanted: Table, definition: Definition | None, found: FoundTable, languages: Languages
) -> Iterator[Notice]:
    """The table itself, its columns and its status reasons."""
    columns = dict(found.columns)
    if definition is None:
        yield CreateTable(wanted)
        columns[wanted.primary.name] = _as_described(wanted.primary, languages)
    else:
        yield from _definition(wanted, definition, languages)
    for column in wanted.all_columns:
        there = columns.get(column.name)
        if there is None:
            yield AddColumn(wanted, column)
        else:
            yield from _column(wanted, column, there, languages)
            yield from _relationships(wanted, column, found)
    yield from _statuses(wanted, found, languages)


def keys(wanted: Table, found: FoundTable) -> Iterator[Notice]:
    """Its alternate keys, their indexes aside."""
    for key in wanted.keys:
        there = found.keys.get(key.name)
        if there is None:
            yield AddKey(wanted, key)
        elif there.columns != frozenset(key.columns):
            yield Difference(
                f"Alternate key {wanted.name}.{key.name} is over {', '.join(sorted(there.columns))}.",
                None,
                "Delete the key in Power Apps and run apply again.",
            )


def views(
    wanted: Table, definition: Definition | None, found: FoundTable, languages: Languages
) -> Iterator[Notice]:
    """Its views."""
    for view in wanted.views:
        there = found.views.get(view.id)
        if there is None or definition is None:
            yield CreateView(wanted, view)
            continue
        same = (
            _named(there.name, view.words, languages)
            and view_xml.same(view_xml.fetch(wanted, view), there.fetch)
            and view_xml.same(view_xml.layout(wanted, view, definition.type_code), there.layout)
        )
        if not same:
            yield _view_differs(wanted, view)


def form(wanted: Table, found: FoundTable, languages: Languages) -> Iterator[Notice]:
    """Its main form."""
    there = found.form
    if (
        there is None
        or not _named(there.name, wanted.form.name, languages)
        or not form_xml.same(form_xml.render(wanted, languages), there.xml)
    ):
        yield Difference(f"The main form of {wanted.name} is not arranged as described.", WriteForm(wanted))


def worded(words: Words, found: Labels, languages: Languages) -> bool:
    """Whether labels say these words in every language of ours."""
    return all(found.get(code) == text for code, text in languages.of(words))


def _named(name: str, words: Words, languages: Languages) -> bool:
    # A name is read in the language of whoever asks.
    return name in {text for _, text in languages.of(words)}


def _view_differs(wanted: Table, view: View) -> Difference:
    return Difference(
        f"View {view.words.en} of {wanted.name} does not show what is described.", WriteView(wanted, view)
    )


def _definition(wanted: Table, definition: Definition, languages: Languages) -> Iterator[Notice]:
    if not definition.owned_by_users or definition.set_name != wanted.set_name:
        yield Difference(
            f"Table {wanted.name} has another ownership or set name than described.",
            None,
            "Neither can be changed. Run remove and apply, which takes its rows away.",
        )
    if not (
        worded(wanted.words, definition.words, languages)
        and worded(wanted.plural, definition.plural, languages)
        and worded(wanted.meaning, definition.meaning, languages)
    ):
        yield Difference(f"The labels of table {wanted.name} differ.", RewordTable(wanted))
    if wanted.notes and not definition.notes:
        yield AllowNotes(wanted)


def _column(wanted: Table, column: Column, found: FoundColumn, languages: Languages) -> Iterator[Notice]:
    where = f"Column {wanted.name}.{column.name}"
    kind = _kind(column)
    if found.kind != kind:
        yield Difference(f"{where} is of kind {found.kind or 'unknown'}, not {kind}.", None, _NOT_MENDABLE)
        return
    if isinstance(column.kind, Lookup | Customer) and found.targets != _targets(column):
        yield Difference(f"{where} points at {', '.join(sorted(found.targets))}.", None, _NOT_MENDABLE)
        return
    if isinstance(column.kind, Moment) and found.behavior != _BEHAVIOR:
        yield Difference(f"{where} has the time behaviour {found.behavior}.", None, _NOT_MENDABLE)
        return
    reasons = [
        *_bounds(column, found),
        *(
            ()
            if worded(column.words, found.words, languages)
            and worded(column.meaning, found.meaning, languages)
            else ("other labels",)
        ),
    ]
    if reasons:
        yield Difference(f"{where} has {' and '.join(reasons)}.", ChangeColumn(wanted, column))
    if isinstance(column.kind, Choice):
        yield from _options(wanted, column, column.kind, found, languages)


def _bounds(column: Column, found: FoundColumn) -> Iterator[str]:
    match column.kind:
        case Text(length, autonumber):
            # A longer column holds everything that ours holds, and shortening it could lose data.
            if found.length is None or found.length < length:
                yield f"room for {found.length} instead of {length} characters"
            if found.autonumber != autonumber:
                yield "another format of numbers"
        case Memo(length):
            if found.length is None or found.length < length:
                yield f"room for {found.length} instead of {length} characters"
        case Whole(least, most):
            if found.bounds is None or found.bounds[0] > least or found.bounds[1] < most:
                yield f"bounds narrower than {least} to {most}"
        case _:
            pass


def _options(
    wanted: Table, column: Column, choice: Choice, found: FoundColumn, languages: Languages
) -> Iterator[Notice]:
    for option in choice.options:
        there = found.options.get(int(option.value))
        if there is None:
            yield AddOption(wanted, column, option)
        elif not worded(option.words, there, languages):
            yield Difference(
                f"Option {int(option.value)} of {wanted.name}.{column.name} has another label.",
                RewordOption(wanted, column, option),
            )
    yield from _unknown(
        f"{wanted.name}.{column.name}", found.options.keys() - {int(one.value) for one in choice.options}
    )


def _statuses(wanted: Table, found: FoundTable, languages: Languages) -> Iterator[Notice]:
    for option in wanted.statuses:
        there = found.statuses.get(int(option.value))
        if there is None:
            yield AddStatus(wanted, option)
        elif there.state != option.state:
            yield Difference(
                f"Status reason {int(option.value)} of {wanted.name} belongs to another state.",
                None,
                "Delete it in Power Apps and run apply again.",
            )
        elif not worded(option.words, there.words, languages):
            yield _status_differs(wanted, option)
    yield from _unknown(
        f"{wanted.name}.statuscode", found.statuses.keys() - {int(one.value) for one in wanted.statuses}
    )


def _status_differs(wanted: Table, option: Option) -> Difference:
    return Difference(
        f"Status reason {int(option.value)} of {wanted.name} has another label.", RewordStatus(wanted, option)
    )


def _unknown(where: str, values: set[int]) -> Iterator[Notice]:
    for value in sorted(values):
        yield Difference(
            f"{where} offers {value}, which is not of this product.",
            None,
            "Delete the option in Power Apps: jobs with it are not understood.",
        )


def _relationships(wanted: Table, column: Column, found: FoundTable) -> Iterator[Notice]:
    match column.kind:
        case Lookup(target, relationship):
            expected = [(relationship, target, column.schema_name)]
        case Customer(relationships):
            expected = [(name, target, f"{column.schema_name}_{target}") for target, name in relationships]
        case _:
            return
    for name, target, navigation in expected:
        there = found.relationships.get(name)
        if there is None or (there.column, there.target, there.navigation) != (
            column.name,
            target,
            navigation,
        ):
            yield Difference(
                f"Relationship {name} of {wanted.name} is not as described.",
                None,
                f"Delete column {column.name} in Power Apps and run apply again.",
            )


def _kind(column: Column) -> str:
    match column.kind:
        case Text():
            return "String"
        case Memo():
            return "Memo"
        case Whole():
            return "Integer"
        case YesNo():
            return "Boolean"
        case Moment():
            return "DateTime"
        case Choice():
            return "Picklist"
        case Lookup() | Customer():
            return "Lookup"


def _targets(column: Column) -> frozenset[str]:
    match column.kind:
        case Lookup(target):
            return frozenset({target})
        case Customer(relationships):
            return frozenset(target for target, _ in relationships)
        case _:
            return frozenset()


def _as_described(column: Column, languages: Languages) -> FoundColumn:
    kind = column.kind
    assert isinstance(kind, Text)  # noqa: S101 - a primary name column is text
    return FoundColumn(
        "String",
        dict(languages.of(column.words)),
        dict(languages.of(column.meaning)),
        length=kind.length,
        autonumber=kind.autonumber,
    )
