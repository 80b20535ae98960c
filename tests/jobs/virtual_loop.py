"""How does an event loop run whose time passes only when it is told to?"""

from __future__ import annotations

import asyncio


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes only when it is told to."""

    seconds = 0.0

    def time(self) -> float:
        """Virtual seconds."""
        return self.seconds

    @property
    def busy(self) -> bool:
        """Whether anything but the caller could go on now."""
        return bool(self._ready)  # type: ignore[attr-defined] # no public way tells that all the others wait

    @property
    def next_timer(self) -> float | None:
        """When the next timer fires."""
        return min(
            (timer.when() for timer in self._scheduled if not timer.cancelled()),  # type: ignore[attr-defined] # as above
            default=None,
        )


def virtual_loop() -> VirtualLoop:
    """The running loop, which must be such a one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


async def others_wait() -> None:
    """Return once nothing can go on before time passes or the caller does something."""
    loop = virtual_loop()
    await asyncio.sleep(0)
    while loop.busy:  # noqa: ASYNC110 - what is waited for is that nobody else is ready, which no event tells
        await asyncio.sleep(0)
