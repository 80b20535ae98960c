"""Which requests came in, and how did each end?"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

KEPT = 20_000
"""How many requests are remembered; older ones fall out."""


@dataclass(frozen=True, slots=True)
class Child:
    """One part of a batch: `path` as the part gave it."""

    method: str
    path: str
    status: int

    def as_json(self) -> dict[str, Any]:
        """As the journal shows it."""
        return {"method": self.method, "path": self.path, "status": self.status}


@dataclass(slots=True)
class Entry:
    """One request: written down when it arrives, completed when it ends."""

    id: int
    method: str
    path: str
    at: datetime
    started: float
    status: int | None = None
    seconds: float | None = None
    answered: bool = False
    fault: str | None = None
    dropped: bool = False
    children: list[Child] = field(default_factory=list)

    def add_child(self, method: str, path: str, status: int) -> None:
        """Write down one part of this batch, in the order of the batch."""
        self.children.append(Child(method, path, status))

    def end(self, status: int | None, *, answered: bool) -> None:
        """The request is over; `status` None means that none was made, dropped that none was sent."""
        self.status = None if self.dropped else status
        self.answered = answered
        self.seconds = round(time.monotonic() - self.started, 6)

    def as_json(self) -> dict[str, Any]:
        """As the journal shows it."""
        return {
            "id": self.id,
            "time": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "seconds": self.seconds,
            "answered": self.answered,
            "fault": self.fault,
            "children": [child.as_json() for child in self.children],
        }


@dataclass(slots=True)
class Journal:
    """The last `KEPT` requests, oldest first."""

    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    _last: int = 0

    def begin(self, method: str, path: str) -> Entry:
        """Write down a request that just arrived."""
        self._last += 1
        entry = Entry(self._last, method, path, datetime.now(UTC), time.monotonic())
        self._entries.append(entry)
        return entry

    def entries(self) -> tuple[Entry, ...]:
        """What is remembered, oldest first."""
        return tuple(self._entries)

    def clear(self) -> int:
        """Forget all of it; gives how many there were."""
        count = len(self._entries)
        self._entries.clear()
        return count
