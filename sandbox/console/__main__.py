"""How is the console started? `python -m sandbox.console --help` tells."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys

from sandbox.console.parts import Parts
from sandbox.console.server import application
from sandbox.control import add_arguments, serve


def main(words: list[str]) -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.console", description="The page that shows the sandbox at work."
    )
    add_arguments(parser, port=7070)
    default = Parts()
    for name, told in (
        ("spotler", "root of the Spotler part"),
        ("dataverse", "root of the Dataverse part"),
        ("functions", "root of the Functions part"),
        ("servicebus", "root of the control routes of the Service Bus part"),
    ):
        parser.add_argument(
            f"--{name}", default=getattr(default, name), metavar="URL", help=f"{told} (default: %(default)s)"
        )
    parser.add_argument(
        "--functions-key",
        default=default.functions_key,
        metavar="KEY",
        help="key for the functions that people call (default: %(default)s)",
    )
    parser.add_argument(
        "--application-id",
        default=default.application_id,
        metavar="GUID",
        help="with which the app signs in at Dataverse; the page tells it to whoever has to install "
        "(default: %(default)s)",
    )
    chosen = parser.parse_args(words)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    parts = Parts(
        spotler=chosen.spotler,
        dataverse=chosen.dataverse,
        functions=chosen.functions,
        servicebus=chosen.servicebus,
        functions_key=chosen.functions_key,
        application_id=chosen.application_id,
    )
    asyncio.run(serve("console", application(parts), host=chosen.host, port=chosen.port))


if __name__ == "__main__":
    main(sys.argv[1:])
