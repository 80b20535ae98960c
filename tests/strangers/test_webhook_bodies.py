"""Whatever is posted to the webhook: is the answer clean, and is nothing of it repeated?"""

from __future__ import annotations

import asyncio
import io
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.doorbells import Doorbell
from jobs.events import Events
from jobs.intake import BODY_LIMIT, Intake, Reply
from jobs.ports import QueueUnavailable
from sandbox.dataverse.service import Service
from sandbox.world import FUNCTION_KEY
from tests.sandbox.dataverse.service import CONTOSO, ROBIN, Client, serving, until
from tests.strangers.damage import damaged
from tests.strangers.listening_in import Ears, ears
from tests.world import Live

MARK = "Wilhelmina-92735551"
"""Stands in names, values and unknown members of every body; nobody may repeat it."""

IN_PROCESS = 700
OVER_HTTP = 200


class Recording:
    """Doorbells that are only noted; the bus may be away."""

    def __init__(self) -> None:
        self.rung: list[UUID] = []
        self.away = False

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        """Note them, or be away."""
        assert at is None
        if self.away:
            raise QueueUnavailable("spotler-jobs: ServiceBusConnectionError")
        self.rung += [bell.job for bell in doorbells]


async def _captured() -> list[bytes]:
    """What Dataverse posts for jobs of every kind, as it comes over the wire."""
    bodies: list[tuple[bytes, str | None]] = []

    async def receive(request: web.Request) -> web.Response:
        bodies.append((await request.read(), request.headers.get("x-ms-dynamics-msg-size-exceeded")))
        return web.Response(status=202)

    app = web.Application(client_max_size=8 * 2**20)
    app.router.add_post("/", receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        service = Service(installed=True, webhook=f"http://127.0.0.1:{runner.addresses[0][1]}/")
        async with serving(service) as client:
            saved = await _save(client)
            await until(lambda: len(bodies) == saved)
    finally:
        await runner.cleanup()
    assert sum(header == "true" for _, header in bodies) == 1, "one of them was too large to be sent whole"
    return [body for body, _ in bodies]


async def _save(client: Client) -> int:
    nobody: dict[str, Any] = {"spotler_CustomerId_contact@odata.bind": None}
    account = {**nobody, "spotler_CustomerId_account@odata.bind": f"/accounts({CONTOSO})"}
    jobs: list[dict[str, Any]] = [
        {
            "spotler_name": MARK,
            "spotler_automationfields": f"voucher={MARK}\r\nlink=https://example.org/ü/🚀",
        },
        {**account, "spotler_operation": 724000001},
        {**nobody, "spotler_LeadId@odata.bind": f"/leads({ROBIN})", "spotler_name": f'"{MARK}" \\ / <b>'},
        {**nobody, "spotler_operation": 724000001, "spotler_automationcontactid": f"1,2,{MARK}"},
        {**nobody, "spotler_operation": 724000002},
        {"spotler_automationfields": f"voucher={MARK * 20_000}"},
    ]
    for columns in jobs:
        await client.job(**columns)
    return len(jobs)


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    """Bodies in the form of the real service."""
    return asyncio.run(_captured())


@pytest.fixture(scope="module")
def heard() -> Iterator[Ears]:
    """Everything that is logged meanwhile."""
    with ears() as listening:
        yield listening


def posted(body: bytes, *, away: bool = False, organization: UUID | None = None) -> tuple[Reply, list[UUID]]:
    """What the intake answers to a body, and for whom it rang."""
    bells = Recording()
    bells.away = away
    reply = asyncio.run(Intake(bells, Events(), organization).receive(body))
    return reply, bells.rung


def clean(reply: Reply) -> None:
    """One of four statuses, JSON in one of two forms, and nothing of the body."""
    assert reply.status in (202, 400, 413, 503)
    if reply.status == 202:
        assert list(reply.body) == ["job"]
        UUID(reply.body["job"])
    else:
        assert list(reply.body) == ["error", "message"]
        assert reply.body["message"].endswith(".")
    said = json.dumps(reply.body, ensure_ascii=False)
    assert MARK not in said
    assert len(said) < 400


def unrepeated(heard: Ears) -> None:
    """Nothing of any body stands in the log so far."""
    said = [text for _, text in heard.heard]
    heard.heard.clear()
    assert said, "the intake logs every call"
    assert [text for text in said if MARK in text] == []


def test_true_bodies_ring(bodies: list[bytes]) -> None:
    """What Dataverse really sends is taken, whole or with its contents taken out."""
    for body in bodies:
        reply, rung = posted(body)
        assert reply.status == 202
        assert rung == [UUID(reply.body["job"])]
        reply, rung = posted(body, away=True)
        assert (reply.status, reply.body["error"], rung) == (503, "not_queued", [])
        reply, rung = posted(body, organization=UUID(int=7))
        assert (reply.status, reply.body["error"], rung) == (400, "not_ours", [])


def test_damaged_bodies(bodies: list[bytes], heard: Ears) -> None:
    """Any damage to the bytes gets a clean answer, and only what still names a row rings."""
    statuses: Counter[int] = Counter()
    for seed in range(IN_PROCESS):
        body = damaged(seed, bodies)
        try:
            reply, rung = posted(body, away=seed % 5 == 0)
            clean(reply)
        except Exception as error:
            raise AssertionError(f"damaged({seed}): {body[:200]!r}") from error
        assert (reply.status == 202) == bool(rung), seed
        assert (reply.status == 413) == (len(body) > BODY_LIMIT), seed
        statuses[reply.status] += 1
    assert all(statuses[status] >= 10 for status in (202, 400, 413, 503)), statuses
    unrepeated(heard)


MEMBERS = ("PrimaryEntityId", "PrimaryEntityName", "MessageName", "OrganizationId", "InputParameters", "X")
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(
        [MARK, "spotler_job", "Create", CONTOSO, "{" + CONTOSO + "}", "\ud800", "\x00", CONTOSO + "\n"]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["__type", "__value", "key", "value", MARK]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    changed=st.dictionaries(st.sampled_from(MEMBERS), VALUES),
    lost=st.sets(st.sampled_from(MEMBERS), max_size=2),
    which=st.integers(0, 5),
    away=st.booleans(),
)
def test_any_value_in_any_member(
    bodies: list[bytes], heard: Ears, *, changed: dict[str, Any], lost: set[str], which: int, away: bool
) -> None:
    """A true context with anything at all in the members that are read."""
    members = {name: value for name, value in json.loads(bodies[which]).items() if name not in lost}
    reply, rung = posted(json.dumps({**members, **changed}).encode(), away=away)
    clean(reply)
    assert (reply.status == 202) == bool(rung)
    unrepeated(heard)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_noise(heard: Ears, body: bytes) -> None:
    """Any bytes at all."""
    reply, rung = posted(body)
    clean(reply)
    assert (reply.status, rung) == (400, [])
    unrepeated(heard)


async def test_over_http(world: Live, bodies: list[bytes]) -> None:
    """The same through the real engine: clean JSON for each, nothing in the log, and the next job works."""
    url = f"{world.processes.addresses.functions}/api/spotler-jobs?code={FUNCTION_KEY}"
    log = world.processes.logs / "functions.log"
    before = len(log.read_bytes())
    chance = random.Random(7)
    headers = {"x-ms-dynamics-msg-size-exceeded": "true", "Content-Type": "application/json"}
    sent = [damaged(seed, bodies) for seed in range(10_000, 10_000 + OVER_HTTP)]
    limit = asyncio.Semaphore(8)

    async def post(http: aiohttp.ClientSession, body: bytes) -> Reply:
        chosen = {name: value for name, value in headers.items() if chance.random() < 0.5}
        async with limit, http.post(url, data=io.BytesIO(body), headers=chosen) as answer:
            assert answer.content_type == "application/json"
            return Reply(answer.status, json.loads(await answer.read()))

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as http:
        replies = await asyncio.gather(*(post(http, body) for body in sent))
    for body, reply in zip(sent, replies, strict=True):
        clean(reply)
        assert (reply.status == 413) == (len(body) > BODY_LIMIT)
    assert {202, 400, 413} == {reply.status for reply in replies}
    assert await world.until(world.idle)
    logged = log.read_bytes()[before:].decode(errors="replace")
    assert logged.count("webhook_refused") == sum(reply.status != 202 for reply in replies)
    assert MARK not in logged
    assert [queue["deadLetter"] for queue in (await world.queues()).values()] == [0, 0]
