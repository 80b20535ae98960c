"""Where does a round take place, and what does it look like before each one?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from sandbox.scenario.dynamics import Dynamics
from sandbox.world import World, free_ports
from sandbox.world.process import Process
from tests.torture.gate import Gate
from tests.torture.office import Office
from tests.torture.plan import TARGETS, Plan, Target
from tests.world import HOME, SETTINGS, Live

SECONDS: Final = aiohttp.ClientTimeout(total=60)

HURRIED: Final = {
    **SETTINGS,
    # The protocol's spans shrink fiftyfold, so that leases run out within a round.
    "SANDBOX_TIME_SCALE": "0.02",
    "RECONCILE_SCHEDULE": "*/2 * * * * *",
    "JOB_RETRY_WINDOW": "PT2M",
}
LOCK_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Stage:
    """A sandbox with a gate before Spotler and one before Dataverse."""

    world: World
    live: Live
    http: aiohttp.ClientSession
    gates: Mapping[str, Gate]

    def root(self, part: str) -> str:
        """Where a part's control routes are, past its gate."""
        to = self.world.addresses
        return {"spotler": to.spotler, "dataverse": to.dataverse, "servicebus": to.control}[part]

    async def control(self, method: str, part: str, what: str, body: object = None) -> Any:
        """Ask a part for something under its control routes."""
        url = f"{self.root(part)}/_sandbox/{what}"
        async with self.http.request(method, url, json=body) as answer:
            assert answer.ok, f"{method} {url}: {answer.status} {await answer.text()}"
            return None if answer.status == 204 else await answer.json()

    def another_host(self) -> Process:
        """A second Functions host beside the first, not started yet: as where Azure scales out."""
        first = self.world._parts["functions"]
        port, state = free_ports().functions, self.world.logs.parent / "state" / "second"
        moved = {"--port": f"--port={port}", "--state": f"--state={state}"}
        arguments = [moved.get(one.partition("=")[0], one) for one in first.arguments]
        return Process(
            first.part,
            arguments,
            log=self.world.logs / "second.log",
            home=HOME,
            environment=first._environment,
            starter=self.world._starter,
        )

    async def prepare(self, plan: Plan) -> Office:
        """Back to the seed data, with the plan's people and what they can start; an office for them."""
        await self.live.reset()
        await self.control("POST", "dataverse", "seed", _rows(plan))
        contacts = [{"externalId": person.id} for person in plan.people]
        await self.control("POST", "spotler", "seed", {**_automations(), "contacts": contacts})
        answer = await self.live.refresh()
        assert answer.status == 200, answer
        office = Office(self.http, self.world.addresses.dataverse)
        await office.know([target.code for target in TARGETS])
        for part in ("spotler", "dataverse"):
            await self.control("DELETE", part, "journal")
        return office


@contextmanager
def sandbox(folder: Path) -> Iterator[tuple[World, dict[str, int]]]:
    """A sandbox of its own in which time runs out quickly, and the ports of its gates."""
    text = (HOME / "sandbox/servicebus.config.json").read_text(encoding="utf-8")
    bus = folder / "servicebus.config.json"
    bus.write_text(text.replace('"PT5M"', f'"PT{LOCK_SECONDS}S"'), encoding="utf-8")
    spare = free_ports()
    gates = {"spotler": spare.spotler, "dataverse": spare.dataverse}
    values = {
        **HURRIED,
        "SPOTLER_URL": f"http://localhost:{spare.spotler}/integrationservice",
        "DATAVERSE_URL": f"http://localhost:{spare.dataverse}",
        "DATAVERSE_TOKEN_URL": f"http://localhost:{spare.dataverse}/_sandbox/token",
    }
    with World(home=HOME, folder=folder, ports=free_ports(), values=values, bus=bus) as world:
        yield world, gates


@asynccontextmanager
async def stage(world: World, gates: Mapping[str, int]) -> AsyncIterator[Stage]:
    """The sandbox with its gates open."""
    ports = world.addresses.ports
    behind = {"spotler": ports.spotler, "dataverse": ports.dataverse}
    async with AsyncExitStack() as stack:
        opened = {
            part: await stack.enter_async_context(Gate(port, behind[part])) for part, port in gates.items()
        }
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=SECONDS))
        dynamics = await stack.enter_async_context(Dynamics(world.addresses.dataverse))
        yield Stage(world, Live(world, http, dynamics), http, opened)


def _rows(plan: Plan) -> dict[str, list[dict[str, str]]]:
    rows: dict[str, list[dict[str, str]]] = {"contacts": [{"id": NOBODY_ID, "lastname": "Nobody"}]}
    names = {"contacts": "lastname", "accounts": "name", "leads": "lastname"}
    for person in plan.people:
        rows.setdefault(person.set_name, []).append({"id": person.id, names[person.set_name]: person.name})
    return rows


NOBODY_ID: Final = "88888888-0000-4000-8000-999999999999"
_FIELDS: Final = [{"name": "marker", "type": "STRING"}]


def _automations() -> dict[str, Any]:
    automations = [
        _automation(target, number)
        for target in TARGETS
        if not target.campaign
        for number in range(len(target.reaches))
    ]
    campaigns: dict[str, dict[str, Any]] = {}
    for target in TARGETS:
        if target.campaign:
            (encrypted,) = target.reaches
            campaign = campaigns.setdefault(
                encrypted,
                {
                    "encryptedId": encrypted,
                    "name": "Torture",
                    "active": True,
                    "participation": "unlimited",
                    "triggers": [],
                },
            )
            campaign["triggers"].append(
                {"encryptedId": target.code, "name": f"Torture {target.code}", "fields": _FIELDS}
            )
    return {"automations": automations, "campaigns": list(campaigns.values())}


def _automation(target: Target, number: int) -> dict[str, Any]:
    automation = target.reaches[number]
    return {
        "id": automation,
        "name": f"Torture {automation[-2:]}",
        "participation": "once_while_running" if automation in target.once else "unlimited",
        "triggers": [{"code": target.code, "label": f"Torture {target.code[-2:]}", "fields": _FIELDS}],
    }
