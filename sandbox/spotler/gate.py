"""Who comes in: is the request signed, licensed, and asking for what can be answered?"""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from sandbox.spotler.account import Account, Declined, ErrorType
from sandbox.spotler.oauth1 import NotSigned, Signed, Verifier

BASES = ("/integrationservice-1.1.0", "/integrationservice")
"""Both prefixes in use; what differs between them is published nowhere."""

OVERLOADED_RETRY_SECONDS = "1"
"""What an overloaded part asks a caller to wait."""


def base_of(path: str) -> str | None:
    """The base path that `path` is under."""
    return next((base for base in BASES if path == base or path.startswith(f"{base}/")), None)


def error_answer(status: int, error: ErrorType | None, message: str) -> web.Response:
    """`ErrorResponse` in the vendor's form; without `error` only a message, which the vendor never sends."""
    body = {"message": message} if error is None else {"errorType": error.value, "message": message}
    return web.json_response(body, status=status)


def fault_body(status: int) -> object:
    """What a fault of kind status answers: the vendor's form where that status comes from the service itself.

    A status that a gateway would answer carries no error type.
    """
    types = {
        400: "INVALID_PARAMS",
        401: "AUTH_NOT_FOUND",
        403: "NOT_AUTHORIZED",
        500: "BACKEND_EXCEPTION",
    }
    message = f"A fault of the sandbox answers {status}"
    return {"errorType": types[status], "message": message} if status in types else {"message": message}


def load(*, latency: float, most: int | None) -> Middleware:
    """Makes every call last `latency` seconds longer, and answers 429 to more than `most` at a time."""
    inside = 0

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal inside
        if base_of(request.path) is None:
            return await handler(request)
        if most is not None and inside >= most:
            answer = error_answer(HTTPStatus.TOO_MANY_REQUESTS, None, f"More than {most} calls at a time")
            answer.headers["Retry-After"] = OVERLOADED_RETRY_SECONDS
            return answer
        inside += 1
        try:
            if latency:
                await asyncio.sleep(latency)
            return await handler(request)
        finally:
            inside -= 1

    return middleware


def gate(account: Account) -> Middleware:
    """Signature, licence, Accept and Content-Type; the public API description passes without any of them."""
    verifier = Verifier(secrets=lambda key: _secret(account, key), now=time.time)

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        base = base_of(request.path)
        if base is None or request.path.startswith(f"{base}/api-docs"):
            return await handler(request)
        try:
            key = verifier.check(await _signed(request))
        except NotSigned as reason:
            answer = error_answer(HTTPStatus.UNAUTHORIZED, ErrorType.AUTH_NOT_FOUND, str(reason))
            answer.headers["WWW-Authenticate"] = "OAuth"
            return answer
        if not account.catalogue.keys[key].licensed:
            told = "This key has no licence for this product"
            return error_answer(HTTPStatus.FORBIDDEN, ErrorType.NOT_AUTHORIZED, told)
        refused = _refused_form(request)
        if refused is not None:
            return refused
        try:
            return await handler(request)
        except Declined as declined:
            return error_answer(declined.status, declined.error, declined.message)

    return middleware


def _secret(account: Account, key: str) -> str | None:
    found = account.catalogue.keys.get(key)
    return found.secret if found else None


async def _signed(request: web.Request) -> Signed:
    return Signed(
        method=request.method,
        url=f"{request.scheme}://{request.host}{request.raw_path}",
        authorization=request.headers.get("Authorization"),
        content_type=request.headers.get("Content-Type", ""),
        body=await request.read(),
    )


def _refused_form(request: web.Request) -> web.Response | None:
    if "application/json" not in request.headers.get("Accept", "").lower():
        told = "Mail+ would answer XML, which the sandbox does not imitate: send Accept: application/json"
        return error_answer(HTTPStatus.NOT_ACCEPTABLE, None, told)
    if request.method == "POST" and request.content_type != "application/json":
        told = "The sandbox reads only JSON: send Content-Type: application/json"
        return error_answer(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, None, told)
    return None
