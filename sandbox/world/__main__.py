"""How is the sandbox started by hand? `python -m sandbox.world --help` tells."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

from sandbox import scenario
from sandbox.world import PartFailed, Ports, PortTaken, SampleUnusable, World

HOME = Path(__file__).resolve().parents[2]


def main(words: list[str]) -> int:
    """Start everything, play the scenario if asked to, stay until told to end.

    Returns:
        0 all went as it should; 1 it did not; 130 interrupted in the middle.
    """
    chosen = _read(words)
    signal.signal(signal.SIGTERM, _interrupt)
    ports = _ports(chosen)
    folder = chosen.folder or _folder(ports)
    up = False
    try:
        _say("Starting Service Bus, Spotler and Dataverse, installing into it (python -m dataverse apply),")
        _say("then Functions and the console ...")
        with World(home=HOME, folder=folder, ports=ports, values=dict(chosen.set)) as world:
            to = world.addresses
            _say(f"  console     {to.console}\n  Functions   {to.functions}\n  Spotler     {to.spotler}")
            _say(f"  Dataverse   {to.dataverse}\n  Service Bus {to.servicebus}\n  logs        {world.logs}")
            good = True
            if chosen.scenario:
                good = asyncio.run(scenario.play(dataverse=to.dataverse, spotler=to.spotler))
            if chosen.exit:
                return 0 if good else 1
            up = True
            _say(f"\nAll is up; look at {to.console} . Ctrl-C ends it.")
            _stay(world)
    except (PortTaken, PartFailed, SampleUnusable, scenario.Unreachable) as problem:
        sys.stdout.flush()
        sys.stderr.write(f"\n{problem}\n")
        return 1
    except KeyboardInterrupt:
        _say("\nEnded.")
        return 0 if up else 130
    return 1


def _folder(ports: Ports) -> Path:
    """Two sandboxes side by side must not share their state."""
    usual = HOME / ".sandbox"
    return usual if ports == Ports() else usual / str(ports.console)


def _stay(world: World) -> None:
    """Return when no part is left; say of each part that ends that it did."""
    told: set[str] = set()
    while any(world.running(part) for part in ("functions", "dataverse", "spotler", "servicebus", "console")):
        for sentence in world.ended():
            if sentence not in told:
                told.add(sentence)
                _say(sentence)
        time.sleep(0.5)
    _say("No part is left.")


def _ports(chosen: argparse.Namespace) -> Ports:
    ports = Ports().moved(chosen.port_offset)
    for one in fields(Ports):
        given = getattr(chosen, f"{one.name}_port")
        ports = ports if given is None else replace(ports, **{one.name: given})
    return ports


def _read(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox.world", description="Starts the whole sandbox on this machine."
    )
    parser.add_argument(
        "--scenario", action="store_true", help="create the jobs of the scenario and show them"
    )
    parser.add_argument("--exit", action="store_true", help="end afterwards; status 0 only if all was right")
    parser.add_argument("--port-offset", type=int, default=0, metavar="N", help="add N to every port")
    parser.add_argument(
        "--set", action="append", default=[], type=_setting, metavar="NAME=VALUE", help="an app setting"
    )
    parser.add_argument("--folder", type=Path, help="for state, settings and logs (default: in .sandbox)")
    for one in fields(Ports):
        parser.add_argument(f"--{one.name}-port", type=int, metavar="PORT", help=f"(default: {one.default})")
    return parser.parse_args(words)


def _setting(words: str) -> tuple[str, str]:
    name, equals, value = words.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError("write NAME=VALUE")
    return name, value


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
