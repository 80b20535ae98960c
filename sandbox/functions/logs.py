"""Which log records reach stderr, and how do they look?

A record belongs to a category as in Azure: ``Function.<name>.User`` for what an app logs during an invocation,
``Function.<name>`` for what the host says of it, ``Host.<part>`` for the host itself, ``Worker`` for the engine.
``logging.logLevel`` of host.json sets the least level by the longest category that fits.
"""

import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sandbox.functions.host_json import LOG_LEVELS

INVOCATION_LOGGER = "sandbox.functions.invocations"
_ENGINE_LOGGER = "azure.functions"
# Libraries tell every step at Information. The engine logs each fault besides reporting it; the host tells it once.
_QUIET = {"Worker": LOG_LEVELS["none"], "Host.Libraries": logging.WARNING}


def category_of(record: logging.LogRecord, function: str | None) -> str:
    """Name the category of a record.

    Args:
        record: The record.
        function: The function whose invocation the record was made in, if any.
    """
    if record.name == INVOCATION_LOGGER:
        return f"Function.{record.__dict__.get('function', '')}"
    if record.name == _ENGINE_LOGGER:
        return "Worker"
    if record.name.startswith("sandbox.functions."):
        return f"Host.{record.name.removeprefix('sandbox.functions.').title().replace('_', '')}"
    if function is not None:
        return f"Function.{function}.User"
    return "Host.Libraries"


def least_level(category: str, levels: Mapping[str, int]) -> int:
    """Find the least level a category is written at; the longest fitting prefix of whole parts decides."""
    parts = category.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        if prefix in levels:
            return levels[prefix]
        if prefix in _QUIET:
            return _QUIET[prefix]
    return levels.get("default", levels.get("Default", logging.INFO))


class _Filter(logging.Filter):
    def __init__(
        self,
        levels: Mapping[str, int],
        invocation_id: Callable[[], str | None],
        function_of: Callable[[str], str | None],
    ) -> None:
        super().__init__()
        self._levels, self._invocation_id, self._function_of = levels, invocation_id, function_of

    def filter(self, record: logging.LogRecord) -> bool:
        invocation = self._invocation_id()
        category = category_of(record, self._function_of(invocation) if invocation else None)
        record.__dict__.update(category=category, invocation=f" [{invocation}]" if invocation else "")
        return record.levelno >= least_level(category, self._levels)


class _Formatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("{asctime} {levelname} {category}{invocation} {message}", style="{")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802 - overrides
        del datefmt
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def write_logs(
    levels: Mapping[str, int],
    *,
    invocation_id: Callable[[], str | None],
    function_of: Callable[[str], str | None],
) -> None:
    """Send log records to stderr from now on.

    Args:
        levels: Category or ``default`` to least level.
        invocation_id: Tells the invocation of the current task or thread.
        function_of: Tells the function of an invocation, if it is known.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Filter(levels, invocation_id, function_of))
    handler.setFormatter(_Formatter())
    root = logging.getLogger()
    root.addHandler(handler)
    # The worker in Azure does the same: debug records of an app need this setting as well as host.json.
    debug = os.environ.get("PYTHON_ENABLE_DEBUG_LOGGING", "").lower() in {"1", "true", "t", "yes", "y"}
    root.setLevel(logging.DEBUG if debug else logging.INFO)
