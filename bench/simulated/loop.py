"""How does an event loop run whose time jumps to the next moment at which anything happens?"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final

BEGAN: Final = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


class Stuck(Exception):  # noqa: N818 - names what is the case
    """Nothing is due and nothing can go on."""


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing: what it would have waited is added to `seconds`."""

    seconds = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events and timeout is None:
            raise Stuck("every task waits for something that no timer brings about")
        if not events and timeout is not None:
            self.seconds += max(0.0, timeout)
        return events


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is that of its selector."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        # A timer that is due within the resolution is due: without it, rounding could wait for nothing forever.
        self._clock_resolution = 1e-6

    def time(self) -> float:
        """Simulated seconds since the loop was made."""
        return self._jumping.seconds


class SimulatedClock:
    """The clock of the work: that of the running loop."""

    def now(self) -> datetime:
        """The wall clock, aware, in UTC."""
        return BEGAN + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Simulated seconds."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds`, simulated."""
        await asyncio.sleep(seconds)


def simulate[T](work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a loop of its own."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(work)
