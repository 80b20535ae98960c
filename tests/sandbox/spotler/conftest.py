"""The Spotler part on a real socket, and a client that signs with oauthlib."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aiohttp
import pytest
from aiohttp import web
from oauthlib.oauth1 import Client
from yarl import URL

from sandbox.spotler.application import application

BASE = "/integrationservice"

type Method = Literal["GET", "POST", "PUT", "DELETE"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.text)


@dataclass(slots=True)
class Spotler:
    """A caller of the part; every call is signed anew."""

    address: str
    http: aiohttp.ClientSession
    key: str = "sandbox-key"
    secret: str = "sandbox-secret"
    base: str = BASE

    async def call(
        self, method: Method, path: str, body: Any = None, *, headers: dict[str, str] | None = None
    ) -> Answer:
        """One signed call; `headers` replace those it would send (an empty value: none)."""
        url = f"{self.address}{self.base}/{path}"
        _, signed, _ = Client(self.key, self.secret).sign(url, method)
        sent = {"Accept": "application/json", "Authorization": signed["Authorization"]}
        if body is not None:
            sent["Content-Type"] = "application/json"
        sent |= headers or {}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return await self.send(method, url, data, {name: value for name, value in sent.items() if value})

    async def send(self, method: str, url: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        """One call as it is."""
        skip = ("Accept", "Content-Type")
        async with self.http.request(
            method, URL(url, encoded=True), data=data, headers=headers, skip_auto_headers=skip
        ) as answer:
            return Answer(answer.status, dict(answer.headers), await answer.text())

    async def control(self, method: str, path: str, body: Any = None) -> Answer:
        """One control call."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        return await self.send(method, f"{self.address}/_sandbox/{path}", data, {})

    async def runs(self) -> list[dict[str, Any]]:
        """All runs."""
        return list((await self.control("GET", "runs")).json)

    async def seed(self, **members: Any) -> None:
        """Add rows."""
        answer = await self.control("POST", "seed", members)
        assert answer.status == 200, answer.text


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[Spotler]:
    """`app` on a free port."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            yield Spotler(f"http://127.0.0.1:{runner.addresses[0][1]}", http)
    finally:
        await runner.cleanup()


@pytest.fixture
async def spotler() -> AsyncIterator[Spotler]:
    """A Spotler with the seed data."""
    async with served(application()) as one:
        yield one
