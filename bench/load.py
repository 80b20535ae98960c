"""How many requests and how much time do thousands of jobs take that are saved at once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench.ground import WELCOME, Ground, Request, on_ground
from bench.results import Goal, Result
from bench.terms import BASELINE, CALLS_PER_SECOND, Sizes
from tests.overload.crowd import people_of

FIRST_WEBHOOK_SECONDS: Final = 5.0
"""Webhooks wait until every job is saved and the latencies are set."""

SECONDS_PER_JOB: Final = 0.5
AT_LEAST_SECONDS: Final = 60.0
"""Ceiling of a run."""

_OK: Final = 200
_TOO_MANY: Final = 429


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was seen of one run.

    Attributes:
        jobs: saved.
        requests: to Dataverse.
        per_second: jobs called, in the middle eight tenths of the run.
        whole_per_second: from the first webhook's request to the last write.
        throttled: 429 of Dataverse and of Spotler.
        kinds: requests to Dataverse by what they are.
        processor: milliseconds of the processors for each job, by part of the sandbox.
        ends: rows by their final status.
    """

    jobs: int
    requests: int
    per_second: float
    whole_per_second: float
    throttled: tuple[int, int]
    kinds: dict[str, int]
    processor: dict[str, float]
    ends: dict[str, int]

    def facts(self) -> dict[str, Any]:
        """For results.json."""
        return {
            "jobs": self.jobs,
            "requests": self.requests,
            "jobs_per_second": round(self.per_second, 2),
            "jobs_per_second_whole_run": round(self.whole_per_second, 2),
            "dataverse_429": self.throttled[0],
            "spotler_429": self.throttled[1],
            "requests_by_kind": self.kinds,
            "processor_ms_per_job": self.processor,
            "rows_by_status_and_code": self.ends,
        }


def measure(sizes: Sizes) -> list[Result]:
    """Both figures, the app's and the baseline's."""
    ours = loaded(sizes.load)
    plain = loaded(sizes.baseline_load, app=BASELINE)
    facts = {"ours": ours.facts(), "baseline": plain.facts()}
    return [
        Result(
            "requests",
            f"Dataverse requests per job under load ({sizes.load:,} jobs)",
            ours.requests / ours.jobs,
            "",
            Goal("at most", 0.35),
            plain.requests / plain.jobs,
            f"baseline with {plain.jobs:,} jobs, so that its 4 requests for each stay below Dataverse's limit",
            facts,
        ),
        Result(
            "throughput",
            "throughput under load, of 8 calls / 120 ms",
            ours.per_second / CALLS_PER_SECOND * 100,
            "%",
            Goal("at least", 90.0),
            plain.per_second / CALLS_PER_SECOND * 100,
            f"{ours.per_second:.1f} of {CALLS_PER_SECOND:.1f} jobs a second over the middle eight tenths of the "
            f"calls, {ours.whole_per_second:.1f} over the whole run; all parts of the sandbox share this machine "
            f"(processor ms per job: {_told(ours.processor)})",
            facts,
        ),
    ]


def loaded(size: int, app: Path | None = None) -> Loaded:
    """Save so many jobs at once and wait until all have ended."""
    return on_ground(lambda ground: run(ground, size), app=app)


async def run(ground: Ground, size: int) -> Loaded:
    """The same in a sandbox that runs already."""
    people = people_of(size)
    await ground.fresh(people)
    await ground.live.clear_journal("dataverse")
    await ground.live.clear_journal("spotler")
    await ground.delay_webhooks(FIRST_WEBHOOK_SECONDS)
    await ground.crowd.save(people, WELCOME)
    await ground.slow_down()
    before = ground.processor_seconds()
    await ground.until_finished(AT_LEAST_SECONDS + size * SECONDS_PER_JOB)
    used = ground.processor_seconds()
    asked, called = await ground.to_dataverse(), await ground.to_spotler()
    rows = await ground.crowd.rows()
    return Loaded(
        size,
        len(asked),
        steady(called),
        size / (max(one.went for one in asked) - min(one.came for one in asked)),
        (sum(one.status == _TOO_MANY for one in asked), sum(one.status == _TOO_MANY for one in called)),
        dict(Counter(map(kind, asked)).most_common()),
        {part: round((used[part] - before[part]) / size * 1000, 2) for part in used},
        dict(Counter(f"{row['statuscode']} {row['spotler_resultcode']}" for row in rows)),
    )


def steady(calls: Sequence[Request]) -> float:
    """Calls a second that were carried out, without the first and the last tenth of them."""
    ends = sorted(call.went for call in calls if call.status == _OK)
    first, last = len(ends) // 10, len(ends) - 1 - len(ends) // 10
    return (last - first) / (ends[last] - ends[first])


def kind(request: Request) -> str:
    """What a request is, in a word or two: method and set, and of a batch how many parts."""
    if not request.parts:
        return f"{request.method} {_set_of(request.path)}"
    methods = Counter(f"{method} {_set_of(path)}" for method, path in request.parts)
    return "batch of " + ", ".join(methods)


def _set_of(path: str) -> str:
    return (
        path.rpartition("?")[0].rpartition("/")[2].partition("(")[0]
        or path.rpartition("/")[2].partition("(")[0]
    )


def _told(numbers: dict[str, float]) -> str:
    return ", ".join(f"{name} {number:.1f}" for name, number in numbers.items())
