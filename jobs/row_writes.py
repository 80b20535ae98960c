"""What can be asked of a row, and what can come of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from dataverse import DataverseError
from dataverse.tables import Job, Status


@dataclass(frozen=True, slots=True)
class RowWrite:
    """One guarded change of one row: it takes effect only where the row still has this etag."""

    id: UUID
    etag: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Written:
    """The change took effect; `etag` is the row's new one."""

    etag: str | None


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody wrote the row since it was read, or it cannot be told: read again and judge again."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The row was deleted."""


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Dataverse refuses this change for good; `error` says why."""

    error: DataverseError


WriteResult = Written | Stale | Gone | Unwritable


def moved(status: Status) -> dict[str, object]:
    """The two columns that move a row to a status; Dataverse wants them written together."""
    return {Job.STATE: int(status.state), Job.STATUS: int(status)}
