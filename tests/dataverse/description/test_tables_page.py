"""Does the page say what the description says?"""

from __future__ import annotations

from dataverse.description.installed import FEEDS, PUBLISHER, ROLES, SCRIPT, SOLUTION, TABLES, WEBHOOK
from dataverse.description.parts import Choice
from tests.dataverse.description.page import PAGE, page


def test_the_page_is_up_to_date() -> None:
    """docs/tables.md is what the description gives; mend it by `python -m tests.dataverse.description --write`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_column_option_and_view_is_told() -> None:
    """With its label in both languages and its logical name or value."""
    told = page()
    for table in TABLES:
        assert f"(`{table.name}`)" in told
        for column in table.all_columns:
            assert f"| {column.words.nl} | `{column.name}` |" in told
            assert f"| {column.meaning.en} |" in told
            for option in column.kind.options if isinstance(column.kind, Choice) else ():
                assert f"| {int(option.value)} | {option.words.en} | {option.words.nl} |" in told
        for option in table.statuses:
            assert f"| {option.words.en} | {option.words.nl} |" in told
        for view in table.views:
            assert f"| {view.words.en} | {view.words.nl} |" in told
        for section in (*table.form.left, *table.form.right):
            assert f"| {section.words.en} | {section.words.nl} |" in told


def test_every_right_is_told_with_its_reason() -> None:
    """An administrator who wonders about a right finds why it is there."""
    told = page()
    for role in ROLES:
        section = told.split(f"### {role.name}\n")[1].split("\n##")[0]
        rows = [line for line in section.splitlines() if line.startswith("| `")]
        assert len(rows) == len(role.grants)
        for grant, row in zip(role.grants, rows, strict=True):
            assert row.startswith(f"| `{grant.table}` |")
            assert row.endswith(f"| {grant.why} |")
            assert len(row.split(" | ")[1].split(", ")) == len(grant.rights)


def test_every_fixed_id_can_be_compared() -> None:
    """What an administrator holds the environment to."""
    ids = [PUBLISHER.id, SOLUTION.id, SCRIPT.id, WEBHOOK.endpoint_id, WEBHOOK.step_id]
    ids += [view.id for table in TABLES for view in table.views]
    ids += [role.id for role in ROLES] + [feed.id for feed in FEEDS]
    told = page().split("## Fixed ids")[1]
    assert all(f"| `{one}` |" in told for one in ids)
    assert told.count("\n| ") == len(ids) + 2


def test_rows_of_a_table_are_whole() -> None:
    """Every line of a table has as many cells as the line above it."""
    for block in page().split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("|")]
        assert len({line.replace(r"\|", "").count("|") for line in lines}) <= 1
