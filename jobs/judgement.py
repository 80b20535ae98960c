"""What does an outcome do to the row, given one read of it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from dataverse.tables import Kind, Operation, Status
from jobs import result_codes as codes
from jobs.outcomes import Outcome
from jobs.retry_delays import next_try
from jobs.rows import JobRow
from jobs.timing import Timing
from jobs.verdicts import Verdict

_CONFIRMED = (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED)


@dataclass(frozen=True, slots=True)
class View:
    """What the judgement looks at; the claim itself is the first view of a fresh outcome."""

    status: Status
    attempts: int
    claimed_on: datetime | None

    @classmethod
    def of(cls, row: JobRow) -> View:
        """The view that one read of a row gives."""
        return cls(row.status, row.attempts, row.claimed_on)

    @classmethod
    def of_claim(cls, outcome: Outcome) -> View:
        """The row as the claim of this attempt left it."""
        return cls(Status.IN_PROGRESS, outcome.attempt, outcome.claimed_on)


@dataclass(frozen=True, slots=True)
class Write:
    """Move the row.

    Attributes:
        code: result code to stand on the row.
        retry_on: set for Waiting alone: ring the doorbell then.
        keeps_lease: the call may still take effect, so the lease goes on keeping others away.
        after_unknown: the row said Outcome unknown before, and now the truth is known.
    """

    status: Status
    code: str
    retry_on: datetime | None = None
    keeps_lease: bool = False
    after_unknown: bool = False


@dataclass(frozen=True, slots=True)
class EndLease:
    """A person has moved the row meanwhile: nothing but the lease ends."""


@dataclass(frozen=True, slots=True)
class PutBack:
    """A newer attempt is under way: look again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Nothing:
    """The row is as it should be, or the outcome no longer matters."""


Judgement = Write | EndLease | PutBack | Nothing


@dataclass(frozen=True, slots=True)
class Windows:
    """For how long jobs are tried again.

    Attributes:
        retries: after the first claim since the job was queued.
        contact_grace: the same where Spotler does not know the contact yet.
    """

    retries: timedelta
    contact_grace: timedelta


def judge(view: View, outcome: Outcome, now: datetime, timing: Timing, windows: Windows) -> Judgement:
    """Rule 8: status, attempt and lease decide what an outcome may still do."""
    mine = view.attempts == outcome.attempt
    if view.status is Status.IN_PROGRESS and mine:
        return _end_of_attempt(outcome, now, timing, windows)
    leased = timing.leased(view.claimed_on, now)
    if outcome.verdict is Verdict.DONE:
        return _late_truth(view, outcome, now, timing, newer_runs=not mine and leased)
    if view.status is Status.OUTCOME_UNKNOWN and mine and outcome.operation is Operation.START_AUTOMATION:
        return _late_refusal(outcome)
    if mine and view.claimed_on is not None and outcome.verdict is not Verdict.UNCLEAR:
        return EndLease()
    return Nothing()


def confirmed_start(status: Status, outcome: Outcome) -> bool:
    """Whether a row in this status says what this outcome says, so that its Timeline post is owed."""
    start = outcome.operation is Operation.START_AUTOMATION
    return start and outcome.verdict is Verdict.DONE and status in _CONFIRMED


def _done(outcome: Outcome) -> Write:
    return Write(Status.PARTLY_SUCCEEDED if outcome.partly else Status.SUCCEEDED, outcome.code)


def _end_of_attempt(outcome: Outcome, now: datetime, timing: Timing, windows: Windows) -> Write:
    match outcome.verdict:
        case Verdict.DONE:
            return _done(outcome)
        case Verdict.FINAL if _contact_may_come(outcome):
            again = _again(outcome, now, windows.contact_grace, timing, timing.grace_delay)
            return Write(Status.WAITING, outcome.code, again) if again else Write(Status.FAILED, outcome.code)
        case Verdict.FINAL:
            return Write(Status.FAILED, outcome.code)
        case Verdict.REFUSED:
            again = _again(outcome, now, windows.retries, timing, timing.longest_delay)
            if again is not None:
                return Write(Status.WAITING, outcome.code, again)
            if outcome.code == codes.OUTCOME_UNKNOWN:
                # This attempt was surely not carried out; an earlier one may have been.
                return Write(Status.OUTCOME_UNKNOWN, outcome.code)
            return Write(Status.FAILED, codes.RETRIES_EXHAUSTED)
        case Verdict.UNCLEAR:
            return _unclear(outcome, now, timing, windows)


def _unclear(outcome: Outcome, now: datetime, timing: Timing, windows: Windows) -> Write:
    repeatable = outcome.operation is not Operation.START_AUTOMATION
    after_lease = (outcome.claimed_on + timing.lease_span).replace(microsecond=0) + timedelta(seconds=1)
    if repeatable and now < outcome.queued_on + windows.retries:
        return Write(Status.WAITING, outcome.code, after_lease, keeps_lease=True)
    if outcome.kind is Kind.CAMPAIGN and outcome.operation is Operation.START_AUTOMATION:
        # Spotler can be asked once nothing is under way any more; a person is told only after that.
        return Write(Status.IN_PROGRESS, codes.OUTCOME_UNKNOWN, after_lease, keeps_lease=True)
    return Write(Status.OUTCOME_UNKNOWN, codes.OUTCOME_UNKNOWN, keeps_lease=True)


def _contact_may_come(outcome: Outcome) -> bool:
    return outcome.code == codes.CONTACT_NOTFOUND and outcome.operation is Operation.START_AUTOMATION


def _again(
    outcome: Outcome, now: datetime, window: timedelta, timing: Timing, longest: float
) -> datetime | None:
    return next_try(
        job=outcome.job,
        attempt=outcome.attempt,
        now=now,
        queued_on=outcome.queued_on,
        window=window,
        retry_after=outcome.retry_after,
        shortest=min(timing.shortest_delay, longest),
        longest=longest,
    )


def _late_truth(
    view: View, outcome: Outcome, now: datetime, timing: Timing, *, newer_runs: bool
) -> Judgement:
    if view.status in _CONFIRMED:
        return Nothing()
    if newer_runs:
        return PutBack((view.claimed_on or now) + timing.lease_span + timedelta(seconds=1))
    if view.status is Status.IN_PROGRESS:
        # Its worker is gone; reconciliation moves the row before there is anything new to see.
        return PutBack(now + timedelta(seconds=timing.untouched))
    return _done(outcome)


def _late_refusal(outcome: Outcome) -> Judgement:
    match outcome.verdict:
        case Verdict.FINAL:
            return Write(Status.FAILED, outcome.code, after_unknown=True)
        case Verdict.REFUSED:
            # Jobs of the same person may have run since, so starting it now could break their order.
            return Write(Status.FAILED, codes.RETRIES_EXHAUSTED, after_unknown=True)
        case _:
            return Nothing()
