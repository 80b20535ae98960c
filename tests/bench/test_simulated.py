"""Do the simulated services hold to their limits, and does all of the work go through them?"""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from bench.simulated.dataverse import ROOT, NotSimulated, SimulatedDataverse
from bench.simulated.loop import Stuck, simulate
from bench.simulated.queue import MOST_DELIVERIES, Message, SimulatedQueue
from bench.simulated.runs import ours, plain
from bench.simulated.spotler import ROOT as SPOTLER
from bench.simulated.spotler import SimulatedSpotler
from bench.terms import DATAVERSE_SECONDS, PART_SECONDS, SPOTLER_SECONDS, SPOTLER_TAKES
from sandbox.dataverse.protection import Limits

API = f"{ROOT}api/data/v9.2/"
TOO_MANY = 429


def test_an_hour_passes_at_once_and_in_order() -> None:
    """Time jumps from timer to timer."""
    seen: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append((name, asyncio.get_running_loop().time()))

    async def both() -> None:
        await asyncio.gather(sleeper("late", 3600), sleeper("early", 60))

    began = time.monotonic()
    simulate(both())
    assert time.monotonic() - began < 5
    assert [name for name, _ in seen] == ["early", "late"]
    assert [at for _, at in seen] == pytest.approx([60, 3600])


def test_waiting_for_what_never_comes_is_an_error() -> None:
    """A simulation that cannot go on says so instead of hanging."""

    async def forever() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Stuck):
        simulate(forever())


def _dataverse(limits: Limits) -> SimulatedDataverse:
    dataverse = SimulatedDataverse(lambda _job: None, limits)
    dataverse.save(0)
    return dataverse


async def _get(dataverse: SimulatedDataverse) -> httpx.Response:
    async with httpx.AsyncClient(transport=dataverse) as http:
        return await http.get(f"{API}spotler_jobs(66666666-0000-4000-8000-000000000000)")


def test_dataverse_takes_its_time_and_refuses_above_each_limit() -> None:
    """Requests, execution time and concurrency, each with the seconds to wait."""

    async def struck(limits: Limits, at_once: int) -> list[httpx.Response]:
        dataverse = _dataverse(limits)
        first = [await _get(dataverse) for _ in range(2)]
        assert asyncio.get_running_loop().time() == pytest.approx(2 * DATAVERSE_SECONDS)
        return [*first, *await asyncio.gather(*(_get(dataverse) for _ in range(at_once)))]

    for limits, at_once, passed in (
        (Limits(requests=3), 2, 3),
        (Limits(seconds=0.1), 2, 2),
        (Limits(concurrency=2), 3, 4),
    ):
        answers = simulate(struck(limits, at_once))
        assert [answer.status_code for answer in answers].count(200) == passed, limits
        refused = [answer for answer in answers if answer.status_code == TOO_MANY]
        assert len(refused) == len(answers) - passed
        assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)


def test_a_batch_costs_one_request_and_time_for_each_part() -> None:
    """As the sandbox charges it."""

    async def sent() -> float:
        dataverse = _dataverse(Limits())
        part = (
            "--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
            "GET /api/data/v9.2/spotler_jobs(66666666-0000-4000-8000-000000000000) HTTP/1.1\r\n"
            "Accept: application/json\r\n\r\n\r\n"
        )
        async with httpx.AsyncClient(transport=dataverse) as http:
            answer = await http.post(
                f"{API}$batch",
                content=part * 3 + "--b--\r\n",
                headers={"Content-Type": "multipart/mixed; boundary=b"},
            )
        assert answer.text.count("HTTP/1.1 200") == 3
        assert dataverse.requests == 1
        return asyncio.get_running_loop().time()

    assert simulate(sent()) == pytest.approx(DATAVERSE_SECONDS + 3 * PART_SECONDS)


def test_what_is_not_imitated_is_an_error() -> None:
    """No answer is made up."""

    async def ask() -> None:
        async with httpx.AsyncClient(transport=_dataverse(Limits())) as http:
            await http.get(f"{API}accounts")

    with pytest.raises(NotSimulated):
        simulate(ask())


def test_spotler_takes_so_many_calls_at_a_time() -> None:
    """What comes above is refused at once and starts nobody."""

    async def called() -> tuple[list[int], int, float]:
        spotler = SimulatedSpotler()
        async with httpx.AsyncClient(transport=spotler) as http:
            answers = await asyncio.gather(
                *(
                    http.post(f"{SPOTLER}/automation/trigger/c", json={"externalContactId": str(number)})
                    for number in range(SPOTLER_TAKES + 2)
                )
            )
        statuses = [answer.status_code for answer in answers]
        return statuses, spotler.started.total(), asyncio.get_running_loop().time()

    statuses, started, seconds = simulate(called())
    assert statuses.count(TOO_MANY) == 2
    assert started == SPOTLER_TAKES
    assert seconds == pytest.approx(SPOTLER_SECONDS)


def test_a_message_that_keeps_failing_becomes_a_dead_letter() -> None:
    """As the queues are configured."""

    async def served() -> tuple[int, int]:
        queue, seen = SimulatedQueue(), 0

        async def fails(_message: Message) -> None:
            nonlocal seen
            seen += 1
            raise RuntimeError

        await queue.send(["x"])
        task = asyncio.ensure_future(queue.serve_singly(fails, 2))
        await asyncio.sleep(60)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return seen, queue.dead

    assert simulate(served()) == (MOST_DELIVERIES, 1)


@pytest.mark.parametrize("run", [ours, plain])
def test_every_job_succeeds_once(run: object) -> None:
    """The app and the baseline both do all of the work, and the simulation counts it."""
    assert callable(run)
    seen = run(150)
    assert (seen.twice, seen.unsuccessful, seen.dead) == (0, 0, 0)
    assert seen.per_second < SPOTLER_TAKES / SPOTLER_SECONDS
    assert seen.requests > 0
