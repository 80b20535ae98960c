"""How does a judge get a bus of its own, as a user would start it?"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

_END_SECONDS = 10


@contextmanager
def bus(folder: Path, queues: Mapping[str, Mapping[str, Any]]) -> Iterator[int]:
    """Run a Service Bus process with these queues, and give its port.

    Args:
        folder: for its configuration.
        queues: properties, as in the configuration file, by name of queue.
    """
    entries = [{"Name": name, "Properties": properties} for name, properties in queues.items()]
    config = folder / "config.json"
    config.write_text(
        json.dumps({"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", "Queues": entries}]}}),
        encoding="utf-8",
    )
    command = [
        sys.executable,
        "-m",
        "sandbox.servicebus",
        "--port=0",
        "--control-port=0",
        f"--config={config}",
    ]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    try:
        if process.stdout is None:
            raise RuntimeError("the bus has no output")
        words = process.stdout.readline().split()
        if words[:2] != ["ready", "servicebus"]:
            raise RuntimeError("the bus did not start")
        yield int(words[2])
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(_END_SECONDS)
        if process.stdout is not None:
            process.stdout.close()


def connection_string(port: int) -> str:
    """What a client of the bus on this port is given."""
    return (
        f"Endpoint=sb://localhost:{port};SharedAccessKeyName=sandbox;SharedAccessKey=sandbox;"
        "UseDevelopmentEmulator=true"
    )
