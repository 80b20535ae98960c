"""In which words is it told what a fault at a step leads to?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Step(Enum):
    """Where a job can be struck."""

    START = auto()
    STOP = auto()
    STOP_RUN = auto()
    LIST = auto()
    LIST_ONE = auto()
    READ = auto()
    CLAIM = auto()
    WRITE_BACK = auto()
    POST = auto()

    @property
    def at_dataverse(self) -> bool:
        """Whether the step speaks to Dataverse; the others speak to Spotler."""
        return self in (Step.READ, Step.CLAIM, Step.WRITE_BACK, Step.POST)


class Fault(Enum):
    """What goes wrong, each time the step is carried out."""

    BRIEFLY_BUSY = auto()
    BUSY_SECONDS = auto()
    BUSY_DATE = auto()
    DOWN_ASKING = auto()
    DOWN = auto()
    ERROR = auto()
    SLOW = auto()
    ABSENT = auto()
    CUT_BEFORE = auto()
    CUT_AFTER = auto()
    HALF = auto()
    HTML = auto()
    TOKEN_EXPIRED = auto()
    UNAUTHORISED = auto()
    FORBIDDEN = auto()
    WRONG_PATH = auto()


class Next(Enum):
    """What happens by itself once the fault is gone."""

    NOTHING = auto()
    PERSON = auto()
    TIMER = auto()
    SOON = auto()
    ASKED = auto()
    LEASE = auto()
    RINGS = auto()
    RECONCILE = auto()
    COMES_BACK = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """What a person reads on the job.

    Attributes:
        status: the status reason.
        code: the result code; empty where none stands there.
        words: what the result message must say, each as it stands there.
        unsaid: what it must not say, because it would not be true.
    """

    status: str
    code: str = ""
    words: tuple[str, ...] = ()
    unsaid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen at one moment.

    Attributes:
        row: the job.
        done: what came about: runs begun at Spotler; for a stop the runs stopped; for a refresh the
            automations that appeared in the list, less those that vanished.
        timeline: what stands in the person's Timeline, "post" or "note" each.
    """

    row: Row
    done: int = 0
    timeline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expected:
    """What a fault at a step leads to.

    Attributes:
        meanwhile: after the step was struck, and struck again where it was tried again.
        next: what the app does once the fault is gone.
        after: what can be seen then; None where nothing changes.
        activated: what can be seen after a person chose Activate then, for a job that did not succeed.
        given_up: the job where the fault outlasts the time for which it is tried again; None where
            it is not tried again, or not with an end.
    """

    meanwhile: Seen
    next: Next
    after: Seen | None = None
    activated: Seen | None = None
    given_up: Row | None = None
