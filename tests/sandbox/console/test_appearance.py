"""Can the page be read: on every width, in both schemes, and while rows arrive?"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sandbox.world import World
from tests.sandbox.console.looking import WAIT, Console, call, expect_status, refresh_catalogue
from tests.sandbox.console.test_colours import AA

pytestmark = pytest.mark.browser

VIEWS = ("Jobs", "Catalogue", "Services")
REFRESH = {"spotler_operation": 724000002}

STICKING_OUT = """() => [...document.querySelectorAll(".card")].filter((card) => card.offsetParent)
    .filter((card) => card.scrollWidth > card.clientWidth).map((card) => card.textContent.trim().slice(0, 40))"""

PLACES = """() => [...document.querySelectorAll(".world, .world > .card, .flow")]
    .map((one) => { const box = one.getBoundingClientRect(); return [box.x, box.y, box.width, box.height]; })"""

FAINT = """(least) => {
    const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return [n[0], n[1], n[2], n[3] ?? 1]; };
    const part = (c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const ground = (one) => {
        for (let at = one; at; at = at.parentElement) {
            const colour = parse(getComputedStyle(at).backgroundColor);
            if (colour[3] === 1) return colour;
        }
        return [255, 255, 255, 1];
    };
    const found = [];
    let looked = 0;
    for (const one of document.body.querySelectorAll("*")) {
        const own = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !one.checkVisibility() || one.matches(".unseen, .skip, option, [aria-disabled=true]")) continue;
        looked += 1;
        const [a, b] = [light(parse(getComputedStyle(one).color)), light(ground(one))].sort((x, y) => x - y);
        const contrast = (b + 0.05) / (a + 0.05);
        if (contrast < least) found.push(`${one.textContent.trim().slice(0, 40)}: ${contrast.toFixed(2)}`);
    }
    return { looked, found };
}"""


def at(chromium: Browser, processes: World, width: int, height: int, **options: Any) -> Console:
    """The console in a window of its own of that size."""
    context = chromium.new_context(
        viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce", **options
    )
    context.set_default_timeout(WAIT)
    return Console(context.new_page(), processes.addresses)


def save_elsewhere(console: Console) -> None:
    """A job that somebody else saves."""
    call("POST", f"{console.addresses.console}/proxy/dataverse/api/data/v9.2/spotler_jobs", REFRESH)


@pytest.mark.parametrize(
    ("width", "height"), [(360, 800), (390, 844), (768, 1024), (1024, 768), (1366, 768), (1920, 1080)]
)
def test_nothing_is_cut_off_at_any_width(
    chromium: Browser, processes: World, width: int, height: int
) -> None:
    """No view scrolls sideways, and no card's content sticks out of it, from phone to desk; nor in the story."""
    console = at(chromium, processes, width, height)
    page = console.page
    console.open()
    for view in VIEWS:
        console.go(view)
        expect(page.locator(f"#view-{view.lower()}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert page.evaluate(STICKING_OUT) == []
    console.press("Story")
    console.press("Begin with the data there is")
    expect(page.locator("#story-next")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert console.errors == []
    page.context.close()


def test_both_worlds_are_seen_at_once_on_a_laptop(console: Console) -> None:
    """Form, jobs, Timeline, queues, automations and runs: without scrolling, each under the name of its world."""
    page = console.page
    page.set_viewport_size({"width": 1366, "height": 768})
    for world in ("Dynamics 365", "In between", "Spotler"):
        expect(page.get_by_role("region", name=world, exact=True)).to_be_in_viewport(ratio=1)
    for card in page.locator(".world .card").all():
        expect(card).to_be_in_viewport(ratio=1)
    expect(page.locator('[data-trigger="Draft Journey"]')).to_contain_text("not published")
    expect(page.locator('[data-queue="spotler-jobs"]')).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_nothing_moves_when_rows_arrive_and_it_is_said(
    chromium: Browser, processes: World, page: Page, size: tuple[int, int]
) -> None:
    """A job of somebody else comes into the list and moves through its states; every card stays where it is."""
    del page
    refresh_catalogue(processes.addresses)
    console = at(chromium, processes, *size)
    console.open()
    expect(console.page.locator("#no-automations")).to_be_hidden()
    expect(console.page.get_by_text("No jobs yet.")).to_be_visible()
    before = console.page.evaluate(PLACES)
    for count in (1, 2, 3):
        save_elsewhere(console)
        expect(console.jobs).to_have_count(count)
    for job in console.jobs.all():
        expect_status(job, "Succeeded")
    expect(console.page.locator("#announced")).to_contain_text("Refresh Automations: Succeeded.")
    assert console.page.evaluate(PLACES) == before
    console.page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_as_it_is_painted(
    chromium: Browser, processes: World, page: Page, scheme: Any
) -> None:
    """The computed colour of every text against what is painted behind it, with a story and a fault under way."""
    del page
    console = at(chromium, processes, 1366, 900, color_scheme=scheme)
    console.open()
    save_elsewhere(console)
    expect_status(console.jobs, "Succeeded")
    call(
        "POST",
        f"{console.addresses.spotler}/_sandbox/faults",
        {"match": "POST /automation/stop", "kind": "drop_before"},
    )
    expect(console.page.locator("#faults-banner")).to_be_visible()
    console.press("Story")
    console.press("Begin with the data there is")
    console.press("Next: do it")
    expect(console.page.locator(".pointed")).to_have_count(2)
    for view in VIEWS:
        console.go(view)
        seen = console.page.evaluate(FAINT, AA)
        assert seen["found"] == []
        assert seen["looked"] > 30
    console.page.context.close()
