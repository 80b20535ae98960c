"""What the tests of metadata share."""

from __future__ import annotations

import pytest

from tests.sandbox.dataverse.metadata.environment import Environment


@pytest.fixture
def environment() -> Environment:
    """A fresh environment without customizations."""
    return Environment()


@pytest.fixture
def things(environment: Environment) -> Environment:
    """The same with the table `acme_thing`."""
    environment.thing()
    return environment
