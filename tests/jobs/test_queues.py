"""Do messages get to the queues, and does every sender hear of it, whatever the link does?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import MessageSizeExceededError, ServiceBusConnectionError
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.doorbells import Doorbell, read_doorbells
from jobs.outcomes import read_outcomes
from jobs.ports import QueueUnavailable
from jobs.queues import SEND_SECONDS, Queues
from jobs.sizes import IN_ONE_MESSAGE, MESSAGE_LENGTH, SENT_AT_ONCE
from jobs.verdicts import Verdict
from tests.jobs.simulated import START
from tests.jobs.test_judgement import outcome
from tests.jobs.virtual_loop import VirtualLoop, others_wait, virtual_loop

ROOM = 1000
"""Messages that fit into one batch of the fake, where a test does not say otherwise."""


class FakeBatch:
    """A batch with room for some messages."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.bodies: list[str] = []

    def add_message(self, message: ServiceBusMessage) -> None:
        """Take a message, or say that it does not fit."""
        if len(self.bodies) == self.room:
            raise MessageSizeExceededError(message="full")
        self.bodies.append(str(message))


class FakeSender:
    """A link; it must never be used by two coroutines at once."""

    def __init__(self, bus: FakeBus) -> None:
        self.bus = bus
        self.closed = False
        self.busy = False

    async def create_message_batch(self) -> FakeBatch:
        """A batch; the first on a link opens it."""
        await self._alone(self.bus.opening)
        return FakeBatch(self.bus.room)

    async def send_messages(self, batch: FakeBatch) -> None:
        """Hand a batch over."""
        await self._alone(self.bus.sending)
        self.bus.accepted.append(batch.bodies)

    async def _alone(self, meets: list[Exception | float]) -> None:
        assert not self.busy, "two coroutines on one link"
        assert not self.closed, "a link is used after it was given up"
        self.busy = True
        try:
            await asyncio.sleep(0)
            met = meets.pop(0) if meets else 0.0
            if isinstance(met, Exception):
                raise met
            await asyncio.sleep(met)
        finally:
            self.busy = False

    async def close(self) -> None:
        """Give the link up."""
        self.closed = True
        if self.bus.closing_fails is not None:
            raise self.bus.closing_fails
        await asyncio.sleep(self.bus.closing)


class FakeBus:
    """What the SDK's client is to the app.

    Attributes:
        opening: what the next batches meet: an error, or seconds.
        sending: what the next sends meet.
        closing: seconds that closing a link takes.
    """

    def __init__(self) -> None:
        self.room = ROOM
        self.opening: list[Exception | float] = []
        self.sending: list[Exception | float] = []
        self.closing = 0.0
        self.closing_fails: Exception | None = None
        self.accepted: list[list[str]] = []
        self.links: list[FakeSender] = []

    def get_queue_sender(self, queue: str) -> FakeSender:
        """A new link."""
        assert queue in ("jobs", "results")
        self.links.append(FakeSender(self))
        return self.links[-1]

    @property
    def queues(self) -> Queues:
        """The app's own part on top of it."""
        return Queues(cast("ServiceBusClient", self), jobs_queue="jobs", results_queue="results")

    @property
    def heard(self) -> list[UUID]:
        """The jobs whose bells were accepted, in order."""
        return [
            bell.job
            for bodies in self.accepted
            for body in bodies
            for bell in read_doorbells(body.encode())[0]
        ]


def on_virtual_time(test: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test whose time passes only when it says so."""

    def run() -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(test())

    run.__name__, run.__doc__ = test.__name__, test.__doc__
    return run


async def pass_seconds(seconds: float) -> None:
    """Let time pass in steps, and everything happen that follows."""
    await others_wait()
    for _ in range(round(seconds)):
        virtual_loop().seconds += 1.0
        await others_wait()


def bells(first: int, count: int = 1) -> list[Doorbell]:
    """Some doorbells."""
    return [Doorbell(UUID(int=number)) for number in range(first, first + count)]


@on_virtual_time
async def test_many_share_one_link() -> None:
    """Fifty callers at once use one link, one after the other, in few sends, and each is accepted once."""
    bus = FakeBus()
    queues = bus.queues
    await asyncio.gather(*(queues.ring(bells(number)) for number in range(50)))
    assert sorted(job.int for job in bus.heard) == list(range(50))
    assert len(bus.accepted) <= 2
    assert len(bus.links) == 1


@on_virtual_time
async def test_what_comes_during_a_send_goes_together_in_the_next() -> None:
    """Who asks while a send is under way waits for the next, which takes all of them."""
    bus = FakeBus()
    bus.sending = [5.0]
    queues = bus.queues
    first = asyncio.create_task(queues.ring(bells(1)))
    await others_wait()
    others = [asyncio.create_task(queues.ring(bells(number))) for number in (2, 3, 4)]
    await pass_seconds(6)
    assert first.done()
    await asyncio.gather(*others)
    assert [len(bodies) for bodies in bus.accepted] == [1, 1]
    assert [job.int for job in bus.heard] == [1, 2, 3, 4]


@on_virtual_time
async def test_few_messages_ring_for_many_jobs() -> None:
    """A message rings for as many jobs as it may, one that is for later for one alone, and no job is lost."""
    bus = FakeBus()
    bus.sending = [5.0]
    queues = bus.queues
    asked = [asyncio.create_task(queues.ring(bells(0)))]
    await others_wait()
    later = START + timedelta(hours=1)
    asked += [
        asyncio.create_task(queues.ring(bells(number), later if number % 2 else None))
        for number in range(1, 2 * IN_ONE_MESSAGE + 3)
    ]
    await pass_seconds(6)
    await asyncio.gather(*asked)
    _first, second = bus.accepted
    rung = [[bell.job.int for bell in read_doorbells(body.encode())[0]] for body in second]
    assert [len(some) for some in rung] == [IN_ONE_MESSAGE, 1, *[1] * (IN_ONE_MESSAGE + 1)]
    assert [number % 2 for some in rung for number in some].count(0) == IN_ONE_MESSAGE + 1
    assert not any(number % 2 for some in rung[:2] for number in some)
    assert sorted(job.int for job in bus.heard) == list(range(2 * IN_ONE_MESSAGE + 3))


@on_virtual_time
async def test_outcomes_share_messages_up_to_a_length() -> None:
    """As many as may, unless they are long; each is in one message, in order."""
    long = outcome(Verdict.FINAL).model_copy(update={"detail": "x" * 4000, "label": "y" * 4000})
    some = [outcome(Verdict.DONE)] * (IN_ONE_MESSAGE + 1) + [long] * 6
    bus = FakeBus()
    await bus.queues.report(some)
    (bodies,) = bus.accepted
    read = [read_outcomes(body.encode())[0] for body in bodies]
    assert [one for message in read for one in message] == some
    assert len(read[0]) == IN_ONE_MESSAGE
    assert max(map(len, bodies)) <= MESSAGE_LENGTH + 1000
    assert min(map(len, bodies[1:-1])) > MESSAGE_LENGTH / 2


@on_virtual_time
async def test_more_than_fits_is_split() -> None:
    """Where a batch is full the rest goes in further ones; nothing is lost or doubled."""
    bus = FakeBus()
    bus.room = 7
    await bus.queues.ring(bells(0, 100))
    assert [job.int for job in bus.heard] == list(range(100))
    assert max(len(bodies) for bodies in bus.accepted) == 7


@on_virtual_time
async def test_more_than_one_send_takes() -> None:
    """More doorbells than go out together are sent in turns, and the caller hears of all of them."""
    bus = FakeBus()
    await bus.queues.ring(bells(0, SENT_AT_ONCE + 3))
    assert [len(bodies) for bodies in bus.accepted] == [-(-SENT_AT_ONCE // IN_ONE_MESSAGE), 1]
    assert len(bus.heard) == SENT_AT_ONCE + 3


@on_virtual_time
async def test_nothing_to_send() -> None:
    """Sending nothing returns at once and opens nothing."""
    bus = FakeBus()
    await bus.queues.ring([])
    assert bus.links == []


@pytest.mark.parametrize(
    "error",
    [
        ServiceBusConnectionError(message="gone"),
        OSError("gone"),
        ValueError("The handler has already been shutdown."),
        RuntimeError("unheard of"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("at", ["opening", "sending"])
def test_a_failed_send_is_told_and_the_next_has_a_new_link(error: Exception, at: str) -> None:
    """Whatever the SDK raises reaches the caller as QueueUnavailable, without its text; the link is given up."""

    @on_virtual_time
    async def test() -> None:
        bus = FakeBus()
        setattr(bus, at, [error])
        queues = bus.queues
        with pytest.raises(QueueUnavailable) as told:
            await queues.ring(bells(1))
        assert str(told.value) == f"jobs: {type(error).__name__}"
        await queues.ring(bells(2))
        assert [job.int for job in bus.heard] == [2]
        assert [link.closed for link in bus.links] == [True, False]

    test()


@on_virtual_time
async def test_a_failure_is_heard_by_those_it_meets_alone() -> None:
    """A failed send fails its own callers; who asked meanwhile is served by the next."""
    bus = FakeBus()
    bus.sending = [5.0, OSError("gone")]
    queues = bus.queues
    first = asyncio.create_task(queues.ring(bells(1)))
    await others_wait()
    second = asyncio.create_task(queues.ring(bells(2)))
    await pass_seconds(5)
    third = asyncio.create_task(queues.ring(bells(3)))
    await pass_seconds(1)
    results = await asyncio.gather(first, second, third, return_exceptions=True)
    assert [type(result).__name__ for result in results] == ["NoneType", "QueueUnavailable", "NoneType"]
    assert [job.int for job in bus.heard] == [1, 3]


@on_virtual_time
async def test_a_send_that_hangs_is_cut_off() -> None:
    """A send without an end fails after `SEND_SECONDS`, and the next works, also where closing hangs too."""
    bus = FakeBus()
    bus.sending = [10_000.0]
    bus.closing = 10_000.0
    queues = bus.queues
    hanging = asyncio.create_task(queues.ring(bells(1)))
    await pass_seconds(SEND_SECONDS - 1)
    assert not hanging.done()
    await pass_seconds(2)
    assert isinstance(hanging.exception(), QueueUnavailable)
    following = asyncio.create_task(queues.ring(bells(2)))
    await pass_seconds(6)
    assert following.done()
    assert [job.int for job in bus.heard] == [2]


@on_virtual_time
async def test_a_link_that_cannot_be_closed_is_given_up() -> None:
    """A failure while closing a failed link adds nothing."""
    bus = FakeBus()
    bus.sending = [OSError("gone")]
    bus.closing_fails = RuntimeError("cannot")
    queues = bus.queues
    with pytest.raises(QueueUnavailable):
        await queues.ring(bells(1))
    await queues.ring(bells(2))
    assert [job.int for job in bus.heard] == [2]


@on_virtual_time
async def test_a_cancelled_caller_disturbs_nobody() -> None:
    """A caller that is cancelled while its send is under way leaves the others their answers."""
    bus = FakeBus()
    bus.sending = [5.0]
    queues = bus.queues
    gone = asyncio.create_task(queues.ring(bells(1)))
    stays = asyncio.create_task(queues.ring(bells(2)))
    await others_wait()
    gone.cancel()
    await pass_seconds(6)
    assert gone.cancelled()
    assert stays.done()
    assert stays.exception() is None
    await queues.ring(bells(3))
    assert {2, 3} <= {job.int for job in bus.heard}


@on_virtual_time
async def test_nobody_waits_for_a_send_that_was_ended() -> None:
    """Where the sending itself is cancelled, everybody who waits is told, also those whose turn had not come."""
    bus = FakeBus()
    bus.sending = [10_000.0]
    queues = bus.queues
    waiting = [asyncio.create_task(queues.ring(bells(number))) for number in (1, 2)]
    await others_wait()
    waiting.append(asyncio.create_task(queues.ring(bells(3))))
    await others_wait()
    sending = queues._jobs.running
    assert sending is not None
    sending.cancel()
    await pass_seconds(1)
    assert [type(one.exception()).__name__ for one in waiting] == ["QueueUnavailable"] * 3
    await queues.ring(bells(4))
    assert [job.int for job in bus.heard] == [4]


@on_virtual_time
async def test_queues_do_not_wait_for_each_other() -> None:
    """A jobs queue that hangs does not hold up outcomes."""
    bus = FakeBus()
    bus.sending = [10_000.0]
    queues = bus.queues
    hanging = asyncio.create_task(queues.ring(bells(1)))
    await others_wait()
    await queues.report([])
    results = asyncio.create_task(queues.report([outcome(Verdict.DONE)]))
    await pass_seconds(1)
    assert results.done()
    assert not hanging.done()
    await pass_seconds(SEND_SECONDS)
    assert hanging.exception() is not None


@on_virtual_time
async def test_a_scheduled_bell_carries_its_time() -> None:
    """`at` travels as the scheduled enqueue time; without it there is none."""
    bus = FakeBus()
    sent: list[ServiceBusMessage] = []

    class Noting(FakeBatch):
        def add_message(self, message: ServiceBusMessage) -> None:
            sent.append(message)
            super().add_message(message)

    async def noting(_self: FakeSender) -> FakeBatch:
        return Noting(ROOM)

    link = FakeSender(bus)
    link.create_message_batch = noting.__get__(link)  # type: ignore[method-assign]
    queues = bus.queues
    queues._jobs.sender = cast("Any", link)
    at = START + timedelta(hours=1)
    await queues.ring(bells(1), at)
    await queues.ring(bells(2))
    assert [message.scheduled_enqueue_time_utc for message in sent] == [at, None]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.0, 0.0, 2.0, 30.0, OSError("gone"), ValueError("shut")]), max_size=8),
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.booleans()), min_size=1, max_size=8),
)
def test_everybody_hears_the_truth_in_time(
    meets: list[Exception | float], callers: list[tuple[int, int, bool]]
) -> None:
    """Whatever links do and whoever gives up, each caller ends in time, and hears nothing but the truth."""

    @on_virtual_time
    async def test() -> None:
        bus = FakeBus()
        bus.room = 3
        bus.sending = list(meets)
        queues = bus.queues
        tasks = []
        for number, (count, wait, gives_up) in enumerate(callers):
            task = asyncio.create_task(queues.ring(bells(100 * number, count)))
            await pass_seconds(wait)
            if gives_up:
                task.cancel()
            tasks.append((number, count, task))
        await pass_seconds((len(meets) + 1) * (SEND_SECONDS + 6))
        heard = {job.int for job in bus.heard}
        for number, count, task in tasks:
            assert task.done()
            if not task.cancelled() and task.exception() is None:
                assert set(range(100 * number, 100 * number + count)) <= heard
            elif not task.cancelled():
                assert isinstance(task.exception(), QueueUnavailable)

    test()
