"""What travels on the results queue?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from dataverse.tables import Kind, Operation
from jobs.texts import cut, whole
from jobs.verdicts import Verdict

DETAIL_LENGTH: Final = 4000
CODE_LENGTH: Final = 100
"""What is longer is cut, so that no outcome keeps its neighbours from fitting into one send."""


class UnreadableOutcome(Exception):  # noqa: N818 - named for what was met
    """A message on the results queue is not an outcome; its text is never repeated."""


class Target(BaseModel):
    """Whose Timeline shows a successful start."""

    model_config = ConfigDict(frozen=True)

    table: str
    id: UUID


class Outcome(BaseModel):
    """What happened to one attempt of one job.

    The message names rows and repeats what Spotler said. It carries nothing a person typed in and
    nothing about a person but the id of a row.

    Attributes:
        etag: of the claim, so that the normal write-back needs no read; None once it was put back.
        returns: how often it was put back to be written later.
    """

    model_config = ConfigDict(frozen=True)

    job: UUID
    attempt: int
    operation: Operation
    verdict: Verdict
    code: str
    run_ids: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    retry_after: float | None = None
    detail: str = ""
    label: str = ""
    kind: Kind | None = None
    target: Target | None = None
    etag: str | None
    claimed_on: datetime
    queued_on: datetime
    ended_on: datetime
    replayed: bool = False
    returns: int = 0

    @field_validator("label", "detail", "code", mode="before")
    @classmethod
    def _sendable(cls, value: str) -> str:
        return cut(whole(value), DETAIL_LENGTH)

    @field_validator("run_ids", "refusals", mode="before")
    @classmethod
    def _all_sendable(cls, values: Iterable[str]) -> tuple[str, ...]:
        return tuple(cut(whole(value), CODE_LENGTH) for value in values)

    @property
    def partly(self) -> bool:
        """Some of what was asked for was carried out, and some refused."""
        return self.verdict is Verdict.DONE and bool(self.refusals)

    def put_back(self) -> Outcome:
        """The copy that comes again later; it reads the row first."""
        return self.model_copy(update={"etag": None, "returns": self.returns + 1})


def outcome_message(outcome: Outcome) -> str:
    """The text of a message on the results queue."""
    return outcome.model_dump_json()


def read_outcome(body: bytes) -> Outcome:
    """Read a message of the results queue.

    Raises:
        UnreadableOutcome: without any of the text.
    """
    try:
        return Outcome.model_validate_json(body)
    except ValidationError as error:
        raise UnreadableOutcome(f"{error.error_count()} faults in a message of {len(body)} bytes") from None
