"""Many operations in one request: each keeps its own answer, and only what was not done is sent again."""

from __future__ import annotations

import json

import pytest

from dataverse import (
    ANY,
    Answered,
    Create,
    DataverseClient,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    Outcome,
    PreconditionFailed,
    Query,
    Rejected,
    Retrieve,
    RowGone,
    Update,
    Upsert,
)
from tests.dataverse.clock import StillClock
from tests.dataverse.conftest import JOB, CountingTokens
from tests.dataverse.service import Service, drops, fails, half, multipart, says

OK = "HTTP/1.1 204 No Content\nOData-Version: 4.0\n\n"
THROTTLED = "HTTP/1.1 429 Too Many Requests\nRetry-After: 3\n\n"
AWAY = "HTTP/1.1 503 Service Unavailable\nRetry-After: 1\n\n"
BROKEN = "HTTP/1.1 500 Internal Server Error\n\n"
UNAUTHORIZED = "HTTP/1.1 401 Unauthorized\n\n"
MADE = f'HTTP/1.1 204 No Content\nOData-EntityId: http://h/api/data/v9.2/posts({JOB})\nETag: W/"1"\n\n'


def update(number: int) -> Update:
    """An update that can be told from others on the wire."""
    return Update("spotler_jobs", JOB, {"n": f"update-{number}-"}, ANY)


def told(status: str, content: object) -> str:
    """A part with JSON."""
    return f"HTTP/1.1 {status}\nContent-Type: application/json\n\n{json.dumps(content)}\n"


def sent(service: Service, count: int) -> list[list[int]]:
    """Which updates were in which request."""
    return [[n for n in range(count) if f"update-{n}-".encode() in seen.body] for seen in service.seen]


def kinds(outcomes: list[Outcome]) -> list[type]:
    """What came of each."""
    return [type(outcome) for outcome in outcomes]


@pytest.mark.parametrize("line", ["\r\n", "\n"])
async def test_each_operation_has_its_answer(client: DataverseClient, service: Service, line: str) -> None:
    """All five operations, successes and failures, in their order."""
    service.plays(
        multipart(
            told("200 OK", {"value": [{"@odata.etag": 'W/"1"', "a": 1}], "@odata.nextLink": "x?y"}),
            told("200 OK", {"@odata.etag": 'W/"2"', "a": 2}),
            told("200 OK", {"@odata.etag": 'W/"3"', "a": 3}),
            OK,
            MADE,
            OK,
            told("412 Precondition Failed", {"error": {"code": "0x80060882", "message": "x"}}),
            told("404 Not Found", {"error": {"code": "0x80040217", "message": "x"}}),
            told("412 Precondition Failed", {"error": {"code": "0x80040237", "message": "x"}}),
            told("400 Bad Request", {"error": {"code": "0x80040203", "message": "x"}}),
            line=line,
        )
    )
    outcomes = await client.batch(
        [
            Query("spotler_jobs", ("a",)),
            Retrieve("spotler_jobs", JOB, ("a",)),
            Update("spotler_jobs", JOB, {}, 'W/"2"', returning=("a",)),
            update(0),
            Create("posts", {"text": "x"}),
            Upsert("spotler_automations", {"spotler_key": "a"}, {}),
            update(1),
            update(2),
            Create("posts", {"postid": JOB}),
            update(3),
        ]
    )
    query, retrieve, changed, plain, made, upserted, *failed = outcomes
    assert isinstance(query, Answered)
    assert (query.more, [row["a"] for row in query.rows]) == (True, [1])
    for outcome, etag in ((retrieve, 'W/"2"'), (changed, 'W/"3"')):
        assert isinstance(outcome, Answered)
        assert outcome.row is not None
        assert outcome.row.etag == outcome.etag == etag
    assert plain == upserted == Answered()
    assert made == Answered(id=JOB, etag='W/"1"')
    assert kinds(failed) == [PreconditionFailed, RowGone, DuplicateRow, Rejected]
    assert {getattr(error, "request_id", None) for error in failed} == {"whole-1"}


async def test_the_request(client: DataverseClient, service: Service) -> None:
    """A boundary of its own for each batch, continue-on-error, the token outside only."""
    service.plays(multipart(OK), multipart(OK))
    await client.batch([update(0)])
    await client.batch([update(0)])
    first, second = service.seen
    assert (first.method, first.target) == ("POST", "/api/data/v9.2/$batch")
    assert first.headers["Prefer"] == "odata.continue-on-error"
    assert first.headers["Content-Type"].startswith('multipart/mixed; boundary="batch_')
    assert first.headers["Content-Type"] != second.headers["Content-Type"]
    assert b"token" not in first.body
    assert b"\r\nIf-Match: *\r\n" in first.body


async def test_nothing_to_do(client: DataverseClient, service: Service) -> None:
    """No operations, no request."""
    assert await client.batch([]) == []
    assert service.seen == []


async def test_throttled_parts_are_sent_again_alone(
    client: DataverseClient, service: Service, clock: StillClock
) -> None:
    """The longest wanted wait counts; everything else keeps the answer it has."""
    service.plays(multipart(OK, AWAY, BROKEN, THROTTLED), multipart(OK, THROTTLED), multipart(OK))
    outcomes = await client.batch([update(n) for n in range(4)])
    assert sent(service, 4) == [[0, 1, 2, 3], [1, 3], [3]]
    assert kinds(outcomes) == [Answered, Answered, MayHaveBeenCarriedOut, Answered]
    assert clock.slept == [3.0, 3.0]


async def test_parts_whose_budget_ends(client: DataverseClient, service: Service, clock: StillClock) -> None:
    """Are returned as errors, since the others were carried out."""
    service.plays(multipart(OK, THROTTLED), *[multipart(THROTTLED)] * 9)
    outcomes = await client.batch([update(0), update(1)])
    assert kinds(outcomes) == [Answered, NotCarriedOut]
    assert (len(service.seen), len(clock.slept)) == (4, 3)


async def test_a_wait_beyond_the_budget(client: DataverseClient, service: Service, clock: StillClock) -> None:
    """Is not waited for at all."""
    service.plays(multipart(OK, THROTTLED.replace("3", "300")))
    outcomes = await client.batch([update(0), update(1)])
    error = outcomes[1]
    assert isinstance(error, NotCarriedOut)
    assert (error.retry_after, clock.slept) == (300.0, [])


async def test_a_repetition_that_fails_as_a_whole(client: DataverseClient, service: Service) -> None:
    """What was answered before is kept; only the parts sent again fail."""
    service.plays(multipart(OK, THROTTLED), drops(), drops(), drops())
    outcomes = await client.batch([update(0), update(1)])
    assert kinds(outcomes) == [Answered, MayHaveBeenCarriedOut]


async def test_a_whole_batch_is_repeated(
    client: DataverseClient, service: Service, clock: StillClock
) -> None:
    """Dropped, half, throttled as a whole: sent again whole."""
    service.plays(drops(), half(), fails(429, headers={"Retry-After": "2"}), multipart(OK, OK))
    assert kinds(await client.batch([update(0), update(1)])) == [Answered, Answered]
    assert sent(service, 2) == [[0, 1]] * 4
    assert clock.slept == [0.25, 0.5, 2.0]


async def test_creates_without_key_are_left_out_of_an_unclear_repetition(
    client: DataverseClient, service: Service
) -> None:
    """They might be doubled; the others are sent again."""
    service.plays(drops(), multipart(OK))
    outcomes = await client.batch([Create("posts", {"text": "once"}), update(0)])
    assert kinds(outcomes) == [MayHaveBeenCarriedOut, Answered]
    assert [b"once" in seen.body for seen in service.seen] == [True, False]


@pytest.mark.parametrize("parts", [[OK], [OK, OK, OK], [], ["HTTP/1.1 nonsense\n\n", OK]])
async def test_answers_that_do_not_fit(client: DataverseClient, service: Service, parts: list[str]) -> None:
    """An answer might belong to another operation, so none is believed."""
    service.plays(*[multipart(*parts)] * 9)
    with pytest.raises(MayHaveBeenCarriedOut):
        await client.batch([update(0), update(1)])
    assert len(service.seen) == 4


async def test_a_success_that_is_no_batch(client: DataverseClient, service: Service) -> None:
    """Accepted is not carried out."""
    service.plays(*[multipart(OK, status=202)] * 9)
    with pytest.raises(MayHaveBeenCarriedOut):
        await client.batch([update(0)])


async def test_a_batch_refused_as_a_whole(client: DataverseClient, service: Service) -> None:
    """By its own status."""
    service.plays(fails(400, "0x80060888"), multipart(OK, status=400), says(403, text="<html>"))
    for kind in (Rejected, Rejected, NotAllowed):
        with pytest.raises(kind):
            await client.batch([update(0)])
    assert len(service.seen) == 3


async def test_a_new_token_for_single_parts(
    client: DataverseClient, service: Service, tokens: CountingTokens, clock: StillClock
) -> None:
    """Parts answered 401 are sent again, alone and at once."""
    service.plays(multipart(OK, UNAUTHORIZED, OK, UNAUTHORIZED), multipart(OK, THROTTLED), multipart(OK))
    outcomes = await client.batch([update(n) for n in range(4)])
    assert kinds(outcomes) == [Answered] * 4
    assert sent(service, 4) == [[0, 1, 2, 3], [1, 3], [3]]
    assert [seen.headers["Authorization"][-1] for seen in service.seen] == ["1", "2", "2"]
    assert (tokens.renewals, clock.slept) == (1, [3.0])


async def test_parts_that_stay_unauthorized(
    client: DataverseClient, service: Service, tokens: CountingTokens
) -> None:
    """One renewal for the whole call, then the refusal stands."""
    service.plays(multipart(THROTTLED, UNAUTHORIZED), multipart(UNAUTHORIZED), multipart(UNAUTHORIZED))
    outcomes = await client.batch([update(0), update(1)])
    assert kinds(outcomes) == [NotAllowed, NotAllowed]
    assert sent(service, 2) == [[0, 1], [1], [0]]
    assert tokens.renewals == 1


async def test_a_renewal_that_fails_keeps_the_other_answers(
    client: DataverseClient, service: Service
) -> None:
    """What was carried out stays told."""
    service.plays(multipart(OK, UNAUTHORIZED), fails(403))
    assert kinds(await client.batch([update(0), update(1)])) == [Answered, NotAllowed]


async def test_more_than_a_batch_takes(client: DataverseClient, service: Service) -> None:
    """Split at 1,000; a later chunk that fails keeps the answers of the earlier."""
    service.plays(multipart(*[OK] * 1000), fails(403), fails(403))
    outcomes = await client.batch([update(n) for n in range(1002)])
    assert kinds(outcomes) == [*[Answered] * 1000, NotAllowed, NotAllowed]
    assert [seen.body.count(b"PATCH ") for seen in service.seen] == [1000, 2]
    with pytest.raises(NotAllowed):
        await client.batch([update(n) for n in range(1002)])


async def test_what_cannot_be_written_sends_nothing(client: DataverseClient, service: Service) -> None:
    """A mistake in one operation is told before any is sent."""
    with pytest.raises(TypeError):
        await client.batch([update(0), Create("posts", {"text": object()})])
    assert service.seen == []
