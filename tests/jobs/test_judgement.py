"""Rule 8 as a table: what an outcome does to a row, by status, attempt, lease and verdict."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.tables import Operation, Status
from jobs import result_codes as codes
from jobs.judgement import EndLease, Judgement, Nothing, PutBack, View, Windows, Write, judge
from jobs.outcomes import Outcome
from jobs.timing import Timing
from jobs.verdicts import Verdict
from tests.jobs.simulated import START

TIMING = Timing()
WINDOWS = Windows(timedelta(hours=24), timedelta(minutes=1))
START_IT, STOP_IT = Operation.START_AUTOMATION, Operation.STOP_AUTOMATION
LATER = START + timedelta(minutes=1)


def outcome(verdict: Verdict, operation: Operation = START_IT, attempt: int = 1, code: str = "X") -> Outcome:
    """An outcome of an attempt that was claimed a minute ago."""
    return Outcome(
        job=UUID(int=1),
        attempt=attempt,
        operation=operation,
        verdict=verdict,
        code=code,
        etag=None,
        claimed_on=START,
        queued_on=START,
        ended_on=START,
    )


def decided(view: View, said: Outcome, minutes: float = 1) -> Judgement:
    """The judgement so many minutes after the claim."""
    return judge(view, said, START + timedelta(minutes=minutes), TIMING, WINDOWS)


def status_of(judgement: Judgement) -> object:
    """The status that is written, or the kind of judgement."""
    return judgement.status if isinstance(judgement, Write) else type(judgement)


@pytest.mark.parametrize(
    ("verdict", "operation", "status", "keeps_lease"),
    [
        (Verdict.DONE, START_IT, Status.SUCCEEDED, False),
        (Verdict.FINAL, START_IT, Status.FAILED, False),
        (Verdict.REFUSED, START_IT, Status.WAITING, False),
        (Verdict.UNCLEAR, START_IT, Status.OUTCOME_UNKNOWN, True),
        (Verdict.DONE, STOP_IT, Status.SUCCEEDED, False),
        (Verdict.FINAL, STOP_IT, Status.FAILED, False),
        (Verdict.REFUSED, STOP_IT, Status.WAITING, False),
        (Verdict.UNCLEAR, STOP_IT, Status.WAITING, True),
        (Verdict.UNCLEAR, Operation.REFRESH_AUTOMATIONS, Status.WAITING, True),
    ],
)
def test_the_end_of_an_attempt(
    verdict: Verdict, operation: Operation, status: Status, keeps_lease: bool
) -> None:
    """Rule 8a: in progress, same attempt, as the verdict says; an unclear call keeps its lease."""
    said = outcome(verdict, operation)
    judgement = decided(View.of_claim(said), said)
    assert isinstance(judgement, Write)
    assert judgement.status is status
    assert judgement.keeps_lease is keeps_lease


def test_an_unclear_stop_is_claimable_only_after_its_lease() -> None:
    """Its retry time is past the end of the lease."""
    said = outcome(Verdict.UNCLEAR, STOP_IT)
    judgement = decided(View.of_claim(said), said)
    assert isinstance(judgement, Write)
    assert judgement.retry_on is not None
    assert judgement.retry_on > START + TIMING.lease_span


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (View(Status.SUCCEEDED, 1, None), Nothing),
        (View(Status.PARTLY_SUCCEEDED, 2, None), Nothing),
        (View(Status.OUTCOME_UNKNOWN, 1, START), Status.SUCCEEDED),
        (View(Status.CANCELLED, 1, START), Status.SUCCEEDED),
        (View(Status.FAILED, 2, None), Status.SUCCEEDED),
        (View(Status.QUEUED, 1, START), Status.SUCCEEDED),
        (View(Status.WAITING, 2, None), Status.SUCCEEDED),
        (View(Status.IN_PROGRESS, 2, START), PutBack),
        (View(Status.WAITING, 2, START), PutBack),
        (View(Status.OUTCOME_UNKNOWN, 2, START), PutBack),
    ],
)
def test_a_confirmation_is_never_dropped(view: View, expected: object) -> None:
    """Rule 8b: already confirmed, or put back while a newer attempt can still act, or it overwrites."""
    assert status_of(decided(view, outcome(Verdict.DONE))) is expected


@pytest.mark.parametrize(
    ("verdict", "view", "operation", "expected"),
    [
        (Verdict.FINAL, View(Status.OUTCOME_UNKNOWN, 1, START), START_IT, Status.FAILED),
        (Verdict.REFUSED, View(Status.OUTCOME_UNKNOWN, 1, START), START_IT, Status.FAILED),
        (Verdict.UNCLEAR, View(Status.OUTCOME_UNKNOWN, 1, START), START_IT, Nothing),
        (Verdict.REFUSED, View(Status.OUTCOME_UNKNOWN, 2, START), START_IT, Nothing),
        (Verdict.REFUSED, View(Status.CANCELLED, 1, START), START_IT, EndLease),
        (Verdict.FINAL, View(Status.QUEUED, 1, START), START_IT, EndLease),
        (Verdict.FINAL, View(Status.CANCELLED, 1, None), START_IT, Nothing),
        (Verdict.UNCLEAR, View(Status.CANCELLED, 1, START), START_IT, Nothing),
        (Verdict.REFUSED, View(Status.CANCELLED, 2, START), START_IT, Nothing),
        (Verdict.REFUSED, View(Status.IN_PROGRESS, 2, START), START_IT, Nothing),
    ],
)
def test_late_refusals(verdict: Verdict, view: View, operation: Operation, expected: object) -> None:
    """Rules 8c, 8d and 8e: they tell the truth of an unknown start, end a lease, or no longer matter."""
    assert status_of(decided(view, outcome(verdict, operation))) is expected


def test_a_late_refusal_never_waits() -> None:
    """A start whose outcome was unknown is not tried again by itself, and its message will say so."""
    judgement = decided(View(Status.OUTCOME_UNKNOWN, 1, START), outcome(Verdict.REFUSED))
    assert judgement == Write(Status.FAILED, codes.RETRIES_EXHAUSTED, after_unknown=True)


def test_the_window_ends() -> None:
    """A refusal after the retry window fails the job; an unclear stop after it stays unknown."""
    refused = outcome(Verdict.REFUSED)
    assert status_of(decided(View.of_claim(refused), refused, minutes=24 * 60 + 1)) is Status.FAILED
    unclear = outcome(Verdict.UNCLEAR, STOP_IT)
    assert status_of(decided(View.of_claim(unclear), unclear, minutes=24 * 60 + 1)) is Status.OUTCOME_UNKNOWN


def test_partly_is_its_own_status() -> None:
    """One trigger code that reached several automations: partly, with the code OK."""
    said = outcome(Verdict.DONE, code=codes.OK).model_copy(update={"refusals": ("AUTOMATION_INACTIVE",)})
    assert decided(View.of_claim(said), said) == Write(Status.PARTLY_SUCCEEDED, codes.OK)


VIEWS = st.builds(
    View,
    st.sampled_from(Status),
    st.integers(0, 3),
    st.none() | st.integers(0, 1200).map(lambda seconds: START + timedelta(seconds=seconds)),
)


@given(VIEWS, st.sampled_from(Verdict), st.sampled_from(Operation), st.integers(0, 2000))
def test_only_a_confirmation_succeeds(
    view: View, verdict: Verdict, operation: Operation, minutes: int
) -> None:
    """I3 and I1: nothing but `done` leads to success, and no start leaves Outcome unknown for Waiting."""
    judgement = decided(view, outcome(verdict, operation), minutes)
    if isinstance(judgement, Write):
        succeeded = judgement.status in (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED)
        assert succeeded is (verdict is Verdict.DONE)
        if view.status is not Status.IN_PROGRESS:
            assert judgement.status is not Status.WAITING
        assert (judgement.retry_on is not None) is (judgement.status is Status.WAITING)
