"""Which parts make up a running host, and in which order do they start and end?"""

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from sandbox.functions.bindings import FunctionDefinition, QueueTrigger, TimerTrigger
from sandbox.functions.deliveries import manual_delivery
from sandbox.functions.errors import StartError
from sandbox.functions.host_json import HostOptions
from sandbox.functions.http_front import HttpFront
from sandbox.functions.invocations import Invocations
from sandbox.functions.outputs import OutputSender
from sandbox.functions.servicebus_listener import QueueListener, start_run
from sandbox.functions.settings import is_disabled
from sandbox.functions.timers import Timer

_log = logging.getLogger("sandbox.functions.start")

# After runs and listeners were told to stop they need little; this is for connections that do not close.
CLOSE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how a host serves.

    Attributes:
        address: IP address to listen on.
        port: TCP port; 0 picks a free one.
        state: Folder for the status of timers.
        key: Function, host and master key in one; a secret.
        drain: Seconds that running functions get when the host ends.
    """

    address: str
    port: int
    state: Path
    key: str = field(repr=False)
    drain: float


class Host:
    """Listeners, timers and the HTTP front of one app.

    Args:
        functions: The functions of the app.
        place: Where to serve.
        options: What host.json asks for.
        sender: Sends output bindings; closed at the end.
        invocations: Runs functions.

    Raises:
        StartError: A route template is wrong.
    """

    def __init__(
        self,
        functions: Sequence[FunctionDefinition],
        *,
        place: Place,
        options: HostOptions,
        sender: OutputSender,
        invocations: Invocations,
    ) -> None:
        self._place = place
        self._sender = sender
        self._invocations = invocations
        disabled = frozenset(each.name for each in functions if is_disabled(each.name, os.environ))
        self._timers: dict[str, Timer] = {}
        self._listeners: list[QueueListener] = []
        for function in functions:
            if function.name in disabled:
                _log.info("Function %s is disabled by a setting.", function.name)
            elif isinstance(function.trigger, TimerTrigger):
                self._timers[function.name] = Timer(
                    function, function.trigger, invocations=invocations, state=place.state
                )
            elif isinstance(function.trigger, QueueTrigger):
                self._listeners.append(
                    QueueListener(
                        function, function.trigger, options=options.service_bus, invocations=invocations
                    )
                )
        self._front = HttpFront(
            functions,
            disabled=disabled,
            prefix=options.route_prefix,
            key=place.key,
            invocations=invocations,
            run_manually=self._run_manually,
        )

    async def serve(self, stop: asyncio.Event, announce: Callable[[int], None]) -> bool:
        """Serve until told to stop.

        Args:
            stop: Set when the host is to end.
            announce: Called with the port once HTTP listens and listeners and timers are started.

        Returns:
            Whether every running function came to its end within the time it gets.

        Raises:
            StartError: The port cannot be listened on.
        """
        runner = web.AppRunner(
            self._front.application(), access_log=None, shutdown_timeout=max(self._place.drain, 0.1)
        )
        await runner.setup()
        site = web.TCPSite(runner, self._place.address, self._place.port)
        try:
            await site.start()
        except OSError as error:
            await runner.cleanup()
            raise StartError(
                f"port {self._place.port} cannot be listened on ({error.strerror}). "
                "Name another one with --port."
            ) from None
        parts: list[Timer | QueueListener] = [*self._timers.values(), *self._listeners]
        tasks = [asyncio.create_task(part.run()) for part in parts]
        announce(runner.addresses[0][1])
        stopped = asyncio.create_task(stop.wait())
        # A part that ends by itself has a fault; it is raised below, after the others have ended in good order.
        await asyncio.wait({stopped, *tasks}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        _log.info("The host is told to end; running functions get %g s.", self._place.drain)
        for part in parts:
            part.stop()
        await site.stop()
        all_ended = await self._end(tasks)
        await runner.cleanup()
        return all_ended

    async def _end(self, tasks: list[asyncio.Task[None]]) -> bool:
        all_ended = await self._invocations.drain(self._place.drain)
        if tasks:
            # A part whose run did not end in its time cannot end either.
            _, late = await asyncio.wait(tasks, timeout=CLOSE_SECONDS if all_ended else 0.1)
            for task in late:
                task.cancel()
            for ended in await asyncio.gather(*tasks, return_exceptions=True):
                if isinstance(ended, Exception):
                    raise ended
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._sender.close()
        except TimeoutError:
            _log.warning("A connection to Service Bus did not close in time.")
        return all_ended

    def _run_manually(self, function: FunctionDefinition, given: str | None) -> None:
        if isinstance(function.trigger, QueueTrigger):
            delivery = manual_delivery(given or "", datetime.now(UTC))
            start_run(self._invocations, function, function.trigger, [delivery])
        else:
            self._timers[function.name].run_manually()
