"""Can the form be used in Dutch, and without a mouse?"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.form.filling_in import FormPage
from tests.form.standin import INVOICE, Answer, lookup

pytestmark = pytest.mark.browser


def test_everything_is_said_in_dutch(form: FormPage) -> None:
    """Labels, choices, the platform's own words and those of the script."""
    form.column("Language of the form").select_option(label="Nederlands")
    form.press("Opslaan")
    expect(form.note_on("spotler_operation")).to_contain_text("Bewerking moet worden ingevuld.")
    form.choose("Bewerking", "Automation starten")
    expect(form.section("whom")).to_have_accessible_name("Voor wie")
    form.choose("Klant", "Kim Jansen")
    form.choose("Lead", "Robin Smit")
    expect(form.notice).to_contain_text("Klant Kim Jansen is weggehaald")
    form.choose("Automation", "🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    form.press("Opslaan")
    expect(form.note_on("spotler_automationfields")).to_contain_text(
        "laat het na het isgelijkteken leeg: invoiceEmail (regel 1)"
    )
    form.type_fields("invoiceCode=7")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.dialog).to_contain_text("Je hebt de tekst in Automation Fields gewijzigd.")
    form.press("Mijn tekst houden")
    form.standin.read[INVOICE] = Answer("Dat mag niet.")
    form.choose("Automation", "🚀 Invoice")
    expect(form.notice.first).to_contain_text(
        "konden niet worden opgehaald; Automation Fields is daarom niet ingevuld"
    )


def test_a_result_is_told_in_dutch(form: FormPage) -> None:
    """The row that is open stays open when the language changes."""
    row_id = form.standin.add_job(
        spotler_operation=724000001,
        statecode=1,
        statuscode=724000004,
        spotler_resultmessage="Geen idee.",
        **lookup("spotler_leadid", "lead", "30000000-0000-4000-8000-000000000001"),
    )
    form.open_row(row_id)
    form.column("Language of the form").select_option(label="Nederlands")
    expect(form.notice).to_contain_text("Mislukt. Geen idee.")
    expect(form.column("Statusreden").locator("option:checked")).to_have_text("Mislukt")


def test_another_language_keeps_what_is_filled_in(form: FormPage) -> None:
    """Also what was typed; the script goes on from there."""
    form.start("🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    form.type_fields("invoiceCode=7")
    form.column("Language of the form").select_option(label="Nederlands")
    expect(form.column("Klant").locator("option:checked")).to_have_text("Kim Jansen")
    expect(form.fields).to_have_value("invoiceCode=7")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.dialog).to_be_visible()


def test_a_job_is_saved_with_the_keyboard_alone(form: FormPage) -> None:
    """Tab reaches every column in the order of reading, the question takes keys, and Enter saves."""
    page, keys = form.page, form.page.keyboard

    def tab_to(label: str) -> None:
        keys.press("Tab")
        expect(form.column(label)).to_be_focused()

    form.column("Language of the form").focus()
    tab_to("Operation")
    keys.type("Start")
    tab_to("Automation")
    keys.press("ArrowDown")
    tab_to("Customer")
    keys.type("Kim")
    tab_to("Lead")
    expect(form.fields).not_to_have_value("")
    tab_to("Automation Fields")
    keys.press("Control+a")
    keys.type("invoiceCode=7")
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    keys.press("Shift+Tab")
    expect(form.column("Automation")).to_be_focused()
    keys.press("ArrowDown")
    expect(page.get_by_role("button", name="Keep mine")).to_be_focused()
    keys.press("Tab")
    keys.press("Shift+Tab")
    expect(form.dialog).to_be_visible()
    keys.press("Enter")
    expect(form.dialog).to_have_count(0)
    expect(form.column("Automation")).to_be_focused()
    for label in ("Customer", "Lead", "Automation Fields", "Start Anyway", "Name"):
        tab_to(label)
    keys.type("By keyboard")
    keys.press("Enter")
    expect(form.saved).to_contain_text("Saved: Start 🚀 New Customer Journey for Kim Jansen.")
    (written,) = form.standin.written
    assert (written["spotler_name"], written["spotler_automationfields"]) == ("By keyboard", "invoiceCode=7")


def test_ctrl_s_saves_what_is_being_typed(form: FormPage) -> None:
    """As in Dynamics; the column that has the focus counts too."""
    form.choose("Operation", "Refresh Automations")
    form.column("Name").click()
    form.page.keyboard.type("Now")
    form.page.keyboard.press("Control+s")
    expect(form.saved).to_contain_text("Saved: Refresh Automations.")
    assert form.standin.written == [{"spotler_operation": 724000002, "spotler_name": "Now"}]
