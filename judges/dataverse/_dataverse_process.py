"""How does a judge get a Dataverse of its own, as a user would start it?"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]

_END_SECONDS = 10


@contextmanager
def dataverse(*, port: int = 0, installed: bool = True) -> Iterator[str]:
    """Run a Dataverse process with its seed rows, and give its URL without a slash at its end.

    Args:
        port: where it listens; 0 for a free one.
        installed: whether our tables are there from the start.
    """
    command = [sys.executable, "-m", "sandbox.dataverse", f"--port={port}"]
    command += ["--installed"] if installed else []
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    try:
        if process.stdout is None:
            raise RuntimeError("the Dataverse part has no output")
        words = process.stdout.readline().split()
        if words[:2] != ["ready", "dataverse"]:
            raise RuntimeError("the Dataverse part did not start")
        yield f"http://localhost:{words[2]}"
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END_SECONDS)
        if process.stdout is not None:
            process.stdout.close()
