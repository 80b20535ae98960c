"""The service protection limits count as documented."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from sandbox.dataverse.protection import Limits, Protection, Throttled, Ticket
from sandbox.dataverse.service import Service
from sandbox.dataverse.switchboard import Latency
from tests.sandbox.dataverse.service import KIM, Client, code, serving, until
from tests.sandbox.dataverse.test_batch import multipart, part, send, statuses


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        """Seconds."""
        return self.time


@contextmanager
def refused(protection: Protection, user: str = "a") -> Iterator[list[Throttled]]:
    """One request that must not be let in; what it was told."""
    told: list[Throttled] = []
    with pytest.raises(Throttled) as error, protection.admitted(user):
        pass
    told.append(error.value)
    yield told


def ask(protection: Protection, user: str = "a", seconds: float = 0.0) -> Ticket:
    """One request that must be let in."""
    with protection.admitted(user) as ticket:
        ticket.seconds = seconds
    return ticket


def test_the_documented_numbers_are_the_default() -> None:
    """6,000 requests, 1,200 seconds, 52 at a time, over five minutes."""
    assert Limits() == Limits(requests=6000, window=300.0, concurrency=52, seconds=1200.0)


def test_requests_in_a_sliding_window() -> None:
    """The window slides with each request; the answer says when the oldest one leaves it."""
    clock = Clock()
    protection = Protection(Limits(requests=2), clock)
    ask(protection)
    clock.time += 100
    ask(protection)
    with refused(protection) as [told]:
        assert (told.code, told.retry_after) == ("0x80072322", 200)
    ask(protection, "b")
    clock.time += 200
    ask(protection)
    with refused(protection) as [told]:
        assert told.retry_after == 100


def test_who_ignores_the_answer_is_told_to_wait_longer() -> None:
    """Each request inside the wait adds a second to it."""
    clock = Clock()
    protection = Protection(Limits(requests=1, window=10), clock)
    ask(protection)
    waits = []
    for _ in range(3):
        with refused(protection) as [told]:
            waits.append(told.retry_after)
    assert waits == [10, 11, 12]
    clock.time += 12
    ask(protection)


def test_execution_time() -> None:
    """Charged at the end of each request, and forgotten with the window."""
    clock = Clock()
    protection = Protection(Limits(seconds=3, window=60), clock)
    ask(protection, seconds=2)
    clock.time += 20
    ask(protection, seconds=2)
    assert protection.remaining("a") == (5998, -1.0)
    with refused(protection) as [told]:
        assert (told.code, told.retry_after) == ("0x80072321", 40)
    clock.time += 40
    ask(protection)


def test_concurrency() -> None:
    """As many side by side as allowed; a place is free once one has ended, whatever its end."""
    protection = Protection(Limits(concurrency=3), Clock())
    with ExitStack() as running:
        for _ in range(3):
            running.enter_context(protection.admitted("a"))
        with refused(protection) as [told]:
            assert (told.code, told.retry_after) == ("0x80072326", 1)
        ask(protection, "b")
    with pytest.raises(RuntimeError), protection.admitted("a"):
        raise RuntimeError
    ask(protection)
    assert protection.as_json()["a"]["running"] == 0


async def test_throttled_over_http() -> None:
    """429 with code and Retry-After for this user alone; others and control routes go on."""
    async with serving(Service(installed=True, limits=Limits(requests=2))) as client:
        first = await client("GET", "WhoAmI")
        assert first.headers["x-ms-ratelimit-burst-remaining-xrm-requests"] == "1"
        assert first.headers["x-ms-ratelimit-time-remaining-xrm-requests"] == "1200.00"
        await client("GET", "WhoAmI")
        throttled = await client("GET", "WhoAmI")
        assert code(throttled) == (429, "0x80072322")
        assert 1 <= int(throttled.headers["Retry-After"]) <= 300
        client.token = (await client.control("POST", "token", {"user": "Kim"}))["access_token"]
        assert (await client("GET", "WhoAmI")).status_code == 200
        used = (await client.control("GET", "limits"))["used"]
        assert used["Kim"]["requests"] == 1
        await client.control("POST", "reset")
        assert (await client("GET", "WhoAmI")).status_code == 200


async def test_a_batch_counts_once_and_takes_the_time_of_its_parts() -> None:
    """One request, whatever it holds; its execution time is its own and that of every part."""
    async with serving(Service(installed=True, latency=Latency(0.01, 0.005))) as client:
        body = multipart("batch_1", *[part("GET", f"contacts({KIM})")] * 4)
        assert statuses(await send(client, body)) == [200] * 4
        used = (await client.control("GET", "limits"))["used"]["# Spotler Jobs"]
        assert used == {"requests": 1, "seconds": 0.03, "running": 0}


async def test_latency_is_felt_and_concurrency_is_real() -> None:
    """Requests that run side by side are counted while they run."""
    service = Service(installed=True, limits=Limits(concurrency=2), latency=Latency(0.2))
    async with serving(service) as client:
        running = [asyncio.create_task(client("GET", "WhoAmI")) for _ in range(2)]
        await until(lambda: service.protection.as_json().get("# Spotler Jobs", {}).get("running") == 2)
        assert code(await client("GET", "WhoAmI")) == (429, "0x80072326")
        assert [(await one).status_code for one in running] == [200, 200]


async def test_limits_can_be_changed_while_it_runs(client: Client) -> None:
    """By a control route, which refuses what it does not know."""
    changed = await client.control("POST", "limits", {"requests": 1, "part_latency": 0.5})
    assert (changed["requests"], changed["part_latency"], changed["window"]) == (1, 0.5, 300.0)
    await client("GET", "WhoAmI")
    assert (await client("GET", "WhoAmI")).status_code == 429
    for wrong in ({"speed": 1}, {"requests": "1"}, {"window": -1}):
        answer = await client.http.post("/_sandbox/limits", json=wrong)
        assert answer.status_code == 400
