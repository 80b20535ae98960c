"""Microsoft's JavaScript SDK, with an AMQP stack of its own, uses the Service Bus part."""  # noqa: INP001 - a script

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from _bus_process import bus, connection_string

_HERE = Path(__file__).parent
_INSTALL_SECONDS = 300
_RUN_SECONDS = 120

_QUEUES: dict[str, dict[str, Any]] = {
    "plain": {"LockDuration": "PT30S"},
    "thrice": {"LockDuration": "PT30S", "MaxDeliveryCount": 3, "DeadLetteringOnMessageExpiration": True},
}


def main() -> int:
    """Install the pinned SDK into a temporary folder, and let it use a bus.

    Returns:
        0 if every step passed, else 1.
    """
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.stderr.write("This judge needs Node.js 20 or newer with npm on the PATH.\n")
        return 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in ("package.json", "node_sdk.mjs"):
            shutil.copy(_HERE / file, folder)
        install = [
            npm,
            "install",
            "--no-package-lock",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--silent",
        ]
        subprocess.run(install, cwd=folder, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - a fixed command
        with bus(folder, _QUEUES) as port:
            environment = os.environ | {"CONNECTION_STRING": connection_string(port)}
            run = [node, "node_sdk.mjs"]
            done = subprocess.run(run, cwd=folder, env=environment, check=False, timeout=_RUN_SECONDS)  # noqa: S603 - a fixed command
    return 0 if done.returncode == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
