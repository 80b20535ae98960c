"""How is the local Service Bus started?"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import signal
import sys
from pathlib import Path

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.config import ConfigError, read_config
from sandbox.servicebus.queue import QueueSettings
from sandbox.servicebus.server import serving
from sandbox.servicebus.store import NoStore, Store, StoreError

_CONFIG = Path(__file__).parents[1] / "servicebus.config.json"


def _arguments(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.servicebus", description="A local Service Bus, for development and tests."
    )
    parser.add_argument("--port", type=int, default=5672, help="for AMQP; 0 picks a free one (default: 5672)")
    parser.add_argument("--control-port", type=int, default=5300, help="for HTTP, likewise (default: 5300)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument(
        "--config", type=Path, default=_CONFIG, help="queues, as the official emulator reads them"
    )
    parser.add_argument(
        "--db", type=Path, help="file that keeps the messages; without it they end with the process"
    )
    return parser.parse_args(arguments)


async def _serve(options: argparse.Namespace, settings: list[QueueSettings], keeper: Store | NoStore) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Unlike the loop's own signal handlers, these work on Windows too.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    bus = Bus(settings, keeper)
    async with serving(bus, host=options.host, port=options.port, control_port=options.control_port) as ports:
        sys.stdout.write(f"ready servicebus {ports.amqp} control {ports.control}\n")
        sys.stdout.flush()
        await stopping.wait()


def main(arguments: list[str] | None = None) -> int:
    """Run until told to stop.

    Returns:
        The exit status: 0 after SIGTERM or SIGINT, 1 if it could not start.
    """
    options = _arguments(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="servicebus %(levelname)s %(message)s")
    try:
        settings = read_config(options.config)
        with contextlib.closing(Store(options.db) if options.db else NoStore()) as keeper:
            asyncio.run(_serve(options, settings, keeper))
    except (ConfigError, StoreError, OSError) as error:
        logging.getLogger(__name__).error("Cannot start: %s", error)  # noqa: TRY400 - for people, who need no traceback
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
