"""Do the sizes fit each other, host.json and the limits they are derived from?"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.side_by_side import side_by_side
from jobs.sizes import (
    DOORBELLS_AT_ONCE,
    IN_ONE_MESSAGE,
    READ_TOGETHER,
    WAVES_AT_ONCE,
    WRITINGS_AT_ONCE,
    WRITTEN_TOGETHER,
    evenly,
)
from jobs.timing import Timing

ROOT = Path(__file__).parents[2]


def test_the_host_hands_over_as_many_messages_as_was_reckoned_with() -> None:
    """The number stands in host.json too, which cannot read ours."""
    bus = json.loads((ROOT / "host.json").read_text(encoding="utf-8"))["extensions"]["serviceBus"]
    assert bus["maxMessageBatchSize"] == bus["prefetchCount"] == DOORBELLS_AT_ONCE


def test_a_run_ends_well_inside_its_lock_and_below_dataverse_s_limits() -> None:
    """What the arithmetic beside the sizes claims."""
    assert Timing().batch_ends > DOORBELLS_AT_ONCE * IN_ONE_MESSAGE * 0.120 / 8
    # A message that was fetched ahead waits for one whole run, and its own run comes after.
    assert 2 * Timing().batch_ends < 300
    assert READ_TOGETHER * 0.120 / 8 > 2 * (0.060 + 0.015)
    assert WAVES_AT_ONCE + WRITINGS_AT_ONCE < 52
    assert WRITINGS_AT_ONCE * WRITTEN_TOGETHER / (2 * (0.060 + WRITTEN_TOGETHER * 0.015)) > 8 / 0.120


@given(st.lists(st.integers(), max_size=300), st.integers(1, 70))
def test_parts_are_few_alike_and_lose_nothing(pieces: list[int], most: int) -> None:
    """Every piece in its order, as few parts as can be, no part more than one part's share larger than another."""
    parts = list(evenly(pieces, most))
    assert [piece for part in parts for piece in part] == pieces
    assert all(0 < len(part) <= most for part in parts)
    assert len(parts) == -(-len(pieces) // most)


class Failed(Exception):  # noqa: N818 - a failure of this test's own
    """What a piece of work may raise."""


async def test_never_more_at_a_time_and_all_of_them() -> None:
    """Seven pieces, three at a time."""
    under_way, most, done = 0, 0, []

    async def work(piece: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        done.append(piece)

    await side_by_side(range(7), work, places=asyncio.Semaphore(3))
    assert (sorted(done), most) == (list(range(7)), 3)


async def test_a_failure_lets_neighbours_end_and_begins_nothing_more() -> None:
    """The neighbour of a piece that fails is brought to its end before the failure is told."""
    gate, begun, ended = asyncio.Event(), [], []

    async def work(piece: int) -> None:
        begun.append(piece)
        if piece == 0:
            await asyncio.sleep(0)
            raise Failed
        await gate.wait()
        ended.append(piece)

    running = asyncio.create_task(side_by_side(range(5), work, places=asyncio.Semaphore(2)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not running.done()
    gate.set()
    with pytest.raises(Failed):
        await running
    assert (begun, ended) == ([0, 1], [1])


async def test_a_cancelled_caller_leaves_nothing_running() -> None:
    """What was begun is cancelled too, and has ended when the caller has."""
    ended: list[int] = []

    async def work(piece: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(piece)

    running = asyncio.create_task(side_by_side(range(5), work, places=asyncio.Semaphore(2)))
    for _ in range(3):
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert sorted(ended) == [0, 1]
