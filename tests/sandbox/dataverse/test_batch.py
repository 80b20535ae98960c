"""Batches are read strictly, run in order, and changesets take effect whole or not at all."""

from __future__ import annotations

import email.parser
import email.policy
import string

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dataverse.batch import MOST_REQUESTS, ChangeSet, Item, parsed
from sandbox.dataverse.exchange import Request
from sandbox.dataverse.problems import Problem
from tests.sandbox.dataverse.service import KIM, NOBODY, SAM, START, Client, code

ROOT = "http://localhost:7082/api/data/v9.2/"


def part(method: str, url: str, body: str = "", **headers: str) -> str:
    """One part of a batch, without its boundary; headers by keyword, underscores standing for hyphens."""
    content_id = headers.pop("content_id", None)
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id:
        lines.append(f"Content-ID: {content_id}")
    lines += ["", f"{method} {url} HTTP/1.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", body])


def multipart(boundary: str, *parts: str) -> str:
    """Parts between boundaries."""
    return "".join(f"--{boundary}\r\n{one}\r\n" for one in parts) + f"--{boundary}--\r\n"


def changeset(*parts: str, boundary: str = "changeset_1") -> str:
    """A changeset as a part of a batch."""
    return f"Content-Type: multipart/mixed; boundary={boundary}\r\n\r\n{multipart(boundary, *parts)}"


async def send(client: Client, body: str, *, carry_on: bool = False) -> httpx.Response:
    """One batch with the boundary `batch_1`."""
    headers = {
        "Authorization": f"Bearer {client.token}",
        "Content-Type": 'multipart/mixed; boundary="batch_1"',
    }
    if carry_on:
        headers["Prefer"] = "odata.continue-on-error"
    return await client.http.post("/api/data/v9.2/$batch", content=body.encode(), headers=headers)


def statuses(answer: httpx.Response) -> list[int]:
    """The status of each part, those of changesets in line, as Python's own MIME parser reads them."""
    raw = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode() + answer.content
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(raw)
    found = []
    for one in message.walk():
        if one.get_content_type() == "application/http":
            payload = one.get_payload(decode=True)
            assert isinstance(payload, bytes)
            found.append(int(payload.split(b" ")[1]))
    return found


# --- reading --------------------------------------------------------------------------------------------------

names = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=10)
values = st.text(string.ascii_letters + string.digits + ' ;,="*/', min_size=1, max_size=20).map(str.strip)
bodies = st.binary(max_size=80).filter(lambda body: b"--batch" not in body and b"--change" not in body)
requests = st.builds(
    Request,
    st.sampled_from(["POST", "PATCH", "DELETE"]),
    names,
    st.sampled_from(["", "$select=a,b", "$filter=name eq 'x y'"]),
    st.dictionaries(names.map(lambda name: f"x-{name}".lower()), values, max_size=3),
    bodies,
    st.just(ROOT),
)
items: st.SearchStrategy[Item] = st.one_of(
    requests, st.lists(requests, min_size=1, max_size=3).map(tuple).map(ChangeSet)
)


def written(request: Request) -> bytes:
    """A request as a part."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary", ""]
    lines += [f"{request.method} {ROOT}{target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + request.body


def together(boundary: str, parts: list[bytes]) -> bytes:
    """Parts between boundaries, as bytes."""
    delimiter = f"--{boundary}".encode()
    return b"".join(delimiter + b"\r\n" + one + b"\r\n" for one in parts) + delimiter + b"--\r\n"


@given(st.lists(items, min_size=1, max_size=4))
def test_what_is_written_is_read_back(wanted: list[Item]) -> None:
    """Every request comes back whole: method, URL, headers, and any bytes of a body."""
    parts = [
        written(item)
        if isinstance(item, Request)
        else b"Content-Type: multipart/mixed; boundary=changeset_7\r\n\r\n"
        + together("changeset_7", [written(one) for one in item.requests])
        for item in wanted
    ]
    read = parsed("multipart/mixed;boundary=batch_7", together("batch_7", parts), ROOT)
    assert list(read) == wanted


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Whatever is sent as a batch is a Problem at worst."""
    try:
        parsed("multipart/mixed; boundary=b", b"--b\r\n" + body + b"\r\n--b--", ROOT)
    except Problem as problem:
        assert problem.status == 400  # noqa: PT017 - both ends are good


@pytest.mark.parametrize(
    "url",
    [f"{ROOT}contacts({KIM})", f"/api/data/v9.2/contacts({KIM})", f"contacts({KIM})"],
)
def test_urls_may_be_absolute_or_relative(url: str) -> None:
    """All three forms name the same row."""
    [request] = parsed("multipart/mixed; boundary=b", multipart("b", part("GET", url)).encode(), ROOT)
    assert isinstance(request, Request)
    assert request.path == f"contacts({KIM})"


@pytest.mark.parametrize(
    ("content_type", "body", "message"),
    [
        ("application/json", "{}", "multipart/mixed"),
        ("multipart/mixed", "--b--", "boundary"),
        ("multipart/mixed; boundary=b", "", "end of the multipart"),
        ("multipart/mixed; boundary=b", "--b--\r\n", "no request"),
        (
            "multipart/mixed; boundary=b",
            multipart("b", part("GET", "contacts")).replace("\r\n", "\n"),
            "CR LF",
        ),
        ("multipart/mixed; boundary=b", multipart("b", part("GET", "contacts"))[:-6], "end of the multipart"),
        ("multipart/mixed; boundary=b", multipart("b", "GET contacts HTTP/1.1\r\n\r\n"), "name: value"),
        (
            "multipart/mixed; boundary=b",
            multipart("b", "X: y\r\n\r\nGET contacts HTTP/1.1\r\n"),
            "application/http",
        ),
        (
            "multipart/mixed; boundary=b",
            multipart("b", part("GET", "contacts").replace("binary", "8bit")),
            "binary",
        ),
        ("multipart/mixed; boundary=b", multipart("b", part("FETCH", "contacts")), "request line"),
        ("multipart/mixed; boundary=b", multipart("b", part("GET", "")), "request line"),
        ("multipart/mixed; boundary=b", multipart("b", part("POST", "$batch")), "another one"),
        ("multipart/mixed; boundary=b", multipart("b", part("POST", f"{ROOT}$batch")), "another one"),
        ("multipart/mixed; boundary=b", multipart("b", changeset(part("GET", "contacts"))), "GET"),
        ("multipart/mixed; boundary=b", multipart("b", changeset()), "no request"),
        (
            "multipart/mixed; boundary=b",
            multipart("b", changeset(changeset(boundary="inner"))),
            "another one",
        ),
        (
            "multipart/mixed; boundary=b",
            multipart("b", *[part("GET", "contacts")] * (MOST_REQUESTS + 1)),
            "at most",
        ),
    ],
)
def test_what_is_no_batch(content_type: str, body: str, message: str) -> None:
    """Everything that is not exactly of the documented form is refused, and says what is missing."""
    with pytest.raises(Problem, match=message):
        parsed(content_type, body.encode(), ROOT)


async def test_a_batch_that_cannot_be_read_is_refused_whole(client: Client) -> None:
    """400 in JSON, not a multipart answer; a batch is sent by POST."""
    assert code(await send(client, "nonsense")) == (400, "0x80060888")


# --- running --------------------------------------------------------------------------------------------------


async def test_parts_answer_in_order(client: Client) -> None:
    """Each part has its status, headers and body, in the wire form of the real service."""
    body = multipart(
        "batch_1",
        part("GET", f"contacts({KIM})?$select=fullname", Accept="application/json"),
        part("POST", f"{client.root}spotler_jobs", f'{{"spotler_operation":{START}}}'),
        part("PATCH", f"/api/data/v9.2/contacts({KIM})", '{"jobtitle":"Buyer"}', If_Match="*"),
        part("DELETE", f"contacts({SAM})"),
    )
    answer = await send(client, body)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=batchresponse_")
    assert statuses(answer) == [200, 204, 204, 204]
    text = answer.text
    assert '"fullname":"Kim Jansen"' in text
    assert "HTTP/1.1 204 No Content\r\n" in text
    assert f"OData-EntityId: {client.root}contacts({KIM})\r\n" in text
    assert text.endswith("--\r\n")


async def test_without_continue_on_error_the_first_failure_ends_it(client: Client) -> None:
    """The batch is 400, what ran before it stays, what comes after it does not run."""
    body = multipart(
        "batch_1",
        part("PATCH", f"contacts({KIM})", '{"jobtitle":"Buyer"}', If_Match="*"),
        part("PATCH", f"contacts({NOBODY})", '{"jobtitle":"Buyer"}', If_Match="*"),
        part("PATCH", f"contacts({SAM})", '{"jobtitle":"Buyer"}', If_Match="*"),
    )
    answer = await send(client, body)
    assert answer.status_code == 400
    assert statuses(answer) == [204, 404]
    found = await client.rows("contacts?$select=contactid&$filter=jobtitle eq 'Buyer'")
    assert [row["contactid"] for row in found] == [KIM]


async def test_with_continue_on_error_every_part_runs(client: Client) -> None:
    """The batch is 200 and each part tells its own status."""
    job = await client.job()
    path = f"spotler_jobs({job['spotler_jobid']})"
    body = multipart(
        "batch_1",
        part("PATCH", path, '{"spotler_attempts":1}', If_Match=job["@odata.etag"]),
        part("PATCH", path, '{"spotler_attempts":1}', If_Match=job["@odata.etag"]),
        part("GET", f"contacts({NOBODY})"),
        part("GET", f"contacts({KIM})"),
    )
    answer = await send(client, body, carry_on=True)
    assert answer.status_code == 200
    assert statuses(answer) == [204, 412, 404, 200]
    assert answer.headers["Preference-Applied"] == "odata.continue-on-error"


async def test_a_changeset_takes_effect_together(client: Client) -> None:
    """Its answers stand in a multipart of their own with their Content-IDs; `$1` names an earlier row."""
    body = multipart(
        "batch_1",
        changeset(
            part("POST", "spotler_automations", '{"spotler_key":"a1"}', content_id="1"),
            part(
                "POST",
                "spotler_jobs",
                f'{{"spotler_operation":{START},"spotler_AutomationId@odata.bind":"$1"}}',
                content_id="2",
            ),
            part("PATCH", "$1", '{"spotler_name":"One"}', content_id="3"),
        ),
        part("GET", "spotler_jobs?$expand=spotler_AutomationId($select=spotler_name)"),
    )
    answer = await send(client, body)
    assert answer.status_code == 200
    assert statuses(answer) == [204, 204, 204, 200]
    assert "Content-Type: multipart/mixed; boundary=changesetresponse_" in answer.text
    assert "Content-ID: 2\r\n" in answer.text
    assert '"spotler_name":"One"' in answer.text


async def test_a_refused_changeset_leaves_nothing(client: Client) -> None:
    """One failure undoes all of it, and it answers with that failure alone; the rest goes on if wanted."""
    body = multipart(
        "batch_1",
        changeset(
            part("POST", "spotler_automations", '{"spotler_key":"a1"}', content_id="1"),
            part("DELETE", f"contacts({KIM})", content_id="2"),
            part("PATCH", f"contacts({SAM})", '{"jobtitle":"Buyer"}', content_id="3"),
            part("POST", "spotler_automations", '{"spotler_key":"a1"}', content_id="4"),
        ),
        part("GET", f"contacts({KIM})"),
    )
    answer = await send(client, body, carry_on=True)
    assert statuses(answer) == [412, 200]
    assert await client.rows("spotler_automations") == []
    assert await client.rows("contacts?$filter=jobtitle ne null") == []
    # The key of the row that was undone is free again.
    made = await client("POST", "spotler_automations", {"spotler_key": "a1"})
    assert made.status_code == 204


async def test_an_unknown_content_id_is_refused(client: Client) -> None:
    """A reference to nothing is 400; outside a changeset there is nothing to refer to."""
    bound = f'{{"spotler_operation":{START},"spotler_AutomationId@odata.bind":"$9"}}'
    one = await send(client, multipart("batch_1", changeset(part("POST", "spotler_jobs", bound))))
    assert statuses(one) == [400]
    two = await send(client, multipart("batch_1", part("PATCH", "$1", "{}")))
    assert statuses(two) == [400]


async def test_a_thousand_requests_are_one_batch(client: Client) -> None:
    """The documented limit is reached, not exceeded; the journal shows the parts below their batch."""
    parts = [part("POST", "spotler_jobs", f'{{"spotler_operation":{START}}}')] * MOST_REQUESTS
    answer = await send(client, multipart("batch_1", *parts))
    assert statuses(answer) == [204] * MOST_REQUESTS
    journal = await client.control("GET", "journal")
    assert [(entry["path"], entry["status"], len(entry["children"])) for entry in journal] == [
        ("/api/data/v9.2/$batch", 200, MOST_REQUESTS)
    ]
    assert journal[0]["children"][0] == {
        "method": "POST",
        "path": "/api/data/v9.2/spotler_jobs",
        "status": 204,
    }


async def test_a_fault_can_strike_one_part(client: Client) -> None:
    """A fault of kind status that matches a part answers it alone, without effect."""
    await client.control(
        "POST",
        "faults",
        {"match": f"PATCH /contacts({SAM})", "kind": "status", "status": 503, "retry_after": "7", "times": 1},
    )
    body = multipart(
        "batch_1",
        part("PATCH", f"{client.root}contacts({KIM})", '{"jobtitle":"Buyer"}', If_Match="*"),
        part("PATCH", f"{client.root}contacts({SAM})", '{"jobtitle":"Buyer"}', If_Match="*"),
    )
    answer = await send(client, body, carry_on=True)
    assert statuses(answer) == [204, 503]
    assert "Retry-After: 7\r\n" in answer.text
    found = await client.rows("contacts?$select=contactid&$filter=jobtitle ne null")
    assert [row["contactid"] for row in found] == [KIM]


async def test_urls_are_longer_inside_a_batch(client: Client) -> None:
    """32 KB alone, 64 KB as a part; what is longer is refused."""
    listed = ",".join(f"'{number:036}'" for number in range(1000))
    long = f"contacts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='firstname',PropertyValues=[{listed}])"
    alone = await client("GET", long)
    assert alone.status_code == 414
    assert statuses(await send(client, multipart("batch_1", part("GET", long)))) == [200]
    longer = long.replace("])", "," + listed + "])")
    assert statuses(await send(client, multipart("batch_1", part("GET", longer)))) == [414]
