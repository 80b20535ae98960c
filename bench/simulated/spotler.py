"""What does Spotler answer to a trigger, how late, and when is it too much?"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field

import httpx

from bench.terms import SPOTLER_SECONDS, SPOTLER_TAKES

ROOT = "https://spotler.example/integrationservice"


@dataclass(slots=True)
class SimulatedSpotler(httpx.AsyncBaseTransport):
    """Starts whatever is triggered.

    Attributes:
        started: starts by person.
        throttled: how many were answered 429.
    """

    started: Counter[str] = field(default_factory=Counter)
    throttled: int = 0
    inside: int = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One call: 429 where too many are under way, else an answer after the latency."""
        body = json.loads(await request.aread())
        if self.inside >= SPOTLER_TAKES:
            self.throttled += 1
            return httpx.Response(429, headers={"Retry-After": "1"}, json={"message": "too many"})
        self.inside += 1
        try:
            await asyncio.sleep(SPOTLER_SECONDS)
        finally:
            self.inside -= 1
        self.started[body["externalContactId"]] += 1
        run = {"automationId": "a", "result": "OK", "automationContactId": str(self.started.total())}
        return httpx.Response(200, json={"result": "OK", "automationResults": [run]})
