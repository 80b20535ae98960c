"""The story mode in a real browser, over the whole sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from sandbox.world import World
from tests.sandbox.console.looking import WAIT, Console, call

pytestmark = pytest.mark.browser

STEPS = 19
STEP_WAIT = 45_000

STARTED = ["🚀 Invoice", "🚀 New Customer Journey", "🚀 Welcome", "🚀 Invoice", "📢 Black Friday"]


@pytest.fixture
def story(page: Page, processes: World) -> Iterator[Console]:
    """The console over a world with an empty catalogue, for somebody who wants no animations."""
    page.emulate_media(reduced_motion="reduce")
    console = Console(page, processes.addresses)
    console.open()
    yield console
    assert (console.errors, console.outside) == ([], [])


def next_button(console: Console) -> Locator:
    """The button that does the step, or goes on to the one after it."""
    return console.page.locator("#story-next")


def do_step(console: Console) -> None:
    """Do the step that is shown, by a key, and wait until it is done."""
    expect(next_button(console)).to_be_focused()
    expect(console.page.locator("#story-word")).to_have_text("Next")
    console.page.keyboard.press("Enter")
    expect(console.page.locator("#story-word")).to_have_text("Done", timeout=STEP_WAIT)
    expect(console.page.locator("#story-trouble")).to_be_hidden()


def test_the_story_is_played_to_its_end_by_keys_alone(story: Console) -> None:
    """Every step is done through the form and points at what came of it; at the end the world is as it tells."""
    page = story.page
    page.locator("#story-open").press("Enter")
    expect(page.get_by_role("button", name="Reset and begin")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Everything was reset: this starts from the seed data.")).to_be_visible(
        timeout=WAIT
    )
    sentences = set()
    for number in range(1, STEPS + 1):
        expect(page.locator("#story-count")).to_have_text(f"Step {number} of {STEPS}")
        sentences.add(page.locator("#story-says").inner_text())
        do_step(story)
        expect(page.locator(".pointed[data-first]")).to_be_in_viewport()
        if number == 5:
            expect(story.fields).to_have_value(
                "invoiceEmail=STRING;invoiceCode=STRING;invoiceVatNumber=STRING"
            )
        if number == 11:
            expect(page.locator(".pointed pre")).to_contain_text("We send your invoices to: kim@example.org")
        page.keyboard.press("Enter")
    assert len(sentences) == STEPS
    expect(page.get_by_text("That was the whole page. It can be played again.")).to_be_visible()
    expect(page.get_by_role("button", name="Reset and begin")).to_be_focused()
    expect(story.jobs).to_have_count(10)
    expect(page.locator("[data-job] .status")).to_have_text(["Succeeded"] * 10)
    assert [run["state"] for run in call("GET", f"{story.addresses.spotler}/_sandbox/runs")] == [
        "stopped"
    ] * 5
    titles = [run.locator(".title b").inner_text() for run in story.runs.all()]
    assert titles == STARTED[::-1]


def test_the_story_can_be_left_looked_back_in_and_taken_up_again(story: Console) -> None:
    """Escape leaves at any time and gives the focus back; Back shows what was, and undoes nothing."""
    page = story.page
    opener = page.locator("#story-open")
    opener.click()
    story.press("Begin with the data there is")
    expect(page.get_by_text("Nothing was reset: this starts with the data there is.")).to_be_visible()
    for _ in range(2):
        do_step(story)
        page.keyboard.press("Enter")
    expect(page.locator("#story-count")).to_have_text(f"Step 3 of {STEPS}")
    story.press("Back")
    expect(page.get_by_text("Looking back: nothing is undone.")).to_be_visible()
    expect(page.locator("#story-word")).to_have_text("Done")
    expect(page.locator("[data-job].pointed")).to_have_count(1)
    page.get_by_role("button", name="Show the job").press("Enter")
    expect(story.jobs.first).to_be_focused()

    page.keyboard.press("Escape")
    expect(page.locator("#story")).to_be_hidden()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    expect(page.locator(".pointed")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.locator("#story-count")).to_have_text(f"Step 2 of {STEPS}")
    expect(page.locator("[data-job].pointed")).to_have_count(1)
    expect(story.jobs).to_have_count(1)


def test_a_step_that_goes_wrong_says_so_and_can_be_tried_again(story: Console) -> None:
    """With a fault on, the job fails; the panel gives its message and does not go on as if nothing were."""
    page = story.page
    faults = f"{story.addresses.spotler}/_sandbox/faults"
    call("POST", faults, {"match": "* /", "kind": "status", "status": 403})
    page.locator("#story-open").click()
    story.press("Begin with the data there is")
    do_step(story)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    trouble = page.locator("#story-trouble")
    expect(trouble).to_contain_text(
        "This did not go as the story tells. The job is Failed: ", timeout=STEP_WAIT
    )
    expect(page.locator("#story-word")).to_have_text("Next")
    expect(page.locator("#faults-banner")).to_be_visible()
    story.press("Switch it off")
    next_button(story).focus()
    do_step(story)
    expect(trouble).to_be_hidden()
