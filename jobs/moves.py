"""What is written on a row when a worker claims it, or ends it without an outcome?"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dataverse.tables import Job, Operation, Status
from jobs import result_codes as codes
from jobs.brakes import BRAKED, Brake
from jobs.language import Language
from jobs.row_writes import RowWrite, moved
from jobs.rows import JobRow
from jobs.texts import cut
from jobs.wording import braked_message, duplicate_message, healed_message, result_message

NAME_LENGTH: Final = 200


def claiming(
    job: JobRow, *, attempt: int, claimed_on: datetime, queued_on: datetime, token: str, name: str | None
) -> RowWrite:
    """A claim; `name` is given to a job that a person left without one."""
    values: dict[str, object] = {
        **moved(Status.IN_PROGRESS),
        Job.ATTEMPTS: attempt,
        Job.CLAIMED_ON: claimed_on,
        Job.CLAIM_TOKEN: token,
        Job.QUEUED_ON: queued_on,
        Job.RETRY_ON: None,
    }
    if name is not None:
        values[Job.NAME] = cut(name, NAME_LENGTH)
    if job.held_on is not None:
        values[Job.HELD_ON] = None
    return RowWrite(job.id, job.etag, values)


def healing(job: JobRow, now: datetime, language: Language) -> RowWrite:
    """Puts a success that a person activated back to what it was (rule 3)."""
    whole = job.result_code == codes.OK
    values = {
        **moved(Status.SUCCEEDED if whole else Status.PARTLY_SUCCEEDED),
        Job.RESULT_MESSAGE: healed_message(language),
        # The end stays what it was: nothing was carried out now.
        Job.COMPLETED_ON: job.completed_on or now,
    }
    return RowWrite(job.id, job.etag, values)


def ended(job: JobRow, now: datetime, status: Status, code: str, language: Language) -> RowWrite:
    """Ends a job that nobody is calling: given up, cancelled by a stop, or impossible to claim."""
    message = result_message(
        language=language,
        status=status,
        operation=job.operation or Operation.START_AUTOMATION,
        code=code,
        label="",
        kind=None,
        refusals=(),
        detail="",
        attempt=job.attempts,
        retry_on=None,
        after_unknown=False,
        replayed=job.replayed,
    )
    values = {
        **moved(status),
        Job.RESULT_CODE: code,
        Job.RESULT_MESSAGE: message,
        Job.RETRY_ON: None,
        Job.COMPLETED_ON: now,
    }
    return RowWrite(job.id, job.etag, values)


def braking(job: JobRow, brake: Brake, now: datetime, retry_on: datetime, language: Language) -> RowWrite:
    """Makes a start wait for a brake; it keeps its attempts, and its retry window stands still."""
    waits_already = job.status is Status.WAITING and job.result_code in BRAKED
    since = job.held_on if waits_already and job.held_on is not None else now
    message = braked_message(
        brake.code, label=brake.label, since=since, again=retry_on, cap=brake.cap, language=language
    )
    values: dict[str, object] = {
        **moved(Status.WAITING),
        Job.RESULT_CODE: brake.code,
        Job.RESULT_MESSAGE: message,
        Job.RETRY_ON: retry_on,
        Job.HELD_ON: since,
    }
    if job.status is Status.QUEUED:
        # A window of an earlier life must not go on.
        values[Job.QUEUED_ON] = None
    return RowWrite(job.id, job.etag, values)


def refusing_twice(
    job: JobRow, first: JobRow, started: datetime, now: datetime, language: Language
) -> RowWrite:
    """Ends a start that was made before by another job."""
    name, number = str(first.source.get(Job.NAME) or ""), str(first.source.get(Job.SEQUENCE) or "")
    write = ended(job, now, Status.FAILED, codes.DUPLICATE_START, language)
    message = duplicate_message(cut(name, NAME_LENGTH), number, started, language)
    return RowWrite(job.id, job.etag, {**write.values, Job.RESULT_MESSAGE: message})
