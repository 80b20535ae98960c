"""Does the log tell how long the job waits that waits longest?"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from dataverse import DataverseClient, Query, Row
from dataverse.tables import Job, Status
from jobs.events import LOGGER, Events
from jobs.waiting import Waiting
from wire.clock import Clock

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def ago(minutes: int) -> str:
    """A moment as Dataverse writes it."""
    return (NOW - timedelta(minutes=minutes)).isoformat()


class Jobs:
    """Open jobs, and a clock that stands."""

    def __init__(self, *rows: Mapping[str, object]) -> None:
        self.rows = rows
        self.asked: list[Query] = []

    async def query(self, query: Query) -> list[Row]:
        """All of them."""
        self.asked.append(query)
        return [Row(None, row) for row in self.rows]

    def now(self) -> datetime:
        """Noon."""
        return NOW


def job(status: Status, **times: int) -> dict[str, object]:
    """A row, with its moments in minutes ago."""
    columns = {
        "created": Job.CREATED_ON,
        "modified": Job.MODIFIED_ON,
        "queued": Job.QUEUED_ON,
        "completed": Job.COMPLETED_ON,
    }
    return {Job.STATUS: int(status)} | {columns[name]: ago(minutes) for name, minutes in times.items()}


@pytest.mark.parametrize(
    ("rows", "minutes"),
    [
        ((), 0),
        ((job(Status.QUEUED, created=90, modified=2),), 90),
        ((job(Status.WAITING, created=90, modified=1, queued=80),), 80),
        ((job(Status.IN_PROGRESS, created=5, modified=1, queued=4),), 4),
        ((job(Status.QUEUED, created=9000, modified=3, queued=8999, completed=8000),), 3),
        (
            (
                job(Status.QUEUED, created=10, modified=9),
                job(Status.WAITING, created=9, modified=1, queued=7),
            ),
            10,
        ),
        ((job(Status.QUEUED, created=-1, modified=0),), 0),
    ],
    ids=[
        "none",
        "never claimed",
        "waiting",
        "in progress",
        "activated again",
        "the longest",
        "clocks differ",
    ],
)
async def test_the_longest_wait_is_told(
    rows: tuple[dict[str, object], ...], minutes: int, caplog: pytest.LogCaptureFixture
) -> None:
    """From when it was queued, whatever was written since, and with one request."""
    jobs = Jobs(*rows)
    with caplog.at_level(logging.INFO, LOGGER.name):
        await Waiting(cast("DataverseClient", jobs), cast("Clock", jobs), Events()).tell()
    assert caplog.messages[-1] == f"jobs_waiting oldest_seconds={minutes * 60}"
    assert len(jobs.asked) == 1


async def test_jobs_that_people_make_wait_are_not_asked_for() -> None:
    """A hold may last for days; nobody is to be mailed about it every hour."""
    jobs = Jobs()
    await Waiting(cast("DataverseClient", jobs), cast("Clock", jobs), Events()).tell()
    asked = jobs.asked[0].filter or ""
    assert "spotler_resultcode ne 'HELD' and spotler_resultcode ne 'STARTS_CAPPED'" in asked
    assert "spotler_resultcode eq null" in asked
