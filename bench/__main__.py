"""How is the bench run? `python -m bench --help` tells."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from bench.figures import NAMES, chosen
from bench.results import Result, document, table
from bench.terms import QUICK, Sizes

RESULTS = Path(__file__).with_name("results.json")


def main(words: list[str]) -> int:
    """Measure, print the table, write the results; 0 where every goal is met, 1 where not."""
    given = _read(words)
    signal.signal(signal.SIGTERM, _interrupt)
    sizes = QUICK if given.quick else Sizes()
    results: list[Result] = []
    for run in chosen(given.figures):
        _say(f"measuring {', '.join(run.figures)} ...")
        results += run.measure(sizes)
    _say("\n" + table(results, quick=sizes.quick))
    # Small sizes never take the place of the figures that are kept.
    target = given.output or (None if given.quick else RESULTS)
    if target is not None:
        kept = target.read_text(encoding="utf-8") if target == RESULTS and target.exists() else None
        target.write_text(document(results, quick=sizes.quick, kept=kept), encoding="utf-8")
    return 0 if all(result.ok for result in results) else 1


def _read(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measures the app in the sandbox with set latencies, beside the plain design. All of it "
        "takes about half an hour on two processors; nothing else should run meanwhile.",
    )
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(NAMES)}; all by default")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, for development")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="write the results there and nothing else, also those of --quick; otherwise the measured figures "
        "take their places in bench/results.json",
    )
    given = parser.parse_args(words)
    unknown = sorted(set(given.figures) - set(NAMES))
    if unknown:
        parser.error(f"no figure is called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return given


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
