"""How is the Dataverse part started from a command line?"""

from __future__ import annotations

import argparse
import asyncio

from sandbox.control import add_arguments, serve
from sandbox.dataverse.protection import Limits
from sandbox.dataverse.service import INDEX_SECONDS, Service
from sandbox.dataverse.switchboard import Latency


def _arguments() -> argparse.Namespace:
    limits, latency = Limits(), Latency()
    parser = argparse.ArgumentParser(prog="python -m sandbox.dataverse", description="A local Dataverse.")
    add_arguments(parser, port=7082)
    parser.add_argument("--installed", action="store_true", help="with our tables, as if they were installed")
    parser.add_argument("--webhook", metavar="URL", help="with --installed: where created jobs are posted to")
    parser.add_argument("--no-posts", action="store_true", help="an environment without activity feeds")
    parser.add_argument("--limit-requests", type=int, default=limits.requests, metavar="N")
    parser.add_argument("--limit-window", type=float, default=limits.window, metavar="SECONDS")
    parser.add_argument("--limit-concurrency", type=int, default=limits.concurrency, metavar="N")
    parser.add_argument("--limit-seconds", type=float, default=limits.seconds, metavar="SECONDS")
    parser.add_argument("--latency", type=float, default=latency.request, metavar="SECONDS")
    parser.add_argument("--part-latency", type=float, default=latency.part, metavar="SECONDS")
    parser.add_argument(
        "--key-index-seconds",
        type=float,
        default=INDEX_SECONDS,
        metavar="SECONDS",
        help="until the index of a new alternate key is ready",
    )
    given = parser.parse_args()
    if given.webhook is not None and not given.installed:
        parser.error("--webhook needs --installed; elsewhere a webhook is registered through the Web API")
    return given


async def _run(given: argparse.Namespace) -> None:
    service = Service(
        installed=given.installed,
        webhook=given.webhook,
        posts=not given.no_posts,
        limits=Limits(given.limit_requests, given.limit_window, given.limit_concurrency, given.limit_seconds),
        latency=Latency(given.latency, given.part_latency),
        key_index_seconds=given.key_index_seconds,
    )
    await serve("dataverse", service.application(), host=given.host, port=given.port)


if __name__ == "__main__":
    asyncio.run(_run(_arguments()))
