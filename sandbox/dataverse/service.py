"""How do requests come in over HTTP, alone and in batches?"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from sandbox.control import Control, entry_of
from sandbox.dataverse import batch, execution_context, preferences, seeds
from sandbox.dataverse.batch import ChangeSet, ChangeSetAnswer, Item, ItemAnswer
from sandbox.dataverse.columns import Lookup, Reference
from sandbox.dataverse.cross_origin import allow_cross_origin
from sandbox.dataverse.engine import LONGEST_URL, LONGEST_URL_IN_BATCH, Created, Engine
from sandbox.dataverse.exchange import Answer, Request, error_body, problem_answer
from sandbox.dataverse.metadata.keys import Switches
from sandbox.dataverse.platform.environment import Environment
from sandbox.dataverse.platform.part import SYSTEM
from sandbox.dataverse.platform.tables import PLATFORM, platform_tables
from sandbox.dataverse.platform.users import known_user
from sandbox.dataverse.platform.web_resources import served
from sandbox.dataverse.platform.webhooks import registered
from sandbox.dataverse.problems import Problem, not_imitated, segment_missing
from sandbox.dataverse.protection import Limits, Protection, Throttled, Ticket
from sandbox.dataverse.store import Store, utc_now
from sandbox.dataverse.switchboard import Latency, Switchboard
from sandbox.dataverse.tables import schema
from sandbox.dataverse.tokens import Tokens
from sandbox.dataverse.webhook import Failure, Webhook

BASE_PATH: Final = "/api/data/v9.2/"
INDEX_SECONDS: Final = Switches().index_seconds
"""Until the index of a new alternate key is ready, where nothing is said of it."""

_VERSIONED = re.compile(r"/api/data/v\d+\.\d+(?:/|$)")
_LARGEST_BODY: Final = 64 * 2**20
_LONGEST_LINE: Final = 256 * 1024
"""Longer request lines are ours to refuse, not the HTTP parser's."""

_FAULT_CODES: Final[Mapping[int, tuple[str, str]]] = {
    400: ("0x80040203", "Invalid argument."),
    401: ("0x8005f101", "The requested resource requires authentication."),
    403: ("0x80040220", "Principal user is missing a privilege."),
    404: ("0x80040217", "The entity with a specified id does not exist."),
    412: ("0x80060882", "The version of the existing record doesn't match the RowVersion property provided."),
    429: ("0x80072322", "Number of requests exceeded the limit over the time window."),
}


class Service:
    """The Dataverse part of the sandbox.

    Args:
        installed: begin with our tables, as if they were installed, and with the app's user as a System
            Administrator; otherwise as an environment that has never heard of us.
        webhook: where created jobs are posted to, with the key as `code`; only where installed.
        posts: whether the environment has activity feeds.
        limits: service protection limits of each user.
        latency: how long requests take.
        repeat_after: seconds before a webhook is repeated.
        webhook_time_limit: seconds for one attempt of a webhook.
        key_index_seconds: until the index of a new alternate key is ready.
        now: the wall clock.
        clock: seconds that never jump.

    Raises:
        ValueError: a webhook where nothing is installed.
        Problem: the address of the webhook cannot be registered.
    """

    def __init__(
        self,
        *,
        installed: bool = False,
        webhook: str | None = None,
        posts: bool = True,
        limits: Limits | None = None,
        latency: Latency | None = None,
        repeat_after: float = 1.0,
        webhook_time_limit: float = 60.0,
        key_index_seconds: float = INDEX_SECONDS,
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if webhook is not None and not installed:
            raise ValueError(
                "A webhook posts created jobs, and there are none before our tables are installed."
            )
        self._first = schema(posts=posts, installed=installed, platform=platform_tables(posts=posts))
        self._installed, self._address = installed, webhook
        self._key_index_seconds, self._clock = key_index_seconds, clock
        self.store = Store(self._first, now)
        self.engine = self._engine()
        self.tokens = Tokens(clock)
        self.protection = Protection(limits or Limits(), clock)
        self.webhook = Webhook(self._failed, repeat_after=repeat_after, time_limit=webhook_time_limit)
        self.switchboard = Switchboard(
            self.engine, self.tokens, self.webhook, self.protection, latency or Latency()
        )
        self.control = Control(
            base_paths=(BASE_PATH,),
            reset=self._reset,
            start_over=self._start_over,
            seed=lambda given: seeds.add(self.store, self.engine, given),
            fault_body=_fault_body,
        )
        self._fill()

    def application(self) -> web.Application:
        """The service as an application, with its control routes."""
        app = web.Application(
            client_max_size=_LARGEST_BODY,
            handler_args={"max_line_size": _LONGEST_LINE, "max_field_size": _LONGEST_LINE},
        )
        self.control.install(app)
        allow_cross_origin(app)
        self.switchboard.install(app)
        app.router.add_get("/WebResources/{name:.+}", self._get_web_resource)
        app.router.add_route("*", "/{path:.*}", self._handle)
        app.on_cleanup.append(self._close)
        return app

    async def _close(self, _app: web.Application) -> None:
        await self.webhook.close()

    # --- state ----------------------------------------------------------------------------------------------

    def _engine(self) -> Engine:
        engine = Engine(self.store, Environment(self.store), self._created, self._clock)
        engine.metadata.switches.index_seconds = self._key_index_seconds
        return engine

    def _fill(self) -> None:
        Environment(self.store).plant(installed=self._installed, webhook=self._address)
        seeds.plant(self.store, self.engine)

    def _reset(self) -> None:
        """The seed rows alone; what was installed stays."""
        self._settle()
        self.store.clear(table.name for table in self.store.schema.tables if table.name not in PLATFORM)
        seeds.plant(self.store, self.engine)

    def _start_over(self) -> None:
        self._settle()
        self.store.start_over(self._first)
        self.engine = self.switchboard.engine = self._engine()
        self._fill()

    def _settle(self) -> None:
        self.webhook.reset()
        self.protection.reset()
        switches = self.engine.metadata.switches
        for name, value in asdict(Switches(index_seconds=self._key_index_seconds)).items():
            setattr(switches, name, value)

    def _created(self, created: Created) -> None:
        name = self.store.name_of(created.by) or ""
        for step in registered(self.store, created.row.table.name):
            body = execution_context.of_create(created.row, created.sent, created.by, name, step.step)
            self.webhook.fire(created.row, step, body)

    def _failed(self, failure: Failure) -> None:
        table = self.store.schema.by_name["asyncoperation"]
        about = table.by_name["regardingobjectid"].kind
        known = isinstance(about, Lookup) and failure.row.table in about.navigations
        self.store.insert(
            table,
            {
                "name": failure.step.name,
                "operationtype": 1,
                "messagename": "Create",
                "message": failure.message,
                "friendlymessage": failure.message,
                "errorcode": failure.signed_code,
                "retrycount": failure.attempts - 1,
                "startedon": failure.started.replace(microsecond=0),
                "completedon": self.store.now().replace(microsecond=0),
                "correlationid": failure.correlation_id,
                "regardingobjectid": failure.row if known else None,
                "owningextensionid": failure.step.step,
                "statecode": 3,
                "statuscode": 31,
            },
            SYSTEM,
        )

    async def _get_web_resource(self, request: web.Request) -> web.Response:
        found = served(self.store, request.match_info["name"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(
            body=found.content, content_type=found.content_type, charset="utf-8" if found.text else None
        )

    # --- requests -------------------------------------------------------------------------------------------

    async def _handle(self, request: web.Request) -> web.Response:
        request_id = str(uuid4())
        answer = await self._answer(request)
        headers = [*answer.headers, ("x-ms-service-request-id", request_id), ("REQ_ID", request_id)]
        response = web.Response(status=answer.status, body=answer.body or None)
        for name, value in headers:
            # The content type of an answer without a body would be made up.
            response.headers[name] = value
        return response

    async def _answer(self, request: web.Request) -> Answer:
        path, _, query = request.raw_path.partition("?")
        if not path.startswith(BASE_PATH) and f"{path}/" != BASE_PATH:
            what = "versions of the Web API other than v9.2"
            return problem_answer(
                not_imitated(what) if _VERSIONED.match(path) else segment_missing(path.strip("/"))
            )
        user = self.tokens.user(request.headers.get("Authorization"))
        if user is None:
            return Answer(
                HTTPStatus.UNAUTHORIZED,
                (
                    ("Content-Type", "text/html"),
                    (
                        "WWW-Authenticate",
                        'Bearer authorization_uri="https://login.microsoftonline.com/common"',
                    ),
                ),
                b"HTTP Error 401 - Unauthorized: Access is denied",
            )
        inner = Request(
            request.method,
            path.removeprefix(BASE_PATH.rstrip("/")).removeprefix("/"),
            query,
            {name.lower(): value for name, value in request.headers.items()},
            await request.read(),
            f"{request.scheme}://{request.host}{BASE_PATH}",
        )
        try:
            with self.protection.admitted(user) as ticket:
                answer = await self._admitted(request, inner, user, ticket)
        except Throttled as throttled:
            return problem_answer(throttled).with_headers((("Retry-After", str(throttled.retry_after)),))
        return answer.with_headers(self._left(user))

    def _left(self, user: str) -> tuple[tuple[str, str], ...]:
        requests, seconds = self.protection.remaining(user)
        return (
            ("x-ms-ratelimit-burst-remaining-xrm-requests", str(max(0, requests))),
            ("x-ms-ratelimit-time-remaining-xrm-requests", f"{max(0.0, seconds):.2f}"),
        )

    async def _admitted(self, request: web.Request, inner: Request, user: str, ticket: Ticket) -> Answer:
        await _take(ticket, self.switchboard.latency.request)
        by = known_user(self.store, user)
        if len(request.raw_path) > LONGEST_URL:
            return problem_answer(_too_long(LONGEST_URL))
        if inner.path != "$batch":
            return self.engine.execute(inner, by)
        try:
            return await self._batch(request, inner, by, ticket)
        except Problem as problem:
            return problem_answer(problem)

    async def _batch(self, request: web.Request, inner: Request, by: Reference, ticket: Ticket) -> Answer:
        if inner.method != "POST":
            raise Problem(HTTPStatus.METHOD_NOT_ALLOWED, "0x80060888", "A batch is sent by POST.")
        wanted = preferences.read(inner.headers)
        items = batch.parsed(inner.headers.get("content-type", ""), inner.body, inner.root)
        answers: list[ItemAnswer] = []
        status = HTTPStatus.OK.value
        for item in items:
            requests = item.requests if isinstance(item, ChangeSet) else (item,)
            await _take(ticket, self.switchboard.latency.part * len(requests))
            answer = self._item(item, by)
            answers.append(answer)
            statuses = (
                [one.status for one in answer.answers]
                if isinstance(answer, ChangeSetAnswer)
                else [answer.status] * len(requests)
            )
            for one, reached in zip(requests, statuses, strict=True):
                entry_of(request).add_child(one.method, _full_path(one), reached)
            if max(statuses) >= HTTPStatus.BAD_REQUEST and not wanted.continue_on_error:
                status = HTTPStatus.BAD_REQUEST.value
                break
        return batch.rendered(answers, status).with_headers(wanted.headers)

    def _item(self, item: Item, by: Reference) -> ItemAnswer:
        requests = item.requests if isinstance(item, ChangeSet) else (item,)
        for one in requests:
            if len(_full_path(one)) > LONGEST_URL_IN_BATCH:
                return problem_answer(_too_long(LONGEST_URL_IN_BATCH))
            fault = self.control.part_fault(one.method, _full_path(one))
            if fault is not None:
                fault_status, headers, body = self.control.fault_answer(fault)
                return Answer(fault_status, tuple(headers.items()), body)
        if not isinstance(item, ChangeSet):
            return self.engine.execute(item, by)
        answers = self.engine.execute_together(requests, by)
        if len(answers) == 1 and answers[0].status >= HTTPStatus.BAD_REQUEST:
            return answers[0]
        return ChangeSetAnswer(tuple(answers), tuple(one.headers.get("content-id") for one in requests))


async def _take(ticket: Ticket, seconds: float) -> None:
    if seconds:
        ticket.seconds += seconds
        await asyncio.sleep(seconds)


def _full_path(request: Request) -> str:
    return f"{BASE_PATH}{request.path}" + (f"?{request.query}" if request.query else "")


def _too_long(limit: int) -> Problem:
    return Problem(
        HTTPStatus.REQUEST_URI_TOO_LONG, "0x80060888", f"The URL is longer than {limit} characters."
    )


def _fault_body(status: int) -> dict[str, Any]:
    code, message = _FAULT_CODES.get(status, ("0x80040216", "An unexpected error occurred."))
    return error_body(status, code, message)
