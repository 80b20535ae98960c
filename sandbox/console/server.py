"""What does the console answer?

`/` and `/page/...` are files that need no build step; `/proxy/{part}/...` leads to the other parts, and
`/installation` tells how to install into the Dataverse part.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from sandbox.console.parts import Parts
from sandbox.console.proxy import ANSWER_SECONDS, CONNECT_SECONDS, Proxy

PAGE = Path(__file__).with_name("page")

LARGEST_BODY = 16 * 2**20

_HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def application(parts: Parts) -> web.Application:
    """The console as an application that shows `parts`."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_only_this_page])
    app.router.add_get("/", _index)
    app.router.add_static("/page", PAGE)

    async def installation(_request: web.Request) -> web.Response:
        return web.json_response({"command": parts.installation})

    app.router.add_get("/installation", installation)

    async def with_proxy(app: web.Application) -> AsyncIterator[None]:
        limit = aiohttp.ClientTimeout(total=ANSWER_SECONDS, sock_connect=CONNECT_SECONDS)
        async with aiohttp.ClientSession(timeout=limit, auto_decompress=True) as http:
            app[_PROXY] = Proxy(parts, http)
            yield

    app.cleanup_ctx.append(with_proxy)
    app.router.add_route("*", "/proxy/{part}/{rest:.*}", _hand_on)
    app.on_response_prepare.append(_add_headers)
    return app


_PROXY = web.AppKey("proxy", Proxy)


async def _index(_request: web.Request) -> web.StreamResponse:
    return web.FileResponse(PAGE / "index.html")


async def _hand_on(request: web.Request) -> web.StreamResponse:
    return await request.app[_PROXY].handle(request)


@web.middleware
async def _only_this_page(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what another site's page sends: the proxy adds a token and a key to whatever comes in."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return web.json_response(
            {"error": {"message": "Only the console's own page may call it."}}, status=HTTPStatus.FORBIDDEN
        )
    return await handler(request)


async def _add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
