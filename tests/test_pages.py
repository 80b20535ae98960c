"""Do the pages tell of every function, operation, status, error and alert that there is, and of no other?"""

from __future__ import annotations

import ast
import re
from typing import Final

from dataverse.description.job import JOB
from dataverse.description.parts import Choice
from dataverse.errors import DataverseError
from dataverse.tables import Job, Status
from tests.infra.bicep import INFRA
from tests.infra.bicep import read as read_bicep
from tests.world import HOME

README: Final = (HOME / "README.md").read_text(encoding="utf-8")
HTTP: Final = (HOME / "docs" / "http.md").read_text(encoding="utf-8")
DEPLOY: Final = (HOME / "docs" / "deploy.md").read_text(encoding="utf-8")


def functions() -> dict[str, str]:
    """Every function of the app by name, with its method and route where it has one."""
    tree = ast.parse((HOME / "function_app.py").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for one in ast.walk(tree):
        if not isinstance(one, ast.AsyncFunctionDef | ast.FunctionDef):
            continue
        said = [call for call in one.decorator_list if isinstance(call, ast.Call)]
        names = {ast.unparse(call.func): call for call in said}
        if "app.function_name" in names:
            name = ast.literal_eval(names["app.function_name"].args[0])
            route = names.get("app.route")
            given = {key.arg: ast.literal_eval(key.value) for key in route.keywords} if route else {}
            found[name] = f"{given['methods'][0]} /api/{given['route']}" if given else ""
    return found


def rows(text: str, heading: str) -> list[str]:
    """First cells of the first table below a heading of a page, the table's own heading left out."""
    _, _, below = text.partition(f"\n{heading}\n")
    table = re.search(r"^\|.*\|\n\|[ |:-]+\|\n((?:\|.*\|\n?)+)", below, flags=re.MULTILINE)
    assert table is not None, heading
    return [line.split("|")[1].strip() for line in table[1].splitlines()]


def test_every_function_is_told() -> None:
    """README.md has a line for each function with its route; docs/http.md has a heading for each route."""
    there = functions()
    assert len(there) > 5
    told = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", README, flags=re.MULTILINE))
    assert set(told) == set(there)
    assert {name for name, route in there.items() if route and f"`{route}`" not in told[name]} == set()
    assert set(re.findall(r"^## ((?:GET|POST) /\S+)$", HTTP, flags=re.MULTILINE)) == set(there.values()) - {
        ""
    }


def test_every_operation_is_told() -> None:
    """README.md says what each operation that people can choose needs and does."""
    (operation,) = (column for column in JOB.columns if column.name == Job.OPERATION)
    assert isinstance(operation.kind, Choice)
    assert set(rows(README, "## What it does")) == {option.words.en for option in operation.kind.options}


def test_every_status_is_told() -> None:
    """docs/reliability.md says of each status what it means and what a person can do."""
    page = (HOME / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert set(rows(page, "## States")) == {status.name.replace("_", " ").capitalize() for status in Status}


def test_every_error_of_the_dataverse_client_is_told() -> None:
    """docs/dataverse-client.md says of each what a caller can do; the Spotler client's page is held elsewhere."""
    page = (HOME / "docs" / "dataverse-client.md").read_text(encoding="utf-8")
    told = {cell.strip("`") for cell in rows(page, "## Errors")}
    # The installer's own errors are kinds of these, and end in its command line.
    known = {
        error for error in DataverseError.__subclasses__() if error.__module__ == DataverseError.__module__
    }
    assert told == {error.__name__ for error in known}


def words(text: str) -> set[str]:
    """Words of a name, in any order and spelling of its first letters."""
    return set(re.findall(r"[a-z]+", text.lower()))


def test_every_alert_has_its_remedy() -> None:
    """docs/deploy.md has one line for each alert, found by the name that stands in the mail."""
    file = read_bicep(INFRA / "modules" / "alerts.bicep")
    names = [
        str(one.properties["displayName"]).partition(": ")[2]
        for one in file.of("Microsoft.Insights/scheduledQueryRules")
    ]
    names += ["dead letters" for _ in file.of("Microsoft.Insights/metricAlerts")]
    told = rows(DEPLOY, "## When a mail comes")
    assert len(names) > 5
    for name in names:
        assert len([line for line in told if words(line) <= words(name)]) == 1, name
    for line in told:
        assert len([name for name in names if words(line) <= words(name)]) == 1, line
