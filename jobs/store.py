"""How are job rows read and written in Dataverse, many at a time?"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from dataverse import (
    Answered,
    DataverseClient,
    DataverseError,
    Expand,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    PreconditionFailed,
    Query,
    Rejected,
    Row,
    RowGone,
    Update,
)
from dataverse.odata import all_of, any_of, eq, ge, is_in, le, ne
from dataverse.tables import PERSON_NAVIGATIONS, Automation, Job, Operation, State, Status
from jobs.events import Events
from jobs.row_writes import Gone, RowWrite, Stale, Unwritable, WriteResult, Written
from jobs.rows import Group, JobRow, UnreadableRow, read_job
from jobs.timing import FARTHEST, Timing

_PROTOCOL_COLUMNS: Final = (
    Job.ID,
    Job.STATUS,
    Job.OPERATION,
    Job.ATTEMPTS,
    Job.CLAIMED_ON,
    Job.CLAIM_TOKEN,
    Job.QUEUED_ON,
    Job.RETRY_ON,
    Job.COMPLETED_ON,
    Job.RESULT_CODE,
    Job.AUTOMATION_CONTACT_ID,
    Job.CUSTOMER,
    Job.LEAD,
    Job.AUTOMATION,
    Job.CREATED_ON,
    Job.SEQUENCE,
    Job.HELD_ON,
)
_INPUT_COLUMNS: Final = (Job.NAME, Job.AUTOMATION_FIELDS, Job.FORCE)
_CATALOGUE_COLUMNS: Final = (
    Automation.NAME,
    Automation.KIND,
    Automation.CODE,
    Automation.EXTERNAL_ID,
    Automation.FIELD_TEMPLATE,
    Automation.STATE,
    Automation.HOLD,
    Automation.STARTS_PER_HOUR,
    Automation.DUPLICATE_MINUTES,
)
MOST_SIBLINGS: Final = 20_000
"""Unfinished jobs of the persons of one batch; more than that cannot be put in order."""


@dataclass(frozen=True, slots=True)
class JobStore:
    """Reads and writes job rows.

    Attributes:
        external_id_columns: by table; read along with a job where one is set.
    """

    client: DataverseClient
    timing: Timing
    events: Events
    external_id_columns: Mapping[str, str] = field(default_factory=dict)

    async def read(self, ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        """One read of all these jobs; rows that were deleted are missing from the answer.

        A row that cannot be read is reported and stands as None, so that it never stops its neighbours.

        Raises:
            DataverseError: the read failed as a whole.
        """
        expand = [Expand(Job.AUTOMATION_AUTOMATION, _CATALOGUE_COLUMNS)]
        expand += [
            Expand(PERSON_NAVIGATIONS[table], (column,)) for table, column in self.external_id_columns.items()
        ]
        query = Query(
            Job.SET,
            (*_PROTOCOL_COLUMNS, *_INPUT_COLUMNS),
            filter=is_in(Job.ID, sorted(map(str, ids))),
            expand=tuple(expand),
        )
        rows = await self.client.query(query)
        return {job: self._readable(row) for row in rows if (job := row.id(Job.ID)) is not None}

    async def siblings(self, groups: Collection[Group], now: datetime) -> list[JobRow]:
        """One read of every job of these groups that can bar another: unfinished, or under a lease.

        Raises:
            DataverseError: the read failed as a whole.
        """
        persons = sorted({str(group.person) for group in groups})
        query = Query(
            Job.SET,
            _PROTOCOL_COLUMNS,
            filter=all_of(
                any_of(is_in(Job.CUSTOMER_COLUMN, persons), is_in(Job.LEAD_COLUMN, persons)),
                any_of(eq(Job.STATE, State.ACTIVE), ge(Job.CLAIMED_ON, now - self.timing.lease_span)),
                any_of(
                    eq(Job.OPERATION, Operation.START_AUTOMATION),
                    eq(Job.OPERATION, Operation.STOP_AUTOMATION),
                ),
            ),
            expand=(Expand(Job.AUTOMATION_AUTOMATION, (Automation.EXTERNAL_ID,)),),
            max_rows=MOST_SIBLINGS,
        )
        rows = await self.client.query(query)
        if len(rows) >= MOST_SIBLINGS:
            # A sibling that is not seen could be overtaken.
            raise Rejected(f"more than {MOST_SIBLINGS} unfinished jobs of {len(persons)} persons")
        return [job for job in map(self._readable, rows) if job is not None]

    async def may_have_started_since(self, row: JobRow, since: datetime) -> bool:
        """Whether another start for the row's person and automation was ever claimed since then.

        Whatever became of it: a request of it may have arrived unheard.

        Raises:
            DataverseError: the read failed.
        """
        if row.group is None:
            return False
        person = str(row.group.person)
        query = Query(
            Job.SET,
            _PROTOCOL_COLUMNS,
            filter=all_of(
                any_of(is_in(Job.CUSTOMER_COLUMN, [person]), is_in(Job.LEAD_COLUMN, [person])),
                eq(Job.OPERATION, Operation.START_AUTOMATION),
                ge(Job.ATTEMPTS, 1),
                ge(Job.QUEUED_ON, since),
            ),
            expand=(Expand(Job.AUTOMATION_AUTOMATION, (Automation.EXTERNAL_ID,)),),
        )
        others = [
            other for read in await self.client.query(query) if (other := self._readable(read)) is not None
        ]
        return any(other.id != row.id and row.group.meets(other.group) for other in others)

    async def starts_counted(self, automation: UUID, since: datetime, most: int) -> int:
        """Starts of this automation since then that were made, may have been, or are under way; at most `most`.

        One request of one page, which is why nothing above 5,000 can be asked.

        Raises:
            DataverseError: the read failed.
        """
        made = (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED, Status.OUTCOME_UNKNOWN)
        query = Query(
            Job.SET,
            (Job.ID,),
            filter=all_of(
                eq(Job.AUTOMATION, automation),
                eq(Job.OPERATION, Operation.START_AUTOMATION),
                any_of(
                    ge(Job.CLAIMED_ON, since),
                    all_of(ge(Job.COMPLETED_ON, since), any_of(*(eq(Job.STATUS, one) for one in made))),
                ),
            ),
            top=most,
        )
        return len(await self.client.query(query))

    async def started_since(self, groups: Collection[Group], since: datetime) -> list[JobRow]:
        """One read of every start of these groups since then that was made, may have been, or is under way.

        Raises:
            DataverseError: the read failed as a whole.
        """
        persons = sorted({str(group.person) for group in groups})
        query = Query(
            Job.SET,
            (*_PROTOCOL_COLUMNS, *_INPUT_COLUMNS),
            filter=all_of(
                any_of(is_in(Job.CUSTOMER_COLUMN, persons), is_in(Job.LEAD_COLUMN, persons)),
                eq(Job.OPERATION, Operation.START_AUTOMATION),
                any_of(
                    all_of(eq(Job.STATUS, Status.IN_PROGRESS), ge(Job.CLAIMED_ON, since)),
                    ge(Job.COMPLETED_ON, since),
                ),
            ),
            expand=(Expand(Job.AUTOMATION_AUTOMATION, (Automation.EXTERNAL_ID,)),),
            max_rows=MOST_SIBLINGS,
        )
        rows = await self.client.query(query)
        if len(rows) >= MOST_SIBLINGS:
            # A start that is not seen could be made twice.
            raise Rejected(f"more than {MOST_SIBLINGS} starts of {len(persons)} persons")
        return [job for job in map(self._readable, rows) if job is not None]

    async def overdue(self, now: datetime, untouched_since: datetime, most: int) -> list[UUID]:
        """Jobs whose doorbell must have got lost, oldest first, at most `most` of them; one request.

        Raises:
            DataverseError: the read failed.
        """
        abandoned = now - self.timing.lease_span
        ahead = now + self.timing.lease_span
        query = Query(
            Job.SET,
            (Job.ID,),
            filter=all_of(
                eq(Job.STATE, State.ACTIVE),
                any_of(
                    all_of(
                        eq(Job.STATUS, Status.QUEUED),
                        # A row that a person activated has no doorbell that could still be on its way.
                        any_of(le(Job.MODIFIED_ON, untouched_since), ne(Job.COMPLETED_ON, None)),
                    ),
                    all_of(
                        eq(Job.STATUS, Status.WAITING),
                        # Its doorbell rings at that very moment; only one that is missing is rung again.
                        any_of(
                            eq(Job.RETRY_ON, None),
                            le(Job.RETRY_ON, untouched_since),
                            ge(Job.RETRY_ON, now + FARTHEST),
                        ),
                    ),
                    all_of(
                        eq(Job.STATUS, Status.IN_PROGRESS),
                        any_of(
                            eq(Job.CLAIMED_ON, None),
                            le(Job.CLAIMED_ON, abandoned),
                            ge(Job.CLAIMED_ON, ahead),
                        ),
                    ),
                ),
            ),
            order_by=(Job.CREATED_ON,),
            top=most,
        )
        rows = await self.client.query(query)
        return [identifier for row in rows if (identifier := row.id(Job.ID)) is not None]

    async def write(self, writes: Sequence[RowWrite], *, with_etags: bool = False) -> list[WriteResult]:
        """Carry out guarded changes in one request, each on its own; the answers keep the order.

        Args:
            writes: changes of different rows.
            with_etags: ask for the new etags, which costs Dataverse a read of each row.

        Raises:
            DataverseError: the request failed as a whole and may or may not have taken effect.
        """
        returning = (Job.ID,) if with_etags else ()
        updates = [
            Update(Job.SET, write.id, write.values, if_match=write.etag, returning=returning)
            for write in writes
        ]
        return [_result(answer) for answer in await self.client.batch(updates)]

    def _readable(self, row: Row) -> JobRow | None:
        try:
            return read_job(row)
        except UnreadableRow as unreadable:
            self.events.error("row_unreadable", reason=str(unreadable))
            return None


def _result(answer: Answered | DataverseError) -> WriteResult:
    match answer:
        case Answered():
            return Written(answer.row.etag if answer.row is not None else None)
        case PreconditionFailed() | NotCarriedOut() | MayHaveBeenCarriedOut():
            return Stale()
        case RowGone():
            return Gone()
        case _:
            return Unwritable(answer)
