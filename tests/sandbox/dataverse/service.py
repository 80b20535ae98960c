"""A Dataverse part on a real socket, and a client that speaks to it as a user."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from aiohttp import web

from sandbox.dataverse.service import BASE_PATH, Service

KIM = "22222222-0000-4000-8000-000000000001"
SAM = "22222222-0000-4000-8000-000000000002"
CONTOSO = "11111111-0000-4000-8000-000000000001"
FABRIKAM = "11111111-0000-4000-8000-000000000002"
ROBIN = "33333333-0000-4000-8000-000000000001"
NOBODY = "99999999-0000-4000-8000-000000000009"
START = 724000000

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: everything here is plain HTTP, and loading all authorities for each client takes long."""


class Client:
    """Requests below the service root, with the token of one user."""

    def __init__(self, service: Service, http: httpx.AsyncClient) -> None:
        self.service = service
        self.http = http
        self.root = f"{str(http.base_url).rstrip('/')}{BASE_PATH}"
        self.token = service.tokens.issue().access_token

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """One request; headers by keyword, underscores standing for hyphens."""
        sent = {"Authorization": f"Bearer {self.token}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        # Plain ASCII: what cannot be encoded, such as half a surrogate pair, can still be sent.
        content = None if body is None else json.dumps(body).encode("ascii")
        if content is not None:
            sent["Content-Type"] = "application/json"
        return await self.http.request(method, f"{BASE_PATH}{path}", headers=sent, content=content)

    async def rows(self, path: str, **headers: str) -> list[dict[str, Any]]:
        """The rows of a query that must succeed."""
        answer = await self("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["value"])

    async def job(self, **columns: Any) -> dict[str, Any]:
        """A new job of Kim's, as it was stored."""
        body = {
            "spotler_operation": START,
            "spotler_CustomerId_contact@odata.bind": f"/contacts({KIM})",
        }
        answer = await self("POST", "spotler_jobs", body | columns, Prefer="return=representation")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """A control request that must succeed; its JSON."""
        answer = await self.http.request(
            method, f"/_sandbox/{path}", **({} if body is None else {"json": body})
        )
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def serving(service: Service) -> AsyncIterator[Client]:
    """The service on a free port of the loopback."""
    runner = web.AppRunner(service.application(), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        async with httpx.AsyncClient(base_url=url, timeout=10.0, trust_env=False, verify=NO_TLS) as http:
            yield Client(service, http)
    finally:
        await runner.cleanup()


async def until(met: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition, at most so many seconds."""
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - what is waited for lives in a server that has no event to give
            await asyncio.sleep(0.005)


def code(answer: httpx.Response) -> tuple[int, str]:
    """Status and the platform's code of a refusal."""
    return answer.status_code, answer.json()["error"]["code"]
