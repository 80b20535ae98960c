"""What is left when a round has come to rest?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.torture.plan import Plan

type Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """One run at Spotler and the job that caused it; `ended` None while it is running."""

    id: str
    job: str
    person: str
    automation: str
    started: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One Timeline entry, post or note; `job` is empty where no job's attempt has such an id."""

    id: str
    job: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that can be seen.

    Attributes:
        rows: jobs by id; a job that is not there was not saved, or was deleted.
        saved: ids whose save Dataverse confirmed.
        deleted: ids that a person may have deleted.
        cancelled: ids that a person may have cancelled.
        activated: how often a person may have activated an id.
        queues: counts by queue.
        catalogue: labels that can be chosen, before and after.
    """

    plan: Plan
    rows: Mapping[str, Row]
    runs: tuple[Run, ...]
    entries: tuple[Entry, ...]
    queues: Mapping[str, Mapping[str, int]]
    saved: frozenset[str]
    deleted: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    activated: Mapping[str, int] = field(default_factory=dict)
    catalogue: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def runs_of(self, job: str) -> tuple[Run, ...]:
        """The runs that a job caused, oldest first."""
        return tuple(run for run in self.runs if run.job == job)


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken promise: which invariant, a sentence, and the job it was seen at."""

    invariant: str
    sentence: str
    job: str | None = None

    def __str__(self) -> str:
        return f"{self.invariant}: {self.sentence}"
