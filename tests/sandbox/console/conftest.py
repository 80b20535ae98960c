"""What do the tests of the console page stand on: a browser, and a page for each test over a fresh world?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from sandbox.world import World
from tests.browser import ARGUMENTS
from tests.sandbox.console.looking import Console, refresh_catalogue, reset


@pytest.fixture(scope="module")
def chromium(browser_path: Path) -> Iterator[Browser]:
    """One browser process for the tests of a module.

    No longer: the event loop behind it would be in the way of tests that are coroutines.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture
def page(chromium: Browser, processes: World) -> Iterator[Page]:
    """A page that is not opened yet, over a world at its seed data, with an empty catalogue."""
    reset(processes.addresses)
    context = chromium.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def console(page: Page, processes: World) -> Console:
    """The console, opened, over a world whose catalogue is up to date."""
    refresh_catalogue(processes.addresses)
    opened = Console(page, processes.addresses)
    opened.open()
    return opened
