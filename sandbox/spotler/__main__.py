"""How is the Spotler part started?

`python -m sandbox.spotler [--host H] [--port N] [--latency SECONDS] [--max-concurrency N]`
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math

from sandbox.control import add_arguments, serve
from sandbox.spotler.application import application

PORT = 7081
"""Where others look for it unless told otherwise."""


def main() -> None:
    """Serve until asked to end."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.spotler", description="A local Spotler Mail+.")
    add_arguments(parser, port=PORT)
    parser.add_argument("--latency", type=_seconds, default=0.0, help="seconds every call lasts longer")
    parser.add_argument(
        "--max-concurrency", type=_at_least_one, help="calls above this at a time are answered 429"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = application(latency=options.latency, most_at_a_time=options.max_concurrency)
    asyncio.run(serve("spotler", app, host=options.host, port=options.port))


def _seconds(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or not 0 <= value <= 600:
        raise argparse.ArgumentTypeError("must be from 0 to 600 seconds")
    return value


def _at_least_one(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return value


if __name__ == "__main__":
    main()
