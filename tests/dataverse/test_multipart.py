"""A batch is written as Dataverse reads it, and its answers are read however they are laid out."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import ANY, Create, Query, Update
from dataverse.messages import Answer, Request
from dataverse.multipart import NotABatch, answers, envelope
from dataverse.rendering import render
from tests.dataverse.conftest import JOB

ROOT = "/api/data/v9.2/"


def whole(body: bytes | str, kind: str = "multipart/mixed; boundary=b1", **headers: str) -> Answer:
    """A batch's answer."""
    content = body.encode() if isinstance(body, str) else body
    return Answer(200, {"content-type": kind, **headers}, content)


def test_envelope() -> None:
    """CRLF, one part for each operation, relative addresses, own boundary, every header in its part."""
    requests = [
        render(Query("spotler_jobs", ("a",))),
        render(Update("spotler_jobs", JOB, {"a": "é"}, 'W/"7"')),
        render(Create("posts", {"text": "x"})),
    ]
    batch = envelope(requests, boundary="batch_1", root_path=ROOT)
    assert (batch.method, batch.path) == ("POST", "$batch")
    assert batch.headers["Content-Type"] == 'multipart/mixed; boundary="batch_1"'
    assert batch.headers["Prefer"] == "odata.continue-on-error"
    text = batch.body.decode("ascii")
    assert "\n" not in text.replace("\r\n", "")
    assert text.startswith(
        "--batch_1\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n"
        "GET /api/data/v9.2/spotler_jobs?$select=a HTTP/1.1\r\nAccept: application/json\r\n"
    )
    assert (
        f"PATCH /api/data/v9.2/spotler_jobs({JOB}) HTTP/1.1\r\n"
        "Accept: application/json\r\nOData-Version: 4.0\r\nOData-MaxVersion: 4.0\r\n"
        "Content-Type: application/json; charset=utf-8\r\n"
        'If-Match: W/"7"\r\n\r\n{"a":"\\u00e9"}\r\n--batch_1\r\n'
    ) in text
    assert text.endswith('\r\n\r\n{"text":"x"}\r\n--batch_1--\r\n')


def test_number_of_parts() -> None:
    """A batch takes 1 to 1,000 requests."""
    one = render(Create("posts", {}))
    with pytest.raises(ValueError, match="1000"):
        envelope([], boundary="b", root_path=ROOT)
    with pytest.raises(ValueError, match="1000"):
        envelope([one] * 1001, boundary="b", root_path=ROOT)


MICROSOFT = """--b1
Content-Type: application/http
Content-Transfer-Encoding: binary

HTTP/1.1 200 OK
Content-Type: application/json; odata.metadata=minimal
OData-Version: 4.0
ETag: W/"7"

{"a":"--b1"}
--b1
Content-Type: application/http
Content-Transfer-Encoding: binary
Content-ID: 2

HTTP/1.1 204 No Content
OData-Version: 4.0


--b1
Content-Type: application/http

HTTP/1.1 404 Not Found
REQ_ID: part-3
Content-Type: application/json

{"error":{"code":"0x80040217","message":"x"}}
--b1--
"""


@pytest.mark.parametrize("line", ["\r\n", "\n"])
@pytest.mark.parametrize("around", ["", "This is a preamble\n--b\n", "\n\n"])
@pytest.mark.parametrize(
    "kind", ["multipart/mixed; boundary=b1", 'Multipart/Mixed; charset=utf-8; boundary="b1"']
)
def test_answers(line: str, around: str, kind: str) -> None:
    """LF or CRLF, with or without preamble, epilogue, Content-ID, quotes around the boundary."""
    body = (around + MICROSOFT + around).replace("\n", line)
    first, second, third = answers(whole(body, kind, req_id="whole-1"), 3)
    assert (first.status, first.body, first.headers["etag"]) == (200, b'{"a":"--b1"}', 'W/"7"')
    assert (second.status, second.body) == (204, b"")
    assert (third.status, third.body) == (404, b'{"error":{"code":"0x80040217","message":"x"}}')
    assert (first.request_id, third.request_id) == ("whole-1", "part-3")


def test_request_id_of_a_part() -> None:
    """A part's own id is kept where it is told under the modern name."""
    body = "--b1\n\nHTTP/1.1 500 Error\nx-ms-service-request-id: part\n\n--b1--"
    assert answers(whole(body, req_id="whole"), 1)[0].request_id == "part"


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: application/http\n\nHTTP/1.1 204 No Content\n",
        "Content-Type: application/http\n\nHTTP/1.1 204 No Content",
        "\nHTTP/1.1 204\n\n",
        "Content-Type: application/http\n\n\n\nHTTP/1.1 204 No Content\nA: b\n\n\n",
    ],
)
def test_answers_without_content(part: str) -> None:
    """A 204 may end with any number of line ends."""
    (only,) = answers(whole(f"--b1\n{part}\n--b1--\n"), 1)
    assert (only.status, only.body.strip()) == (204, b"")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (whole(MICROSOFT), 2),
        (whole(MICROSOFT), 4),
        (whole(MICROSOFT[:-6]), 3),
        (whole(MICROSOFT[:200]), 1),
        (whole(""), 1),
        (whole("--b1--"), 1),
        (whole("--b1\n\nHTTP/1.1 hello\n\n--b1--"), 1),
        (whole("--b1\nContent-Type: application/http\n--b1--"), 1),
        (whole(MICROSOFT, "application/json"), 3),
        (whole(MICROSOFT, "multipart/mixed"), 3),
        (whole(MICROSOFT, "multipart/mixed; boundary="), 3),
        (Answer(200, {}, MICROSOFT.encode()), 3),
    ],
)
def test_what_is_no_complete_answer(answer: Answer, expected: int) -> None:
    """Nothing of it is believed: an answer could be taken for another request's."""
    with pytest.raises(NotABatch):
        answers(answer, expected)


BODIES = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"])).map(str.encode)


@given(
    st.lists(st.tuples(st.integers(100, 599), BODIES), min_size=1, max_size=5),
    st.sampled_from([b"\r\n", b"\n"]),
    st.booleans(),
)
def test_round_trip(given_answers: list[tuple[int, bytes]], line: bytes, ids: bool) -> None:
    """Whatever the parts hold, the same statuses and contents come back in the same order."""
    lines: list[bytes] = []
    for number, (status, body) in enumerate(given_answers):
        lines += [b"--b1", b"Content-Type: application/http"]
        lines += [f"Content-ID: {number}".encode()] if ids else []
        lines += [b"", f"HTTP/1.1 {status} Whatever".encode(), b"Content-Type: application/json", b"", body]
    parsed = answers(whole(line.join([*lines, b"--b1--", b""])), len(given_answers))
    assert given_answers == [(part.status, part.body) for part in parsed]


@given(st.binary(max_size=300), st.integers(1, 3))
def test_bytes_are_a_batch_or_not(noise: bytes, expected: int) -> None:
    """Noise before, in and after a part raises nothing but NotABatch."""
    for body in (noise, b"--b1\r\n" + noise + b"\r\n--b1--", MICROSOFT.encode()[:300] + noise + b"\n--b1--"):
        try:
            assert len(answers(whole(body), expected)) == expected
        except NotABatch:
            continue


@given(
    st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), min_size=1, max_size=4)
)
def test_values_cannot_break_a_batch(contents: list[dict[str, str]]) -> None:
    """No value of a column adds a line to a batch, and each body stays whole."""
    requests: list[Request] = [render(Update("contacts", JOB, values, ANY)) for values in contents]
    body = envelope(requests, boundary="batch_1", root_path=ROOT).body
    parts = re.split(rb"\r\n?--batch_1(?:--)?\r\n", b"\r\n" + body)[1:-1]
    assert [request.body for request in requests] == [
        part.partition(b"HTTP/1.1")[2].split(b"\r\n\r\n")[1] for part in parts
    ]
