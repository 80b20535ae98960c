"""What do we know about a call once it is over?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from jobs import result_codes as codes
from spotler import (
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    TriggerAnswer,
    WrongPath,
)
from spotler.codes import same


class Verdict(StrEnum):
    """The four things that can be known about a call."""

    DONE = "done"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class CallReport:
    """What a worker learnt from its call, or from not making one.

    Attributes:
        code: result code of the job.
        run_ids: AutomationContactIds of the runs that were started.
        refusals: vendor codes of the parts that were refused although others were carried out.
        retry_after: seconds that the service asked us to wait.
        detail: a sentence for people that adds to the one of the code; without personal data.
    """

    verdict: Verdict
    code: str
    run_ids: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    retry_after: float | None = None
    detail: str = ""


def of_trigger(answer: TriggerAnswer) -> CallReport:
    """A trigger that Spotler answered: at least one automation was started."""
    refusals = tuple(sorted({result.result for result in answer.refused}))
    code = codes.PARTLY_OK if refusals else codes.OK
    return CallReport(Verdict.DONE, code, run_ids=answer.run_ids, refusals=refusals)


def of_error(error: SpotlerError, *, repeated_stop: bool) -> CallReport:
    """The verdict on a call that did not succeed.

    Args:
        error: as raised by the Spotler client, which tells errors apart by what can be known.
        repeated_stop: the call is a stop and an earlier attempt may have been carried out, so that
            "there is nothing to stop" confirms it.
    """
    match error:
        case NotCarriedOut():
            return CallReport(Verdict.REFUSED, codes.SPOTLER_UNAVAILABLE, retry_after=error.retry_after)
        case Refused() if error.contact_missing:
            return CallReport(Verdict.FINAL, codes.CONTACT_NOTFOUND)
        case Refused() if repeated_stop and same(error.code, codes.INVALID_STATE):
            return CallReport(Verdict.DONE, codes.OK)
        case Refused():
            return CallReport(Verdict.FINAL, *_refusal(error))
        case CredentialsRefused():
            return CallReport(Verdict.FINAL, codes.SPOTLER_CREDENTIALS)
        case WrongPath():
            return CallReport(Verdict.FINAL, codes.SPOTLER_CONFIGURATION)
        case MayHaveBeenCarriedOut():
            return CallReport(Verdict.UNCLEAR, codes.OUTCOME_UNKNOWN)
        case _:
            raise error


def _refusal(error: Refused) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    reasons = tuple(sorted(set(error.reasons)))
    code = reasons[0] if len(reasons) == 1 else error.code or codes.SPOTLER_REFUSED
    return code, (), reasons


def of_several(reports: tuple[CallReport, ...]) -> CallReport:
    """Several calls of one stop as one verdict.

    What is not settled decides: unclear before refused, because both are repeated as a whole and a
    repeated stop does no harm. All settled: done where any was, with the other codes as refusals.
    """
    unclear = [report for report in reports if report.verdict is Verdict.UNCLEAR]
    if unclear:
        return unclear[0]
    refused_for_now = [report for report in reports if report.verdict is Verdict.REFUSED]
    if refused_for_now:
        some_done = any(report.verdict is Verdict.DONE for report in reports)
        return in_doubt(refused_for_now[0]) if some_done else refused_for_now[0]
    refused = tuple(sorted({report.code for report in reports if report.verdict is Verdict.FINAL}))
    if len(refused) == 0:
        return CallReport(Verdict.DONE, codes.OK)
    if all(report.verdict is Verdict.FINAL for report in reports):
        return CallReport(Verdict.FINAL, refused[0], refusals=refused)
    return CallReport(Verdict.DONE, refused[0], refusals=refused)


def in_doubt(report: CallReport) -> CallReport:
    """A refusal of a stop of which something may have been carried out before: the row remembers that."""
    return replace(report, code=codes.OUTCOME_UNKNOWN)


def running(reports: tuple[CallReport, ...]) -> tuple[CallReport, ...]:
    """Without the automations in which nothing was running, where something was stopped in another."""
    if not any(report.verdict is Verdict.DONE for report in reports):
        return reports
    return tuple(report for report in reports if report.code != codes.INVALID_STATE)
