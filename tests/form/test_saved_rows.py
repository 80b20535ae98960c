"""Does the form of a saved job tell what came of it, and take no input where that would be untrue?"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.form.filling_in import FormPage
from tests.form.standin import INVOICE, lookup

pytestmark = pytest.mark.browser

KIM = "20000000-0000-4000-8000-000000000001"
INPUTS = ("Operation", "Automation", "Customer", "Lead", "Automation Fields")
STARTED = {
    "spotler_operation": 724000000,
    "spotler_name": "Start 🚀 Invoice",
    "spotler_automationfields": "invoiceCode=7",
    **lookup("spotler_customerid", "contact", KIM),
    **lookup("spotler_automationid", "spotler_automation", INVOICE),
}


def expect_locked(form: FormPage, *, locked: bool) -> None:
    """The columns that people fill in can be changed, or cannot."""
    for label in INPUTS:
        expect(form.column(label)).to_be_editable(editable=not locked)


@pytest.mark.parametrize(
    ("state", "status", "tone", "sentence"),
    [
        (1, 724000002, "info", "Succeeded. What happened."),
        (1, 724000003, "warn", "Partly succeeded. What happened."),
        (1, 724000004, "bad", "Failed. What happened."),
        (1, 724000005, "warn", "Outcome unknown. What happened."),
        (1, 2, "info", "Cancelled. What happened."),
        (0, 724000001, "warn", "Waiting for the next try. What happened."),
        (0, 724000000, None, None),
    ],
)
def test_a_job_that_was_taken_up_is_locked_and_tells_its_result(
    form: FormPage, state: int, status: int, tone: str | None, sentence: str | None
) -> None:
    """In words, at the level that its status deserves; with the run it started."""
    row_id = form.standin.add_job(
        **STARTED,
        statecode=state,
        statuscode=status,
        spotler_resultmessage="What happened.",
        spotler_automationcontactid="7001",
    )
    form.open_row(row_id)
    expect(form.page.locator("#form-title")).to_have_text("Start 🚀 Invoice")
    expect_locked(form, locked=True)
    expect(form.column("AutomationContactId")).to_have_value("7001")
    expect(form.column("AutomationContactId")).not_to_be_editable()
    expect(form.column("Attempts")).to_be_visible()
    if sentence is None:
        expect(form.notice).to_have_count(0)
    else:
        expect(form.notice).to_contain_text(sentence)
        expect(form.notice).to_have_class(f"form-notice {tone}")


def test_a_queued_job_can_still_be_changed(form: FormPage) -> None:
    """Only what was changed is written; its text is nobody's to replace without asking."""
    row_id = form.standin.add_job(**STARTED)
    form.open_row(row_id)
    expect_locked(form, locked=False)
    expect(form.notice).to_have_count(0)
    form.choose("Automation", "🚀 New Customer Journey")
    form.press("Keep mine")
    form.choose("Lead", "Robin Smit")
    assert form.save() == {
        "spotler_AutomationId@odata.bind": "/spotler_automations(a0000000-0000-4000-8000-000000000002)",
        "spotler_CustomerId_contact@odata.bind": None,
        "spotler_LeadId@odata.bind": "/leads(30000000-0000-4000-8000-000000000001)",
    }


def test_an_existing_job_without_fields_is_not_filled_in(form: FormPage) -> None:
    """To pass nothing may be what somebody meant; opening a row must not change it."""
    row_id = form.standin.add_job(**STARTED | {"spotler_automationfields": None})
    with form.page.expect_response("**/spotler_automations(*fieldtemplate"):
        form.open_row(row_id)
    expect(form.fields).to_have_value("")


def test_a_started_job_that_is_queued_again_keeps_its_run(form: FormPage) -> None:
    """It is what the row tells of the first time, and not for people to change."""
    row_id = form.standin.add_job(**STARTED, spotler_automationcontactid="7001")
    form.open_row(row_id)
    expect(form.column("AutomationContactId")).not_to_be_editable()
    form.column("Name").fill("Again")
    assert form.save() == {"spotler_name": "Again"}


@pytest.mark.parametrize(
    "values",
    [
        {"spotler_operation": 724000000, "spotler_automationfields": "a=STRING"},
        {"spotler_operation": 724000002, **lookup("spotler_customerid", "contact", KIM)},
    ],
)
def test_a_job_in_progress_can_be_renamed(form: FormPage, values: dict[str, Any]) -> None:
    """Whatever a new job would be asked for or would lose, this row tells what is being carried out."""
    row_id = form.standin.add_job(**values, statuscode=724000000)
    form.open_row(row_id)
    form.column("Name").fill("Mine")
    assert form.save() == {"spotler_name": "Mine"}


def test_the_form_follows_its_job(form: FormPage) -> None:
    """From Queued to the result and, when somebody activates it, back: locked, told, and free again."""
    form.start("🚀 Welcome")
    form.save()
    expect_locked(form, locked=False)
    (row_id,) = form.standin.jobs
    form.standin.change_job(row_id, statuscode=724000000)
    expect_locked(form, locked=True)
    form.standin.change_job(
        row_id,
        statecode=1,
        statuscode=724000002,
        spotler_resultcode="OK",
        spotler_resultmessage="It was started.",
    )
    expect(form.notice).to_contain_text("Succeeded. It was started.")
    expect(form.column("Result Code")).to_have_value("OK")
    expect_locked(form, locked=True)
    form.standin.change_job(row_id, statecode=0, statuscode=1)
    expect_locked(form, locked=False)
    expect(form.notice).to_have_count(0)

    form.press("New")
    expect(form.page.locator("#form-title")).to_have_text("New Spotler Job")
    expect(form.section("result")).to_be_hidden()
    expect(form.column("Operation")).to_be_focused()
