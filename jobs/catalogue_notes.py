"""How does a change of the catalogue reach the notes on its rows, and who waits on a row that changes?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from dataverse import (
    Answered,
    Create,
    DataverseClient,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Query,
    Row,
)
from dataverse import DataverseError as Failure
from dataverse.odata import all_of, eq, is_in
from dataverse.tables import Automation, Job, Note, Operation, Status
from jobs.catalogue import Change
from jobs.catalogue_report import BrokenJob, WaitingStart, broken, may_break, note_text, noteworthy
from jobs.events import Events
from jobs.language import Language
from jobs.result_codes import OK, PARTLY_OK

MOST_NOTES: Final = 1000
"""One batch; of more changes at once the most important get a note."""

MOST_JOBS: Final = 500
"""So many unfinished starts are looked at, the oldest of them."""

MOST_IDS: Final = 100
"""Of more changed rows the filter would not fit; then all unfinished starts are read, as many as that."""

SUBJECT: Final = "Spotler Jobs: catalogue"

_NAMESPACE: Final = UUID("0c1c6e5e-5b3a-4f55-9f86-0a9a5d0d7c42")


@dataclass(frozen=True, slots=True)
class Broken:
    """Starts that a sync breaks; `whole` is False where not all unfinished starts were looked at."""

    jobs: tuple[BrokenJob, ...] = ()
    whole: bool = True


def note_id(row: UUID, etag: str) -> UUID:
    """The id of the note about the change of one version of a row: the same however often it is made."""
    return uuid5(_NAMESPACE, f"{row}:{etag}")


@dataclass(frozen=True, slots=True)
class CatalogueNotes:
    """Tells about changes of the catalogue before they are written, so that a crash between loses no note.

    A note that the environment refuses is reported and keeps no sync from going on.

    Attributes:
        quoting: whether Automation Fields may hold values in double quotes.
        max_length: most characters of one value in them.
    """

    dataverse: DataverseClient
    events: Events
    language: Language
    quoting: bool
    max_length: int

    async def broken(self, changes: Sequence[Change]) -> Broken:
        """Which unfinished starts the changes break; one request where any could, else none.

        Raises:
            DataverseError: Dataverse does not answer now.
        """
        rows = [change.row.id for change in changes if change.row is not None and may_break(change)]
        if not rows:
            return Broken()
        among = (is_in(Job.AUTOMATION_COLUMN, sorted(map(str, rows))),) if len(rows) <= MOST_IDS else ()
        query = Query(
            Job.SET,
            (Job.ID, Job.NAME, Job.AUTOMATION, Job.AUTOMATION_FIELDS, Job.STATUS, Job.RESULT_CODE),
            filter=all_of(
                eq(Job.OPERATION, Operation.START_AUTOMATION),
                is_in(Job.STATUS, [int(Status.QUEUED), int(Status.WAITING)]),
                *among,
            ),
            order_by=(Job.CREATED_ON,),
            top=MOST_JOBS,
        )
        try:
            page = await self.dataverse.first_page(query)
        except (NotCarriedOut, MayHaveBeenCarriedOut):
            raise
        except Failure as error:
            self.events.warning("catalogue_jobs_unread", status=error.status, code=error.code)
            return Broken(whole=False)
        waiting = [job for row in page.rows if (job := _waiting(row)) is not None]
        found = broken(changes, waiting, quoting=self.quoting, max_length=self.max_length)
        return Broken(found, whole=len(page.rows) < MOST_JOBS and page.next_link is None)

    async def write(self, changes: Sequence[Change], told: Broken) -> None:
        """Make the notes, one request for all of them; one that is there already is left alone.

        Raises:
            DataverseError: Dataverse does not answer now.
        """
        affected: dict[UUID, list[BrokenJob]] = {}
        for job in told.jobs:
            affected.setdefault(job.automation, []).append(job)
        worth = sorted(filter(noteworthy, changes), key=lambda change: _weight(change, affected))
        notes = [
            note for change in worth[:MOST_NOTES] if (note := self._note(change, affected, told)) is not None
        ]
        if not notes:
            return
        answers = await self.dataverse.batch(notes)
        refused = [one for one in answers if not isinstance(one, Answered | DuplicateRow)]
        if refused:
            first = refused[0]
            self.events.warning(
                "catalogue_notes_refused", notes=len(refused), status=first.status, code=first.code
            )

    def _note(self, change: Change, affected: dict[UUID, list[BrokenJob]], told: Broken) -> Create | None:
        if change.row is None:
            return None
        jobs = affected.get(change.row.id, [])
        text = note_text(change, jobs, self.language, whole_list=told.whole or not may_break(change))
        return Create(
            Note.SET,
            {
                Note.ID: str(note_id(change.row.id, change.row.etag)),
                Note.SUBJECT: SUBJECT,
                Note.TEXT: text,
                f"{Note.regarding(Automation.TABLE)}@odata.bind": f"/{Automation.SET}({change.row.id})",
            },
        )


def _waiting(row: Row) -> WaitingStart | None:
    identifier, automation = row.id(Job.ID), row.id(Job.AUTOMATION)
    healed = row.get(Job.STATUS) == Status.QUEUED and row.get(Job.RESULT_CODE) in (OK, PARTLY_OK)
    if identifier is None or automation is None or healed:
        return None
    name, text = row.get(Job.NAME), row.get(Job.AUTOMATION_FIELDS)
    return WaitingStart(identifier, str(name or ""), automation, str(text or ""))


def _weight(change: Change, affected: dict[UUID, list[BrokenJob]]) -> int:
    if change.row is not None and change.row.id in affected:
        return 0
    return 1 if change.deactivated else 2 if change.fields_changed else 3
