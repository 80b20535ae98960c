"""How many jobs a second go through in the long run, under the protection limits?"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.results import Goal, Result
from bench.simulated.runs import Sustained, ours, plain
from bench.terms import Sizes


def measure(sizes: Sizes) -> list[Result]:
    """The app against the baseline, on the simulated clock."""
    app, baseline = ours(sizes.sustained), plain(sizes.sustained)
    return [
        Result(
            "sustained",
            f"sustained throughput under the protection limits ({sizes.sustained:,} jobs), times the baseline's",
            app.per_second / baseline.per_second,
            "x",
            Goal("at least", 8.0),
            1.0,
            f"SIMULATED CLOCK, computing takes no time on it: {app.per_second:.1f} jobs a second, the baseline "
            f"{baseline.per_second:.1f}; 6,000 requests and 1,200 s of execution in 300 s, 52 at a time",
            {"ours": _facts(app), "baseline": _facts(baseline)},
        )
    ]


def _facts(run: Sustained) -> dict[str, Any]:
    return {**asdict(run), "jobs_per_second": round(run.per_second, 2)}
