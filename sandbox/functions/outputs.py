"""How does what a function put out reach Service Bus?"""

import asyncio
import json
import logging
from collections.abc import Mapping

from azure.servicebus import ServiceBusMessage
from azure.servicebus.aio import ServiceBusClient, ServiceBusSender
from azure.servicebus.exceptions import ServiceBusError

from sandbox.functions.bindings import RETURN, QueueOutput
from sandbox.functions.errors import OutputError
from sandbox.functions.host_json import ServiceBusOptions
from sandbox.functions.messages import TypedData

_log = logging.getLogger(__name__)

# One send with all its repetitions; above what clientRetryOptions come to by default without a reachable bus.
SEND_SECONDS = 90.0


def bodies_of(value: TypedData) -> tuple[str | bytes, ...]:
    """Split the value of an output binding into message bodies, as the .NET host does.

    Text that begins and ends like a JSON array or object is parsed: an array becomes one message for each
    element, and objects and arrays are written anew with indentation.

    Raises:
        OutputError: Text looks like JSON and is none.
    """
    if value.bytes is not None:
        return (value.bytes,)
    text = value.json if value.json is not None else value.string
    if text is None:
        number = value.int if value.int is not None else value.double
        return () if number is None else (json.dumps(number),)
    trimmed = text.strip()
    if (trimmed[:1], trimmed[-1:]) not in {("{", "}"), ("[", "]")}:
        return (text,)
    try:
        parsed = json.loads(trimmed)
    except ValueError as error:
        raise OutputError(f"the text looks like JSON and is none ({error})") from None
    return tuple(_text(element) for element in (parsed if isinstance(parsed, list) else [parsed]))


def _text(element: object) -> str:
    if isinstance(element, str):
        return element
    if element is None:
        return ""
    if isinstance(element, bool):
        return str(element)
    return json.dumps(element, ensure_ascii=False, indent=2)


class OutputSender:
    """Sends output bindings; keeps one sender open for each queue.

    Args:
        options: Retry options towards the broker.
    """

    def __init__(self, options: ServiceBusOptions) -> None:
        self._options = options
        self._clients: dict[str, ServiceBusClient] = {}
        self._senders: dict[tuple[str, str], ServiceBusSender] = {}
        # A sender of the SDK may be used by one task at a time.
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}

    async def send(
        self, outputs: tuple[QueueOutput, ...], values: Mapping[str, TypedData], returned: TypedData | None
    ) -> None:
        """Send all messages of one invocation, one by one, in the order of the bindings.

        Args:
            outputs: The Service Bus outputs of the function.
            values: What the function put out, by binding name.
            returned: The function's return value, for a binding named ``$return``.

        Raises:
            OutputError: A message could not be sent; earlier ones are sent.
        """
        for output in outputs:
            value = returned if output.name == RETURN else values.get(output.name)
            if value is None:
                continue
            try:
                bodies = bodies_of(value)
                async with asyncio.timeout(SEND_SECONDS):
                    for body in bodies:
                        await self._send_one(output, body)
            except (ServiceBusError, OSError, TimeoutError, OutputError) as error:
                reason = str(error) or "no answer in time"
                raise OutputError(
                    f"output binding {output.name} to queue {output.queue}: {reason}"
                ) from error

    async def _send_one(self, output: QueueOutput, body: str | bytes) -> None:
        key = (output.connection, output.queue)
        async with self._locks.setdefault(key, asyncio.Lock()):
            sender = self._senders.get(key)
            if sender is None:
                sender = self._client(output.connection).get_queue_sender(output.queue)
                self._senders[key] = sender
            try:
                await sender.send_messages(ServiceBusMessage(body))
            except BaseException:
                # After a failed or cancelled send the link's state is unknown; the next one opens its own.
                self._senders.pop(key, None)
                await sender.close()
                raise

    def _client(self, connection: str) -> ServiceBusClient:
        client = self._clients.get(connection)
        if client is None:
            client = ServiceBusClient.from_connection_string(
                connection,
                retry_total=self._options.retry_total,
                retry_mode=self._options.retry_mode,
                retry_backoff_factor=self._options.retry_delay,
                retry_backoff_max=self._options.retry_delay_max,
                try_timeout=self._options.try_timeout,
            )
            self._clients[connection] = client
        return client

    async def close(self) -> None:
        """Close all connections."""
        for client in self._clients.values():
            try:
                await client.close()
            except (ServiceBusError, OSError) as error:
                _log.debug("A connection to Service Bus did not close well: %s", error)
