"""What is asked of `$cbs` and `$management`, and what is answered?

Source: "AMQP 1.0 in Azure Service Bus: request-response-based operations" in Microsoft's documentation.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sandbox.servicebus.codec import Array, CodecError, Int, Symbol, Timestamp
from sandbox.servicebus.errors import BusError, not_implemented
from sandbox.servicebus.message import (
    APPLICATION_PROPERTIES,
    PROPERTIES,
    VALUE,
    read_message,
    read_sections,
    write_section,
)
from sandbox.servicebus.queue import Queue
from sandbox.servicebus.tokens import entity_path, refusal

SCHEDULE = "com.microsoft:schedule-message"


@dataclass(frozen=True, slots=True)
class Request:
    """A request message.

    Attributes:
        message_id: comes back as the answer's correlation id.
        reply_to: address at which the sender awaits the answer; the Python SDK says none.
    """

    message_id: Any
    reply_to: str | None
    properties: dict[Any, Any]
    body: Any

    @property
    def operation(self) -> Any:
        """The name of what is asked for."""
        return self.properties.get("operation")


def read_request(raw: bytes) -> Request:
    """Read an encoded request.

    Raises:
        CodecError: it is none.
    """
    sections = {section.code: section.value for section in read_sections(raw)}
    properties = [*sections.get(PROPERTIES, []), *[None] * 5]
    return Request(
        properties[0], properties[4], sections.get(APPLICATION_PROPERTIES, {}), sections.get(VALUE)
    )


def _write_answer(request: Request, properties: dict[str, Any], body: Any) -> bytes:
    return (
        write_section(PROPERTIES, [None, None, None, None, None, request.message_id])
        + write_section(APPLICATION_PROPERTIES, properties)
        + write_section(VALUE, body)
    )


# --- $cbs


def answer_token(request: Request, grant: Callable[[str], None]) -> bytes:
    """Judge a put-token request, and tell `grant` the path of the entity if the token is good."""
    audience = request.properties.get("name")
    if request.operation != "put-token":
        status, description = 501, "The sandbox knows put-token alone."
    elif (reason := refusal(request.body, audience, time.time())) is not None:
        status, description = 401, f"InvalidSignature: {reason}"
    else:
        grant(entity_path(str(audience)))
        status, description = 202, "Accepted"
    return _write_answer(request, {"status-code": Int(status), "status-description": description}, None)


# --- $management


def answer_management(request: Request, queue: Queue) -> bytes:
    """Carry out a management request on `queue`."""
    try:
        operation = _OPERATIONS.get(str(request.operation))
        if operation is None:
            raise not_implemented(f"the operation {request.operation}")
        if not isinstance(request.body, dict):
            raise _invalid("The body of the request must be a map.")
        return _answer(request, operation(queue, request.body))
    except CodecError as error:
        return write_refusal(request, _invalid(str(error)))
    except BusError as error:
        return write_refusal(request, error)


def write_refusal(request: Request, error: BusError) -> bytes:
    """Answer a management request with an error."""
    properties = {
        "statusCode": Int(error.status),
        "statusDescription": error.description,
        "errorCondition": Symbol(error.condition),
    }
    return _write_answer(request, properties, {})


def _answer(request: Request, body: dict[str, Any] | None) -> bytes:
    status, description = (204, "No content") if body is None else (200, "OK")
    return _write_answer(request, {"statusCode": Int(status), "statusDescription": description}, body or {})


def _peek(queue: Queue, body: dict[Any, Any]) -> dict[str, Any] | None:
    if body.get("session-id") is not None:
        raise not_implemented("sessions")
    entries = queue.peek(_field(body, "from-sequence-number", int), _field(body, "message-count", int))
    return {"messages": [{"message": entry.write()} for entry in entries]} if entries else None


def _schedule(queue: Queue, body: dict[Any, Any]) -> dict[str, Any]:
    entries = _items(body, "messages", dict)
    messages = [read_message(_field(entry, "message", bytes)) for entry in entries]
    return {"sequence-numbers": Array(0x81, tuple(queue.put(messages)))}


def _cancel(queue: Queue, body: dict[Any, Any]) -> dict[str, Any]:
    queue.cancel(_items(body, "sequence-numbers", int))
    return {}


def _renew(queue: Queue, body: dict[Any, Any]) -> dict[str, Any]:
    ends = [Timestamp(queue.renew(token)) for token in _items(body, "lock-tokens", UUID)]
    return {"expirations": Array(0x83, tuple(ends))}


def _settle(queue: Queue, body: dict[Any, Any]) -> dict[str, Any]:
    if body.get("session-id") is not None:
        raise not_implemented("sessions")
    if body.get("properties-to-modify"):
        raise not_implemented("changing the properties of a message while settling it")
    status = _field(body, "disposition-status", str)
    for token in _items(body, "lock-tokens", UUID):
        match status:
            case "completed":
                queue.complete(token)
            case "abandoned":
                queue.abandon(token)
            case "suspended":
                queue.dead_letter(token, body.get("deadletter-reason"), body.get("deadletter-description"))
            case _:
                raise not_implemented(f"settling as {status}")
    return {}


_OPERATIONS: dict[str, Callable[[Queue, dict[Any, Any]], dict[str, Any] | None]] = {
    "com.microsoft:peek-message": _peek,
    SCHEDULE: _schedule,
    "com.microsoft:cancel-scheduled-message": _cancel,
    "com.microsoft:renew-lock": _renew,
    "com.microsoft:update-disposition": _settle,
}


def _field[T](body: dict[Any, Any], name: str, kind: type[T]) -> T:
    value = body.get(name)
    if not isinstance(value, kind):
        raise _invalid(f"{name} is missing or of the wrong type.")
    return value


def _items[T](body: dict[Any, Any], name: str, kind: type[T]) -> list[T]:
    value = body.get(name)
    items = list(value.items) if isinstance(value, Array) else value
    if not isinstance(items, list) or not all(isinstance(item, kind) for item in items):
        raise _invalid(f"{name} is missing or of the wrong type.")
    return cast("list[T]", items)


def _invalid(description: str) -> BusError:
    return BusError("amqp:invalid-field", description, 400)
