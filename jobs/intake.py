"""What becomes of a webhook call?"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dataverse import NotAWebhook
from dataverse.tables import Job
from dataverse.webhook import read
from jobs import telemetry
from jobs.doorbells import Doorbell
from jobs.events import Events
from jobs.ports import Bells, QueueUnavailable

BODY_LIMIT = 1024 * 1024
"""Dataverse takes the contents out of what is larger than 256 KB; four times that is not from Dataverse."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer; Dataverse repeats a delivery once, and only after 502, 503 and 504."""

    status: int
    body: dict[str, str]


def refusal(status: int, code: str, sentence: str) -> Reply:
    """An error answer; every one of the app's has this form."""
    return Reply(status, {"error": code, "message": sentence})


@dataclass(frozen=True, slots=True)
class Intake:
    """Turns webhook calls into doorbells.

    Attributes:
        organization: the only environment whose calls are taken; None takes those of any.
    """

    bells: Bells
    events: Events
    organization: UUID | None

    async def receive(self, body: bytes) -> Reply:
        """Ring for the row that was created; 202 only once Service Bus has accepted."""
        try:
            call = read(body, content_length_limit=BODY_LIMIT)
        except NotAWebhook as error:
            self.events.warning("webhook_refused", reason="unreadable", bytes=len(body))
            if error.too_large:
                return refusal(413, "too_large", str(error))
            return refusal(400, "not_a_webhook", str(error))
        foreign = self._foreign(call.table, call.message, call.organization_id)
        if foreign is not None:
            self.events.warning("webhook_refused", reason="not ours")
            return refusal(400, "not_ours", foreign)
        telemetry.tell(call.row_id, job=str(call.row_id))
        try:
            await self.bells.ring([Doorbell(call.row_id)])
        except QueueUnavailable as error:
            self.events.error("webhook_not_queued", job=str(call.row_id), reason=str(error))
            return refusal(
                503,
                "not_queued",
                "The queue did not accept the job; it is found again within minutes anyway.",
            )
        self.events.info("job_received", job=str(call.row_id))
        return Reply(202, {"job": str(call.row_id)})

    def _foreign(self, table: str, message: str, organization: UUID | None) -> str | None:
        if table != Job.TABLE:
            return f"This address takes rows of {Job.TABLE} only; register the webhook step on that table."
        if message != "Create":
            return "This address takes the message Create only; register the webhook step on Create."
        if self.organization is not None and organization != self.organization:
            return "The call comes from another environment than DATAVERSE_ORGANIZATION_ID names."
        return None
