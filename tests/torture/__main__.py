"""How is the torture run by hand? `python -m tests.torture --help` tells."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.overload.load import overload
from tests.overload.promises import assert_promises
from tests.torture import telling
from tests.torture.plan import TROUBLES, plan
from tests.torture.rounds import Round, play
from tests.torture.stage import sandbox, stage
from tests.world import HOME

SPAN_SECONDS: Final = 10.0
TROUBLES_A_ROUND: Final = 20
OVERLOAD_JOBS: Final = 2000
OVERLOAD_SECONDS: Final = 900.0
INTERLEAVINGS: Final = HOME / "tests" / "jobs" / "test_interleavings.py"
OVERLOAD, SIMULATED = "overload", "interleavings"


def main(words: list[str]) -> int:
    """Torture the app until the minutes are over.

    Returns:
        0 every promise was kept; 1 one was not; 130 interrupted.
    """
    chosen = _read(words)
    end = time.monotonic() + 60 * chosen.minutes
    parts = {*chosen.only}
    everything = not parts
    names = [name for name in TROUBLES if name in parts]
    kept = True
    try:
        if SIMULATED in parts or (everything and chosen.minutes):
            kept = _interleavings(chosen.minutes, chosen.seed)
        if kept and (OVERLOAD in parts or (everything and chosen.minutes)):
            kept = _overload()
        if kept and (everything or names):
            kept = _rounds(chosen, names, end)
    except KeyboardInterrupt:
        _say("Interrupted.")
        return 130
    _say("Every promise was kept." if kept else "A promise was broken.")
    return 0 if kept else 1


def _rounds(chosen: argparse.Namespace, names: list[str], end: float) -> bool:
    """Play rounds until `end`, at least one; whether every promise was kept."""
    with tempfile.TemporaryDirectory(prefix="torture-") as folder, sandbox(Path(folder)) as (world, gates):

        async def rounds() -> bool:
            played: list[Round] = []
            number = 0
            async with stage(world, gates) as on:
                while number == 0 or time.monotonic() < end:
                    planned = plan(
                        chosen.seed + number,
                        jobs=chosen.jobs,
                        span=SPAN_SECONDS,
                        troubles=TROUBLES_A_ROUND,
                        only=names,
                    )
                    one = await play(on, planned)
                    played.append(one)
                    number += 1
                    _say(telling.one_round(number, one))
                    if one.broken:
                        for found in one.broken:
                            _say(str(found))
                        _say(await telling.history(on, one, one.broken[0]))
                        _say(_again(chosen, planned.seed))
                        break
            _say(telling.all_rounds(played))
            return not played[-1].broken

        return asyncio.run(rounds())


def _again(chosen: argparse.Namespace, seed: int) -> str:
    only = "".join(f" --only {name!r}" for name in chosen.only)
    return (
        f"The same round again: python -m tests.torture --minutes 0 --seed {seed} --jobs {chosen.jobs}{only}"
    )


def _overload() -> bool:
    _say(f"{OVERLOAD_JOBS} jobs at once:")
    measured = overload(OVERLOAD_JOBS, seconds=OVERLOAD_SECONDS, say=_say)
    _say(measured.told())
    try:
        assert_promises(measured)
    except AssertionError as error:
        _say(str(error))
        return False
    return True


def _interleavings(minutes: float, seed: int) -> bool:
    """Simulated interleavings, for about a fifth of the time: five parts that take so many minutes each."""
    _say("Simulated interleavings:")
    environment = {**os.environ, "SPOTLER_TORTURE": f"{minutes / 25:.3f}", "SPOTLER_TORTURE_SEED": str(seed)}
    command = [sys.executable, "-m", "pytest", "-s", "-p", "no:cacheprovider", str(INTERLEAVINGS)]
    done = subprocess.run(command, cwd=HOME, env=environment, check=False)  # noqa: S603 - the project's own tests
    return done.returncode == 0


def _read(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture",
        description="Breaks everything around the app at random, and counts what is left. Names for --only: "
        + ", ".join([*TROUBLES, OVERLOAD, SIMULATED]),
    )
    parser.add_argument("--minutes", type=float, default=10.0, help="0 plays one round (default: 10)")
    parser.add_argument("--seed", type=int, help="of the first round; each further round takes the next one")
    parser.add_argument("--jobs", type=int, default=120, help="in each round (default: 120)")
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        choices=[*TROUBLES, OVERLOAD, SIMULATED],
        help="play this and nothing else; may be given several times",
    )
    chosen = parser.parse_args(words)
    if chosen.seed is None:
        chosen.seed = secrets.randbelow(1_000_000)
    _say(f"seed {chosen.seed}")
    return chosen


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
