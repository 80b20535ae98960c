"""How are many pieces of work done a few at a time, so that none is left behind?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def side_by_side[T](pieces: Iterable[T], work: Callable[[T], Awaitable[None]], *, at_once: int) -> None:
    """Work on all pieces in their order, at most so many at a time.

    After a failure no other piece is begun, but those that were begun are brought to their end: a call that is
    under way must not be given up because its neighbour failed. When the caller is cancelled, so are they, and
    they are waited for.

    Raises:
        Exception: the first failure, once all that was begun has ended.
    """
    rest = iter(pieces)
    failures: list[Exception] = []

    async def line() -> None:
        for piece in rest:
            try:
                await work(piece)
            except Exception as error:  # noqa: BLE001 - raised below, when the neighbours have ended
                failures.append(error)
            if failures:
                return

    lines = [asyncio.create_task(line()) for _ in range(at_once)]
    try:
        await asyncio.gather(*lines)
    finally:
        for one in lines:
            one.cancel()
        await asyncio.gather(*lines, return_exceptions=True)
    if failures:
        raise failures[0]
