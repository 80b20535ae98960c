"""How is Spotler tried from the command line?"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import io
import os
import sys
from collections.abc import Mapping, Sequence

import httpx

from spotler.client import SpotlerClient, service_address
from spotler.contract import Contract
from spotler.smoke import Firing, smoke
from wire.quiet import quiet_loggers

DEFAULT_URL = "https://restapi.mailplus.nl/integrationservice"

USABLE, NOT_USABLE, USAGE = 0, 1, 2


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run one command.

    Returns:
        0 where Spotler can be worked with, 1 where something is wrong, 2 where the command is.
    """
    parser = _parser(environment.get("SPOTLER_URL") or DEFAULT_URL)
    options = parser.parse_args(arguments)
    if bool(options.trigger) != bool(options.contact):
        parser.error("--trigger and --contact go together")
    firing = Firing(options.trigger, options.contact) if options.trigger else None
    try:
        url = service_address(options.url)
        contract = Contract.from_environment(environment)
    except ValueError as fault:
        parser.error(str(fault))
    key = _secret("SPOTLER_KEY", environment)
    secret = _secret("SPOTLER_SECRET", environment)
    if not key or not secret:
        parser.error("SPOTLER_KEY and SPOTLER_SECRET have to be set, or typed in when asked")
    return asyncio.run(_smoke(url, key, secret, contract, firing))


def _parser(url: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m spotler",
        description="Try Spotler Mail+ before going live.",
        epilog="Key and secret come from SPOTLER_KEY and SPOTLER_SECRET or are asked for; guesses about the "
        "API are overridden by SPOTLER_CONTRACT_… as in the app, see docs/spotler-api.md.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    what = "list what is set up in Spotler and tell which guesses about its API hold"
    command = commands.add_parser("smoke", help=what, description=f"{what[0].upper()}{what[1:]}.")
    command.add_argument("--url", default=url, help="address of the service, or SPOTLER_URL (%(default)s)")
    command.add_argument("--trigger", metavar="CODE", help="fire this trigger; needs --contact; a run starts")
    command.add_argument("--contact", metavar="ID", help="external contact id to fire it for")
    return parser


def _secret(name: str, environment: Mapping[str, str]) -> str:
    """From the environment, else typed unseen; never from an argument, which other users can list."""
    given = environment.get(name, "").strip()
    return given if given or not sys.stdin.isatty() else getpass.getpass(f"{name}: ").strip()


async def _smoke(url: str, key: str, secret: str, contract: Contract, firing: Firing | None) -> int:
    async with httpx.AsyncClient() as http:
        client = SpotlerClient(url, key, secret, http=http, contract=contract)
        say(f"Spotler at {url}")
        return USABLE if await smoke(client, say, firing) else NOT_USABLE


def say(line: str) -> None:
    """One line for the person at the terminal."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):  # names may hold what a terminal's encoding lacks
        sys.stdout.reconfigure(errors="replace")
    quiet_loggers()
    sys.exit(main(sys.argv[1:], os.environ))
