"""Every answer without success becomes the error that tells its caller what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import (
    ANY,
    Create,
    DataverseError,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    Operation,
    PreconditionFailed,
    Query,
    Rejected,
    Retrieve,
    RowGone,
    Update,
    Upsert,
    WrongPath,
)
from dataverse.failures import failure
from dataverse.messages import Answer
from dataverse.rendering import render
from tests.dataverse.clock import BEGIN
from tests.dataverse.conftest import JOB

QUERY = Query("spotler_jobs", ("a",))
RETRIEVE = Retrieve("spotler_jobs", JOB, ("a",))
UPDATE = Update("spotler_jobs", JOB, {"a": "secret"}, ANY)
CREATE = Create("posts", {"text": "secret"})
UPSERT = Upsert("spotler_automations", {"spotler_key": "a1"}, {})
SEGMENT = "Resource not found for the segment 'spotler_jobs'."


def error(code: str | None = "", message: str = "secret") -> bytes:
    """A body as the Web API shapes it."""
    return json.dumps({"error": {"code": code, "message": message}}).encode()


@pytest.mark.parametrize(
    ("operation", "status", "headers", "body", "kind"),
    [
        (UPDATE, 400, {}, error("0x80040203"), Rejected),
        (UPDATE, 400, {}, b"<html>", Rejected),
        (CREATE, 400, {}, error("0x80040237"), DuplicateRow),
        (CREATE, 409, {}, error("0x80060892"), DuplicateRow),
        (UPDATE, 401, {}, b"", NotAllowed),
        (UPDATE, 403, {}, error("0x80072560"), NotAllowed),
        (UPDATE, 404, {}, error("0x80040217"), RowGone),
        (UPDATE, 404, {}, error(""), RowGone),
        (RETRIEVE, 404, {}, error("0x80060891"), RowGone),
        (UPDATE, 404, {}, error("0x8006088a", SEGMENT), WrongPath),
        (UPDATE, 404, {}, error("0x80060888", SEGMENT), WrongPath),
        (UPDATE, 404, {}, error("", SEGMENT), WrongPath),
        (UPDATE, 404, {}, b"<html>not here</html>", WrongPath),
        (UPDATE, 404, {}, b"", WrongPath),
        (CREATE, 404, {}, error("0x80040217"), RowGone),
        (CREATE, 404, {}, error(""), WrongPath),
        (QUERY, 404, {}, error(""), WrongPath),
        (QUERY, 405, {}, error(""), WrongPath),
        (UPSERT, 404, {}, error("0x80060891"), RowGone),
        (UPDATE, 408, {}, b"", MayHaveBeenCarriedOut),
        (UPDATE, 412, {}, error("0x80060882"), PreconditionFailed),
        (UPDATE, 412, {}, error(""), PreconditionFailed),
        (UPDATE, 412, {}, b"", PreconditionFailed),
        (UPDATE, 412, {}, error("0x80060892"), DuplicateRow),
        (CREATE, 412, {}, error("0x80040237"), DuplicateRow),
        (CREATE, 412, {}, error(""), DuplicateRow),
        (CREATE, 412, {}, error("0x80040333"), Rejected),
        (CREATE, 412, {}, error("DuplicateRecord"), Rejected),
        (UPDATE, 413, {}, b"", Rejected),
        (UPDATE, 429, {}, error("0x80072322"), NotCarriedOut),
        (UPDATE, 429, {}, error("0x80072321"), NotCarriedOut),
        (UPDATE, 429, {}, error("0x80072326"), NotCarriedOut),
        (UPDATE, 429, {}, b"slow down", NotCarriedOut),
        (UPDATE, 500, {}, error("0x80040216"), MayHaveBeenCarriedOut),
        (QUERY, 501, {}, error(""), WrongPath),
        (UPDATE, 502, {}, b"", MayHaveBeenCarriedOut),
        (UPDATE, 503, {}, b"", MayHaveBeenCarriedOut),
        (UPDATE, 503, {"retry-after": "2"}, b"", NotCarriedOut),
        (UPDATE, 503, {"retry-after": "soon"}, b"", MayHaveBeenCarriedOut),
        (UPDATE, 504, {}, b"", MayHaveBeenCarriedOut),
        (UPDATE, 302, {"location": "https://login.example"}, b"", WrongPath),
    ],
)
def test_kinds(
    operation: Operation, status: int, headers: dict[str, str], body: bytes, kind: type[DataverseError]
) -> None:
    """By status first, by code within it, and by what the request asked for."""
    found = failure(render(operation), Answer(status, headers, body), BEGIN)
    assert type(found) is kind
    assert status == found.status


def test_facts_are_kept() -> None:
    """Code, request id and the wanted wait stay on the error."""
    headers = {"x-ms-service-request-id": "5b0c6f1e-2a40-ee11", "retry-after": "7"}
    found = failure(render(UPDATE), Answer(429, headers, error("0x80072322")), BEGIN)
    assert (found.code, found.request_id, found.retry_after) == ("0x80072322", "5b0c6f1e-2a40-ee11", 7.0)
    assert str(found) == "Update spotler_jobs: 429 0x80072322"


def test_request_id_of_the_other_header() -> None:
    """Some answers name it REQ_ID."""
    found = failure(render(UPDATE), Answer(400, {"req_id": "abc-1"}, b""), BEGIN)
    assert found.request_id == "abc-1"


def test_a_wait_until_a_date() -> None:
    """Retry-After may be a date; it is compared with the injected clock."""
    headers = {"retry-after": "Sat, 31 Jan 2026 09:15:12 GMT"}
    assert failure(render(UPDATE), Answer(503, headers, b""), BEGIN).retry_after == 12.0


@pytest.mark.parametrize(
    "value", ["John Doe", "john@example.com", "x" * 65, 5, None, "0x123456789", "line\nbreak", "<b>"]
)
def test_what_the_service_says_is_not_repeated(value: Any) -> None:
    """Neither its message, nor a code or request id that might quote a column, reaches the error."""
    body = json.dumps({"error": {"code": value, "message": "The value 'secret' is too long"}}).encode()
    found = failure(render(CREATE), Answer(400, {"req_id": str(value) + " "}, body), BEGIN)
    assert (found.code, found.request_id) == (None, None)
    assert str(found) == "Create posts: 400"


@given(
    st.integers(300, 599), st.binary(max_size=60), st.sampled_from([QUERY, RETRIEVE, UPDATE, CREATE, UPSERT])
)
def test_any_answer_has_an_error(status: int, body: bytes, operation: Operation) -> None:
    """No status and no content makes the classification itself fail."""
    assert status == failure(render(operation), Answer(status, {}, body), BEGIN).status


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"error":' * 60_000, b'{"error": "x"}', b"[]", b"\xff\xfe\x00"]
)
def test_strange_bodies(body: bytes) -> None:
    """Nesting without end and other shapes are errors without code."""
    assert failure(render(UPDATE), Answer(400, {}, body), BEGIN).code is None
