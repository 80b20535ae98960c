"""Which processes do the tests of the Functions host share?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from azure.servicebus import ServiceBusClient, ServiceBusMessage, ServiceBusSender

from tests.sandbox.functions.processes import KEY, RECORDING, App, Bus, Process

# The engine keeps its state in the process, so one app holds all that can be tested side by side.
CODE = (
    RECORDING
    + '''
@app.route(route="things/{id:int}/{word?}", methods=["POST"])
async def echo(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Tell what arrived."""
    logging.info("seen by echo")
    return func.HttpResponse(
        json.dumps(
            {
                "method": req.method,
                "url": req.url,
                "headers": dict(req.headers),
                "params": dict(req.params),
                "route": dict(req.route_params),
                "body": req.get_body().decode(),
                "invocation": context.invocation_id,
                "function": context.function_name,
                "trace": context.trace_context.trace_parent,
            }
        ),
        mimetype="application/json",
        status_code=202,
        headers={"X-Own": "yes"},
    )


@app.route(route="open", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def text(req: func.HttpRequest) -> str:
    """Answer text from a thread, and print."""
    print("printed by an app")
    logging.info("logged in a thread")
    return "open"


@app.route(route="cookies", auth_level=func.AuthLevel.ANONYMOUS)
def cookies(req: func.HttpRequest) -> func.HttpResponse:
    """Set two cookies."""
    answer = func.HttpResponse(status_code=204)
    answer.headers.add("Set-Cookie", "a=1; Path=/x; HttpOnly; SameSite=Lax; Max-Age=60")
    answer.headers.add("Set-Cookie", "b=2; Secure; Expires=Wed, 01 Jan 2031 00:00:00 GMT")
    return answer


@app.route(route="broken")
def broken(req: func.HttpRequest) -> func.HttpResponse:
    """Raise."""
    raise ValueError("broken on purpose")


@app.route(route="slow")
async def slow(req: func.HttpRequest) -> func.HttpResponse:
    """Run into the time limit of host.json."""
    import asyncio

    await asyncio.sleep(60)
    return func.HttpResponse("late")


@app.route(route="send")
@app.service_bus_queue_output(arg_name="out", queue_name="%OUT_QUEUE%", connection="BUS")
@app.service_bus_queue_output(arg_name="other", queue_name="other", connection="BUS")
def send(req: func.HttpRequest, out: func.Out[str], other: func.Out[bytes]) -> func.HttpResponse:
    """Put the body out as text, and the query's "other" as bytes."""
    out.set(req.get_body().decode())
    if "other" in req.params:
        other.set(req.params["other"].encode())
    return func.HttpResponse("sent")


@app.function_name("batches")
@app.service_bus_queue_trigger(
    arg_name="messages", queue_name="%BATCH_QUEUE%", connection="BUS", cardinality=func.Cardinality.MANY
)
async def batches(messages: typing.List[func.ServiceBusMessage], context: func.Context) -> None:
    """Record a batch, and fail when one of its messages says so."""
    bodies = [message.get_body().decode() for message in messages]
    record(
        "batch",
        bodies=bodies,
        counts=[message.delivery_count for message in messages],
        ids=[message.message_id for message in messages],
        properties=[message.application_properties for message in messages],
        locked_until=[message.locked_until for message in messages],
        invocation=context.invocation_id,
        trace=context.trace_context.trace_parent,
    )
    if "poison" in bodies or ("once" in bodies and messages[0].delivery_count == 1):
        raise RuntimeError("a batch failed on purpose")
    if "held" in bodies:
        import asyncio

        await asyncio.sleep(1.5)


@app.service_bus_queue_trigger(arg_name="message", queue_name="single", connection="BUS")
@app.service_bus_queue_output(arg_name="$return", queue_name="forward", connection="BUS")
def single(message: func.ServiceBusMessage) -> str:
    """Record one message and pass it on; a slow one takes longer than its lock lasts."""
    body = message.get_body().decode()
    record("single", body=body, count=message.delivery_count, kind=message.content_type)
    if body == "slow":
        time.sleep(1.3)
    if body == "bad" and message.delivery_count == 1:
        raise RuntimeError("a message failed on purpose")
    record("single done", body=body)
    return f"after {body}"


@app.timer_trigger(arg_name="timer", schedule="%EVERY_SECOND%")
def often(timer: func.TimerRequest) -> None:
    """Record each turn."""
    record("often", at=time.time(), past_due=timer.past_due, status=timer.schedule_status)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
def yearly(timer: func.TimerRequest) -> None:
    """Record; nobody waits a year for it."""
    record("yearly", past_due=timer.past_due, status=timer.schedule_status)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *", run_on_startup=True)
async def early(timer: func.TimerRequest) -> None:
    """Record a run at start-up."""
    record("early", past_due=timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="* * * * * *")
def never(timer: func.TimerRequest) -> None:
    """Is disabled by a setting."""
    record("never")
'''
)
QUEUES = {
    "batch": {"LockDuration": "PT30S", "MaxDeliveryCount": 3},
    "single": {"LockDuration": "PT1S", "MaxDeliveryCount": 5},
    "forward": {},
    "out": {},
    "other": {},
}


@dataclass(frozen=True, slots=True)
class World:
    """A bus, an app on it, the host that runs the app, and a client for its HTTP side."""

    bus: Bus
    app: App
    host: Process
    http: httpx.Client


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give the shared host and all around it."""
    folder = tmp_path_factory.mktemp("world")
    bus = Bus(folder / "bus", queues=QUEUES)
    app = App(
        folder / "app",
        CODE,
        settings={
            "BUS": bus.connection,
            "BATCH_QUEUE": "batch",
            "OUT_QUEUE": "overridden by the environment",
            "EVERY_SECOND": "* * * * * *",
            "AzureWebJobs.never.Disabled": "true",
        },
        host_json={
            "version": "2.0",
            "functionTimeout": "00:00:02",
            "logging": {"logLevel": {"default": "Information", "Function.often": "Warning"}},
            "extensions": {
                "http": {"routePrefix": "v1"},
                "serviceBus": {"maxMessageBatchSize": 5, "maxConcurrentCalls": 4, "prefetchCount": 3},
            },
        },
    )
    host = app.start(environment={"OUT_QUEUE": "out"})
    try:
        words = host.ready()
        with httpx.Client(base_url=f"http://127.0.0.1:{words[2]}", headers=KEY, timeout=10) as client:
            yield World(bus, app, host, client)
    finally:
        host.close()
        bus.close()


class Senders:
    """Sends with the SDK; opening and closing a sender takes a second, so each is opened once."""

    def __init__(self, client: ServiceBusClient) -> None:
        self._client = client
        self._open: dict[str, ServiceBusSender] = {}

    def to(self, queue: str) -> ServiceBusSender:
        """Give the sender of a queue."""
        if queue not in self._open:
            self._open[queue] = self._client.get_queue_sender(queue)
        return self._open[queue]

    def send(self, queue: str, *bodies: str, properties: dict[str | bytes, Any] | None = None) -> None:
        """Send messages, all with the same application properties."""
        self.to(queue).send_messages(
            [ServiceBusMessage(body, application_properties=properties) for body in bodies]
        )


@pytest.fixture(scope="package")
def senders(world: World) -> Iterator[Senders]:
    """Give a way to send messages to the shared bus."""
    with ServiceBusClient.from_connection_string(world.bus.connection) as client:
        yield Senders(client)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder of this test's own."""
    return tmp_path
