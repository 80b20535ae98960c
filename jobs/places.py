"""How many calls to Spotler may be under way at once?"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice

CAREFUL_ROUNDS = 20
"""Rounds of calls for one more place, where so many were too many before."""


class Places:
    """At most so many calls side by side; fewer after Spotler has asked to wait.

    A 429 halves the number, once for all calls that were under way together. Every other answer makes
    room again: by one place for each round of calls up to where it was too many, and from there on
    so slowly that asking for more costs little. There is always one.

    Args:
        most: calls side by side, at least one.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._room = float(most)
        self._too_many = float(most)
        self._taken = 0
        self._round = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def room(self) -> int:
        """How many calls may be under way now."""
        return int(self._room)

    @asynccontextmanager
    async def place(self) -> AsyncIterator[int]:
        """Wait for a place and hold it; gives the round that `too_many` is told.

        Whoever holds a place has a time-out of its own, so the wait ends too.
        """
        while self._taken >= self.room:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except BaseException:
                self._waiting.remove(turn)
                self._wake()
                raise
            self._waiting.remove(turn)
        self._taken += 1
        try:
            yield self._round
        finally:
            self._taken -= 1
            self._wake()

    def _wake(self) -> None:
        """Wake as many as there is room for; whoever was woken and has not taken a place yet counts as one."""
        for turn in islice(self._waiting, max(0, self.room - self._taken)):
            if not turn.done():
                turn.set_result(None)

    def too_many(self, of_round: int) -> None:
        """A call of this round was answered 429."""
        if of_round == self._round:
            self._round += 1
            self._too_many = self._room
            self._room = max(1.0, self._room / 2)

    def answered(self) -> None:
        """A call was answered otherwise."""
        rounds = 1 if self._room + 1 < self._too_many else CAREFUL_ROUNDS
        self._room = min(float(self._most), self._room + 1 / (rounds * self._room))
