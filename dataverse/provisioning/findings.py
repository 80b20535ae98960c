"""What is to be told of an environment that no step puts right?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from dataverse.provisioning.steps import Step


class Weight(Enum):
    """What a finding means for the work."""

    REFUSAL = auto()
    """Nothing is written before a person has mended it."""

    LACKING = auto()
    """The administrator has to give something before anything is written."""

    DIFFERENCE = auto()
    """It is not as described; the rest can be done all the same."""

    WARNING = auto()
    """Worth knowing; everything can be as described nevertheless."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to tell: what is so, and how it is mended."""

    weight: Weight
    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what} {self.mend}"


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is there and is not as described.

    Attributes:
        what: is so.
        repair: the step that puts it right; None where only a person can.
        mend: what a person can do where there is no such step.
    """

    what: str
    repair: Step | None
    mend: str = "Run apply with --repair to put it right."

    def finding(self) -> Finding:
        """How it is told where it is not repaired."""
        return Finding(Weight.DIFFERENCE, self.what, self.mend)


type Notice = Step | Difference | Finding
"""What looking at one thing brings: it is missing, it differs, or there is something to tell."""
