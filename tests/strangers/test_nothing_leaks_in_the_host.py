"""Does the app tell personal data or a secret when the real engine runs it and writes everything down?"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from sandbox.scenario.dynamics import Dynamics
from tests.strangers import ground
from tests.strangers.ground import Ground
from tests.strangers.listening_in import ears
from tests.strangers.office import MAIL_IS_THE_ID, NUMBERED, Office, Overheard
from tests.strangers.outcomes_told import VALUE, dataverse_seed, spotler_seed
from tests.world import HOME

APP = ("function_app.py", "host.json", "jobs", "spotler", "dataverse", "wire")

LOUD = """
import logging
logging.getLogger("azure.servicebus._pyamqp").setLevel(logging.DEBUG)
"""
"""The app quiets the SDK of Service Bus; whoever wants to hear it all the same must not hear too much."""


@contextmanager
def functions_host(services: Ground, folder: Path, *, added: str = "", **more: str) -> Iterator[Path]:
    """The Functions host with everything at Debug, code added to the app, and `more` settings; gives its log."""
    app = folder / "app"
    app.mkdir()
    for name in APP:
        if (HOME / name).is_dir():
            shutil.copytree(HOME / name, app / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(HOME / name, app / name)
    with (app / "function_app.py").open("a", encoding="utf-8") as code:
        code.write(added)
    host = json.loads((app / "host.json").read_text(encoding="utf-8"))
    host["logging"]["logLevel"] = {"default": "Debug"}
    (app / "host.json").write_text(json.dumps(host), encoding="utf-8")
    settings = folder / "local.settings.json"
    values = services.settings(**MAIL_IS_THE_ID, **more)
    settings.write_text(json.dumps({"IsEncrypted": False, "Values": values}), encoding="utf-8")
    part = services.process(
        "functions",
        "sandbox.functions",
        f"--port={services.ports.functions}",
        f"--app={app}",
        f"--settings={settings}",
        f"--state={folder / 'state'}",
        f"--key={ground.FUNCTION_KEY}",
        "--drain=5",
        PYTHON_ENABLE_DEBUG_LOGGING="1",
    )
    part.spawn()
    try:
        part.await_ready()
        yield part.log
    finally:
        part.stop()


@dataclass(slots=True)
class Waiter:
    """The app runs in the Functions host; nothing is to be done but to wait."""

    raised: list[BaseException]

    async def until[T](self, look: Callable[[], Awaitable[T | None]]) -> T:
        """Wait until `look` gives something true."""
        end = time.monotonic() + 20
        while not (seen := await look()):
            assert time.monotonic() < end, "not within 20 s"
            await asyncio.sleep(0.02)
        return seen


async def test_every_outcome(services: Ground, tmp_path: Path) -> None:
    """The same through the real engine with logLevel Debug: nothing in its log, answers, queues and rows."""
    await services.reset()
    with ears() as heard, functions_host(services, tmp_path, added=LOUD) as log:
        overheard = Overheard()
        key = {"x-functions-key": ground.FUNCTION_KEY}
        async with Dynamics(services.dataverse) as dynamics, aiohttp.ClientSession(headers=key) as http:
            office = Office(services, Waiter([]), dynamics, overheard, heard)
            await services.control(services.dataverse, "POST", "seed", dataverse_seed(NUMBERED))
            await services.control(services.spotler, "POST", "seed", spotler_seed(NUMBERED))
            async with http.post(f"{services.functions}/api/catalogue/refresh") as answer:
                assert answer.status == 200, await answer.text()
                overheard.take("refresh", await answer.text())
            url = f"{services.functions}/api/spotler-jobs?code={ground.FUNCTION_KEY}"
            await services.control(services.dataverse, "POST", "webhook", {"url": url})
            await office.play(NUMBERED)
            async with http.get(f"{services.functions}/api/health") as answer:
                assert answer.status == 200, await answer.text()
                overheard.take("health", await answer.text())
            bad = json.dumps({"MessageName": VALUE, "PrimaryEntityName": VALUE}).encode()
            async with http.post(f"{services.functions}/api/spotler-jobs", data=bad) as answer:
                assert answer.status == 400, await answer.text()
                overheard.take("refusal", await answer.text())
    text = log.read_text(encoding="utf-8")
    assert " DEBUG Function." in text, "nothing was written at DEBUG"
    assert "job_called" in text
    overheard.said += [("functions.log", line) for line in text.splitlines()]
    assert office.leaked() == []
