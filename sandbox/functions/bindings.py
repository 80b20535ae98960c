"""What starts each function, and where do its outputs go?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.functions.errors import StartError
from sandbox.functions.ncrontab import Schedule, ScheduleError, parse_schedule
from sandbox.functions.settings import connection_string, resolve

RETURN = "$return"


@dataclass(frozen=True, slots=True)
class IndexedFunction:
    """A function as the engine reports it.

    Attributes:
        name: Function name.
        function_id: The id by which the engine calls it.
        bindings: The bindings as JSON objects, trigger included, settings not yet resolved.
        has_retry_policy: Whether the function carries ``@app.retry``.
    """

    name: str
    function_id: str
    bindings: tuple[Mapping[str, Any], ...]
    has_retry_policy: bool = False


@dataclass(frozen=True, slots=True)
class HttpTrigger:
    """Starts a function by HTTP. Methods are upper case; none means every method."""

    parameter: str
    route: str
    methods: frozenset[str]
    auth_level: str


@dataclass(frozen=True, slots=True)
class QueueTrigger:
    """Starts a function by messages of a Service Bus queue.

    Attributes:
        parameter: Name of the function's parameter.
        queue: Queue name, settings resolved.
        connection: Connection string; a secret.
        many: Whether the function takes batches.
        auto_complete: The binding's own wish, or None for that of host.json.
        binary: Whether bodies are handed over as bytes instead of text.
    """

    parameter: str
    queue: str
    connection: str = field(repr=False)
    many: bool
    auto_complete: bool | None
    binary: bool


@dataclass(frozen=True, slots=True)
class TimerTrigger:
    """Starts a function by the clock."""

    parameter: str
    schedule: Schedule
    run_on_startup: bool
    use_monitor: bool


@dataclass(frozen=True, slots=True)
class QueueOutput:
    """Sends what a function puts out to a Service Bus queue; the connection string is a secret."""

    name: str
    queue: str
    connection: str = field(repr=False)


type Trigger = HttpTrigger | QueueTrigger | TimerTrigger


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function that this host can run.

    Attributes:
        name: Function name.
        function_id: The id by which the engine calls it.
        trigger: What starts it.
        outputs: Its Service Bus outputs.
        http_output: Name of the binding that carries the HTTP answer, if there is one.
        bindings: The bindings as the engine reported them.
    """

    name: str
    function_id: str
    trigger: Trigger
    outputs: tuple[QueueOutput, ...]
    http_output: str | None
    bindings: tuple[Mapping[str, Any], ...]


def define(
    functions: Sequence[IndexedFunction], settings: Mapping[str, str]
) -> tuple[FunctionDefinition, ...]:
    """Turn what the engine reports into what the host runs.

    Args:
        functions: All functions of the app.
        settings: All app settings.

    Raises:
        StartError: A setting is missing, or a binding asks for something that this host does not imitate.
    """
    return tuple(_define(function, settings) for function in functions)


def _define(function: IndexedFunction, settings: Mapping[str, str]) -> FunctionDefinition:
    where = f"function {function.name}"
    if function.has_retry_policy:
        raise StartError(
            f"{where}: retry policies are not imitated by this host, and Azure ignores them "
            "on Service Bus triggers. Remove @app.retry."
        )
    trigger: Trigger | None = None
    outputs: list[QueueOutput] = []
    http_output: str | None = None
    for binding in function.bindings:
        match str(binding.get("type", "")).lower():
            case "httptrigger":
                trigger = _http_trigger(function.name, binding)
            case "servicebustrigger":
                trigger = _queue_trigger(where, binding, settings)
            case "timertrigger":
                trigger = _timer_trigger(where, binding, settings)
            case "servicebus":
                outputs.append(_queue_output(where, binding, settings))
            case "http":
                http_output = str(binding.get("name", RETURN))
            case other:
                raise StartError(
                    f"{where}: this host does not imitate the binding type {other or 'without a name'}. "
                    "It knows HTTP, timer and Service Bus queue bindings."
                )
    if trigger is None:
        raise StartError(f"{where}: it has no trigger. Give it one.")
    return FunctionDefinition(
        name=function.name,
        function_id=function.function_id,
        trigger=trigger,
        outputs=tuple(outputs),
        http_output=http_output,
        bindings=function.bindings,
    )


def _flag(value: object) -> bool:
    # The metadata carries booleans of decorators, and text when an app wrote the binding by hand.
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _http_trigger(name: str, binding: Mapping[str, Any]) -> HttpTrigger:
    route = binding.get("route")
    return HttpTrigger(
        parameter=str(binding["name"]),
        route=(name if route is None else str(route)).strip("/"),
        methods=frozenset(str(method).upper() for method in binding.get("methods") or ()),
        auth_level=str(binding.get("authLevel") or "function").lower(),
    )


def _queue(where: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> tuple[str, str]:
    if not binding.get("queueName"):
        raise StartError(f"{where}: this host imitates Service Bus queues only, no topics. Name a queue.")
    where = f"{where}, Service Bus binding {binding['name']}"
    queue = resolve(str(binding["queueName"]), settings, where=where)
    return queue, connection_string(str(binding.get("connection") or "ServiceBus"), settings, where=where)


def _queue_trigger(where: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> QueueTrigger:
    queue, connection = _queue(where, binding, settings)
    if _flag(binding.get("isSessionsEnabled")):
        raise StartError(f"{where}: this host does not imitate sessions. Remove is_sessions_enabled.")
    auto_complete = binding.get("autoCompleteMessages")
    return QueueTrigger(
        parameter=str(binding["name"]),
        queue=queue,
        connection=connection,
        many=str(binding.get("cardinality") or "one").lower() == "many",
        auto_complete=None if auto_complete is None else _flag(auto_complete),
        binary=str(binding.get("dataType") or "").lower() == "binary",
    )


def _queue_output(where: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> QueueOutput:
    queue, connection = _queue(where, binding, settings)
    return QueueOutput(name=str(binding["name"]), queue=queue, connection=connection)


def _timer_trigger(where: str, binding: Mapping[str, Any], settings: Mapping[str, str]) -> TimerTrigger:
    where = f"{where}, timer {binding['name']}"
    written = str(binding.get("schedule") or "")
    text = resolve(written, settings, where=where)
    try:
        schedule = parse_schedule(text)
    except ScheduleError as error:
        source = f"{text!r} (from {written})" if text != written else repr(text)
        raise StartError(f"{where}: the schedule {source} is wrong: {error}") from None
    return TimerTrigger(
        parameter=str(binding["name"]),
        schedule=schedule,
        run_on_startup=_flag(binding.get("runOnStartup")),
        use_monitor=binding.get("useMonitor") is None or _flag(binding["useMonitor"]),
    )
