"""Libraries must not log addresses, headers or signed parameters."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx
import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient
from oauthlib.oauth1 import Client

from sandbox.servicebus.queue import QueueSettings
from tests.sandbox.servicebus.running import running
from tests.wire.sockets import answering, listening
from wire.quiet import CHATTY, TALKATIVE, TELLING, quiet_loggers


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
    for name in TELLING:
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.DEBUG)
    await talk()
    assert {record.name.split(".")[0] for record in caplog.records} >= set(TELLING)
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


async def connect() -> None:
    """Send something to a bus."""
    async with (
        running(QueueSettings("q")) as bus,
        ServiceBusClient.from_connection_string(bus.connection_string) as client,
        client.get_queue_sender("q") as sender,
    ):
        await sender.send_messages(ServiceBusMessage("x"))


async def test_connections_are_not_told_but_what_is_wrong_with_them(caplog: pytest.LogCaptureFixture) -> None:
    """What the SDK of Service Bus says of each link at INFO is gone; warnings stay."""
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    caplog.set_level(logging.INFO)
    await connect()
    told = [record.name for record in caplog.records if record.name.startswith("azure.servicebus")]
    assert len(told) > 20
    caplog.clear()
    quiet_loggers()
    await connect()
    assert not [record for record in caplog.records if record.name.startswith("azure.servicebus")]
    logging.getLogger(told[0]).warning("the link is gone")
    assert caplog.messages[-1] == "the link is gone"
