"""How do waits pass at once, yet stay visible?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 1, 31, 9, 15, tzinfo=UTC)


class StillClock:
    """Time that moves by sleeping alone."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._seconds = 0.0

    def now(self) -> datetime:
        """The beginning plus all that was slept."""
        return BEGIN + timedelta(seconds=self._seconds)

    def monotonic(self) -> float:
        """Seconds slept or passed."""
        return self._seconds

    async def sleep(self, seconds: float) -> None:
        """Remember the wait and let it pass."""
        self.slept.append(seconds)
        self._seconds += seconds

    def passes(self, seconds: float) -> None:
        """Let time pass without anyone waiting for it."""
        self._seconds += seconds
