"""Are settings, host.json and bindings read as Core Tools and Azure do, and faults told with their remedy?"""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.functions.bindings import HttpTrigger, IndexedFunction, QueueTrigger, TimerTrigger, define
from sandbox.functions.errors import StartError
from sandbox.functions.host_json import read_host_json
from sandbox.functions.settings import connection_string, is_disabled, merged, read_local_settings, resolve
from sandbox.functions.timespans import parse_timespan

BUS = (
    "Endpoint=sb://localhost;SharedAccessKeyName=sandbox;SharedAccessKey=sandbox;UseDevelopmentEmulator=true"
)


def written(folder: Path, content: Any) -> Path:
    """Write a file and give its path."""
    path = folder / "file.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_values_are_read_and_real_environment_variables_win(tmp_path: Path) -> None:
    """The file never overrides the environment."""
    path = written(tmp_path, {"IsEncrypted": False, "Values": {"A": "file", "B": "file"}, "Host": {}})
    assert merged(read_local_settings(path), {"B": "real"}) == {"A": "file", "B": "real"}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("{", "not JSON"),
        ([], '"Values"'),
        ({"Values": []}, '"Values"'),
        ({"Values": {"PORT": 1}}, '"PORT" is not a string'),
        ({"IsEncrypted": True, "Values": {}}, "decrypt"),
        ({"Values": {"FUNCTIONS_WORKER_RUNTIME": "node"}}, '"node"'),
    ],
)
def test_wrong_settings_name_file_key_and_remedy(tmp_path: Path, content: Any, part: str) -> None:
    """Each fault names the file and what is wrong in it."""
    path = written(tmp_path, content)
    with pytest.raises(StartError) as fault:
        read_local_settings(path)
    assert part in str(fault.value)
    assert str(path) in str(fault.value)


def test_a_missing_settings_file_says_which_sample_to_copy(tmp_path: Path) -> None:
    """The first thing a newcomer meets has a remedy."""
    with pytest.raises(StartError, match=r"local\.settings\.sample\.json"):
        read_local_settings(tmp_path / "none.json")


def test_names_between_percent_signs_are_settings() -> None:
    """Several names in one text; a missing one is named; expressions are refused."""
    assert resolve("a-%Q%-%R%", {"Q": "x", "R": "y"}, where="f") == "a-x-y"
    with pytest.raises(StartError, match=r"function f: the app setting R .*local\.settings\.json"):
        resolve("%Q%%R%", {"Q": "x"}, where="function f")
    with pytest.raises(StartError, match="binding expression"):
        resolve("{rand-guid}", {}, where="function f")


def test_connection_strings_are_found_with_and_without_prefix() -> None:
    """The prefixed setting goes first, as in WebJobs."""
    assert connection_string("BUS", {"BUS": BUS}, where="f") == BUS
    other = BUS.replace("localhost", "other")
    assert connection_string("BUS", {"BUS": BUS, "AzureWebJobsBUS": other}, where="f") == other


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({}, "BUS with the Service Bus connection string is not set"),
        ({"BUS": "localhost"}, "not a Service Bus connection string"),
        ({"BUS__fullyQualifiedNamespace": "x.servicebus.windows.net"}, "no Entra ID"),
    ],
)
def test_connections_without_string_are_refused_with_the_reason(settings: dict[str, str], part: str) -> None:
    """Missing, wrong and identity-based connections differ."""
    with pytest.raises(StartError, match=part):
        connection_string("BUS", settings, where="f")


def test_disabling_settings() -> None:
    """Only true and 1 disable a function."""
    assert is_disabled("f", {"AzureWebJobs.f.Disabled": "True"})
    assert is_disabled("f", {"AzureWebJobs.f.Disabled": "1"})
    assert not is_disabled("f", {"AzureWebJobs.f.Disabled": "false"})
    assert not is_disabled("f", {})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:05:00", 300.0),
        ("1.02:03:04.5", 93784.5),
        ("00:30", 1800.0),
        ("23:59:59", 86399.0),
        ("24:00:00", None),
        ("5", None),
        ("00:60:00", None),
    ],
)
def test_timespans(text: str, seconds: float | None) -> None:
    """The .NET form is read, and nothing else."""
    assert parse_timespan(text) == seconds


def test_host_json_defaults_are_those_of_azure(tmp_path: Path) -> None:
    """An empty host.json behaves as in Azure."""
    options = read_host_json(written(tmp_path, {"version": "2.0"}))
    assert options.route_prefix == "api"
    assert options.function_timeout == 1800
    bus = options.service_bus
    assert (bus.max_message_batch_size, bus.min_message_batch_size, bus.max_batch_wait) == (1000, 1, 30)
    assert (bus.prefetch_count, bus.auto_complete_messages, bus.max_auto_lock_renewal) == (0, True, 300)


def test_host_json_is_heeded_and_what_has_no_effect_is_told(tmp_path: Path) -> None:
    """Nothing in host.json is ignored in silence."""
    options = read_host_json(
        written(
            tmp_path,
            {
                "version": "2.0",
                "functionTimeout": "-1",
                "extensionBundle": {"id": "x", "version": "[4.*, 5.0.0)"},
                "healthMonitor": {"enabled": True},
                "logging": {"logLevel": {"default": "Warning", "Function.f": "debug"}, "console": {}},
                "extensions": {
                    "http": {"routePrefix": "/v1/", "maxConcurrentRequests": 5},
                    "serviceBus": {
                        "maxMessageBatchSize": 20,
                        "maxBatchWaitTime": "00:00:10",
                        "autoCompleteMessages": False,
                        "clientRetryOptions": {"maxRetries": 1, "mode": "Fixed"},
                    },
                },
            },
        )
    )
    assert options.route_prefix == "v1"
    assert options.function_timeout is None
    assert options.log_levels == {"default": 30, "Function.f": 10}
    bus = options.service_bus
    assert (bus.max_message_batch_size, bus.max_batch_wait, bus.auto_complete_messages) == (20, 10, False)
    assert (bus.retry_total, bus.retry_mode) == (1, "fixed")
    assert options.without_effect == (
        "healthMonitor",
        "logging.console",
        "extensions.http.maxConcurrentRequests",
    )


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("nope", "not JSON"),
        ([], "is not an object"),
        ({}, "version is null"),
        ({"version": "1.0"}, 'version is "1.0"'),
        ({"version": "2.0", "functionTimeout": "5 min"}, "functionTimeout"),
        ({"version": "2.0", "functionTimeout": "00:00:00"}, "not above zero"),
        ({"version": "2.0", "logging": {"logLevel": {"default": "Loud"}}}, "logging.logLevel.default"),
        ({"version": "2.0", "extensions": {"http": {"routePrefix": 1}}}, "extensions.http.routePrefix"),
        ({"version": "2.0", "extensions": {"serviceBus": []}}, "extensions.serviceBus"),
        (
            {"version": "2.0", "extensions": {"serviceBus": {"maxMessageBatchSize": 0}}},
            "extensions.serviceBus.maxMessageBatchSize",
        ),
        (
            {"version": "2.0", "extensions": {"serviceBus": {"maxMessageBatchSize": True}}},
            "extensions.serviceBus.maxMessageBatchSize",
        ),
        (
            {
                "version": "2.0",
                "extensions": {"serviceBus": {"maxMessageBatchSize": 2, "minMessageBatchSize": 3}},
            },
            "extensions.serviceBus.minMessageBatchSize",
        ),
        (
            {"version": "2.0", "extensions": {"serviceBus": {"maxBatchWaitTime": "00:03:00"}}},
            "extensions.serviceBus.maxBatchWaitTime",
        ),
        (
            {"version": "2.0", "extensions": {"serviceBus": {"autoCompleteMessages": "yes"}}},
            "extensions.serviceBus.autoCompleteMessages",
        ),
        (
            {"version": "2.0", "extensions": {"serviceBus": {"clientRetryOptions": {"mode": "never"}}}},
            "extensions.serviceBus.clientRetryOptions.mode",
        ),
    ],
)
def test_wrong_host_json_names_file_and_key(tmp_path: Path, content: Any, part: str) -> None:
    """Each fault names the file and the dotted key."""
    path = written(tmp_path, content)
    with pytest.raises(StartError) as fault:
        read_host_json(path)
    assert part in str(fault.value)
    assert str(path) in str(fault.value)


def test_a_missing_host_json_says_what_the_least_is(tmp_path: Path) -> None:
    """The remedy is in the message."""
    with pytest.raises(StartError, match=r'"version": "2\.0"'):
        read_host_json(tmp_path / "host.json")


def function(*bindings: dict[str, Any], has_retry_policy: bool = False) -> IndexedFunction:
    """Make a function as the engine reports it."""
    return IndexedFunction("f", "id", bindings, has_retry_policy)


def test_bindings_become_triggers_and_outputs() -> None:
    """Enum names in upper case, defaults and settings are read; secrets are not shown."""
    http, batch, timer = define(
        [
            function(
                {"type": "httpTrigger", "name": "req", "methods": ["post"], "authLevel": "ANONYMOUS"},
                {"type": "http", "name": "$return", "direction": "OUT"},
                {"type": "serviceBus", "name": "out", "queueName": "%Q%", "connection": "BUS"},
            ),
            function(
                {
                    "type": "serviceBusTrigger",
                    "name": "m",
                    "queueName": "q",
                    "cardinality": "MANY",
                    "connection": "BUS",
                }
            ),
            function({"type": "timerTrigger", "name": "t", "schedule": "%S%", "runOnStartup": True}),
        ],
        {"Q": "queue", "BUS": BUS, "S": "0 0 * * * *"},
    )
    assert http.trigger == HttpTrigger("req", "f", frozenset({"POST"}), "anonymous")
    assert http.http_output == "$return"
    assert [(each.name, each.queue) for each in http.outputs] == [("out", "queue")]
    assert isinstance(batch.trigger, QueueTrigger)
    assert (batch.trigger.many, batch.trigger.auto_complete, batch.trigger.binary) == (True, None, False)
    assert isinstance(timer.trigger, TimerTrigger)
    assert (timer.trigger.run_on_startup, timer.trigger.use_monitor) == (True, True)
    assert BUS not in repr((http, batch))


@pytest.mark.parametrize(
    ("indexed", "part"),
    [
        (function({"type": "blobTrigger", "name": "b"}), "blobtrigger"),
        (function({"type": "http", "name": "$return"}), "no trigger"),
        (function({"type": "timerTrigger", "name": "t", "schedule": "0 0 0 30 2 *"}), "no day"),
        (function({"type": "timerTrigger", "name": "t", "schedule": "%WHEN%"}), "WHEN"),
        (function({"type": "timerTrigger", "name": "t", "schedule": "%BAD%"}), "'soon' (from %BAD%)"),
        (
            function({"type": "timerTrigger", "name": "t", "schedule": "* * * * * *"}, has_retry_policy=True),
            "retry",
        ),
        (function({"type": "serviceBusTrigger", "name": "m", "topicName": "t"}), "queues only"),
        (
            function(
                {
                    "type": "serviceBusTrigger",
                    "name": "m",
                    "queueName": "q",
                    "connection": "BUS",
                    "isSessionsEnabled": True,
                }
            ),
            "sessions",
        ),
    ],
)
def test_what_is_not_imitated_is_refused_at_start(indexed: IndexedFunction, part: str) -> None:
    """No binding is accepted that would then do nothing."""
    with pytest.raises(StartError) as fault:
        define([indexed], {"BUS": BUS, "BAD": "soon"})
    assert part in str(fault.value)
    assert "function f" in str(fault.value)
