"""What does a refresh of thousands of catalogue entries cost, when nothing and when everything has changed?"""

from __future__ import annotations

import math
import time
from typing import Any, Final

from bench.ground import Ground, Request, on_ground
from bench.results import Goal, Result
from bench.terms import Sizes

PAGE: Final = 5000
"""Rows in a page of Dataverse."""

REPEATS: Final = 3
"""Refreshes of an unchanged catalogue, over which memory is looked at."""

FLAT_MIB: Final = 5.0
_OK: Final = 200


def measure(sizes: Sizes) -> list[Result]:
    """Entries that are all new, then the same again."""
    new, unchanged, facts = on_ground(lambda ground: _refreshed(ground, sizes.catalogue))
    pages = math.ceil(facts["rows"] / PAGE)
    writes = sum(_writes(one) for one in unchanged)
    return [
        Result(
            "unchanged",
            f"catalogue of {sizes.catalogue:,} entries, nothing changed: requests",
            len(unchanged) / REPEATS,
            "",
            Goal("at most", pages + 2),
            None,
            f"{facts['rows']:,} rows in {pages} pages, {facts['unchanged_seconds']:.1f} s",
            facts,
        ),
        Result(
            "unchanged",
            f"catalogue of {sizes.catalogue:,} entries, nothing changed: writes",
            writes,
            "",
            Goal("at most", 0),
            None,
            "",
            facts,
        ),
        Result(
            "unchanged",
            f"memory that {REPEATS} refreshes of an unchanged catalogue leave behind",
            facts["memory_grown"],
            "MiB",
            Goal("at most", FLAT_MIB),
            None,
            f"{facts['memory_before']:.0f} MiB after the first refresh",
            facts,
        ),
        Result(
            "new",
            f"catalogue of {sizes.catalogue:,} new entries: requests",
            len(new),
            "",
            Goal("at most", 15),
            None,
            f"{facts['new_seconds']:.1f} s with the latencies set",
            facts,
        ),
    ]


async def _refreshed(ground: Ground, size: int) -> tuple[list[Request], list[Request], dict[str, Any]]:
    await ground.fresh()
    await ground.live.seed("spotler", {"automations": [_automation(number) for number in range(size)]})
    await ground.slow_down()
    await ground.live.clear_journal("dataverse")
    began = time.perf_counter()
    await _refresh(ground)
    new_seconds = time.perf_counter() - began
    new = await ground.to_dataverse()
    # The first one without a change still warms up what is kept for good.
    await _refresh(ground)
    await ground.live.clear_journal("dataverse")
    before = ground.memory()
    began = time.perf_counter()
    for _ in range(REPEATS):
        await _refresh(ground)
    unchanged_seconds = (time.perf_counter() - began) / REPEATS
    rows = await ground.rows_of("spotler_automations")
    return (
        new,
        await ground.to_dataverse(),
        {
            "rows": rows,
            "new_requests": len(new),
            "new_seconds": round(new_seconds, 2),
            "unchanged_seconds": round(unchanged_seconds, 2),
            "memory_before": round(before, 1),
            "memory_grown": round(ground.memory() - before, 1),
        },
    )


async def _refresh(ground: Ground) -> None:
    answer = await ground.live.refresh()
    assert answer.status == _OK, answer.text  # noqa: S101 - else nothing was measured


def _automation(number: int) -> dict[str, Any]:
    fields = [{"name": f"field{one}", "type": "STRING"} for one in range(3)]
    return {
        "id": f"aaaaaaaa-1111-4000-8000-{number:012}",
        "name": f"Automation {number}",
        "triggers": [
            {
                "code": f"bbbbbbbb-1111-4000-8000-{number:012}",
                "label": f"Automation {number}",
                "fields": fields,
            }
        ],
    }


def _writes(request: Request) -> int:
    methods = [method for method, _ in request.parts] or [request.method]
    return sum(method != "GET" for method in methods)
