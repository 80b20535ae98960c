"""What was seen confirms, refutes or leaves open each guess, and the remedy mends it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler import Contract
from spotler.comparison import Finding, Seen, Standing, findings
from spotler.contract import EMPTY, GUESSES, SETTING_PREFIX
from spotler.description import operations
from tests.spotler.described import OF_2022, OTHERWISE

AS_GUESSED = [
    {
        "id": "a",
        "name": "N",
        "published": True,
        "triggers": [{"code": "c", "label": "L", "fields": [{"name": "f", "type": "URL"}]}],
    }
]
TRIGGERED = {"result": "OK", "automationResults": [{"result": "OK", "automationContactId": 5}]}


def of(seen: Seen, contract: Contract | None = None) -> dict[str, Finding]:
    """Findings by name; there is one for each guess."""
    found = findings(contract or Contract(), seen)
    assert [one.name for one in found] == list(GUESSES)
    return {one.name: one for one in found}


def standing(found: dict[str, Finding], which: Standing) -> set[str]:
    """Names of the guesses that stand so."""
    return {name for name, one in found.items() if one.standing is which}


def test_nothing_seen_leaves_everything_open() -> None:
    """And nothing is called wrong."""
    assert standing(of(Seen()), Standing.OPEN) == set(GUESSES)


def test_a_list_as_guessed_confirms_what_it_shows() -> None:
    """Without a description the requests stay open."""
    found = of(Seen(automations=AS_GUESSED, trigger=TRIGGERED))
    assert standing(found, Standing.WRONG) == set()
    assert standing(found, Standing.OPEN) == {
        "automation_fields",
        *(name for name in GUESSES if "stop" in name),
    }


def test_the_description_of_2022_refutes_nothing() -> None:
    """It is older than the list and the stops; what it lacks is not wrong."""
    found = of(Seen(operations=operations(OF_2022), automations=AS_GUESSED))
    assert standing(found, Standing.WRONG) == set()
    assert found["automation_fields"].standing is Standing.OPEN
    assert found["run_id"].standing is Standing.OPEN


def test_a_description_where_all_is_otherwise_mends_the_contract() -> None:
    """With the remedies set, a second look confirms everything."""
    seen = Seen(operations=operations(OTHERWISE), list_missing=True)
    first = of(seen)
    remedies = {name: one.remedy for name, one in first.items() if one.remedy is not None}
    assert remedies == {
        "automation_list_path": "automation/all",
        "automation_list_array": "items",
        "automation_id": "uuid",
        "automation_name": "title",
        "automation_published": "isPublished",
        "automation_triggers": "externalTriggers",
        "trigger_code": "triggerCode",
        "trigger_label": "labelText",
        "trigger_fields": "params",
        "field_name": "fieldName",
        "field_type": "fieldType",
        "automation_fields": "fields",
        "run_id": "runUuid",
        "automation_stop_method": "PUT",
        "automation_stop_path": "automation/{automationId}/halt-or-stop",
        "automation_stop_contact": "externalId",
        "run_stop_path": "automation/run/{automationContactId}/stop",
    }
    mended = Contract.overridden(remedies | {"run_stop_run": "-"})
    second = of(Seen(operations=operations(OTHERWISE)), mended)
    assert standing(second, Standing.CONFIRMED) == set(GUESSES)


@pytest.mark.parametrize(
    ("document", "contract", "name", "remedy"),
    [
        ({"automations": AS_GUESSED}, {}, "automation_list_array", "automations"),
        ({"a": [], "b": []}, {}, "automation_list_array", None),
        ({"a": 1}, {}, "automation_list_array", None),
        (AS_GUESSED, {"automation_list_array": "items"}, "automation_list_array", EMPTY),
        ([{"uuid": "a"}], {}, "automation_id", "uuid"),
        ([{"uuid": "a", "publicId": "b"}], {}, "automation_id", None),
        ([{"x": "a"}], {}, "automation_id", None),
        ([{"id": "a", "triggers": [{"id": "t", "triggerCode": "c"}]}], {}, "trigger_code", "triggerCode"),
        ([{"id": "a", "status": "FINAL"}], {}, "automation_published", "status"),
        ([{"id": "a", "externalTriggers": [{}]}], {}, "automation_triggers", "externalTriggers"),
    ],
)
def test_lists_that_refute_a_guess(
    document: Any, contract: dict[str, str], name: str, remedy: str | None
) -> None:
    """One candidate is the remedy; among several a person has to choose."""
    found = of(Seen(automations=document), Contract.overridden(contract))[name]
    assert (found.standing, found.remedy) == (Standing.WRONG, remedy)


@pytest.mark.parametrize("name", ["automation_published", "trigger_fields", "automation_triggers"])
def test_what_spotler_may_leave_out_stays_open(name: str) -> None:
    """A list may hold published automations only, and automations without triggers or fields."""
    assert of(Seen(automations=[{"id": "a", "name": "N"}]))[name].standing is Standing.OPEN


def test_fields_beside_the_triggers_confirm_their_name() -> None:
    """They are read there too."""
    document = [{"id": "a", "fields": [{"name": "f", "type": "URL"}], "triggers": [{"code": "c"}]}]
    found = of(Seen(automations=document))
    assert found["trigger_fields"].standing is Standing.CONFIRMED
    assert found["field_name"].standing is Standing.CONFIRMED


def test_a_missing_list_without_a_hint_is_wrong_without_a_remedy() -> None:
    """Spotler has nothing at the guessed path."""
    found = of(Seen(list_missing=True))["automation_list_path"]
    assert (found.standing, found.remedy) == (Standing.WRONG, None)


def test_a_described_list_that_could_not_be_read_now_is_confirmed() -> None:
    """A list that failed for another reason says nothing against its path."""
    contract = Contract.overridden({"automation_list_path": "/automation/all/"})
    found = of(Seen(operations=operations(OTHERWISE)), contract)["automation_list_path"]
    assert found.standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"result": "OK", "automationContactId": 5}, (Standing.CONFIRMED, None)),
        ({"result": "OK", "automationResults": [{"result": "OK", "runId": 5}]}, (Standing.WRONG, "runId")),
        (
            {"result": "OK", "automationResults": [{"automationId": "a", "result": "OK"}]},
            (Standing.OPEN, None),
        ),
        ([], (Standing.OPEN, None)),
    ],
)
def test_a_trigger_that_was_fired(answer: Any, expected: tuple[Standing, str | None]) -> None:
    """It shows where the run id is, or that there is none."""
    found = of(Seen(trigger=answer))["run_id"]
    assert (found.standing, found.remedy) == expected


def test_one_stop_for_both_ways_is_offered_only_where_it_can_be_used() -> None:
    """A path that needs the automation cannot stop by the run alone."""
    body = {"externalContactId": {"type": "string"}, "automationContactId": {"type": "string"}}
    path = {
        "path": "/automation/{id}/end-or-stop",
        "operations": [{"method": "POST", "parameters": [{"paramType": "body", "type": "Stop"}]}],
    }
    found = of(Seen(operations=operations({"apis": [path], "models": {"Stop": {"properties": body}}})))
    assert found["automation_stop_path"].standing is Standing.WRONG
    assert found["run_stop_path"].standing is Standing.WRONG
    assert "automation/{id}/end-or-stop" in found["automation_stop_path"].seen


def test_an_emptied_body_name_is_wrong_once_its_path_is_mended() -> None:
    """The id has to travel somewhere."""
    contract = Contract.overridden({"run_stop_path": "run/{automationContactId}/stop", "run_stop_run": "-"})
    parameter = {"paramType": "body", "type": "Stop"}
    description = {
        "apis": [{"path": "/automation/stop", "operations": [{"method": "POST", "parameters": [parameter]}]}],
        "models": {"Stop": {"properties": {"automationContactId": {"type": "string"}}}},
    }
    found = of(Seen(operations=operations(description)), contract)
    assert found["run_stop_path"].remedy == "automation/stop"
    assert found["run_stop_run"].remedy == "automationContactId"


def test_what_has_not_the_form_of_a_name_is_not_shown() -> None:
    """A map keyed by people would be data."""
    document = [{"kim@example.org": 1, "Kim Jansen": [], "uuid": "a"}]
    told = " ".join(one.seen for one in of(Seen(automations=document)).values())
    assert "im" not in told.replace("time", "")
    assert "uuid" in told


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "uuid", "triggers", "items", "code", "runId", "x"]), inner, max_size=4
        )
    ),
    max_leaves=15,
)


@settings(deadline=None)  # a noisy machine is no fault
@given(
    automations=JSON,
    trigger=JSON,
    missing=st.booleans(),
    described=st.sampled_from([None, OF_2022, OTHERWISE]),
)
def test_anything_seen_gives_findings_whose_remedies_can_be_set(
    automations: Any, trigger: Any, missing: bool, described: dict[str, Any] | None
) -> None:
    """A remedy that the settings would refuse is none."""
    seen = Seen(operations(described), json.loads(json.dumps(automations)), missing, trigger)
    for name, one in of(seen).items():
        assert one.setting.startswith(SETTING_PREFIX)
        if one.remedy is not None:
            assert one.standing is Standing.WRONG
            assert getattr(Contract.overridden({name: one.remedy}), name) in {one.remedy, ""}
