"""What happens around one run of a function?"""

import asyncio
import logging
import time
import uuid
from collections.abc import Mapping
from contextvars import copy_context
from dataclasses import dataclass

from sandbox.functions import engine
from sandbox.functions.bindings import RETURN, FunctionDefinition
from sandbox.functions.engine import Invocation, InvocationResult
from sandbox.functions.errors import OutputError
from sandbox.functions.logs import INVOCATION_LOGGER
from sandbox.functions.messages import RpcException, TypedData
from sandbox.functions.outputs import OutputSender
from sandbox.functions.traces import continue_trace

_log = logging.getLogger(INVOCATION_LOGGER)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Attributes:
        succeeded: Whether the function returned and all its outputs were sent.
        http: The HTTP answer, for a function that gives one.
    """

    succeeded: bool
    http: TypedData | None = None


class Invocations:
    """Runs functions and knows which are running.

    Args:
        sender: Sends output bindings.
        timeout: Seconds one run may take, or None.
    """

    def __init__(self, sender: OutputSender, *, timeout: float | None) -> None:
        self._sender = sender
        self._timeout = timeout
        self._outside = copy_context()
        self._functions: dict[str, str] = {}
        self._tasks: set[asyncio.Task[Outcome]] = set()

    def function_of(self, invocation_id: str) -> str | None:
        """Name the function of a running invocation."""
        return self._functions.get(invocation_id)

    def start(
        self,
        function: FunctionDefinition,
        *,
        inputs: Mapping[str, TypedData],
        metadata: Mapping[str, TypedData],
        parent: str | None,
        reason: str,
    ) -> asyncio.Task[Outcome]:
        """Start one run.

        Args:
            function: Which function.
            inputs: Parameter name to value.
            metadata: Trigger metadata.
            parent: The traceparent that came with the trigger, if one did.
            reason: Why it runs, for the log.

        Returns:
            The run; it never raises because of the function.
        """
        task = asyncio.create_task(self._run(function, inputs, metadata, continue_trace(parent), reason))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, seconds: float) -> bool:
        """Wait for the running invocations; tell whether all ended within the time."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=seconds)
        return not self._tasks

    async def _run(
        self,
        function: FunctionDefinition,
        inputs: Mapping[str, TypedData],
        metadata: Mapping[str, TypedData],
        traceparent: str,
        reason: str,
    ) -> Outcome:
        invocation_id = str(uuid.uuid4())
        self._functions[invocation_id] = function.name
        engine.enter(invocation_id)
        named = {"function": function.name}
        started = time.monotonic()
        _log.info("Executing 'Functions.%s' (Reason='%s')", function.name, reason, extra=named)
        try:
            invocation = Invocation(invocation_id, function.function_id, inputs, metadata, traceparent)
            result = await self._invoke(invocation)
            error = result.error or await self._send_outputs(function, result)
        finally:
            self._functions.pop(invocation_id, None)
        milliseconds = round((time.monotonic() - started) * 1000)
        if error is not None:
            _log.error(
                "Executed 'Functions.%s' (Failed, Duration=%dms) %s\n%s",
                function.name,
                milliseconds,
                error.message,
                error.stack_trace,
                extra=named,
            )
            return Outcome(succeeded=False)
        _log.info(
            "Executed 'Functions.%s' (Succeeded, Duration=%dms)", function.name, milliseconds, extra=named
        )
        return Outcome(succeeded=True, http=_http_of(function, result))

    async def _invoke(self, invocation: Invocation) -> InvocationResult:
        try:
            async with asyncio.timeout(self._timeout):
                return await engine.invoke(invocation)
        except TimeoutError:
            message = (
                f"FunctionTimeoutException: the run took longer than functionTimeout of host.json "
                f"({self._timeout:g} s) and was given up; Azure would also restart the worker process."
            )
            return InvocationResult({}, None, RpcException(message=message))

    async def _send_outputs(
        self, function: FunctionDefinition, result: InvocationResult
    ) -> RpcException | None:
        # In a context of its own: what the sender logs is the host's, not the function's.
        sending = asyncio.create_task(
            self._sender.send(function.outputs, result.outputs, result.returned), context=self._outside.copy()
        )
        try:
            await sending
        except OutputError as error:
            return RpcException(message=f"OutputError: {error}")
        return None


def _http_of(function: FunctionDefinition, result: InvocationResult) -> TypedData | None:
    if function.http_output is None:
        return None
    return result.returned if function.http_output == RETURN else result.outputs.get(function.http_output)
