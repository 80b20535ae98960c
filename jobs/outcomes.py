"""What travels on the results queue?"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from dataverse.tables import Kind, Operation
from jobs.messages import read_body
from jobs.texts import cut, whole
from jobs.verdicts import Verdict

DETAIL_LENGTH: Final = 4000
CODE_LENGTH: Final = 100
"""What is longer is cut, so that no outcome keeps its neighbours from fitting into one send."""

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 9000


def _within_reason(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("no worker wrote this time")
    return moment


def _sendable(value: object) -> object:
    return cut(whole(value), DETAIL_LENGTH) if isinstance(value, str) else value


def _short(value: object) -> object:
    return cut(whole(value), CODE_LENGTH) if isinstance(value, str) else value


Moment = Annotated[AwareDatetime, AfterValidator(_within_reason)]
Sentence = Annotated[str, BeforeValidator(_sendable)]
Word = Annotated[str, BeforeValidator(_short)]


class Target(BaseModel):
    """Whose Timeline shows a successful start."""

    model_config = ConfigDict(frozen=True)

    table: Literal["account", "contact", "lead"]
    id: UUID


class Outcome(BaseModel):
    """What happened to one attempt of one job.

    The message names rows and repeats what Spotler said. It carries nothing about a person but the
    id of a row, and of what a person typed in at most the names of Automation Fields. A check alone
    repeats values: its outcome is written at once and never `travels`.

    Attributes:
        etag: of the claim, so that the normal write-back needs no read; None once it was put back.
        replayed: a person had activated the job.
        returns: how often it was put back to be written later.
        traceparent: where the job's trace goes on from.
    """

    model_config = ConfigDict(frozen=True)

    job: UUID
    attempt: Annotated[int, Field(ge=0, lt=2**31)]
    operation: Operation
    verdict: Verdict
    code: Word
    run_ids: tuple[Word, ...] = ()
    refusals: tuple[Word, ...] = ()
    retry_after: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    detail: Sentence = ""
    label: Sentence = ""
    kind: Kind | None = None
    target: Target | None = None
    etag: Annotated[str, Field(pattern=r'^(W/)?"[\x21\x23-\x7e]{1,200}"$')] | None
    claimed_on: Moment
    queued_on: Moment
    ended_on: Moment
    replayed: bool = False
    returns: Annotated[int, Field(ge=0, lt=2**31)] = 0
    traceparent: Word | None = None

    @property
    def partly(self) -> bool:
        """Some of what was asked for was carried out, and some refused."""
        return self.verdict is Verdict.DONE and bool(self.refusals)

    @property
    def travels(self) -> bool:
        """Whether it may stand on a queue; what a check tells repeats values, which are personal data."""
        return self.operation is not Operation.VALIDATE_AUTOMATION

    def traced(self, traceparent: str | None) -> Outcome:
        """The copy that is sent, so that the trace goes on from here."""
        return self.model_copy(update={"traceparent": traceparent})

    def put_back(self) -> Outcome:
        """The copy that comes again later; it reads the row first."""
        return self.model_copy(update={"etag": None, "returns": self.returns + 1})


def outcome_message(outcome: Outcome) -> str:
    """The text of a message on the results queue, or its share of one."""
    return outcome.model_dump_json()


def read_outcomes(body: bytes) -> tuple[list[Outcome], str | None]:
    """The outcomes in a message of the results queue, and words for what in it is none, if anything."""
    return read_body(body, Outcome)
