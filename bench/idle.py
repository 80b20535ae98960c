"""How long does one job, and one webhook, take in a system that has nothing else to do?"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import httpx
from aiohttp import web
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusReceiver, ServiceBusSender

from bench.ground import WELCOME, Ground, on_ground
from bench.results import Goal, Result
from bench.terms import BASELINE, BUS_SECONDS, Sizes
from dataverse import ANY, DataverseClient, Query, Retrieve, SandboxTokens, Update
from dataverse.odata import eq
from dataverse.tables import Job
from sandbox.scenario.dynamics import START
from sandbox.world import FUNCTION_KEY
from spotler import SpotlerClient
from tests.overload.crowd import people_of
from wire.clock import SystemClock
from wire.quiet import quiet_loggers

IDLE_QUEUE: Final = "spotler-idle"
"""A queue beside the two, that nobody but this file listens to."""

WARM_UP: Final = 3
"""The first ones open connections and get tokens."""

PATIENCE: Final = 20.0
QUIET_SECONDS: Final = 0.3
"""Between two jobs, so that nothing of the first is left when the second is saved."""

BARE: Final = '{"job":"00000000-0000-0000-0000-000000000000"}'
"""As long as a doorbell."""

CODE: Final = "bbbbbbbb-0000-4000-8000-000000000003"


@dataclass(frozen=True, slots=True)
class Single:
    """Medians in seconds.

    Attributes:
        answers: by whether Service Bus takes `BUS_SECONDS` for a send: the app's answer, and a bare send.
        steps: the bare round trips by name.
    """

    latency: float
    latencies: tuple[float, ...]
    answers: dict[bool, tuple[float, float]]
    steps: dict[str, float]

    @property
    def answer_over_send(self) -> float:
        """How much longer the app's answer takes than the send without which it cannot be given."""
        answer, send = self.answers[True]
        return answer / send


def measure(sizes: Sizes) -> list[Result]:
    """Both figures, the app's and the baseline's."""
    ours = _single(sizes.single, None)
    plain = _single(sizes.single, BASELINE)
    unavoidable = sum(ours.steps.values())
    told = " + ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in ours.steps.items())
    slowest = sorted(ours.latencies)[-1 - len(ours.latencies) // 20]
    return [
        Result(
            "latency",
            "saved row to final row, idle, median, over the unavoidable round trips",
            ours.latency / unavoidable,
            "x",
            Goal("at most", 1.3),
            plain.latency / unavoidable,
            f"{ours.latency * 1000:.0f} ms (19 of 20 within {slowest * 1000:.0f}), baseline "
            f"{plain.latency * 1000:.0f} ms; unavoidable, bare, in ms: {told} = {unavoidable * 1000:.0f}",
            {
                "seconds": ours.latency,
                "baseline_seconds": plain.latency,
                "unavoidable": ours.steps,
                "all_seconds": ours.latencies,
            },
        ),
        Result(
            "webhook",
            "webhook answer, median, over a bare send with the same SDK",
            ours.answer_over_send,
            "x",
            Goal("at most", 1.5),
            plain.answer_over_send,
            f"{_told(ours.answers[True])}, where Service Bus takes {BUS_SECONDS * 1000:.0f} ms for a send, which is "
            f"assumed; {_told(ours.answers[False])} where it takes none (plain design: {_told(plain.answers[False])})",
            {
                "answer_and_send": ours.answers[True],
                "answer_and_send_without_latency": ours.answers[False],
                "baseline_answer_and_send": plain.answers[True],
                "baseline_answer_and_send_without_latency": plain.answers[False],
                "hop": ours.steps["webhook"],
            },
        ),
    ]


def _told(pair: tuple[float, float]) -> str:
    answer, send = pair
    return f"{answer * 1000:.1f} ms over {send * 1000:.1f} ms ({answer / send:.1f})"


def _single(count: int, app: Path | None) -> Single:
    quiet_loggers()
    return on_ground(lambda ground: _measured(ground, count), app=app, queues=[IDLE_QUEUE])


async def _measured(ground: Ground, count: int) -> Single:
    body = await _webhook_body(ground)
    await ground.fresh(people_of(count + WARM_UP))
    await ground.slow_down()
    latencies = await _one_by_one(ground, count)
    await ground.send_webhooks_to(None)
    async with ServiceBusClient.from_connection_string(ground.world.addresses.servicebus) as client:
        sender = client.get_queue_sender(IDLE_QUEUE)
        receiver = client.get_queue_receiver(IDLE_QUEUE)
        async with sender, receiver:
            deliver = await _bus(sender, receiver, count)
            answers = {True: await _answers(ground, body, sender, count)}
            await ground.live.clear_faults("servicebus")
            answers[False] = await _answers(ground, body, sender, count)
    steps = await _bare(ground, count)
    whole = {
        "webhook": steps["webhook"],
        "send and receive": deliver,
        "read": steps["read"],
        "siblings": steps["siblings"],
        "claim": steps["claim"],
        "call": steps["call"],
        "send and receive again": deliver,
        "write": steps["write"],
    }
    return Single(statistics.median(latencies), tuple(latencies), answers, whole)


async def _one_by_one(ground: Ground, count: int) -> list[float]:
    """Seconds from the end of the request that saves a row to the end of the one that makes it final."""
    latencies: list[float] = []
    for number, person in enumerate(people_of(count + WARM_UP)):
        job = await ground.dynamics.create_job(START, person=person, automation=WELCOME)
        await ground.dynamics.final(job)
        await ground.live.until(ground.live.idle, seconds=PATIENCE)
        if number >= WARM_UP:
            latencies.append(await _seen(ground, job))
        await ground.live.clear_journal("dataverse")
        await asyncio.sleep(QUIET_SECONDS)
    return latencies


async def _seen(ground: Ground, job: str) -> float:
    saved = max(one.went for one in await ground.saves())
    return max(one.went for one in await ground.to_dataverse() if one.writes(job)) - saved


async def _webhook_body(ground: Ground) -> bytes:
    """What Dataverse posts for a new job."""
    posted: asyncio.Queue[bytes] = asyncio.Queue()

    async def take(request: web.Request) -> web.Response:
        await posted.put(await request.read())
        return web.Response(status=HTTPStatus.OK)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        await ground.fresh(people_of(1))
        await ground.send_webhooks_to(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        await ground.dynamics.create_job(START, person=people_of(1)[0], automation=WELCOME)
        async with asyncio.timeout(PATIENCE):
            return await posted.get()
    finally:
        await runner.cleanup()


async def _answers(ground: Ground, body: bytes, sender: ServiceBusSender, count: int) -> tuple[float, float]:
    """Median seconds of the app's answer to a webhook, and of a bare send; in turns, over connections that are open."""
    url = f"{ground.world.addresses.functions}/api/spotler-jobs"

    async def post() -> None:
        # Rings for a job that ended long ago, which costs the app one read behind the answer.
        async with ground.http.post(url, data=body, headers=_HEADERS) as answer:
            assert answer.status == HTTPStatus.ACCEPTED, answer.status  # noqa: S101 - else nothing was measured

    async def send() -> None:
        await sender.send_messages(ServiceBusMessage(BARE))

    answer, bare = await _medians((post, send), count, pause=0.25)
    return answer, bare


_HEADERS: Final = {"Content-Type": "application/json; charset=utf-8", "x-functions-key": FUNCTION_KEY}


async def _bus(sender: ServiceBusSender, receiver: ServiceBusReceiver, count: int) -> float:
    """Median seconds from the beginning of a bare send until the message is received."""
    deliveries = []
    for number in range(count + WARM_UP):
        receiving = asyncio.ensure_future(
            receiver.receive_messages(max_message_count=1, max_wait_time=PATIENCE)
        )
        await asyncio.sleep(0.05)
        began = time.perf_counter()
        await sender.send_messages(ServiceBusMessage(BARE))
        (message,) = await receiving
        received = time.perf_counter()
        await receiver.complete_message(message)
        if number >= WARM_UP:
            deliveries.append(received - began)
    return statistics.median(deliveries)


async def _bare(ground: Ground, count: int) -> dict[str, float]:
    """Median seconds of each round trip that a job cannot do without, by the app's own clients."""
    to, clock = ground.world.addresses, SystemClock()
    person, job = people_of(1)[0], UUID(int=0)
    rows = await ground.crowd.rows()
    job = UUID(rows[0]["spotler_jobid"])
    url = f"{to.functions}/api/spotler-jobs"
    # A user of its own: the app's limits are not touched.
    async with httpx.AsyncClient() as http:
        dataverse = DataverseClient(to.dataverse, SandboxTokens(to.dataverse), http, clock=clock)
        spotler = SpotlerClient(
            f"{to.spotler}/integrationservice", "sandbox-key", "sandbox-secret", http=http
        )
        columns = (Job.ID, Job.STATUS)
        siblings = Query(Job.SET, columns, filter=eq(Job.CUSTOMER, UUID(person.id)))

        async def hop() -> None:
            # Refused before anything is sent: what is left is the way to the function and back.
            async with ground.http.post(url, data=b"{}", headers=_HEADERS) as answer:
                await answer.read()

        async def update() -> None:
            await dataverse.update(Update(Job.SET, job, {Job.NAME: uuid4().hex}, if_match=ANY))

        steps: dict[str, Callable[[], Awaitable[Any]]] = {
            "webhook": hop,
            "read": lambda: dataverse.retrieve(Retrieve(Job.SET, job, columns)),
            "siblings": lambda: dataverse.query(siblings),
            "claim": update,
            "call": lambda: spotler.trigger_automation(CODE, person.id, ()),
            "write": update,
        }
        return {name: (await _medians((step,), count))[0] for name, step in steps.items()}


async def _medians(
    steps: Sequence[Callable[[], Awaitable[Any]]], count: int, pause: float = 0.0
) -> list[float]:
    """Median seconds of each step; in turns, so that each meets the same state of the machine."""
    taken: list[list[float]] = [[] for _ in steps]
    for number in range(count + WARM_UP):
        for step, seconds in zip(steps, taken, strict=True):
            began = time.perf_counter()
            await step()
            if number >= WARM_UP:
                seconds.append(time.perf_counter() - began)
            await asyncio.sleep(pause)
    return [statistics.median(seconds) for seconds in taken]
