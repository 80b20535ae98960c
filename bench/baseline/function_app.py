"""Which functions does the plain design have, and what triggers them?"""

import asyncio
import os
from functools import cache

import azure.functions as func
import httpx
from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender

from bench.baseline.plain import Plain
from dataverse import DataverseClient, SandboxTokens
from spotler import SpotlerClient
from wire.clock import SystemClock
from wire.quiet import quiet_loggers

CONNECTION = "ServiceBusConnection"
CONNECTIONS = 32

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.function_name("receive_job")
@app.route(route="spotler-jobs", methods=["POST"])
async def receive_job(req: func.HttpRequest) -> func.HttpResponse:
    """Queue a job; 202 once Service Bus has accepted."""
    return func.HttpResponse(status_code=await _plain().receive(req.get_body()))


@app.function_name("process_job")
@app.service_bus_queue_trigger(arg_name="message", queue_name="%SPOTLER_JOBS_QUEUE%", connection=CONNECTION)
async def process_job(message: func.ServiceBusMessage) -> None:
    """Carry out one job."""
    await _plain().process(message.get_body())


@cache
def _plain() -> Plain:
    quiet_loggers()
    clock = SystemClock()
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    http = httpx.AsyncClient(limits=limits, timeout=30.0)
    return Plain(
        DataverseClient(
            os.environ["DATAVERSE_URL"], SandboxTokens(os.environ["DATAVERSE_TOKEN_URL"]), http, clock=clock
        ),
        SpotlerClient(
            os.environ["SPOTLER_URL"], os.environ["SPOTLER_KEY"], os.environ["SPOTLER_SECRET"], http=http
        ),
        _send,
        asyncio.Semaphore(int(os.environ["SPOTLER_MAX_CONCURRENCY"])),
        clock,
    )


@cache
def _sender() -> tuple[ServiceBusSender, asyncio.Lock]:
    client = ServiceBusClient.from_connection_string(os.environ[CONNECTION])
    return client.get_queue_sender(os.environ["SPOTLER_JOBS_QUEUE"]), asyncio.Lock()


async def _send(text: str) -> None:
    sender, alone = _sender()
    # The SDK's senders serve one coroutine at a time.
    async with alone:
        await sender.send_messages(ServiceBusMessage(text, content_type="application/json"))
