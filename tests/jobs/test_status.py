"""Are the figures read as Dataverse gives them, within the bounds, and kept no longer than promised?"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

import pytest

from dataverse import (
    Answered,
    DataverseClient,
    DataverseError,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    Operation,
    Outcome,
    Query,
    Rejected,
    Row,
    WrongPath,
)
from dataverse.description.installed import WEBHOOK
from dataverse.tables import Automation, Job, Status, SystemJob
from jobs.events import LOGGER, Events
from jobs.ports import QueueUnavailable
from jobs.queues import Depth, Queues
from jobs.status import FAILURE_KEPT_SECONDS, KEPT_SECONDS
from jobs.status import Status as StatusReading
from jobs.status_figures import (
    CAPPED_AT,
    Cause,
    Count,
    Delivery,
    Records,
    Sync,
    Trouble,
    Undelivered,
    Webhooks,
    Window,
)
from jobs.status_records import LONGEST_REPORT, questions, records
from spotler import CredentialsRefused, SpotlerClient
from spotler import MayHaveBeenCarriedOut as SpotlerUnclear
from spotler import NotCarriedOut as SpotlerNotReached
from spotler import WrongPath as SpotlerWrongPath
from tests.jobs.status_samples import JOB, NOW, QUEUES
from wire.clock import Clock


def ago(minutes: int) -> str:
    """A moment as Dataverse writes it."""
    return (NOW - timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")


def rows(*values: Mapping[str, object], count: int | None = None, more: bool = False) -> Answered:
    """A page of rows."""
    return Answered(
        rows=tuple(Row(None, one) for one in values),
        count=len(values) if count is None else count,
        next_link="more" if more else None,
    )


@dataclass(slots=True)
class Answers:
    """What Dataverse says to each question; counts are 1, 2, 3 … and lists are empty unless given."""

    waiting: Outcome = field(default_factory=rows)
    bad: Outcome = field(default_factory=rows)
    catalogue: Outcome = field(default_factory=rows)
    refreshed: Outcome = field(default_factory=rows)
    deliveries: Outcome = field(default_factory=rows)

    @property
    def all(self) -> list[Outcome]:
        """In the order of the questions."""
        lists = [self.waiting, self.bad, self.catalogue, self.refreshed, self.deliveries]
        counts = len(questions(NOW)) - len(lists)
        return [*(Answered(count=number) for number in range(1, counts + 1)), *lists]


def test_what_is_asked() -> None:
    """Counts carry no row but one id; lists are bounded; no name, field value or person is asked for."""
    asked = questions(NOW)
    assert len(asked) == len(Window) * len(Status) + 3 + 5
    for query in asked:
        assert (query.top or query.page_size or 0) in range(1, 1001)
    columns = {column for query in asked for column in query.select}
    assert columns == {
        Job.ID,
        Job.STATUS,
        Job.RESULT_CODE,
        Job.CREATED_ON,
        Job.MODIFIED_ON,
        Job.QUEUED_ON,
        Job.COMPLETED_ON,
        Job.RESULT_MESSAGE,
        Automation.ID,
        SystemJob.ID,
        SystemJob.ERROR_CODE,
        SystemJob.MESSAGE,
        SystemJob.COMPLETED_ON,
    }
    (messages,) = (query for query in asked if Job.RESULT_MESSAGE in query.select)
    assert "spotler_operation eq 724000002" in (messages.filter or "")
    assert str(WEBHOOK.step_id) in (asked[-1].filter or "")
    assert not any(query.expand for query in asked)


def test_every_count_finds_its_place() -> None:
    """Answers are read in the order of the questions, each under the state and since the time it was asked for."""
    told = records(Answers().all)
    at = iter(range(1, 100))
    for window in Window:
        for status in Status:
            number = next(at)
            query = questions(NOW)[number - 1]
            since = NOW - window.length
            wanted = f"statuscode eq {int(status)} and createdon ge {since:%Y-%m-%dT%H:%M:%SZ}"
            assert (query.filter or "").strip("()") == wanted
            assert told.created[window][status] == Count(number)
    assert list(told.open.values()) == [Count(25), Count(26), Count(27)]


@pytest.mark.parametrize(
    ("number", "count"),
    [(0, Count(0)), (4999, Count(4999)), (5000, Count(CAPPED_AT, or_more=True))],
)
def test_counts_end_at_five_thousand(number: int, count: Count) -> None:
    """What Dataverse counts no further is told as such."""
    answers = Answers().all
    answers[0] = Answered(count=number)
    assert records(answers).created[Window.HOUR][Status.QUEUED] == count


def test_lists_are_read() -> None:
    """The oldest wait, the causes by their number, the last refresh and the failed deliveries."""
    told = records(
        Answers(
            waiting=rows(
                waiting(created=5),
                waiting(created=90, job=JOB),
                waiting(created=30, code="SPOTLER_UNAVAILABLE"),
            ),
            bad=rows(failed("A", 9), failed("B", 8), failed("B", 3), failed(None, 50), more=True),
            catalogue=rows({Automation.ID: str(JOB), Automation.MODIFIED_ON: ago(60)}, count=17),
            refreshed=rows({Job.COMPLETED_ON: ago(70), Job.RESULT_MESSAGE: "x" * 9999}),
            deliveries=rows(
                delivery(0x80050201, "invalid http request status code: 401."),
                delivery(0x80050201, "invalid http request status code: 401."),
                delivery(0x80050201, "Kim Jansen 555"),
                delivery(0x80050202, "status code: 200"),
                delivery(0x80050205, None),
                delivery(0x80050203, "kim@example.org"),
                count=40,
            ),
        ).all
    )
    assert told.oldest is not None
    assert (told.oldest.job, told.oldest.since) == (JOB, NOW - timedelta(minutes=90))
    assert told.causes == (
        Cause("B", Count(2), NOW - timedelta(minutes=3)),
        Cause("", Count(1), NOW - timedelta(minutes=50)),
        Cause("A", Count(1), NOW - timedelta(minutes=9)),
    )
    assert told.looked_at == Count(4, or_more=True)
    assert told.catalogue.entries == Count(17)
    assert told.catalogue.changed_on == NOW - timedelta(minutes=60)
    assert told.catalogue.by_job == Sync(NOW - timedelta(minutes=70), "x" * LONGEST_REPORT)
    assert told.webhooks == Webhooks(
        Count(40),
        NOW - timedelta(minutes=4),
        (
            Delivery(Undelivered.ANSWERED, 401, Count(2)),
            Delivery(Undelivered.ANSWERED, None, Count(1)),
            Delivery(Undelivered.NOT_CONNECTED, None, Count(1)),
            Delivery(Undelivered.OTHER, None, Count(1)),
            Delivery(Undelivered.TIMED_OUT, None, Count(1)),
        ),
    )


def waiting(*, created: int, job: object = WEBHOOK.step_id, code: str | None = None) -> dict[str, object]:
    """An open job that was never claimed."""
    times = (Job.MODIFIED_ON, Job.QUEUED_ON, Job.COMPLETED_ON)
    return {
        Job.ID: str(job),
        Job.STATUS: int(Status.QUEUED),
        Job.RESULT_CODE: code,
        Job.CREATED_ON: ago(created),
        **dict.fromkeys(times),
    }


def failed(code: str | None, created: int) -> dict[str, object]:
    """A job that ended badly."""
    return {Job.ID: str(JOB), Job.RESULT_CODE: code, Job.CREATED_ON: ago(created)}


def delivery(code: int, message: str | None) -> dict[str, object]:
    """A system job, its code as the column holds it."""
    return {SystemJob.ERROR_CODE: code - 2**32, SystemJob.MESSAGE: message, SystemJob.COMPLETED_ON: ago(4)}


def test_deliveries_that_may_not_be_read() -> None:
    """A missing right hides the deliveries and nothing else."""
    told = records(Answers(deliveries=NotAllowed("no", status=403)).all)
    assert told.webhooks is Trouble.REFUSED
    assert told.created[Window.HOUR][Status.QUEUED] == Count(1)


def test_any_other_question_unanswered_is_a_failure() -> None:
    """Half of the figures would be taken for all of them."""
    with pytest.raises(NotCarriedOut):
        records(Answers(bad=NotCarriedOut("no")).all)


@dataclass(slots=True)
class Services:
    """Dataverse, Spotler, Service Bus and the clock, as far as the status asks them."""

    dataverse: list[Outcome] | Exception = field(default_factory=lambda: Answers().all)
    spotler: Exception | None = None
    bus: Exception | None = None
    seconds: float = 0.0
    asked: int = 0
    slow: bool = False

    async def batch(self, operations: Sequence[Operation]) -> list[Outcome]:
        """One request."""
        assert all(isinstance(one, Query) for one in operations)
        self.asked += 1
        await asyncio.sleep(60 if self.slow else 0)
        if isinstance(self.dataverse, Exception):
            raise self.dataverse
        return self.dataverse

    async def list_campaigns(self) -> tuple[object, ...]:
        """Three campaigns."""
        if self.spotler is not None:
            raise self.spotler
        return (1, 2, 3)

    async def depths(self) -> dict[str, tuple[Depth, Depth]]:
        """Empty queues."""
        if self.bus is not None:
            raise self.bus
        return QUEUES

    def now(self) -> datetime:
        """Noon and what has passed."""
        return NOW + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        """Seconds."""
        return self.seconds

    @property
    def status(self) -> StatusReading:
        """What is tested."""
        return StatusReading(
            cast("DataverseClient", self),
            cast("SpotlerClient", self),
            cast("Queues", self),
            clock=cast("Clock", self),
            events=Events(),
            language="en",
        )


async def test_figures_are_kept_for_a_bounded_time() -> None:
    """A crowd costs one question; old figures are asked anew, and the page says from when they are."""
    services = Services()
    status = services.status
    crowd = await asyncio.gather(*(status.figures() for _ in range(20)))
    assert services.asked == 1
    assert {one.read_on for one in crowd} == {NOW}
    services.seconds = KEPT_SECONDS - 0.1
    assert (await status.figures()).read_on == NOW
    services.seconds = KEPT_SECONDS
    assert (await status.figures()).read_on == NOW + timedelta(seconds=KEPT_SECONDS)
    assert services.asked == 2


async def test_a_failure_is_kept_shorter() -> None:
    """A service that is back is seen soon, and what others told is not asked again for it."""
    services = Services(spotler=SpotlerNotReached("no"))
    status = services.status
    assert (await status.figures()).spotler is Trouble.UNREACHABLE
    services.spotler = None
    services.seconds = FAILURE_KEPT_SECONDS - 0.1
    assert (await status.figures()).spotler is Trouble.UNREACHABLE
    services.seconds = FAILURE_KEPT_SECONDS
    assert (await status.figures()).spotler == 3
    assert services.asked == 1


DATAVERSE: Mapping[str, tuple[Callable[[], list[Outcome] | Exception], Trouble]] = {
    "not reached": (lambda: NotCarriedOut("Kim"), Trouble.UNREACHABLE),
    "no answer": (lambda: MayHaveBeenCarriedOut("Kim"), Trouble.UNREACHABLE),
    "500": (lambda: MayHaveBeenCarriedOut("Kim", status=500), Trouble.UNEXPECTED),
    "refused": (lambda: NotAllowed("Kim"), Trouble.REFUSED),
    "tables missing": (lambda: WrongPath("Kim"), Trouble.WRONG_ADDRESS),
    "column missing": (lambda: Rejected("Kim"), Trouble.WRONG_ADDRESS),
    "any other": (lambda: DataverseError("Kim", status=418), Trouble.UNEXPECTED),
    "an answer without counts": (lambda: [Answered()] * 32, Trouble.UNEXPECTED),
    "a state that nobody knows": (
        lambda: Answers(waiting=rows({**waiting(created=1), Job.STATUS: 99})).all,
        Trouble.UNEXPECTED,
    ),
    "a column left out": (lambda: Answers(waiting=rows({Job.ID: str(JOB)})).all, Trouble.UNEXPECTED),
}


@pytest.mark.parametrize("name", DATAVERSE)
async def test_dataverse_in_trouble(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """The figures come without it; the log names the kind and no text of the service."""
    told, why = DATAVERSE[name]
    with caplog.at_level(logging.INFO, LOGGER.name):
        figures = await Services(dataverse=told()).status.figures()
    assert figures.records is why
    assert figures.spotler == 3
    assert caplog.messages
    assert "Kim" not in caplog.text


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (SpotlerNotReached("no"), Trouble.UNREACHABLE),
        (SpotlerUnclear("no"), Trouble.UNREACHABLE),
        (SpotlerUnclear("no", status=500), Trouble.UNEXPECTED),
        (CredentialsRefused("no", status=401), Trouble.REFUSED),
        (SpotlerWrongPath("no", status=404), Trouble.WRONG_ADDRESS),
        (TimeoutError(), Trouble.UNREACHABLE),
    ],
)
async def test_spotler_in_trouble(error: Exception, why: Trouble) -> None:
    """The figures come without it."""
    figures = await Services(spotler=error).status.figures()
    assert figures.spotler is why
    assert isinstance(figures.records, Records)


async def test_the_bus_in_trouble() -> None:
    """The figures come without it."""
    assert (await Services(bus=QueueUnavailable("q")).status.figures()).queues is Trouble.UNREACHABLE


async def test_a_slow_service_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever looks waits for a bounded time."""
    monkeypatch.setattr("jobs.status.READ_SECONDS", 0.05)
    figures = await Services(slow=True).status.figures()
    assert figures.records is Trouble.UNREACHABLE


async def test_a_fault_of_ours_is_not_hidden() -> None:
    """What no service causes reaches whoever looks after the app."""
    with pytest.raises(ZeroDivisionError):
        await Services(bus=ZeroDivisionError()).status.figures()


async def test_the_last_synchronisation_here() -> None:
    """None is told before there was one; then the last."""
    services = Services()
    status = services.status
    assert (await status.figures()).sync_here is None
    status.synchronised("first")
    services.seconds = 9
    status.synchronised("second")
    assert (await status.figures()).sync_here == Sync(NOW + timedelta(seconds=9), "second")
