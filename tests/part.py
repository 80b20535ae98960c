"""How does a test run one part of the sandbox as a process of its own?"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
SECONDS = 20.0
"""Until it is ready, and until it has ended."""


@contextmanager
def running(part: str, *options: str) -> Iterator[str]:
    """A part as a process of its own on a free port; yields the root of its address."""
    command = [sys.executable, "-m", f"sandbox.{part}", "--port", "0", *options]
    with subprocess.Popen(  # noqa: S603 - the project's own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        deadline = threading.Timer(SECONDS, process.kill)
        deadline.start()
        try:
            assert process.stdout is not None
            words = process.stdout.readline().split()
            deadline.cancel()
            assert words[:2] == ["ready", part]
            yield f"http://127.0.0.1:{words[2]}"
        finally:
            deadline.cancel()
            process.terminate()
            process.wait(SECONDS)
