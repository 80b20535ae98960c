"""Does the page give scripts what is documented, and say plainly what it does not give?"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.form.filling_in import FormPage

pytestmark = pytest.mark.browser


def script(body: str) -> str:
    """A form script whose OnLoad does something."""
    handler = f"onLoad(context) {{ const form = context.getFormContext(); {body} }}"
    return f"'use strict'; globalThis.SpotlerJobs = {{ form: {{ {handler} }} }};"


def test_the_script_offers_one_function(form: FormPage) -> None:
    """And leaves nothing else behind in the page that other scripts could run into."""
    own = "Object.getOwnPropertyNames(SpotlerJobs.form).join() + ' ' + Object.getOwnPropertyNames(SpotlerJobs).join()"
    assert form.page.evaluate(own) == "onLoad form"
    names = "['Operation', 'Status', 'FORM_TYPE_CREATE', 'memories'].filter((name) => name in globalThis)"
    assert form.page.evaluate(names) == []


NOT_PROVIDED = {
    "form.ui.refreshRibbon()": "formContext.ui.refreshRibbon",
    "form.data.save()": "formContext.data.save",
    "form.data.entity.save()": "formContext.data.entity.save",
    "form.getControl('spotler_leadid').addPreSearch()": "control spotler_leadid.addPreSearch",
    "form.getControl('spotler_leadid').getValue()": "control spotler_leadid.getValue",
    "form.getAttribute('spotler_name').setSubmitMode('never')": "attribute spotler_name.setSubmitMode",
    "form.ui.tabs.get('general').setFocus()": "tab general.setFocus",
    "context.getDepth()": "executionContext.getDepth",
    "Xrm.WebApi.updateRecord()": "Xrm.WebApi.updateRecord",
    "Xrm.Panel": "Xrm.Panel",
}
REFUSED = {
    "Xrm.Navigation.openConfirmDialog({})": "Xrm.Navigation.openConfirmDialog: text is missing.",
    "form.data = null": "formContext.data cannot be set.",
    "form.getAttribute()": "formContext.getAttribute: this page takes a column's name.",
    "form.getAttribute('spotler_operation').setValue('x')": "attribute spotler_operation: x is none of the options.",
    "form.getAttribute('spotler_leadid').setValue({})": "attribute spotler_leadid: the value must be an array of one "
    "row.",
    "form.getAttribute('spotler_name').setRequiredLevel('x')": "attribute spotler_name: there is no required level x.",
    "form.ui.setFormNotification('x', 'LOUD', 'id')": "formContext.ui.setFormNotification: there is no level LOUD.",
}


def test_what_the_page_does_not_have_is_an_error_that_names_it(blank: FormPage) -> None:
    """A script that works here works in Dynamics; one that leans on more must not seem to."""
    tried = "".join(
        f"try {{ {used}; told.push('nothing'); }} catch (e) {{ told.push(e.message); }}"
        for used in (*NOT_PROVIDED, *REFUSED)
    )
    blank.standin.script = script(f"const told = []; {tried} globalThis.told = told;")
    blank.open()
    missing = [f"{name} is not provided by this page." for name in NOT_PROVIDED.values()]
    assert blank.page.evaluate("told") == missing + list(REFUSED.values())


def test_a_script_that_fails_is_told(blank: FormPage) -> None:
    """On the form, and to whoever looks at the browser's console."""
    blank.standin.script = script("form.ui.refreshRibbon();")
    blank.open()
    expect(blank.notice).to_contain_text(
        "A script of this form failed: formContext.ui.refreshRibbon is not provided by this page."
    )
    blank.expected_errors = ["formContext.ui.refreshRibbon is not provided by this page."]


def test_what_is_not_on_the_form_is_null(blank: FormPage) -> None:
    """As in Dynamics, so that a script can pass over what an administrator took off the form."""
    blank.standin.script = script(
        "form.ui.setFormNotification(String([form.getAttribute('x'), form.getControl('x'), form.ui.tabs.get('x'), "
        "form.ui.tabs.get('general').sections.get('x'), form.ui.clearFormNotification('x')]), 'INFO', 'id')"
    )
    blank.open()
    expect(blank.notice).to_contain_text(",,,,false")


def test_a_handler_that_is_not_there_is_told(blank: FormPage) -> None:
    """The form is shown, and says that nothing of its script runs."""
    blank.standin.script = "globalThis.SpotlerJobs = {};"
    blank.open()
    expect(blank.notice).to_contain_text("SpotlerJobs.form.onLoad is no function of a library of this form.")
    blank.expected_errors = ["SpotlerJobs.form.onLoad is no function of a library of this form."]


def test_an_environment_without_our_tables_says_how_to_install(blank: FormPage) -> None:
    """The rest of the page works, and the form comes by itself once it is there."""
    blank.standin.installed = False
    blank.page.goto(blank.served.root)
    told = blank.page.locator("#not-installed")
    expect(told).to_contain_text("Spotler Jobs is not installed in this environment.")
    expect(told.locator("code")).to_have_text(
        re.compile(
            r"^python -m dataverse apply --url http://127.0.0.1:\d+ "
            r"--webhook-url http://127.0.0.1:\d+/api/spotler-jobs --application-id 0{8}-0000-0000-0000-0{10}a1$"
        )
    )
    expect(blank.page.locator("#trouble")).to_be_hidden()
    expect(blank.page.locator("#job-list")).to_contain_text("No jobs yet.")
    expect(blank.page.locator("#timeline-of option", has_text="Kim Jansen")).to_have_count(1)
    blank.standin.installed = True
    expect(blank.column("Operation")).to_be_visible()
    expect(told).to_be_hidden()
    blank.standin.installed = False
    expect(told).to_be_visible()
    expect(blank.column("Operation")).to_have_count(0)


def test_a_script_that_is_not_published_is_told(blank: FormPage) -> None:
    """By its name, with what to do."""
    blank.standin.script = None
    blank.page.goto(blank.served.root)
    told = blank.page.locator("#not-installed")
    expect(told).to_contain_text("The form's script spotler_/job_form.js is not published.")
    expect(told).to_contain_text("python -m dataverse apply")
