"""Microsoft's own Python client, in its asynchronous form, uses the Dataverse part and finds what was installed."""  # noqa: INP001 - a script

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from _dataverse_process import dataverse
from _installed_world import installed_world

_HERE = Path(__file__).parent
_PACKAGE = "PowerPlatform-Dataverse-Client[async]==1.1.0"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 120


def main() -> int:
    """Install the pinned client into a temporary environment, and let it use two Dataverses.

    One answers it alone; in the other the product was installed, and its app carries out jobs.

    Returns:
        0 if every step passed, else 1.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        venv.create(folder, with_pip=True)
        python = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", _PACKAGE]
        subprocess.run(install, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - a fixed command
        with dataverse() as url:
            good = _passed(python, "_microsoft_client_steps.py", url)
        with installed_world() as url:
            good = _passed(python, "_microsoft_client_installed.py", url) and good
    return 0 if good else 1


def _passed(python: str, script: str, url: str) -> bool:
    environment = os.environ | {"DATAVERSE_URL": url}
    done = subprocess.run(  # noqa: S603 - a fixed command
        [python, str(_HERE / script)], env=environment, check=False, timeout=_RUN_SECONDS
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
