"""Are types that nobody replaced pointed out before saving, exactly those that the app would refuse?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from jobs.fields import FieldType, ProblemCode, read_fields
from jobs.fields.template import read_template
from tests.form.filling_in import FormPage
from tests.form.standin import CATALOGUE, INVOICE, JOURNEY, Answer

pytestmark = pytest.mark.browser


def test_types_are_pointed_out_by_line_and_name(form: FormPage) -> None:
    """The job is not saved as long as one is left; blank is fine, and the remedy says so."""
    form.start("🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    form.save_in_vain()
    note = form.note_on("spotler_automationfields")
    expect(note).to_contain_text("Replace it, or leave it blank after the equals sign")
    expect(note).to_contain_text("invoiceEmail (line 1), invoiceCode (line 1), invoiceVatNumber (line 1).")
    expect(form.fields).to_be_focused()
    expect(form.fields).to_have_attribute("aria-invalid", "true")

    form.type_fields("invoiceEmail=\ninvoiceCode=STRING\ninvoiceVatNumber=NL1")
    expect(note).to_be_empty()
    form.save_in_vain()
    expect(note).to_contain_text("equals sign: invoiceCode (line 2).")

    form.type_fields("invoiceEmail=\ninvoiceCode=\ninvoiceVatNumber=NL1")
    form.save()


def test_what_is_pointed_out_is_seen_on_a_laptop(form: FormPage) -> None:
    """The sentence is scrolled into view, not the column alone."""
    before = form.page.viewport_size
    assert before is not None
    form.page.set_viewport_size({"width": 1366, "height": 768})
    try:
        form.start("🚀 Invoice")
        expect(form.fields).to_have_value(re.compile("STRING"))
        form.save_in_vain()
        expect(form.note_on("spotler_automationfields")).to_be_in_viewport(ratio=1)
    finally:
        form.page.set_viewport_size(before)


def test_a_check_is_filled_in_and_held_back_as_a_start(form: FormPage) -> None:
    """What would keep a start from being saved keeps a check from it too."""
    form.choose("Operation", "Validate Automation")
    form.choose("Automation", "🚀 Invoice")
    form.choose("Customer", "Kim Jansen")
    expect(form.fields).to_have_value(re.compile("invoiceEmail=STRING"))
    form.save_in_vain()
    expect(form.note_on("spotler_automationfields")).to_contain_text("invoiceEmail (line 1)")
    form.type_fields("invoiceEmail=a@example.org")
    saved = form.save()
    assert saved["spotler_operation"] == 724000003
    assert saved["spotler_automationfields"] == "invoiceEmail=a@example.org"


def test_what_is_pointed_out_does_not_hold_up_another_operation(form: FormPage) -> None:
    """A remark on a column that is hidden would keep the form from being saved for no visible reason."""
    form.start("🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    form.save_in_vain()
    form.choose("Operation", "Stop Automation")
    assert "spotler_automationfields" not in form.save()


def test_where_the_fields_could_not_be_read_it_is_only_a_remark(form: FormPage) -> None:
    """Whether it is a value cannot be known then, and a failing read must not keep anybody from saving."""
    form.standin.read[INVOICE] = Answer("no")
    form.start("🚀 Invoice")
    expect(form.notice).to_contain_text("could not be read")
    form.type_fields("invoiceCode=STRING")
    form.standin.refusal = "not now"
    form.save_in_vain()
    expect(form.note_on("spotler_automationfields")).to_contain_text(
        "Does the type still stand in place of a value? invoiceCode (line 1)."
    )
    form.standin.refusal = None
    assert form.save()["spotler_automationfields"] == "invoiceCode=STRING"


def test_what_was_filled_in_for_another_automation_is_certain(form: FormPage) -> None:
    """Even where the fields of the one chosen since could not be read."""
    form.standin.read[JOURNEY] = Answer("no")
    form.start("🚀 Invoice")
    expect(form.fields).not_to_have_value("")
    form.choose("Automation", "🚀 New Customer Journey")
    expect(form.notice).to_contain_text("could not be read")
    form.save_in_vain()
    expect(form.note_on("spotler_automationfields")).to_contain_text("invoiceEmail (line 1)")


TEXTS = [
    "crosssell={<PRODUCTLIST>};brochure=URL",
    "crosssell={1,<PRODUCTLIST>}\nbrochure=",
    "crosssell={PRODUCTLIST}",
    "crosssell=<PRODUCTLIST>",
    "crosssell=PRODUCTLIST",
    "crosssell={STRING,URL}",
    "crosssell={1;2\n3, PRODUCTLIST }\r\nbrochure=<URL>",
    "crosssell={1,\n2,\n3}\nbrochure= URL \n",
    "crosssell={1,{PRODUCTLIST}",
    "crosssell={PRODUCTLIST",
    "crosssell={PRODUCTLIST} x;brochure=URL",
    "brochure={URL}",
    "brochure=<URL",
    "brochure=url",
    "brochure=STRING",
    "brochure=https://example.org/?a=URL",
    " brochure = \u00a0URL\u200b ;; crosssell = { , PRODUCTLIST , } ;",
    "brochure=URL extra",
    "brochure=\nURL",
    "=URL",
    "unknown=STRING",
    "unknown={URL}",
    "unknown={URL}x",
    "unknown={URL,{x}}",
    "unknown={a;b=URL",
    "unknown={a\nb=URL}",
    'brochure="URL"',
    'crosssell={"PRODUCTLIST",2}',
    "STRING;URL\r\r\nbrochure=URL",
]


def refused_names(text: str, known: dict[str, FieldType] | None) -> list[tuple[str, int]]:
    """Fields whose hint the app refuses, with their lines."""
    read = read_fields(text, known, automation="it")
    return [(one.name or "?", one.line) for one in read.problems if one.code is ProblemCode.UNTOUCHED_HINT]


@pytest.mark.parametrize("automation", ["🚀 New Customer Journey", "📢 Black Friday"])
def test_hints_are_what_the_app_takes_for_hints(form: FormPage, automation: str) -> None:
    """For texts of every layout, with a list of fields and without: the same fields, and no others."""
    template = next(text for name, text in CATALOGUE.values() if name == automation)
    known = read_template(template)
    form.start(automation)
    expect(form.fields).to_have_value(template or "")
    form.standin.refusal = "saved"
    note = form.note_on("spotler_automationfields")
    for text in TEXTS:
        form.fields.fill(text)
        form.fields.press("Tab")
        form.press("Save")
        expected = refused_names(text.replace("\r\n", "\n").replace("\r", "\n"), known)
        if expected:
            expect(form.saved).to_have_text("Not saved. Look at what is marked.")
            told = re.findall(r"(\S+) \(line (\d+)\)", note.inner_text())
            assert [name for name, _ in told] == [name for name, _ in expected], text
        else:
            expect(form.saved).to_have_text("Not saved. saved")
            expect(note).to_be_empty()
