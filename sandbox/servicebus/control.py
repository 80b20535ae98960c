"""How do people and tests look into the bus and disturb it?

Answers in JSON under `/_sandbox/`: `queues`, `queues/{name}/messages`, `reset`, `faults`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from sandbox.servicebus.bus import Bus
from sandbox.servicebus.errors import BusError
from sandbox.servicebus.faults import FaultError, Kind, parse_fault
from sandbox.servicebus.message import read_bare
from sandbox.servicebus.queue import MAX_PEEK, Entry, Queue


def control_app(bus: Bus, drop_connections: Callable[[], None]) -> web.Application:
    """Build the control routes.

    Args:
        bus: whose queues are shown.
        drop_connections: breaks every AMQP connection that is open.
    """
    control = _Control(bus, drop_connections)
    app = web.Application()
    app.add_routes(
        [
            web.get("/_sandbox/queues", control.get_queues),
            web.get("/_sandbox/queues/{name}/messages", control.get_messages),
            web.post("/_sandbox/reset", control.reset),
            web.get("/_sandbox/faults", control.get_faults),
            web.post("/_sandbox/faults", control.add_fault),
            web.delete("/_sandbox/faults", control.clear_faults),
        ]
    )
    return app


class _Control:
    def __init__(self, bus: Bus, drop_connections: Callable[[], None]) -> None:
        self._bus = bus
        self._drop_connections = drop_connections

    async def get_queues(self, _request: web.Request) -> web.Response:
        return web.json_response([_describe_queue(queue) for queue in self._bus])

    async def get_messages(self, request: web.Request) -> web.Response:
        try:
            queue = self._bus.find(request.match_info["name"])
        except BusError as error:
            return _refused(404, error.description)
        if request.query.get("deadLetter", "0") not in {"", "0", "false"} and queue.dead_letters is not None:
            queue = queue.dead_letters
        return web.json_response([_describe_message(entry) for entry in queue.peek(0, MAX_PEEK)])

    async def reset(self, _request: web.Request) -> web.Response:
        self._bus.faults.clear()
        self._bus.clear()
        return web.Response(status=204)

    async def get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response([fault.describe() for fault in self._bus.faults.active()])

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = parse_fault(await request.json())
        except FaultError as error:
            return _refused(400, str(error))
        except ValueError:
            return _refused(400, "The body is no JSON.")
        self._bus.faults.switch_on(fault)
        if fault.kind is Kind.DROP_CONNECTIONS:
            self._drop_connections()
        return web.json_response(fault.describe(), status=201)

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self._bus.faults.clear()
        return web.Response(status=204)


def _refused(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)


def _describe_queue(queue: Queue) -> dict[str, Any]:
    counts = queue.counts()
    return {
        "name": queue.name,
        "active": counts.active,
        "scheduled": counts.scheduled,
        "locked": counts.locked,
        "deadLetter": queue.dead_letters.size if queue.dead_letters is not None else 0,
    }


def _describe_message(entry: Entry) -> dict[str, Any]:
    reading = read_bare(entry.message.bare)
    properties = reading.application_properties
    message_id = reading.message_id
    return {
        "sequenceNumber": entry.sequence,
        "messageId": None if message_id is None else str(message_id),
        "deliveryCount": entry.delivery_count,
        "enqueuedTime": _moment(entry.enqueued_ms),
        "scheduledFor": None if entry.due_ms is None else _moment(entry.due_ms),
        "deadLetterReason": properties.get("DeadLetterReason"),
        "deadLetterDescription": properties.get("DeadLetterErrorDescription"),
        "body": reading.text,
    }


def _moment(milliseconds: int) -> str:
    text = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
