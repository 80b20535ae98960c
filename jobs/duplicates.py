"""Was the same start made shortly before?

Decided before the claim, on a read that is made once no earlier job of the group bars the start any more: two
starts of one person and automation are never under way together, so one of them always sees the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from dataverse.tables import Automation, Job, Operation, Status
from jobs.calls import InputRules
from jobs.fields import FieldsRead, FieldType, read_fields, read_template
from jobs.rows import JobRow, of_automation

type Fields = frozenset[tuple[str, FieldType, tuple[str, ...]]]
"""Automation Fields as they would go out, in no order."""

_STARTED: Final = (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED, Status.OUTCOME_UNKNOWN)


def window(job: JobRow) -> timedelta | None:
    """For how long the same start counts as made by mistake; None where nobody asked or it is forced."""
    if job.operation is not Operation.START_AUTOMATION or job.group is None:
        return None
    minutes = of_automation(job.source, Automation.DUPLICATE_MINUTES)
    if not isinstance(minutes, int) or isinstance(minutes, bool) or minutes < 1:
        return None
    return None if job.source.get(Job.FORCE) is True else timedelta(minutes=min(minutes, 10**6))


def started_on(job: JobRow) -> datetime | None:
    """When a start was made, or may have been; None where it surely was not."""
    if job.operation is not Operation.START_AUTOMATION:
        return None
    if job.status is Status.IN_PROGRESS:
        return job.claimed_on
    return job.completed_on if job.status in _STARTED or job.confirmed else None


def earlier_start(job: JobRow, others: Iterable[JobRow], now: datetime, rules: InputRules) -> JobRow | None:
    """The first start within the window for the same person, automation and fields."""
    span, fields = window(job), fields_of(job, job, rules)
    if span is None or fields is None or job.group is None:
        return None
    found = [
        (moment, other.order, other)
        for other in others
        if other.id != job.id
        and job.group.meets(other.group)
        and (moment := started_on(other)) is not None
        and now - span <= moment
        and fields_of(other, job, rules) == fields
    ]
    return min(found, key=lambda one: one[:2])[2] if found else None


def fields_of(job: JobRow, like: JobRow, rules: InputRules) -> Fields | None:
    """The Automation Fields of a job, read by the field list of another; None where they are not right."""
    template = of_automation(like.source, Automation.FIELD_TEMPLATE)
    text = job.source.get(Job.AUTOMATION_FIELDS)
    read: FieldsRead = read_fields(
        str(text) if text is not None else None,
        read_template(str(template)) if template else None,
        automation="",
        quoting=rules.quoting,
        max_length=rules.max_length,
    )
    if read.problems:
        return None
    return frozenset((field.name, field.type, field.values) for field in read.fields)
