"""How does an answer leave when it must leave broken, or when it comes from a fault?"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web

from sandbox.control.faults import Fault

PAGE = (
    "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head>"
    "<body><h1>We will be right back</h1><p>This page is not what you asked for.</p></body></html>\n"
)
"""What a proxy in front of a service likes to answer."""


def fault_answer(fault: Fault, body: Callable[[int], object]) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for a fault of kind status or throttle; `body` gives the part's own JSON."""
    headers: dict[str, str] = {}
    if fault.limit is not None:
        status = HTTPStatus.TOO_MANY_REQUESTS.value
        headers["Retry-After"] = fault.retry_after or "1"
    else:
        status = fault.status or HTTPStatus.OK.value
        if fault.retry_after is not None:
            headers["Retry-After"] = fault.retry_after
    headers["Content-Type"] = "application/json; charset=utf-8"
    told = fault.body if fault.body is not None else body(status)
    return status, headers, json.dumps(told).encode()


def html_answer(fault: Fault) -> web.Response:
    """The page of HTML of a fault."""
    answer = web.Response(status=fault.status or HTTPStatus.OK.value, text=PAGE, content_type="text/html")
    if fault.retry_after is not None:
        answer.headers["Retry-After"] = fault.retry_after
    return answer


def close(request: web.Request) -> web.Response:
    """Close the connection of `request`; what is returned can no longer reach the client."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def send_half(request: web.Request, answer: web.StreamResponse) -> web.Response:
    """Send the head and half of the body of `answer`, half of the head where there is no body; then close."""
    if request.transport is not None:
        request.transport.write(half(answer))
    close(request)
    return web.Response(status=answer.status)


def half(answer: web.StreamResponse) -> bytes:
    """The bytes that `send_half` sends.

    Raises:
        TypeError: `answer` is a stream or has a body that is not bytes.
    """
    if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes | bytearray | None):
        raise TypeError("A handler under the control must answer with a web.Response whose body is bytes.")
    body = bytes(answer.body or b"")
    reason = answer.reason or ""
    lines = [f"HTTP/1.1 {answer.status} {reason}"]
    lines += [
        f"{name}: {value}" for name, value in answer.headers.items() if name.lower() != "content-length"
    ]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    head = ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")
    return head + body[: len(body) // 2] if body else head[: len(head) // 2]
