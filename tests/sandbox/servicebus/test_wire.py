"""Does the server hold to AMQP where the SDK would not notice, and survive what no SDK sends?"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.servicebus.codec import Described, Int, Symbol, UByte, UInt, ULong, encode
from sandbox.servicebus.faults import parse_fault
from sandbox.servicebus.frames import (
    AMQP_HEADER,
    EMPTY_FRAME,
    SASL_HEADER,
    Attach,
    Begin,
    Close,
    Detach,
    Disposition,
    End,
    Flow,
    Open,
    Performative,
    SaslInit,
    SaslMechanisms,
    SaslOutcome,
    Transfer,
    read_frame,
    write_frame,
)
from sandbox.servicebus.message import (
    APPLICATION_PROPERTIES,
    DATA,
    PROPERTIES,
    VALUE,
    read_message,
    write_section,
)
from sandbox.servicebus.queue import Counts, QueueSettings
from tests.sandbox.servicebus.running import Running, running, until


@dataclass
class _Peer:
    """A client that says exactly what it is told to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def say(self, *performatives: Performative, payload: bytes = b"") -> None:
        for performative in performatives:
            self.writer.write(write_frame(0, performative, payload))

    async def hear(self) -> tuple[Performative | None, bytes]:
        async with asyncio.timeout(5):
            size = await self.reader.readexactly(4)
            frame = read_frame(size + await self.reader.readexactly(int.from_bytes(size) - 4))
        return frame.performative, frame.payload

    async def hear_one[P](self, kind: type[P]) -> P:
        """Skip what comes before the next performative of this kind."""
        for _ in range(50):
            performative, _ = await self.hear()
            if isinstance(performative, kind):
                return performative
        raise AssertionError(f"no {kind.__name__} came")

    async def hear_end(self) -> bytes:
        async with asyncio.timeout(5):
            return await self.reader.read()


@asynccontextmanager
async def _connected(world: Running) -> AsyncIterator[_Peer]:
    reader, writer = await asyncio.open_connection("127.0.0.1", world.ports.amqp)
    try:
        yield _Peer(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def _begun(world: Running, **opening: Any) -> AsyncIterator[_Peer]:
    """A connection without SASL that may use everything, with one session."""
    async with _connected(world) as peer:
        peer.writer.write(AMQP_HEADER)
        assert await peer.reader.readexactly(8) == AMQP_HEADER
        peer.say(Open("test", **opening), Begin(incoming_window=UInt(1000), outgoing_window=UInt(1000)))
        await peer.hear_one(Begin)
        yield peer


def _source(address: str, *more: Any) -> Described:
    return Described(ULong(0x28), [address, *more])


def _target(address: str) -> Described:
    return Described(ULong(0x29), [address])


def _token() -> str:
    scope, expiry = "sb%3a%2f%2flocalhost%2fq", "4000000000"
    digest = hmac.new(b"sandbox", f"{scope}\n{expiry}".encode(), hashlib.sha256).digest()
    signature = quote(base64.b64encode(digest), safe="")
    return f"SharedAccessSignature sr={scope}&sig={signature}&se={expiry}&skn=sandbox"


async def _authorise(peer: _Peer) -> None:
    """Put a token for the queue; uses handles 90 and 91."""
    peer.say(
        Attach("cbs-in", UInt(90), role=True, source=_source("$cbs"), target=_target("answers")),
        Flow(incoming_window=UInt(1000), handle=UInt(90), link_credit=UInt(10)),
        Attach("cbs-out", UInt(91), source=_source("x"), target=_target("$cbs")),
    )
    request = (
        write_section(PROPERTIES, ["request-1", None, None, None, "answers"])
        + write_section(APPLICATION_PROPERTIES, {"operation": "put-token", "name": "sb://localhost/q"})
        + write_section(VALUE, _token())
    )
    peer.say(Transfer(UInt(91), UInt(0), b"t", UInt(0), settled=True), payload=request)
    answer = b""
    while not answer:
        _, answer = await peer.hear()
    assert encode("request-1") in answer
    assert encode(Int(202)) in answer


@pytest.fixture
async def world() -> AsyncIterator[Running]:
    """A bus with one queue."""
    async with running(QueueSettings("q")) as run:
        yield run


async def test_sasl_comes_first_if_the_client_likes(world: Running) -> None:
    """ANONYMOUS is offered and good; then AMQP begins."""
    async with _connected(world) as peer:
        peer.writer.write(SASL_HEADER)
        assert await peer.reader.readexactly(8) == SASL_HEADER
        offered = await peer.hear_one(SaslMechanisms)
        assert offered.mechanisms is not None
        assert offered.mechanisms.items == ("ANONYMOUS",)
        peer.say(SaslInit(Symbol("ANONYMOUS")))
        assert await peer.hear_one(SaslOutcome) == SaslOutcome(UByte(0))
        peer.writer.write(AMQP_HEADER)
        peer.say(Open("test"))
        assert await peer.reader.readexactly(8) == AMQP_HEADER
        assert (await peer.hear_one(Open)).container_id == "spotler-sandbox"
        peer.say(Close())
        assert await peer.hear_one(Close) == Close()
        assert await peer.hear_end() == b""


async def test_another_mechanism_is_refused(world: Running) -> None:
    """The server says no and hangs up."""
    async with _connected(world) as peer:
        peer.writer.write(SASL_HEADER)
        await peer.reader.readexactly(8)
        peer.say(SaslInit(Symbol("PLAIN")))
        assert await peer.hear_one(SaslOutcome) == SaslOutcome(UByte(1))
        assert await peer.hear_end() == b""


@pytest.mark.parametrize("start", [b"GET / HTTP/1.1\r\n\r\n", b"AMQP\x00\x00\x09\x01"])
async def test_other_protocols_are_told_what_is_spoken_here(world: Running, start: bytes) -> None:
    """The answer to anything else is the header of AMQP 1.0, and the end."""
    async with _connected(world) as peer:
        peer.writer.write(start)
        assert await peer.hear_end() == AMQP_HEADER


@pytest.mark.parametrize(
    "noise",
    [
        b"\x00\x00\x00\x07\x02\x00\x00\x00",
        b"\xff\xff\xff\xff\x02\x00\x00\x00",
        b"\x00\x00\x00\x0a\x02\x00\x00\x00\x41\x41",
        b"\x00\x00\x00\x09\x01\x00\x00\x00\x41",
        write_frame(0, SaslOutcome()),
        write_frame(0, Disposition(role=True, state=Described(Symbol("amqp:accepted:list"), []))),
        write_frame(0, Attach("l", UInt(1), role=True, source=_source("$cbs"))) * 2,
    ],
)
async def test_noise_ends_its_own_connection_alone(world: Running, noise: bytes) -> None:
    """The peer is told and cut off; others are served as before."""
    async with _begun(world) as neighbour, _begun(world) as peer:
        peer.writer.write(noise)
        close = await peer.hear_one(Close)
        assert close.error is not None
        assert close.error.value[0] == "amqp:decode-error"
        assert await peer.hear_end() == b""
        neighbour.say(Flow(incoming_window=UInt(1), echo=True))
        await neighbour.hear_one(Flow)


async def test_a_client_that_wants_signs_of_life_gets_them(world: Running) -> None:
    """Half of the time that the client would wait, an empty frame is sent: the JavaScript SDK relies on it."""
    async with _begun(world, idle_time_out=UInt(300)) as peer:
        for _ in range(2):
            async with asyncio.timeout(5):
                assert await peer.reader.readexactly(8) == EMPTY_FRAME


async def test_without_a_token_nothing_is_attached(world: Running) -> None:
    """A refused link is answered with null source and target, then detached with three fields of error."""
    async with _begun(world) as peer:
        peer.say(Attach("l", UInt(1), role=True, source=_source("amqps://localhost/q")))
        attach = await peer.hear_one(Attach)
        assert (attach.name, attach.role, attach.source, attach.target) == ("l", False, None, None)
        detach = await peer.hear_one(Detach)
        assert detach.error is not None
        assert (detach.error.value[0], len(detach.error.value)) == ("amqp:unauthorized-access", 3)


@pytest.mark.parametrize(
    "attach",
    [
        Attach("l", UInt(1), role=True, source=_source("q", *[None] * 6, {Symbol("apache:selector"): "x"})),
        Attach("l", UInt(1), target=Described(ULong(0x30), [])),
        Attach("l", UInt(1), target=Described(ULong(0x29), [None])),
        Attach("l", UInt(1), role=True),
    ],
    ids=["filter", "transaction", "no address", "no source"],
)
async def test_links_that_are_not_imitated(world: Running, attach: Attach) -> None:
    """They are refused by name."""
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(attach)
        detach = await peer.hear_one(Detach)
        assert detach.error is not None
        assert detach.error.value[0] == "amqp:not-implemented"


async def test_frames_are_as_small_and_windows_as_narrow_as_the_client_asks(world: Running) -> None:
    """A large message comes in frames of the client's size, and no more of them than its window lets through."""
    world.bus.find("q").put([read_message(write_section(DATA, b"x" * 2000))])
    async with _begun(world, max_frame_size=UInt(512)) as peer:
        await _authorise(peer)
        seen = UInt(1)  # the answer to the token
        peer.say(
            Attach("l", UInt(1), role=True, source=_source("q")),
            Flow(seen, UInt(2), handle=UInt(1), delivery_count=UInt(0), link_credit=UInt(1)),
        )
        payload, more, frames = b"", True, 0
        while more:
            performative, part = await peer.hear()
            if not isinstance(performative, Transfer):
                continue
            payload, more, frames = payload + part, bool(performative.more), frames + 1
            assert len(part) < 512
            if frames == 2:
                with pytest.raises(TimeoutError):
                    async with asyncio.timeout(0.1):
                        await peer.reader.readexactly(1)
                peer.say(Flow(UInt(3), UInt(100)))
        assert payload.endswith(write_section(DATA, b"x" * 2000))
        assert frames > 4


async def test_draining_uses_up_the_credit(world: Running) -> None:
    """A client that wants to know that nothing more comes is told so."""
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(
            Attach("l", UInt(1), role=True, source=_source("q")),
            Flow(incoming_window=UInt(9), handle=UInt(1), link_credit=UInt(7), drain=True),
        )
        flow = await peer.hear_one(Flow)
        while flow.handle != 1:
            flow = await peer.hear_one(Flow)
        assert (flow.delivery_count, flow.link_credit, flow.drain) == (7, 0, True)


async def test_parts_and_aborted_deliveries(world: Running) -> None:
    """A message may come in parts; one that is aborted was never sent; an outgrown one is refused at its end."""
    message = write_section(DATA, b"whole")
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(Attach("l", UInt(1), target=_target("q")))
        peer.say(Transfer(UInt(1), UInt(5), b"a", more=True), payload=message[:4])
        peer.say(Transfer(UInt(1), aborted=True))
        peer.say(Transfer(UInt(1), UInt(6), b"b", more=True), payload=message[:4])
        peer.say(Transfer(UInt(1)), payload=message[4:])
        for _ in range(3):
            peer.say(Transfer(UInt(1), UInt(7), b"c", more=True), payload=bytes(100_000))
        peer.say(Transfer(UInt(1)))
        peer.say(Transfer(UInt(1), UInt(8), b"d"), payload=b"no message")
        peer.say(Transfer(UInt(1), UInt(9), b"e", settled=True), payload=message)
        told = [await peer.hear_one(Disposition) for _ in range(3)]
        assert [(each.first, each.settled) for each in told] == [(6, True), (7, True), (8, True)]
        assert [each.state and each.state.descriptor for each in told] == [0x24, 0x25, 0x25]
        errors = [each.state.value[0].value[0] for each in told[1:] if each.state]
        assert errors == ["amqp:link:message-size-exceeded", "amqp:decode-error"]
        await until(lambda: world.bus.find("q").counts() == Counts(active=2, scheduled=0, locked=0))


async def test_settling_many_at_once_and_after_the_link_is_gone(world: Running) -> None:
    """One disposition may settle a range, and is answered by ranges; what follows the end of a link is ignored."""
    queue = world.bus.find("q")
    queue.put([read_message(write_section(DATA, b"x"))] * 7)
    accepted = Described(ULong(0x24), [])
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(
            Attach("l", UInt(1), role=True, source=_source("q")),
            Flow(incoming_window=UInt(99), handle=UInt(1), link_credit=UInt(7)),
        )
        ids = [(await peer.hear_one(Transfer)).delivery_id or UInt(0) for _ in range(7)]
        peer.say(Disposition(role=True, first=ids[2], state=accepted))
        peer.say(Disposition(role=True, first=ids[0], last=ids[5], state=accepted))
        echoes = [await peer.hear_one(Disposition) for _ in range(3)]
        assert [(echo.role, echo.first, echo.last, echo.settled) for echo in echoes] == [
            (False, ids[2], ids[2], True),
            (False, ids[0], ids[1], True),
            (False, ids[3], ids[5], True),
        ]
        peer.say(Detach(UInt(1), closed=True))
        assert (await peer.hear_one(Detach)).closed
        peer.say(Disposition(role=True, first=ids[6], state=accepted), End(), Detach(UInt(1)))
        await peer.hear_one(End)
        assert queue.counts() == Counts(active=0, scheduled=0, locked=1)


async def test_a_dropped_client_keeps_its_locks_and_gets_nothing_more(world: Running) -> None:
    """What it had stays locked; what comes later waits for another."""
    queue = world.bus.find("q")
    queue.put([read_message(write_section(DATA, b"x"))])
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(
            Attach("l", UInt(1), role=True, source=_source("q")),
            Flow(incoming_window=UInt(99), handle=UInt(1), link_credit=UInt(5)),
        )
        await peer.hear_one(Transfer)
    await until(lambda: not queue._receivers)
    queue.put([read_message(write_section(DATA, b"y"))])
    world.bus.turn()
    assert queue.counts() == Counts(active=1, scheduled=0, locked=1)


async def test_a_lost_acknowledgement(world: Running) -> None:
    """The message is stored and the connection breaks, so that a client sends again: apps must bear duplicates."""
    world.bus.faults.switch_on(parse_fault({"kind": "drop_after_send"}))
    async with _begun(world) as peer:
        await _authorise(peer)
        peer.say(Attach("l", UInt(1), target=_target("q")))
        await peer.hear_one(Attach)
        await peer.hear_one(Flow)
        peer.say(Transfer(UInt(1), UInt(1), b"a"), payload=write_section(DATA, b"x"))
        with suppress(ConnectionError):
            assert await peer.hear_end() == b""
    assert world.bus.find("q").counts().active == 1
