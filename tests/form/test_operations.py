"""Does the form show, ask for and save what the chosen operation needs, and nothing else?"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.form.filling_in import FormPage
from tests.form.standin import INVOICE, Answer

pytestmark = pytest.mark.browser

START, STOP, REFRESH = 724000000, 724000001, 724000002
KIM = "/contacts(20000000-0000-4000-8000-000000000001)"
ROBIN = "/leads(30000000-0000-4000-8000-000000000001)"


@pytest.mark.parametrize(
    ("operation", "sections", "automation", "required"),
    [
        ("—", set(), False, {"Operation"}),
        ("Start Automation", {"whom", "fields"}, True, {"Operation", "Automation", "Customer"}),
        ("Validate Automation", {"whom", "fields"}, True, {"Operation", "Automation", "Customer"}),
        ("Stop Automation", {"whom", "runs"}, True, {"Operation", "Automation", "Customer"}),
        ("Refresh Automations", set(), False, {"Operation"}),
    ],
)
def test_an_operation_shows_what_it_needs(
    form: FormPage, operation: str, sections: set[str], automation: bool, required: set[str]
) -> None:
    """Sections, the automation and the required marks; what only a saved row has is not there yet."""
    form.choose("Operation", operation)
    for name in ("whom", "fields", "runs", "result"):
        expect(form.section(name)).to_be_visible(visible=name in sections)
    expect(form.column("Automation")).to_be_visible(visible=automation)
    for label in ("Operation", "Automation", "Customer", "Lead", "Automation Fields", "AutomationContactId"):
        expect(form.column(label)).to_have_js_property("ariaRequired", "true" if label in required else None)
    expect(form.column("Attempts")).to_be_hidden()


def test_what_is_missing_is_told_beside_the_column(form: FormPage) -> None:
    """Nothing is written; what was told goes once it is filled in, and the first such column has the focus."""
    form.save_in_vain()
    expect(form.note_on("spotler_operation")).to_contain_text("Operation must be filled in.")
    expect(form.column("Operation")).to_be_focused()
    form.choose("Operation", "Stop Automation")
    expect(form.note_on("spotler_operation")).to_be_empty()
    form.save_in_vain()
    expect(form.note_on("spotler_automationid")).to_contain_text("Automation must be filled in.")
    expect(form.note_on("spotler_customerid")).to_contain_text("Customer must be filled in.")
    expect(form.note_on("spotler_leadid")).to_be_empty()


def test_runs_are_enough_to_stop(form: FormPage) -> None:
    """With an AutomationContactId nothing else has to be filled in; without it, it has."""
    form.choose("Operation", "Stop Automation")
    form.column("AutomationContactId").fill("7001,7002")
    form.column("AutomationContactId").press("Tab")
    expect(form.column("Automation")).to_have_js_property("ariaRequired", None)
    assert form.save() == {"spotler_operation": STOP, "spotler_automationcontactid": "7001,7002"}


def test_a_lead_is_enough(form: FormPage) -> None:
    """Where a lead is chosen, no customer has to be."""
    form.choose("Operation", "Stop Automation")
    form.choose("Lead", "Robin Smit")
    form.choose("Automation", "🚀 Welcome")
    assert form.save() == {
        "spotler_operation": STOP,
        "spotler_LeadId@odata.bind": ROBIN,
        "spotler_AutomationId@odata.bind": "/spotler_automations(a0000000-0000-4000-8000-000000000003)",
    }


def test_values_are_kept_while_operations_are_tried(form: FormPage) -> None:
    """Until the job is saved, nothing is lost by looking at another operation."""
    form.start("🚀 Invoice", "Kim Jansen")
    form.type_fields("invoiceCode=7")
    form.choose("Operation", "Refresh Automations")
    expect(form.fields).to_be_hidden()
    form.choose("Operation", "Start Automation")
    expect(form.column("Customer").locator("option:checked")).to_have_text("Kim Jansen")
    expect(form.column("Automation").locator("option:checked")).to_have_text("🚀 Invoice")
    expect(form.fields).to_have_value("invoiceCode=7")
    assert form.save()["spotler_CustomerId_contact@odata.bind"] == KIM


@pytest.mark.parametrize(
    ("own_text", "operation", "saved"),
    [
        (None, "Refresh Automations", {"spotler_operation": REFRESH}),
        ("a=1", "Refresh Automations", {"spotler_operation": REFRESH, "spotler_automationfields": "a=1"}),
        (None, "Stop Automation", {"spotler_operation": STOP}),
        ("a=1", "Stop Automation", {"spotler_operation": STOP, "spotler_automationfields": "a=1"}),
    ],
)
def test_what_the_operation_does_not_use_is_not_saved(
    form: FormPage, own_text: str | None, operation: str, saved: dict[str, Any]
) -> None:
    """Nor is text that nobody wrote; what somebody wrote in Automation Fields stays theirs."""
    form.start("🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    if own_text is not None:
        form.type_fields(own_text)
    form.choose("Operation", operation)
    written = form.save()
    used = {} if operation.startswith("Refresh") else {"spotler_CustomerId_contact@odata.bind": KIM}
    written.pop("spotler_AutomationId@odata.bind", None) if used else None
    assert written == saved | used


def test_a_start_claims_no_run(form: FormPage) -> None:
    """An AutomationContactId typed for a stop is not saved on a start, where it would be taken for its result."""
    form.choose("Operation", "Stop Automation")
    form.column("AutomationContactId").fill("7001")
    form.column("AutomationContactId").press("Tab")
    form.standin.read[INVOICE] = Answer("no")
    form.start("🚀 Invoice")
    expect(form.section("runs")).to_be_hidden()
    assert "spotler_automationcontactid" not in form.save()


def test_customer_and_lead_exclude_each_other(form: FormPage) -> None:
    """Choosing one empties the other and says which; saving writes the one that is left."""
    form.choose("Operation", "Stop Automation")
    form.choose("Customer", "Kim Jansen")
    expect(form.notice).to_have_count(0)
    form.choose("Lead", "Robin Smit")
    expect(form.column("Customer")).to_have_value("")
    expect(form.notice).to_contain_text("Customer Kim Jansen was taken out")
    form.choose("Customer", "Contoso")
    expect(form.column("Lead")).to_have_value("")
    expect(form.notice).to_have_count(1)
    expect(form.notice).to_contain_text("Lead Robin Smit was taken out")
    form.choose("Customer", "Kim Jansen")
    expect(form.notice).to_have_count(0)
    form.choose("Automation", "🚀 Welcome")
    written = form.save()
    assert written["spotler_CustomerId_contact@odata.bind"] == KIM
    assert not [name for name in written if "Lead" in name]


def test_a_refusal_of_dataverse_is_told_and_keeps_the_form(form: FormPage) -> None:
    """What somebody filled in is still there, and can be saved again."""
    form.standin.refusal = "Principal user is missing prvCreatespotler_Job privilege."
    form.start("🚀 Welcome")
    form.save_in_vain()
    expect(form.saved).to_contain_text("missing prvCreatespotler_Job")
    form.standin.refusal = None
    assert form.save()["spotler_CustomerId_contact@odata.bind"] == KIM
