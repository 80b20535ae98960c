"""Under which conditions is everything measured?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

HOME: Final = Path(__file__).resolve().parents[1]
BASELINE: Final = HOME / "bench" / "baseline"

DATAVERSE_SECONDS: Final = 0.060
"""Of each request to Dataverse."""

PART_SECONDS: Final = 0.015
"""Of each part of a batch, on top."""

SPOTLER_SECONDS: Final = 0.120
"""Of each call to Spotler."""

SPOTLER_TAKES: Final = 8
"""Calls at a time; what comes above is answered 429."""

CALLS_PER_SECOND: Final = SPOTLER_TAKES / SPOTLER_SECONDS
"""What these latencies allow at most: 66.7."""

BUS_SECONDS: Final = 0.005
"""Of each send to Service Bus, and of each delivery on the simulated clock. Assumed; it limits no throughput."""

LATENCY: Final = {"request_latency": DATAVERSE_SECONDS, "part_latency": PART_SECONDS}
NO_LATENCY: Final = {"request_latency": 0.0, "part_latency": 0.0}

SETTINGS: Final = {
    "SPOTLER_MAX_CONCURRENCY": str(SPOTLER_TAKES),
    # Never by themselves: what a figure needs of the timers' functions it calls itself.
    "CATALOGUE_SYNC_SCHEDULE": "0 0 0 1 1 *",
    "RECONCILE_SCHEDULE": "0 0 0 1 1 *",
}
"""App settings, for the app and the baseline alike."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything.

    Attributes:
        load: jobs under load.
        baseline_load: the same for the baseline, which needs four requests for each: above 1,500 jobs
            Dataverse's 6,000 requests would end its run.
        sustained: jobs on the simulated clock.
        single: jobs, webhooks and round trips one at a time.
        catalogue: entries.
        spike: webhooks at once.
        spike_first: so many of these are finished when the memory is looked at first.
        starts: fresh processes.
        quick: smaller than the issue asks for, for development.
    """

    load: int = 2000
    baseline_load: int = 1000
    sustained: int = 20_000
    single: int = 50
    catalogue: int = 5000
    spike: int = 20_000
    spike_first: int = 2000
    starts: int = 7
    quick: bool = False


QUICK: Final = Sizes(
    load=300,
    baseline_load=150,
    sustained=8000,
    single=10,
    catalogue=600,
    spike=1000,
    spike_first=300,
    starts=3,
    quick=True,
)
