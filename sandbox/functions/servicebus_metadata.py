"""What does a function learn of Service Bus messages besides their bodies?

The Service Bus extension of Azure Functions publishes these names only. ``LockedUntil``, ``TimeToLive``,
``ScheduledEnqueueTimeUtc``, ``DeadLetterReason``, ``DeadLetterErrorDescription``, ``State`` and others that
``func.ServiceBusMessage`` has properties for are not among them and stay None, here as there.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.functions.messages import CollectionBytes, CollectionString, TypedData


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a message.

    Attributes:
        body: The payload.
        message_id: Id given by the sender.
        lock_token: Token of this delivery's lock.
        delivery_count: 1 for the first delivery.
        sequence_number: Number the queue gave to the message.
        enqueued_time: When it was enqueued, with zone.
        expires_at: When it expires, with zone.
        session_id: Session, if any.
        correlation_id: Correlation id, if any.
        content_type: MIME type of the payload, if given.
        subject: Subject (once called label), if any.
        to: Forwarding address, if any.
        reply_to: Address for answers, if any.
        reply_to_session_id: Session for answers, if any.
        partition_key: Partition key, if any.
        transaction_partition_key: Partition key of the transfer queue, if any.
        dead_letter_source: Queue the message was dead-lettered in, if it was.
        application_properties: Properties given by the sender; JSON values.
    """

    body: bytes
    message_id: str | None
    lock_token: str | None
    delivery_count: int
    sequence_number: int
    enqueued_time: datetime
    expires_at: datetime
    session_id: str | None = None
    correlation_id: str | None = None
    content_type: str | None = None
    subject: str | None = None
    to: str | None = None
    reply_to: str | None = None
    reply_to_session_id: str | None = None
    partition_key: str | None = None
    transaction_partition_key: str | None = None
    dead_letter_source: str | None = None
    application_properties: Mapping[str, Any] = field(default_factory=dict)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


_TEXTS: Mapping[str, Callable[[Delivery], str | None]] = {
    "MessageId": lambda one: one.message_id,
    "LockToken": lambda one: one.lock_token,
    "SessionId": lambda one: one.session_id,
    "CorrelationId": lambda one: one.correlation_id,
    "ContentType": lambda one: one.content_type,
    "Subject": lambda one: one.subject,
    "Label": lambda one: one.subject,
    "To": lambda one: one.to,
    "ReplyTo": lambda one: one.reply_to,
    "ReplyToSessionId": lambda one: one.reply_to_session_id,
    "PartitionKey": lambda one: one.partition_key,
    "TransactionPartitionKey": lambda one: one.transaction_partition_key,
    "DeadLetterSource": lambda one: one.dead_letter_source,
}
_VALUES: Mapping[str, Callable[[Delivery], Any]] = {
    "DeliveryCount": lambda one: one.delivery_count,
    "SequenceNumber": lambda one: one.sequence_number,
    "EnqueuedTimeUtc": lambda one: _utc(one.enqueued_time),
    "ExpiresAtUtc": lambda one: _utc(one.expires_at),
    "ApplicationProperties": lambda one: dict(one.application_properties),
    "UserProperties": lambda one: dict(one.application_properties),
}


def single_metadata(message: Delivery) -> dict[str, TypedData]:
    """Describe one message, for a function of cardinality one; a missing text is an unset value."""
    texts = {name: TypedData(string=read(message)) for name, read in _TEXTS.items()}
    values = {name: TypedData(json=json.dumps(read(message))) for name, read in _VALUES.items()}
    return texts | values


def batch_metadata(messages: Sequence[Delivery]) -> dict[str, TypedData]:
    """Describe a batch, for a function of cardinality many.

    As in Azure, missing and empty texts are dropped from their arrays, because the Python worker does not announce
    that it could take them. So when only the second message has a session id, the first one seems to have it.
    """
    texts = {
        f"{name}Array": TypedData(
            collection_string=CollectionString([text for text in map(read, messages) if text])
        )
        for name, read in _TEXTS.items()
    }
    values = {
        f"{name}Array": TypedData(json=json.dumps([read(message) for message in messages]))
        for name, read in _VALUES.items()
    }
    return texts | values


def single_body(message: Delivery, *, binary: bool) -> TypedData:
    """Hand over one body: as text, unless the binding wants bytes or the body is no UTF-8."""
    text = None if binary else _text(message.body)
    return TypedData(bytes=message.body) if text is None else TypedData(string=text)


def batch_bodies(messages: Sequence[Delivery], *, binary: bool) -> TypedData:
    """Hand over the bodies of a batch; as text, empty ones are dropped just like empty metadata."""
    texts = [None if binary else _text(message.body) for message in messages]
    if None in texts:
        return TypedData(collection_bytes=CollectionBytes([message.body for message in messages]))
    return TypedData(collection_string=CollectionString([text for text in texts if text]))


def trace_parent(message: Delivery) -> str | None:
    """Read the trace that the sender's SDK put into a message."""
    for name in ("traceparent", "Diagnostic-Id"):
        value = message.application_properties.get(name)
        if isinstance(value, str):
            return value
    return None


def _text(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return None
