"""When is a failed call sent again, and when is it given up?

A loop of our own and not stamina's: stamina sleeps by `asyncio.sleep` and counts its budget by
`time.monotonic`, so that neither could be replayed on the injected `Clock`, and it looks at the budget
only after a sleep, where a long Retry-After has been slept through already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dataverse.errors import DataverseError, MayHaveBeenCarriedOut, NotCarriedOut
from wire.clock import Clock

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often one call is tried.

    Attributes:
        budget_seconds: from the beginning of a call until its last send begins.
        sends: of one call at most; the one more send after a token was renewed is not counted.
        cut_seconds: of one exchange, from its first byte to its last. A call therefore ends, well or not,
            within `budget_seconds` and one exchange.
        first_wait_seconds: before the second send; doubled for each further one.
        longest_wait_seconds: ceiling of the growing waits; a Retry-After may be longer, within the budget.
    """

    budget_seconds: float = 20.0
    sends: int = 4
    cut_seconds: float = 30.0
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 8.0


DEFAULT_LIMITS: Final = Limits()


def wait_before_next(
    limits: Limits, *, sent: int, elapsed: float, retry_after: float | None, jitter: float
) -> float | None:
    """Seconds to wait before the next send, or None where the call is to be given up.

    Args:
        limits: of the call.
        sent: sends so far, at least 1.
        elapsed: seconds since the call began.
        retry_after: what the service asked for; never waited less, and given up at once where it is
            longer than what is left of the budget.
        jitter: from 0 up to 1; spreads callers that failed together.
    """
    left = limits.budget_seconds - elapsed
    if sent >= limits.sends or left <= 0:
        return None
    if retry_after is not None:
        # A little on top of what was asked, so that not all come back in the same moment.
        return None if retry_after > left else min(retry_after + jitter * limits.first_wait_seconds, left)
    grown = min(limits.first_wait_seconds * 2.0 ** (sent - 1), limits.longest_wait_seconds)
    wait = grown * (0.5 + jitter / 2)
    return None if wait > left else wait


def may_repeat(error: DataverseError, *, safe: bool) -> bool:
    """Whether sending again can help and does no harm.

    Args:
        error: of the last send.
        safe: whether the operation may be carried out twice.
    """
    return isinstance(error, NotCarriedOut) or (safe and isinstance(error, MayHaveBeenCarriedOut))


class Patience:
    """The sends and the budget of one call; it begins with the first send."""

    def __init__(self, limits: Limits, clock: Clock, jitter: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._jitter = jitter
        self._began = clock.monotonic()
        self._sent = 1

    async def lasts(self, error: DataverseError) -> bool:
        """Wait before the next send; False, without a wait, where there is to be none."""
        wait = wait_before_next(
            self._limits,
            sent=self._sent,
            elapsed=self._clock.monotonic() - self._began,
            retry_after=error.retry_after,
            jitter=self._jitter(),
        )
        if wait is None:
            return False
        _log.info(
            "dataverse.repeat",
            extra={
                "error": type(error).__name__,
                "status": error.status,
                "code": error.code,
                "request_id": error.request_id,
                "sends": self._sent,
                "wait_seconds": round(wait, 3),
            },
        )
        await self._clock.sleep(wait)
        self._sent += 1
        return True
