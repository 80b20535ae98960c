"""What each answer means for the caller, as a table."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler import (
    AutomationResult,
    Contract,
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    WrongPath,
)
from spotler.verdict import classify, trigger_answer

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
HTML = "<!DOCTYPE html><html><body>Maintenance</body></html>"
XML_ERROR = (
    '<?xml version="1.0"?><errorResponse><errorType>{}</errorType><message>Kim</message></errorResponse>'
)
XML_RESULT = (
    "<ns2:externalTriggerValidationResult xmlns:ns2='urn:x'><automationResults><automationId>a</automationId>"
    "<result>AUTOMATION_INACTIVE</result></automationResults><result>NOT_TRIGGERED</result>"
    "</ns2:externalTriggerValidationResult>"
)


def error(word: Any) -> str:
    """An `ErrorResponse`."""
    return json.dumps({"errorType": word, "message": "Kim Jansen <kim@example.org> is unwell"})


def result(word: Any, *entries: Any, **more: Any) -> str:
    """An `ExternalTriggerValidationResult`."""
    listed = [{"automationId": f"a{number}", "result": entry} for number, entry in enumerate(entries)]
    return json.dumps({"result": word} | ({"automationResults": listed} if listed else {}) | more)


def judged(status: int, body: str = "", **headers: str) -> SpotlerError | None:
    """Classify; header names are written with underscores."""
    named = httpx.Headers({name.replace("_", "-"): value for name, value in headers.items()})
    return classify(status, named, body.encode(), NOW)


SUCCESSES = [
    (200, ""),
    (204, ""),
    (200, "  \n"),
    (200, "{}"),
    (200, "null"),
    (200, '{"something": {"new": []}}'),
    (200, result("OK")),
    (200, result("ok")),
    (200, result("OK", "OK")),
    (200, result("OK", "OK", "PARTICIPATION_LIMIT_REACHED")),
    (200, result("OK", "OK", "SOMETHING_NEW")),
    (200, result(None, "OK")),
    (200, "\ufeff" + result("OK")),
    (201, result("OK")),
    (200, "[]"),
]


@pytest.mark.parametrize(("status", "body"), SUCCESSES)
def test_successes(status: int, body: str) -> None:
    """A 2xx with nothing in it that says otherwise."""
    assert judged(status, body) is None


REFUSALS = [
    (400, "", None),
    (400, HTML, None),
    (400, error("INVALID_STATE"), "INVALID_STATE"),
    (400, error("SOMETHING_NEW"), "SOMETHING_NEW"),
    (400, XML_ERROR.format("CONTACT_NOT_FOUND"), "CONTACT_NOT_FOUND"),
    (404, error("CONTACT_NOT_FOUND"), "CONTACT_NOT_FOUND"),
    (404, error("contactNotFound"), "contactNotFound"),
    (404, result("CONTACT_NOTFOUND"), "CONTACT_NOTFOUND"),
    (404, result("TRIGGER_NOTFOUND"), "TRIGGER_NOTFOUND"),
    (404, error("CAMPAIGN_NOTFOUND"), "CAMPAIGN_NOTFOUND"),
    (404, error("BACKEND_EXCEPTION"), "BACKEND_EXCEPTION"),
    (404, XML_ERROR.format("RESOURCE_NOT_FOUND"), "RESOURCE_NOT_FOUND"),
    (405, error("INVALID_STATE"), "INVALID_STATE"),
    (406, "", None),
    (409, "", None),
    (413, "", None),
    (415, HTML, None),
    (417, "", None),
    (417, result("NOT_TRIGGERED", "AUTOMATION_INACTIVE"), "NOT_TRIGGERED"),
    (417, XML_RESULT, "NOT_TRIGGERED"),
    (417, error("INVALID_PARAMS"), "INVALID_PARAMS"),
    (200, result("NOT_TRIGGERED", "PARTICIPATION_LIMIT_REACHED"), "NOT_TRIGGERED"),
    (200, result("CONTACT_NOTFOUND"), "CONTACT_NOTFOUND"),
    (200, result("TRIGGER_NOTFOUND"), "TRIGGER_NOTFOUND"),
    (200, result(None, "AUTOMATION_INACTIVE"), None),
    (200, error("INVALID_STATE"), "INVALID_STATE"),
]


@pytest.mark.parametrize(("status", "body", "code"), REFUSALS)
def test_refusals(status: int, body: str, code: str | None) -> None:
    """Spotler's word is kept as Spotler spells it."""
    found = judged(status, body)
    assert type(found) is Refused
    assert (found.status, found.code) == (status, code)


DOUBTS = [
    (408, ""),
    (500, ""),
    (500, HTML),
    (500, error("CONTACT_NOT_FOUND")),
    (502, HTML),
    (503, HTML),
    (504, ""),
    (505, ""),
    (507, ""),
    (599, ""),
    (199, ""),
    (600, ""),
    (200, HTML),
    (200, "\n\n<html lang='nl'>"),
    (200, XML_RESULT),
    (200, '{"result": "OK"'),
    (200, "OK"),
    (200, "[" * 100_000),
    (200, '{"result": "\ud800'.encode("utf-8", "surrogatepass").decode("latin-1")),
    (204, HTML),
    (200, result("UNKNOWN")),
    (200, result("SOMETHING_NEW")),
    (200, result("UNKNOWN", "OK")),
    (200, result(7)),
    (200, result({"value": "OK"})),
    (200, result("all is well")),
    (200, result("OK", "AUTOMATION_INACTIVE")),
    (200, result("OK", "SOMETHING_NEW")),
    (200, result("NOT_TRIGGERED", "OK")),
    (200, result(None, "SOMETHING_NEW")),
    (200, error("SOMETHING_NEW")),
    (417, result("NOT_TRIGGERED", "OK")),
    *((status, error("BACKEND_EXCEPTION")) for status in (200, 302, 400, 405, 417, 429, 500, 501, 503)),
    (400, XML_ERROR.format("backend_exception")),
]


@pytest.mark.parametrize(("status", "body"), DOUBTS)
def test_doubts(status: int, body: str) -> None:
    """What may have been carried out is never a success and never a refusal."""
    assert type(judged(status, body)) is MayHaveBeenCarriedOut


WRONG_PATHS = [
    (404, ""),
    (404, HTML),
    (404, "{}"),
    (404, error("SOMETHING_NEW")),
    (404, result("OK")),
    (404, result("UNKNOWN")),
    (405, ""),
    (405, HTML),
    (300, ""),
    (301, ""),
    (302, HTML),
    (304, ""),
    (307, error("CONTACT_NOT_FOUND")),
    (501, ""),
]


@pytest.mark.parametrize(("status", "body"), WRONG_PATHS)
def test_wrong_paths(status: int, body: str) -> None:
    """A 404 without a known code never reads as a missing contact."""
    assert type(judged(status, body)) is WrongPath


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "body", ["", HTML, error("NOT_AUTHORIZED"), error("BACKEND_EXCEPTION"), result("OK")]
)
def test_credentials(status: int, body: str) -> None:
    """Whatever the body says."""
    assert type(judged(status, body)) is CredentialsRefused


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (429, None, None),
        (429, "7", 7.0),
        (429, "soon", None),
        (429, "Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        (503, "2", 2.0),
        (503, "Mon, 23 Nov 2026 12:01:00 GMT", 60.0),
    ],
)
def test_not_carried_out(status: int, retry_after: str | None, seconds: float | None) -> None:
    """Spotler says itself that it did not take the request."""
    found = judged(status, HTML, **({} if retry_after is None else {"retry_after": retry_after}))
    assert isinstance(found, NotCarriedOut)
    assert found.retry_after == seconds


def test_a_503_with_an_unreadable_retry_after_stays_in_doubt() -> None:
    """Only a wait that can be kept says that Spotler will take the request later."""
    assert type(judged(503, "", retry_after="soon")) is MayHaveBeenCarriedOut


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_retry_after_turns_no_other_failure_into_a_safe_one(status: int) -> None:
    """Only 429 and 503 mean that the request was not taken."""
    assert type(judged(status, "", retry_after="2")) is MayHaveBeenCarriedOut


@pytest.mark.parametrize(
    ("status", "body"), [(404, result("CONTACT_NOTFOUND")), (400, error("CONTACT_NOT_FOUND"))]
)
def test_both_spellings_say_that_the_contact_is_missing(status: int, body: str) -> None:
    """One in the trigger's answer, one in all others."""
    found = judged(status, body)
    assert isinstance(found, Refused)
    assert found.contact_missing


@pytest.mark.parametrize(
    "body", ["", error("CAMPAIGN_NOTFOUND"), error("CONTACT_OPTOUT"), result("TRIGGER_NOTFOUND")]
)
def test_no_other_refusal_does(body: str) -> None:
    """A retry for a contact that is on its way must not be spent on them."""
    found = judged(400, body)
    assert isinstance(found, Refused)
    assert not found.contact_missing


def test_a_refusal_tells_its_reasons() -> None:
    """Each automation's own, and each word once."""
    words = ("PARTICIPATION_LIMIT_REACHED", "AUTOMATION_INACTIVE", "PARTICIPATION_LIMIT_REACHED")
    found = judged(417, result("NOT_TRIGGERED", *words))
    assert isinstance(found, Refused)
    assert found.reasons == ("PARTICIPATION_LIMIT_REACHED", "AUTOMATION_INACTIVE")
    assert [one.automation_id for one in found.results] == ["a0", "a1", "a2"]
    xml = judged(417, XML_RESULT)
    assert isinstance(xml, Refused)
    assert xml.reasons == ("AUTOMATION_INACTIVE",)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X_Request_Id": "ab-12"}, "ab-12"),
        ({"x_correlation_id": "77"}, "77"),
        ({"X_Request_Id": "kim@example.org", "X_Correlation_Id": "ok"}, "ok"),
        ({}, None),
    ],
)
def test_the_request_id(headers: dict[str, str], expected: str | None) -> None:
    """For a question to Spotler; only what has the form of an id."""
    found = judged(500, "", **headers)
    assert found is not None
    assert found.request_id == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["result", "automationResults", "errorType", "automationContactId", "automationId", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None)  # a noisy machine is no fault
@given(
    status=st.integers(min_value=100, max_value=699),
    body=st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode()),
    wait=st.none() | st.text(max_size=8),
)
def test_any_answer_has_a_meaning(status: int, body: bytes, wait: str | None) -> None:
    """Nothing that a server sends raises, and only a 2xx can be a success, which can then be read."""
    found = classify(status, {} if wait is None else {"Retry-After": wait}, body, NOW)
    if found is None:
        assert 200 <= status < 300
        assert trigger_answer(body, Contract()).started
    else:
        assert found.status == status


SECRETIVE = [
    error("Kim Jansen"),
    error("kim@example.org"),
    XML_ERROR.format("Kim Jansen"),
    HTML,
    result("Kim J"),
]


@pytest.mark.parametrize("body", SECRETIVE)
@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 417, 429, 500, 503])
def test_no_payload_reaches_the_text_of_an_error(status: int, body: str) -> None:
    """Not even where it stands in the place of a code."""
    found = judged(status, body, retry_after="1", x_request_id="r-1")
    assert found is not None
    told = f"{found} {found!r} {found.args} {vars(found)}"
    assert "im J" not in told
    assert "kim@" not in told
    assert "Maintenance" not in told
    assert f"{status}" in str(found)
    assert "r-1" in str(found)


# What a started trigger says


def told(body: str, **names: str) -> tuple[tuple[AutomationResult, ...], tuple[str, ...]]:
    """Results and run ids."""
    found = trigger_answer(body.encode(), Contract.overridden(names))
    assert set(found.started) | set(found.refused) == set(found.results)
    return found.results, found.run_ids


WITHOUT_NAME = (AutomationResult(None, "OK", None),)


@pytest.mark.parametrize("body", ["", "{}", "null", "[]", result("OK"), result("OK", automationResults=None)])
def test_a_start_without_results_counts_as_one_without_a_run_id(body: str) -> None:
    """Spotler confirmed it; it just does not say more."""
    assert told(body) == (WITHOUT_NAME, ())


def test_partial_success_keeps_both_sides() -> None:
    """And only the runs that were started are told as runs."""
    body = json.dumps(
        {
            "result": "OK",
            "automationResults": [
                {"automationId": "a", "result": "OK", "automationContactId": 41},
                {"automationId": 7, "result": "AUTOMATION_INACTIVE", "automationContactId": 42},
                {"automationId": "c", "result": "OK", "automationContactId": " 43 ", "new": {}},
                {"automationId": None, "result": "SOMETHING_NEW"},
                {"automationId": "e", "automationContactId": "41"},
                "nonsense",
            ],
        }
    )
    found = trigger_answer(body.encode(), Contract())
    assert found.run_ids == ("41", "43")
    assert [one.automation_id for one in found.started] == ["a", "c", "e"]
    assert [(one.automation_id, one.result) for one in found.refused] == [
        ("7", "AUTOMATION_INACTIVE"),
        (None, "SOMETHING_NEW"),
    ]


@pytest.mark.parametrize(
    ("body", "run_ids"),
    [
        ({"result": "OK", "automationContactId": 5}, ("5",)),
        ({"result": "OK", "automationContactId": "5"}, ("5",)),
        ({"result": "OK", "automationContactId": ["5", 6]}, ("5", "6")),
        ({"result": "OK", "automationContactId": ""}, ()),
        ({"result": "OK", "automationContactId": True}, ()),
        ({"result": "OK", "automationContactId": {"id": 5}}, ()),
        (
            {"automationContactId": 5, "automationResults": [{"result": "OK", "automationContactId": "5"}]},
            ("5",),
        ),
        ({"automationResults": {"result": "OK", "automationContactId": 9}}, ("9",)),
    ],
)
def test_run_ids_are_found_in_both_places_and_forms(body: dict[str, Any], run_ids: tuple[str, ...]) -> None:
    """Place and type are guesses; what cannot be an id is none."""
    assert told(json.dumps(body))[1] == run_ids


def test_the_name_of_the_run_id_comes_from_the_contract() -> None:
    """It is a guess."""
    body = '{"result": "OK", "automationResults": [{"result": "OK", "runId": 3, "automationContactId": 4}]}'
    assert told(body, run_id="runId") == ((AutomationResult(None, "OK", "3"),), ("3",))
