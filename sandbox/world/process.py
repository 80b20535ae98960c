"""How is one part started, seen to be ready, and ended?"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

READY_SECONDS = 60.0
"""How long a part may take until it is ready; on an idle machine it takes one or two."""

STOP_SECONDS = 15.0
"""How long a part may take to end once it is asked to."""

TAIL_LINES = 15


class PartFailed(Exception):  # noqa: N818 - names what happened
    """A part did not become ready; the text has the end of its log."""


class Process:
    """One part of the sandbox as a process of its own, which ends with this one.

    Args:
        part: its name, as in its line `ready <part> <port>`.
        arguments: the module and its arguments.
        log: file that gets everything the part prints; kept over restarts.
        home: the project's folder.
        environment: the variables of the process.
        starter: a single thread that lives as long as this process: the kernel ties the part to the
            thread that starts it.
    """

    def __init__(
        self,
        part: str,
        arguments: Sequence[str],
        *,
        log: Path,
        home: Path,
        environment: Mapping[str, str],
        starter: ThreadPoolExecutor,
    ) -> None:
        self.part = part
        self.log = log
        self.arguments = tuple(arguments)
        self._home = home
        self._environment = dict(environment)
        self._starter = starter
        self._child: subprocess.Popen[bytes] | None = None
        self._settled = threading.Event()
        self._ready = False

    def spawn(self) -> None:
        """Start the part; returns before it is ready.

        Raises:
            PartFailed: it runs already.
        """
        if self.running:
            raise PartFailed(f"{self.part} is running already.")
        self._settled = threading.Event()
        self._ready = False
        self._child = self._starter.submit(self._open).result(READY_SECONDS)

    def await_ready(self) -> None:
        """Return once the part has said that it accepts connections.

        Raises:
            PartFailed: it ended instead, or took longer than `READY_SECONDS`; it does not run any more.
        """
        settled = self._settled.wait(READY_SECONDS)
        if self._ready:
            return
        why = "ended before it was ready" if settled else f"was not ready within {READY_SECONDS:.0f} s"
        self.kill()
        raise PartFailed(f"The part {self.part} {why}. The end of {self.log}:\n{self.tail()}")

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """Of the process, while it is there."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def status(self) -> int | None:
        """Exit status of the last process; None while it runs, or where there was none."""
        return self._child.poll() if self._child is not None else None

    def ask_to_end(self) -> None:
        """Ask the part to finish its work and end; returns at once."""
        if self._child is not None and self.running:
            self._child.terminate()

    def stop(self) -> bool:
        """End the part cleanly; False where it took longer than `STOP_SECONDS` and was killed."""
        self.ask_to_end()
        try:
            if self._child is not None:
                self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._forget()
        return True

    def kill(self) -> None:
        """End the part and whatever it started, at once and without its knowing; returns when it is gone."""
        if self._child is None:
            return
        if sys.platform == "win32":
            self._child.kill()
        elif self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait(STOP_SECONDS)
        self._forget()

    def tail(self) -> str:
        """The last lines of the log."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])

    def _open(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            child = subprocess.Popen(  # noqa: S603 - the project's own modules
                [sys.executable, "-m", "sandbox.world.leash", str(os.getpid()), *self.arguments],
                cwd=self._home,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Ctrl-C is for the supervisor, which then ends the parts in their order.
                start_new_session=True,
            )
        assert child.stdout is not None  # noqa: S101 - asked for above
        threading.Thread(
            target=self._read, args=(child.stdout, self._settled), daemon=True, name=f"read {self.part}"
        ).start()
        return child

    def _read(self, output: IO[bytes], settled: threading.Event) -> None:
        with output, self.log.open("ab") as log:
            for line in output:
                log.write(line)
                log.flush()
                if line.startswith(f"ready {self.part} ".encode()):
                    self._ready = True
                    settled.set()
        settled.set()

    def _forget(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            self._child.stdin.close()
