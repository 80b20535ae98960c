"""How is the engine that Azure runs for Python told to index an app and to run a function?

This is the only place that touches ``azure_functions_runtime``. The engine keeps its state in module globals,
so one process serves one app.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime

from sandbox.functions.bindings import IndexedFunction
from sandbox.functions.errors import StartError
from sandbox.functions.messages import PROTOS, ParameterBinding, RpcException, StatusResult, TypedData


@dataclass(frozen=True, slots=True)
class Invocation:
    """One run of a function, as the engine is to see it.

    Attributes:
        invocation_id: A uuid of its own for each run.
        function_id: Which function.
        inputs: Parameter name to value.
        trigger_metadata: What is known of the trigger besides the value.
        traceparent: W3C trace context of this run.
    """

    invocation_id: str
    function_id: str
    inputs: Mapping[str, TypedData]
    trigger_metadata: Mapping[str, TypedData]
    traceparent: str


@dataclass(frozen=True, slots=True)
class InvocationResult:
    """What came of a run: outputs by name and the return value, or what was raised."""

    outputs: Mapping[str, TypedData]
    returned: TypedData | None
    error: RpcException | None


async def index(app: Path) -> tuple[IndexedFunction, ...]:
    """Import ``function_app`` from a folder and index its functions.

    Args:
        app: The app's folder; it is put first on the import path.

    Raises:
        StartError: The engine refused the app, or found no function.
    """
    if not (app / "function_app.py").is_file():
        raise StartError(f"{app}: there is no function_app.py. Name the app's folder with --app.")
    sys.path.insert(0, str(app))
    runtime.start_threadpool_executor()
    answer = await runtime.worker_init_request(
        _request("worker_init_request", capabilities={}, function_app_directory=str(app))
    )
    if answer.result.status != StatusResult.Success:
        raised: RpcException = answer.result.exception
        raise StartError(
            f"{app / 'function_app.py'}: the engine could not index the app: {raised.message}\n"
            f"{raised.stack_trace}"
        )
    if "HttpUri" in answer.capabilities:
        raise StartError(
            f"{app / 'function_app.py'}: HTTP streaming (azurefunctions.extensions.http) is not imitated by "
            "this host. Use func.HttpRequest and func.HttpResponse."
        )
    metadata = await runtime.functions_metadata_request(_request("functions_metadata_request"))
    found: list[Any] = metadata.function_metadata_results or []
    if not found:
        raise StartError(f"{app / 'function_app.py'}: the app has no functions. Decorate at least one.")
    return tuple(_indexed(function) for function in found)


async def invoke(invocation: Invocation) -> InvocationResult:
    """Run a function once; whatever it raises is in the result."""
    answer = await runtime.invocation_request(
        _request(
            "invocation_request",
            invocation_id=invocation.invocation_id,
            function_id=invocation.function_id,
            input_data=[ParameterBinding(name, data) for name, data in invocation.inputs.items()],
            trigger_metadata=dict(invocation.trigger_metadata),
            trace_context=SimpleNamespace(trace_parent=invocation.traceparent, trace_state="", attributes={}),
            retry_context=SimpleNamespace(retry_count=0, max_retry_count=0, exception=RpcException()),
        )
    )
    if answer.result.status != StatusResult.Success:
        return InvocationResult({}, None, answer.result.exception)
    outputs = {output.name: output.data for output in answer.output_data if output.data is not None}
    return InvocationResult(outputs, answer.return_value, None)


def enter(invocation_id: str) -> None:
    """Mark the current task as part of a run; for the threads of sync functions the engine does so itself."""
    runtime.invocation_id_cv.set(invocation_id)


def current_invocation_id() -> str | None:
    """Tell to which run the current task or thread belongs, if to any."""
    invocation_id: str | None = runtime.invocation_id_cv.get()
    return invocation_id


def close() -> None:
    """Stop the threads of sync functions, once the last of them has returned."""
    runtime.stop_threadpool_executor()


def _request(kind: str, **members: Any) -> SimpleNamespace:
    return SimpleNamespace(
        request=SimpleNamespace(**{kind: SimpleNamespace(**members)}),
        properties={"host": "127.0.0.1", "protos": PROTOS},
    )


def _indexed(function: Any) -> IndexedFunction:
    return IndexedFunction(
        name=function.name,
        function_id=function.function_id,
        bindings=tuple(json.loads(binding) for binding in function.raw_bindings),
        has_retry_policy=function.retry_options is not None,
    )
