"""Hundreds of jobs at once, against limits on both sides."""

from __future__ import annotations

import pytest

from tests.overload.load import Call, overload, side_by_side
from tests.overload.promises import assert_promises

JOBS = 500


@pytest.mark.world
def test_far_more_jobs_than_both_sides_take() -> None:
    """All end with OK, none twice, no limit reaches a row, memory stays flat, calls come down."""
    assert_promises(overload(JOBS, seconds=240))


def test_calls_side_by_side_are_counted() -> None:
    """Calls that only touch do not overlap; nested ones do."""
    assert side_by_side([]) == 0
    assert side_by_side([Call(0, 1, 200), Call(1, 2, 200)]) == 1
    assert side_by_side([Call(0, 5, 200), Call(1, 3, 429), Call(2, 4, 200), Call(4, 5, 200)]) == 3
