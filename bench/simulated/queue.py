"""How does a queue hand messages to a function, many at a time or one by one?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bench.terms import BUS_SECONDS

MOST_DELIVERIES: Final = 10
"""As the configuration of the queues has it; then a message is a dead letter."""


@dataclass(slots=True)
class Message:
    """One message; `deliveries` counts from one once it is handed over."""

    body: bytes
    deliveries: int = 0


@dataclass(slots=True)
class SimulatedQueue:
    """Messages that wait, and those that are due later."""

    waiting: list[Message] = field(default_factory=list)
    dead: int = 0
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, bodies: Sequence[str], delay: float = 0.0) -> None:
        """Accept messages, to be handed over after `delay` seconds."""
        await asyncio.sleep(BUS_SECONDS)
        messages = [Message(body.encode()) for body in bodies]
        if delay > 0:
            asyncio.get_running_loop().call_later(delay, self._put, messages)
        else:
            self._put(messages)

    async def serve_batches(self, function: Callable[[list[Message]], Awaitable[None]], most: int) -> None:
        """Hand messages over, at most so many together and one batch at a time, until cancelled."""
        while True:
            taken = await self._taken(most)
            try:
                await function(taken)
            except Exception:  # noqa: BLE001 - as the host does: whatever fails comes again
                self._again(taken)

    async def serve_singly(self, function: Callable[[Message], Awaitable[None]], most: int) -> None:
        """Hand messages over one by one, at most so many at a time, until cancelled."""

        async def worker() -> None:
            while True:
                (message,) = await self._taken(1)
                try:
                    await function(message)
                except Exception:  # noqa: BLE001 - as the host does: whatever fails comes again
                    self._again([message])

        async with asyncio.TaskGroup() as group:
            for _ in range(most):
                group.create_task(worker())

    async def _taken(self, most: int) -> list[Message]:
        while not self.waiting:
            self._arrived.clear()
            await self._arrived.wait()
        taken, self.waiting[:most] = self.waiting[:most], []
        for message in taken:
            message.deliveries += 1
        await asyncio.sleep(BUS_SECONDS)
        return taken

    def _again(self, messages: Sequence[Message]) -> None:
        alive = [message for message in messages if message.deliveries < MOST_DELIVERIES]
        self.dead += len(messages) - len(alive)
        self._put(alive)

    def _put(self, messages: Sequence[Message]) -> None:
        self.waiting += messages
        self._arrived.set()
