"""How do many requests travel as one `$batch`, and their answers come back?

No changesets: every part succeeds or fails alone, and with `odata.continue-on-error` a failure does not
end the batch. Answers come in the order of the requests (Microsoft Learn, "Execute batch operations").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from email.message import Message
from typing import Final

from dataverse.messages import STANDING_HEADERS, Answer, Request

MOST_PARTS: Final = 1000
"""Requests in one batch (same page)."""

_LINE_END: Final = re.compile(rb"\r?\n")
_EMPTY_LINE: Final = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS_LINE: Final = re.compile(rb"HTTP/\d(?:\.\d)? (\d{3})(?: .*)?")


class NotABatch(ValueError):  # noqa: N818 - named for what the content is
    """The content is not a complete answer to a batch."""


def envelope(requests: Sequence[Request], *, boundary: str, root_path: str) -> Request:
    """One request that carries all of `requests`.

    Args:
        requests: at least one, at most `MOST_PARTS`.
        boundary: letters, digits and underscores; must not occur in a body.
        root_path: path of the service root, put before each request's own path.

    Raises:
        ValueError: none, or too many requests.
    """
    if not 1 <= len(requests) <= MOST_PARTS:
        raise ValueError(f"A batch takes 1 to {MOST_PARTS} requests")
    parts = b"".join(_part(request, boundary, root_path) for request in requests)
    return Request(
        "POST",
        "$batch",
        {
            **STANDING_HEADERS,
            "Content-Type": f'multipart/mixed; boundary="{boundary}"',
            "Prefer": "odata.continue-on-error",
        },
        f"Batch of {len(requests)}",
        parts + f"--{boundary}--\r\n".encode(),
    )


def answers(whole: Answer, expected: int) -> list[Answer]:
    """The parts of a successful batch, in the order of the requests.

    Line ends may be CRLF or LF; text before the first and after the last boundary, and a missing or
    present Content-ID, mean nothing. A part without an id of its own carries the request id of the whole.

    Raises:
        NotABatch: no multipart, no end, a part that is no HTTP answer, or not `expected` parts.
    """
    parts = [_answer(part, whole) for part in _split(whole.body, _boundary(whole))]
    if len(parts) != expected:
        raise NotABatch(f"{len(parts)} answers to {expected} requests")
    return parts


def _part(request: Request, boundary: str, root_path: str) -> bytes:
    lines = [
        f"--{boundary}",
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        "",
        f"{request.method} {root_path}{request.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
        "",
        "",
    ]
    return "\r\n".join(lines).encode("ascii") + request.body + b"\r\n"


def _boundary(whole: Answer) -> bytes:
    header = Message()
    header["Content-Type"] = whole.headers.get("content-type", "")
    boundary = header.get_param("boundary")
    if header.get_content_maintype() != "multipart" or not isinstance(boundary, str) or not boundary:
        raise NotABatch("no multipart content")
    return boundary.encode("utf-8", "surrogateescape")


def _split(body: bytes, boundary: bytes) -> list[bytes]:
    # It begins with what stands in few places only: looking for a line end first would try every place.
    delimiter = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*(?=\r?\n|\Z)")
    parts: list[bytes] = []
    start: int | None = None
    for found in delimiter.finditer(body):
        before = body[max(0, found.start() - 2) : found.start()]
        if before and not before.endswith(b"\n"):
            continue
        if start is not None:
            # The line end before a boundary belongs to the boundary (RFC 2046, 5.1.1).
            parts.append(body[start : found.start() - (2 if before == b"\r\n" else 1)])
        start = found.end()
        if found[1]:
            return parts
    raise NotABatch("the content has no end")


def _answer(part: bytes, whole: Answer) -> Answer:
    _, http = _head_and_rest(part)
    head, body = _head_and_rest(http.lstrip(b"\r\n"))
    lines = [line for line in _LINE_END.split(head) if line]
    status = _STATUS_LINE.fullmatch(lines[0]) if lines else None
    if status is None:
        raise NotABatch("a part is no HTTP answer")
    headers = dict(_header(line) for line in lines[1:] if b":" in line)
    answer = Answer(int(status[1]), headers, body)
    if answer.request_id is None and whole.request_id is not None:
        return replace(answer, headers={**headers, "x-ms-service-request-id": whole.request_id})
    return answer


def _head_and_rest(block: bytes) -> tuple[bytes, bytes]:
    """What stands before the first empty line, and after it; an answer without content may have none."""
    found = _EMPTY_LINE.search(block)
    return (block, b"") if found is None else (block[: found.start()], block[found.end() :])


def _header(line: bytes) -> tuple[str, str]:
    name, _, value = line.decode("latin-1").partition(":")
    return name.strip().lower(), value.strip()
