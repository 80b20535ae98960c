"""Which figures tell whether jobs flow, and which of them call for somebody?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from dataverse.tables import Status
from jobs.queues import Depth

CAPPED_AT: Final = 5000
"""Dataverse counts no further (Microsoft Learn, "Count number of rows")."""

TOO_LONG: Final = timedelta(hours=1)
"""A job that waits longer calls for somebody, as the alert does."""


class Window(StrEnum):
    """A stretch of time that ends now."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return {
            Window.HOUR: timedelta(hours=1),
            Window.DAY: timedelta(days=1),
            Window.WEEK: timedelta(weeks=1),
        }[self]


class Trouble(StrEnum):
    """Why figures of a service are not there."""

    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    WRONG_ADDRESS = "wrong_address"
    UNEXPECTED = "unexpected"


class Undelivered(StrEnum):
    """Why Dataverse could not deliver a webhook."""

    ANSWERED = "answered"
    TIMED_OUT = "timed_out"
    NOT_CONNECTED = "not_connected"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class Count:
    """A number of rows; `or_more` where it was not counted to the end."""

    number: int
    or_more: bool = False

    def __add__(self, other: Count) -> Count:
        return Count(self.number + other.number, self.or_more or other.or_more)


NONE: Final = Count(0)


def counted(number: int | None) -> Count:
    """A count as Dataverse gave it.

    Raises:
        ValueError: it gave none.
    """
    if number is None:
        raise ValueError("a count was asked for, and none was given")
    return Count(min(number, CAPPED_AT), number >= CAPPED_AT)


@dataclass(frozen=True, slots=True)
class Oldest:
    """The job that waits longest; `code` is the reason it waits for, empty where it was not tried yet."""

    job: UUID
    status: Status
    since: datetime
    code: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Jobs that ended badly for one reason; `code` is empty where none stands on them."""

    code: str
    count: Count
    newest: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """Deliveries that failed for one reason; `answered` is the HTTP status they met, where there was one."""

    why: Undelivered
    answered: int | None
    count: Count


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Deliveries that Dataverse gave up in the last week; `causes` of the newest of them, most frequent first."""

    failed: Count
    newest: datetime | None
    causes: tuple[Delivery, ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """A synchronisation of the catalogue: when it ended, and its report in sentences."""

    ended_on: datetime
    report: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What can be known of the list of automations.

    Attributes:
        entries: rows, withdrawn ones among them.
        changed_on: when a row was last written; a synchronisation that finds nothing new writes none.
        by_job: the last one that a job asked for.
    """

    entries: Count
    changed_on: datetime | None
    by_job: Sync | None


@dataclass(frozen=True, slots=True)
class Records:
    """What Dataverse tells.

    Attributes:
        created: jobs created within each window, by the state they are in now.
        open: jobs of each open state, whenever they were created.
        causes: of jobs created in the last week that ended badly, most frequent first.
        looked_at: so many of those the causes were taken from, the newest.
    """

    created: Mapping[Window, Mapping[Status, Count]]
    open: Mapping[Status, Count]
    oldest: Oldest | None
    causes: tuple[Cause, ...]
    looked_at: Count
    catalogue: Catalogue
    webhooks: Webhooks | Trouble


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that is shown; a service that could not be asked has a trouble in its place.

    Attributes:
        version: of the app.
        read_on: the moment of the oldest reading.
        spotler: number of its campaigns.
        queues: messages and dead letters, by the queue's name.
        sync_here: the last synchronisation that this instance of the app carried out since it started.
    """

    version: str
    read_on: datetime
    records: Records | Trouble
    spotler: int | Trouble
    queues: Mapping[str, tuple[Depth, Depth]] | Trouble
    sync_here: Sync | None


BAD: Final = (Status.PARTLY_SUCCEEDED, Status.FAILED, Status.OUTCOME_UNKNOWN)
"""States in which a job ended badly."""

OPEN: Final = (Status.QUEUED, Status.IN_PROGRESS, Status.WAITING)


class Call(StrEnum):
    """What calls for somebody."""

    DATAVERSE = "dataverse"
    SPOTLER = "spotler"
    BUS = "service_bus"
    WAITING = "waiting"
    FAILURES = "failures"
    DEAD_LETTERS = "dead_letters"
    WEBHOOKS = "webhooks"

    @property
    def part(self) -> str:
        """The part of the page that tells more."""
        match self:
            case Call.DATAVERSE | Call.SPOTLER | Call.BUS:
                return "services"
            case Call.DEAD_LETTERS:
                return "queues"
            case _:
                return self.value


def calls(figures: Figures) -> tuple[Call, ...]:
    """What calls for somebody, the gravest first; empty where all is well."""
    found: list[Call] = []
    records, queues = figures.records, figures.queues
    if isinstance(records, Trouble):
        found.append(Call.DATAVERSE)
    if isinstance(figures.spotler, Trouble):
        found.append(Call.SPOTLER)
    if isinstance(queues, Trouble):
        found.append(Call.BUS)
    elif any(dead.ready or dead.scheduled or dead.more for _, dead in queues.values()):
        found.append(Call.DEAD_LETTERS)
    if isinstance(records, Records):
        if records.oldest is not None and figures.read_on - records.oldest.since > TOO_LONG:
            found.append(Call.WAITING)
        if any(records.created[Window.DAY].get(status, NONE).number for status in BAD):
            found.append(Call.FAILURES)
        if isinstance(records.webhooks, Trouble) or records.webhooks.failed.number:
            found.append(Call.WEBHOOKS)
    return tuple(found)
