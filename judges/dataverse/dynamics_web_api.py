"""The JavaScript client dynamics-web-api, which knows the real service, uses Dataverse and finds what was installed."""  # noqa: INP001 - a script

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from _dataverse_process import dataverse
from _installed_world import installed_world

_HERE = Path(__file__).parent
_INSTALL_SECONDS = 300
_RUN_SECONDS = 120


def main() -> int:
    """Install the pinned client into a temporary folder, and let it use two Dataverses.

    One answers it alone; in the other the product was installed, and its app carries out jobs.

    Returns:
        0 if every step passed, else 1.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.stderr.write("This judge needs Node.js 20 or newer with npm on the PATH.\n")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in (_HERE / "package.json", *_HERE.glob("*.mjs")):
            shutil.copy(file, folder)
        options = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([npm, "install", *options], cwd=folder, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - a fixed command
        with dataverse() as url:
            good = _passed(node, "dynamics_web_api.mjs", folder, url)
        with installed_world() as url:
            good = _passed(node, "dynamics_web_api_installed.mjs", folder, url) and good
    return 0 if good else 1


def _passed(node: str, script: str, folder: Path, url: str) -> bool:
    environment = os.environ | {"DATAVERSE_URL": url}
    done = subprocess.run(  # noqa: S603 - a fixed command
        [node, script], cwd=folder, env=environment, check=False, timeout=_RUN_SECONDS
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
