"""Do messages reach a function, and outputs leave it, in the form that Azure gives them?"""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.functions import servicebus as sdk
from azure.functions.meta import Datum
from hypothesis import given
from hypothesis import strategies as st

from sandbox.functions.deliveries import manual_delivery
from sandbox.functions.errors import OutputError
from sandbox.functions.messages import TypedData
from sandbox.functions.outputs import bodies_of
from sandbox.functions.servicebus_listener import LONGEST_RECONNECT_SECONDS, reconnect_wait
from sandbox.functions.servicebus_metadata import (
    Delivery,
    batch_bodies,
    batch_metadata,
    single_body,
    single_metadata,
    trace_parent,
)

ENQUEUED = datetime(2026, 3, 4, 5, 6, 7, 89000, tzinfo=UTC)
MESSAGE = Delivery(
    body=b"hello",
    message_id="m1",
    lock_token="t1",
    delivery_count=2,
    sequence_number=41,
    enqueued_time=ENQUEUED,
    expires_at=ENQUEUED + timedelta(days=1),
    application_properties={"kind": "x", "n": 3},
)


def datum(value: TypedData) -> Any:
    """Read a value as the engine does before it calls the converter of the SDK."""
    kind = value.WhichOneof("data")
    return None if kind is None else Datum(getattr(value, kind), kind)


def decoded(body: TypedData, metadata: dict[str, TypedData]) -> Any:
    """Decode with the converter that the engine uses."""
    return sdk.ServiceBusMessageInConverter.decode(
        datum(body), trigger_metadata={name: datum(value) for name, value in metadata.items()}
    )


def test_a_single_message_is_decoded_by_the_sdk_with_all_that_is_published() -> None:
    """Every published name arrives with its type."""
    message = replace(MESSAGE, session_id="s", correlation_id="c", content_type="text/plain", subject="about")
    read = decoded(single_body(message, binary=False), single_metadata(message))
    assert (read.get_body(), read.message_id, read.delivery_count) == (b"hello", "m1", 2)
    assert (read.sequence_number, read.lock_token) == (41, "t1")
    assert (read.session_id, read.correlation_id, read.content_type) == ("s", "c", "text/plain")
    assert (read.subject, read.label) == ("about", "about")
    assert read.application_properties == read.user_properties == {"kind": "x", "n": 3}
    assert read.enqueued_time_utc.replace(tzinfo=UTC) == ENQUEUED
    assert read.expires_at_utc.replace(tzinfo=UTC) == ENQUEUED + timedelta(days=1)


def test_what_the_real_extension_does_not_publish_stays_none() -> None:
    """An app that depends on these fails here as in Azure."""
    read = decoded(single_body(MESSAGE, binary=False), single_metadata(MESSAGE))
    assert read.session_id is None
    for name in (
        "locked_until",
        "time_to_live",
        "scheduled_enqueue_time_utc",
        "dead_letter_reason",
        "dead_letter_error_description",
        "state",
        "enqueued_sequence_number",
    ):
        assert getattr(read, name) is None


def test_a_batch_is_decoded_by_the_sdk_in_order() -> None:
    """Bodies, ids and counts of a batch stay side by side."""
    messages = [replace(MESSAGE, body=body, message_id=body.decode()) for body in (b"a", b"b", b"c")]
    read = decoded(batch_bodies(messages, binary=False), batch_metadata(messages))
    assert [each.get_body() for each in read] == [b"a", b"b", b"c"]
    assert [each.message_id for each in read] == ["a", "b", "c"]
    assert [each.delivery_count for each in read] == [2, 2, 2]


def test_a_text_that_only_the_second_message_has_is_seen_on_the_first() -> None:
    """The trap of batches that Azure has, too: no position is kept for what is missing."""
    messages = [MESSAGE, replace(MESSAGE, session_id="of the second")]
    first, second = decoded(batch_bodies(messages, binary=False), batch_metadata(messages))
    assert first.session_id == "of the second"
    assert second.session_id is None


def test_bodies_are_text_unless_bytes_are_wanted_or_needed() -> None:
    """Binary bodies arrive unharmed."""
    assert single_body(MESSAGE, binary=False) == TypedData(string="hello")
    assert single_body(MESSAGE, binary=True) == TypedData(bytes=b"hello")
    assert single_body(replace(MESSAGE, body=b"\xff"), binary=False) == TypedData(bytes=b"\xff")
    mixed = batch_bodies([MESSAGE, replace(MESSAGE, body=b"\xff")], binary=False)
    assert mixed.collection_bytes is not None
    assert list(mixed.collection_bytes.bytes) == [b"hello", b"\xff"]


def test_the_trace_of_the_sender_goes_on() -> None:
    """The property that Azure's SDKs set is read."""
    parent = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    assert trace_parent(replace(MESSAGE, application_properties={"Diagnostic-Id": parent})) == parent
    assert trace_parent(MESSAGE) is None


def test_a_manual_run_gets_a_message_that_decodes() -> None:
    """An admin call can stand in for a message."""
    message = manual_delivery("by hand", ENQUEUED)
    (read,) = decoded(batch_bodies([message], binary=False), batch_metadata([message]))
    assert (read.get_body(), read.delivery_count) == (b"by hand", 1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (TypedData(string="plain"), ("plain",)),
        (TypedData(string="5"), ("5",)),
        (TypedData(string='"quoted"'), ('"quoted"',)),
        (TypedData(string="[]"), ()),
        (TypedData(string='["a", "b"]'), ("a", "b")),
        (TypedData(string=' [1, true, null, "x"] '), ("1", "True", "", "x")),
        (TypedData(string='{"a":"é"}'), ('{\n  "a": "é"\n}',)),
        (TypedData(string='[{"a":1},[2]]'), ('{\n  "a": 1\n}', "[\n  2\n]")),
        (TypedData(json='["a"]'), ("a",)),
        (TypedData(bytes=b'["a", "b"]'), (b'["a", "b"]',)),
        (TypedData(int=3), ("3",)),
        (TypedData(), ()),
    ],
)
def test_output_values_become_messages_as_in_the_net_host(
    value: TypedData, expected: tuple[str | bytes, ...]
) -> None:
    """Arrays split, objects are written anew, bytes stay."""
    assert bodies_of(value) == expected


def test_text_in_braces_that_is_no_json_fails_the_output() -> None:
    """The .NET host parses such text, so it cannot be sent."""
    with pytest.raises(OutputError, match="looks like JSON"):
        bodies_of(TypedData(string="{name}"))


@given(st.lists(st.text(), max_size=5))
def test_an_array_of_texts_becomes_exactly_these_messages(texts: list[str]) -> None:
    """Splitting neither loses nor changes a text."""
    assert bodies_of(TypedData(string=json.dumps(texts))) == tuple(texts)


def test_waits_before_a_new_connection_grow_to_a_ceiling() -> None:
    """A bus that is down is neither flooded nor forgotten."""
    waits = [reconnect_wait(failures) for failures in range(1, 40)]
    assert waits == sorted(waits)
    assert 0 < waits[0] < 1
    assert waits[-1] == LONGEST_RECONNECT_SECONDS
