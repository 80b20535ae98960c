"""Each call over a real socket: what is sent, what is repeated, what is raised."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable

import httpx
import pytest
from aiohttp import web

from dataverse import (
    ANY,
    Create,
    DataverseClient,
    DataverseError,
    DuplicateRow,
    Limits,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    PreconditionFailed,
    Query,
    Rejected,
    Retrieve,
    RowGone,
    Update,
    Upsert,
    WrongPath,
    odata,
)
from tests.dataverse.clock import StillClock
from tests.dataverse.conftest import JOB, CountingTokens
from tests.dataverse.service import Reaction, Service, drops, fails, half, hangs, multipart, page, says

ROOT = "/api/data/v9.2/"
JOBS = Query("spotler_jobs", ("spotler_name",))
UPDATE = Update("spotler_jobs", JOB, {"spotler_name": "x"}, 'W/"7"')
POST = Create("posts", {"postid": JOB, "text": "x"})
ANONYMOUS_POST = Create("posts", {"text": "x"})

type Call = Callable[[DataverseClient], Awaitable[object]]
CALLS: dict[str, Call] = {
    "query": lambda client: client.query(JOBS),
    "retrieve": lambda client: client.retrieve(Retrieve("spotler_jobs", JOB, ("a",))),
    "update": lambda client: client.update(UPDATE),
    "create": lambda client: client.create(POST),
    "upsert": lambda client: client.upsert(Upsert("spotler_automations", {"spotler_key": "a"}, {})),
    "batch": lambda client: client.batch([UPDATE, UPDATE]),
    "who_am_i": lambda client: client.who_am_i(),
    "navigation_names": lambda client: client.navigation_names("spotler_job"),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())


def created(table_set: str = "posts", status: int = 204) -> Reaction:
    """Dataverse's answer to a create."""
    return says(status, headers={"OData-EntityId": f"https://h/api/data/v9.2/{table_set}({JOB})"})


async def test_query(client: DataverseClient, service: Service) -> None:
    """One page: address, headers, rows."""
    service.plays(page({"@odata.etag": 'W/"1"', "spotler_name": "a"}))
    rows = await client.query(JOBS)
    assert [(row.etag, row["spotler_name"]) for row in rows] == [('W/"1"', "a")]
    (seen,) = service.seen
    assert (seen.method, seen.target) == ("GET", f"{ROOT}spotler_jobs?$select=spotler_name")
    expected = {
        "Authorization": "Bearer token-1",
        "Accept": "application/json",
        "OData-Version": "4.0",
        "OData-MaxVersion": "4.0",
        "If-None-Match": "null",
        "Prefer": 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"',
    }
    assert expected.items() <= seen.headers.items()


async def test_pages(client: DataverseClient, service: Service) -> None:
    """The link is followed to the letter, with the same Prefer."""
    rest = f"{ROOT}spotler_jobs?$select=a&$skiptoken=%3Ccookie%20pagenumber=%222%22%20x='%253c'/%3E"
    service.plays(page({"a": 1}, next_link="{url}" + rest), page(), page({"a": 2}))
    service.reactions[1] = page(next_link="{url}" + rest + "3")
    rows = await client.query(Query("spotler_jobs", ("a",), page_size=1))
    assert [row["a"] for row in rows] == [1, 2]
    assert [seen.target for seen in service.seen[1:]] == [rest, rest + "3"]
    assert len({seen.headers["Prefer"] for seen in service.seen}) == 1
    assert service.seen[0].headers["Prefer"].startswith("odata.maxpagesize=1,")


async def test_relative_link(client: DataverseClient, service: Service) -> None:
    """A link may also be relative to the Web API."""
    service.plays(page({"a": 1}, next_link="spotler_jobs?$skiptoken=2"), page({"a": 2}))
    assert len(await client.query(JOBS)) == 2
    assert service.seen[1].target == f"{ROOT}spotler_jobs?$skiptoken=2"


async def test_max_rows(client: DataverseClient, service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """No page is asked for beyond the bound, and that rows are missing is logged."""
    service.plays(*(page({"a": n}, {"a": n}, next_link=f"{{url}}{ROOT}x?p={n}") for n in range(9)))
    rows = await client.query(Query("spotler_jobs", ("a",), page_size=2, max_rows=3))
    assert [row["a"] for row in rows] == [0, 0, 1]
    assert len(service.seen) == 2
    assert [record.message for record in caplog.records if record.name.startswith("dataverse")] == [
        "dataverse.query_bounded"
    ]


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/api/data/v9.2/spotler_jobs",
        "https://127.0.0.1/api/data/v9.2/spotler_jobs",
        "http://127.0.0.1:1/api/data/v9.2/spotler_jobs",
        "//evil.example/api/data/v9.2/x",
        "{url}/other",
        "{url}.evil.example/api/data/v9.2/x",
        "{url}@evil.example/api/data/v9.2/x",
        "http://127.0.0.1:port/api/data/v9.2/x",
        "http://[::1/api/data/v9.2/x",
        "file:///etc/passwd",
    ],
)
async def test_links_to_elsewhere(client: DataverseClient, service: Service, link: str) -> None:
    """The token goes to the configured host only, whatever an answer says."""
    service.plays(page({"a": 1}, next_link=link))
    with pytest.raises(Rejected, match="Next page"):
        await client.query(JOBS)
    assert len(service.seen) == 1


async def test_pages_that_do_not_end(client: DataverseClient, service: Service) -> None:
    """A link to itself is told, not followed for ever."""
    service.plays(*(page(next_link=f"{{url}}{ROOT}x?p=1") for _ in range(9)))
    with pytest.raises(Rejected, match="do not end"):
        await client.query(JOBS)
    assert len(service.seen) == 2


async def test_empty_pages_that_do_not_end(client: DataverseClient, service: Service) -> None:
    """Ever new links without rows are bound by the number of rows wanted."""
    service.plays(*(page(next_link=f"{{url}}{ROOT}x?p={n}") for n in range(9)))
    with pytest.raises(Rejected, match="do not end"):
        await client.query(Query("spotler_jobs", ("a",), max_rows=3))
    assert len(service.seen) == 4


async def test_first_page(client: DataverseClient, service: Service) -> None:
    """Count and more."""
    service.plays(page({"a": 1}, next_link=f"{{url}}{ROOT}x?p=1", count=7))
    answered = await client.first_page(Query("spotler_jobs", ("a",), count=True))
    assert (len(answered.rows), answered.count, answered.more) == (1, 7, True)


async def test_long_addresses_travel_in_a_batch(client: DataverseClient, service: Service) -> None:
    """An In list of hundreds of ids: same answer, same paging, no long address on the wire."""
    query = Query("spotler_jobs", ("a",), filter=odata.is_in("spotler_jobid", [JOB] * 100), page_size=2)
    link = f"{service.url}{ROOT}spotler_jobs?$skiptoken={'x' * 2000}"
    content = json.dumps({"value": [{"a": 1}], "@odata.nextLink": link})
    service.plays(
        multipart(f"HTTP/1.1 200 OK\nContent-Type: application/json\n\n{content}"),
        multipart('HTTP/1.1 200 OK\nContent-Type: application/json\n\n{"value":[{"a":2}]}'),
    )
    assert [row["a"] for row in await client.query(query)] == [1, 2]
    first, second = service.seen
    assert (first.method, first.target) == ("POST", f"{ROOT}$batch")
    assert f"GET {ROOT}spotler_jobs?$select=a&$filter=Microsoft.Dynamics.CRM.In(".encode() in first.body
    assert f"GET {ROOT}spotler_jobs?$skiptoken=xxx".encode() in second.body
    for seen in service.seen:
        assert b"\r\nPrefer: odata.maxpagesize=2,odata.include-annotations=" in seen.body


@pytest.mark.parametrize(
    ("part", "kind", "sends"),
    [
        ("HTTP/1.1 403 Forbidden\n\n", NotAllowed, 1),
        ("HTTP/1.1 429 Too Many\nRetry-After: 1\n\n", NotCarriedOut, 4),
        ("HTTP/1.1 401 Unauthorized\n\n", NotAllowed, 2),
    ],
)
async def test_failures_of_long_addresses(
    client: DataverseClient, service: Service, part: str, kind: type[DataverseError], sends: int
) -> None:
    """What the part says counts, with renewal and repetition as everywhere."""
    service.plays(*(multipart(part) for _ in range(9)))
    with pytest.raises(kind):
        await client.query(Query("spotler_jobs", ("a",), filter=odata.eq("a", "x" * 2000)))
    assert sends == len(service.seen)


@pytest.mark.parametrize("status", [401, 403])
async def test_long_addresses_refused_as_a_whole(
    client: DataverseClient, service: Service, status: int
) -> None:
    """The batch around a long address may itself be refused."""
    service.plays(fails(status), fails(status))
    with pytest.raises(NotAllowed):
        await client.query(Query("spotler_jobs", ("a",), filter=odata.eq("a", "x" * 2000)))


async def test_retrieve(client: DataverseClient, service: Service) -> None:
    """One row, its etag, and 404 as RowGone."""
    service.plays(says(200, {"@odata.etag": 'W/"1"', "a": 1}), fails(404, "0x80040217"))
    row = await client.retrieve(Retrieve("spotler_jobs", JOB, ("a",)))
    assert (row.etag, row["a"]) == ('W/"1"', 1)
    assert service.seen[0].target == f"{ROOT}spotler_jobs({JOB})?$select=a"
    with pytest.raises(RowGone):
        await client.retrieve(Retrieve("spotler_jobs", JOB, ("a",)))


async def test_update(client: DataverseClient, service: Service) -> None:
    """Never without If-Match; the row where it was asked for."""
    service.plays(says(204), says(200, {"@odata.etag": 'W/"8"', "a": 1}))
    assert await client.update(UPDATE) is None
    row = await client.update(Update("spotler_jobs", JOB, {"a": 1}, ANY, returning=("a",)))
    assert row is not None
    assert row.etag == 'W/"8"'
    first, second = service.seen
    assert (first.method, first.target, first.body) == (
        "PATCH",
        f"{ROOT}spotler_jobs({JOB})",
        b'{"spotler_name":"x"}',
    )
    assert (first.headers["If-Match"], second.headers["If-Match"]) == ('W/"7"', "*")
    assert first.headers["Content-Type"] == "application/json; charset=utf-8"
    assert second.target.endswith("?$select=a")


async def test_create(client: DataverseClient, service: Service) -> None:
    """The id the service tells."""
    service.plays(created())
    assert await client.create(ANONYMOUS_POST) == JOB
    assert (service.seen[0].method, service.seen[0].target) == ("POST", f"{ROOT}posts")


async def test_upsert(client: DataverseClient, service: Service) -> None:
    """Addressed by key, without any condition."""
    service.plays(says(204))
    await client.upsert(Upsert("spotler_automations", {"spotler_key": "a'1"}, {"spotler_name": "x"}))
    (seen,) = service.seen
    assert (seen.method, seen.target) == ("PATCH", f"{ROOT}spotler_automations(spotler_key='a''1')")
    assert not {"If-Match", "If-None-Match"} & seen.headers.keys()


async def test_who_am_i(client: DataverseClient, service: Service) -> None:
    """The user's id, or an answer that cannot be read."""
    service.plays(says(200, {"UserId": str(JOB)}), *(says(200, {"UserId": 5}) for _ in range(4)))
    assert await client.who_am_i() == JOB
    assert service.seen[0].target == f"{ROOT}WhoAmI"
    with pytest.raises(MayHaveBeenCarriedOut):
        await client.who_am_i()


async def test_navigation_names(client: DataverseClient, service: Service) -> None:
    """The names as the metadata spells them; none where there is no such table."""
    names = ["regardingobjectid_contact", "regardingobjectid_lead"]
    service.plays(
        page(*({"ReferencingEntityNavigationPropertyName": name} for name in [*names, None])),
        fails(404, "0x80060888", message="Resource not found for the segment 'post'."),
        fails(404),
        says(404, text="<html>"),
    )
    assert await client.navigation_names("post") == frozenset(names)
    assert service.seen[0].target == (
        f"{ROOT}EntityDefinitions(LogicalName='post')/ManyToOneRelationships"
        "?$select=ReferencingEntityNavigationPropertyName"
    )
    assert await client.navigation_names("post") == frozenset()
    assert await client.navigation_names("post") == frozenset()
    with pytest.raises(WrongPath):
        await client.navigation_names("post")
    with pytest.raises(ValueError, match="letters"):
        await client.navigation_names("a')/x")


@pytest.mark.parametrize(
    "failing", [drops(), half(), hangs(), fails(500), fails(502), fails(503), fails(504)]
)
async def test_unclear_answers_are_repeated(
    client: DataverseClient, service: Service, clock: StillClock, failing: Reaction
) -> None:
    """A guarded write is sent again after growing waits, with the very same content."""
    service.plays(failing, failing, says(204))
    await client.update(UPDATE)
    assert clock.slept == [0.25, 0.5]
    assert len({(seen.target, seen.body, seen.headers["If-Match"]) for seen in service.seen}) == 1


@every_call
@pytest.mark.parametrize(
    ("failing", "kind"),
    [
        (drops(), MayHaveBeenCarriedOut),
        (half(), MayHaveBeenCarriedOut),
        (fails(500), MayHaveBeenCarriedOut),
        (fails(503), MayHaveBeenCarriedOut),
        (says(200, text="<html>Sign in</html>"), MayHaveBeenCarriedOut),
        (says(200, text="<html>", headers={"Content-Encoding": "gzip"}), MayHaveBeenCarriedOut),
        (fails(503, headers={"Retry-After": "1"}), NotCarriedOut),
        (fails(429, "0x80072322", headers={"Retry-After": "1"}), NotCarriedOut),
        (fails(429, "0x80072321", headers={"Retry-After": "1"}), NotCarriedOut),
        (fails(429, "0x80072326", headers={"Retry-After": "1"}), NotCarriedOut),
    ],
)
async def test_every_call_gives_up(
    *,
    client: DataverseClient,
    service: Service,
    clock: StillClock,
    call: Call,
    failing: Reaction,
    kind: type[DataverseError],
) -> None:
    """Four sends, three waits, then the last failure."""
    service.plays(*[failing] * 9)
    with pytest.raises(kind):
        await call(client)
    assert (len(service.seen), len(clock.slept)) == (4, 3)


@every_call
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "0x80040203", Rejected),
        (403, "0x80072560", NotAllowed),
        (405, "", WrongPath),
        (501, "", WrongPath),
        (302, "", WrongPath),
    ],
)
async def test_every_call_tells_what_stays_wrong(
    *,
    client: DataverseClient,
    service: Service,
    clock: StillClock,
    call: Call,
    status: int,
    code: str,
    kind: type[DataverseError],
) -> None:
    """Sent once, never again."""
    service.plays(fails(status, code, headers={"REQ_ID": "r-1"}))
    with pytest.raises(kind) as caught:
        await call(client)
    assert (caught.value.status, caught.value.code, caught.value.request_id) == (status, code or None, "r-1")
    assert (len(service.seen), clock.slept) == (1, [])


@pytest.mark.parametrize(
    ("call", "status", "code", "kind"),
    [
        ("update", 404, "0x80040217", RowGone),
        ("update", 412, "0x80060882", PreconditionFailed),
        ("update", 412, "", PreconditionFailed),
        ("create", 412, "0x80040237", DuplicateRow),
        ("upsert", 412, "0x80060892", DuplicateRow),
    ],
)
async def test_guarded_writes(
    *,
    client: DataverseClient,
    service: Service,
    call: str,
    status: int,
    code: str,
    kind: type[DataverseError],
) -> None:
    """What a condition or a key says is an answer, not a failure to repeat."""
    service.plays(fails(status, code))
    with pytest.raises(kind):
        await CALLS[call](client)
    assert len(service.seen) == 1


async def test_a_create_without_key_is_not_doubled(
    client: DataverseClient, service: Service, clock: StillClock
) -> None:
    """Unclear: raised at once. Surely not carried out: repeated."""
    service.plays(drops(), fails(429, headers={"Retry-After": "2"}), created())
    with pytest.raises(MayHaveBeenCarriedOut):
        await client.create(ANONYMOUS_POST)
    assert (len(service.seen), clock.slept) == (1, [])
    assert await client.create(ANONYMOUS_POST) == JOB
    assert clock.slept == [2.0]


async def test_a_create_with_key_is_repeated(client: DataverseClient, service: Service) -> None:
    """It cannot double the row: the second one collides, and says so."""
    service.plays(drops(), fails(412, "0x80040237"))
    with pytest.raises(DuplicateRow):
        await client.create(POST)
    assert len(service.seen) == 2


async def test_retry_after_is_honoured(client: DataverseClient, service: Service, clock: StillClock) -> None:
    """Waited in full while the budget lasts; beyond it the caller gets the error at once."""
    service.plays(
        fails(429, headers={"Retry-After": "7"}),
        fails(503, headers={"Retry-After": "Sat, 31 Jan 2026 09:15:17 GMT"}),
        fails(429, headers={"Retry-After": "11"}),
    )
    with pytest.raises(NotCarriedOut) as caught:
        await client.update(UPDATE)
    assert caught.value.retry_after == 11.0
    assert clock.slept == [7.0, 10.0]
    assert len(service.seen) == 3


async def test_nobody_listens(tokens: CountingTokens, http: httpx.AsyncClient, clock: StillClock) -> None:
    """A refused connection is surely nothing carried out, and repeated even for an unguarded create."""
    client = DataverseClient("http://127.0.0.1:1", tokens, http, clock=clock, jitter=lambda: 0.0)
    with pytest.raises(NotCarriedOut) as caught:
        await client.create(ANONYMOUS_POST)
    assert caught.value.status is None
    assert clock.slept == [0.25, 0.5, 1.0]


async def test_a_full_pool(service: Service, tokens: CountingTokens, clock: StillClock) -> None:
    """Whoever gets no connection was not sent, and the client's own pool setting is respected."""
    service.plays(hangs(), says(204))
    limits = httpx.Limits(max_connections=1)
    async with httpx.AsyncClient(trust_env=False, limits=limits, timeout=None) as http:  # noqa: S113 - the client under test sets its own
        client = DataverseClient(
            service.url,
            tokens,
            http,
            clock=clock,
            limits=Limits(cut_seconds=0.2, sends=2),
            jitter=lambda: 0.0,
        )
        first = asyncio.create_task(client.create(ANONYMOUS_POST))
        await asyncio.wait_for(service.reached.wait(), 5)
        with pytest.raises(MayHaveBeenCarriedOut):
            await asyncio.wait_for(first, 5)
        assert await client.update(UPDATE) is None


@every_call
async def test_one_new_token_after_a_401(
    client: DataverseClient, service: Service, tokens: CountingTokens, call: Call, clock: StillClock
) -> None:
    """The request is sent once more, at once, with the new token; a second 401 is final."""
    service.plays(fails(401), fails(401))
    with pytest.raises(NotAllowed):
        await call(client)
    assert [seen.headers["Authorization"] for seen in service.seen] == ["Bearer token-1", "Bearer token-2"]
    assert (tokens.renewals, clock.slept) == (1, [])


async def test_a_new_token_helps(client: DataverseClient, service: Service) -> None:
    """The call goes on as if nothing had been."""
    service.plays(fails(401), says(204))
    assert await client.update(UPDATE) is None


async def test_a_call_renews_once_over_all_its_sends(
    client: DataverseClient, service: Service, tokens: CountingTokens
) -> None:
    """A service that alternates between 401 and 503 does not get token after token."""
    service.plays(fails(401), fails(503), fails(401))
    with pytest.raises(NotAllowed):
        await client.update(UPDATE)
    assert tokens.renewals == 1


async def test_many_401_are_one_renewal(
    client: DataverseClient, service: Service, tokens: CountingTokens
) -> None:
    """Calls refused with the same token share the new one."""
    count = 12
    everyone = asyncio.Event()

    async def together(request: web.Request) -> web.StreamResponse:
        if len(service.seen) == count:
            everyone.set()
        await asyncio.wait_for(everyone.wait(), 5)
        return await fails(401)(request)

    service.plays(*[together] * count, *[says(204)] * count)
    await asyncio.gather(*(client.update(UPDATE) for _ in range(count)))
    assert tokens.renewals == 1


async def test_no_token_no_request(service: Service, http: httpx.AsyncClient, clock: StillClock) -> None:
    """A refused identity is raised as it is; a provider that is away is waited for."""

    class Refusing(CountingTokens):
        def __init__(self, error: DataverseError) -> None:
            super().__init__()
            self.error = error

        async def token(self) -> str:
            raise self.error

    for error, waits in ((NotAllowed("Token: x"), 0), (NotCarriedOut("Token: x"), 3)):
        clock.slept.clear()
        client = DataverseClient(service.url, Refusing(error), http, clock=clock)
        with pytest.raises(type(error)):
            await client.update(UPDATE)
        assert waits == len(clock.slept)
    assert service.seen == []


async def test_cancelling_ends_a_call(client: DataverseClient, service: Service) -> None:
    """A cancelled call does not go on repeating."""
    service.plays(hangs())
    call = asyncio.create_task(client.update(UPDATE))
    await asyncio.wait_for(service.reached.wait(), 5)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert len(service.seen) == 1


SECRET = "Jane.Doe@example.com"


@pytest.mark.parametrize(
    "failing",
    [
        fails(400, SECRET, message=f"{SECRET} is too long", headers={"REQ_ID": SECRET}),
        fails(404, "0x80040217", message=SECRET),
        fails(429, "0x80072322", message=SECRET),
        fails(500, message=SECRET),
        says(200, text=SECRET),
        drops(),
        half(),
    ],
)
async def test_nothing_private_leaks(
    client: DataverseClient, service: Service, failing: Reaction, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither errors nor our own log lines hold a value, a filter, a key or the service's words."""
    caplog.set_level(logging.DEBUG, logger="dataverse")
    service.plays(*[failing] * 40)
    calls: list[Awaitable[object]] = [
        client.query(Query("contacts", ("a",), filter=odata.eq("emailaddress1", SECRET))),
        client.query(Query("contacts", ("a",), filter=odata.eq("emailaddress1", SECRET * 200))),
        client.update(Update("contacts", JOB, {"emailaddress1": SECRET}, ANY)),
        client.create(Create("contacts", {"contactid": JOB, "emailaddress1": SECRET})),
        client.upsert(Upsert("contacts", {"emailaddress1": SECRET}, {})),
        client.batch([Create("contacts", {"emailaddress1": SECRET})]),
    ]
    for call in calls:
        with pytest.raises(DataverseError) as caught:
            await call
        error = caught.value
        assert SECRET not in f"{error!r} {vars(error)} {error.__cause__!r}"
    ours = [record for record in caplog.records if record.name.startswith("dataverse")]
    assert SECRET not in " ".join(f"{record.getMessage()} {vars(record)}" for record in ours)


def test_addresses_in_clear_are_refused(tokens: CountingTokens, clock: StillClock) -> None:
    """No token goes to another machine without TLS."""
    with pytest.raises(ValueError, match="https"):
        DataverseClient("http://contoso.crm4.dynamics.com", tokens, httpx.AsyncClient(), clock=clock)
