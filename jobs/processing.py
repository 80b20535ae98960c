"""How do doorbells become calls and outcomes?

Safe under anything that can happen to a worker: nothing here relies on a message being delivered
once, in order, or at all. A run works in portions. Until the first claim of a portion a failure may leave
the messages to be delivered again; from then on it does not raise, because it knows the fate of its claims.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID, uuid4

from dataverse import DataverseError, NotAllowed, NotCarriedOut, Rejected, WrongPath
from dataverse.tables import Job, Operation, Status
from jobs import result_codes as codes
from jobs import telemetry
from jobs.brakes import BRAKED, Brake, Cap, allowed, cap_on, hold_on, label_of, next_looks, window_begin
from jobs.calling import Caller
from jobs.calls import (
    Call,
    InputRules,
    Interpretation,
    Refusal,
    StartAutomation,
    StartCampaign,
    StopAutomation,
    StopCampaign,
    interpret,
    question,
    valid_canceller,
)
from jobs.doorbells import Answer, Doorbell, answer
from jobs.duplicates import earlier_start, started_on, window
from jobs.events import Events, place
from jobs.evidence import SHORTLY_BEFORE, Question
from jobs.moves import braking, claiming, ended, healing, refusing_twice
from jobs.outcomes import Outcome, Target
from jobs.ports import Bells, JobRows, QueueUnavailable, Reports
from jobs.ringing import ring_later
from jobs.row_writes import Gone, RowWrite, Stale, Unwritable, WriteResult, Written
from jobs.rows import JobRow
from jobs.siblings import by_person, standing
from jobs.side_by_side import side_by_side
from jobs.sizes import FIRST_CLAIMED, PORTIONS_AT_ONCE, READ_TOGETHER, WAVES_AT_ONCE, growing
from jobs.timing import Timing
from jobs.verdicts import CallReport, Verdict
from jobs.wording import CANCELLED_STARTS, job_name, shown_message
from jobs.write_back import WriteBack
from wire.clock import Clock

ROUNDS = 6
"""So often a batch reads its rows again after somebody else wrote them; then it rings them anew."""

REPORT_SECONDS = 2.0
"""Outcomes that are there are sent at least this often while slower calls of the same wave go on."""

BARRED_TURNS = 10
"""A barred job rings itself this often, over about five minutes; reconciliation takes over then."""

LONGEST_QUIET = 300.0
"""Dataverse is left alone for as long as it asks, but not beyond reconciliation's turn."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim that is ours.

    Attributes:
        etag: of the row with the claim on it; None where the answer to the claim was lost.
        at: monotonic seconds, read before the claim was sent.
        claimed_on: what stands on the row.
    """

    job: JobRow
    attempt: int
    etag: str | None
    at: float
    claimed_on: datetime
    queued_on: datetime


@dataclass(slots=True)
class _Run:
    """What the portions of one run share.

    Attributes:
        ends: monotonic seconds; nothing is claimed later.
        portions: places for portions; all but one of them are free only after the first claim.
        waves: places for waves that are claimed or called.
        in_haste: many wait and nobody calls yet, so that the next wave is claimed in small parts.
        room: starts that each automation's cap still lets begin, of those that were asked for.
    """

    ends: float
    portions: asyncio.Semaphore
    waves: asyncio.Semaphore
    in_haste: bool
    room: dict[UUID, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Portion:
    """What a portion still has to do, and the claims it has sent and does not know the fate of."""

    run: _Run
    open: dict[UUID, Doorbell]
    sent: dict[UUID, dict[str, Claimed]] = field(default_factory=dict)
    barred: list[Doorbell] = field(default_factory=list)
    quiet: float = 0.0
    cancellers: dict[UUID, set[UUID]] = field(default_factory=dict)
    cancelled: dict[UUID, set[UUID]] = field(default_factory=dict)
    let_go: set[UUID] = field(default_factory=set)


class Processor:
    """Takes batches of doorbells.

    Args:
        wave: how many jobs are claimed together; a crash leaves at most `WAVES_AT_ONCE` waves in doubt.
    """

    def __init__(
        self,
        *,
        rows: JobRows,
        caller: Caller,
        bells: Bells,
        reports: Reports,
        write_back: WriteBack,
        rules: InputRules,
        clock: Clock,
        timing: Timing,
        events: Events,
        wave: int,
    ) -> None:
        self._rows = rows
        self._caller = caller
        self._bells = bells
        self._reports = reports
        self._write_back = write_back
        self._rules = rules
        self._clock = clock
        self._timing = timing
        self._events = events
        self._wave = wave

    async def process(self, doorbells: Sequence[Doorbell]) -> None:
        """Do for each named job what its row asks for now.

        Raises:
            QueueUnavailable: some could neither be read nor rung again; nothing was done for these. The messages
                may be delivered again: whose job has ended meanwhile leads to nothing.
        """
        bells = {bell.job: bell for bell in sorted(doorbells, key=lambda bell: -bell.turns)}
        # Only where many wait: few jobs would pay for the haste with more requests for each.
        many = len(bells) > READ_TOGETHER
        run = _Run(
            ends=self._clock.monotonic() + self._timing.batch_ends,
            portions=asyncio.Semaphore(1),
            waves=asyncio.Semaphore(WAVES_AT_ONCE),
            in_haste=many,
        )

        async def portion(together: Sequence[Doorbell]) -> None:
            await self._portion(_Portion(run, {bell.job: bell for bell in together}))

        first = min(WAVES_AT_ONCE * self._wave, READ_TOGETHER) if many else READ_TOGETHER
        together = growing(list(bells.values()), first, READ_TOGETHER)
        await side_by_side(together, portion, places=run.portions)

    async def _portion(self, portion: _Portion) -> None:
        for _ in range(ROUNDS):
            if not portion.open or self._clock.monotonic() >= portion.run.ends:
                break
            try:
                await self._round(portion)
            except DataverseError as error:
                self._dataverse_failed(portion, error)
                portion.quiet = min(error.retry_after or 0.0, LONGEST_QUIET)
                if not self._claims_in_doubt(portion):
                    break
                left = portion.run.ends - self._clock.monotonic()
                await self._clock.sleep(max(0.0, min(max(portion.quiet, 1.0), left)))
            except Exception as error:
                if not portion.sent:
                    raise
                self._events.error("batch_failed_unexpectedly", jobs=len(portion.open), error=place(error))
                break
        await self._ring_again(portion)

    def _claims_in_doubt(self, portion: _Portion) -> bool:
        """Whether a claim may stand that nobody but this worker could find to be its own."""
        return any(job in portion.sent for job in portion.open)

    async def _round(self, portion: _Portion) -> None:
        rows = await self._rows.read(portion.open)
        now = self._clock.now()
        ours: list[Claimed] = []
        claimable: list[JobRow] = []
        given_up: list[JobRow] = []
        writes: list[RowWrite] = []
        for row in self._known(portion, rows):
            claim = portion.sent.get(row.id, {}).get(row.claim_token)
            if claim is not None and row.status is Status.IN_PROGRESS:
                ours.append(claim)
                continue
            match answer(row, now, self._timing):
                case Answer.DROP:
                    portion.open.pop(row.id)
                case Answer.HEAL:
                    writes.append(healing(row, now, self._rules.language))
                case Answer.GIVE_UP:
                    given_up.append(row)
                case Answer.CLAIM:
                    claimable.append(row)
        await self._carry_out(portion, ours)
        questions = {row.id: self._question(row, now) for row in given_up}
        writes += [self._unknown(row, now) for row in given_up if questions[row.id] is None]
        # Before the order is looked at, which then sees the rows as they are.
        claimable = await self._not_held(portion, claimable, now)
        free, cancels = await self._in_order(portion, claimable, now)
        await self._write(portion, [*writes, *cancels])
        free = await self._not_twice(portion, [row for row in free if row.id in portion.open], now)
        free = await self._below_caps(portion, free, now)
        to_ask = [(row, asked) for row in given_up if (asked := questions[row.id]) is not None]
        await self._in_waves(portion, free, to_ask)

    async def _in_waves(
        self, portion: _Portion, free: list[JobRow], to_ask: Sequence[tuple[JobRow, Question]]
    ) -> None:
        """Claim and call, some waves ahead, then ask, until the batch has to end; the rest is rung again."""
        # A refresh takes long; behind the others it delays nobody.
        free.sort(key=lambda row: row.operation is Operation.REFRESH_AUTOMATIONS)

        async def claim_and_call(wave: Sequence[JobRow]) -> None:
            if self._clock.monotonic() < portion.run.ends:
                await self._carry_out(portion, await self._claim(portion, wave))

        async def begin(wave: Sequence[JobRow]) -> None:
            together = len(wave)
            if portion.run.in_haste:
                portion.run.in_haste, together = False, FIRST_CLAIMED
                for _ in range(PORTIONS_AT_ONCE - 1):
                    portion.run.portions.release()
            await side_by_side(
                batched(wave, together, strict=False), claim_and_call, places=asyncio.Semaphore(len(wave))
            )

        await side_by_side(batched(free, self._wave, strict=False), begin, places=portion.run.waves)
        for asking in batched(to_ask, self._wave, strict=False):
            if self._clock.monotonic() < portion.run.ends:
                await self._settle(portion, asking)

    async def _settle(self, portion: _Portion, rows: Sequence[tuple[JobRow, Question]]) -> None:
        """Ask Spotler about abandoned starts: those it shows succeed, a person is told of the others."""
        shown = await asyncio.gather(*(self._shown(row, asked) for row, asked in rows))
        found = [row for (row, _), one in zip(rows, shown, strict=True) if one]
        if found:
            for row in found:
                portion.open.pop(row.id)
            await self._report([self._by_evidence(row) for row in found])
        now = self._clock.now()
        await self._write(
            portion, [self._unknown(row, now) for (row, _), one in zip(rows, shown, strict=True) if not one]
        )

    def _question(self, row: JobRow, now: datetime) -> Question | None:
        if row.claimed_on is None or row.replayed or now - row.claimed_on > SHORTLY_BEFORE:
            return None
        try:
            return question(row, self._rules)
        except Exception as error:  # noqa: BLE001 - what cannot be asked stays unknown, and a person is told
            self._events.warning("outcome_unasked", job=str(row.id), error=place(error))
            return None

    async def _shown(self, row: JobRow, asked: Question) -> bool:
        claimed_on = row.claimed_on or self._clock.now()
        try:
            if await self._rows.may_have_started_since(row, claimed_on - SHORTLY_BEFORE):
                return False
            return await self._caller.ask(asked, claimed_on)
        except Exception as error:  # noqa: BLE001 - the same
            self._events.warning("outcome_unasked", job=str(row.id), error=place(error))
            return False

    def _by_evidence(self, row: JobRow) -> Outcome:
        report = CallReport(Verdict.DONE, codes.OK, detail=shown_message(self._rules.language))
        claimed_on = row.claimed_on or self._clock.now()
        claim = Claimed(row, row.attempts, row.etag, 0.0, claimed_on, claimed_on)
        return self._told(claim, self._interpreted(row), report)

    def _known(self, portion: _Portion, rows: Mapping[UUID, JobRow | None]) -> list[JobRow]:
        for job in [job for job in portion.open if rows.get(job) is None]:
            portion.open.pop(job)
            if job not in rows:
                self._events.info("job_gone", job=str(job))
        return [row for row in rows.values() if row is not None]

    async def _in_order(
        self, portion: _Portion, rows: Sequence[JobRow], now: datetime
    ) -> tuple[list[JobRow], list[RowWrite]]:
        groups = {row.group for row in rows if row.group is not None}
        siblings = by_person(await self._rows.siblings(groups, now) if groups else [])
        free: list[JobRow] = []
        cancels: dict[UUID, RowWrite] = {}
        for row in rows:
            stands = standing(row, _those_of(row, siblings), now, self._timing)
            if stands.cancellable and self._may_cancel(row):
                # The stop stays open: it reads everything anew and waits for whatever it could not cancel.
                for other in stands.cancellable:
                    portion.cancellers.setdefault(other.id, set()).add(row.id)
                    cancels[other.id] = self._ended(other, now, Status.CANCELLED, codes.CANCELLED_BY_STOP)
            elif stands.barred or stands.cancellable:
                portion.barred.append(portion.open.pop(row.id))
            else:
                free.append(row)
        return free, list(cancels.values())

    async def _not_held(self, portion: _Portion, rows: Sequence[JobRow], now: datetime) -> list[JobRow]:
        held = [(row, brake) for row in rows if (brake := hold_on(row)) is not None]
        await self._brake(portion, held, None, now)
        waiting = {row.id for row, _ in held}
        return [row for row in rows if row.id not in waiting]

    async def _not_twice(self, portion: _Portion, rows: list[JobRow], now: datetime) -> list[JobRow]:
        spans = {row.id: span for row in rows if (span := window(row)) is not None}
        if not spans:
            return rows
        groups = {row.group for row in rows if row.id in spans and row.group is not None}
        others = by_person(await self._rows.started_since(groups, now - max(spans.values())))
        writes: list[RowWrite] = []
        for row in rows:
            first = self._first(row, _those_of(row, others), now) if row.id in spans else None
            if first is not None:
                started = started_on(first) or now
                writes.append(refusing_twice(row, first, started, now, self._rules.language))
        await self._write(portion, writes)
        twice = {write.id for write in writes}
        return [row for row in rows if row.id not in twice]

    def _first(self, row: JobRow, others: Sequence[JobRow], now: datetime) -> JobRow | None:
        try:
            return earlier_start(row, others, now, self._rules)
        except Exception as error:  # noqa: BLE001 - one row's inputs must not stop its neighbours
            self._events.error("start_uncompared", job=str(row.id), error=place(error))
            return None

    async def _below_caps(self, portion: _Portion, rows: Sequence[JobRow], now: datetime) -> list[JobRow]:
        capped: dict[UUID, tuple[Cap, list[JobRow]]] = {}
        free: list[JobRow] = []
        for row in rows:
            cap = cap_on(row)
            if cap is None or row.id in portion.let_go:
                free.append(row)
            else:
                capped.setdefault(cap.automation, (cap, []))[1].append(row)
        for cap, jobs in capped.values():
            room = portion.run.room
            if cap.automation not in room:
                # Another portion may have asked meanwhile, and have used some of it.
                room.setdefault(cap.automation, await self._room(cap, now))
            go, stay = allowed(jobs, room[cap.automation])
            room[cap.automation] -= len(go)
            portion.let_go |= {row.id for row in go}
            free += go
            waiting = [(row, Brake(codes.STARTS_CAPPED, label_of(row), cap.starts)) for row in stay]
            await self._brake(portion, waiting, cap.starts, now)
        return free

    async def _room(self, cap: Cap, now: datetime) -> int:
        if cap.starts == 0:
            return 0
        since = now - timedelta(seconds=self._timing.hour)
        return cap.starts - await self._rows.starts_counted(cap.automation, since, cap.starts)

    async def _brake(
        self, portion: _Portion, rows: Sequence[tuple[JobRow, Brake]], per_hour: int | None, now: datetime
    ) -> None:
        """Make starts wait: first the rows, then the doorbells that wake them (rule 9)."""
        ordered = sorted(rows, key=lambda one: one[0].order)
        looks = next_looks(len(ordered), per_hour=per_hour, now=now, timing=self._timing)
        writes = [
            braking(row, brake, now, at, self._rules.language)
            for (row, brake), at in zip(ordered, looks, strict=True)
        ]
        written = await self._write(portion, writes)
        waiting = {row.id: at for (row, _), at in zip(ordered, looks, strict=True) if row.id in written}
        if waiting:
            self._events.info("starts_braked", jobs=len(written), code=ordered[0][1].code)
        await ring_later(self._bells, waiting, self._events)

    def _may_cancel(self, row: JobRow) -> bool:
        try:
            return valid_canceller(row, self._rules)
        except Exception as error:  # noqa: BLE001 - one row's inputs must not stop its neighbours
            self._events.error("stop_uninterpretable", job=str(row.id), error=place(error))
            return False

    async def _write(self, portion: _Portion, writes: Sequence[RowWrite]) -> set[UUID]:
        """Carry out moves of rows that nobody is calling; gives those that were written."""
        written: set[UUID] = set()
        if not writes:
            return written
        for write, result in zip(writes, await self._rows.write(writes), strict=True):
            status = write.values.get(Job.STATUS)
            match result:
                case Written():
                    self._events.info("job_moved", job=str(write.id), status=Status(int(str(status))).name)
                    portion.open.pop(write.id, None)
                    written.add(write.id)
                    if status == Status.CANCELLED:
                        for stop in portion.cancellers.get(write.id, ()):
                            portion.cancelled.setdefault(stop, set()).add(write.id)
                case Gone():
                    portion.open.pop(write.id, None)
                case Unwritable(error):
                    self._events.error(
                        "row_unwritable", job=str(write.id), status=error.status, code=error.code
                    )
                    portion.open.pop(write.id, None)
                case Stale():
                    pass  # stays open, or belongs to a stop that stays open: both are read again
        return written

    async def _claim(self, portion: _Portion, rows: Sequence[JobRow]) -> list[Claimed]:
        at, claimed_on = self._clock.monotonic(), self._clock.now().replace(microsecond=0)
        writes: list[RowWrite] = []
        claims: list[Claimed] = []
        for row in rows:
            token = uuid4().hex
            queued_on = window_begin(row, claimed_on)
            claim = Claimed(row, row.attempts + 1, None, at, claimed_on, queued_on)
            claims.append(claim)
            portion.sent.setdefault(row.id, {})[token] = claim
            writes.append(
                claiming(
                    row,
                    attempt=claim.attempt,
                    claimed_on=claimed_on,
                    queued_on=queued_on,
                    token=token,
                    name=self._named(row),
                )
            )
        try:
            results = await self._rows.write(writes, with_etags=True)
        except NotCarriedOut:
            # No later wave may try now. An earlier send of this very request may have taken effect unheard, so
            # the tokens are kept.
            raise
        except DataverseError as error:
            # Some claims may stand; the next round finds them by their tokens.
            self._events.warning("claims_unanswered", jobs=len(rows), error=type(error).__name__)
            return []
        pairs = list(zip(claims, results, strict=True))
        hopeless = [
            claim.job
            for claim, result in pairs
            if isinstance(result, Unwritable) and isinstance(result.error, Rejected)
        ]
        mine = [
            ours for claim, result in pairs if (ours := self._claimed(portion, claim, result)) is not None
        ]
        await self._fail(portion, hopeless)
        return mine

    async def _fail(self, portion: _Portion, rows: Sequence[JobRow]) -> None:
        """End jobs that Dataverse will never let anybody claim, because of what stands in their rows."""
        now = self._clock.now()
        try:
            await self._write(
                portion,
                [
                    self._unknown(row, now)
                    if _in_doubt(row)
                    else self._ended(row, now, Status.FAILED, codes.INTERNAL_ERROR)
                    for row in rows
                ],
            )
        except DataverseError as error:
            self._events.warning("jobs_not_failed", jobs=len(rows), error=type(error).__name__)

    def _claimed(self, portion: _Portion, claim: Claimed, result: WriteResult) -> Claimed | None:
        job = claim.job.id
        match result:
            case Written(etag):
                return replace(claim, etag=etag)
            case Gone():
                portion.open.pop(job, None)
            case Unwritable(error):
                portion.open.pop(job, None)
                self._events.error("row_unwritable", job=str(job), status=error.status, code=error.code)
            case Stale():
                pass  # stays open: read again, and ours only if the token is
        return None

    async def _carry_out(self, portion: _Portion, claims: Sequence[Claimed]) -> None:
        if not claims:
            return
        for claim in claims:
            portion.open.pop(claim.job.id, None)
        calls = [
            asyncio.create_task(self._outcome(claim, len(portion.cancelled.get(claim.job.id, ()))))
            for claim in claims
        ]
        waiting = calls
        try:
            while waiting:
                # One slow call must not keep the others' outcomes in a process that may die.
                await asyncio.wait(waiting, timeout=REPORT_SECONDS)
                done = [one for one in waiting if one.done()]
                waiting = [one for one in waiting if not one.done()]
                if done:
                    await self._report([call.result() for call in done])
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _outcome(self, claim: Claimed, cancelled: int) -> Outcome:
        with telemetry.steps("carry_out_job", [claim.job.id]):
            return await self._carried_out(claim, cancelled)

    async def _carried_out(self, claim: Claimed, cancelled: int) -> Outcome:
        meant = self._interpreted(claim.job)
        report = await self._called(claim, meant)
        if cancelled:
            told = CANCELLED_STARTS[self._rules.language].format(count=cancelled)
            report = replace(report, detail=" ".join(filter(None, [report.detail, told])))
        return self._told(claim, meant, report)

    def _told(self, claim: Claimed, meant: Interpretation, report: CallReport) -> Outcome:
        operation = (claim.job.operation or Operation.REFRESH_AUTOMATIONS).name
        self._events.info(
            "job_called",
            job=str(claim.job.id),
            attempt=claim.attempt,
            verdict=report.verdict.value,
            code=report.code,
            operation=operation,
        )
        telemetry.tell(
            claim.job.id,
            attempt=claim.attempt,
            operation=operation,
            automation=_automation(meant.call),
            verdict=report.verdict.value,
            code=report.code,
            waited_seconds=int((claim.claimed_on - claim.queued_on).total_seconds()),
        )
        outcome = Outcome(
            job=claim.job.id,
            attempt=claim.attempt,
            operation=claim.job.operation or Operation.REFRESH_AUTOMATIONS,
            verdict=report.verdict,
            code=report.code,
            etag=claim.etag,
            claimed_on=claim.claimed_on,
            queued_on=claim.queued_on,
            ended_on=self._clock.now(),
            replayed=claim.job.replayed,
        )
        try:
            return Outcome.model_validate({**outcome.model_dump(), **_details(report, meant)})
        except Exception as error:  # noqa: BLE001 - what happened is known; only how it is told is lost
            self._events.error("outcome_untellable", job=str(claim.job.id), error=place(error))
            return outcome

    async def _called(self, claim: Claimed, meant: Interpretation) -> CallReport:
        if isinstance(meant.call, Refusal):
            return CallReport(Verdict.FINAL, meant.call.code, detail=meant.call.detail)
        try:
            return await self._caller.call(
                meant.call, claimed_at=claim.at, claimed_on=claim.claimed_on, in_doubt=_in_doubt(claim.job)
            )
        except Exception as error:  # noqa: BLE001 - the call may have been sent, and nothing raises from here
            self._events.error("call_failed_unexpectedly", job=str(claim.job.id), error=place(error))
            return CallReport(Verdict.UNCLEAR, codes.OUTCOME_UNKNOWN)

    def _interpreted(self, job: JobRow) -> Interpretation:
        try:
            return interpret(job, self._rules)
        except Exception as error:  # noqa: BLE001 - no call was made; this is the row's verdict, not its neighbours'
            self._events.error("job_uninterpretable", job=str(job.id), error=place(error))
            return Interpretation(Refusal(codes.INTERNAL_ERROR, ""))

    async def _report(self, outcomes: Sequence[Outcome]) -> None:
        staying = [outcome for outcome in outcomes if not outcome.travels]
        if staying:
            await self._write_now(staying)
        outcomes = [outcome for outcome in outcomes if outcome.travels]
        if not outcomes:
            return
        try:
            await self._reports.report(outcomes)
        except Exception as error:  # noqa: BLE001 - whatever it is, the rows can still be written directly
            self._events.warning("outcomes_unsent", outcomes=len(outcomes), error=place(error))
        else:
            return
        await self._write_now(outcomes)

    async def _write_now(self, outcomes: Sequence[Outcome]) -> None:
        try:
            await self._write_back.write(outcomes)
        except Exception as error:  # noqa: BLE001 - the leases end and the rows tell the truth that is left
            self._events.error("outcomes_lost", outcomes=len(outcomes), error=place(error))

    def _dataverse_failed(self, portion: _Portion, error: DataverseError) -> None:
        lasting = isinstance(error, NotAllowed | Rejected | WrongPath)
        say = self._events.error if lasting else self._events.warning
        say("dataverse_failed", jobs=len(portion.open), error=type(error).__name__, status=error.status)

    async def _ring_again(self, portion: _Portion) -> None:
        again = [*portion.barred, *portion.open.values()]
        turns: dict[int, list[Doorbell]] = {}
        for bell in again:
            if bell.turns < BARRED_TURNS:
                turns.setdefault(bell.turns, []).append(Doorbell(bell.job, bell.turns + 1))
        for turn, bells in turns.items():
            at = self._clock.now() + timedelta(seconds=max(min(2.0 * 2**turn, 60.0), portion.quiet))
            try:
                await self._bells.ring(bells, at)
            except QueueUnavailable as error:
                if not portion.sent:
                    raise
                self._events.warning("doorbells_unsent", jobs=len(bells), reason=str(error))

    def _named(self, job: JobRow) -> str | None:
        if str(job.source.get(Job.NAME) or "").strip():
            return None
        return job_name(job.operation, self._interpreted(job).label, self._rules.language)

    def _unknown(self, job: JobRow, now: datetime) -> RowWrite:
        if job.operation is Operation.VALIDATE_AUTOMATION:
            # Nothing is ever sent for a check, so nothing about it can be unknown.
            return self._ended(job, now, Status.FAILED, codes.INTERNAL_ERROR)
        return self._ended(job, now, Status.OUTCOME_UNKNOWN, codes.OUTCOME_UNKNOWN)

    def _ended(self, job: JobRow, now: datetime, status: Status, code: str) -> RowWrite:
        return ended(job, now, status, code, self._rules.language)


def _those_of(row: JobRow, others: Mapping[UUID, Sequence[JobRow]]) -> Sequence[JobRow]:
    return others.get(row.group.person, ()) if row.group is not None else ()


def _in_doubt(job: JobRow) -> bool:
    """Whether an earlier attempt may have been carried out: abandoned around its call, or unclear since."""
    held_again = job.result_code in BRAKED and job.replayed
    return job.status is Status.IN_PROGRESS or job.result_code == codes.OUTCOME_UNKNOWN or held_again


def _automation(call: Call | Refusal) -> str | None:
    """How Spotler names what is started or stopped."""
    match call:
        case StartAutomation(code=name) | StartCampaign(trigger_id=name) | StopCampaign(campaign_id=name):
            return name
        case StopAutomation(automation_ids=(name, *_)):
            return name
    return None


def _details(report: CallReport, meant: Interpretation) -> dict[str, object]:
    """What an outcome tells beyond its verdict."""
    person = meant.person
    return {
        "run_ids": report.run_ids,
        "refusals": report.refusals,
        "retry_after": report.retry_after,
        "detail": " ".join(filter(None, [report.detail, meant.notes])),
        "label": meant.label,
        "kind": meant.kind,
        "target": Target(table=person.table, id=person.id) if person is not None else None,
    }
