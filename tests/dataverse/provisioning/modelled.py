"""What is there after a step was carried out, as far as a plan can see it?

Written apart from the code that plans and carries out, so that the two can disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid5

from dataverse.description.parts import (
    Choice,
    Column,
    Customer,
    Lookup,
    Memo,
    Moment,
    Role,
    Table,
    Text,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning import form_xml, view_xml
from dataverse.provisioning.found import (
    Definition,
    Found,
    FoundColumn,
    FoundEndpoint,
    FoundFeed,
    FoundForm,
    FoundKey,
    FoundPublisher,
    FoundRelationship,
    FoundRole,
    FoundScript,
    FoundSolution,
    FoundStatus,
    FoundStep,
    FoundTable,
    FoundUser,
    FoundView,
    Index,
    Labels,
)
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AddOption,
    AddStatus,
    AllowNotes,
    AssignRole,
    AwaitKey,
    ChangeColumn,
    CloseSolution,
    CreateEndpoint,
    CreateFeed,
    CreatePublisher,
    CreateRole,
    CreateScript,
    CreateSolution,
    CreateStep,
    CreateTable,
    CreateUser,
    CreateView,
    EnableFeed,
    EnableStep,
    GrantRights,
    MoveEndpoint,
    OpenSolution,
    RewordOption,
    RewordStatus,
    RewordTable,
    SetKey,
    Step,
    WriteForm,
    WriteScript,
    WriteView,
)
from dataverse.provisioning.wanted import Wanted

SPACE = UUID("00000000-0000-0000-0000-00000000beef")
BOTH = Languages(1033, frozenset({1033, 1043}))
TYPES = ("Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share")


def some(what: str) -> UUID:
    """An id that the environment chose."""
    return uuid5(SPACE, what)


def definition(name: str, set_name: str, words: Mapping[int, str]) -> Definition:
    """A table of somebody."""
    return Definition(
        some(name),
        set_name,
        10_000,
        managed=False,
        owned_by_users=True,
        notes=False,
        words=words,
        plural=words,
        meaning=words,
        privileges={one: some(f"{name} {one}") for one in TYPES},
    )


def empty(wanted: Wanted, languages: Languages = BOTH) -> Found:
    """An environment of Dynamics 365 without anything of ours."""
    ours = {table.name for table in wanted.tables}
    return Found(
        languages,
        some("unit"),
        definitions={name: definition(name, f"{name}s", {}) for name in wanted.met if name not in ours},
        feeds=(),
    )


def after(found: Found, step: Step, wanted: Wanted) -> Found:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one case for each
    """The environment after one step."""
    say = found.languages
    match step:
        case CreatePublisher(one):
            publisher = FoundPublisher(one.id, one.unique_name, one.prefix, one.option_prefix)
            return replace(found, publishers=(*found.publishers, publisher))
        case CreateSolution(one):
            return replace(
                found, solution=FoundSolution(one.id, "0.0", managed=False, publisher=wanted.publisher.id)
            )
        case OpenSolution():
            return _version(found, "0.0")
        case CloseSolution(one):
            return _version(found, one.version)
        case CreateTable(table):
            return _new_table(found, table)
        case RewordTable(table):
            reworded = replace(
                found.definitions[table.name],
                words=_said(table.words, say),
                plural=_said(table.plural, say),
                meaning=_said(table.meaning, say),
            )
            return replace(found, definitions={**found.definitions, table.name: reworded})
        case AllowNotes(table):
            noted = replace(found.definitions[table.name], notes=True)
            return replace(found, definitions={**found.definitions, table.name: noted})
        case AddColumn(table, column):
            there = found.tables[table.name]
            return _table(
                found,
                table,
                columns={**there.columns, column.name: _column(column, say)},
                relationships={**there.relationships, **_relationships(column)},
            )
        case ChangeColumn(table, column):
            columns = found.tables[table.name].columns
            return _table(found, table, columns={**columns, column.name: _column(column, say)})
        case AddOption(table, column, option) | RewordOption(table, column, option):
            columns = found.tables[table.name].columns
            choice = columns[column.name]
            changed = replace(choice, options={**choice.options, option.value: _said(option.words, say)})
            return _table(found, table, columns={**columns, column.name: changed})
        case AddStatus(table, option) | RewordStatus(table, option):
            statuses = found.tables[table.name].statuses
            state = statuses[option.value].state if option.value in statuses else option.state
            assert state is not None
            status = FoundStatus(state, _said(option.words, say))
            return _table(found, table, statuses={**statuses, option.value: status})
        case AddKey(table, key):
            index = FoundKey(frozenset(key.columns), Index.PENDING)
            return _table(found, table, keys={**found.tables[table.name].keys, key.name: index})
        case AwaitKey(table, key):
            index = replace(found.tables[table.name].keys[key.name], index=Index.ACTIVE)
            return _table(found, table, keys={**found.tables[table.name].keys, key.name: index})
        case CreateScript(one) | WriteScript(one):
            return replace(found, scripts=(FoundScript(one.id, wanted.content),))
        case CreateView(table, view) | WriteView(table, view):
            code = found.definitions[table.name].type_code
            written = FoundView(
                view.words.en, view_xml.fetch(table, view), view_xml.layout(table, view, code)
            )
            return _table(found, table, views={**found.tables[table.name].views, view.id: written})
        case WriteForm(table):
            form = FoundForm(some("form"), table.form.name.en, form_xml.render(table, say))
            return _table(found, table, form=form)
        case CreateRole(role):
            return replace(found, roles=(*found.roles, FoundRole(role.id, role.name)))
        case GrantRights(role, exactly):
            return _granted(found, role, exactly=exactly)
        case CreateFeed(feed) | EnableFeed(feed):
            others = tuple(one for one in found.feeds or () if one.id != feed.id)
            return replace(found, feeds=(*others, FoundFeed(feed.id, feed.table, wall=True, active=True)))
        case CreateUser():
            return replace(found, user=FoundUser(some("user"), frozenset()))
        case AssignRole(_, role):
            assert found.user is not None
            return replace(found, user=replace(found.user, roles=found.user.roles | {role.id}))
        case CreateEndpoint(hook, url):
            endpoint = FoundEndpoint(hook.endpoint_id, hook.endpoint_name, 8, url, 4, key_set=True)
            return replace(found, endpoints=(*found.endpoints, endpoint))
        case MoveEndpoint(_, url):
            return replace(found, endpoints=tuple(replace(one, url=url) for one in found.endpoints))
        case SetKey():
            return replace(found, endpoints=tuple(replace(one, key_set=True) for one in found.endpoints))
        case CreateStep(hook):
            registered = FoundStep(
                hook.step_id, hook.step_name, hook.endpoint_id, found.create_filter, 40, 1, enabled=True
            )
            return replace(found, steps=(*found.steps, registered))
        case EnableStep():
            return replace(found, steps=tuple(replace(one, enabled=True) for one in found.steps))
        case _:  # names and publishing: not to be seen
            return found


def _version(found: Found, version: str) -> Found:
    assert found.solution is not None
    return replace(found, solution=replace(found.solution, version=version))


def _said(words: Words, languages: Languages) -> Labels:
    return dict(languages.of(words))


def _table(found: Found, table: Table, **changes: object) -> Found:
    changed = replace(found.tables[table.name], **changes)  # type: ignore[arg-type]
    return replace(found, tables={**found.tables, table.name: changed})


def _new_table(found: Found, table: Table) -> Found:
    assert table.name not in found.definitions
    say = found.languages
    made = replace(
        definition(table.name, table.set_name, _said(table.words, say)),
        plural=_said(table.plural, say),
        meaning=_said(table.meaning, say),
        notes=table.notes,
    )
    own = FoundTable(
        columns={table.primary.name: _column(table.primary, say)},
        statuses={1: FoundStatus(0, {1033: "Active"}), 2: FoundStatus(1, {1033: "Inactive"})},
        keys={},
        relationships={},
        views={},
        form=FoundForm(some("form"), "Information", "<form/>"),
    )
    return replace(
        found,
        definitions={**found.definitions, table.name: made},
        tables={**found.tables, table.name: own},
        components=found.components | {made.id},
        create_filter=some("filter") if table.name == "spotler_job" else found.create_filter,
    )


def _column(column: Column, languages: Languages) -> FoundColumn:
    plain = FoundColumn("", _said(column.words, languages), _said(column.meaning, languages))
    match column.kind:
        case Text(length, autonumber):
            return replace(plain, kind="String", length=length, autonumber=autonumber)
        case Memo(length):
            return replace(plain, kind="Memo", length=length)
        case Whole(least, most):
            return replace(plain, kind="Integer", bounds=(least, most))
        case YesNo():
            return replace(plain, kind="Boolean")
        case Moment():
            return replace(plain, kind="DateTime", behavior="UserLocal")
        case Choice(options):
            labels = {one.value: _said(one.words, languages) for one in options}
            return replace(plain, kind="Picklist", options=labels)
        case Lookup(target):
            return replace(plain, kind="Lookup", targets=frozenset({target}))
        case Customer(relationships):
            return replace(plain, kind="Lookup", targets=frozenset(one for one, _ in relationships))


def _relationships(column: Column) -> dict[str, FoundRelationship]:
    match column.kind:
        case Lookup(target, relationship):
            return {relationship: FoundRelationship(column.name, target, column.schema_name)}
        case Customer(relationships):
            return {
                name: FoundRelationship(column.name, target, f"{column.schema_name}_{target}")
                for target, name in relationships
            }
        case _:
            return {}


def _granted(found: Found, role: Role, *, exactly: bool) -> Found:
    rights = frozenset(
        (some(f"{grant.table} {right.value}"), "Global")
        for grant in role.grants
        for right in grant.rights
        if grant.table in found.definitions
    )
    return replace(
        found,
        roles=tuple(
            replace(one, rights=rights if exactly else one.rights | rights) if one.id == role.id else one
            for one in found.roles
        ),
    )
