# noqa: INP001 - Python looks for this name on its path, not in a package
"""Where does a process spend the processor's time? It counts by itself while it runs.

Python imports a module of this name in every process that finds it on its path. `bench.profile` puts this
folder there and names a folder in BENCH_SAMPLES; at its end, each process writes what it has seen: stacks
and how often each was met, once for so many milliseconds of processor time.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
from collections import Counter
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.004
DEEPEST = 80

_folder = os.environ.get("BENCH_SAMPLES")
_stacks: Counter[tuple[str, ...]] = Counter()


def _sample(_number: int, frame: FrameType | None) -> None:
    stack: list[str] = []
    while frame is not None and len(stack) < DEEPEST:
        code = frame.f_code
        stack.append(f"{code.co_filename}:{code.co_qualname}")
        frame = frame.f_back
    _stacks[tuple(stack)] += 1


def _write(folder: str) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0)
    told = [[list(stack), count] for stack, count in _stacks.most_common()]
    document = {"command": sys.argv[:1], "milliseconds": EVERY_SECONDS * 1000, "stacks": told}
    (Path(folder) / f"{os.getpid()}.json").write_text(json.dumps(document), encoding="utf-8")


if _folder:
    # Counts time on the processor, of this process and in whatever thread; the handler sees the main thread.
    signal.signal(signal.SIGPROF, _sample)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    atexit.register(_write, _folder)
