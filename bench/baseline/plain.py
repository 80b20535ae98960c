"""How is one job carried out, plainly and well?

The same clients as the app's, the same claim by etag, the same care for what cannot be known: a start
whose answer got lost is never repeated. What the app does for many jobs at once is done for each one here.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from uuid import UUID

from dataverse import (
    Create,
    DataverseClient,
    DuplicateRow,
    Expand,
    NotAWebhook,
    NotCarriedOut,
    PreconditionFailed,
    Retrieve,
    Row,
    RowGone,
    Update,
)
from dataverse.tables import Automation, Job, Post, Status
from dataverse.webhook import read
from jobs.fields import read_fields, read_template
from spotler import AutomationField, FieldType, Refused, SpotlerClient, SpotlerError
from spotler import NotCarriedOut as NotCalled
from wire.clock import Clock

LARGEST_BODY: Final = 1024 * 1024
WAITS: Final = 100
"""A service that asks to wait is waited for this often, for one request."""

_COLUMNS: Final = (Job.STATUS, Job.NAME, Job.ATTEMPTS, Job.CUSTOMER, Job.AUTOMATION_FIELDS)
_ENTRY: Final = (Automation.NAME, Automation.CODE, Automation.FIELD_TEMPLATE)


@dataclass(frozen=True, slots=True)
class Plain:
    """The whole work.

    Attributes:
        send: puts one message on the jobs queue and returns once it is accepted.
        calls: lets as many calls to Spotler pass at a time as Spotler takes.
    """

    dataverse: DataverseClient
    spotler: SpotlerClient
    send: Callable[[str], Awaitable[None]]
    calls: asyncio.Semaphore
    clock: Clock

    async def receive(self, body: bytes) -> int:
        """Queue the job of a webhook call; the HTTP status to answer."""
        try:
            call = read(body, content_length_limit=LARGEST_BODY)
        except NotAWebhook:
            return HTTPStatus.BAD_REQUEST
        await self.send(json.dumps({"job": str(call.row_id)}))
        return HTTPStatus.ACCEPTED

    async def process(self, body: bytes) -> None:
        """Carry out the job that a message names; does nothing where somebody else has it."""
        job = UUID(json.loads(body)["job"])
        retrieve = Retrieve(Job.SET, job, _COLUMNS, (Expand(Job.AUTOMATION_AUTOMATION, _ENTRY),))
        try:
            row = await self._patiently(lambda: self.dataverse.retrieve(retrieve))
            if row[Job.STATUS] != Status.QUEUED:
                return
            etag = await self._claimed(job, row)
        except (RowGone, PreconditionFailed):
            return
        values = await self._called(row)
        done = {**values, Job.COMPLETED_ON: self.clock.now()}
        await self._patiently(lambda: self.dataverse.update(Update(Job.SET, job, done, if_match=etag)))
        if values[Job.STATUS] == Status.SUCCEEDED:
            await self._shown(row)

    async def _claimed(self, job: UUID, row: Row) -> str:
        claim = Update(
            Job.SET,
            job,
            {
                **_moved(Status.IN_PROGRESS),
                Job.ATTEMPTS: int(row[Job.ATTEMPTS] or 0) + 1,
                Job.CLAIMED_ON: self.clock.now(),
            },
            if_match=row.etag or "",
            returning=(Job.ID,),
        )
        claimed = await self._patiently(lambda: self.dataverse.update(claim))
        return (claimed.etag if claimed is not None else None) or "*"

    async def _called(self, row: Row) -> dict[str, object]:
        entry = row.expanded(Job.AUTOMATION_AUTOMATION)
        if entry is None:
            return {**_moved(Status.FAILED), Job.RESULT_CODE: "INVALID_JOB"}
        template = entry.get(Automation.FIELD_TEMPLATE)
        fields = read_fields(
            row.get(Job.AUTOMATION_FIELDS),
            read_template(str(template)) if template else None,
            automation=str(entry[Automation.NAME]),
            quoting=False,
            max_length=4000,
        )
        if fields.problems:
            return {**_moved(Status.FAILED), Job.RESULT_CODE: "INVALID_AUTOMATION_FIELDS"}
        told = [AutomationField(one.name, FieldType(one.type.value), one.values) for one in fields.fields]
        try:
            runs = await self._started(str(entry[Automation.CODE]), str(row[Job.CUSTOMER]), told)
        except Refused as refused:
            return {**_moved(Status.FAILED), Job.RESULT_CODE: refused.code or "FAILED"}
        except SpotlerError:
            return {**_moved(Status.OUTCOME_UNKNOWN), Job.RESULT_CODE: "OUTCOME_UNKNOWN"}
        return {
            **_moved(Status.SUCCEEDED),
            Job.RESULT_CODE: "OK",
            Job.RESULT_MESSAGE: f"{entry[Automation.NAME]} was started.",
            Job.AUTOMATION_CONTACT_ID: ",".join(runs),
        }

    async def _started(self, code: str, person: str, fields: list[AutomationField]) -> tuple[str, ...]:
        for _ in range(WAITS):
            async with self.calls:
                try:
                    return (await self.spotler.trigger_automation(code, person, fields)).run_ids
                except NotCalled as busy:
                    wait = busy.retry_after or 1.0
            await self.clock.sleep(wait)
        raise NotCalled("Spotler was busy for too long")

    async def _shown(self, row: Row) -> None:
        post = Create(
            Post.SET,
            {
                Post.TEXT: "Spotler automation was started.",
                Post.SOURCE: Post.SOURCE_AUTO,
                Post.TYPE: Post.TYPE_STATUS,
                f"{Post.regarding('contact')}@odata.bind": f"/contacts({row[Job.CUSTOMER]})",
            },
        )
        try:
            await self._patiently(lambda: self.dataverse.create(post))
        except DuplicateRow:
            return

    async def _patiently[T](self, ask: Callable[[], Awaitable[T]]) -> T:
        """Wait as long as Dataverse asks: a message that fails ten times would be a dead letter."""
        for _ in range(WAITS):
            try:
                return await ask()
            except NotCarriedOut as busy:
                await self.clock.sleep(busy.retry_after or 1.0)
        raise NotCarriedOut("Dataverse was busy for too long")


def _moved(status: Status) -> dict[str, object]:
    return {Job.STATE: int(status.state), Job.STATUS: int(status)}
