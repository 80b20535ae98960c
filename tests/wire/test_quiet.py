"""Libraries must not log addresses, headers or signed parameters."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import pytest
from oauthlib.oauth1 import Client

from tests.wire.sockets import answering, listening
from wire.quiet import TALKATIVE, quiet_loggers


@pytest.fixture(autouse=True)
def levels_restored() -> Iterator[None]:
    """Levels of loggers outlive a test otherwise."""
    loggers = [logging.getLogger(name) for name in TALKATIVE]
    before = [logger.level for logger in loggers]
    yield
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


async def talk() -> None:
    """A signed request whose address holds a name."""
    async with (
        listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as url,
        httpx.AsyncClient() as client,
    ):
        address = f"{url}/contact/kim-jansen"
        _, headers, _ = Client("key", client_secret="hush").sign(address)
        await client.get(address, headers=headers)


async def test_without_it_the_name_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Shows that the next test can fail."""
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    await talk()
    assert {record.name.split(".")[0] for record in caplog.records} >= set(TALKATIVE)
    assert "kim-jansen" in caplog.text


async def test_nothing_of_a_request_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Even where the root logger lets everything through."""
    quiet_loggers()
    caplog.set_level(logging.DEBUG)
    await talk()
    assert "kim-jansen" not in caplog.text
    assert "oauth" not in caplog.text


def test_a_stricter_level_stays() -> None:
    """Someone may have silenced a library altogether."""
    logging.getLogger("httpx").setLevel(logging.ERROR)
    quiet_loggers()
    assert logging.getLogger("httpx").level == logging.ERROR
