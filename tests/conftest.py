"""What do tests share: the whole sandbox, and a browser where there is one?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path

import pytest

from sandbox.world import World, free_ports
from tests import browser
from tests.world import HOME, SETTINGS, Live, refreshed

_TAIL_LINES = 40


@pytest.fixture(scope="session")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole sandbox as processes, on free ports, with state of its own; one for all tests."""
    folder = tmp_path_factory.mktemp("world")
    with World(home=HOME, folder=folder, ports=free_ports(), values=SETTINGS) as started:
        yield started


@pytest.fixture
async def world(processes: World) -> AsyncIterator[Live]:
    """The sandbox with its seed data and a list of automations that is up to date."""
    async with refreshed(processes) as one:
        yield one


@pytest.fixture(scope="session")
def browser_path() -> Path:
    """An installed Chromium, Chrome or Edge; tests marked `browser` run only where there is one."""
    found = browser.find()
    assert found is not None, "a test that needs a browser must be marked with `browser`"
    return found


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts the sandbox; leave out what needs a browser where there is none."""
    for item in items:
        if "processes" in getattr(item, "fixturenames", ()):
            item.add_marker("world")
    out = [item for item in items if item.get_closest_marker("browser")]
    if out and browser.find() is None:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out: silence would read as proof."""
    if browser.find() is None:
        terminalreporter.section("NOT RUN", red=True)
        terminalreporter.line("Tests of the console page need an installed Chromium, Chrome or Edge.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the ends of the parts' logs with a test of the sandbox that failed."""
    report = yield
    del call
    started = getattr(item, "funcargs", {}).get("processes")
    if report.failed and isinstance(started, World):
        for log in sorted(started.logs.glob("*.log")):
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
            if lines:
                report.sections.append((f"end of {log.name}", "\n".join(lines)))
    return report
