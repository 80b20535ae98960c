"""What do the tests of strangers share?"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.strangers.ground import Ground, running


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """Service Bus, Spotler and Dataverse with keys of their own."""
    with running(tmp_path_factory.mktemp("ground")) as ground:
        yield ground
