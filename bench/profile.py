"""Where does the processor time go while thousands of jobs flow? `python -m bench.profile` tells.

Samples every part of the sandbox under load and writes `profile.txt` beside this file: for each part the
packages and the functions with the most time, their own and with all they call.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.ground import on_ground
from bench.load import Loaded, run
from bench.terms import BASELINE, HOME

SAMPLING: Final = HOME / "bench" / "sampling"
WRITTEN: Final = HOME / "bench" / "profile.txt"
MOST: Final = 25
JOBS: Final = 1000
_IMPORTING: Final = "importlib._bootstrap"
_PYTHONS_OWN: Final = ("asyncio", "Python")


@dataclass(frozen=True, slots=True)
class Stack:
    """Places from the innermost outwards, and the milliseconds that were spent in the first of them."""

    places: tuple[str, ...]
    milliseconds: float


def main(words: list[str]) -> int:
    """Run the load under the sampler and write what it saw."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile", description=__doc__)
    parser.add_argument("--jobs", type=int, default=JOBS)
    parser.add_argument("--baseline", action="store_true", help="of the plain design instead of the app")
    parser.add_argument("--output", type=Path, default=WRITTEN)
    given = parser.parse_args(words)
    with tempfile.TemporaryDirectory(prefix="samples-") as folder:
        os.environ["BENCH_SAMPLES"] = folder
        os.environ["PYTHONPATH"] = os.pathsep.join(
            filter(None, [str(SAMPLING), os.environ.get("PYTHONPATH")])
        )
        loaded = on_ground(lambda ground: run(ground, given.jobs), app=BASELINE if given.baseline else None)
        parts = dict(sorted(map(_read, Path(folder).glob("*.json"))))
    text = report(parts, loaded)
    given.output.write_text(text, encoding="utf-8")
    sys.stdout.write(text)
    return 0


def report(parts: Mapping[str, Sequence[Stack]], loaded: Loaded) -> str:
    """All parts, one below the other, those with the most time first."""
    head = f"{loaded.jobs:,} jobs, {loaded.per_second:.1f} a second under the sampler"
    told = [f"{head}. Milliseconds of the processor for each job."]
    for part, stacks in sorted(parts.items(), key=lambda one: -_total(one[1])):
        # Importing happens once, whatever the number of jobs.
        working = [stack for stack in stacks if not any(_IMPORTING in place for place in stack.places)]
        told.append(
            f"\n=== {part}: {_total(working) / loaded.jobs:.2f} ms, and {_total(stacks) - _total(working):.0f} ms "
            "once for imports\n"
        )
        tables = {
            "package, with the parts of Python itself that it calls": by(
                working, lambda stack: {blamed(stack)}
            ),
            "function, own time": by(working, lambda stack: set(stack.places[:1])),
            "function, with all it calls": by(
                working, lambda stack: {place for place in stack.places if package(place) not in _PYTHONS_OWN}
            ),
        }
        for title, spent in tables.items():
            told += _columns(title, spent, loaded.jobs, _total(working))
    return "\n".join(told) + "\n"


def by(stacks: Iterable[Stack], of: Callable[[Stack], Iterable[str]]) -> dict[str, float]:
    """Milliseconds by whatever `of` makes of a stack."""
    spent: defaultdict[str, float] = defaultdict(float)
    for stack in stacks:
        for one in of(stack):
            spent[one] += stack.milliseconds
    return spent


def blamed(stack: Stack) -> str:
    """The innermost package that is not Python's own: what the standard library does, it does for that one."""
    found = (package(place) for place in stack.places)
    return next((one for one in found if one not in _PYTHONS_OWN), "the event loop itself")


def package(place: str) -> str:
    """The package that a place is in: of the project by its first folder, of Azure by two names."""
    file = place.rpartition(":")[0]
    if "site-packages/" in file:
        names = file.partition("site-packages/")[2].split("/")
        return ".".join(names[:3] if names[0] == "azure" else names[:1]).removesuffix(".py")
    if file.startswith(str(HOME)):
        names = file.removeprefix(str(HOME)).strip("/").split("/")
        return ".".join(names[:2] if names[0] == "sandbox" else names[:1]).removesuffix(".py")
    if "/asyncio/" in file or file.endswith("selectors.py"):
        return _PYTHONS_OWN[0]
    return _PYTHONS_OWN[1]


def short(place: str) -> str:
    """A place as people read it, without where the project and its packages lie."""
    file, _, name = place.rpartition(":")
    file = file.removeprefix(str(HOME)).strip("/")
    for mark in ("site-packages/", "/python3.13/", "/python3.14/"):
        file = file.partition(mark)[2] or file
    return f"{file}:{name}"


def _columns(title: str, spent: Mapping[str, float], jobs: int, total: float) -> list[str]:
    lines = [f"{title}:"]
    for place, milliseconds in sorted(spent.items(), key=lambda one: -one[1])[:MOST]:
        name = short(place) if ":" in place else place
        lines.append(f"  {milliseconds / jobs:7.3f} ms  {milliseconds / (total or 1):5.1%}  {name}")
    return [*lines, ""]


def _total(stacks: Iterable[Stack]) -> float:
    return sum(stack.milliseconds for stack in stacks)


def _read(file: Path) -> tuple[str, list[Stack]]:
    told = json.loads(file.read_text(encoding="utf-8"))
    stacks = [Stack(tuple(places), count * told["milliseconds"]) for places, count in told["stacks"]]
    return Path(told["command"][0]).parent.name or told["command"][0], stacks


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
