"""How are many pieces of work done a few at a time, so that none is left behind?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable


async def side_by_side[T](
    pieces: Iterable[T], work: Callable[[T], Awaitable[None]], *, places: asyncio.Semaphore
) -> None:
    """Work on all pieces in their order, each as soon as there is a place for it.

    After a failure no other piece is begun, but those that were begun are brought to their end: a call that is
    under way must not be given up because its neighbour failed. When the caller is cancelled, so are they, and
    they are waited for.

    Args:
        pieces: of the work.
        work: on one of them.
        places: may be shared; whoever came first is served first.

    Raises:
        Exception: the first failure, once all that was begun has ended.
    """
    failures: list[Exception] = []

    async def one(piece: T) -> None:
        async with places:
            if failures:
                return
            try:
                await work(piece)
            except Exception as error:  # noqa: BLE001 - raised below, when the neighbours have ended
                failures.append(error)

    working = [asyncio.create_task(one(piece)) for piece in pieces]
    try:
        await asyncio.gather(*working)
    finally:
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
    if failures:
        raise failures[0]
