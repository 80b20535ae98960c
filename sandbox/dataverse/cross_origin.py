"""Which pages in a browser may call the service?"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web

_LOCAL = re.compile(r"http://(?:localhost|127\.0\.0\.1)(?::\d+)?")
_READABLE = (
    "ETag, Location, OData-EntityId, Preference-Applied, Retry-After, "
    "x-ms-ratelimit-burst-remaining-xrm-requests, x-ms-ratelimit-time-remaining-xrm-requests"
)

type _Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def allow_cross_origin(app: web.Application) -> None:
    """Let pages of this machine call every route; call it after the control is installed.

    Preflights are answered before the control sees them: they are the browser's, not the client's, so they
    are neither journalled nor faulted.
    """
    app.middlewares.insert(0, _preflight)
    app.on_response_prepare.append(_allow)


@web.middleware
async def _preflight(request: web.Request, handler: _Handler) -> web.StreamResponse:
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers:
        return await handler(request)
    answer = web.Response(status=204)
    answer.headers["Access-Control-Allow-Methods"] = "GET, POST, PATCH, PUT, DELETE"
    answer.headers["Access-Control-Allow-Headers"] = request.headers.get(
        "Access-Control-Request-Headers", "*"
    )
    answer.headers["Access-Control-Max-Age"] = "600"
    return answer


async def _allow(request: web.Request, response: web.StreamResponse) -> None:
    origin = request.headers.get("Origin", "")
    if _LOCAL.fullmatch(origin):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = _READABLE
        response.headers["Vary"] = "Origin"
