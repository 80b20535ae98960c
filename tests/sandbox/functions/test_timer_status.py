"""Are missed turns found, and no turn run twice?"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.functions.ncrontab import parse_schedule
from sandbox.functions.timer_status import (
    TimerStatus,
    after_run,
    decide_at_start,
    read_status,
    wire_status,
    write_status,
)

HOURLY = parse_schedule("0 0 * * * *")
NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
KNOWN = TimerStatus(last=NOON, next=NOON + timedelta(hours=1), last_updated=NOON)


def test_a_new_timer_waits_for_its_first_turn() -> None:
    """Without a status there is nothing to make up for."""
    decision = decide_at_start(None, HOURLY, NOON)
    assert not decision.past_due
    assert decision.status == TimerStatus(None, NOON + timedelta(hours=1), NOON)


@pytest.mark.parametrize(("minutes", "past_due"), [(30, False), (60, False), (61, True), (600, True)])
def test_a_turn_missed_while_the_host_was_down_is_past_due(minutes: int, *, past_due: bool) -> None:
    """Only a turn that has passed is missed."""
    decision = decide_at_start(KNOWN, HOURLY, NOON + timedelta(minutes=minutes))
    assert decision.past_due is past_due
    assert decision.status == KNOWN


def test_a_changed_schedule_has_missed_nothing() -> None:
    """A new schedule starts to count now."""
    now = NOON + timedelta(hours=5)
    decision = decide_at_start(KNOWN, parse_schedule("0 30 * * * *"), now)
    assert not decision.past_due
    assert decision.status == TimerStatus(None, now + timedelta(minutes=30), now)


def test_a_run_started_slightly_early_counts_for_its_turn() -> None:
    """Clock skew does not run one turn twice."""
    early = KNOWN.next - timedelta(milliseconds=20)
    assert after_run(KNOWN, HOURLY, early, scheduled=True).next == NOON + timedelta(hours=2)


def test_a_run_at_start_up_takes_no_turn_away() -> None:
    """The next turn stays the same."""
    moment = NOON + timedelta(minutes=10)
    assert after_run(KNOWN, HOURLY, moment, scheduled=False).next == KNOWN.next


@given(st.lists(st.integers(0, 20_000), max_size=20))
def test_the_next_turn_always_lies_ahead(pauses: list[int]) -> None:
    """However late runs start, turns move on and none comes twice."""
    status, now = KNOWN, NOON
    for pause in pauses:
        now += timedelta(seconds=pause)
        if now >= status.next:
            following = after_run(status, HOURLY, now, scheduled=True)
            assert following.next > max(now, status.next)
            assert not decide_at_start(following, HOURLY, now).past_due
            status = following


@pytest.mark.parametrize("status", [KNOWN, TimerStatus(None, NOON, NOON)])
def test_the_status_file_keeps_the_status(tmp_path: Path, status: TimerStatus) -> None:
    """What is written is read back."""
    path = tmp_path / "timers" / "f.json"
    assert read_status(path) is None
    write_status(path, status)
    assert read_status(path) == status
    assert wire_status(status)["Next"].startswith("2026-03-04T")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"Last": 1, "Next": 2, "LastUpdated": 3}', '{"Last": "x"}']
)
def test_an_unreadable_status_file_counts_as_none(tmp_path: Path, content: str) -> None:
    """A damaged file does not keep the host from starting."""
    path = tmp_path / "f.json"
    path.write_text(content, encoding="utf-8")
    assert read_status(path) is None
