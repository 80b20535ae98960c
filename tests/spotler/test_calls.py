"""Which request each call is, to the byte."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler import AutomationField, Contract, FieldType, Refused, calls
from spotler.calls import Call

DEFAULT = Contract()
FIELDS = (
    AutomationField("invoiceEmail", FieldType.STRING, ("Zoë <ap@example.org>",)),
    AutomationField("items", FieldType.PRODUCTLIST, ("SKU-1", "SKU-2")),
)
FIELDS_JSON = (
    '[{"name":"invoiceEmail","type":"STRING","value":"Zoë <ap@example.org>"},'
    '{"name":"items","type":"PRODUCTLIST","values":["SKU-1","SKU-2"]}]'
)


@pytest.mark.parametrize(
    ("call", "method", "path", "body"),
    [
        (calls.list_automations(DEFAULT), "GET", "automation/list", None),
        (calls.list_campaigns(), "GET", "campaign/list", None),
        (
            calls.trigger_automation(DEFAULT, "c 1/2", "x", ()),
            "POST",
            "automation/trigger/c%201%2F2",
            '{"externalContactId":"x"}',
        ),
        (
            calls.trigger_automation(DEFAULT, "c", "x", FIELDS),
            "POST",
            "automation/trigger/c",
            f'{{"externalContactId":"x","automationFields":{FIELDS_JSON}}}',
        ),
        (
            calls.trigger_campaign("t", "x", FIELDS),
            "POST",
            "campaign/trigger/t",
            f'{{"externalContactId":"x","campaignFields":{FIELDS_JSON}}}',
        ),
        (
            calls.stop_automation(DEFAULT, "a?1", "x"),
            "POST",
            "automation/a%3F1/stop",
            '{"externalContactId":"x"}',
        ),
        (calls.stop_run(DEFAULT, "5"), "POST", "automation/stop", '{"automationContactId":"5"}'),
        (calls.stop_campaign("c#1", "x"), "POST", "campaign/c%231/stop", '{"externalContactId":"x"}'),
        (calls.contact("kim+é@example.org"), "GET", "contact/kim%2B%C3%A9%40example.org", None),
        (calls.campaign_mailings("1%2"), "GET", "contact/1%252/campaign-mailings", None),
        (calls.api_description(None), "GET", "api-docs", None),
        (calls.api_description("automation"), "GET", "api-docs/automation", None),
    ],
)
def test_requests(call: Call, method: str, path: str, body: str | None) -> None:
    """Method, encoded path and compact JSON."""
    assert (call.method, call.path) == (method, path)
    assert (None if call.body is None else call.body.decode()) == body


def test_requests_with_another_contract() -> None:
    """Every guess that shapes a request does so."""
    contract = Contract.overridden(
        {
            "automation_list_path": "/automations?all=true",
            "automation_fields": "fields",
            "automation_stop_method": "PUT",
            "automation_stop_path": "people/{externalContactId}/stop",
            "automation_stop_automation": "automation",
            "automation_stop_contact": "-",
            "run_stop_method": "DELETE",
            "run_stop_path": "runs/{automationContactId}",
            "run_stop_run": "-",
        }
    )
    assert calls.list_automations(contract) == Call("GET", "automations?all=true")
    triggered = calls.trigger_automation(contract, "c", "x", FIELDS[:1])
    assert set(json.loads(triggered.body or b"")) == {"externalContactId", "fields"}
    assert calls.stop_automation(contract, "a", "x/y") == Call(
        "PUT", "people/x%2Fy/stop", b'{"automation":"a"}'
    )
    assert calls.stop_run(contract, "5") == Call("DELETE", "runs/5")


@pytest.mark.parametrize("text", ["", "  ", ".", "..", "\ud83d"])
def test_what_cannot_be_addressed_is_refused_before_it_is_sent(text: str) -> None:
    """A segment of dots would name another address, half a character none."""
    with pytest.raises(Refused):
        calls.stop_campaign(text, "x")


def test_what_cannot_be_encoded_is_refused_without_telling_it() -> None:
    """Half a character may come out of a memo that was cut."""
    broken = AutomationField("a", FieldType.STRING, ("Kim \ud83d",))
    with pytest.raises(Refused) as raised:
        calls.trigger_automation(DEFAULT, "c", "x", [broken])
    assert "Kim" not in f"{raised.value!r}"


@settings(deadline=None)  # a noisy machine is no fault
@given(st.text(min_size=1, max_size=20))
def test_an_id_stays_one_segment(text: str) -> None:
    """Whatever it holds, it can neither leave its place nor add a query."""
    try:
        path = calls.contact(text).path
    except Refused:
        return
    assert path.isascii()
    assert path.count("/") == 1
    assert not set("?#; ") & set(path)


@pytest.mark.parametrize(
    ("name", "kind", "values"),
    [("", FieldType.STRING, ("a",)), ("a", FieldType.STRING, ()), ("a", FieldType.URL, ("b", "c"))],
)
def test_a_field_that_cannot_be_sent_cannot_be_made(
    name: str, kind: FieldType, values: tuple[str, ...]
) -> None:
    """Only a product list takes another number of values than one."""
    with pytest.raises(ValueError, match="field"):
        AutomationField(name, kind, values)


def test_a_call_does_not_show_its_body() -> None:
    """Field values are personal data."""
    assert "ap@example.org" not in repr(calls.trigger_automation(DEFAULT, "c", "x", FIELDS))
