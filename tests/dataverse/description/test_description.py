"""Is the description whole, and does it hold nothing that the names and the app do not know?"""

from __future__ import annotations

import tomllib
from enum import IntEnum
from pathlib import Path

import pytest

from dataverse.description.installed import FEEDS, PUBLISHER, ROLES, SCRIPT, SOLUTION, TABLES, WEBHOOK
from dataverse.description.parts import Choice, Customer, Lookup, Table, Words
from dataverse.tables import Automation, AutomationStatus, Job, Kind, Operation, Status

_PLATFORM = {"statecode", "statuscode", "createdon", "modifiedon", "ownerid"}
_NAMES = {Job.TABLE: Job, Automation.TABLE: Automation}


def _columns_of(names: type) -> set[str]:
    return {
        value
        for name, value in vars(names).items()
        if isinstance(value, str)
        and value.startswith("spotler_")
        and name not in {"TABLE", "SET", "ID", "__module__"}
        and value == value.lower()
    }


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_the_client_names_is_described_and_none_else(table: Table) -> None:
    """The client's names and the description are the same set of columns."""
    assert {column.name for column in table.all_columns} == _columns_of(_NAMES[table.name])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_views_forms_and_keys_name_only_columns_that_are_there(table: Table) -> None:
    """A view, a form or a key with another column could not be installed."""
    there = {column.name for column in table.all_columns} | _PLATFORM
    named = {name for view in table.views for name, _ in view.columns}
    named |= {condition.column for view in table.views for condition in view.conditions}
    named |= {view.order for view in table.views}
    named |= {cell.column for section in (*table.form.left, *table.form.right) for cell in section.cells}
    named |= {name for key in table.keys for name in key.columns}
    assert named <= there


@pytest.mark.parametrize(
    ("table", "column", "options"),
    [
        (Job.TABLE, Job.OPERATION, Operation),
        (Automation.TABLE, Automation.KIND, Kind),
        (Job.TABLE, None, Status),
        (Automation.TABLE, None, AutomationStatus),
    ],
)
def test_choices_offer_exactly_the_values_the_code_knows(
    table: str, column: str | None, options: type[IntEnum]
) -> None:
    """No value without a label, and no label for a value the code cannot handle."""
    described = next(one for one in TABLES if one.name == table)
    if column is None:
        offered = described.statuses
    else:
        kind = next(one.kind for one in described.columns if one.name == column)
        assert isinstance(kind, Choice)
        offered = kind.options
    assert {option.value for option in offered} == set(options)
    assert len({option.words for option in offered}) == len(offered)


def test_each_status_reason_belongs_to_the_state_the_code_writes_with_it() -> None:
    """A status written with another state would be refused."""
    job = next(table for table in TABLES if table.name == Job.TABLE)
    assert {option.value: option.state for option in job.statuses} == {one: one.state for one in Status}


def test_everything_of_ours_begins_with_the_publishers_prefix() -> None:
    """Dataverse refuses other names, and option values outside the publisher's range."""
    for table in TABLES:
        assert table.name.startswith(f"{PUBLISHER.prefix}_")
        assert all(column.name.startswith(f"{PUBLISHER.prefix}_") for column in table.all_columns)
        own = [option.value for option in table.statuses[2:]]
        own += [
            option.value
            for column in table.columns
            if isinstance(column.kind, Choice)
            for option in column.kind.options
        ]
        assert all(value // 10_000 == PUBLISHER.option_prefix for value in own)
    assert SCRIPT.name.startswith(f"{PUBLISHER.prefix}_/")


def test_tables_come_after_those_they_point_at() -> None:
    """So that they can be made in this order, and removed in the opposite one."""
    made = {"account", "contact", "lead"}
    for table in TABLES:
        for column in table.columns:
            match column.kind:
                case Lookup(target):
                    assert target in made
                case Customer(relationships):
                    assert {target for target, _ in relationships} <= made
                case _:
                    pass
        made.add(table.name)


def test_every_fixed_id_is_given_to_one_component() -> None:
    """Two components with one id would overwrite each other."""
    ids = [view.id for table in TABLES for view in table.views]
    ids += [role.id for role in ROLES] + [feed.id for feed in FEEDS]
    ids += [PUBLISHER.id, SCRIPT.id, WEBHOOK.endpoint_id, WEBHOOK.step_id]
    assert len(set(ids)) == len(ids)


def test_the_script_that_the_form_loads_is_the_one_that_is_installed() -> None:
    """A form with another library would load nothing."""
    job = next(table for table in TABLES if table.name == Job.TABLE)
    assert job.form.library == SCRIPT.name


def test_the_solution_has_the_project_s_version() -> None:
    """An installation is recognised as older or newer by it."""
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["version"] == SOLUTION.version


def test_every_label_is_given_in_both_languages() -> None:
    """English and Dutch, neither of them empty."""

    def words(value: object) -> list[Words]:
        if isinstance(value, Words):
            return [value]
        if isinstance(value, tuple):
            return [found for one in value for found in words(one)]
        slots = getattr(type(value), "__slots__", ())
        return [found for name in slots for found in words(getattr(value, name))]

    found = words(TABLES)
    assert len(found) > 50
    assert all(one.en.strip() and one.nl.strip() for one in found)
