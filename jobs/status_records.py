"""What is asked of Dataverse for the status page, and what do its answers say? One request for all of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from dataverse import (
    Answered,
    DataverseError,
    NotAllowed,
    NotCarriedOut,
    Outcome,
    Query,
    Rejected,
    Row,
    WrongPath,
)
from dataverse.description.installed import WEBHOOK
from dataverse.odata import all_of, eq, ge, is_in
from dataverse.tables import Automation, Job, Operation, Status, SystemJob
from jobs.status_figures import (
    BAD,
    OPEN,
    Catalogue,
    Cause,
    Count,
    Delivery,
    Oldest,
    Records,
    Sync,
    Trouble,
    Undelivered,
    Webhooks,
    Window,
    counted,
)
from jobs.waiting import OPEN_JOBS, waits_since

FAILURES_LOOKED_AT: Final = 1000
"""Causes are told of so many jobs that ended badly, those created last."""

DELIVERIES_LOOKED_AT: Final = 100
"""Causes are told of so many failed deliveries, the last ones."""

LONGEST_REPORT: Final = 4000

_ANSWERED: Final = re.compile(r"status code: ([1-5][0-9]{2})\b")
_WHY: Final = {
    0x80050201: Undelivered.ANSWERED,
    0x80050202: Undelivered.TIMED_OUT,
    0x80050205: Undelivered.NOT_CONNECTED,
}
"""Error codes of system jobs (Microsoft Learn, "Web service error codes": Webhooks…)."""


def questions(now: datetime) -> list[Query]:
    """What is asked, for `records`."""
    since = {window: now - window.length for window in Window}
    asked = [
        _count(all_of(eq(Job.STATUS, status), ge(Job.CREATED_ON, since[window])))
        for window in Window
        for status in Status
    ]
    asked += [_count(eq(Job.STATUS, status)) for status in OPEN]
    bad = all_of(is_in(Job.STATUS, BAD), ge(Job.CREATED_ON, since[Window.WEEK]))
    refreshed = all_of(
        eq(Job.OPERATION, Operation.REFRESH_AUTOMATIONS),
        is_in(Job.STATUS, (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED)),
    )
    failed = all_of(
        eq(SystemJob.STATUS, SystemJob.STATUS_FAILED),
        eq(SystemJob.STEP, WEBHOOK.step_id),
        ge(SystemJob.COMPLETED_ON, since[Window.WEEK]),
    )
    asked += [
        OPEN_JOBS,
        Query(
            Job.SET,
            (Job.ID, Job.RESULT_CODE, Job.CREATED_ON),
            filter=bad,
            order_by=(f"{Job.CREATED_ON} desc",),
            page_size=FAILURES_LOOKED_AT,
        ),
        Query(
            Automation.SET,
            (Automation.ID, Automation.MODIFIED_ON),
            order_by=(f"{Automation.MODIFIED_ON} desc",),
            page_size=1,
            count=True,
        ),
        Query(
            Job.SET,
            (Job.ID, Job.COMPLETED_ON, Job.RESULT_MESSAGE),
            filter=refreshed,
            order_by=(f"{Job.COMPLETED_ON} desc",),
            page_size=1,
        ),
        Query(
            SystemJob.SET,
            (SystemJob.ID, SystemJob.ERROR_CODE, SystemJob.MESSAGE, SystemJob.COMPLETED_ON),
            filter=failed,
            order_by=(f"{SystemJob.COMPLETED_ON} desc",),
            page_size=DELIVERIES_LOOKED_AT,
            count=True,
        ),
    ]
    return asked


def records(outcomes: Sequence[Outcome]) -> Records:
    """What the answers to `questions` say.

    Raises:
        DataverseError: a question was not answered, other than that about webhooks.
        ValueError: there is not one answer for each question, or one is none.
    """
    *ours, deliveries = outcomes
    answers = [_answered(outcome) for outcome in ours]
    numbers = [counted(answer.count) for answer in answers[: len(Window) * len(Status) + len(OPEN)]]
    per_window = iter(numbers)
    created = {window: {status: next(per_window) for status in Status} for window in Window}
    opened = {status: next(per_window) for status in OPEN}
    waiting, bad, catalogue, refreshed = answers[len(numbers) :]
    return Records(
        created=created,
        open=opened,
        oldest=_oldest(waiting.rows),
        causes=_causes(bad.rows),
        looked_at=Count(len(bad.rows), bad.more),
        catalogue=Catalogue(
            counted(catalogue.count),
            catalogue.rows[0].time(Automation.MODIFIED_ON) if catalogue.rows else None,
            _sync(refreshed.rows),
        ),
        webhooks=trouble(deliveries) if isinstance(deliveries, DataverseError) else _webhooks(deliveries),
    )


def trouble(error: Exception) -> Trouble:
    """Why Dataverse's figures are not there."""
    match error:
        case NotAllowed():
            return Trouble.REFUSED
        case WrongPath() | Rejected():
            return Trouble.WRONG_ADDRESS
        case NotCarriedOut() | TimeoutError():
            return Trouble.UNREACHABLE
        case DataverseError():
            return Trouble.UNREACHABLE if error.status is None else Trouble.UNEXPECTED
        case _:
            return Trouble.UNEXPECTED


def _count(condition: str) -> Query:
    return Query(Job.SET, (Job.ID,), filter=condition, page_size=1, count=True)


def _answered(outcome: Outcome) -> Answered:
    if isinstance(outcome, DataverseError):
        raise outcome
    return outcome


def _oldest(rows: Sequence[Row]) -> Oldest | None:
    found = [
        Oldest(job, Status(row[Job.STATUS]), since, str(row.get(Job.RESULT_CODE) or ""))
        for row in rows
        if (since := waits_since(row)) is not None and (job := row.id(Job.ID)) is not None
    ]
    return min(found, key=lambda one: one.since, default=None)


def _causes(rows: Sequence[Row]) -> tuple[Cause, ...]:
    number: Counter[str] = Counter()
    newest: dict[str, datetime] = {}
    for row in rows:
        created = row.time(Job.CREATED_ON)
        if created is not None:
            code = str(row.get(Job.RESULT_CODE) or "")
            number[code] += 1
            newest[code] = max(created, newest.get(code, created))
    ranked = sorted(number, key=lambda code: (-number[code], code))
    return tuple(Cause(code, Count(number[code]), newest[code]) for code in ranked)


def _sync(rows: Sequence[Row]) -> Sync | None:
    ended = rows[0].time(Job.COMPLETED_ON) if rows else None
    if ended is None:
        return None
    return Sync(ended, str(rows[0].get(Job.RESULT_MESSAGE) or "")[:LONGEST_REPORT])


def _webhooks(answer: Answered) -> Webhooks:
    kinds = Counter(_delivery(row) for row in answer.rows)
    ranked = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0][0], pair[0][1] or 0))
    return Webhooks(
        counted(answer.count),
        answer.rows[0].time(SystemJob.COMPLETED_ON) if answer.rows else None,
        tuple(Delivery(why, status, Count(number)) for (why, status), number in ranked),
    )


def _delivery(row: Row) -> tuple[Undelivered, int | None]:
    code = row.get(SystemJob.ERROR_CODE)
    # The column holds the code as 32 bits with sign.
    why = _WHY.get(code % 2**32, Undelivered.OTHER) if isinstance(code, int) else Undelivered.OTHER
    # Of the platform's own text nothing is passed on but the status: it may quote what it likes.
    found = _ANSWERED.search(str(row.get(SystemJob.MESSAGE) or ""))
    return why, int(found[1]) if found and why is Undelivered.ANSWERED else None
