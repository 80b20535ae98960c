"""Are the messages of a queue counted without taking one, and does the count end?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Self, cast

import pytest
from azure.servicebus import ServiceBusMessageState, ServiceBusSubQueue
from azure.servicebus.aio import ServiceBusClient
from azure.servicebus.exceptions import ServiceBusConnectionError
from hypothesis import given
from hypothesis import strategies as st

from jobs.ports import QueueUnavailable
from jobs.queues import COUNTED, PEEKS, Depth, Queues


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as a look shows it."""

    sequence_number: int
    state: ServiceBusMessageState


@dataclass(slots=True)
class Bus:
    """Queues to look at; each look gives at most `page` messages, whatever was asked for."""

    held: dict[tuple[str, bool], list[bool]]
    page: int = COUNTED + 1
    looks: int = 0
    open: int = 0
    fails: Exception | None = None
    opened: list[tuple[str, bool]] = field(default_factory=list)

    def get_queue_receiver(self, queue: str, sub_queue: ServiceBusSubQueue | None) -> Link:
        """A receiving link, which must be closed again."""
        place = (queue, sub_queue is ServiceBusSubQueue.DEAD_LETTER)
        self.opened.append(place)
        return Link(self, self.held.get(place, []))

    async def depths(self) -> dict[str, tuple[Depth, Depth]]:
        """What the app counts."""
        queues = Queues(cast("ServiceBusClient", self), jobs_queue="jobs", results_queue="results")
        return await queues.depths()


@dataclass(slots=True)
class Link:
    """Shows messages from a sequence number on."""

    bus: Bus
    held: list[bool]

    async def __aenter__(self) -> Self:
        self.bus.open += 1
        return self

    async def __aexit__(self, *_: object) -> None:
        self.bus.open -= 1

    async def peek_messages(self, count: int, *, sequence_number: int) -> list[Any]:
        """The next ones; numbers have gaps, as where messages were taken in between."""
        self.bus.looks += 1
        if self.bus.fails is not None:
            raise self.bus.fails
        states = {False: ServiceBusMessageState.ACTIVE, True: ServiceBusMessageState.SCHEDULED}
        seen = [Seen(3 * at + 7, states[later]) for at, later in enumerate(self.held)]
        return [one for one in seen if one.sequence_number >= sequence_number][: min(count, self.bus.page)]


@given(st.lists(st.booleans(), max_size=COUNTED), st.integers(80, 400))
async def test_every_message_is_counted_once(held: list[bool], page: int) -> None:
    """Up to the bound the count is exact, however few messages a look gives; links are closed."""
    bus = Bus({("results", True): held}, page)
    depths = await bus.depths()
    assert depths["results"][1] == Depth(held.count(False), held.count(True), more=False)
    assert depths["jobs"] == (Depth(0, 0, more=False), Depth(0, 0, more=False))
    assert bus.open == 0
    assert sorted(bus.opened) == [("jobs", False), ("jobs", True), ("results", False), ("results", True)]


@pytest.mark.parametrize("page", [1, 10, 100, COUNTED + 1])
async def test_the_count_ends(page: int) -> None:
    """Above the bound, or after so many looks, it says that there may be more."""
    bus = Bus({("jobs", False): [False] * 5000}, page)
    depth = (await bus.depths())["jobs"][0]
    assert depth == Depth(min(COUNTED, page * PEEKS), 0, more=True)
    assert bus.looks <= PEEKS + 3


@pytest.mark.parametrize("error", [ServiceBusConnectionError(message="gone"), OSError("gone")])
async def test_a_queue_that_cannot_be_looked_at(error: Exception) -> None:
    """The caller hears one kind of failure, without the service's own text; every link is closed."""
    bus = Bus({}, fails=error)
    with pytest.raises(QueueUnavailable) as met:
        await bus.depths()
    assert "gone" not in str(met.value)
    assert bus.open == 0


async def test_a_fault_of_ours_is_not_hidden() -> None:
    """What no queue causes reaches whoever looks after the app."""
    with pytest.raises(ZeroDivisionError):
        await Bus({}, fails=ZeroDivisionError()).depths()
