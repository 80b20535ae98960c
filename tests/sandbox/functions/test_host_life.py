"""Does the host start, end, die and come back without losing a message?"""

import asyncio
import os
import signal
import socket
from pathlib import Path

import httpx
import pytest
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient

from tests.sandbox.functions.processes import KEY, RECORDING, App, Bus, connection, eventually

WORKER = (
    RECORDING
    + '''
@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="work", connection="BUS", cardinality=func.Cardinality.MANY
)
def work(messages: typing.List[func.ServiceBusMessage]) -> None:
    """Record; the first run of all stays until the file "go" is there."""
    bodies = [message.get_body().decode() for message in messages]
    record("began", bodies=bodies)
    while not os.path.exists(os.environ["GO"]):
        time.sleep(0.02)
    record("ended", bodies=bodies)
'''
)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def put(bus: Bus, *bodies: str) -> None:
    """Send messages to the queue "work"."""

    async def send() -> None:
        async with (
            ServiceBusClient.from_connection_string(bus.connection) as client,
            client.get_queue_sender("work") as sender,
        ):
            await sender.send_messages([ServiceBusMessage(body) for body in bodies])

    asyncio.run(send())


def ended(app: App) -> list[str]:
    """Give the bodies whose runs came to their end, sorted."""
    return sorted(body for entry in app.recorded("ended") for body in entry["bodies"])


def test_killed_hosts_and_buses_lose_no_message(folder: Path) -> None:
    """Kill -9 of the host in the middle of a batch, then of the bus: all messages are done in the end."""
    queues = {"work": {"LockDuration": "PT1S", "MaxDeliveryCount": 10}}
    go = folder / "go"
    bus = Bus(folder / "bus", queues=queues)
    app = App(folder / "app", WORKER, settings={"BUS": bus.connection, "GO": str(go)})
    host = app.start()
    try:
        host.ready()
        put(bus, "a", "b")
        eventually(lambda: sum(len(entry["bodies"]) for entry in app.recorded("began")) >= 1)
        host.kill()
        assert ended(app) == []
        go.touch()
        host = app.start()
        eventually(lambda: {"a", "b"} <= set(ended(app)))
        bus.kill()
        eventually(lambda: "cannot be listened to" in host.log)
        bus = Bus(folder / "bus", queues=queues, port=bus.port)
        put(bus, "c")
        eventually(lambda: "c" in ended(app), seconds=15)
        eventually(lambda: bus.is_empty("work"))
    finally:
        host.close()
        bus.close()


def test_a_host_starts_without_its_bus_and_ends_in_good_order(folder: Path) -> None:
    """Ready before the bus is there, works once it is, and SIGTERM lets the run under way end and settle."""
    port = free_port()
    go = folder / "go"
    app = App(folder / "app", WORKER, settings={"BUS": connection(port), "GO": str(go)})
    host = app.start()
    bus: Bus | None = None
    try:
        host.ready()
        eventually(lambda: "cannot be listened to" in host.log)
        bus = Bus(folder / "bus", queues={"work": {"LockDuration": "PT1M"}}, port=port)
        put(bus, "a")
        eventually(lambda: app.recorded("began"))
        os.kill(host.pid, signal.SIGTERM)
        eventually(lambda: "is told to end" in host.log)
        go.touch()
        assert host.wait() == 0
        assert ended(app) == ["a"]
        assert bus.is_empty("work")
    finally:
        host.close()
        if bus is not None:
            bus.close()


def test_a_run_that_does_not_end_is_cut_off(folder: Path) -> None:
    """The host ends after its grace with status 1, and the message is still there."""
    bus = Bus(folder / "bus", queues={"work": {"LockDuration": "PT1M"}})
    app = App(folder / "app", WORKER, settings={"BUS": bus.connection, "GO": str(folder / "never")})
    host = app.start("--drain", "0.2")
    try:
        host.ready()
        put(bus, "a")
        eventually(lambda: app.recorded("began"))
        assert host.terminate() == 1
        assert "cut off" in host.log
        assert not bus.is_empty("work")
    finally:
        host.close()
        bus.close()


PLAIN = RECORDING + '@app.route(route="x")\ndef x(req: func.HttpRequest) -> str:\n    return "x"\n'
QUEUE = (
    RECORDING
    + '@app.service_bus_queue_trigger(arg_name="m", queue_name="%Q%", connection="BUS", cardinality="many")\n'
    + "def f(m: ANNOTATION) -> None: ...\n"
)


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("import nowhere_to_be_found\n", ["could not index", "nowhere_to_be_found"]),
        ("import azure.functions as func\napp = func.FunctionApp()\n", ["has no functions"]),
        (
            QUEUE.replace("ANNOTATION", "list[func.ServiceBusMessage]"),
            ["cannot load the f function", "invalid non-type annotation"],
        ),
        (
            QUEUE.replace("ANNOTATION", "typing.List[func.ServiceBusMessage]"),
            ["function f", "app setting Q"],
        ),
    ],
)
def test_a_host_that_cannot_start_says_why(folder: Path, code: str, parts: list[str]) -> None:
    """Status 1, nothing on stdout, and a sentence that names the place."""
    host = App(folder / "app", code, settings={}).start()
    assert host.wait() == 1
    assert host.output == ""
    assert "sandbox functions: " in host.log
    for part in parts:
        assert part in host.log


def test_a_missing_host_json_and_a_taken_port_are_named(folder: Path) -> None:
    """What goes wrong on a first try, before and after the app is indexed."""
    app = App(folder / "app", PLAIN, settings={})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        host = app.start("--port", str(taken.getsockname()[1]))
        assert host.wait() == 1
        assert "Name another one with --port" in host.log
    (app.folder / "host.json").unlink()
    host = app.start()
    assert host.wait() == 1
    assert "host.json: there is no such file" in host.log


def test_another_key_locks_out_the_usual_one(folder: Path) -> None:
    """--key holds for functions and for the admin side."""
    host = App(folder / "app", PLAIN, settings={}).start("--key", "other")
    try:
        address = f"http://127.0.0.1:{host.ready()[2]}"
        assert httpx.get(f"{address}/api/x", headers=KEY).status_code == 401
        assert httpx.get(f"{address}/api/x?code=other").text == "x"
        assert httpx.get(f"{address}/admin/functions?code=other").status_code == 200
        assert host.terminate() == 0
    finally:
        host.close()


def test_small_batches_are_waited_for_and_given_back_at_the_end(folder: Path) -> None:
    """A partial batch comes after maxBatchWaitTime; one that still fills when the host ends is abandoned unseen."""
    bus = Bus(folder / "bus", queues={"work": {"LockDuration": "PT1M"}})
    (folder / "go").touch()
    # Long enough for the host to be ended on a busy machine before the second wait is over.
    bus_options = {"minMessageBatchSize": 3, "maxBatchWaitTime": "00:00:05", "autoCompleteMessages": False}
    app = App(
        folder / "app",
        WORKER,
        settings={"BUS": bus.connection, "GO": str(folder / "go")},
        host_json={"version": "2.0", "extensions": {"serviceBus": bus_options}},
    )
    host = app.start()
    try:
        host.ready()
        put(bus, "a")
        eventually(lambda: ended(app) == ["a"], seconds=20)
        assert bus.queue("work")["locked"] == 1, "without autoCompleteMessages nothing is completed"
        put(bus, "b")
        eventually(lambda: bus.queue("work")["locked"] == 2 or ended(app) == ["a", "b"])
        assert host.terminate() == 0
        assert ended(app) == ["a"]
        (given_back,) = [entry for entry in bus.messages("work") if entry["body"] == "b"]
        assert given_back["deliveryCount"] == 1
    finally:
        host.close()
        bus.close()
