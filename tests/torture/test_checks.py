"""Does each check see what it is there for? A torture that sees nothing would always pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.scenario.dynamics import START, STOP
from sandbox.scenario.people import Person
from tests.torture.checks import CANCELLED, FAILED, NOTHING_RUNNING, PARTLY, SUCCEEDED, UNKNOWN, broken
from tests.torture.evidence import Entry, Evidence, Run
from tests.torture.plan import ALPHA, TWINS, Job, Plan, Target, Wrong

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ANN = Person("contacts", "88888888-0000-4000-8000-000000000001", "Ann")
IN_PROGRESS = 724000000


def job(number: int, operation: int, target: Target = ALPHA, **more: Any) -> Job:
    """A job of Ann's."""
    return Job(number, f"job-{number}", 0.0, 1, operation, ANN, target, **more)


def row(one: Job, status: int, **more: Any) -> dict[str, Any]:
    """Its row."""
    return {
        "statecode": 0 if status in (1, IN_PROGRESS) else 1,
        "statuscode": status,
        "spotler_operation": one.operation,
        "spotler_attempts": 1,
        "spotler_resultcode": "",
        "spotler_automationcontactid": None,
        "createdon": "2026-01-01T12:00:00Z",
        "spotler_sequence": f"{one.number:010}",
        **more,
    }


def run(one: Job, number: int, *, began: float, ended: float | None = None, reaches: int = 0) -> Run:
    """A run of it; seconds after noon."""
    assert one.target is not None
    return Run(
        f"run-{number}",
        one.id,
        ANN.id,
        one.target.reaches[reaches],
        NOON + timedelta(seconds=began),
        None if ended is None else NOON + timedelta(seconds=ended),
    )


FIRST, STOPS, AGAIN = job(0, START), job(1, STOP), job(2, START)
QUIET: Mapping[str, Mapping[str, int]] = {"spotler-jobs": {"active": 0, "locked": 0, "deadLetter": 0}}

GOOD = Evidence(
    plan=Plan(1, 5.0, (ANN,), (FIRST, STOPS, AGAIN)),
    rows={
        FIRST.id: row(FIRST, SUCCEEDED, spotler_automationcontactid="run-1"),
        STOPS.id: row(STOPS, SUCCEEDED),
        AGAIN.id: row(AGAIN, SUCCEEDED, spotler_automationcontactid="run-2"),
    },
    runs=(run(FIRST, 1, began=1, ended=2), run(AGAIN, 2, began=3)),
    entries=(Entry("a", FIRST.id), Entry("b", AGAIN.id)),
    queues=QUIET,
    saved=frozenset({FIRST.id, STOPS.id, AGAIN.id}),
)


def rows(**changed: dict[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The good rows, with some changed."""
    return {
        id_: {**known, **changed.get(name, {})}
        for name, (id_, known) in zip(("first", "stops", "again"), GOOD.rows.items(), strict=True)
    }


def without(id_: str) -> dict[str, Mapping[str, Any]]:
    """The good rows without one."""
    return {key: value for key, value in GOOD.rows.items() if key != id_}


def test_nothing_is_broken_where_all_is_well() -> None:
    """Start, stop, start again: as it should be."""
    assert list(broken(GOOD)) == []


NOTHING = {"statuscode": FAILED, "spotler_resultcode": NOTHING_RUNNING}
TWICE = (*GOOD.runs, run(AGAIN, 3, began=4))
ONE_RUN = (run(FIRST, 1, began=1, ended=2),)


@pytest.mark.parametrize(
    ("invariant", "words", "seen"),
    [
        ("I1", "2 runs", replace(GOOD, runs=TWICE)),
        ("I1", "no job", replace(GOOD, runs=(*GOOD.runs, replace(GOOD.runs[0], job="")))),
        ("I2", "not there any more", replace(GOOD, rows=without(STOPS.id))),
        ("I2", "In progress", replace(GOOD, rows=rows(stops={"statecode": 0, "statuscode": IN_PROGRESS}))),
        ("I2", "dead letters", replace(GOOD, queues={"q": {"active": 0, "locked": 0, "deadLetter": 1}})),
        ("I2", "1 active", replace(GOOD, queues={"q": {"active": 1, "locked": 0, "deadLetter": 0}})),
        ("I2", "1 locked", replace(GOOD, queues={"q": {"active": 0, "locked": 1, "deadLetter": 0}})),
        ("I3", "without a run", replace(GOOD, runs=ONE_RUN)),
        ("I3", "Failed", replace(GOOD, rows=rows(again={"statuscode": FAILED}))),
        ("I3", "Cancelled", replace(GOOD, rows=rows(first={"statuscode": CANCELLED}))),
        (
            "I3",
            "not that of its runs",
            replace(GOOD, rows=rows(again={"spotler_automationcontactid": "run-1"})),
        ),
        ("I3", "no attempt", replace(GOOD, rows=rows(again={"spotler_attempts": 0}))),
        ("I4", "although a later job stopped it", replace(GOOD, runs=(run(FIRST, 1, began=1), GOOD.runs[1]))),
        (
            "I4",
            "although a later job",
            replace(GOOD, rows=rows(stops=NOTHING), runs=(run(FIRST, 1, began=1), GOOD.runs[1])),
        ),
        ("I4", "by an earlier job", replace(GOOD, runs=(GOOD.runs[0], run(AGAIN, 2, began=3, ended=4)))),
        (
            "I4",
            "of an earlier job",
            replace(GOOD, runs=(run(FIRST, 1, began=3, ended=4), run(AGAIN, 2, began=1))),
        ),
        (
            "I4",
            "before this stop",
            replace(GOOD, runs=(run(FIRST, 1, began=1, ended=4), run(AGAIN, 2, began=3))),
        ),
        ("I5", "2 Timeline entries", replace(GOOD, entries=(*GOOD.entries, Entry("c", AGAIN.id)))),
        ("I5", "no job's attempt", replace(GOOD, entries=(*GOOD.entries, Entry("c", "")))),
        ("I5", "missing", replace(GOOD, entries=GOOD.entries[:1])),
        ("I5", "without a run", replace(GOOD, entries=(*GOOD.entries, Entry("c", STOPS.id)))),
        ("catalogue", "came or went", replace(GOOD, catalogue=(frozenset({"a", "b"}), frozenset({"a"})))),
    ],
)
def test_each_break_is_seen(invariant: str, words: str, seen: Evidence) -> None:
    """The invariant and the sentence name it."""
    found = [str(one) for one in broken(seen)]
    assert any(one.startswith(f"{invariant}: ") and words in one for one in found), found


@pytest.mark.parametrize(
    "seen",
    [
        replace(GOOD, runs=TWICE, activated={AGAIN.id: 1}),
        replace(GOOD, rows=without(STOPS.id), deleted=frozenset({STOPS.id})),
        replace(GOOD, rows=rows(again={"statuscode": UNKNOWN}), entries=GOOD.entries[:1]),
        replace(GOOD, rows=rows(first={"statuscode": CANCELLED}), cancelled=frozenset({FIRST.id})),
    ],
)
def test_what_people_asked_for_is_no_break(seen: Evidence) -> None:
    """Activated, deleted, cancelled, and nothing claimed where nothing is known."""
    assert list(broken(seen)) == []


def test_a_part_that_was_not_started_is_no_success() -> None:
    """Succeeded says that every automation behind the trigger was started; partly does not."""
    both = job(0, START, TWINS)
    whole = replace(
        GOOD,
        plan=Plan(1, 5.0, (ANN,), (both,)),
        rows={both.id: row(both, SUCCEEDED, spotler_automationcontactid="run-1")},
        runs=(run(both, 1, began=1),),
        entries=(Entry("a", both.id),),
        saved=frozenset({both.id}),
    )
    assert ["was started" in str(one) for one in broken(whole)] == [True]
    partly = {both.id: {**whole.rows[both.id], "statuscode": PARTLY}}
    assert list(broken(replace(whole, rows=partly))) == []


def test_a_job_with_a_mistake_starts_nothing() -> None:
    """Whatever its row says."""
    wrong = job(0, START, wrong=Wrong.TWO_PERSONS)
    seen = replace(
        GOOD,
        plan=Plan(1, 5.0, (ANN,), (wrong,)),
        rows={wrong.id: row(wrong, SUCCEEDED, spotler_automationcontactid="run-1")},
        runs=(run(wrong, 1, began=1),),
        entries=(Entry("a", wrong.id),),
        saved=frozenset({wrong.id}),
    )
    assert {one.invariant for one in broken(seen)} == {"I1", "I3"}


def test_a_stop_by_run_that_claims_success_has_stopped_it() -> None:
    """The run it names has ended."""
    start, stop = job(0, START), Job(1, "job-1", 0.0, 1, STOP, stops_run_of=0)
    seen = replace(
        GOOD,
        plan=Plan(1, 5.0, (ANN,), (start, stop)),
        rows={
            start.id: row(start, SUCCEEDED, spotler_automationcontactid="run-1"),
            stop.id: row(stop, SUCCEEDED, spotler_automationcontactid="run-1"),
        },
        runs=(run(start, 1, began=1),),
        entries=(Entry("a", start.id),),
        saved=frozenset({start.id, stop.id}),
    )
    assert ["go on" in str(one) for one in broken(seen)] == [True]
    assert list(broken(replace(seen, runs=(run(start, 1, began=1, ended=2),)))) == []
