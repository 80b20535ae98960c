"""Every guess can be overridden, is explained, documented, and cannot be set to nonsense."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler import Contract, SpotlerError
from spotler.contract import GUESSES, setting

DOCUMENT = Path(__file__).parents[2] / "docs" / "spotler-api.md"

OTHER_VALUES = {
    "automation_list_path": "automations/all",
    "automation_stop_path": "automations/{automationId}/halt",
    "automation_stop_method": "DELETE",
    "run_stop_path": "runs/{automationContactId}/halt",
    "run_stop_method": "PUT",
}


def test_every_field_is_explained() -> None:
    """A guess without a reason is a fact that nobody has checked."""
    assert list(GUESSES) == [field.name for field in dataclasses.fields(Contract)]
    assert all(len(why) > 20 for why in GUESSES.values())


@pytest.mark.parametrize("name", GUESSES)
def test_every_guess_can_be_overridden_by_name_and_by_setting(name: str) -> None:
    """And nothing else changes with it."""
    value = OTHER_VALUES.get(name, "somethingElse")
    expected = dataclasses.replace(Contract(), **{name: value})
    assert getattr(expected, name) == value != getattr(Contract(), name)
    assert Contract.overridden({name: value}) == expected
    assert Contract.overridden({name.upper(): f" {value} "}) == expected
    assert Contract.from_environment({setting(name): value, "PATH": "/bin", "SPOTLER_KEY": "k"}) == expected


def test_nothing_overridden_is_the_default() -> None:
    """A blank setting is as good as none."""
    assert Contract.overridden({}) == Contract.from_environment({setting("run_id"): " "}) == Contract()


@pytest.mark.parametrize(
    ("mapping", "named"),
    [
        ({"no_such_guess": "x"}, "SPOTLER_CONTRACT_NO_SUCH_GUESS"),
        ({"automation_id": "-"}, "automation_id"),
        ({"automation_id": "two words"}, "automation_id"),
        ({"automation_list_path": "-"}, "automation_list_path"),
        ({"automation_list_path": "https://elsewhere.example/list"}, "automation_list_path"),
        ({"automation_list_path": "automation/../contact"}, "automation_list_path"),
        ({"automation_list_path": "automation/{automationId}"}, "automation_list_path"),
        ({"automation_list_path": "a#b"}, "automation_list_path"),
        ({"automation_list_path": "a b"}, "automation_list_path"),
        ({"automation_stop_path": "automation/stop"}, "{automationId}"),
        ({"automation_stop_path": "automation/{id}/stop"}, "{id}"),
        ({"automation_stop_path": "automation/{automationId/stop"}, "automation_stop_path"),
        ({"automation_stop_contact": "-"}, "{externalContactId}"),
        ({"automation_stop_method": "GET"}, "automation_stop_method"),
        ({"run_stop_run": "-"}, "{automationContactId}"),
        ({"run_stop_method": "post"}, "run_stop_method"),
    ],
)
def test_nonsense_is_refused_by_name(mapping: dict[str, str], named: str) -> None:
    """The text names the field, or the placeholder that is lacking."""
    with pytest.raises(ValueError, match=re.escape(named)):
        Contract.overridden(mapping)


def test_all_faults_are_told_at_once() -> None:
    """Nobody should have to start five times to find five mistakes."""
    with pytest.raises(ValueError, match=r"automation_id .*; .*run_stop_method"):
        Contract.overridden({"automation_id": "-", "run_stop_method": "x"})


def test_an_id_may_travel_in_the_body_instead_of_the_path() -> None:
    """Or in the path instead of the body; but somewhere it must."""
    in_body = {"automation_stop_path": "automation/stop", "automation_stop_automation": "automationId"}
    in_path = {"run_stop_path": "run/{automationContactId}/stop", "run_stop_run": "-"}
    contract = Contract.overridden(in_body | in_path)
    assert contract.automation_stop_automation == "automationId"
    assert contract.run_stop_run == ""


@settings(deadline=None)  # a noisy machine is no fault
@given(
    st.dictionaries(st.sampled_from(list(GUESSES)) | st.text(max_size=8), st.text(max_size=20), max_size=4)
)
def test_any_settings_give_a_contract_or_a_value_error(mapping: dict[str, str]) -> None:
    """Never another exception: the settings are checked at start and told as text."""
    try:
        contract = Contract.overridden(mapping)
    except ValueError as fault:
        assert str(fault)  # noqa: PT017 - both ends are fine, a third is not
    else:
        assert "{automationId}" in contract.automation_stop_path or contract.automation_stop_automation


def test_the_document_tells_of_every_error() -> None:
    """What a caller can do about each."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)` \| ", text.partition("## Errors")[2], re.MULTILINE))
    assert rows == {kind.__name__ for kind in SpotlerError.__subclasses__()}


def test_the_document_and_the_class_agree() -> None:
    """One row for each guess with its setting, default and reason, and no setting that does not exist."""
    text = DOCUMENT.read_text(encoding="utf-8")
    rows = {
        found.group(1): (found.group(2), found.group(3))
        for found in re.finditer(r"^\| `(SPOTLER_CONTRACT_\w+)` \| (.*?) \| (.*) \|$", text, re.MULTILINE)
    }
    expected = {
        setting(field.name): (f"`{field.default}`" if field.default else "(empty)", GUESSES[field.name])
        for field in dataclasses.fields(Contract)
    }
    assert rows == expected
    assert set(re.findall(r"SPOTLER_CONTRACT_[A-Z]\w*", text)) == set(expected)
