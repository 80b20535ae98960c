"""What the tests of the platform's own tables share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.platform.administrator import administrator
from tests.sandbox.dataverse.service import Client, serving


@pytest.fixture
async def admin() -> AsyncIterator[Client]:
    """A System Administrator of an environment that has never heard of us."""
    async with serving(Service(key_index_seconds=0)) as client:
        yield administrator(client)
