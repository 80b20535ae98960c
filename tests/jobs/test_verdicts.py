"""Every error and answer of Spotler as a verdict, and several stops as one."""

from __future__ import annotations

import pytest

from jobs import result_codes as codes
from jobs.verdicts import CallReport, Verdict, of_error, of_several, of_trigger, running
from spotler import (
    AutomationResult,
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    TriggerAnswer,
    WrongPath,
)

DONE = CallReport(Verdict.DONE, codes.OK)
NOTHING_RUNS = CallReport(Verdict.FINAL, codes.INVALID_STATE)


@pytest.mark.parametrize(
    ("error", "again", "verdict", "code"),
    [
        (NotCarriedOut("", status=429), False, Verdict.REFUSED, codes.SPOTLER_UNAVAILABLE),
        (MayHaveBeenCarriedOut("", status=500), False, Verdict.UNCLEAR, codes.OUTCOME_UNKNOWN),
        (Refused("", status=404, code="CONTACT_NOTFOUND"), False, Verdict.FINAL, codes.CONTACT_NOTFOUND),
        (Refused("", status=400, code="CONTACT_NOT_FOUND"), False, Verdict.FINAL, codes.CONTACT_NOTFOUND),
        (Refused("", status=404, code="TRIGGER_NOTFOUND"), False, Verdict.FINAL, codes.TRIGGER_NOTFOUND),
        (Refused("", status=400, code="INVALID_STATE"), False, Verdict.FINAL, codes.INVALID_STATE),
        (Refused("", status=400, code="INVALID_STATE"), True, Verdict.DONE, codes.OK),
        (Refused("", status=404, code="RESOURCE_NOT_FOUND"), True, Verdict.FINAL, codes.RESOURCE_NOT_FOUND),
        (Refused("", status=400), False, Verdict.FINAL, codes.SPOTLER_REFUSED),
        (CredentialsRefused("", status=401), False, Verdict.FINAL, codes.SPOTLER_CREDENTIALS),
        (WrongPath("", status=404), False, Verdict.FINAL, codes.SPOTLER_CONFIGURATION),
    ],
)
def test_every_error_has_its_verdict(error: SpotlerError, again: bool, verdict: Verdict, code: str) -> None:
    """The table of the protocol."""
    report = of_error(error, repeated_stop=again)
    assert (report.verdict, report.code) == (verdict, code)


def test_the_reason_of_a_refusal_is_its_code() -> None:
    """417 with one reason is told by that reason; with several, by Spotler's own word and all reasons."""
    one = Refused(
        "", status=417, code="NOT_TRIGGERED", results=(AutomationResult("a", "AUTOMATION_INACTIVE", None),)
    )
    assert of_error(one, repeated_stop=False).code == "AUTOMATION_INACTIVE"
    results = (
        AutomationResult("a", "AUTOMATION_INACTIVE", None),
        AutomationResult("b", "PARTICIPATION_LIMIT_REACHED", None),
    )
    several = of_error(Refused("", status=417, code="NOT_TRIGGERED", results=results), repeated_stop=False)
    assert several.code == "NOT_TRIGGERED"
    assert several.refusals == ("AUTOMATION_INACTIVE", "PARTICIPATION_LIMIT_REACHED")


def test_retry_after_is_kept() -> None:
    """What Spotler asked to wait reaches the row."""
    assert of_error(NotCarriedOut("", retry_after=7.5), repeated_stop=False).retry_after == 7.5


def test_a_mixed_trigger_answer_is_done_with_refusals() -> None:
    """One code that reached two automations: the run that started, and why the other did not."""
    answer = TriggerAnswer(
        (AutomationResult("a", "OK", "7"), AutomationResult("b", "AUTOMATION_INACTIVE", None)), ("7",)
    )
    report = of_trigger(answer)
    assert (report.verdict, report.run_ids, report.refusals) == (
        Verdict.DONE,
        ("7",),
        ("AUTOMATION_INACTIVE",),
    )


@pytest.mark.parametrize(
    ("reports", "verdict", "code"),
    [
        ((DONE, DONE), Verdict.DONE, codes.OK),
        ((DONE, NOTHING_RUNS), Verdict.DONE, codes.INVALID_STATE),
        ((NOTHING_RUNS, NOTHING_RUNS), Verdict.FINAL, codes.INVALID_STATE),
        ((DONE, CallReport(Verdict.REFUSED, "X")), Verdict.REFUSED, codes.OUTCOME_UNKNOWN),
        ((NOTHING_RUNS, CallReport(Verdict.REFUSED, "X")), Verdict.REFUSED, "X"),
        ((CallReport(Verdict.REFUSED, "X"), CallReport(Verdict.UNCLEAR, "Y")), Verdict.UNCLEAR, "Y"),
    ],
)
def test_several_stops_are_one(reports: tuple[CallReport, ...], verdict: Verdict, code: str) -> None:
    """What is not settled decides; settled, any success makes it partly."""
    report = of_several(reports)
    assert (report.verdict, report.code) == (verdict, code)


def test_automations_with_nothing_running_do_not_count() -> None:
    """Behind one trigger, stopping the one that ran is a whole success."""
    assert of_several(running((DONE, NOTHING_RUNS))) == DONE
    assert of_several(running((NOTHING_RUNS, NOTHING_RUNS))).verdict is Verdict.FINAL
