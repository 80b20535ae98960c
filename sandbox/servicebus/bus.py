"""Which queues are there, and when is what they did made durable?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from sandbox.servicebus.errors import BusError
from sandbox.servicebus.faults import Faults
from sandbox.servicebus.queue import Entry, Journal, Queue, QueueSettings

DEAD_LETTER_SUFFIX = "/$deadletterqueue"

_LONGEST_SLEEP_S = 30.0
"""Moments are on the wall clock, timers are not: a suspended machine or a corrected clock parts them for so long."""


class Keeper(Journal, Protocol):
    """A journal that gives back what it was told."""

    def load(self, queue: str) -> tuple[list[Entry], int]:
        """Entries and the highest sequence number of a queue."""
        ...

    def commit(self) -> None:
        """Make everything durable that was told so far."""
        ...


def wall_clock() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


class Bus:
    """All queues, their journal, and the turns in which they move.

    Whoever touches a queue calls `turn` afterwards, before anybody is answered.

    Args:
        settings: one queue and its dead-letter queue are made for each.
        keeper: where the messages are kept.
    """

    def __init__(self, settings: Iterable[QueueSettings], keeper: Keeper) -> None:
        self.faults = Faults()
        self._keeper = keeper
        self._queues: dict[str, Queue] = {}
        self._flushes: dict[Callable[[], None], None] = {}
        self._timer: asyncio.TimerHandle | None = None
        for each in settings:
            self._add(each)

    def _add(self, settings: QueueSettings) -> None:
        dead_settings = replace(settings, name=settings.name + DEAD_LETTER_SUFFIX)
        dead = Queue(dead_settings, wall_clock, self._keeper)
        queue = Queue(settings, wall_clock, self._keeper, dead)
        for each in (dead, queue):
            each.restore(*self._keeper.load(each.name))
            self._queues[each.name.lower()] = each

    def __iter__(self) -> Iterator[Queue]:
        """Give the queues themselves, without their dead-letter queues, which they lead to."""
        return (queue for queue in self._queues.values() if queue.dead_letters is not None)

    def find(self, path: str) -> Queue:
        """Give the queue of this path, in any case of letters.

        Raises:
            BusError: `amqp:not-found`.
        """
        queue = self._queues.get(path.lower())
        if queue is None:
            raise BusError("amqp:not-found", f"The messaging entity '{path}' could not be found.", 404)
        return queue

    def clear(self) -> None:
        """Empty every queue, the dead letters too."""
        for queue in self._queues.values():
            queue.clear()
        self.turn()

    def after_commit(self, flush: Callable[[], None]) -> None:
        """Have `flush` called once at the end of this turn: whatever it tells is durable by then."""
        self._flushes[flush] = None

    def turn(self) -> None:
        """Let the queues do what is due, deliver, write everything down, and only then let answers out."""
        for queue in self._queues.values():
            queue.advance()
        for queue in self._queues.values():
            queue.dispatch()
        self._keeper.commit()
        flushes, self._flushes = self._flushes, {}
        for flush in flushes:
            flush()
        self._set_timer()

    def stop(self) -> None:
        """Let no timer fire any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _set_timer(self) -> None:
        self.stop()
        moments = [moment for queue in self._queues.values() if (moment := queue.next_moment()) is not None]
        if moments:
            seconds = (min(moments) - wall_clock()) / 1000
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(loop.time() + min(max(seconds, 0.0), _LONGEST_SLEEP_S), self.turn)
