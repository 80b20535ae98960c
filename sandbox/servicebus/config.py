"""Which queues are there?

The file has the form of the official emulator's `config.json`, so that the one can take the other's place: a
namespace with queues, whose properties are those of the management API, durations in ISO 8601. Source: "Test
locally by using the Azure Service Bus emulator" and the emulator's own sample configuration.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sandbox.servicebus.queue import QueueSettings


class ConfigError(Exception):
    """The configuration cannot be used; the text names the place and the remedy."""


_UNSUPPORTED = (
    "RequiresSession",
    "RequiresDuplicateDetection",
    "ForwardTo",
    "ForwardDeadLetteredMessagesTo",
)
_KNOWN = frozenset(
    {
        "DeadLetteringOnMessageExpiration",
        "DefaultMessageTimeToLive",
        "DuplicateDetectionHistoryTimeWindow",
        "LockDuration",
        "MaxDeliveryCount",
        *_UNSUPPORTED,
    }
)
_DURATION = re.compile(
    r"P(?=.)(?:(?P<days>\d+)D)?"
    r"(?:T(?=.)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?"
)
_MS = {"days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000}
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._/-]{0,258}[A-Za-z0-9])?")


def read_config(path: Path) -> list[QueueSettings]:
    """Read the queues out of a configuration file.

    Raises:
        ConfigError: the file is unreadable, or asks for something that is not imitated.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: {error}") from error
    return parse_config(document)


def parse_config(document: Any) -> list[QueueSettings]:
    """Read the queues out of a parsed configuration.

    Raises:
        ConfigError: it has not the expected form, or asks for something that is not imitated.
    """
    namespaces = _list(_member(_member(document, "UserConfig"), "Namespaces"), "UserConfig.Namespaces")
    if len(namespaces) != 1:
        raise ConfigError(
            "UserConfig.Namespaces must have exactly one namespace, as in the official emulator."
        )
    namespace = namespaces[0]
    if _list(namespace.get("Topics", []), "Topics"):
        raise ConfigError("Topics are not imitated; remove them.")
    queues = [_queue(entry) for entry in _list(_member(namespace, "Queues"), "Queues")]
    if len({queue.name.lower() for queue in queues}) != len(queues):
        raise ConfigError("Two queues have the same name.")
    return queues


def _queue(entry: Any) -> QueueSettings:
    name = _member(entry, "Name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} is no name of a queue.")
    properties = _member(entry, "Properties")
    if not isinstance(properties, dict):
        raise ConfigError(f"{name}: Properties must be an object.")
    if strange := sorted(properties.keys() - _KNOWN):
        raise ConfigError(f"{name}: {', '.join(strange)} is unknown here.")
    for unsupported in _UNSUPPORTED:
        if properties.get(unsupported):
            raise ConfigError(f"{name}: {unsupported} is not imitated; leave it out, false or empty.")
    deliveries = properties.get("MaxDeliveryCount", 10)
    if type(deliveries) is not int or not 1 <= deliveries <= 2000:
        raise ConfigError(f"{name}: MaxDeliveryCount must be a whole number from 1 to 2000.")
    dead_letter_expired = properties.get("DeadLetteringOnMessageExpiration", False)
    if type(dead_letter_expired) is not bool:
        raise ConfigError(f"{name}: DeadLetteringOnMessageExpiration must be true or false.")
    lock = _duration(properties.get("LockDuration", "PT1M"), f"{name}: LockDuration")
    if not 1 <= lock <= 300_000:
        raise ConfigError(f"{name}: LockDuration must be more than nothing and at most PT5M.")
    life = properties.get("DefaultMessageTimeToLive")
    return QueueSettings(
        name=name,
        lock_ms=lock,
        max_delivery_count=deliveries,
        time_to_live_ms=None if life is None else _duration(life, f"{name}: DefaultMessageTimeToLive"),
        dead_letter_expired=dead_letter_expired,
    )


def _duration(text: Any, place: str) -> int:
    """Read an ISO 8601 duration of days and smaller parts, in milliseconds."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ConfigError(f"{place} must be a duration such as PT5M or P14D.")
    return round(sum(float(match[part] or 0) * ms for part, ms in _MS.items()))


def _member(holder: Any, name: str) -> Any:
    if not isinstance(holder, dict) or name not in holder:
        raise ConfigError(f"{name} is missing.")
    return holder[name]


def _list(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise ConfigError(f"{place} must be a list.")
    return value
