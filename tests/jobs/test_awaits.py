"""Is every await of the protocol's code one that the simulated world controls, and can cut?

By reading the code: whatever it awaits is either a coroutine of these files themselves, or a port that
the simulation stands in for. By running it: a run that waits for anything else is found out.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import jobs
from jobs.calling import Caller
from jobs.calls import StartAutomation, StartCampaign, StopAutomation, StopCampaign, StopRuns
from jobs.places import Places
from jobs.processing import Processor
from jobs.timing import Timing
from spotler import SpotlerClient
from tests.jobs import simulated
from tests.jobs.interleaved import START_IT, BrokenError, Interleaved, Plan, WorkerClock, nothing_chosen, play
from tests.jobs.simulated import (
    START,
    SimulatedBus,
    SimulatedRows,
    SimulatedSpotler,
    SimulatedTimeline,
    Work,
)
from tests.jobs.virtual_loop import VirtualLoop

FOLDER = Path(jobs.__file__).parent
FILES = (
    "processing.py",
    "write_back.py",
    "calling.py",
    "reconciliation.py",
    "listening.py",
    "ringing.py",
    "side_by_side.py",
)

PORTS = {
    "_rows": SimulatedRows,
    "rows": SimulatedRows,
    "_bells": SimulatedBus,
    "bells": SimulatedBus,
    "_reports": SimulatedBus,
    "_timeline": SimulatedTimeline,
    "spotler": SimulatedSpotler,
    "clock": WorkerClock,
    "_clock": WorkerClock,
}
"""By the attribute that holds a port: what stands in for it."""

PARTS = {
    "self._caller.call": "calling.py",
    "self._caller.ask": "calling.py",
    "self._write_back.write": "write_back.py",
    "processor.process": "processing.py",
    "write_back.write": "write_back.py",
    "side_by_side": "side_by_side.py",
    "ring_later": "ringing.py",
}
"""Coroutines of another of these files, and which."""

OTHERS = {
    "self.refresh": "a port of its own: the simulated refresh",
    "bells.ring": "the parameter of ring_later, which gets the port that Processor and WriteBack have",
    "send": "the parameter of Caller._settled, which gets coroutines of Caller alone",
    "work": "the parameter of side_by_side, which gets coroutines of Processor and WriteBack alone",
    "asyncio.wait": "waits for tasks of this process, which are held up by ports only",
    "asyncio.gather": "the same",
    "places": "waits for pieces of work of this process, which are held up by ports only",
    "self.places.place": "waits for calls of this process, which are held up by ports only",
}


def awaited(tree: ast.AST) -> Iterator[ast.expr]:
    """What is awaited, however it is written."""
    for node in ast.walk(tree):
        match node:
            case ast.Await(value):
                yield value
            case ast.AsyncWith(items):
                yield from (item.context_expr for item in items)
            case ast.AsyncFor(iter=iterated):
                yield iterated
            case ast.comprehension(iter=iterated, is_async=1):
                yield iterated


def coroutines(tree: ast.AST) -> set[str]:
    """The coroutines that a file defines."""
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)}


def parsed(file: str) -> ast.Module:
    """A file of the protocol."""
    return ast.parse((FOLDER / file).read_text(encoding="utf-8"))


def unknown(tree: ast.Module) -> list[str]:
    """What is awaited in a file and neither its own nor simulated."""
    return [ast.unparse(value) for value in awaited(tree) if not known(value, coroutines(tree))]


def known(value: ast.expr, own: set[str]) -> bool:
    """Whether the simulation controls this await."""
    if not isinstance(value, ast.Call):
        return ast.unparse(value) in OTHERS
    callee = ast.unparse(value.func)
    if callee in OTHERS or callee in PARTS:
        return True
    match value.func:
        case ast.Name(name) | ast.Attribute(ast.Name("self"), name):
            return name in own
        case ast.Attribute(ast.Attribute(ast.Name("self"), port), name):
            return port in PORTS and inspect.iscoroutinefunction(getattr(PORTS[port], name, None))
        case _:
            return False


@pytest.mark.parametrize("file", FILES)
def test_every_await_is_simulated(file: str) -> None:
    """No await of the protocol's code leaves the process but through a port of the simulation."""
    assert list(awaited(parsed(file))), "nothing is awaited here any more"
    assert unknown(parsed(file)) == []


def test_every_other_file_that_awaits_is_known() -> None:
    """The parts that these files call are among them, and the coroutines they name exist."""
    for callee, file in PARTS.items():
        assert file in FILES
        assert callee.rpartition(".")[2] in coroutines(parsed(file))
    assert "place" in coroutines(parsed("places.py"))
    assert [ast.unparse(value) for value in awaited(parsed("places.py"))] == ["turn"]


@pytest.mark.parametrize(
    "line",
    [
        "await asyncio.sleep(1)",
        "await self._rows.invent()",
        "await self._database.read()",
        "await something",
        "async with self._lock: pass",
        "async for _ in self._pages(): pass",
        "[x async for x in self._pages()]",
        "await self._rows.client.query(1)",
    ],
)
def test_an_await_of_another_kind_is_found(line: str) -> None:
    """Whoever adds an await that the simulation does not control is told."""
    assert unknown(ast.parse(f"async def added(self, something):\n    {line}")) != []


def test_every_port_parks() -> None:
    """Each coroutine of a simulated port waits for the chooser before anything happens, and for nothing else."""
    tree = ast.parse(inspect.getsource(simulated))
    ports = {port.__name__ for port in PORTS.values()}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef) or node.name not in ports:
            continue
        own = coroutines(node)
        for value in awaited(node):
            assert isinstance(value, ast.Call)
            callee = ast.unparse(value.func)
            assert callee in ("self.hand.reach", "self.hand.call") or callee.removeprefix("self.") in own


def test_a_run_that_waits_for_something_else_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same while running: an await that does not wait for the chooser breaks the run."""
    process = Processor.process

    async def sleepy(self: Processor, doorbells: list[object]) -> None:
        await asyncio.sleep(1)
        await process(self, doorbells)  # type: ignore[arg-type]

    monkeypatch.setattr(Processor, "process", sleepy)
    with pytest.raises(BrokenError, match="nobody simulates"):
        play(Plan((START_IT,)), nothing_chosen, 10)


CALLS = [
    StartAutomation("code", "contact", ()),
    StartCampaign("trigger", "contact", ()),
    StopAutomation(("one", "two"), "contact"),
    StopCampaign("campaign", "contact"),
    StopRuns(("1", "2", "3")),
]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: type(call).__name__)
@pytest.mark.parametrize("turned_away", [0, 2])
def test_nothing_runs_between_the_check_and_the_send(call: StartAutomation, turned_away: int) -> None:
    """From the look at the deadline to the transport no other task gets a turn, at every repetition (rule 4)."""
    turns: list[str] = []

    class Watched:
        """A clock that notes when it is looked at, and whether anybody else had a turn after that."""

        def monotonic(self) -> float:
            turns.append("check")
            asyncio.get_running_loop().call_soon(turns.append, "turn")
            return 0.0

        def now(self) -> object:
            return START

        async def sleep(self, seconds: float) -> None:
            del seconds

    class Transport(httpx.AsyncBaseTransport):
        """Spotler, as far as the connection pool sees it."""

        left = turned_away

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            turns.append("send")
            await asyncio.sleep(0)
            self.left -= 1
            if self.left >= 0:
                return httpx.Response(429, request=request)
            return httpx.Response(200, json={"automationResults": []}, request=request)

    async def refresh() -> None:
        raise AssertionError

    async def run() -> None:
        clock = Watched()
        async with httpx.AsyncClient(transport=Transport()) as http:
            client = SpotlerClient("http://spotler/integrationservice", "key", "secret", http=http)
            caller = Caller(client, refresh, Places(2), clock, Timing())  # type: ignore[arg-type]
            await caller.call(call, claimed_at=0.0, claimed_on=START, in_doubt=False)

    asyncio.run(run())
    sends = [index for index, turn in enumerate(turns) if turn == "send"]
    assert len(sends) > turned_away
    assert all(turns[index - 1] == "check" for index in sends)


def test_the_simulation_runs_the_real_parts() -> None:
    """What the simulated processes run is the app's own code, not a copy of it."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:

        async def built() -> Work:
            return Interleaved(Plan((START_IT,))).workers[0].work

        work = runner.run(built())
    assert type(work.processor) is Processor
    assert {type(part).__module__ for part in (work.processor, work.write_back, work.reconciliation)} == {
        "jobs.processing",
        "jobs.write_back",
        "jobs.reconciliation",
    }
