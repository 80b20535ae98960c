"""How is the Dataverse part started from a command line?"""

from __future__ import annotations

import argparse
import asyncio

from sandbox.control import add_arguments, serve
from sandbox.dataverse.protection import Limits
from sandbox.dataverse.service import Latency, Service


def _arguments() -> argparse.Namespace:
    limits, latency = Limits(), Latency()
    parser = argparse.ArgumentParser(prog="python -m sandbox.dataverse", description="A local Dataverse.")
    add_arguments(parser, port=7082)
    parser.add_argument("--webhook", metavar="URL", help="where created jobs are posted to")
    parser.add_argument("--no-posts", action="store_true", help="an environment without activity feeds")
    parser.add_argument("--limit-requests", type=int, default=limits.requests, metavar="N")
    parser.add_argument("--limit-window", type=float, default=limits.window, metavar="SECONDS")
    parser.add_argument("--limit-concurrency", type=int, default=limits.concurrency, metavar="N")
    parser.add_argument("--limit-seconds", type=float, default=limits.seconds, metavar="SECONDS")
    parser.add_argument("--latency", type=float, default=latency.request, metavar="SECONDS")
    parser.add_argument("--part-latency", type=float, default=latency.part, metavar="SECONDS")
    return parser.parse_args()


async def _run(given: argparse.Namespace) -> None:
    service = Service(
        webhook=given.webhook,
        posts=not given.no_posts,
        limits=Limits(given.limit_requests, given.limit_window, given.limit_concurrency, given.limit_seconds),
        latency=Latency(given.latency, given.part_latency),
    )
    await serve("dataverse", service.application(), host=given.host, port=given.port)


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
