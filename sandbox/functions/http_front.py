"""How does the host answer HTTP: functions by their routes and keys, and its own admin paths?"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from hmac import compare_digest
from http import HTTPStatus
from typing import Any

from aiohttp import web

from sandbox.functions.bindings import FunctionDefinition, HttpTrigger
from sandbox.functions.errors import StartError
from sandbox.functions.invocations import Invocations
from sandbox.functions.messages import RpcHttp, RpcHttpCookie, TypedData
from sandbox.functions.routes import Found, Route, WrongMethod, find, parse_template

_log = logging.getLogger(__name__)

# The load balancer before Azure Functions cuts after 230 s
# (https://learn.microsoft.com/azure/azure-functions/functions-scale#timeout).
ANSWER_SECONDS = 230.0
BODY_LIMIT = 100 * 2**20
START_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Local Functions host</title>
<h1>Your Functions app is up and running</h1>
<p>Its functions are listed at <code>/admin/functions</code> (needs the key).</p></html>
"""

# Computed from the answer itself, so an app's own value could only contradict it.
_COMPUTED_HEADERS = {"content-length", "transfer-encoding", "connection"}

type RunManually = Callable[[FunctionDefinition, str | None], None]


@dataclass(frozen=True, slots=True)
class _HttpFunction:
    definition: FunctionDefinition
    trigger: HttpTrigger


class HttpFront:
    """Answers every path of the host.

    Args:
        functions: All functions of the app.
        disabled: Names of those that a setting switches off.
        prefix: Route prefix of HTTP functions.
        key: Function key, host key and master key in one; a secret.
        invocations: Runs functions.
        run_manually: Starts a function that has no HTTP trigger, with the ``input`` of an admin call.
        answer_seconds: After how long a function without answer is cut off.

    Raises:
        StartError: A route template is wrong.
    """

    def __init__(
        self,
        functions: Sequence[FunctionDefinition],
        *,
        disabled: frozenset[str],
        prefix: str,
        key: str,
        invocations: Invocations,
        run_manually: RunManually,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._functions = {function.name.lower(): function for function in functions}
        self._disabled = disabled
        self._prefix = prefix
        self._key = key.encode()
        self._invocations = invocations
        self._run_manually = run_manually
        self._answer_seconds = answer_seconds
        self._routes = [
            self._route(function, function.trigger)
            for function in functions
            if isinstance(function.trigger, HttpTrigger) and function.name not in disabled
        ]

    def application(self) -> web.Application:
        """Make the aiohttp application."""
        app = web.Application(client_max_size=BODY_LIMIT)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    def _route(self, function: FunctionDefinition, trigger: HttpTrigger) -> Route[_HttpFunction]:
        where = f"function {function.name}"
        path = f"{self._prefix}/{trigger.route}".strip("/")
        if path.split("/")[0].lower() in {"admin", "runtime"} or trigger.route.lower().startswith("admin/"):
            raise StartError(f"{where}: the route {path!r} is reserved for the host. Choose another one.")
        if trigger.auth_level not in {"anonymous", "function", "admin"}:
            raise StartError(
                f"{where}: this host does not imitate the auth level {trigger.auth_level!r}. "
                "It knows anonymous, function and admin."
            )
        return Route(parse_template(path, where=where), trigger.methods, _HttpFunction(function, trigger))

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        path = request.rel_url.raw_path
        first, _, rest = path.strip("/").partition("/")
        if first.lower() == "admin":
            return await self._admin(request, rest)
        found = find(self._routes, request.method, path)
        if isinstance(found, Found):
            function = found.target
            if function.trigger.auth_level != "anonymous" and not self._has_key(request):
                return _empty(HTTPStatus.UNAUTHORIZED)
            return await self._run(request, function, found.parameters)
        if isinstance(found, WrongMethod):
            return _empty(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": ", ".join(found.allowed)})
        if not first and request.method in {"GET", "HEAD"}:
            return web.Response(text=START_PAGE, content_type="text/html")
        return _empty(HTTPStatus.NOT_FOUND)

    def _has_key(self, request: web.Request) -> bool:
        given = request.headers.get("x-functions-key") or request.query.get("code") or ""
        return compare_digest(given.encode("utf-8", "surrogateescape"), self._key)

    async def _run(
        self, request: web.Request, function: _HttpFunction, parameters: Mapping[str, str]
    ) -> web.StreamResponse:
        if (request.content_length or 0) > BODY_LIMIT:
            return _empty(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        inputs = {function.trigger.parameter: await _rpc_request(request, parameters)}
        run = self._invocations.start(
            function.definition,
            inputs=inputs,
            metadata={},
            parent=request.headers.get("traceparent"),
            reason="This function was programmatically called via the host APIs.",
        )
        done, _ = await asyncio.wait({run}, timeout=self._answer_seconds)
        if not done:
            _log.error(
                "Function %s gave no answer within %g s; the caller is cut off, the function runs on.",
                function.definition.name,
                self._answer_seconds,
            )
            return _empty(HTTPStatus.GATEWAY_TIMEOUT)
        outcome = run.result()
        if not outcome.succeeded:
            return _empty(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _response(outcome.http)

    async def _admin(self, request: web.Request, path: str) -> web.StreamResponse:
        if not self._has_key(request):
            return _empty(HTTPStatus.UNAUTHORIZED)
        parts = path.strip("/").split("/")
        match (request.method, parts):
            case ("GET", ["functions"]):
                listed = [self._described(request, function) for function in self._functions.values()]
                return web.json_response(listed)
            case ("GET", ["functions", name]) if name.lower() in self._functions:
                return web.json_response(self._described(request, self._functions[name.lower()]))
            case ("POST", ["functions", name]):
                return await self._invoke_manually(request, name)
            case _:
                return _empty(HTTPStatus.NOT_FOUND)

    async def _invoke_manually(self, request: web.Request, name: str) -> web.Response:
        try:
            body = json.loads(await request.read())
        except ValueError:
            return _refusal('The body is no JSON; send {"input": "..."}.')
        given = body.get("input") if isinstance(body, dict) else body
        if not isinstance(body, dict) or not (given is None or isinstance(given, str)):
            return _refusal('Send an object {"input": "..."}, where input is text or null.')
        function = self._functions.get(name.lower())
        if function is None or function.name in self._disabled:
            return _empty(HTTPStatus.NOT_FOUND)
        if isinstance(function.trigger, HttpTrigger):
            return _refusal(f"{function.name} has an HTTP trigger; call its route.")
        self._run_manually(function, given)
        return _empty(HTTPStatus.ACCEPTED)

    def _described(self, request: web.Request, function: FunctionDefinition) -> dict[str, Any]:
        template = None
        if isinstance(function.trigger, HttpTrigger):
            route = f"{self._prefix}/{function.trigger.route}".strip("/")
            template = f"{request.scheme}://{request.host}/{route}"
        return {
            "name": function.name,
            "language": "python",
            "isDisabled": function.name in self._disabled,
            "invoke_url_template": template,
            "href": f"{request.scheme}://{request.host}/admin/functions/{function.name}",
            "config": {"name": function.name, "language": "python", "bindings": list(function.bindings)},
        }


async def _rpc_request(request: web.Request, parameters: Mapping[str, str]) -> TypedData:
    headers: dict[str, str] = {}
    for name, value in request.headers.items():
        key = name.lower()
        headers[key] = f"{headers[key]},{value}" if key in headers else value
    query: dict[str, str] = {}
    for name, value in request.query.items():
        # The .NET host joins repetitions and leaves out empty values.
        if value:
            query[name] = f"{query[name]},{value}" if name in query else value
    body = await request.read()
    return TypedData(
        http=RpcHttp(
            method=request.method,
            url=str(request.url),
            headers=headers,
            params=dict(parameters),
            query=query,
            body=TypedData(bytes=body) if body else TypedData(),
        )
    )


def _response(value: TypedData | None) -> web.Response:
    if value is None:
        return _empty(HTTPStatus.NO_CONTENT)
    if value.http is None:
        text = value.string if value.string is not None else value.json
        if text is not None:
            return web.Response(
                text=text, content_type="text/plain" if value.json is None else "application/json"
            )
        return web.Response(body=value.bytes or b"")
    answer = value.http
    headers = {name: text for name, text in answer.headers.items() if name.lower() not in _COMPUTED_HEADERS}
    body = answer.body.bytes if answer.body is not None else b""
    response = web.Response(status=int(answer.status_code), headers=headers, body=body or b"")
    for cookie in answer.cookies or ():
        _set_cookie(response, cookie)
    return response


def _set_cookie(response: web.Response, cookie: RpcHttpCookie) -> None:
    def value_of(nullable: Any) -> Any:
        return None if nullable is None else nullable.value

    age, expires = value_of(cookie.max_age), value_of(cookie.expires)
    response.set_cookie(
        cookie.name,
        cookie.value,
        domain=value_of(cookie.domain) or None,
        path=value_of(cookie.path) or "/",
        expires=None if expires is None else formatdate(expires.seconds, usegmt=True),
        max_age=None if age is None else int(age),
        secure=value_of(cookie.secure),
        httponly=value_of(cookie.http_only),
        samesite=cookie.same_site or None,
    )


def _empty(status: HTTPStatus, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(status=status, headers=headers)


def _refusal(sentence: str) -> web.Response:
    return web.Response(status=HTTPStatus.BAD_REQUEST, text=sentence)
