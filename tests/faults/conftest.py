"""What do the stories share: two parts of the sandbox, and the ways to them?"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator

import aiohttp
import httpx
import pytest
import pytest_asyncio

from dataverse import SandboxTokens
from tests.faults.composed import Ways
from tests.faults.sandbox_parts import SECONDS, Control, People
from tests.faults.stage import Road
from tests.faults.story import Parts
from tests.part import running


@pytest.fixture(scope="session")
def spotler_root() -> Iterator[str]:
    """A Spotler of its own."""
    with running("spotler") as root:
        yield root


@pytest.fixture(scope="session")
def dataverse_root() -> Iterator[str]:
    """A Dataverse of its own, with our tables and no webhook."""
    with running("dataverse", "--installed") as root:
        yield root


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def parts(spotler_root: str, dataverse_root: str) -> AsyncIterator[Parts]:
    """The parts and the ways to them, for all stories; the app's own ways can be closed."""
    trust = ssl.create_default_context()
    roads = Road(httpx.AsyncHTTPTransport(verify=trust)), Road(httpx.AsyncHTTPTransport(verify=trust))
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as aside,
        httpx.AsyncClient(transport=roads[0]) as to_spotler,
        httpx.AsyncClient(transport=roads[1]) as to_dataverse,
    ):
        spotler, dataverse = Control(aside, spotler_root), Control(aside, dataverse_root)
        tokens = SandboxTokens(dataverse_root)
        # A worker that has been at it for a while holds a token.
        await tokens.token()
        ways = Ways(f"{spotler_root}/integrationservice", to_spotler, dataverse_root, to_dataverse, tokens)
        yield Parts(spotler, dataverse, People(aside, dataverse), ways, *roads)
