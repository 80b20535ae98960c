"""How do the journal, the faults and the control routes get around an application?"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.control import answers
from sandbox.control.bodies import Refused, json_object
from sandbox.control.faults import Fault, FaultTable, Kind, Standing, parse
from sandbox.control.journal import Entry, Journal

PREFIX = "/_sandbox/"
"""Where the control routes are; nothing under it is journalled or faulted."""

_ENTRY = web.RequestKey("journal_entry", Entry)

_WITH_EFFECT = frozenset({Kind.DROP_AFTER, Kind.HALF_BODY})


def entry_of(request: web.Request) -> Entry:
    """The journal's entry of `request`, to add the parts of a batch to."""
    return request[_ENTRY]


def _plain_body(status: int) -> object:
    return {"error": {"code": "SandboxFault", "message": f"A fault of the sandbox answers {status}."}}


class Control:
    """Journal, faults and control routes of one part.

    Args:
        base_paths: what to cut off a path before a fault is matched with it; the longest that fits.
        reset: puts the part back to its seed data.
        start_over: puts a part back to how it started, where that is more than its seed data.
        seed: adds rows and gives how many of each; raises `Refused` when it cannot, then without any effect.
        fault_body: the JSON a part answers an error status with.
    """

    def __init__(
        self,
        *,
        base_paths: tuple[str, ...],
        reset: Callable[[], None],
        seed: Callable[[Mapping[str, Any]], Mapping[str, int]],
        fault_body: Callable[[int], object] = _plain_body,
        start_over: Callable[[], None] | None = None,
    ) -> None:
        self.journal = Journal()
        self.faults = FaultTable()
        self._bases = tuple(sorted((base.rstrip("/") for base in base_paths), key=len, reverse=True))
        self._reset = reset
        self._start_over = start_over or reset
        self._seed = seed
        self._fault_body = fault_body
        self._resets = 0
        self._running: set[asyncio.Task[web.StreamResponse]] = set()

    def install(self, app: web.Application) -> None:
        """Put the control around `app`; call it before the application starts."""
        app.middlewares.insert(0, self._around)
        app.on_cleanup.append(self._end_running)
        app.router.add_post(PREFIX + "reset", self._post_reset)
        app.router.add_post(PREFIX + "seed", self._post_seed)
        app.router.add_get(PREFIX + "journal", self._get_journal)
        app.router.add_delete(PREFIX + "journal", self._delete_journal)
        app.router.add_get(PREFIX + "faults", self._get_faults)
        app.router.add_post(PREFIX + "faults", self._post_fault)
        app.router.add_delete(PREFIX + "faults", self._delete_faults)

    def after_base(self, path: str) -> str:
        """What follows the part's base path in `path`; the whole of it where no base fits."""
        for base in self._bases:
            rest = path.removeprefix(base)
            if base and rest != path and rest[:1] in {"", "/", "?"}:
                return rest if rest.startswith("/") else f"/{rest}"
        return path

    def part_fault(self, method: str, path: str) -> Fault | None:
        """The fault of kind status that strikes one part of a batch; the hit is counted.

        Args:
            method: of the part.
            path: of the part, with or without base path and leading slash.
        """
        struck = self.faults.strike(
            method, self.after_base(path if path.startswith("/") else f"/{path}"), only=Kind.STATUS
        )
        return struck.fault if struck else None

    def fault_answer(self, fault: Fault) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body that a fault of kind status answers with."""
        return answers.fault_answer(fault, self._fault_body)

    # --- around every request ---

    @web.middleware
    async def _around(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.startswith(PREFIX):
            return await _told_plainly(request, handler)
        entry = self.journal.begin(request.method, request.raw_path)
        request[_ENTRY] = entry
        # A task of its own, held here: once a connection is lost aiohttp forgets its handler, and an
        # abandoned request must still take effect.
        task = asyncio.ensure_future(self._disturbed(request, entry, handler))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)

    async def _disturbed(self, request: web.Request, entry: Entry, handler: Handler) -> web.StreamResponse:
        status: int | None = None
        try:
            # The whole body first: a client that leaves during a delay must not take it away again.
            await request.read()
            answer = await self._past_throttles(request, entry, handler)
            status = answer.status
        except web.HTTPException as raised:
            status = raised.status
            raise
        except ConnectionError:
            # The client left before its body was whole: there is nothing to answer.
            raise
        except Exception:
            status = HTTPStatus.INTERNAL_SERVER_ERROR.value
            raise
        else:
            return answer
        finally:
            transport = request.transport
            reachable = transport is not None and not transport.is_closing()
            entry.end(status, answered=reachable)

    async def _past_throttles(
        self, request: web.Request, entry: Entry, handler: Handler
    ) -> web.StreamResponse:
        path = self.after_base(request.raw_path)
        entered: list[Standing] = []
        try:
            for throttle in self.faults.throttles(request.method, path):
                if throttle.inside >= (throttle.fault.limit or 0):
                    throttle.hits += 1
                    entry.fault = throttle.id
                    return self._response(throttle.fault)
                throttle.inside += 1
                entered.append(throttle)
            struck = self.faults.strike(request.method, path)
            if struck is None:
                return await handler(request)
            entry.fault = struck.id
            return await self._struck(struck.fault, request, entry, handler)
        finally:
            for throttle in entered:
                throttle.inside -= 1

    async def _struck(
        self, fault: Fault, request: web.Request, entry: Entry, handler: Handler
    ) -> web.StreamResponse:
        resets = self._resets
        if fault.seconds:
            await asyncio.sleep(fault.seconds)
        if resets != self._resets:
            # A late effect of an earlier test must not appear in the fresh state.
            entry.dropped = True
            return answers.close(request)
        if fault.kind is Kind.DELAY:
            return await handler(request)
        if fault.kind in _WITH_EFFECT or fault.after:
            return _broken(fault, request, entry, await _settled(handler, request))
        if fault.kind is Kind.DROP_BEFORE:
            entry.dropped = True
            return answers.close(request)
        return answers.html_answer(fault) if fault.kind is Kind.HTML else self._response(fault)

    def _response(self, fault: Fault) -> web.Response:
        status, headers, body = self.fault_answer(fault)
        if status in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:
            return web.Response(status=status)
        return web.Response(status=status, headers=headers, body=body)

    async def _end_running(self, _app: web.Application) -> None:
        left = tuple(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    # --- control routes ---

    async def _post_reset(self, request: web.Request) -> web.Response:
        given = await json_object(request) if (await request.read()).strip() else {}
        everything = given.get("everything", False)
        if not isinstance(everything, bool) or set(given) - {"everything"}:
            raise Refused("A reset takes {'everything': true or false} or nothing.")
        self._resets += 1
        (self._start_over if everything else self._reset)()
        self.faults.remove()
        self.journal.clear()
        return web.json_response({"reset": True})

    async def _post_seed(self, request: web.Request) -> web.Response:
        return web.json_response(dict(self._seed(await json_object(request))))

    async def _get_journal(self, _request: web.Request) -> web.Response:
        return web.json_response([entry.as_json() for entry in self.journal.entries()])

    async def _delete_journal(self, _request: web.Request) -> web.Response:
        return web.json_response({"removed": self.journal.clear()})

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([one.as_json() for one in self.faults.standing()])

    async def _post_fault(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.faults.add(parse(await json_object(request)))})

    async def _delete_faults(self, request: web.Request) -> web.Response:
        fault_id = request.query.get("id")
        removed = self.faults.remove(fault_id)
        if fault_id is not None and not removed:
            raise Refused(f"There is no fault {fault_id!r}.")
        return web.json_response({"removed": removed})


def _broken(
    fault: Fault, request: web.Request, entry: Entry, answer: web.StreamResponse
) -> web.StreamResponse:
    if fault.kind is Kind.HTML:
        return answers.html_answer(fault)
    if fault.kind is Kind.HALF_BODY:
        return answers.send_half(request, answer)
    entry.dropped = True
    return answers.close(request)


async def _settled(handler: Handler, request: web.Request) -> web.StreamResponse:
    try:
        return await handler(request)
    except web.HTTPException as raised:
        return raised


async def _told_plainly(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=HTTPStatus.BAD_REQUEST)
    except web.HTTPException as raised:
        told = f"{request.method} {request.path}: {raised.reason}."
        return web.json_response({"error": told}, status=raised.status)
