"""How is the body of a `$batch` read, and how is its answer written?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

from sandbox.dataverse.exchange import Answer, Request
from sandbox.dataverse.problems import bad_query

MOST_REQUESTS = 1000
"""Requests of one batch (Microsoft Learn, "Execute batch operations")."""

_CRLF = b"\r\n"
_BOUNDARY = re.compile(r'boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_REQUEST_LINE = re.compile(r"([A-Z]+) (\S(?:.*\S)?) HTTP/1\.1")
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests that take effect together or not at all."""

    requests: tuple[Request, ...]


type Item = Request | ChangeSet


def parsed(content_type: str, body: bytes, root: str) -> tuple[Item, ...]:
    """The requests of a batch, in order.

    A part's Content-ID becomes the header `content-id` of its request.

    Args:
        content_type: of the batch.
        body: of the batch; its lines end with CR LF.
        root: service root, for relative URLs.

    Raises:
        Problem: 400 for everything that is not exactly of the documented form, and for too many requests.
    """
    items = tuple(_item(headers, content, root) for headers, content in _parts(content_type, body))
    if not items:
        raise bad_query("The batch holds no request.")
    count = sum(len(item.requests) if isinstance(item, ChangeSet) else 1 for item in items)
    if count > MOST_REQUESTS:
        raise bad_query(f"A batch holds at most {MOST_REQUESTS} requests; this one has {count}.")
    return items


def _item(headers: dict[str, str], content: bytes, root: str) -> Item:
    content_type = headers.get("content-type", "")
    if not content_type.lower().startswith("multipart/mixed"):
        return _request(headers, content, root)
    requests = []
    for inner_headers, inner in _parts(content_type, content):
        if inner_headers.get("content-type", "").lower().startswith("multipart/"):
            raise bad_query("A changeset cannot hold another one.")
        request = _request(inner_headers, inner, root)
        if request.method == "GET":
            raise bad_query("A changeset cannot hold a GET request.")
        requests.append(request)
    if not requests:
        raise bad_query("A changeset holds no request.")
    return ChangeSet(tuple(requests))


def _parts(content_type: str, body: bytes) -> list[tuple[dict[str, str], bytes]]:
    found = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith("multipart/mixed") or found is None:
        raise bad_query("The Content-Type of a batch must be multipart/mixed with a boundary.")
    delimiter = b"--" + (found[1] or found[2]).encode()
    whole = _CRLF + body
    pieces = re.split(rb"\r\n" + re.escape(delimiter) + rb"(--)?[ \t]*(?=\r\n|\Z)", whole)
    # Text and the mark of the last delimiter alternate: preamble, mark, part, mark, ...
    texts, marks = pieces[0::2], pieces[1::2]
    if b"--" not in marks:
        raise bad_query(
            "The end of the multipart body is missing: its last line must be the boundary between two pairs "
            "of hyphens, and every line must end with CR LF."
        )
    return [_headed(text.removeprefix(_CRLF)) for text in texts[1 : marks.index(b"--") + 1]]


def _headed(part: bytes) -> tuple[dict[str, str], bytes]:
    head, separator, content = (_CRLF + part).partition(_CRLF + _CRLF)
    if not separator:
        raise bad_query("A part of the batch has no empty line behind its headers.")
    headers: dict[str, str] = {}
    for line in head.split(_CRLF):
        if line:
            name, colon, value = line.partition(b":")
            if not colon or b"\n" in line:
                raise bad_query("The message header is invalid: expected 'name: value' and CR LF.")
            headers[name.decode("latin-1").strip().lower()] = value.decode("latin-1").strip()
    return headers, content


def _request(part_headers: dict[str, str], content: bytes, root: str) -> Request:
    if not part_headers.get("content-type", "").lower().startswith("application/http"):
        raise bad_query("The Content-Type of a part must be application/http.")
    if part_headers.get("content-transfer-encoding", "").lower() != "binary":
        raise bad_query("The Content-Transfer-Encoding of a part must be binary.")
    line, _, rest = content.partition(_CRLF)
    found = _REQUEST_LINE.fullmatch(line.decode("latin-1"))
    if found is None or found[1] not in _METHODS:
        raise bad_query("The request line of a part is invalid: expected 'METHOD URL HTTP/1.1'.")
    # Without a body the empty line behind the headers may be the one that starts the next boundary.
    headers, body = _headed(rest if _CRLF + _CRLF in _CRLF + rest else rest + _CRLF)
    if "content-id" in part_headers:
        headers["content-id"] = part_headers["content-id"]
    url, _, query = found[2].partition("?")
    path = url.removeprefix(root)
    base = "/" + root.split("://", 1)[-1].partition("/")[2]
    path = path.removeprefix(base)
    if path.startswith("$batch"):
        raise bad_query("A batch cannot hold another one.")
    return Request(found[1], path, query, headers, body, root)


@dataclass(frozen=True, slots=True)
class ChangeSetAnswer:
    """What a changeset that took effect answers; a refused one answers with a plain `Answer`."""

    answers: tuple[Answer, ...]
    content_ids: tuple[str | None, ...]


type ItemAnswer = Answer | ChangeSetAnswer


def rendered(answers: Sequence[ItemAnswer], status: int) -> Answer:
    """The answer of a whole batch."""
    boundary = f"batchresponse_{uuid4()}"
    parts = []
    for answer in answers:
        if isinstance(answer, Answer):
            parts.append(_part(boundary, answer, None))
            continue
        inner = f"changesetresponse_{uuid4()}"
        content = b"".join(
            _part(inner, one, content_id)
            for one, content_id in zip(answer.answers, answer.content_ids, strict=True)
        )
        head = f"--{boundary}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n".encode()
        parts.append(head + content + f"--{inner}--\r\n".encode())
    return Answer(
        status,
        (("Content-Type", f"multipart/mixed; boundary={boundary}"), ("OData-Version", "4.0")),
        b"".join(parts) + f"--{boundary}--\r\n".encode(),
    )


def _part(boundary: str, answer: Answer, content_id: str | None) -> bytes:
    lines = [f"--{boundary}", "Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    if content_id is not None:
        lines.append(f"Content-ID: {content_id}")
    phrase = _PHRASES.get(answer.status, "Unknown")
    lines += ["", f"HTTP/1.1 {answer.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    lines += ["", ""]
    return "\r\n".join(lines).encode() + answer.body + _CRLF
