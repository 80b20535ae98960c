"""A Spotler on a real socket that answers as told and remembers what it was asked."""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
from aiohttp import web

from spotler import Contract, SpotlerClient
from tests.spotler import rfc5849

KEY, SECRET = "key & co", "hush+%"

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came off the wire."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Served:
    """A running server; `reply` answers everything that `replies` has no own answer for, by raw path."""

    port: int = 0
    reply: Reply | None = None
    replies: dict[str, Reply] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the service, with a path of its own as the real one has."""
        return f"http://127.0.0.1:{self.port}/integrationservice"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember, check the signature, answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Asked(request.method, request.raw_path, headers, await request.read())
        self.asked.append(asked)
        address = f"http://{headers['host']}{request.raw_path}"
        found = rfc5849.verify(asked.method, address, headers["authorization"], SECRET)
        assert found.parameters["oauth_consumer_key"] == KEY
        path = request.raw_path.removeprefix("/integrationservice/")
        reply = self.replies.get(path, self.reply)
        assert reply is not None
        return await reply(request)


@asynccontextmanager
async def serving() -> AsyncIterator[Served]:
    """Run a server on loopback."""
    served = Served()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", served.handle)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    served.port = runner.addresses[0][1]
    try:
        yield served
    finally:
        await runner.cleanup()


@functools.cache
def trust() -> ssl.SSLContext:
    """Made once: reading all certificates takes longer than a whole test here."""
    return ssl.create_default_context()


@asynccontextmanager
async def client_of(
    served: Served, contract: Contract | None = None, cut: float = 5.0
) -> AsyncIterator[SpotlerClient]:
    """A client of the server, with a pool of its own."""
    async with httpx.AsyncClient(verify=trust()) as http:
        yield SpotlerClient(served.url, KEY, SECRET, http=http, contract=contract, cut=cut)


def answer(
    status: int, body: bytes | str = b"", content_type: str = "application/json", **headers: str
) -> Reply:
    """Answer with these."""
    raw = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def reply(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=raw, headers={"Content-Type": content_type, **named})

    return reply


async def drop(request: web.Request) -> web.StreamResponse:
    """Take the request, then drop the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def half_body(request: web.Request) -> web.StreamResponse:
    """Promise more than is sent."""
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"result": "OK"')
    assert request.transport is not None
    request.transport.close()
    return response


async def never(_: web.Request) -> web.StreamResponse:
    """Hold the request until the client goes away, which cancels this."""
    await asyncio.Event().wait()
    raise AssertionError("an event that nobody sets was set")
