"""Do the table and results.json tell what was measured, and the right verdict?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.figures import NAMES, RUNS, chosen
from bench.results import Goal, Result, document, shown, table

MET = Result("requests", "requests per job", 0.31, "", Goal("at most", 0.35), 4.0, "a note", {"jobs": 2000})
MISSED = Result("throughput", "throughput", 31.0, "%", Goal("at least", 90.0))


@pytest.mark.parametrize(
    ("goal", "measured", "met"),
    [
        (Goal("at most", 0.35), 0.35, True),
        (Goal("at most", 0.35), 0.351, False),
        (Goal("at least", 8.0), 8.0, True),
        (Goal("at least", 8.0), 7.99, False),
        (Goal("at most", 1.0), float("nan"), False),
        (Goal("at least", 1.0), float("nan"), False),
    ],
)
def test_both_ends_of_a_goal_are_met_and_no_number_never_is(
    goal: Goal, measured: float, *, met: bool
) -> None:
    """A goal is a bound that may be reached."""
    assert goal.met(measured) is met


def test_the_table_has_a_row_for_each_result_and_the_notes_below() -> None:
    """Figure, measured, goal, baseline and verdict, in columns."""
    lines = table([MET, MISSED], quick=False).splitlines()
    assert lines[2].split() == ["requests", "per", "job", "0.31", "at", "most", "0.35", "4", "ok"]
    assert lines[3].split() == ["throughput", "31", "%", "at", "least", "90", "%", "-", "not"]
    assert lines[-1] == "requests per job: a note"


def test_small_sizes_are_marked() -> None:
    """Nobody takes the figures of a quick run for the real ones."""
    assert "QUICK" in table([MET], quick=True)
    assert json.loads(document([MET], quick=True))["quick"] is True


def test_the_document_tells_everything_but_where_it_was_measured() -> None:
    """Facts of the machine without its name."""
    told = json.loads(document([MET, MISSED], quick=False))
    assert set(told["results"][0]["machine"]) == {"date", "cores", "load_before", "python", "system"}
    assert [one["verdict"] for one in told["results"]] == ["ok", "not"]
    assert told["results"][0]["facts"] == {"jobs": 2000}


def test_what_was_not_measured_anew_stays() -> None:
    """A part of the figures can be measured when the machine is quiet, without losing the others."""
    kept = document([MET, MISSED], quick=False)
    better = replace(MISSED, measured=95.0)
    told = {
        one["figure"]: one["measured"]
        for one in json.loads(document([better], quick=False, kept=kept))["results"]
    }
    assert told == {MET.figure: MET.measured, MISSED.figure: 95.0}


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.3456, "", "0.346"),
        (20000, "", "20,000"),
        (1.0, "x", "1 x"),
        (836.4, "ms", "836 ms"),
        (66.66, "%", "66.7 %"),
    ],
)
def test_numbers_are_told_with_the_digits_that_count(number: float, unit: str, text: str) -> None:
    """Three digits, whole numbers whole."""
    assert shown(number, unit) == text


def test_a_figure_is_found_by_its_name_and_measured_once() -> None:
    """Two figures of the same run do not start it twice; without a name all runs are chosen."""
    assert len(set(NAMES)) == len(NAMES)
    assert [run.figures for run in chosen(["requests", "throughput"])] == [("requests", "throughput")]
    assert chosen([]) == list(RUNS)
