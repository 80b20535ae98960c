"""What do the tests of the form stand on: a browser, and the console over a Dataverse of a few rows?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.browser import ARGUMENTS
from tests.form.filling_in import FormPage
from tests.form.standin import Served, Standin


@pytest.fixture(scope="module")
def chromium(browser_path: Path) -> Iterator[Browser]:
    """One browser process for the tests of a module, ended before tests that are coroutines begin."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    """The console and what it asks."""
    with Served() as running:
        yield running


@pytest.fixture
def standin(served: Served) -> Standin:
    """What the console asks, as if nobody had asked anything yet."""
    return served.reset()


@pytest.fixture(scope="module")
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """One window; its pages come and go."""
    opened = chromium.new_context(viewport={"width": 1360, "height": 900}, locale="en-GB")
    opened.set_default_timeout(10_000)
    yield opened
    opened.close()


@pytest.fixture
def blank(context: BrowserContext, served: Served, standin: Standin) -> Iterator[FormPage]:
    """The page, not opened yet; no test lets a script of it fail unnoticed."""
    page = FormPage(context.new_page(), served, standin)
    yield page
    page.page.close()
    assert page.errors == page.expected_errors


@pytest.fixture(scope="module")
def opened(context: BrowserContext, served: Served) -> FormPage:
    """A page that is opened once, because that takes far longer than anything that is done on it."""
    page = FormPage(context.new_page(), served, served.standin)
    page.open()
    return page


@pytest.fixture
def form(opened: FormPage, standin: Standin) -> Iterator[FormPage]:
    """The form of a new job, in English."""
    del standin
    opened.renew()
    yield opened
    errors, opened.errors = opened.errors, []
    assert errors == []
