"""How long do claims, calls and leases last, and why are they safe together?"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

FARTHEST: Final = timedelta(days=8)
"""No wait of ours ends later than this from now; a later time on a row was not written by a worker."""


@dataclass(frozen=True, slots=True)
class Timing:
    """Spans of the protocol, in seconds where not said otherwise.

    The lease outlasts everything that a worker, or a request it abandoned, can still do:
    `lease >= start_deadline + call_cut + settling + 2 * clock_difference`.

    Attributes:
        start_deadline: a call may begin only this long after its claim, by the worker's monotonic clock.
        call_cut: one whole call is cut off after this long.
        settling: how long a request that was cut off may still take effect at Spotler.
        clock_difference: how far two machines' clocks may be apart.
        lease: how long a claim keeps others away.
        claim_cap: a stop found abandoned is not claimed again once it has this many attempts.
        batch_ends: a batch claims nothing more after this long; well inside the message lock of 300.
        untouched: a queued job that nobody has written for so long has lost its doorbell.
        shortest_delay: between two tries of a job that was surely not carried out.
        longest_delay: the same; the delay grows in between.
        grace_delay: the longest while a contact may still be on its way to Spotler.
        brake_shortest: a job that a brake makes wait is looked at again after this long at the earliest.
        brake_longest: and at the latest, so that a brake that was lifted is noticed.
        hour: over which starts are counted against a cap.
    """

    start_deadline: float = 150.0
    call_cut: float = 30.0
    settling: float = 120.0
    clock_difference: float = 30.0
    lease: float = 600.0
    claim_cap: int = 10
    batch_ends: float = 90.0
    untouched: float = 120.0
    shortest_delay: float = 15.0
    longest_delay: float = 1800.0
    grace_delay: float = 20.0
    brake_shortest: float = 60.0
    brake_longest: float = 900.0
    hour: float = 3600.0

    def __post_init__(self) -> None:
        """Refuse spans under which two calls of one job could overlap."""
        needed = self.start_deadline + self.call_cut + self.settling + 2 * self.clock_difference
        if self.lease < needed:
            raise ValueError(
                f"a lease of {self.lease:.0f} s is shorter than the {needed:.0f} s a call can last"
            )

    def scaled(self, factor: float) -> Timing:
        """Every span shrunk alike, so that a whole story fits into a test; the safety argument stays."""
        spans = {name: value * factor for name, value in asdict(self).items() if name != "claim_cap"}
        return replace(self, **spans)

    def leased(self, claimed_on: datetime | None, now: datetime) -> bool:
        """Whether a claim of that time still keeps others away.

        A claim that lies further ahead than a whole lease was not made by a worker, however its clock stood.
        """
        if claimed_on is None:
            return False
        age = (now - claimed_on).total_seconds()
        return -self.lease <= age < self.lease

    @property
    def lease_span(self) -> timedelta:
        """The lease as a span of time."""
        return timedelta(seconds=self.lease)
