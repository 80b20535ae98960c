"""How do our tables and the webhook get into the sandbox's Dataverse? As into a real one: by the product's command."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from sandbox.world.addresses import APPLICATION_ID, FUNCTION_KEY, Addresses
from sandbox.world.process import PartFailed

INSTALL_SECONDS = 120.0
"""How long it may take; on an idle machine it takes three."""


def install(to: Addresses, *, home: Path, log: Path, environment: Mapping[str, str]) -> None:
    """Run `python -m dataverse apply` against the Dataverse part; returns when all is installed.

    Args:
        to: where everything is.
        home: the project's folder.
        log: gets everything the command prints.
        environment: the variables of the process.

    Raises:
        PartFailed: the command failed or took too long; the text has what it said last.
    """
    command = [
        *(sys.executable, "-m", "dataverse", "apply", "--yes"),
        *("--url", to.dataverse, "--webhook-url", to.webhook, "--application-id", APPLICATION_ID),
    ]
    with log.open("ab") as output:
        try:
            done = subprocess.run(  # noqa: S603 - the project's own module
                command,
                cwd=home,
                env={**environment, "SPOTLER_JOBS_WEBHOOK_KEY": FUNCTION_KEY},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PartFailed(
                f"Installing into Dataverse took longer than {INSTALL_SECONDS:.0f} s; see {log}."
            ) from None
    if done.returncode != 0:
        said = "\n".join(f"  {line}" for line in log.read_text(encoding="utf-8").splitlines()[-15:])
        raise PartFailed(f"Installing into Dataverse failed. The end of {log}:\n{said}")
