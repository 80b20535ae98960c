"""How does the page reach the other parts?

Through `/proxy/{part}/...`: so the page needs no CORS, and the token and the key stay in this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

import aiohttp
from aiohttp import web
from yarl import URL

from sandbox.console.parts import TITLES, Parts

ANSWER_SECONDS = 60.0
"""Longer than any wait that the page can switch on."""

CONNECT_SECONDS = 5.0
"""A part on this machine that does not accept by then is not there."""

_USER = "Mia from Marketing"
"""Who looks at the page, as Dataverse knows her."""

_SENT_ON = (
    "Accept",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "OData-MaxVersion",
    "OData-Version",
    "Prefer",
)
_HANDED_BACK = ("Content-Type", "ETag", "Location", "OData-EntityId", "Preference-Applied", "Retry-After")


class Proxy:
    """Hands requests on to the parts.

    Args:
        parts: where they are.
        http: for all of them; closed by its owner.
    """

    def __init__(self, parts: Parts, http: aiohttp.ClientSession) -> None:
        self._parts = parts
        self._http = http
        self._token: str | None = None
        self._fetching = asyncio.Lock()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer as the part does; 404 where there is no such part, 502 or 504 where it is silent."""
        part = request.match_info["part"]
        root = self._parts.root(part)
        if root is None:
            return _told(HTTPStatus.NOT_FOUND, part, f"There is no part named {part}.")
        rest = request.raw_path.removeprefix(f"/proxy/{part}")
        url = URL(root + rest, encoded=True)
        body = await request.read()
        headers = {name: request.headers[name] for name in _SENT_ON if name in request.headers}
        try:
            if part == "dataverse":
                return await self._as_user(request.method, url, headers, body)
            if part == "functions":
                headers["x-functions-key"] = self._parts.functions_key
            return await self._send(request.method, url, headers, body)
        except TimeoutError:
            told = f"{TITLES[part]} took longer than {ANSWER_SECONDS:.0f} s to answer."
            return _told(
                HTTPStatus.GATEWAY_TIMEOUT, part, f"{told} A fault may delay it; look under Services."
            )
        except aiohttp.ClientConnectorError:
            told = f"{TITLES[part]} does not run at {root}."
            again = "Start it again with the command that was printed when it ended, or all with: python3 dev.py run"
            return _told(HTTPStatus.BAD_GATEWAY, part, f"{told} {again}")
        except (aiohttp.ClientError, OSError):
            told = f"{TITLES[part]} broke the connection off."
            return _told(HTTPStatus.BAD_GATEWAY, part, f"{told} A fault may do that; look under Services.")

    async def _as_user(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes
    ) -> web.StreamResponse:
        """Send with a token, and once more with a new one where it has run out."""
        used = await self._current_token(instead_of=None)
        answer = await self._send(method, url, {**headers, "Authorization": f"Bearer {used}"}, body)
        if answer.status != HTTPStatus.UNAUTHORIZED:
            return answer
        renewed = await self._current_token(instead_of=used)
        return await self._send(method, url, {**headers, "Authorization": f"Bearer {renewed}"}, body)

    async def _current_token(self, *, instead_of: str | None) -> str:
        async with self._fetching:
            if self._token is None or self._token == instead_of:
                url = f"{self._parts.root('dataverse')}/_sandbox/token"
                async with self._http.post(url, json={"user": _USER}) as answer:
                    answer.raise_for_status()
                    self._token = str((await answer.json())["access_token"])
            return self._token

    async def _send(
        self, method: str, url: URL, headers: Mapping[str, str], body: bytes
    ) -> web.StreamResponse:
        async with self._http.request(
            method, url, headers=headers, data=body or None, allow_redirects=False
        ) as answer:
            kept = {name: answer.headers[name] for name in _HANDED_BACK if name in answer.headers}
            return web.Response(status=answer.status, headers=kept, body=await answer.read())


def _told(status: HTTPStatus, part: str, sentence: str) -> web.Response:
    return web.json_response({"error": {"part": part, "message": sentence}}, status=status)
