"""What did the client send over a real socket, when it was answered like this?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

type Reaction = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived; `target` is the path and query, still encoded."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Service:
    """A server that answers each request by the next reaction, and 418 when none is left."""

    reactions: list[Reaction] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    def plays(self, *reactions: Reaction) -> None:
        """Add reactions."""
        self.reactions.extend(reactions)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record and react."""
        self.seen.append(Seen(request.method, request.raw_path, dict(request.headers), await request.read()))
        self.reached.set()
        if not self.reactions:
            return web.Response(status=418)
        return await self.reactions.pop(0)(request)


@asynccontextmanager
async def serving() -> AsyncIterator[Service]:
    """A service on a free port of this machine."""
    service = Service()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", service.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield service
    finally:
        await runner.cleanup()


def says(
    status: int, content: Any = None, *, headers: Mapping[str, str] | None = None, text: str | None = None
) -> Reaction:
    """Answer with JSON, or with `text` as HTML, or with nothing."""

    async def react(_: web.Request) -> web.StreamResponse:
        if text is not None:
            return web.Response(status=status, text=text, content_type="text/html", headers=headers)
        body = None if content is None else json.dumps(content).encode()
        kind = {} if content is None else {"Content-Type": "application/json; odata.metadata=minimal"}
        return web.Response(status=status, body=body, headers={**kind, **(headers or {})})

    return react


def fails(
    status: int, code: str = "", *, message: str = "no", headers: Mapping[str, str] | None = None
) -> Reaction:
    """Answer with an error as Dataverse shapes it."""
    return says(status, {"error": {"code": code, "message": message}}, headers=headers)


def page(*rows: Mapping[str, Any], next_link: str | None = None, count: int | None = None) -> Reaction:
    """Answer with a page of rows; `{url}` in the link becomes the service's own address."""

    async def react(request: web.Request) -> web.StreamResponse:
        members: dict[str, Any] = {"value": list(rows)}
        if next_link is not None:
            members["@odata.nextLink"] = next_link.replace("{url}", f"http://{request.host}")
        if count is not None:
            members["@odata.count"] = count
        return web.json_response(members)

    return react


def multipart(
    *parts: str, boundary: str = "batchresponse_1", line: str = "\r\n", status: int = 200
) -> Reaction:
    """Answer a batch with parts, each given as an HTTP answer with LF line ends."""
    head = "Content-Type: application/http\nContent-Transfer-Encoding: binary\n\n"
    body = "".join(f"--{boundary}\n{head}{part}\n" for part in parts) + f"--{boundary}--\n"

    async def react(_: web.Request) -> web.StreamResponse:
        return web.Response(
            status=status,
            body=body.replace("\n", line).encode(),
            headers={"Content-Type": f"multipart/mixed; boundary={boundary}", "REQ_ID": "whole-1"},
        )

    return react


def drops() -> Reaction:
    """Close the connection without an answer."""

    async def react(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    return react


def half() -> Reaction:
    """Promise more than is sent, then close."""

    async def react(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.write(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"value":[')
        request.transport.close()
        return web.Response()

    return react


def hangs() -> Reaction:
    """Say nothing until the client has gone."""

    async def react(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    return react
