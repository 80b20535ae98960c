"""Do faults, journal and control routes do over a real socket what they promise?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import aiohttp
import pytest

from sandbox.control.journal import KEPT, Journal
from tests.sandbox.control.conftest import World


async def until(met: Callable[[], bool]) -> None:
    """Wait for a condition; after 5 seconds it is not going to come."""
    async with asyncio.timeout(5):
        while not met():  # noqa: ASYNC110 - the condition lies in the part, which has no event to offer
            await asyncio.sleep(0.005)


async def test_without_faults_a_request_takes_effect_and_is_journalled(world: World) -> None:
    """Time, method, path with query, status and duration of every request, oldest first."""
    assert (await world.post("/base/one?q=a%20b"))[0] == 201
    assert (await world.post("/base/two"))[0] == 201
    first, second = await world.journal()
    assert (first["method"], first["path"], first["status"]) == ("POST", "/base/one?q=a%20b", 201)
    assert second["path"] == "/base/two"
    assert first["answered"] is True
    assert first["fault"] is None
    assert first["children"] == []
    assert first["seconds"] >= 0
    assert first["time"].endswith("Z")
    assert first["time"] <= second["time"]


async def test_the_journal_is_emptied(world: World) -> None:
    """DELETE forgets what was, and control calls never appear."""
    await world.post("/base/one")
    assert await world.control_call("DELETE", "journal") == (200, {"removed": 1})
    assert await world.journal() == []


def test_the_journal_is_bounded() -> None:
    """The oldest request falls out."""
    journal = Journal()
    for _ in range(KEPT + 1):
        journal.begin("GET", "/")
    assert (len(journal.entries()), journal.entries()[0].id) == (KEPT, 2)


async def test_the_parts_of_a_batch_are_its_children(world: World) -> None:
    """A batch is one request with children in its order."""
    await world.post("/base/$batch")
    (batch,) = await world.journal()
    assert batch["children"] == [
        {"method": "GET", "path": "rows(1)", "status": 200},
        {"method": "PATCH", "path": "/base/rows(2)", "status": 204},
    ]


async def test_a_fault_strikes_a_part_of_a_batch(world: World) -> None:
    """The same match that disturbs a request of its own disturbs a part."""
    await world.fault(match="GET /rows", kind="status", status=429, retry_after="3", times=1)
    _, _, text = await world.post("/base/$batch")
    assert '"retry": "3"' in text
    assert (await world.journal())[0]["children"][0]["status"] == 429


async def test_status_answers_without_effect_and_sends_retry_after_as_given(world: World) -> None:
    """After `times` strikes the next request goes through."""
    date = "Wed, 21 Oct 2026 07:28:00 GMT"
    await world.fault(match="POST /one", kind="status", status=503, retry_after=date, times=2)
    for _ in range(2):
        status, retry_after, _ = await world.post("/base/one")
        assert (status, retry_after) == (503, date)
    assert world.effects == []
    assert (await world.post("/base/one"))[0] == 201
    _, (fault,) = await world.control_call("GET", "faults")
    assert (fault["remaining"], fault["hits"], fault["times"]) == (0, 2, 2)


async def test_status_can_carry_a_body_of_its_own(world: World) -> None:
    """Any JSON can be played, an empty list included."""
    await world.fault(match="* /one", kind="status", status=200, body=[])
    assert await world.post("/base/one") == (200, "", "[]")
    assert world.effects == []


@pytest.mark.parametrize("path", ["/base/%24batch", "/base/$batch"])
async def test_a_whole_batch_is_matched_by_its_name(world: World, path: str) -> None:
    """Percent-encoded or not."""
    await world.fault(match="POST /$batch", kind="status", status=504)
    assert (await world.post(path))[0] == 504


async def test_the_longest_base_path_is_cut_off(world: World) -> None:
    """A base that begins like another one does not hide it."""
    await world.fault(match="POST /x", kind="status", status=500)
    assert (await world.post("/base/longer/x"))[0] == 500
    assert (await world.post("/base/x"))[0] == 500
    assert (await world.post("/base/longerx"))[0] == 201


async def test_drop_before_has_no_effect(world: World) -> None:
    """The connection closes without an answer and nothing has happened."""
    fault = await world.fault(match="POST /", kind="drop_before")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await world.post("/base/one")
    assert world.effects == []
    (entry,) = await world.journal()
    assert (entry["status"], entry["answered"], entry["fault"]) == (None, False, fault)


async def test_drop_after_has_its_effect(world: World) -> None:
    """The connection closes without an answer and it has happened."""
    await world.fault(match="POST /", kind="drop_after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await world.post("/base/one")
    assert world.effects == ["x"]
    (entry,) = await world.journal()
    assert (entry["status"], entry["answered"]) == (None, False)


async def raw_exchange(world: World, path: str) -> bytes:
    """Every byte that comes back for one POST."""
    host, port = world.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx".encode())
    async with asyncio.timeout(5):
        told = await reader.read()
    writer.close()
    await writer.wait_closed()
    return told


async def test_half_body_sends_the_whole_head_and_half_the_body(world: World) -> None:
    """The promised length is that of the whole body."""
    await world.fault(match="POST /", kind="half_body")
    head, _, body = (await raw_exchange(world, "/base/one")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 ")
    promised = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    assert (promised, len(body)) == (114, 57)
    assert world.effects == ["x"]
    assert (await world.journal())[0]["answered"] is False


async def test_half_body_of_an_answer_without_body_cuts_its_head(world: World) -> None:
    """A 204 must not arrive as a good answer."""
    await world.fault(match="POST /", kind="half_body")
    told = await raw_exchange(world, "/base/silent")
    assert told.startswith(b"HTTP/1.1")
    assert b"\r\n\r\n" not in told
    assert world.effects == ["x"]


async def test_html_has_no_effect_unless_asked_for(world: World) -> None:
    """A page instead of an answer, before or after the effect."""
    await world.fault(match="POST /", kind="html", times=1)
    await world.fault(match="POST /", kind="html", after=True, status=502)
    status, _, text = await world.post("/base/one")
    assert (status, text.startswith("<!DOCTYPE html>"), world.effects) == (200, True, [])
    assert (await world.post("/base/one"))[0] == 502
    assert world.effects == ["x"]


async def test_an_answer_that_is_an_http_error_is_disturbed_too(world: World) -> None:
    """drop_after drops a refusal as well."""
    assert (await world.post("/base/conflict"))[0] == 409
    await world.fault(match="POST /", kind="drop_after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await world.post("/base/conflict")
    assert [one["status"] for one in await world.journal()] == [409, None]


async def test_delay_proceeds_after_its_time(world: World) -> None:
    """A patient client gets the answer."""
    await world.fault(match="POST /", kind="delay", seconds=0.05)
    assert (await world.post("/base/one"))[0] == 201
    assert (await world.journal())[0]["seconds"] >= 0.05


async def test_an_abandoned_request_takes_effect_late(world: World) -> None:
    """The client has gone away, the effect comes all the same, and the journal says nobody heard of it."""
    await world.fault(match="POST /", kind="delay", seconds=0.2)
    with pytest.raises(TimeoutError):
        await world.post("/base/one", seconds=0.05)
    assert world.effects == []
    await until(lambda: world.effects == ["x"])
    await until(lambda: world.control.journal.entries()[0].seconds is not None)
    (entry,) = await world.journal()
    assert (entry["status"], entry["answered"]) == (201, False)


async def test_a_reset_drops_what_still_waits(world: World) -> None:
    """A late effect of an earlier test does not reach the fresh state."""
    await world.fault(match="POST /", kind="delay", seconds=0.1)
    waiting = asyncio.create_task(world.post("/base/one"))
    await until(lambda: len(world.control.journal.entries()) == 1)
    assert await world.control_call("POST", "reset") == (200, {"reset": True})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await waiting
    assert world.effects == []
    assert await world.control_call("GET", "faults") == (200, [])
    assert await world.journal() == []


async def test_throttle_lets_only_so_many_in(world: World) -> None:
    """Those above the limit get 429 with Retry-After; those inside meet the other faults."""
    await world.fault(match="POST /", kind="throttle", limit=2)
    await world.fault(match="POST /", kind="delay", seconds=0.1)
    told = await asyncio.gather(*(world.post("/base/one") for _ in range(5)))
    assert sorted(status for status, _, _ in told) == [201, 201, 429, 429, 429]
    assert {retry for status, retry, _ in told if status == 429} == {"1"}
    assert (await world.post("/base/one"))[0] == 201
    _, (throttle, _) = await world.control_call("GET", "faults")
    assert throttle["hits"] == 3


async def test_faults_are_deleted_one_by_one_or_all(world: World) -> None:
    """An id that is not there is told."""
    first = await world.fault(match="POST /", kind="drop_before")
    await world.fault(match="POST /", kind="status", status=500)
    assert await world.control_call("DELETE", f"faults?id={first}") == (200, {"removed": 1})
    assert (await world.post("/base/one"))[0] == 500
    assert (await world.control_call("DELETE", f"faults?id={first}"))[0] == 400
    assert await world.control_call("DELETE", "faults") == (200, {"removed": 1})
    assert (await world.post("/base/one"))[0] == 201


async def test_control_routes_are_never_disturbed(world: World) -> None:
    """A fault on everything can still be switched off."""
    await world.fault(match="* /", kind="drop_before")
    assert (await world.control_call("DELETE", "faults"))[0] == 200


async def test_seed_goes_to_the_part(world: World) -> None:
    """Its count is answered, its refusal becomes a 400."""
    assert await world.control_call("POST", "seed", {"rows": [1, 2]}) == (200, {"rows": 2})
    assert await world.control_call("POST", "seed", {}) == (400, {"error": "rows is missing."})


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("faults", b"", "empty"),
        ("faults", b"{", "not JSON"),
        ("faults", b"\xff\xfe\xff", "not JSON"),
        ("faults", b"[" * 100_000, "not JSON"),
        ("seed", b"[]", "an object is expected"),
        ("seed", b"3", "an object is expected"),
    ],
)
async def test_bad_control_input_gets_a_sentence(world: World, path: str, body: bytes, word: str) -> None:
    """400, and the sentence says what is wrong."""
    async with world.http.post(f"{world.url}/_sandbox/{path}", data=body) as answer:
        assert answer.status == 400
        assert word in (await answer.json())["error"]


async def test_an_unknown_control_route_gets_a_sentence(world: World) -> None:
    """404 and 405 are JSON under the control."""
    assert await world.control_call("GET", "nothing") == (
        404,
        {"error": "GET /_sandbox/nothing: Not Found."},
    )
    assert (await world.control_call("GET", "reset"))[0] == 405
