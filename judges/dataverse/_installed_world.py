"""How does a judge get the whole sandbox, with an environment that the product's own program was installed in?"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from _dataverse_process import ROOT, dataverse

# The project is not installed anywhere; it stands two folders up.
sys.path.insert(0, str(ROOT))

from sandbox.world import FUNCTION_KEY, World, free_ports

APPLICATION_ID = "00000000-0000-0000-0000-0000000000a1"
"""Of the identity that the sandbox's Functions part signs in as."""

_APPLY_SECONDS = 180


@contextmanager
def installed_world() -> Iterator[str]:
    """Run all parts of the sandbox, install into an empty Dataverse, and give its URL without a slash at its end.

    Raises:
        RuntimeError: `apply` did not do all of it, or `verify` found something to be different.
    """
    with (
        tempfile.TemporaryDirectory() as name,
        World(home=ROOT, folder=Path(name), ports=free_ports()) as world,
    ):
        # Whatever the world begins with: here an environment is installed into that has never seen us.
        world.stop_part("dataverse")
        with dataverse(port=world.addresses.ports.dataverse, installed=False) as url:
            wanted = [
                f"--url={url}",
                f"--webhook-url={world.addresses.functions}/api/spotler-jobs",
                f"--application-id={APPLICATION_ID}",
            ]
            _run("apply", "--yes", *wanted)
            _run("verify", *wanted)
            yield url


def _run(*words: str) -> None:
    environment = os.environ | {"SPOTLER_JOBS_WEBHOOK_KEY": FUNCTION_KEY}
    command = [sys.executable, "-m", "dataverse", *words]
    done = subprocess.run(  # noqa: S603 - our own program
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_APPLY_SECONDS,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
        raise RuntimeError(f"python -m dataverse {words[0]} ended with status {done.returncode}")
    sys.stdout.write(f"python -m dataverse {words[0]}: {done.stdout.splitlines()[-1]}\n")
    sys.stdout.flush()
