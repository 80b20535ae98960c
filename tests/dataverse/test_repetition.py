"""A call is sent again only when that helps, and never beyond its budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import Limits, MayHaveBeenCarriedOut, NotCarriedOut, Rejected
from dataverse.repetition import Patience, may_repeat, wait_before_next
from tests.dataverse.clock import StillClock

LIMITS = Limits()


@pytest.mark.parametrize(
    ("sent", "elapsed", "retry_after", "jitter", "wait"),
    [
        (1, 0.0, None, 0.0, 0.25),
        (1, 0.0, None, 1.0, 0.5),
        (2, 0.0, None, 1.0, 1.0),
        (3, 0.0, None, 1.0, 2.0),
        (4, 0.0, None, 0.0, None),
        (1, 20.0, None, 0.0, None),
        (1, 19.9, None, 0.0, None),
        (1, 0.0, 3.0, 0.0, 3.0),
        (1, 0.0, 3.0, 1.0, 3.5),
        (1, 0.0, 0.0, 0.0, 0.0),
        (1, 0.0, 20.0, 1.0, 20.0),
        (1, 0.0, 20.1, 0.0, None),
        (1, 15.0, 6.0, 0.0, None),
        (1, 15.0, 5.0, 0.0, 5.0),
        (4, 0.0, 1.0, 0.0, None),
    ],
)
def test_waits(
    sent: int, elapsed: float, retry_after: float | None, jitter: float, wait: float | None
) -> None:
    """Growing, jittered, never less than the service asks for, never more than the budget leaves."""
    found = wait_before_next(LIMITS, sent=sent, elapsed=elapsed, retry_after=retry_after, jitter=jitter)
    assert wait == found


def test_growing_waits_have_a_ceiling() -> None:
    """However many sends are allowed."""
    limits = Limits(sends=50, budget_seconds=1000)
    assert wait_before_next(limits, sent=40, elapsed=0, retry_after=None, jitter=1) == 8.0


@given(
    st.lists(st.one_of(st.none(), st.floats(0, 40)), min_size=20, max_size=20),
    st.floats(0, 0.999),
    st.lists(st.floats(0, 9), min_size=20, max_size=20),
)
async def test_a_call_is_bounded(asked: list[float | None], jitter: float, took: list[float]) -> None:
    """Whatever the service asks for and however long each send takes: four sends, budget kept."""
    clock = StillClock()
    patience = Patience(LIMITS, clock, lambda: jitter)
    sends = 1
    for retry_after, seconds in zip(asked, took, strict=True):
        clock.passes(seconds)
        if not await patience.lasts(NotCarriedOut("x", retry_after=retry_after)):
            break
        assert clock.slept[-1] >= (retry_after or 0.0)
        sends += 1
    assert sends <= LIMITS.sends
    assert sum(clock.slept) <= LIMITS.budget_seconds
    assert len(clock.slept) == sends - 1


def test_what_may_be_repeated() -> None:
    """What surely was not done always; what may have been done only where twice does no harm."""
    assert may_repeat(NotCarriedOut("x"), safe=False)
    assert may_repeat(MayHaveBeenCarriedOut("x"), safe=True)
    assert not may_repeat(MayHaveBeenCarriedOut("x"), safe=False)
    assert not may_repeat(Rejected("x"), safe=True)
