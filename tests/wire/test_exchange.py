"""One request over a real socket: what comes back, and what can be known when nothing does."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from tests.wire.sockets import Peer, answering, listening, silent
from wire.exchange import exchange
from wire.failures import NoAnswer, NotSent

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


async def ask(url: str, *, cut: float = 5.0, read: float = 5.0) -> httpx.Response:
    """One GET."""
    async with httpx.AsyncClient(timeout=httpx.Timeout(5.0, read=read)) as client:
        return await exchange(client, client.build_request("GET", url), cut=cut)


async def test_a_whole_answer_comes_back_read() -> None:
    """The body is there without another await."""
    async with listening(answering(WHOLE)) as url:
        assert (await ask(url)).content == b"ok"


async def test_a_refused_connection_was_never_sent() -> None:
    """Nothing listens at a port that is bound but not listening."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(NotSent):
            await ask(f"http://127.0.0.1:{unused.getsockname()[1]}/")


async def test_an_unknown_host_was_never_sent() -> None:
    """A name that can never resolve (RFC 2606)."""
    with pytest.raises(NotSent):
        await ask("http://nowhere.invalid/")


async def test_no_place_in_the_pool_was_never_sent() -> None:
    """The pool's only connection is busy."""
    async with (
        listening(silent) as url,
        httpx.AsyncClient(
            limits=httpx.Limits(max_connections=1), timeout=httpx.Timeout(5.0, pool=0.05)
        ) as client,
        asyncio.TaskGroup() as group,
    ):
        busy = group.create_task(client.get(url))
        await asyncio.sleep(0)
        with pytest.raises(NotSent):
            await exchange(client, client.build_request("GET", url), cut=5.0)
        busy.cancel()


@pytest.mark.parametrize(
    "peer",
    [
        pytest.param(answering(b""), id="dropped before the answer"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"), id="half a body"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"), id="half a chunk"
        ),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nConte"), id="half a head"),
        pytest.param(answering(b"no HTTP at all\r\n\r\n"), id="not HTTP"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"),
            id="not the encoding it claims",
        ),
    ],
)
async def test_a_broken_answer_leaves_it_open(peer: Peer) -> None:
    """The service has read the request, so that it may have been carried out."""
    async with listening(peer) as url:
        with pytest.raises(NoAnswer):
            await ask(url)


async def test_silence_is_given_up_by_the_read_time_out() -> None:
    """The request was sent, the answer never came."""
    async with listening(silent) as url:
        with pytest.raises(NoAnswer):
            await ask(url, read=0.05)


async def test_a_trickle_is_cut_although_no_single_read_is_too_slow() -> None:
    """Httpx counts each read; the cut bounds the whole."""

    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        for _ in range(1000):
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    async with listening(trickle) as url:
        with pytest.raises(NoAnswer, match="cut off"):
            await ask(url, cut=0.1, read=5.0)


async def test_cancelling_from_outside_is_no_time_out() -> None:
    """A worker that is stopped must not read as an answer that failed to come."""
    async with listening(silent) as url:
        asking = asyncio.create_task(ask(url))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


async def test_a_redirect_is_not_followed() -> None:
    """A followed POST would lose its method and its signature."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with listening(answering(moved)) as url:
        assert (await ask(url)).status_code == 302


async def test_what_is_raised_names_no_address() -> None:
    """Addresses can hold personal data."""
    async with listening(answering(b"")) as url:
        with pytest.raises(NoAnswer) as raised:
            await ask(f"{url}/contact/kim@example.org?x=kim")
    assert "kim" not in f"{raised.value!r} {raised.value.__cause__!r}"
    assert raised.value.__suppress_context__
