"""Which environment do the tests of the installation share?"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.dataverse.provisioning.site import Site, dataverse, plain_http


@pytest.fixture(scope="session")
def dataverse_url() -> Iterator[str]:
    """Address of a Dataverse in a process of its own."""
    with dataverse() as url:
        yield url


@pytest.fixture
async def site(dataverse_url: str) -> AsyncIterator[Site]:
    """That Dataverse as it began."""
    async with plain_http() as http:
        one = Site(dataverse_url, http)
        await one.start_over()
        yield one
