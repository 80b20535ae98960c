"""How do tests start, watch and end the parts of the sandbox as processes?"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

REPOSITORY = Path(__file__).parents[3]
KEY = {"x-functions-key": "sandbox-key"}


def eventually[T](look: Callable[[], T], *, seconds: float = 10.0) -> T:
    """Look until something is there, and give it.

    Raises:
        AssertionError: It was not there in time.
    """
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not there within {seconds:g} s; last seen: {found!r}")
        time.sleep(0.02)


class Process:
    """A part of the sandbox in a process of its own; its output goes to files in a folder."""

    def __init__(self, module: str, *arguments: str, folder: Path, environment: Mapping[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._module = module
        self._out, self._log = folder / "stdout", folder / "stderr"
        # Settings of whoever runs the tests would win over those of the tests.
        inherited = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "TMP") if name in os.environ}
        with self._out.open("wb") as out, self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - starts this very interpreter
                [sys.executable, "-m", module, *arguments],
                stdout=out,
                stderr=log,
                cwd=REPOSITORY,
                env={**inherited, **environment},
            )

    @property
    def log(self) -> str:
        """All that was written to stderr."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def output(self) -> str:
        """All that was written to stdout."""
        return self._out.read_text(encoding="utf-8")

    def ready(self) -> list[str]:
        """Wait for the ready line and give its words."""
        eventually(lambda: "\n" in self.output or self._process.poll() is not None, seconds=20)
        assert self.output.startswith("ready "), self.log
        return self.output.split()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def wait(self, seconds: float = 15.0) -> int:
        """Wait for the end and give the exit status."""
        return self._process.wait(seconds)

    def terminate(self) -> int:
        """Ask to end, wait, and give the exit status."""
        self._process.terminate()
        return self.wait()

    def kill(self) -> None:
        """Kill without warning."""
        self._process.kill()
        self._process.wait(10)

    def close(self) -> None:
        """End it, if it still runs."""
        if self._process.poll() is None:
            self.kill()


class Bus(Process):
    """A local Service Bus with the given queues."""

    def __init__(
        self, folder: Path, *, queues: Mapping[str, Mapping[str, Any]], port: int = 0, control_port: int = 0
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        config = folder / "config.json"
        described = [{"Name": name, "Properties": dict(properties)} for name, properties in queues.items()]
        namespace = {"Name": "sbemulatorns", "Queues": described, "Topics": []}
        config.write_text(json.dumps({"UserConfig": {"Namespaces": [namespace]}}), encoding="utf-8")
        super().__init__(
            "sandbox.servicebus",
            *("--port", str(port), "--control-port", str(control_port)),
            *("--config", str(config), "--db", str(folder / "bus.db")),
            folder=folder,
            environment={},
        )
        words = self.ready()
        self.port, self.control_port = int(words[2]), int(words[4])

    @property
    def connection(self) -> str:
        """The connection string."""
        return connection(self.port)

    def queue(self, name: str) -> dict[str, int]:
        """Count the messages of a queue by state."""
        queues = httpx.get(f"http://127.0.0.1:{self.control_port}/_sandbox/queues").json()
        (found,) = [queue for queue in queues if queue["name"] == name]
        return {state: count for state, count in found.items() if state != "name"}

    def is_empty(self, name: str) -> bool:
        """Tell whether no message is in a queue, be it active, scheduled or locked."""
        return not any(count for state, count in self.queue(name).items() if state != "deadLetter")

    def messages(self, name: str, *, dead: bool = False) -> list[dict[str, Any]]:
        """Look at the messages of a queue, or at its dead letters."""
        url = f"http://127.0.0.1:{self.control_port}/_sandbox/queues/{name}/messages"
        found: list[dict[str, Any]] = httpx.get(url, params={"deadLetter": str(int(dead))}).json()
        return found


def connection(port: int) -> str:
    """Make the connection string of a local Service Bus."""
    return (
        f"Endpoint=sb://127.0.0.1:{port};SharedAccessKeyName=sandbox;SharedAccessKey=sandbox;"
        "UseDevelopmentEmulator=true"
    )


class App:
    """A small function app in a folder, and the hosts that run it."""

    def __init__(
        self,
        folder: Path,
        code: str,
        *,
        settings: Mapping[str, str],
        host_json: Mapping[str, Any] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.records = folder / "records.jsonl"
        (folder / "function_app.py").write_text(code, encoding="utf-8")
        (folder / "host.json").write_text(json.dumps(host_json or {"version": "2.0"}), encoding="utf-8")
        values = {"FUNCTIONS_WORKER_RUNTIME": "python", "RECORDS": str(self.records), **settings}
        (folder / "local.settings.json").write_text(json.dumps({"Values": values}), encoding="utf-8")

    def start(self, *arguments: str, environment: Mapping[str, str] | None = None) -> Process:
        """Start a host; it may not be ready yet."""
        return Process(
            "sandbox.functions",
            *("--app", str(self.folder), "--port", "0", "--state", str(self.folder / "state"), *arguments),
            folder=self.folder / "logs",
            environment=environment or {},
        )

    def recorded(self, what: str) -> list[dict[str, Any]]:
        """Give what the functions recorded under a name, oldest first."""
        if not self.records.exists():
            return []
        lines = self.records.read_text(encoding="utf-8").splitlines()
        return [entry for entry in map(json.loads, lines) if entry["what"] == what]


RECORDING = """
import json
import logging
import os
import time
import typing

import azure.functions as func

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


def record(what: str, **facts: object) -> None:
    with open(os.environ["RECORDS"], "a", encoding="utf-8") as file:
        file.write(json.dumps({"what": what, **facts}) + "\\n")
"""
