"""How does a message of the Service Bus SDK become a delivery, as the host passes it on?"""

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from azure.servicebus import ServiceBusReceivedMessage
from azure.servicebus.amqp import AmqpMessageBodyType

from sandbox.functions.servicebus_metadata import Delivery

# What .NET calls DateTime.MaxValue: a message without time to live never expires.
NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


def delivery_of(message: ServiceBusReceivedMessage) -> Delivery:
    """Read a received message."""
    return Delivery(
        body=_body(message),
        message_id=message.message_id,
        lock_token=None if message.lock_token is None else str(message.lock_token),
        # On the wire the count is of deliveries that failed before; .NET counts this one too.
        delivery_count=(message.delivery_count or 0) + 1,
        sequence_number=message.sequence_number or 0,
        enqueued_time=message.enqueued_time_utc or datetime.now(UTC),
        expires_at=message.expires_at_utc or NEVER,
        session_id=message.session_id,
        correlation_id=message.correlation_id,
        content_type=message.content_type,
        subject=message.subject,
        to=message.to,
        reply_to=message.reply_to,
        reply_to_session_id=message.reply_to_session_id,
        partition_key=message.partition_key,
        dead_letter_source=message.dead_letter_source,
        application_properties=_properties(message.application_properties),
    )


def manual_delivery(text: str, now: datetime) -> Delivery:
    """Make the delivery that an admin call stands for: a message that never was in a queue."""
    return Delivery(
        body=text.encode(),
        message_id=uuid.uuid4().hex,
        lock_token=str(uuid.uuid4()),
        delivery_count=1,
        sequence_number=0,
        enqueued_time=now,
        expires_at=NEVER,
    )


def _body(message: ServiceBusReceivedMessage) -> bytes:
    raw: Any = message.body
    if message.body_type is AmqpMessageBodyType.DATA:
        return b"".join(raw)
    if message.body_type is AmqpMessageBodyType.SEQUENCE:
        raw = [list(section) for section in raw]
    if isinstance(raw, bytes):
        return raw
    return (raw if isinstance(raw, str) else json.dumps(raw, default=_plain)).encode()


def _properties(properties: Mapping[Any, Any] | None) -> dict[str, Any]:
    readable = {_plain(key): value for key, value in (properties or {}).items()}
    decoded: dict[str, Any] = json.loads(json.dumps(readable, default=_plain))
    return decoded


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value.isoformat() if isinstance(value, datetime) else str(value)
