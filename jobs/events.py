"""What does the app say in its log?

Events have a name and fields. Fields are ids, codes, counts and kinds; never a name, an address, a
field's value, a key or a payload. An exception is told by its type and place, because its text may
repeat what it choked on.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass

LOGGER = logging.getLogger("spotler_jobs")

Fact = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Events:
    """Writes events to the standard log, readable as a line and queryable by field.

    Attributes:
        heard: gets every event too, by name and fields.
    """

    logger: logging.Logger = LOGGER
    heard: Callable[[str, Mapping[str, Fact]], None] | None = None

    def info(self, name: str, **facts: Fact) -> None:
        """Something went as it should."""
        self._say(logging.INFO, name, facts)

    def warning(self, name: str, **facts: Fact) -> None:
        """Something needs no hand yet, but should not become frequent."""
        self._say(logging.WARNING, name, facts)

    def error(self, name: str, **facts: Fact) -> None:
        """Somebody should look at this."""
        self._say(logging.ERROR, name, facts)

    def _say(self, level: int, name: str, facts: dict[str, Fact]) -> None:
        line = " ".join([name, *(f"{key}={value}" for key, value in facts.items())])
        self.logger.log(level, line, extra={"event": name, "facts": facts})
        if self.heard is not None:
            self.heard(name, facts)


def place(error: BaseException) -> str:
    """Type and innermost place of an exception, such as "KeyError at calls.py:120", without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    where = (
        f"{frames[-1].filename.replace('\\', '/').rsplit('/', 1)[-1]}:{frames[-1].lineno}" if frames else "?"
    )
    return f"{type(error).__name__} at {where}"
