"""What do the toy parts do?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from sandbox.world.process import Process

HOME = Path(__file__).resolve().parents[3]

GOOD = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
print("talking before it is ready", flush=True)
print("ready toy 1234", flush=True)
print("a word on stderr", file=sys.stderr, flush=True)
while True:
    time.sleep(60)
"""

DEAF = GOOD.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")

BROKEN = """
import sys
print("something is missing", file=sys.stderr)
sys.exit(3)
"""

MUTE = """
import time
while True:
    time.sleep(60)
"""


def environment(folder: Path) -> dict[str, str]:
    """Variables that let a process import both the project and a toy in `folder`."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(HOME), str(folder)])}


@contextmanager
def toy(folder: Path, code: str) -> Iterator[Process]:
    """A part named toy that runs `code`; not started yet, and gone afterwards."""
    (folder / "toy.py").write_text(code, encoding="utf-8")
    with ThreadPoolExecutor(1) as starter:
        process = Process(
            "toy",
            ["toy"],
            log=folder / "toy.log",
            home=folder,
            environment=environment(folder),
            starter=starter,
        )
        try:
            yield process
        finally:
            process.kill()


SUPERVISOR = """
import sys, time
from pathlib import Path
from tests.sandbox.world.toys import toy
folder = Path(sys.argv[1])
with toy(folder, sys.argv[2]) as part:
    part.spawn()
    part.await_ready()
    print(part.pid, flush=True)
    time.sleep(60)
"""


@contextmanager
def supervised(folder: Path, code: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A process that has started a toy and waits, and the process id of the toy."""
    with launched(folder, ["-c", SUPERVISOR, str(folder), code]) as parent:
        assert parent.stdout is not None
        yield parent, int(parent.stdout.readline())


@contextmanager
def launched(folder: Path, arguments: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A Python in `folder` that can import the project and the toy; killed afterwards."""
    with subprocess.Popen(  # noqa: S603 - code that stands in this file
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
