"""How does an outcome reach its row, and a successful start its Timeline?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dataverse import DataverseError
from dataverse.tables import Job, State
from jobs import telemetry
from jobs.events import Events
from jobs.judgement import EndLease, Judgement, Nothing, PutBack, View, Windows, Write, confirmed_start, judge
from jobs.language import Language
from jobs.outcomes import CODE_LENGTH, Outcome
from jobs.ports import Bells, JobRows, Reports, TimelineEntries
from jobs.ringing import ring_later
from jobs.row_writes import Gone, RowWrite, Stale, Unwritable, WriteResult, Written, moved
from jobs.side_by_side import side_by_side
from jobs.sizes import WRITINGS_AT_ONCE, WRITTEN_TOGETHER, evenly
from jobs.texts import cut
from jobs.timing import Timing
from jobs.wording import result_message
from wire.clock import Clock

ROUNDS = 5
"""So often an outcome is judged anew because somebody wrote the row meanwhile; then it is put back."""

MESSAGE_LENGTH = 4000
RUN_IDS_LENGTH = 2000

LONGEST_DELAY = 300.0
"""Between two tries to write an outcome."""

KEEP = timedelta(days=7)
"""An outcome that could not be written for so long goes to the dead letters, where a person finds it."""


class OutcomeUnwritten(Exception):  # noqa: N818 - named for what is the matter
    """An outcome could not be written for `KEEP`; its message is left to become a dead letter."""


@dataclass(frozen=True, slots=True)
class _Judged:
    outcome: Outcome
    etag: str
    judgement: Judgement
    posts: bool


class WriteBack:
    """Owns every move of a row after its claim."""

    def __init__(
        self,
        *,
        rows: JobRows,
        timeline: TimelineEntries,
        bells: Bells,
        reports: Reports,
        clock: Clock,
        timing: Timing,
        windows: Windows,
        events: Events,
        language: Language,
    ) -> None:
        self._rows = rows
        self._timeline = timeline
        self._bells = bells
        self._reports = reports
        self._clock = clock
        self._timing = timing
        self._windows = windows
        self._events = events
        self._language = language

    async def write(self, outcomes: Sequence[Outcome]) -> None:
        """Write all these outcomes, in any order and however often they come.

        What Dataverse does not take now is put back on the queue, to come again with growing
        delays; a call is never repeated for it.

        Raises:
            QueueUnavailable: something could not be put back; the messages may be delivered again.
            OutcomeUnwritten: what is left has been put back for `KEEP` and is left to the dead letters.
        """
        waiting = list(outcomes)
        while waiting:
            # Two outcomes of one job must see each other's effect, so they are judged one after the other.
            turn = {outcome.job: outcome for outcome in reversed(waiting)}
            waiting = [outcome for outcome in waiting if outcome is not turn[outcome.job]]
            together = evenly(list(turn.values()), WRITTEN_TOGETHER)
            await side_by_side(together, self._write, places=asyncio.Semaphore(WRITINGS_AT_ONCE))

    async def _write(self, outcomes: Sequence[Outcome]) -> None:
        owed: list[Outcome] = []
        later: dict[UUID, tuple[Outcome, datetime]] = {}
        todo = {outcome.job: outcome for outcome in outcomes}
        quiet: float | None = None
        try:
            for turn in range(ROUNDS):
                if not todo:
                    break
                judged = await self._judged(todo, later, fresh=turn == 0)
                todo = await self._settle(judged, owed, later)
        except DataverseError as error:
            self._events.warning("write_back_delayed", outcomes=len(todo), error=type(error).__name__)
            quiet = error.retry_after
        settled = {outcome.job for outcome in owed} | later.keys()
        unsettled = (outcome for job, outcome in todo.items() if job not in settled)
        later |= self._again_later(unsettled, quiet)
        try:
            await self._timeline.show(owed)
        except DataverseError as error:
            self._events.warning("timeline_delayed", posts=len(owed), error=type(error).__name__)
            later |= self._again_later(owed, error.retry_after)
        await self._put_back(list(later.values()))

    async def _judged(
        self, todo: dict[UUID, Outcome], later: dict[UUID, tuple[Outcome, datetime]], *, fresh: bool
    ) -> list[_Judged]:
        """Judge each outcome by the claim it carries, or else by a read of its row."""
        now = self._clock.now()
        views: dict[UUID, tuple[View, str]] = {}
        if fresh:
            views = {job: (View.of_claim(one), one.etag) for job, one in todo.items() if one.etag is not None}
        unread = [job for job in todo if job not in views]
        rows = await self._rows.read(unread) if unread else {}
        for job in unread:
            row = rows.get(job)
            if row is not None:
                views[job] = (View.of(row), row.etag)
            elif job in rows:
                later |= self._again_later([todo[job]])
            else:
                self._events.info("job_gone", job=str(job))
        judged: list[_Judged] = []
        for job, (view, etag) in views.items():
            outcome = todo[job]
            judgement = judge(view, outcome, now, self._timing, self._windows)
            judged.append(_Judged(outcome, etag, judgement, confirmed_start(view.status, outcome)))
        return judged

    async def _settle(
        self, judged: Sequence[_Judged], owed: list[Outcome], later: dict[UUID, tuple[Outcome, datetime]]
    ) -> dict[UUID, Outcome]:
        """Carry out judgements; what is returned has to be judged again."""
        writing: list[_Judged] = []
        for one in judged:
            match one.judgement:
                case Write() | EndLease():
                    writing.append(one)
                case PutBack(at):
                    later[one.outcome.job] = (one.outcome, at)
                case Nothing() if one.posts:
                    owed.append(one.outcome)
        if not writing:
            return {}
        results = await self._rows.write([self._row_write(one) for one in writing])
        pairs = list(zip(writing, results, strict=True))
        for one, result in pairs:
            self._tell(one, result)
        written = [one for one, result in pairs if isinstance(result, Written)]
        owed += [
            one.outcome
            for one in written
            if isinstance(one.judgement, Write) and confirmed_start(one.judgement.status, one.outcome)
        ]
        later |= self._again_later(one.outcome for one, result in pairs if isinstance(result, Unwritable))
        await self._ring(written)
        return {one.outcome.job: one.outcome for one, result in pairs if isinstance(result, Stale)}

    def _tell(self, one: _Judged, result: WriteResult) -> None:
        job = str(one.outcome.job)
        match result:
            case Written() if isinstance(one.judgement, Write):
                move = one.judgement
                self._events.info(
                    "job_moved", job=job, attempt=one.outcome.attempt, status=move.status.name, code=move.code
                )
                telemetry.tell(one.outcome.job, status=move.status.name, code=move.code)
            case Gone():
                self._events.info("job_gone", job=job)
            case Unwritable(error):
                self._events.error("row_unwritable", job=job, status=error.status, code=error.code)

    async def _ring(self, written: Sequence[_Judged]) -> None:
        waiting = {
            one.outcome.job: one.judgement.retry_on
            for one in written
            if isinstance(one.judgement, Write) and one.judgement.retry_on is not None
        }
        await ring_later(self._bells, waiting, self._events)

    async def _put_back(self, later: Sequence[tuple[Outcome, datetime]]) -> None:
        now = self._clock.now()
        # One that may not travel is left to the end of its lease, after which the job is taken up anew.
        later = [one for one in later if one[0].travels]
        expired = sum(1 for outcome, _ in later if now - outcome.ended_on > KEEP)
        if later and expired == len(later):
            self._events.error("outcome_unwritten", job=str(later[0][0].job), outcomes=expired)
            raise OutcomeUnwritten(f"{expired} outcomes could not be written for {KEEP.days} days")
        moments: dict[datetime, list[Outcome]] = {}
        for outcome, at in later:
            moments.setdefault(at, []).append(outcome.put_back())
        for at, together in moments.items():
            await self._reports.report(together, at)

    def _again_later(
        self, outcomes: Iterable[Outcome], quiet: float | None = None
    ) -> dict[UUID, tuple[Outcome, datetime]]:
        now = self._clock.now()
        asked = min(quiet or 0.0, LONGEST_DELAY)
        delays = {
            outcome: max(min(5.0 * 2 ** min(outcome.returns, 6), LONGEST_DELAY), asked)
            for outcome in outcomes
        }
        return {outcome.job: (outcome, now + timedelta(seconds=delay)) for outcome, delay in delays.items()}

    def _row_write(self, one: _Judged) -> RowWrite:
        if isinstance(one.judgement, Write):
            return RowWrite(one.outcome.job, one.etag, self._values(one.judgement, one.outcome))
        return RowWrite(one.outcome.job, one.etag, {Job.CLAIMED_ON: None})

    def _values(self, write: Write, outcome: Outcome) -> dict[str, object]:
        message = result_message(
            language=self._language,
            status=write.status,
            operation=outcome.operation,
            code=write.code,
            label=outcome.label,
            kind=outcome.kind,
            refusals=outcome.refusals,
            detail=outcome.detail,
            attempt=outcome.attempt,
            retry_on=write.retry_on,
            after_unknown=write.after_unknown,
            replayed=outcome.replayed,
        )
        values: dict[str, object] = {
            **moved(write.status),
            Job.RESULT_CODE: cut(write.code, CODE_LENGTH),
            Job.RESULT_MESSAGE: cut(message, MESSAGE_LENGTH),
            Job.RETRY_ON: write.retry_on,
        }
        if write.status.state is State.INACTIVE:
            # While waiting it keeps the end before a person activated it, which tells a replay.
            values[Job.COMPLETED_ON] = outcome.ended_on
        if not write.keeps_lease:
            values[Job.CLAIMED_ON] = None
        if outcome.run_ids:
            values[Job.AUTOMATION_CONTACT_ID] = cut(",".join(outcome.run_ids), RUN_IDS_LENGTH)
        return values
