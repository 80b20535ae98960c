"""A small part under the control, served on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from sandbox.control import Control, Refused, entry_of


@dataclass(slots=True)
class World:
    """The part, what took effect in it, and a client for it."""

    control: Control
    url: str
    http: aiohttp.ClientSession
    effects: list[str] = field(default_factory=list)

    async def post(self, path: str, body: str = "x", *, seconds: float = 5.0) -> tuple[int, str, str]:
        """Status, Retry-After and text of a POST on a connection of its own."""
        limit = aiohttp.ClientTimeout(total=seconds)
        async with self.http.post(self.url + path, data=body, timeout=limit) as answer:
            return answer.status, answer.headers.get("Retry-After", ""), await answer.text()

    async def control_call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON of a control call."""
        async with self.http.request(method, f"{self.url}/_sandbox/{path}", json=body) as answer:
            return answer.status, await answer.json()

    async def fault(self, **members: Any) -> str:
        """Switch a fault on; gives its id."""
        status, told = await self.control_call("POST", "faults", members)
        assert status == 200, told
        return str(told["id"])

    async def journal(self) -> list[dict[str, Any]]:
        """The journal."""
        _, told = await self.control_call("GET", "journal")
        return list(told)


def _seed(given: Any) -> dict[str, int]:
    if "rows" not in given:
        raise Refused("rows is missing.")
    return {"rows": len(given["rows"])}


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A part with the base path /base: POST anything takes effect, POST /base/$batch has two parts."""
    effects: list[str] = []
    control = Control(base_paths=("/base", "/base/longer"), reset=effects.clear, seed=_seed)
    app = web.Application()
    control.install(app)

    async def take_effect(request: web.Request) -> web.Response:
        effects.append(await request.text())
        return web.json_response({"answer": "0123456789" * 10}, status=201)

    async def take_effect_silently(request: web.Request) -> web.Response:
        effects.append(await request.text())
        return web.Response(status=204)

    async def batch(request: web.Request) -> web.Response:
        fault = control.part_fault("GET", "rows(1)")
        status, headers, body = control.fault_answer(fault) if fault else (200, {}, b"{}")
        entry_of(request).add_child("GET", "rows(1)", status)
        entry_of(request).add_child("PATCH", "/base/rows(2)", 204)
        return web.json_response({"retry": headers.get("Retry-After"), "body": body.decode()})

    async def broken(_request: web.Request) -> web.Response:
        raise web.HTTPConflict

    app.router.add_post("/base/$batch", batch)
    app.router.add_post("/base/conflict", broken)
    app.router.add_post("/base/silent", take_effect_silently)
    app.router.add_post("/base/{rest:.*}", take_effect)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    connector = aiohttp.TCPConnector(force_close=True)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield World(control, f"http://127.0.0.1:{runner.addresses[0][1]}", http, effects)
    await runner.cleanup()
