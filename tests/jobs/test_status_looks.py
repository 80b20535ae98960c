"""Is the status page readable in a real browser, on a phone and a screen, in light and in the dark?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Route, sync_playwright

from jobs.language import Language
from jobs.status_figures import Figures
from jobs.status_page import headers, page
from tests.browser import ARGUMENTS
from tests.jobs.status_samples import AWAY, BUSY, WELL

pytestmark = pytest.mark.browser

ADDRESS = "http://status.example/api/status?code=key"
PHONE, SCREEN = 360, 1280


@pytest.fixture(scope="module")
def chromium(browser_path: Path) -> Iterator[Browser]:
    """One browser process for the tests of this module."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser_path, args=list(ARGUMENTS))
        yield running
        running.close()


CONTRAST = """() => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).map(Number);
    const [r, g, b] = parts.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (one) => {
    const colour = getComputedStyle(one).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" && one.parentElement ? ground(one.parentElement) : colour;
  };
  return [...document.querySelectorAll("p, li, td, th, h1, h2, a, b, span, code")].map((one) => {
    const [a, b] = [light(getComputedStyle(one).color), light(ground(one))];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, SCREEN])
@pytest.mark.parametrize(
    ("figures", "language"),
    [(WELL, "en"), (BUSY, "en"), (BUSY, "nl"), (AWAY, "nl")],
    ids=["well", "busy", "busy in Dutch", "away in Dutch"],
)
def test_it_can_be_read(
    chromium: Browser, figures: Figures, language: Language, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Under its own policy: styled, no wider than the screen, with enough contrast, and nothing is fetched."""
    context = chromium.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, java_script_enabled=True
    )
    asked: list[str] = []
    complaints: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(
            status=200,
            headers={**headers(), "Content-Type": "text/html; charset=utf-8"},
            body=page(figures, language),
        )

    context.route("**/*", answer)
    opened = context.new_page()
    opened.on("console", lambda message: complaints.append(message.text))
    opened.goto(ADDRESS)
    assert opened.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.evaluate("getComputedStyle(document.querySelector('.verdict')).borderLeftStyle") == "solid"
    assert min(opened.evaluate(CONTRAST)) >= 4.5
    for bar in opened.locator("svg.bar").all():
        box = bar.bounding_box()
        assert box is not None
        assert box["width"] > 250
    assert [one for one in asked if not one.endswith("favicon.ico")] == [ADDRESS]
    assert [one for one in complaints if "favicon" not in one] == []
    context.close()
