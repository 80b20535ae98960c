"""What does host.json ask of the host?"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.functions.errors import StartError
from sandbox.functions.timespans import parse_timespan

# Without a functionTimeout Flex Consumption allows 30 minutes.
DEFAULT_FUNCTION_TIMEOUT = 1800.0
LONGEST_BATCH_WAIT = 150.0
LOG_LEVELS: Mapping[str, int] = {
    "trace": 5,
    "debug": 10,
    "information": 20,
    "warning": 30,
    "error": 40,
    "critical": 50,
    "none": 100,
}


@dataclass(frozen=True, slots=True)
class ServiceBusOptions:
    """The section ``extensions.serviceBus``; times in seconds, defaults as in the Service Bus extension."""

    prefetch_count: int = 0
    auto_complete_messages: bool = True
    max_auto_lock_renewal: float = 300.0
    max_concurrent_calls: int = field(default_factory=lambda: 16 * (os.cpu_count() or 1))
    max_message_batch_size: int = 1000
    min_message_batch_size: int = 1
    max_batch_wait: float = 30.0
    retry_mode: str = "exponential"
    retry_total: int = 3
    retry_delay: float = 0.8
    retry_delay_max: float = 60.0
    try_timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class HostOptions:
    """All of host.json that this host heeds.

    Attributes:
        route_prefix: First part of every HTTP path, without slashes; may be empty.
        function_timeout: Seconds an invocation may take; None is without limit.
        log_levels: Log category (or ``default``) to the least level of :mod:`logging` that is written.
        service_bus: The Service Bus section.
        without_effect: Keys that Azure heeds and this host does not, dotted.
    """

    route_prefix: str = "api"
    function_timeout: float | None = DEFAULT_FUNCTION_TIMEOUT
    log_levels: Mapping[str, int] = field(default_factory=dict)
    service_bus: ServiceBusOptions = field(default_factory=ServiceBusOptions)
    without_effect: tuple[str, ...] = ()


# Members that are right in host.json and change nothing on one machine; they need no warning.
_SILENT = {"version", "extensionBundle", "logging.applicationInsights", "$schema"}


class _Section:
    """One object of host.json, read member by member; what is left over had no effect."""

    def __init__(self, path: Path, prefix: str, content: Any) -> None:
        self._path, self._prefix = path, prefix
        if not isinstance(content, dict):
            raise self.fault("", "is not an object", "Write it as {...}, or remove it")
        self._content: dict[str, Any] = content
        self._read: set[str] = set()

    def fault(self, key: str, problem: str, remedy: str) -> StartError:
        name = f"{self._prefix}{key}".strip(".") or "the file"
        return StartError(f"{self._path}: {name} {problem}. {remedy}.")

    def get(self, key: str, default: Any) -> Any:
        self._read.add(key)
        return self._content.get(key, default)

    def section(self, key: str) -> "_Section":
        return _Section(self._path, f"{self._prefix}{key}.", self.get(key, {}))

    def whole(self, key: str, default: int, *, least: int) -> int:
        value = self.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise self.fault(key, f"is {json.dumps(value)}", f"It has to be a whole number from {least} up")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.get(key, default)
        if not isinstance(value, bool):
            raise self.fault(key, f"is {json.dumps(value)}", "It has to be true or false")
        return value

    def seconds(self, key: str, default: float) -> float:
        value = self.get(key, None)
        if value is None:
            return default
        parsed = parse_timespan(value) if isinstance(value, str) else None
        if parsed is None:
            raise self.fault(key, f"is {json.dumps(value)}", 'It has to be a time span such as "00:05:00"')
        return parsed

    def left_over(self) -> list[str]:
        names = [f"{self._prefix}{key}" for key in self._content if key not in self._read]
        return [name for name in names if name not in _SILENT]


def read_host_json(path: Path) -> HostOptions:
    """Read host.json.

    Raises:
        StartError: The file is missing, or a member has a value that Azure would refuse.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise StartError(
            f'{path}: there is no such file. A function app needs one; {{"version": "2.0"}} is the least.'
        ) from None
    except ValueError as error:
        raise StartError(f"{path}: this is not JSON ({error}). Correct the file.") from None
    root = _Section(path, "", content)
    version = root.get("version", None)
    if version != "2.0":
        raise root.fault("version", f"is {json.dumps(version)}", 'It has to be "2.0"')
    logging_section = root.section("logging")
    extensions = root.section("extensions")
    http = extensions.section("http")
    bus = extensions.section("serviceBus")
    retry = bus.section("clientRetryOptions")
    route_prefix = _route_prefix(http)
    function_timeout = _function_timeout(root)
    log_levels = _log_levels(logging_section)
    service_bus = _service_bus(bus, retry)
    sections = (root, logging_section, extensions, http, bus, retry)
    return HostOptions(
        route_prefix=route_prefix,
        function_timeout=function_timeout,
        log_levels=log_levels,
        service_bus=service_bus,
        without_effect=tuple(name for section in sections for name in section.left_over()),
    )


def _route_prefix(http: _Section) -> str:
    prefix = http.get("routePrefix", "api")
    if not isinstance(prefix, str) or "{" in prefix:
        raise http.fault(
            "routePrefix", f"is {json.dumps(prefix)}", 'It has to be plain text such as "api", or ""'
        )
    return prefix.strip("/")


def _function_timeout(root: _Section) -> float | None:
    if root.get("functionTimeout", None) == "-1":
        return None
    seconds = root.seconds("functionTimeout", DEFAULT_FUNCTION_TIMEOUT)
    if seconds <= 0:
        raise root.fault(
            "functionTimeout", "is not above zero", 'Write a time span such as "00:05:00", or "-1"'
        )
    return seconds


def _log_levels(section: _Section) -> dict[str, int]:
    levels: dict[str, int] = {}
    wanted = section.get("logLevel", {})
    if not isinstance(wanted, dict):
        raise section.fault("logLevel", "is not an object", 'Write it as {"default": "Information"}')
    for category, name in wanted.items():
        level = LOG_LEVELS.get(name.lower()) if isinstance(name, str) else None
        if level is None:
            allowed = ", ".join(each.capitalize() for each in LOG_LEVELS)
            raise section.fault(
                f"logLevel.{category}", f"is {json.dumps(name)}", f"It has to be one of {allowed}"
            )
        levels[category] = level
    return levels


def _service_bus(bus: _Section, retry: _Section) -> ServiceBusOptions:
    standard = ServiceBusOptions()
    mode = retry.get("mode", standard.retry_mode)
    if not isinstance(mode, str) or mode.lower() not in {"exponential", "fixed"}:
        raise retry.fault("mode", f"is {json.dumps(mode)}", "It has to be exponential or fixed")
    options = ServiceBusOptions(
        prefetch_count=bus.whole("prefetchCount", standard.prefetch_count, least=0),
        auto_complete_messages=bus.flag("autoCompleteMessages", default=standard.auto_complete_messages),
        max_auto_lock_renewal=bus.seconds("maxAutoLockRenewalDuration", standard.max_auto_lock_renewal),
        max_concurrent_calls=bus.whole("maxConcurrentCalls", standard.max_concurrent_calls, least=1),
        max_message_batch_size=bus.whole("maxMessageBatchSize", standard.max_message_batch_size, least=1),
        min_message_batch_size=bus.whole("minMessageBatchSize", standard.min_message_batch_size, least=1),
        max_batch_wait=bus.seconds("maxBatchWaitTime", standard.max_batch_wait),
        retry_mode=mode.lower(),
        retry_total=retry.whole("maxRetries", standard.retry_total, least=0),
        retry_delay=retry.seconds("delay", standard.retry_delay),
        retry_delay_max=retry.seconds("maxDelay", standard.retry_delay_max),
        try_timeout=retry.seconds("tryTimeout", standard.try_timeout),
    )
    if options.min_message_batch_size > options.max_message_batch_size:
        raise bus.fault("minMessageBatchSize", "is above maxMessageBatchSize", "Lower it")
    if options.max_batch_wait > LONGEST_BATCH_WAIT:
        raise bus.fault("maxBatchWaitTime", "is above 00:02:30", "Azure refuses that; shorten it")
    return options
