"""Has a user asked for too much in the last five minutes?"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from sandbox.dataverse.problems import Problem

_LONGEST_PENALTY = 60


@dataclass(frozen=True, slots=True)
class Limits:
    """The service protection limits of one user on one web server (Microsoft Learn, "API limits").

    Attributes:
        requests: in one window.
        window: seconds.
        concurrency: requests at a time.
        seconds: of execution in one window.
    """

    requests: int = 6000
    window: float = 300.0
    concurrency: int = 52
    seconds: float = 1200.0


class Throttled(Problem):
    """429 with the seconds to wait."""

    def __init__(self, code: str, message: str, retry_after: int) -> None:
        super().__init__(HTTPStatus.TOO_MANY_REQUESTS, code, message)
        self.retry_after = retry_after


@dataclass(slots=True)
class _Use:
    requests: deque[float] = field(default_factory=deque)
    spent: deque[tuple[float, float]] = field(default_factory=deque)
    total: float = 0.0
    running: int = 0
    told_until: float = 0.0
    ignored: int = 0


@dataclass(slots=True)
class Ticket:
    """One request under way; `seconds` is the execution time it is charged with at its end."""

    seconds: float = 0.0


class Protection:
    """Counts requests, execution time and concurrency for each user, over a sliding window.

    Args:
        limits: what is allowed; may be replaced at any time.
        clock: seconds that never jump.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._uses: dict[str, _Use] = {}

    def reset(self) -> None:
        """Forget what was used; requests under way still end well."""
        self._uses = {}

    @contextmanager
    def admitted(self, user: str) -> Iterator[Ticket]:
        """Let one request in.

        Raises:
            Throttled: one of the three limits is reached; the request does not count then.
        """
        use = self._uses.setdefault(user, _Use())
        now = self._clock()
        self._forget(use, now)
        self._refuse(use, now)
        use.requests.append(now)
        use.running += 1
        ticket = Ticket()
        try:
            yield ticket
        finally:
            use.running -= 1
            if ticket.seconds:
                use.spent.append((self._clock(), ticket.seconds))
                use.total += ticket.seconds

    def remaining(self, user: str) -> tuple[int, float]:
        """Requests and seconds of execution that are left in this window."""
        use = self._uses.get(user, _Use())
        self._forget(use, self._clock())
        return self.limits.requests - len(use.requests), self.limits.seconds - use.total

    def as_json(self) -> dict[str, Any]:
        """What each user has used in this window."""
        for use in self._uses.values():
            self._forget(use, self._clock())
        return {
            user: {
                "requests": len(use.requests),
                "seconds": round(use.total, 3),
                "running": use.running,
            }
            for user, use in self._uses.items()
        }

    def _forget(self, use: _Use, now: float) -> None:
        oldest = now - self.limits.window
        while use.requests and use.requests[0] <= oldest:
            use.requests.popleft()
        while use.spent and use.spent[0][0] <= oldest:
            use.total -= use.spent.popleft()[1]
        if not use.spent:
            use.total = 0.0

    def _refuse(self, use: _Use, now: float) -> None:
        limits = self.limits
        if len(use.requests) >= limits.requests:
            raise self._throttled(
                use,
                now,
                use.requests[0] + limits.window - now,
                "0x80072322",
                f"Number of requests exceeded the limit of {limits.requests} over time window of "
                f"{limits.window:g} seconds.",
            )
        if use.total >= limits.seconds:
            raise self._throttled(
                use,
                now,
                use.spent[0][0] + limits.window - now,
                "0x80072321",
                f"Combined execution time of incoming requests exceeded limit of "
                f"{limits.seconds * 1000:g} milliseconds over time window of {limits.window:g} seconds. "
                "Decrease number of concurrent requests or reduce the duration of requests and try again "
                "later.",
            )
        if use.running >= limits.concurrency:
            raise self._throttled(
                use,
                now,
                1.0,
                "0x80072326",
                f"Number of concurrent requests exceeded the limit of {limits.concurrency}.",
            )
        use.ignored = 0

    def _throttled(self, use: _Use, now: float, wait: float, code: str, message: str) -> Throttled:
        # Who does not wait is told to wait longer, a second for every ignored answer.
        use.ignored = min(use.ignored + 1, _LONGEST_PENALTY) if now < use.told_until else 0
        seconds = max(1, math.ceil(wait)) + use.ignored
        use.told_until = now + seconds
        return Throttled(code, message, seconds)
