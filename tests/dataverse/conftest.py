"""Which parts do the tests of the client share?"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from dataverse import DataverseClient, Limits
from tests.dataverse.clock import StillClock
from tests.dataverse.service import Service, serving

JOB = UUID("3e5a7c90-6baa-f011-bbd2-6045bd9a1c01")


class CountingTokens:
    """Tokens `token-1`, `token-2`, … a new one for each renewal."""

    def __init__(self) -> None:
        self.renewals = 0

    async def token(self) -> str:
        """The token of now."""
        return f"token-{self.renewals + 1}"

    async def renewed(self) -> str:
        """The next one."""
        self.renewals += 1
        return await self.token()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    """A scripted server."""
    async with serving() as one:
        yield one


@pytest.fixture
def clock() -> StillClock:
    """Time that moves by sleeping alone."""
    return StillClock()


@pytest.fixture
def tokens() -> CountingTokens:
    """Tokens that tell how often they were renewed."""
    return CountingTokens()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A connection pool."""
    # Without the certificates, whose loading takes longer than most tests.
    async with httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as client:
        yield client


@pytest.fixture
def client(
    service: Service, tokens: CountingTokens, http: httpx.AsyncClient, clock: StillClock
) -> DataverseClient:
    """The client under test, with a short cut and waits in the middle of their jitter."""
    return DataverseClient(
        service.url, tokens, http, clock=clock, limits=Limits(cut_seconds=0.3), jitter=lambda: 0.0
    )
