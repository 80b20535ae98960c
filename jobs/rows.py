"""What does a Spotler Job look like to the protocol, before its inputs are interpreted?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dataverse import Row
from dataverse.tables import Automation, Job, Operation, Status
from jobs.result_codes import OK, PARTLY_OK


class UnreadableRow(Exception):  # noqa: N818 - named for what was met
    """A job row lacks what the platform itself guarantees, such as a status this version knows."""


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs whose effects must happen in the order of creation: one person and one automation.

    Attributes:
        automations: what is started or stopped at Spotler. Two rows of the catalogue may lead to the
            same automation, and one may lead to several; so groups meet rather than being equal.
    """

    person: UUID
    automations: frozenset[str]

    def meets(self, other: Group | None) -> bool:
        """Whether jobs of the two groups can touch the same runs."""
        return (
            other is not None and self.person == other.person and bool(self.automations & other.automations)
        )


@dataclass(frozen=True, slots=True)
class JobRow:
    """One read of one job: ids, states and keys only.

    Attributes:
        operation: None where the row asks for something this version does not know.
        by_run: AutomationContactId is filled in; on a stop that means single runs are to be stopped.
        order: sorts jobs by creation; strict, because it ends with the row's id.
        source: the row as read; its inputs are interpreted after the claim only.
        held_on: since when a brake of its automation makes it wait.
    """

    id: UUID
    etag: str
    status: Status
    operation: Operation | None
    attempts: int
    claimed_on: datetime | None
    claim_token: str
    queued_on: datetime | None
    retry_on: datetime | None
    completed_on: datetime | None
    result_code: str
    by_run: bool
    group: Group | None
    order: tuple[datetime, int, str, str]
    source: Row
    held_on: datetime | None = None

    @property
    def confirmed(self) -> bool:
        """Queued again although it had succeeded: counts as finished and is only put right."""
        return self.status is Status.QUEUED and self.result_code in (OK, PARTLY_OK)

    @property
    def replayed(self) -> bool:
        """A person has activated it after it had come to an end."""
        return self.completed_on is not None

    @property
    def repeatable(self) -> bool:
        """Carrying it out twice does no harm: everything but a start."""
        return self.operation is not Operation.START_AUTOMATION


def read_job(row: Row) -> JobRow:
    """Read what the protocol needs to know of a row.

    Raises:
        UnreadableRow: naming the column; never its value.
    """
    identifier = row.id(Job.ID)
    created = row.time(Job.CREATED_ON)
    if identifier is None or created is None or row.etag is None:
        raise UnreadableRow(f"a row of {Job.TABLE} came without its id, etag or {Job.CREATED_ON}")
    try:
        status = Status(row[Job.STATUS])
    except ValueError:
        raise UnreadableRow(f"{Job.STATUS} of {Job.TABLE} {identifier} is none that is known") from None
    operation = _operation(row.get(Job.OPERATION))
    by_run = bool(str(row.get(Job.AUTOMATION_CONTACT_ID) or "").strip())
    sequence = str(row.get(Job.SEQUENCE) or "")
    return JobRow(
        id=identifier,
        etag=row.etag,
        status=status,
        operation=operation,
        attempts=max(0, int(row.get(Job.ATTEMPTS) or 0)),
        claimed_on=row.time(Job.CLAIMED_ON),
        claim_token=str(row.get(Job.CLAIM_TOKEN) or ""),
        queued_on=row.time(Job.QUEUED_ON),
        retry_on=row.time(Job.RETRY_ON),
        completed_on=row.time(Job.COMPLETED_ON),
        result_code=str(row.get(Job.RESULT_CODE) or ""),
        by_run=by_run,
        group=_group(row, operation, by_run=by_run),
        # An autonumber grows by a digit when its places are used up, so its length is compared first.
        order=(created, len(sequence), sequence, str(identifier)),
        source=row,
        held_on=row.time(Job.HELD_ON) if row.get(Job.HELD_ON) is not None else None,
    )


def of_automation(row: Row, column: str) -> object:
    """What the catalogue says of a job's automation; None without one, and whatever else came in its place."""
    entry = row.values.get(Job.AUTOMATION_AUTOMATION)
    return entry.get(column) if isinstance(entry, Mapping) else None


def _operation(value: object) -> Operation | None:
    return next((operation for operation in Operation if operation == value), None)


def _group(row: Row, operation: Operation | None, *, by_run: bool) -> Group | None:
    if operation not in (Operation.START_AUTOMATION, Operation.STOP_AUTOMATION):
        return None
    if operation is Operation.STOP_AUTOMATION and by_run:
        return None
    customer, lead, automation = row.id(Job.CUSTOMER), row.id(Job.LEAD), row.id(Job.AUTOMATION)
    person = customer if lead is None else lead if customer is None else None
    if person is None or automation is None:
        return None
    return Group(person, _automations(row, automation))


def _automations(row: Row, automation: UUID) -> frozenset[str]:
    external = of_automation(row, Automation.EXTERNAL_ID)
    if not isinstance(external, str) or not external:
        return frozenset({str(automation)})
    return frozenset(external.split(","))
