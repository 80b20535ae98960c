"""What shall go wrong, and for how long?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a fault does to a send, which scheduling a message is too; or to all connections."""

    REFUSE_SEND = "refuse_send"
    """Nothing is stored; the sender is told `com.microsoft:server-busy`."""
    DELAY_SEND = "delay_send"
    """The message is stored, and the sender told, only after `seconds`."""
    DROP_AFTER_SEND = "drop_after_send"
    """The message is stored, but the connection breaks before the sender is told."""
    DROP_CONNECTIONS = "drop_connections"
    """All connections break now; new ones are refused for `seconds`."""


class FaultError(ValueError):
    """The request for a fault makes no sense; the text says why."""


@dataclass(slots=True)
class Fault:
    """A fault that is switched on.

    Attributes:
        queue: the only queue it hits, in lower case; None hits all.
        seconds: of delay for `DELAY_SEND`, else how long the fault lasts; None lasts for `times` alone.
        times: how many sends it still hits; None hits all within `seconds`.
        until: when it is over, on the monotonic clock.
    """

    kind: Kind
    queue: str | None
    seconds: float | None
    times: int | None
    until: float | None

    def describe(self) -> dict[str, Any]:
        """Give the JSON form, as in the request, with what is left of `times`."""
        return {"kind": self.kind, "queue": self.queue, "seconds": self.seconds, "times": self.times}


def parse_fault(body: Any) -> Fault:
    """Read `{"kind", "seconds", "times", "queue"}`; all but the kind may be left out.

    Raises:
        FaultError: it cannot be understood.
    """
    if not isinstance(body, dict) or body.keys() - {"kind", "seconds", "times", "queue"}:
        raise FaultError("A fault is an object with kind, and maybe seconds, times and queue.")
    try:
        kind = Kind(str(body.get("kind")))
    except ValueError:
        raise FaultError(f"kind must be one of {', '.join(Kind)}.") from None
    seconds, times, queue = body.get("seconds"), body.get("times"), body.get("queue")
    if seconds is not None and (type(seconds) not in {int, float} or not 0 <= seconds <= 3600):
        raise FaultError("seconds must be a number from 0 to 3600.")
    if times is not None and (type(times) is not int or times < 1):
        raise FaultError("times must be a whole number from 1 on.")
    if queue is not None and not isinstance(queue, str):
        raise FaultError("queue must be the name of a queue.")
    if kind is Kind.DELAY_SEND and seconds is None:
        raise FaultError("delay_send needs seconds.")
    if kind is Kind.DROP_CONNECTIONS and (times is not None or queue is not None):
        raise FaultError("drop_connections hits every connection; it takes seconds alone.")
    if kind is Kind.DROP_CONNECTIONS:
        seconds = seconds or 0
    lasting = seconds is not None and kind is not Kind.DELAY_SEND
    if times is None and not lasting:
        times = 1
    until = time.monotonic() + float(seconds or 0) if lasting else None
    return Fault(kind, queue.lower() if queue else None, seconds, times, until)


class Faults:
    """The faults that are switched on, in the order in which they were."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def switch_on(self, fault: Fault) -> None:
        """Add a fault."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Switch all off."""
        self._faults.clear()

    def active(self) -> list[Fault]:
        """Give those that can still hit."""
        now = time.monotonic()
        self._faults = [
            fault for fault in self._faults if fault.times != 0 and (fault.until is None or fault.until > now)
        ]
        return list(self._faults)

    def refuses_connections(self) -> bool:
        """Tell whether a connection that is made now has to be dropped."""
        return any(fault.kind is Kind.DROP_CONNECTIONS for fault in self.active())

    def hit_send(self, queue: str) -> Fault | None:
        """Give the fault that hits a send to `queue` now, and count the hit."""
        for fault in self.active():
            if fault.kind is not Kind.DROP_CONNECTIONS and fault.queue in {None, queue.lower()}:
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None
