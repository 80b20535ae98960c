"""Which earlier jobs of the same person and automation bar a job, and which does a stop cancel?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dataverse.tables import Operation, Status
from jobs.rows import JobRow
from jobs.timing import Timing

_UNFINISHED = (Status.QUEUED, Status.WAITING, Status.IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a job stands among its siblings.

    Attributes:
        barred: an earlier sibling must come to its end first.
        cancellable: earlier starts that a valid stop may cancel; they bar it until it has.
    """

    barred: bool
    cancellable: tuple[JobRow, ...]


def by_person(rows: Iterable[JobRow]) -> dict[UUID, list[JobRow]]:
    """The rows of each person; those of no group are left out, because they meet no other.

    Comparing each row of a portion with every sibling would hold up the calls that are under way.
    """
    found: dict[UUID, list[JobRow]] = {}
    for row in rows:
        if row.group is not None:
            found.setdefault(row.group.person, []).append(row)
    return found


def standing(row: JobRow, others: Iterable[JobRow], now: datetime, timing: Timing) -> Standing:
    """Judge by the strict order of creation, statuses and leases (rules 10 and 11).

    Finished siblings and those whose outcome is unknown do not bar; a living lease does, whatever
    the status says, because the call behind it may still take effect.
    """
    if row.group is None:
        return Standing(barred=False, cancellable=())
    earlier = [
        other
        for other in others
        if row.group.meets(other.group) and other.id != row.id and other.order < row.order
    ]
    cancellable = tuple(
        other
        for other in earlier
        if row.operation is Operation.STOP_AUTOMATION and _not_begun(other, now, timing)
    )
    barring = [other for other in earlier if other not in cancellable and _bars(other, now, timing)]
    return Standing(barred=bool(barring), cancellable=cancellable)


def _not_begun(other: JobRow, now: datetime, timing: Timing) -> bool:
    return (
        other.operation is Operation.START_AUTOMATION
        and other.status in (Status.QUEUED, Status.WAITING)
        and not other.confirmed
        and not timing.leased(other.claimed_on, now)
    )


def _bars(other: JobRow, now: datetime, timing: Timing) -> bool:
    unfinished = other.status in _UNFINISHED and not other.confirmed
    return unfinished or timing.leased(other.claimed_on, now)
