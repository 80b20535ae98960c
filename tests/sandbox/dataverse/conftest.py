"""What the tests of the Dataverse part share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.service import Client, serving


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of a service with our tables and without webhook."""
    async with serving(Service(installed=True)) as one:
        yield one
