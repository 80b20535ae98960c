"""The machine's clock keeps what the protocol promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wire.clock import Clock, SystemClock


async def test_the_system_clock_keeps_the_protocol() -> None:
    """Aware UTC, a monotonic clock that moves on while it sleeps."""
    clock: Clock = SystemClock()
    before = clock.monotonic()
    await clock.sleep(0.02)
    assert clock.monotonic() - before >= 0.019
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=5)
