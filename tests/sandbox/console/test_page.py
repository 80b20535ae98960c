"""The console page in a real browser, over the whole sandbox."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from sandbox.world import World
from tests.sandbox.console.looking import WAIT, Console, call, expect_status

pytestmark = pytest.mark.browser

INVOICE_TEMPLATE = "invoiceEmail=STRING;invoiceCode=STRING;invoiceVatNumber=STRING"


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test does, no script of the page fails and nothing is fetched from elsewhere."""
    yield
    console = request.node.funcargs.get("console")
    if isinstance(console, Console):
        assert (console.errors, console.outside) == ([], [])


def test_a_saved_job_can_be_followed_to_the_mail(console: Console) -> None:
    """Form, row, Result Code, AutomationContactId, Timeline, run and mail: the whole way on one page."""
    console.new("Start Automation")
    console.choose("Automation", "🚀 Invoice")
    expect(console.fields).to_have_value(INVOICE_TEMPLATE)
    job = console.start("Kim Jansen", "🚀 Invoice", "invoiceEmail=kim@example.org\ninvoiceVatNumber=NL123456")
    expect(console.page.get_by_text("Saved: Start 🚀 Invoice for Kim Jansen.")).to_be_visible()
    expect_status(job, "Succeeded")
    expect(job).to_contain_text("Start 🚀 Invoice for Kim Jansen")
    expect(job.get_by_title("Result Code")).to_have_text("OK")
    expect(console.page.locator("#form-notifications")).to_contain_text("Succeeded. 🚀 Invoice was started")
    expect(console.page.get_by_label("Customer", exact=True)).to_be_disabled()
    run_id = job.get_by_title("AutomationContactId").locator(".id").inner_text()

    expect(console.timeline).to_have_count(1, timeout=WAIT)
    expect(console.timeline).to_contain_text("🚀 Invoice was started")
    expect(console.page.get_by_label("Timeline of")).to_have_value(re.compile("^contact "))

    run = console.page.locator(f'[data-run="{run_id}"]')
    expect(run).to_contain_text("🚀 Invoice for Kim Jansen")
    expect_status(run, "Running")
    run.locator("summary").click()
    expect(run.locator("pre")).to_contain_text("We send your invoices to: kim@example.org")


def test_a_run_is_stopped_from_its_row(console: Console) -> None:
    """Stop fills in a job that needs nothing but the AutomationContactId."""
    job = console.start("Contoso", "🚀 Welcome")
    expect_status(job, "Succeeded")
    job.get_by_role("button", name="Stop …").click()
    expect(console.page.get_by_label("Operation", exact=True)).to_have_value("724000001")
    expect(console.fields).to_be_hidden()
    expect(console.page.get_by_label("AutomationContactId", exact=True)).to_have_value(
        job.get_by_title("AutomationContactId").locator(".id").inner_text()
    )
    expect_status(console.save(), "Succeeded")
    expect_status(console.runs, "Stopped")


def test_a_lead_is_addressed_and_a_campaign_started(console: Console) -> None:
    """One list has both kinds; of customer and lead only one can be chosen."""
    console.new("Start Automation")
    console.choose("Customer", "Kim Jansen")
    console.choose("Lead", "Robin Smit")
    expect(console.page.get_by_text("Customer Kim Jansen was taken out")).to_be_visible()
    console.choose("Automation", "📢 Black Friday")
    expect_status(console.save(), "Succeeded")
    expect(console.runs).to_contain_text("📢 Black Friday for Robin Smit")


def test_a_job_from_the_list_is_opened_in_the_form(console: Console) -> None:
    """Its columns and its result, locked; New leads back to an empty form."""
    job = console.start("Kim Jansen", "🚀 Welcome")
    expect_status(job, "Succeeded")
    console.press("New")
    expect(console.page.get_by_label("Operation", exact=True)).to_have_value("")
    job.get_by_role("button", name="Open").click()
    expect(console.page.locator("#form-title")).to_have_text("Start 🚀 Welcome")
    expect(console.page.get_by_label("Result Code", exact=True)).to_have_value("OK")
    expect(console.page.get_by_label("Automation", exact=True)).to_be_disabled()


def test_a_mistake_is_told_with_cause_and_remedy(console: Console) -> None:
    """The row shows the sentence, with the names set off; nothing runs."""
    job = console.start("Kim Jansen", "🚀 Invoice", "invoicemail=kim@example.org")
    expect_status(job, "Failed")
    expect(job.get_by_title("Result Code")).to_have_text("INVALID_AUTOMATION_FIELDS")
    expect(job).to_contain_text("invoicemail is not a field of 🚀 Invoice; did you mean invoiceEmail?")
    expect(job.locator("code").last).to_have_text("invoiceEmail")
    expect(console.runs).to_have_count(0)


def test_a_waiting_job_is_deactivated_and_activated_again(console: Console) -> None:
    """The two buttons of Dynamics; switching the fault on and off says what it does."""
    console.go("Services")
    busy = console.switch("Too busy")
    expect(busy).to_have_attribute("aria-checked", "false")
    expect(busy).to_have_accessible_description(re.compile("jobs wait and are tried again"))
    call(
        "POST",
        f"{console.addresses.spotler}/_sandbox/faults",
        {"match": "POST /automation/trigger", "kind": "status", "status": 503, "retry_after": "600"},
    )
    expect(busy).to_have_attribute("aria-checked", "true")
    console.go("Jobs")
    job = console.start("Sam de Vries", "🚀 Welcome")
    expect_status(job, "Waiting")
    job.get_by_role("button", name="Deactivate").click()
    expect_status(job, "Cancelled")

    console.go("Services")
    busy.press("Space")
    expect(busy).to_have_attribute("aria-checked", "false")
    assert call("GET", f"{console.addresses.spotler}/_sandbox/faults") == []
    console.go("Jobs")
    job.get_by_role("button", name="Activate").click()
    expect_status(job, "Queued")


def test_a_lost_answer_is_shown_as_an_unknown_outcome(console: Console) -> None:
    """A preset strikes as often as it says, and the row does not claim what nobody knows."""
    console.go("Services")
    console.switch("Answer lost after the start").click()
    expect(console.page.get_by_text("on, strikes 1 more time")).to_be_visible()
    expect(console.page.locator("#faults-on")).to_have_text("1")
    console.go("Jobs")
    banner = console.page.locator("#faults-banner")
    expect(banner).to_contain_text("A fault is switched on")
    expect(banner).to_contain_text("Spotler: Answer lost after the start. The job becomes Outcome unknown")
    job = console.start("Kim Jansen", "🚀 Welcome")
    expect_status(job, "Outcome unknown")
    expect(console.runs).to_have_count(1)
    expect(console.page.locator("#faults-on")).to_be_hidden()
    expect(banner).to_be_hidden()


def test_every_preset_is_a_fault_the_parts_accept(console: Console) -> None:
    """All can be switched on and off again; the page tells its own troubles and gets over them."""
    console.go("Services")
    expect(console.page.get_by_role("switch")).to_have_count(13)
    for switch in console.page.get_by_role("switch").all():
        switch.click()
        expect(switch).to_have_attribute("aria-checked", "true")
    expect(console.page.locator("#faults-on")).to_have_text("13")
    expect(console.page.locator("#faults-banner")).to_contain_text("and 10 more")
    console.press("Switch all off")
    for switch in console.page.get_by_role("switch").all():
        expect(switch).to_have_attribute("aria-checked", "false")
        expect(switch).to_have_accessible_description(re.compile("You will see: "))
    down = console.switch("Down")
    down.click()
    expect(console.page.get_by_role("alert")).to_contain_text(
        "Dataverse broke the connection off. A fault may do that; look under Services.", timeout=WAIT
    )
    down.click()
    expect(console.page.get_by_role("alert")).to_be_hidden(timeout=WAIT)


def test_a_fault_of_ones_own(console: Console) -> None:
    """The form sends what the control routes take, shows refusals, and lists what is on."""
    console.go("Services")
    console.choose("Service", "Dataverse")
    console.page.get_by_label("Requests", exact=True).fill("nonsense")
    console.press("Switch on")
    expect(console.page.locator("#own-told")).to_contain_text("'match' must be")
    console.page.get_by_label("Requests", exact=True).fill("PATCH /spotler_jobs")
    console.choose("Kind", "delay: answer late")
    console.press("Switch on")
    expect(console.page.locator("#own-told")).to_have_text("Switched on.")
    own = console.switch("delay 5 s on PATCH /spotler_jobs")
    own.click()
    expect(own).to_have_count(0)


def test_the_catalogue_is_refreshed_both_ways(page: Page, processes: World) -> None:
    """An empty catalogue says what to do; HTTP shows the report, a job leaves it in its row."""
    console = Console(page, processes.addresses)
    console.open()
    expect(page.get_by_text("The catalogue is empty. Fetch it from Spotler")).to_be_visible()
    console.go("Catalogue")
    expect(page.get_by_text("The catalogue is empty. Refresh fetches")).to_be_visible()
    console.press("Refresh (HTTP)")
    expect(page.locator("#refresh-report")).to_contain_text("📢 Black Friday reminder", timeout=WAIT)
    rows = page.locator("#catalogue-rows tr")
    expect(rows).to_have_count(5)
    expect(rows.filter(has_text="🚀 New Customer Journey")).to_contain_text("brochureURL")

    console.press("Refresh Automations (job)")
    page.get_by_role("link", name="See what becomes of it").click()
    expect_status(console.jobs, "Succeeded")
    expect(console.jobs).to_contain_text("5 unchanged")
    assert console.errors == []


def test_reset_asks_first(console: Console) -> None:
    """Everything goes only after a second yes; then the page shows an empty world with what to do."""
    job = console.start("Kim Jansen", "🚀 Welcome")
    expect_status(job, "Succeeded")
    console.go("Services")
    console.press("Reset to the seed data …")
    console.press("Keep everything")
    console.press("Check health")
    expect(console.page.get_by_text("The app can do its work.")).to_be_visible(timeout=WAIT)
    console.press("Reset to the seed data …")
    console.press("Reset")
    expect(console.page.get_by_text("Everything is back at the seed data.")).to_be_visible(timeout=WAIT)
    console.go("Jobs")
    expect(console.jobs).to_have_count(0)
    expect(console.page.get_by_text("No jobs yet.")).to_be_visible()
    expect(console.page.get_by_text("Nothing runs.")).to_be_visible()


def test_a_part_that_is_gone_is_named_until_it_is_back(console: Console, processes: World) -> None:
    """The page says which part does not run and what to do, keeps what it shows, and recovers by itself."""
    alert = console.page.get_by_role("alert")
    expect(alert).to_be_hidden()
    processes.kill("spotler")
    try:
        expect(alert).to_contain_text("Spotler does not run", timeout=WAIT)
        expect(alert).to_contain_text("python3 dev.py run")
        expect(console.page.locator('[data-part="spotler"]')).to_have_text("Spotler has trouble")
        expect(console.page.locator('[data-part="dataverse"]')).to_have_text("Dataverse answers")
    finally:
        processes.start("spotler")
    expect(alert).to_be_hidden(timeout=WAIT)


def test_what_is_open_stays_open_while_jobs_move(console: Console) -> None:
    """New states neither close what a person reads nor take the focus away."""
    call(
        "POST",
        f"{console.addresses.spotler}/_sandbox/faults",
        {"match": "POST /automation/trigger", "kind": "delay", "seconds": 3, "times": 1},
    )
    job = console.start("Kim Jansen", "🚀 Welcome")
    expect_status(job, "In progress")
    summary = job.locator("summary")
    summary.focus()
    summary.press("Enter")
    expect(job.locator(".facts")).to_be_visible()
    expect_status(job, "Succeeded")
    expect(job.locator(".facts")).to_be_visible()
    expect(job.locator("summary")).to_be_focused()


def test_a_hidden_tab_asks_nothing(page: Page, processes: World) -> None:
    """Polling stops while nobody looks, and goes on at once when somebody does."""
    page.clock.install()
    console = Console(page, processes.addresses)
    console.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/spotler_jobs**"):
        page.clock.run_for(1100)
    page.evaluate(
        "Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });"
        "document.dispatchEvent(new Event('visibilitychange'));"
    )
    page.wait_for_load_state("networkidle")
    asked.clear()
    page.clock.run_for(60_000)
    page.evaluate("fetch('/page/icon.svg')")
    assert asked == [f"{processes.addresses.console}/page/icon.svg"]
    with page.expect_request("**/spotler_jobs**"):
        page.evaluate("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'));")


def test_the_parts_are_asked_about_once_a_second(page: Page, processes: World) -> None:
    """Ten seconds of looking cost no more than eleven reads of the jobs, and far fewer of what seldom moves."""
    page.clock.install()
    console = Console(page, processes.addresses)
    console.open()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(40):
        page.clock.run_for(250)
        page.evaluate("fetch('/page/icon.svg')")
    assert 4 <= sum("/spotler_jobs" in url for url in asked) <= 11
    assert sum("/contacts" in url for url in asked) <= 2


def test_the_form_is_reached_with_the_keyboard_alone(console: Console) -> None:
    """Tab goes past the head of the page to the form; Enter in a line saves."""
    page = console.page
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Language of the form")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Operation", exact=True)).to_be_focused()
    page.keyboard.type("Refresh")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("By keyboard")
    page.keyboard.press("Enter")
    expect(console.jobs).to_contain_text("By keyboard")
    expect_status(console.jobs, "Succeeded")
