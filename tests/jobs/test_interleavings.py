"""Two processes on one world: do the invariants hold, whoever goes on when and whatever fails?

Bounded as it stands. `SPOTLER_TORTURE` (minutes) makes the seeds go on for so long and lets the
enumerations combine two troubles; `SPOTLER_TORTURE_SEED` says where the seeds begin. A broken
invariant is told with its seed and with the shortest run that was found to break it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse.tables import Status
from tests.jobs.choosing import Enumeration, Tape, shortest, tape_of
from tests.jobs.interleaved import START_IT, STOP_IT, BrokenError, Interleaved, Plan, play

MINUTES = float(os.environ.get("SPOTLER_TORTURE", "0"))
FIRST_SEED = int(os.environ.get("SPOTLER_TORTURE_SEED", "0"))
SEEDS = 600
FEW = 50
STEPS = (20, 60, 150)
"""Chosen steps of a run, before it is let come to rest."""

PLANS = {
    "start": Plan((START_IT,)),
    "stop": Plan((STOP_IT,)),
    "start+stop": Plan((START_IT, STOP_IT)),
    "start, then stop": Plan((START_IT, STOP_IT), held=1),
    "stop+start": Plan((STOP_IT, START_IT)),
    "stop, then start": Plan((STOP_IT, START_IT), held=1),
    "start+start": Plan((START_IT, START_IT)),
    "start+stop+start": Plan((START_IT, STOP_IT, START_IT)),
    "start, stop, start": Plan((START_IT, STOP_IT, START_IT), held=2),
    "start+stop, start, stop": Plan((START_IT, STOP_IT, START_IT, STOP_IT), held=2, people=4),
    "a wave, doorbells twice": Plan((START_IT,), webhooks=2, strangers=4, people=3),
    "campaign: start": Plan((START_IT,), campaign=True),
    "campaign: start, then stop": Plan((START_IT, STOP_IT), held=1, campaign=True),
    "campaign: start, then start": Plan((START_IT, START_IT), held=1, campaign=True, people=3),
    "start+start, the same": Plan((START_IT, START_IT), people=0, guarded=True),
    "start, then start, the same": Plan((START_IT, START_IT), held=1, people=0, guarded=True, webhooks=2),
    "the same with people": Plan((START_IT, START_IT), guarded=True),
    "held: start+stop+start": Plan((START_IT, STOP_IT, START_IT), braked=timedelta(minutes=20)),
    "held: start+start": Plan((START_IT, START_IT), braked=timedelta(minutes=20), webhooks=2),
    "held: start": Plan((START_IT,), braked=timedelta(minutes=20)),
    "no webhooks": Plan((START_IT, STOP_IT), webhooks=0, strangers=2),
}
SWITCHES = frozenset({"switch", "deliver", "single"})


def broken(plan: Plan, tape: Sequence[int], steps: int) -> BrokenError | None:
    """What a tape breaks."""
    try:
        play(plan, Tape(tape), steps)
    except BrokenError as error:
        return error
    return None


def seeds() -> Iterator[int]:
    """So many seeds, or as many as the minutes allow."""
    end = time.monotonic() + 60 * MINUTES
    for seed in count(FIRST_SEED):
        if time.monotonic() >= end and seed >= FIRST_SEED + SEEDS:
            return
        yield seed


def test_seeds() -> None:
    """Long and short runs, given by their seeds, in which everything may happen at any time."""
    plans = list(PLANS.values())
    played = 0
    for seed in seeds():
        plan, steps = plans[seed % len(plans)], STEPS[seed // len(plans) % len(STEPS)]
        tape = tape_of(seed, steps)
        if broken(plan, tape, steps) is not None:
            found = shortest(tape, lambda tried, plan=plan, steps=steps: broken(plan, tried, steps))  # type: ignore[misc]
            pytest.fail(f"seed {seed}, {plan.operations}: {found}")
        played += 1
    print(f"{played} runs from seed {FIRST_SEED}, none broken")  # noqa: T201 - the count is what a long run is for


@settings(max_examples=60 if MINUTES == 0 else 2000, deadline=None, database=None, derandomize=MINUTES == 0)
@given(st.sampled_from(sorted(PLANS)), st.lists(st.integers(0, 255), max_size=160))
def test_any_choices(name: str, tape: list[int]) -> None:
    """Whatever is chosen, nothing breaks; a failure is told by the simplest choices that lead to it."""
    play(PLANS[name], Tape(tape), len(tape))


def explored(plan: Plan, bound: int) -> Iterator[Interleaved]:
    """Every run whose choices cost no more than the bound, at rest and checked."""
    for chooser in Enumeration(bound).runs():
        yield play(plan, chooser, 10_000)


def test_every_interleaving_of_one_start() -> None:
    """Two processes that each have a doorbell of one job, in every order of their steps that switches twice at most."""
    played = 0
    for world in explored(Plan((START_IT,), webhooks=2, kinds=SWITCHES), 2 if MINUTES == 0 else 4):
        played += 1
        assert [effect.what for effect in world.effects] == ["start"]
        assert {world.status(job) for job in world.rows} == {Status.SUCCEEDED}
    assert played > 100


@pytest.mark.parametrize(
    "name",
    [
        "start",
        "start, then stop",
        "stop+start",
        "start+start",
        "campaign: start, then start",
        "start+start, the same",
        "held: start",
    ],
)
def test_every_trouble_at_every_step(name: str) -> None:
    """Once, at each step, everything that can go wrong: crash, lost answer, lost lock, people, time."""
    assert sum(1 for _ in explored(PLANS[name], 1)) > 100


@pytest.mark.parametrize("name", ["start", "start, then stop", "stop+start", "start+start"])
def test_two_troubles(name: str) -> None:
    """Two of them in one run: a few, or as many as the minutes allow; says whether these were all."""
    end, played, left = time.monotonic() + 60 * MINUTES, 0, False
    for _ in explored(PLANS[name], 2):
        played += 1
        left = played >= FEW and time.monotonic() >= end
        if left:
            break
    print(f"{name}: {played} runs with two troubles, {'not all' if left else 'all'}")  # noqa: T201 - as above


def test_nothing_wrong_leaves_nothing_unknown() -> None:
    """Without trouble every order of the two processes' steps ends with each job's truth."""
    for name in ("start, then stop", "start+start"):
        plan = Plan(PLANS[name].operations, PLANS[name].held, kinds=SWITCHES)
        for world in explored(plan, 1):
            assert {world.status(job) for job in world.rows} == {Status.SUCCEEDED}
