"""What becomes of tens of thousands of webhooks at once, and of the memory of the process that takes them?"""

from __future__ import annotations

import math
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from bench.ground import WELCOME, Ground, on_ground
from bench.results import Goal, Result
from bench.terms import Sizes
from tests.overload.crowd import people_of

SECONDS_PER_JOB: Final = 0.5
AT_LEAST_SECONDS: Final = 120.0
RECONCILE_SECONDS: Final = 300.0
"""As the app's schedule has it: every five minutes."""

POLL_SECONDS: Final = 5.0
"""Counting tens of thousands of rows takes Dataverse a while."""


@dataclass(slots=True)
class _Watch:
    """Looks at the memory as jobs finish, and lets the timer ring every five minutes."""

    ground: Ground
    first: int
    reconciled: int = 0
    after_first: float | None = None
    next_reconcile: float = field(default_factory=lambda: time.monotonic() + RECONCILE_SECONDS)

    async def look(self, _left: int) -> None:
        if self.after_first is None:
            finished = await self.ground.rows_of("spotler_jobs", "?$filter=statecode eq 1")
            self.after_first = self.ground.memory() if finished >= self.first else None
        if time.monotonic() >= self.next_reconcile:
            self.next_reconcile += RECONCILE_SECONDS
            self.reconciled += 1
            await self.ground.live.run_timer("reconcile_jobs")


def measure(sizes: Sizes) -> list[Result]:
    """Both figures, of one run."""
    return on_ground(lambda ground: _measured(ground, sizes))


async def _measured(ground: Ground, sizes: Sizes) -> list[Result]:
    size = sizes.spike
    people = people_of(size)
    await ground.fresh(people)
    watch = _Watch(ground, sizes.spike_first)
    began = time.monotonic()
    await ground.crowd.save(people, WELCOME)
    await ground.slow_down()
    saved = time.monotonic() - began
    await ground.until_finished(AT_LEAST_SECONDS + size * SECONDS_PER_JOB, watch.look, poll=POLL_SECONDS)
    seconds = time.monotonic() - began
    memory, first = ground.memory(), watch.after_first or math.nan
    answers: Counter[str] = Counter()
    for delivery in await ground.live.webhooks():
        answers[" then ".join(map(str, delivery["statuses"]))] += 1
    rows = Counter(f"{row['statuscode']} {row['spotler_resultcode']}" for row in await ground.crowd.rows())
    succeeded = rows.get("724000002 OK", 0)
    facts: dict[str, Any] = {
        "jobs": size,
        "seconds": round(seconds, 1),
        "saved_in_seconds": round(saved, 1),
        "webhooks_by_answer": dict(answers),
        "rows_by_status_and_code": dict(rows),
        "reconciliations": watch.reconciled,
        "memory_after_first": round(first, 1),
        "memory_in_the_end": round(memory, 1),
    }
    return [
        Result(
            "spike",
            f"a spike of {size:,} webhooks: jobs that did not succeed",
            size - succeeded,
            "",
            Goal("at most", 0),
            None,
            f"answers {dict(answers)}; all rows final after {seconds:.0f} s, reconciled {watch.reconciled} times",
            facts,
        ),
        Result(
            "memory",
            f"memory of the host process after {size:,} jobs, over that after {sizes.spike_first:,}",
            (memory / first - 1) * 100,
            "% more",
            Goal("at most", 20.0),
            None,
            f"{first:.0f} MiB and {memory:.0f} MiB; the process holds the sandbox's host as well as the app",
            facts,
        ),
    ]
