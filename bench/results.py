"""What was measured, and is it good enough?"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

LONG = 100
"""Numbers from here on are told without decimals."""

HEADINGS = ("figure", "measured", "goal", "baseline", "verdict")


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound; both ends are good enough."""

    kind: Literal["at most", "at least"]
    bound: float

    def met(self, measured: float) -> bool:
        """Whether `measured` keeps it."""
        return measured <= self.bound if self.kind == "at most" else measured >= self.bound


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the table.

    Attributes:
        figure: its name on the command line.
        title: for people.
        measured: in `unit`.
        baseline: the same of the baseline; None where the plain design has no such figure.
        note: how it was measured, in one line; empty where the title says it all.
        facts: further numbers, for results.json.
    """

    figure: str
    title: str
    measured: float
    unit: str
    goal: Goal
    baseline: float | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the goal is met."""
        return self.goal.met(self.measured)

    def as_json(self) -> dict[str, Any]:
        """As results.json holds it."""
        return {**asdict(self), "facts": dict(self.facts), "verdict": "ok" if self.ok else "not"}

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        return (
            self.title,
            shown(self.measured, self.unit),
            f"{self.goal.kind} {shown(self.goal.bound, self.unit)}",
            "-" if self.baseline is None else shown(self.baseline, self.unit),
            "ok" if self.ok else "not",
        )


def shown(number: float, unit: str) -> str:
    """A number as people read it: three digits that count, whole numbers whole."""
    text = f"{number:,.0f}" if number == int(number) or abs(number) >= LONG else f"{number:.3g}"
    return f"{text} {unit}".strip()


def table(results: Sequence[Result], *, quick: bool) -> str:
    """All results as a table, with the notes below it."""
    rows = [HEADINGS, *(result.cells() for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    notes = [f"{result.title}: {result.note}" for result in results if result.note]
    if quick:
        notes.insert(0, "QUICK: smaller sizes than asked for; these figures are for development only.")
    return "\n".join([line.rstrip() for line in lines] + ([""] if notes else []) + notes)


def document(results: Sequence[Result], *, quick: bool, kept: str | None = None) -> str:
    """The text of results.json.

    Args:
        results: new ones, each told with the machine as it was.
        quick: whether they are of small sizes.
        kept: the text of an earlier document, whose figures stay unless they were measured anew.
    """
    seen = machine()
    new = {result.title: {**result.as_json(), "machine": seen} for result in results}
    figures = {result.figure for result in results}
    old = [] if kept is None else json.loads(kept)["results"]
    stay = {one["title"]: one for one in old if one["figure"] not in figures}
    told = {"quick": quick, "results": [*stay.values(), *new.values()]}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def machine() -> dict[str, Any]:
    """What a reader has to know of the machine: nothing that names it."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_before": load,
        "python": platform.python_version(),
        "system": f"{sys.platform} {platform.machine()}",
    }
