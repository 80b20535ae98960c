"""Are queues served as the Service Bus extension does it, through the real SDK?"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from azure.servicebus import ServiceBusMessage

from tests.sandbox.functions.conftest import Senders, World
from tests.sandbox.functions.processes import eventually


def batches(world: World, *bodies: str) -> list[dict[str, Any]]:
    """Give the recorded batches in which one of these bodies was."""
    return [entry for entry in world.app.recorded("batch") if set(bodies) & set(entry["bodies"])]


def test_a_batch_is_completed_on_success(world: World, senders: Senders) -> None:
    """Every message arrives once, with count 1, and the queue is empty afterwards."""
    names = [f"ok-{number}" for number in range(7)]
    senders.send("batch", *names, properties={"kind": "test"})
    eventually(lambda: world.bus.is_empty("batch"))
    seen = batches(world, *names)
    assert sorted(body for entry in seen for body in entry["bodies"]) == names
    assert max(len(entry["bodies"]) for entry in seen) <= 5
    assert {count for entry in seen for count in entry["counts"]} == {1}
    assert seen[0]["properties"][0] == {"kind": "test"}
    assert seen[0]["locked_until"][0] is None


def test_a_failed_batch_is_abandoned_and_comes_again_at_once(world: World, senders: Senders) -> None:
    """All its messages come again with their count raised, without waiting for the lock."""
    started = time.monotonic()
    senders.send("batch", "once", "with it")
    eventually(lambda: world.bus.is_empty("batch"))
    assert time.monotonic() - started < 10
    seen = batches(world, "once")
    assert [entry["counts"][entry["bodies"].index("once")] for entry in seen] == [1, 2]
    assert "a batch failed on purpose" in world.host.log


def test_a_poison_message_ends_among_the_dead_letters(world: World, senders: Senders) -> None:
    """After the deliveries the queue allows; the queue serves on."""
    senders.send("batch", "poison")
    dead = eventually(lambda: world.bus.messages("batch", dead=True))
    assert [(entry["body"], entry["deadLetterReason"]) for entry in dead] == [
        ("poison", "MaxDeliveryCountExceeded")
    ]
    assert [entry["counts"] for entry in batches(world, "poison")] == [[1], [2], [3]]
    senders.send("batch", "after poison")
    eventually(lambda: batches(world, "after poison"))


def test_messages_are_fetched_ahead_while_a_batch_runs(world: World, senders: Senders) -> None:
    """As many as prefetchCount says make the next batch, although more came and a batch may be larger."""
    senders.send("batch", "held")
    eventually(lambda: batches(world, "held"))
    names = [f"ahead-{number}" for number in range(8)]
    senders.send("batch", *names)
    eventually(lambda: world.bus.is_empty("batch"))
    seen = batches(world, *names)
    assert len(seen[0]["bodies"]) == 3
    assert sorted(body for entry in seen for body in entry["bodies"]) == names
    assert {count for entry in seen for count in entry["counts"]} == {1}


def test_the_trace_of_a_sender_goes_on_in_the_function(world: World, senders: Senders) -> None:
    """By the property that Azure's SDKs set."""
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    senders.send("batch", "traced", properties={"Diagnostic-Id": parent})
    (seen,) = eventually(lambda: batches(world, "traced"))
    assert seen["trace"].startswith("00-0af7651916cd43dd8448eb211c80319c-")


def test_scheduled_messages_come_when_due(world: World, senders: Senders) -> None:
    """The listener waits for them without being rung."""
    due = datetime.now(UTC) + timedelta(seconds=1)
    senders.to("batch").schedule_messages(ServiceBusMessage("later"), due)
    eventually(lambda: batches(world, "later"))
    eventually(lambda: world.bus.is_empty("batch"))


def test_single_messages_are_passed_on_before_they_are_completed(world: World, senders: Senders) -> None:
    """The return value reaches its queue, and the message is gone."""
    senders.send("single", "one")
    eventually(lambda: "after one" in [entry["body"] for entry in world.bus.messages("forward")])
    eventually(lambda: world.bus.is_empty("single"))
    (seen,) = [entry for entry in world.app.recorded("single") if entry["body"] == "one"]
    assert seen["count"] == 1


def test_a_failed_single_message_comes_again(world: World, senders: Senders) -> None:
    """With its count raised, and nothing is put out by the failed run."""
    senders.send("single", "bad")
    eventually(lambda: world.app.recorded("single done") and world.bus.is_empty("single"))
    assert [entry["count"] for entry in world.app.recorded("single") if entry["body"] == "bad"] == [1, 2]
    assert [entry["body"] for entry in world.bus.messages("forward")].count("after bad") == 1


def test_the_lock_of_a_single_message_is_renewed_while_it_runs(world: World, senders: Senders) -> None:
    """A run of 1.3 s under a lock of 1 s is delivered once; others run beside it."""
    senders.send("single", "slow")
    eventually(lambda: [entry for entry in world.app.recorded("single") if entry["body"] == "slow"])
    senders.send("single", "beside")
    done = eventually(lambda: len(world.app.recorded("single done")) and _done(world, "slow", "beside"))
    assert done == ["beside", "slow"]
    eventually(lambda: world.bus.is_empty("single"))
    assert [entry["count"] for entry in world.app.recorded("single") if entry["body"] == "slow"] == [1]


def _done(world: World, *bodies: str) -> list[str]:
    done = [entry["body"] for entry in world.app.recorded("single done") if entry["body"] in bodies]
    return done if len(done) == len(bodies) else []


def test_http_output_goes_to_the_queues(world: World) -> None:
    """A JSON array becomes several messages, bytes stay as they are, and names of queues are settings."""
    assert world.http.post("/v1/send?other=raw", content='["a", {"b": 1}]').text == "sent"
    assert [entry["body"] for entry in world.bus.messages("out")] == ["a", '{\n  "b": 1\n}']
    assert [entry["body"] for entry in world.bus.messages("other")] == ["raw"]


def test_an_output_that_cannot_be_sent_fails_the_call(world: World) -> None:
    """The caller must not believe that the message is on its way."""
    assert world.http.post("/v1/send", content="{no json}").status_code == 500
    eventually(lambda: "looks like JSON" in world.host.log)


def test_an_admin_call_runs_a_queue_function_with_its_input(world: World) -> None:
    """The input stands for the body of one message."""
    assert world.http.post("/admin/functions/batches", json={"input": "by hand"}).status_code == 202
    (seen,) = eventually(lambda: batches(world, "by hand"))
    assert (seen["bodies"], seen["counts"]) == (["by hand"], [1])
