"""How do the parts make one world: started and ended together, each killed and started again alone?"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType
from typing import Self

from sandbox.world import settings
from sandbox.world.addresses import Addresses
from sandbox.world.installation import install
from sandbox.world.parts import ORDER, arguments
from sandbox.world.ports import Ports, require_free
from sandbox.world.process import PartFailed, Process


class World:
    """The sandbox as processes on this machine.

    Used as a context: on entry all parts are started and ready, on exit all are ended. Nothing is
    started again by itself.

    Args:
        home: the project's folder.
        folder: for state, settings and logs; state of an earlier world in it is thrown away.
        ports: where the parts listen.
        values: settings for the app, in place of those of the sample and of `settings.IMPATIENT`.
        app: the folder with function_app.py and host.json.
        bus: the file that defines the queues, in place of the sandbox's own.
    """

    def __init__(
        self,
        *,
        home: Path,
        folder: Path,
        ports: Ports,
        values: Mapping[str, str] = MappingProxyType({}),
        app: Path | None = None,
        bus: Path | None = None,
    ) -> None:
        self.addresses = Addresses(ports)
        self.logs = folder / "logs"
        self._home = home
        self._folder = folder
        self._values = dict(values)
        self._app = app if app is not None else home
        self._bus = bus if bus is not None else home / "sandbox" / "servicebus.config.json"
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="starter")
        self._parts: dict[str, Process] = {}
        self._environment: Mapping[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._prepare()
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, part: str) -> None:
        """Start one part again, on the port it had; returns when it is ready.

        Dataverse keeps its rows in memory: started again it is a new environment, and is installed into anew.

        Raises:
            PartFailed: it runs already, or did not become ready.
        """
        process = self._parts[part]
        process.spawn()
        process.await_ready()
        if part == "dataverse":
            self._install()

    def kill(self, part: str) -> None:
        """End one part at once, without its knowing; returns when it is gone."""
        self._parts[part].kill()

    def stop_part(self, part: str) -> bool:
        """Ask one part to end and wait for it; False where it took too long and was killed."""
        return self._parts[part].stop()

    def running(self, part: str) -> bool:
        """Whether one part's process is there."""
        return self._parts[part].running

    def pid(self, part: str) -> int | None:
        """Process id of one part while it is there."""
        return self._parts[part].pid

    def ended(self) -> Iterable[str]:
        """For each part that is not there any more: a sentence."""
        for part, process in self._parts.items():
            if process.status is not None:
                again = shlex.join([sys.executable, "-m", *process.arguments])
                yield (
                    f"The part {part} ended with status {process.status}; its log is {process.log}. {_lost(part)} "
                    f"To start it again, in another terminal and in the project's folder:\n  {again}"
                )

    def stop(self) -> None:
        """End all parts: those that use others first, so that work on its way can be finished."""
        for part in reversed(ORDER):
            if part in self._parts:
                with contextlib.suppress(PartFailed):
                    self._parts[part].stop()
        self._starter.shutdown()

    def _prepare(self) -> None:
        require_free(self.addresses.ports)
        for name in ("logs", "state"):
            shutil.rmtree(self._folder / name, ignore_errors=True)
            (self._folder / name).mkdir(parents=True)
        written = self._folder / "local.settings.json"
        names = settings.write(
            written,
            sample=self._app / settings.SAMPLE,
            values={**settings.IMPATIENT, **self.addresses.settings(), **self._values},
        )
        # The host lets a variable win over the file: one left from other work would lead into the real world.
        environment = {name: value for name, value in os.environ.items() if name not in names}
        environment["PYTHONUTF8"] = "1"
        self._environment = environment
        for part in ORDER:
            self._parts[part] = Process(
                part,
                arguments(
                    part,
                    self.addresses,
                    state=self._folder / "state",
                    settings=written,
                    app=self._app,
                    bus=self._bus,
                ),
                log=self.logs / f"{part}.log",
                home=self._home,
                environment=environment,
                starter=self._starter,
            )

    def _start_all(self) -> None:
        # The Functions part connects to the three below it; the console asks all.
        below = [part for part in ORDER if part not in ("functions", "console")]
        for group in (below, ["functions", "console"]):
            for part in group:
                self._parts[part].spawn()
            for part in group:
                self._parts[part].await_ready()
            if group is below:
                self._install()

    def _install(self) -> None:
        log = self.logs / "install.log"
        install(self.addresses, home=self._home, log=log, environment=self._environment)


def _lost(part: str) -> str:
    if part == "dataverse":
        return "Its rows are gone: the sandbox keeps them in memory; install again after starting it."
    return "No job is lost."
