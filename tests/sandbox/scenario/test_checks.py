"""Does the story notice every way in which a job can go wrong?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sandbox.scenario.checks import Seen, catalogue_differences, differences
from sandbox.scenario.dynamics import START, STOP
from sandbox.scenario.people import BLACK_FRIDAY, INVOICE, JOURNEY, KIM, OFFERED
from sandbox.scenario.story import FAILED, STORY, SUCCEEDED, Step

STARTING = Step("start", START, KIM, INVOICE, "a=1", starts={"a": "1"})
STARTED = Seen(
    row={
        "statuscode": SUCCEEDED,
        "spotler_resultcode": "OK",
        "spotler_resultmessage": "Started.",
        "spotler_automationcontactid": "5",
    },
    new_runs=[{"runId": 5, "fields": {"a": "1"}}],
    states={"5": "running"},
    new_posts=[f"{INVOICE} was started as run 5"],
    mails=[{"runId": 5, "text": "a is 1"}],
)


def seen(**row: Any) -> Seen:
    """The good case with some columns of the row changed."""
    return replace(STARTED, row={**STARTED.row, **row})


def test_a_good_start_is_good() -> None:
    """Nothing is found where all is as it should be."""
    assert differences(STARTING, STARTED) == []


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (seen(statuscode=FAILED), "status is Failed"),
        (seen(spotler_resultcode="NOT_TRIGGERED"), "Result Code is NOT_TRIGGERED"),
        (seen(spotler_resultmessage=None), "Result Message is"),
        (seen(spotler_automationcontactid="6"), "AutomationContactId is 6"),
        (seen(spotler_automationcontactid=None), "AutomationContactId is None"),
        (replace(STARTED, new_runs=[]), "0 runs began"),
        (replace(STARTED, new_runs=[*STARTED.new_runs] * 2), "2 runs began"),
        (replace(STARTED, new_runs=[{"runId": 5, "fields": {"a": "1", "b": "2"}}]), "Spotler received"),
        (replace(STARTED, new_posts=[]), "0 posts"),
        (replace(STARTED, new_posts=[*STARTED.new_posts] * 2), "2 posts"),
        (replace(STARTED, new_posts=["run 5"]), "does not name 🚀"),
        (replace(STARTED, new_posts=[INVOICE]), "does not name the run"),
        (replace(STARTED, mails=[]), "0 mails"),
        (replace(STARTED, mails=[{"runId": 5, "text": "a is unknown"}]), "does not contain 1"),
    ],
)
def test_each_fault_of_a_start_is_found(bad: Seen, said: str) -> None:
    """One thing is wrong, and just that is said."""
    found = differences(STARTING, bad)
    assert any(said in sentence for sentence in found), found


def test_a_campaign_must_not_have_a_run_id() -> None:
    """Spotler gives none, so one on the row would be made up."""
    campaign = Step("campaign", START, KIM, BLACK_FRIDAY, starts={"a": "1"})
    good = replace(seen(spotler_automationcontactid=None), new_posts=[BLACK_FRIDAY], mails=[])
    assert differences(campaign, good) == []
    assert differences(campaign, replace(good, row={**good.row, "spotler_automationcontactid": "5"}))


def test_a_failure_that_started_something_is_found() -> None:
    """A job that says it failed must not have begun a run, nor posted."""
    failing = Step(
        "wrong", START, KIM, INVOICE, status=FAILED, code="INVALID_AUTOMATION_FIELDS", says="field a"
    )
    row = seen(
        statuscode=FAILED, spotler_resultcode="INVALID_AUTOMATION_FIELDS", spotler_automationcontactid=None
    ).row
    good = Seen(row={**row, "spotler_resultmessage": "There is no field a."})
    assert differences(failing, good) == []
    assert len(differences(failing, Seen(row={**row, "spotler_resultmessage": "Wrong."}))) == 1
    assert len(differences(failing, replace(good, row={**good.row, "spotler_automationcontactid": "5"}))) == 1
    assert len(differences(failing, replace(good, new_runs=STARTED.new_runs))) == 1
    assert len(differences(failing, replace(good, new_posts=[INVOICE]))) == 1


def test_a_run_that_goes_on_is_found() -> None:
    """A stop that says it succeeded must have stopped every run it is about."""
    stopping = Step("stop", STOP, KIM, INVOICE, stops=("one", "two"))
    good = Seen(row=STARTED.row, states={"1": "stopped", "2": "stopped"}, stopped=["1", "2"])
    assert differences(stopping, good) == []
    assert len(differences(stopping, replace(good, states={"1": "stopped", "2": "running"}))) == 1
    assert len(differences(stopping, replace(good, states={"1": "stopped"}))) == 1


def test_the_list_of_automations_is_compared() -> None:
    """A missing or an additional label, and a wrong template, are found."""
    rows: dict[str, dict[str, str]] = {label: {"spotler_fieldtemplate": ""} for label in OFFERED}
    rows[INVOICE] = {
        "spotler_fieldtemplate": "invoiceEmail=STRING;invoiceCode=STRING;invoiceVatNumber=STRING"
    }
    rows[JOURNEY] = {"spotler_fieldtemplate": "crosssell={<PRODUCTLIST>}\nbrochure=URL"}
    assert catalogue_differences(rows) == []
    assert catalogue_differences({**rows, "🚀 Draft Journey": {}})
    assert catalogue_differences({label: row for label, row in rows.items() if label != INVOICE})
    assert catalogue_differences({**rows, INVOICE: {"spotler_fieldtemplate": "invoiceEmail=STRING"}})


def test_every_step_refers_to_steps_before_it() -> None:
    """A stop can only name runs that have begun; names are unique."""
    names: list[str] = []
    for step in STORY:
        assert set(step.runs_of) | set(step.stops) <= set(names)
        assert step.name not in names
        names.append(step.name)
