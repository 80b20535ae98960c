"""Which figures are there, and which run gives each of them?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench import catalogue, cold_start, idle, load, spike, sustained
from bench.results import Result
from bench.terms import Sizes


@dataclass(frozen=True, slots=True)
class Run:
    """One run; it gives several figures where they belong together."""

    figures: tuple[str, ...]
    measure: Callable[[Sizes], list[Result]]


RUNS = (
    Run(("requests", "throughput"), load.measure),
    Run(("sustained",), sustained.measure),
    Run(("latency", "webhook"), idle.measure),
    Run(("unchanged", "new"), catalogue.measure),
    Run(("spike", "memory"), spike.measure),
    Run(("cold-start",), cold_start.measure),
)
"""In the order of the table."""

NAMES = tuple(name for run in RUNS for name in run.figures)


def chosen(names: Sequence[str]) -> list[Run]:
    """The runs that give these figures, each once; all where none is named."""
    return [run for run in RUNS if not names or set(names) & set(run.figures)]
