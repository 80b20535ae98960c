"""Is Automation Fields filled in for whoever chooses an automation, and is nobody's text ever lost?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.form.filling_in import FormPage
from tests.form.standin import INVOICE, JOURNEY, Answer

pytestmark = pytest.mark.browser

INVOICE_FIELDS = "invoiceEmail=STRING;invoiceCode=STRING;invoiceVatNumber=STRING"
JOURNEY_FIELDS = "crosssell={<PRODUCTLIST>};brochure=URL"


def test_every_field_and_its_type_is_filled_in(form: FormPage) -> None:
    """Once Start Automation and an automation are chosen; a person replaces the types and saves."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.type_fields("invoiceEmail=kim@example.org")
    assert form.save()["spotler_automationfields"] == "invoiceEmail=kim@example.org"


def test_what_nobody_edited_follows_the_automation(form: FormPage) -> None:
    """Without a question, and away where the next one lists no fields or none is chosen."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    form.choose("Automation", "📢 Black Friday")
    expect(form.fields).to_have_value("")
    form.choose("Automation", "🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.choose("Automation", "—")
    expect(form.fields).to_have_value("")
    expect(form.dialog).to_have_count(0)


def test_an_edited_text_is_asked_about(form: FormPage) -> None:
    """Keep keeps, Escape keeps, Replace replaces; the question names the automation."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.type_fields("mine=1")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.dialog).to_have_accessible_name("Replace Automation Fields?")
    expect(form.dialog).to_contain_text("Replace it by the fields of 🚀 New Customer Journey?")
    expect(form.fields).to_have_value("mine=1")
    form.press("Keep mine")
    expect(form.dialog).to_have_count(0)
    expect(form.fields).to_have_value("mine=1")

    form.choose("Automation", "🚀 Invoice")
    expect(form.dialog).to_be_visible()
    form.page.keyboard.press("Escape")
    expect(form.dialog).to_have_count(0)
    expect(form.fields).to_have_value("mine=1")

    form.choose("Automation", "🚀 New Customer Journey")
    form.press("Replace")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)


def test_who_kept_their_text_is_not_asked_again(form: FormPage) -> None:
    """Looking at another operation and coming back changes nothing; an automation without fields asks nothing."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.type_fields("mine=1")
    form.choose("Automation", "🚀 New Customer Journey")
    form.press("Keep mine")
    form.choose("Operation", "Stop Automation")
    with form.page.expect_response(re.compile(JOURNEY)):
        form.choose("Operation", "Start Automation")
    with form.page.expect_response(re.compile("000003")):
        form.choose("Automation", "🚀 Welcome")
    expect(form.dialog).to_have_count(0)
    expect(form.fields).to_have_value("mine=1")


def test_an_emptied_text_may_be_filled_again(form: FormPage) -> None:
    """There is nothing to lose in a column that somebody emptied."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.type_fields("")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)


def test_an_answer_for_an_automation_no_longer_chosen_is_dropped(form: FormPage) -> None:
    """The fields of the automation that is chosen stand there, however late another one's arrive."""
    form.standin.read[INVOICE] = Answer(late=True)
    form.start("🚀 Invoice")
    expect(form.notice).to_contain_text("Reading the fields of 🚀 Invoice …")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.notice).to_have_count(0)
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    with form.page.expect_response(re.compile(INVOICE)) as late:
        form.served.allow(INVOICE)
    late.value.finished()
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    expect(form.dialog).to_have_count(0)


def test_an_answer_for_another_operation_is_dropped(form: FormPage) -> None:
    """Nothing is filled in behind the back of somebody who has gone on to stop something."""
    form.standin.read[INVOICE] = Answer(late=True)
    form.start("🚀 Invoice")
    form.choose("Operation", "Stop Automation")
    with form.page.expect_response(re.compile(INVOICE)) as late:
        form.served.allow(INVOICE)
    late.value.finished()
    assert "spotler_automationfields" not in form.save()


def test_what_is_being_typed_when_the_answer_arrives_is_not_overwritten(form: FormPage) -> None:
    """Not even in a column that nobody has left yet, so that the attribute knows nothing of it."""
    form.standin.read[INVOICE] = Answer(late=True)
    form.start("🚀 Invoice")
    form.fields.click()
    form.page.keyboard.type("invoiceCode=7")
    form.served.allow(INVOICE)
    expect(form.dialog).to_be_visible()
    form.press("Keep mine")
    expect(form.fields).to_have_value("invoiceCode=7")
    assert form.save()["spotler_automationfields"] == "invoiceCode=7"


def test_a_failing_read_is_told_and_hinders_nothing(form: FormPage) -> None:
    """The sentence has cause and remedy; the job can be saved; choosing again tries again."""
    form.standin.read[INVOICE] = Answer("You may not read this.")
    form.start("🚀 Invoice")
    expect(form.notice).to_contain_text(
        "The fields of 🚀 Invoice could not be read, so Automation Fields is not filled in."
    )
    expect(form.notice).to_contain_text("You may not read this.")
    expect(form.page.locator("#trouble")).to_be_hidden()
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.notice).to_have_count(0)
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    form.type_fields("brochure=https://example.org")
    form.choose("Automation", "🚀 Invoice")
    expect(form.notice).to_contain_text("could not be read")
    assert form.save()["spotler_automationfields"] == "brochure=https://example.org"


def test_a_read_that_never_ends_is_given_up(blank: FormPage) -> None:
    """After twenty seconds, and then it is told like any other that fails."""
    blank.page.clock.install()
    blank.open()
    blank.standin.read[INVOICE] = Answer(late=True)
    with blank.page.expect_request(re.compile(f"{INVOICE}.*fieldtemplate")):
        blank.start("🚀 Invoice")
    blank.page.clock.run_for(21_000)
    expect(blank.notice).to_contain_text("no answer within 20 seconds")
    assert "spotler_automationfields" not in blank.save()


def test_an_answer_after_saving_changes_nothing(form: FormPage) -> None:
    """What was saved is what was seen when Save was pressed."""
    form.standin.read[INVOICE] = Answer(late=True)
    form.start("🚀 Invoice")
    assert "spotler_automationfields" not in form.save()
    with form.page.expect_response(re.compile(INVOICE)) as late:
        form.served.allow(INVOICE)
    late.value.finished()
    expect(form.fields).to_have_value("")


def test_after_saving_a_question_is_asked_once(form: FormPage) -> None:
    """OnLoad occurs again once a row is created; handlers must not be there twice, nor read twice."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.type_fields("invoiceCode=7")
    form.save()
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.dialog).to_have_count(1)
    form.press("Replace")
    expect(form.dialog).to_have_count(0)
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    assert form.standin.reads.count(JOURNEY) == 1


def test_nobody_is_asked_about_a_form_they_have_left(form: FormPage) -> None:
    """An answer that arrives then changes nothing, and no question stands over another job."""
    form.standin.read[INVOICE] = Answer(late=True)
    form.start("🚀 Invoice")
    form.type_fields("mine=1")
    form.press("Clear")
    with form.page.expect_response(re.compile(INVOICE)) as late:
        form.served.allow(INVOICE)
    late.value.finished()
    form.start("🚀 New Customer Journey")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
    expect(form.dialog).to_have_count(0)


def test_a_new_form_that_starts_with_an_automation_is_filled_in(form: FormPage) -> None:
    """In another language the form is built anew, with what is chosen; what was filled in stays unedited."""
    form.start("🚀 Invoice")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    with form.page.expect_response(re.compile(f"{INVOICE}.*fieldtemplate")):
        form.column("Language of the form").select_option(label="Nederlands")
    expect(form.fields).to_have_value(INVOICE_FIELDS)
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.fields).to_have_value(JOURNEY_FIELDS)
