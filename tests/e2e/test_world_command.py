"""Does the command that starts everything start, explain and end as people expect?"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import pytest

from sandbox.world import Ports, PortTaken, free_ports
from sandbox.world.ports import require_free
from tests.world import HOME


def options(ports: Ports) -> list[str]:
    """The options that move every part."""
    return [f"--{one.name}-port={getattr(ports, one.name)}" for one in fields(Ports)]


@contextmanager
def command(*words: str) -> Iterator[subprocess.Popen[str]]:
    """The command with everything it says; killed afterwards."""
    with subprocess.Popen(  # noqa: S603 - the project's own module
        [sys.executable, "-m", "sandbox.world", *words],
        cwd=HOME,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until_free(ports: Ports) -> None:
    """Return when no part holds its port any more; fail after ten seconds."""
    end = time.monotonic() + 10
    while True:
        try:
            require_free(ports)
        except PortTaken:
            assert time.monotonic() < end, "a part outlived the command"
            time.sleep(0.05)
        else:
            return


@pytest.mark.world
@pytest.mark.parametrize(("how", "status"), [(signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_it_stays_up_until_it_is_ended_and_leaves_nothing_behind(
    tmp_path: Path, how: signal.Signals, status: int
) -> None:
    """Ctrl-C is how it is meant to end; after the hardest end, too, every port is free again."""
    ports = free_ports()
    with command(*options(ports), f"--folder={tmp_path}") as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "All is up" in line:
                break
        assert f"http://localhost:{ports.console}" in said
        process.send_signal(how)
        assert process.wait(60) == status
        assert "Traceback" not in process.stdout.read()
    wait_until_free(ports)
    assert "ready functions" in (tmp_path / "logs" / "functions.log").read_text()


def test_a_busy_port_is_explained(tmp_path: Path) -> None:
    """No traceback: one sentence with the port, the part and the option; nothing is started."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        ports = replace(free_ports(), spotler=port)
        with command(*options(ports), f"--folder={tmp_path}") as process:
            said = process.communicate(timeout=60)[0]
            assert process.returncode == 1
    assert f"Port {port}, meant for the part spotler, is in use" in said
    assert "--spotler-port" in said
    assert "Traceback" not in said
