"""Does a seed give its round again, and does a round hold everything?"""

from __future__ import annotations

import pytest

from sandbox.scenario.dynamics import REFRESH, START, STOP
from tests.torture.plan import TROUBLES, Wrong, plan


def test_the_same_seed_gives_the_same_round() -> None:
    """Jobs, their ids, times and troubles; another seed gives another round."""
    assert plan(7, jobs=40, span=5, troubles=9) == plan(7, jobs=40, span=5, troubles=9)
    assert plan(7, jobs=40, span=5, troubles=9) != plan(8, jobs=40, span=5, troubles=9)


def test_rounds_hold_every_kind_of_job_and_trouble() -> None:
    """Over some rounds: each operation, each mistake, stops by run, and every trouble."""
    plans = [plan(seed, jobs=60, span=10, troubles=20) for seed in range(60)]
    jobs = [job for one in plans for job in one.jobs]
    assert {job.operation for job in jobs} == {START, STOP, REFRESH}
    assert {job.wrong for job in jobs} == set(Wrong)
    assert any(job.stops_run_of is not None for job in jobs)
    assert {trouble.name for one in plans for trouble in one.troubles} == set(TROUBLES)


def test_troubles_chosen_by_name_are_the_only_ones() -> None:
    """Nothing else is made, not even what every other round has."""
    made = plan(1, jobs=10, span=5, troubles=6, only=("webhook lost",)).troubles
    assert [trouble.name for trouble in made] == ["webhook lost"] * 6


@pytest.mark.parametrize("seed", range(5))
def test_a_stop_by_run_names_an_earlier_start(seed: int) -> None:
    """Of the same scene, so that it is saved after it."""
    jobs = plan(seed, jobs=200, span=5, troubles=1).jobs
    for job in jobs:
        if job.stops_run_of is not None:
            named = jobs[job.stops_run_of]
            assert (named.operation, named.scene) == (START, job.scene)
            assert named.number < job.number
