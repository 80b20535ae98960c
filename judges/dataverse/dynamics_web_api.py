"""The JavaScript client dynamics-web-api, which knows the real service, uses the Dataverse part."""  # noqa: INP001 - a script

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from _dataverse_process import dataverse

_HERE = Path(__file__).parent
_INSTALL_SECONDS = 300
_RUN_SECONDS = 120


def main() -> int:
    """Install the pinned client into a temporary folder, and let it use a Dataverse.

    Returns:
        0 if every step passed, else 1.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.stderr.write("This judge needs Node.js 20 or newer with npm on the PATH.\n")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "dynamics_web_api.mjs"):
            shutil.copy(_HERE / file, folder)
        options = ["--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run([npm, "install", *options], cwd=folder, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - a fixed command
        with dataverse() as url:
            environment = os.environ | {"DATAVERSE_URL": url}
            run = [node, "dynamics_web_api.mjs"]
            done = subprocess.run(run, cwd=folder, env=environment, check=False, timeout=_RUN_SECONDS)  # noqa: S603 - a fixed command
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
