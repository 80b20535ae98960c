"""What is sent to Application Insights, as the place receives it that a connection string names?"""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web


@dataclass(slots=True)
class Ingestion:
    """A resource that takes everything and keeps it.

    Attributes:
        texts: every request's body, as text.
    """

    port: int = 0
    texts: list[str] = field(default_factory=list)

    @property
    def connection_string(self) -> str:
        """What an app is given."""
        url = f"http://localhost:{self.port}/"
        return f"InstrumentationKey=00000000-0000-4000-8000-000000000001;IngestionEndpoint={url};LiveEndpoint={url}"

    @property
    def items(self) -> list[dict[str, Any]]:
        """Everything that was taken, one by one."""
        return [item for text in self.texts for item in json.loads(text)]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Items of a kind of data, such as RemoteDependencyData."""
        return [item for item in self.items if item["data"]["baseType"] == kind]

    async def take(self, request: web.Request) -> web.Response:
        """One request of the exporter."""
        body = await request.read()
        plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
        self.texts.append(plain.decode())
        count = len(json.loads(self.texts[-1]))
        return web.json_response({"itemsReceived": count, "itemsAccepted": count, "errors": []})


@asynccontextmanager
async def ingesting() -> AsyncIterator[Ingestion]:
    """Serve on a free port of loopback."""
    ingestion = Ingestion()
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{tail:.*}", ingestion.take)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ingestion.port = runner.addresses[0][1]
    try:
        yield ingestion
    finally:
        await runner.cleanup()
