"""How does the description read for somebody who administers Dynamics 365?"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from uuid import UUID

from dataverse.description.installed import FEEDS, PUBLISHER, ROLES, SCRIPT, SOLUTION, TABLES, WEBHOOK
from dataverse.description.parts import (
    Choice,
    Column,
    Condition,
    Customer,
    Kind,
    Lookup,
    Memo,
    Moment,
    Option,
    Right,
    Role,
    Section,
    Table,
    Test,
    Text,
    View,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning.platform_columns import PLATFORM_COLUMNS
from dataverse.tables import State

PAGE: Final = Path(__file__).parents[3] / "docs" / "tables.md"

_INTRODUCTION: Final = f"""\
All of it is described once, in `dataverse/description/`: the tables are made from it, the app takes its names from
there, and this page is written from it (`python -m tests.dataverse.description --write`; a test fails where the two
differ). It belongs to the publisher *{PUBLISHER.name}* (`{PUBLISHER.unique_name}`, prefix `{PUBLISHER.prefix}`, option
values from {PUBLISHER.option_prefix}0000) and stands in the unmanaged solution *{SOLUTION.name}*
(`{SOLUTION.unique_name}`)."""

_LANGUAGES: Final = """\
Labels are made in English (1033) and Dutch (1043), as far as the environment has these languages; a base language that
is neither gets the English words. Lengths are in UTF-16 units, as Dataverse counts them."""

_WRITTEN_BY_APP: Final = "Spotler Jobs"

_FORM: Final = """\
Columns that are *locked* can be read and not changed on the form; whoever may write to the table can still change
them elsewhere."""

_ROLES: Final = """\
Every right holds for all rows of the environment (scope *Organization*) and adds to what somebody's other roles
allow. No role allows to delete, assign or share anything. The platform keeps a role's name in one language."""

_SCRIPT: Final = f"""\
The web resource `{SCRIPT.name}` (*{SCRIPT.words.en}*, *{SCRIPT.words.nl}*), which the form of a job loads. It is the
file `dataverse/form/{SCRIPT.file.name}` as it stands in the repository."""

_WEBHOOK: Final = f"""\
The service endpoint *{WEBHOOK.endpoint_name}* holds the app's address and key; the key cannot be read back. The step
*{WEBHOOK.step_name}* posts every new row of `{WEBHOOK.table}` to it: message *{WEBHOOK.message}*, after the row has
been saved, asynchronous; system jobs that succeeded are removed. There is no step on *Update*, so what the app writes
causes no webhook."""

_FEEDS: Final = f"""\
A configuration of activity feeds (`msdyn_postconfig`) with a wall for each of
{" and ".join(f"`{feed.table}`" for feed in FEEDS)}, where the environment has activity feeds and none exists yet. Where
somebody has made one already, it stays as it is."""

_IDS: Final = """\
These rows have the same id in every environment, by which they are known as ours, also after somebody has given them
another name. Tables, columns, relationships, keys and forms have ids that the environment chooses."""

_RIGHTS: Final = {
    Right.CREATE: "create",
    Right.READ: "read",
    Right.WRITE: "write",
    Right.APPEND: "append",
    Right.APPEND_TO: "append to",
}


def page() -> str:
    """The whole page."""
    parts = ["# What is installed in Dataverse\n", _prose(_INTRODUCTION), _prose(_LANGUAGES)]
    for table in reversed(TABLES):
        parts += _table(table)
    parts += _roles()
    parts += ["## Form script\n", _prose(_SCRIPT)]
    parts += ["## Webhook\n", _prose(_WEBHOOK)]
    parts += ["## Timeline\n", _prose(_FEEDS)]
    parts += _ids()
    return "\n".join(parts).rstrip() + "\n"


def _table(table: Table) -> Iterable[str]:
    yield f"## {table.words.en} (`{table.name}`)\n"
    yield _prose(
        f"{table.meaning.en} Rows are called *{table.words.en}*, many *{table.plural.en}*; in Dutch *{table.words.nl}* "
        f"and *{table.plural.nl}*. They belong to users or teams; in addresses the table is `{table.set_name}`."
        + (" Its rows can have notes." if table.notes else "")
    )
    yield "### Columns\n"
    yield from _lines(
        ("label", "in Dutch", "logical name", "type", "filled in by", "meaning"),
        (
            (
                column.words.en + (" (primary)" if column is table.primary else ""),
                column.words.nl,
                f"`{column.name}`",
                _type(column.kind),
                _writer(column),
                column.meaning.en,
            )
            for column in table.all_columns
        ),
    )
    yield from _relationships(table)
    for column in table.columns:
        if isinstance(column.kind, Choice):
            yield f"### Options of {column.words.en}\n"
            yield from _options(column.kind.options)
    yield "### Status reasons\n"
    yield from _lines(
        ("value", "status", "label", "in Dutch"),
        (
            (
                str(int(option.value)),
                "Active" if option.state is State.ACTIVE else "Inactive",
                option.words.en,
                option.words.nl,
            )
            for option in sorted(table.statuses, key=lambda option: (option.state or 0, option.value))
        ),
    )
    if table.keys:
        yield "### Alternate keys\n"
        yield from _lines(
            ("label", "in Dutch", "logical name", "columns"),
            (
                (
                    key.words.en,
                    key.words.nl,
                    f"`{key.name}`",
                    ", ".join(_label(table, name) for name in key.columns),
                )
                for key in table.keys
            ),
        )
    yield "### Views\n"
    yield "Beside the platform's own.\n"
    yield from _lines(
        ("view", "in Dutch", "rows", "columns", "sorted by"),
        (
            (
                view.words.en,
                view.words.nl,
                ", and ".join(_condition(table, one) for one in view.conditions),
                ", ".join(_label(table, name) for name, _ in view.columns),
                _order(table, view),
            )
            for view in table.views
        ),
    )
    yield "### Form\n"
    yield _prose(f"The main form *{table.form.name.en}* (*{table.form.name.nl}*), one tab. {_FORM}")
    yield from _lines(
        ("side", "section", "in Dutch", "columns"),
        (
            (side, section.words.en, section.words.nl, _cells(table, section))
            for side, sections in (("left", table.form.left), ("right", table.form.right))
            for section in sections
        ),
    )


def _type(kind: Kind) -> str:
    match kind:
        case Text(length, autonumber):
            return f"text, {length:,}" + (f", numbered `{autonumber}`" if autonumber else "")
        case Memo(length):
            return f"several lines of text, {length:,}"
        case Whole(least, most):
            return f"whole number, {least:,} to {most:,}"
        case YesNo():
            return "yes or no"
        case Moment():
            return "date and time"
        case Choice():
            return "choice"
        case Lookup(target):
            return f"lookup: `{target}`"
        case Customer(relationships):
            return "customer: " + " or ".join(f"`{target}`" for target, _ in relationships)


def _writer(column: Column) -> str:
    if isinstance(column.kind, Text) and column.kind.autonumber:
        return "Dataverse"
    return "people" if column.by_people else _WRITTEN_BY_APP


def _relationships(table: Table) -> Iterable[str]:
    found = [
        (column, target, relationship)
        for column in table.columns
        for target, relationship in _targets(column.kind)
    ]
    if found:
        yield "### Relationships\n"
        yield "Nothing is passed on to a job; when the row goes that it points at, the column becomes empty.\n"
        yield from _lines(
            ("column", "to", "schema name"),
            ((column.words.en, f"`{target}`", f"`{relationship}`") for column, target, relationship in found),
        )


def _targets(kind: Kind) -> Iterable[tuple[str, str]]:
    match kind:
        case Lookup(target, relationship):
            yield target, relationship
        case Customer(relationships):
            yield from relationships
        case _:
            return


def _options(options: Iterable[Option]) -> Iterable[str]:
    return _lines(
        ("value", "label", "in Dutch"),
        ((str(int(option.value)), option.words.en, option.words.nl) for option in options),
    )


def _condition(table: Table, condition: Condition) -> str:
    label = _label(table, condition.column)
    match condition.test:
        case Test.MINE:
            return f"{label} is the reader"
        case Test.IS | Test.ONE_OF:
            return f"{label} is " + " or ".join(
                f"*{_value(table, condition.column, value)}*" for value in condition.values
            )


def _value(table: Table, column: str, value: int) -> str:
    if column == "statecode":
        return State(value).name.capitalize()
    return next(option.words.en for option in table.statuses if option.value == value)


def _order(table: Table, view: View) -> str:
    return _label(table, view.order) + (", last first" if view.descending else "")


def _cells(table: Table, section: Section) -> str:
    shown = [_label(table, cell.column) + (" (locked)" if cell.locked else "") for cell in section.cells]
    return ", ".join(shown + (["Timeline of notes"] if section.timeline else []))


def _label(table: Table, name: str) -> str:
    own = {column.name: column.words for column in table.all_columns}
    platform = {column: words for column, (_, words) in PLATFORM_COLUMNS.items()}
    return ({"statecode": Words("Status", "Status")} | platform | own)[name].en


def _roles() -> Iterable[str]:
    yield "## Security roles\n"
    yield _prose(_ROLES)
    for role in ROLES:
        yield f"### {role.name}\n"
        yield f"For {role.whom}.\n"
        yield from _lines(("table", "rights", "why"), _grants(role))


def _grants(role: Role) -> Iterable[tuple[str, ...]]:
    for grant in role.grants:
        yield f"`{grant.table}`", ", ".join(_RIGHTS[right] for right in grant.rights), grant.why


def _ids() -> Iterable[str]:
    yield "## Fixed ids\n"
    yield _prose(_IDS)
    yield from _lines(
        ("component", "table", "id"), ((name, table, f"`{one}`") for name, table, one in _fixed())
    )


def _fixed() -> Iterable[tuple[str, str, UUID]]:
    yield PUBLISHER.name, "`publisher`", PUBLISHER.id
    yield SOLUTION.name, "`solution`", SOLUTION.id
    for table in reversed(TABLES):
        for view in table.views:
            yield view.words.en, "`savedquery`", view.id
    for role in ROLES:
        yield role.name, "`role`", role.id
    yield f"`{SCRIPT.name}`", "`webresource`", SCRIPT.id
    yield WEBHOOK.endpoint_name, "`serviceendpoint`", WEBHOOK.endpoint_id
    yield WEBHOOK.step_name, "`sdkmessageprocessingstep`", WEBHOOK.step_id
    for feed in FEEDS:
        yield f"Timeline of `{feed.table}`", "`msdyn_postconfig`", feed.id


def _prose(sentences: str) -> str:
    return textwrap.fill(sentences, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def _lines(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterable[str]:
    yield _line(*head)
    yield _line(*["---"] * len(head))
    for row in rows:
        yield _line(*row)
    yield ""


def _line(*cells: str) -> str:
    # A bar would end the cell.
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
