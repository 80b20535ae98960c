"""Doorbells and siblings: what may be claimed, what bars, what a stop cancels."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import Row
from dataverse.tables import Job, Operation, Status
from jobs.doorbells import Answer, Doorbell, answer, doorbell_message, read_doorbells
from jobs.messages import message_body
from jobs.rows import JobRow, UnreadableRow, read_job
from jobs.siblings import standing
from jobs.timing import Timing
from tests.jobs.simulated import START, World

TIMING = Timing()
START_IT, STOP_IT = Operation.START_AUTOMATION, Operation.STOP_AUTOMATION
OVER = START - TIMING.lease_span - timedelta(seconds=1)


def job(number: int, operation: Operation = START_IT, **columns: object) -> JobRow:
    """A job row with these columns."""
    world = World()
    identifier = world.create(operation, number=number, columns=columns)
    return world.row(identifier)


def row(status: Status, operation: Operation = START_IT, **columns: object) -> JobRow:
    """A job row in this status."""
    return job(1, operation, **{Job.STATUS: int(status), **columns})


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (row(Status.QUEUED), Answer.CLAIM),
        (row(Status.QUEUED, spotler_resultcode="OK"), Answer.HEAL),
        (row(Status.QUEUED, spotler_claimedon=START.isoformat()), Answer.DROP),
        (row(Status.WAITING, spotler_retryon=START.isoformat()), Answer.CLAIM),
        (row(Status.WAITING, spotler_retryon=(START + timedelta(seconds=1)).isoformat()), Answer.DROP),
        (row(Status.WAITING, spotler_claimedon=START.isoformat()), Answer.DROP),
        (row(Status.IN_PROGRESS, spotler_claimedon=START.isoformat()), Answer.DROP),
        (row(Status.IN_PROGRESS, spotler_claimedon=OVER.isoformat()), Answer.GIVE_UP),
        (
            row(Status.IN_PROGRESS, STOP_IT, spotler_claimedon=OVER.isoformat(), spotler_attempts=1),
            Answer.CLAIM,
        ),
        (
            row(Status.IN_PROGRESS, STOP_IT, spotler_claimedon=OVER.isoformat(), spotler_attempts=10),
            Answer.GIVE_UP,
        ),
        (row(Status.SUCCEEDED), Answer.DROP),
        (row(Status.OUTCOME_UNKNOWN), Answer.DROP),
        (row(Status.CANCELLED), Answer.DROP),
    ],
)
def test_what_a_doorbell_means(read: JobRow, expected: Answer) -> None:
    """Rules 1, 2, 3 and 6, case by case."""
    assert answer(read, START, TIMING) is expected


@pytest.mark.parametrize(
    ("earlier", "barred"),
    [
        (row(Status.QUEUED), True),
        (row(Status.QUEUED, spotler_resultcode="OK"), False),
        (row(Status.WAITING), True),
        (row(Status.IN_PROGRESS), True),
        (row(Status.OUTCOME_UNKNOWN), False),
        (row(Status.OUTCOME_UNKNOWN, spotler_claimedon=START.isoformat()), True),
        (row(Status.CANCELLED, spotler_claimedon=START.isoformat()), True),
        (row(Status.SUCCEEDED), False),
        (row(Status.FAILED), False),
    ],
)
def test_what_bars_a_later_start(earlier: JobRow, barred: bool) -> None:
    """Rule 10: unfinished earlier siblings and living leases bar; unknown and finished ones do not."""
    assert standing(job(2), [earlier], START, TIMING).barred is barred


def test_a_stop_cancels_only_what_has_not_begun() -> None:
    """Rule 11: earlier queued and waiting starts without a lease; never stops, later jobs, or live calls."""
    rows = [
        job(1),
        job(2, STOP_IT),
        job(3, START_IT, **{Job.STATUS: int(Status.IN_PROGRESS)}),
        job(4, START_IT, **{Job.STATUS: int(Status.WAITING), Job.CLAIMED_ON: START.isoformat()}),
        job(5, START_IT, **{Job.RESULT_CODE: "OK"}),
        job(9),
    ]
    stands = standing(job(8, STOP_IT), rows, START, TIMING)
    assert [other.id.int for other in stands.cancellable] == [1]
    assert stands.barred


def test_stops_by_run_and_refreshes_have_no_siblings() -> None:
    """They neither bar nor are barred nor cancel."""
    by_run = job(2, STOP_IT, **{Job.AUTOMATION_CONTACT_ID: "7"})
    refresh = job(3, Operation.REFRESH_AUTOMATIONS)
    assert by_run.group is None
    assert refresh.group is None
    assert standing(by_run, [job(1)], START, TIMING).cancellable == ()


def test_a_start_that_ran_before_keeps_its_group() -> None:
    """AutomationContactId on a start is its result, not a way to address it."""
    assert job(1, START_IT, spotler_automationcontactid="7").group is not None


moments = st.integers(0, 3).map(lambda seconds: (START + timedelta(seconds=seconds)).isoformat())


@given(st.lists(st.tuples(moments, st.integers(1, 3)), min_size=2, max_size=6))
def test_two_jobs_never_bar_each_other(facts: list[tuple[str, int]]) -> None:
    """The order is strict even where creation time and sequence are equal."""
    rows = [
        job(number, START_IT, **{Job.CREATED_ON: created, Job.SEQUENCE: f"SJ-{sequence}"})
        for number, (created, sequence) in enumerate(facts, start=1)
    ]
    free = [one for one in rows if not standing(one, rows, START, TIMING).barred]
    assert len(free) == 1


def test_a_longer_autonumber_is_later() -> None:
    """SJ-1000000 comes after SJ-999999, although it sorts before it as text."""
    first, second = job(1, spotler_sequence="SJ-999999"), job(2, spotler_sequence="SJ-1000000")
    assert first.order < second.order


@pytest.mark.parametrize(
    "values",
    [
        {Job.ID: None, Job.CREATED_ON: "2026-11-02T09:00:00Z"},
        {Job.ID: str(UUID(int=1)), Job.CREATED_ON: None},
        {Job.ID: str(UUID(int=1)), Job.CREATED_ON: "2026-11-02T09:00:00Z", Job.STATUS: 77},
    ],
)
def test_a_row_that_cannot_be_read_is_named(values: dict[str, object]) -> None:
    """What the platform guarantees is checked, and told without values."""
    with pytest.raises(UnreadableRow) as raised:
        read_job(Row('W/"1"', values))
    assert "77" not in str(raised.value)


BELLS = st.builds(Doorbell, st.uuids(), st.integers(0, 50), st.none() | st.just("00-trace"))


@given(st.lists(BELLS, min_size=1, max_size=10))
def test_doorbells_travel(bells: list[Doorbell]) -> None:
    """What is written is read, each with its trace, however many a message rings for."""
    read, foreign = read_doorbells(message_body([doorbell_message(bell) for bell in bells]).encode())
    assert (read, foreign) == (bells, None)
    assert [bell.traceparent for bell in read] == [bell.traceparent for bell in bells]


def test_a_bad_doorbell_harms_itself_alone() -> None:
    """The one beside it rings; a message that rings for nobody is told as well."""
    good = Doorbell(UUID(int=1))
    body = f"[{{}},{doorbell_message(good)}]"
    assert read_doorbells(body.encode()) == ([good], f"1 faults in a message of {len(body)} bytes")
    assert read_doorbells(b"[]") == ([], "1 faults in a message of 2 bytes")


@given(st.binary(max_size=200))
def test_a_foreign_message_is_no_doorbell(body: bytes) -> None:
    """What is no JSON is told by its length alone."""
    assert read_doorbells(body + b"x") == ([], f"1 faults in a message of {len(body) + 1} bytes")


def test_the_lease_outlasts_every_call() -> None:
    """Spans under which two calls of one job could overlap are refused."""
    with pytest.raises(ValueError, match="shorter than"):
        Timing(lease=359)
    assert Timing(lease=360).lease_span == timedelta(seconds=360)
    assert isinstance(START, datetime)
