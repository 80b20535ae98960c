"""How does an HTTP part of the sandbox start, say that it is ready, and end?"""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from aiohttp import web

DRAIN_SECONDS = 1.0
"""How long a request may still run once the part is asked to end."""


def add_arguments(parser: argparse.ArgumentParser, *, port: int) -> None:
    """Give a part the options every part has; `port` is where it listens by default."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=port, help="0 takes a free one (default: %(default)s)")


async def serve(part: str, app: web.Application, *, host: str, port: int) -> None:
    """Serve `app` until SIGTERM or SIGINT; print `ready <part> <port>` once connections are accepted."""
    stop = asyncio.Event()
    stop_on_signals(stop)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        sys.stdout.write(f"ready {part} {bound}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` at SIGTERM and at Ctrl-C; needs a running loop."""
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:
            # Windows: its event loop takes no signal handlers.
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))
