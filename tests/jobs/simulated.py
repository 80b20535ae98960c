"""A whole world on simulated time: rows with etags, two queues, Spotler, the Timeline, and the real work on them.

Every await of the work that reaches outside goes through `World.point`, which counts it and can
cut the process there: before the effect, or after it. Nothing here decides what the work should do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Protocol
from uuid import UUID

from dataverse import MayHaveBeenCarriedOut as DataverseUnclear
from dataverse import NotCarriedOut as DataverseDown
from dataverse import Row
from dataverse.tables import Automation, Job, Kind, Operation, State, Status
from jobs.calling import Caller
from jobs.calls import InputRules
from jobs.doorbells import Doorbell, doorbell_message
from jobs.events import Events
from jobs.judgement import Windows
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.messages import message_body
from jobs.outcomes import Outcome, outcome_message
from jobs.places import Places
from jobs.ports import QueueUnavailable
from jobs.processing import Processor
from jobs.reconciliation import Reconciliation
from jobs.row_writes import Gone, RowWrite, Stale, WriteResult, Written
from jobs.rows import Group, JobRow, UnreadableRow, read_job
from jobs.timeline import entry_id
from jobs.timing import Timing
from jobs.verdicts import CallReport, Verdict
from jobs.write_back import WriteBack
from spotler import (
    AutomationField,
    AutomationResult,
    CampaignMailing,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerClient,
    TriggerAnswer,
)
from wire.clock import Clock as WallClock

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PERSON = UUID("22222222-0000-4000-8000-000000000001")
LOCK = timedelta(minutes=5)
RECONCILE = timedelta(minutes=5)
NOT_CARRIED_OUT, ANSWER_LOST = 2, 3
FINAL = (Status.CANCELLED, Status.SUCCEEDED, Status.PARTLY_SUCCEEDED, Status.FAILED, Status.OUTCOME_UNKNOWN)


class Crash(BaseException):
    """The process died here."""


class RestlessError(AssertionError):
    """The world did not come to rest within its bound."""


@dataclass
class Cut:
    """Where the process dies: at the n-th point, before or after its effect."""

    at: int
    after: bool


class Clock:
    """Simulated time; sleeping moves it on."""

    def __init__(self) -> None:
        self.moment = START
        self.world: World | None = None

    def now(self) -> datetime:
        """The wall clock."""
        return self.moment

    def monotonic(self) -> float:
        """Seconds since the beginning of the simulation."""
        return (self.moment - START).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        assert self.world is not None
        await self.world.point("sleep")
        self.moment += timedelta(seconds=seconds)


@dataclass
class Message:
    """A message on a simulated queue."""

    body: str
    visible: datetime
    deliveries: int = 0


@dataclass
class Effect:
    """Something that happened at Spotler."""

    what: str
    contact: str
    automation: str
    at: datetime
    voucher: str = ""


Script = Callable[[str, str], Exception | str | None]
"""Given what is called and for whom: an error instead of the effect, "lost" for an effect without an answer."""


@dataclass
class World:
    """The world, and the real work wired to it."""

    clock: Clock = field(default_factory=Clock)
    rows: dict[UUID, dict[str, object]] = field(default_factory=dict)
    versions: dict[UUID, int] = field(default_factory=dict)
    jobs: list[Message] = field(default_factory=list)
    results: list[Message] = field(default_factory=list)
    dead: list[Message] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    running: dict[str, tuple[str, str]] = field(default_factory=dict)
    stored: list[Outcome] = field(default_factory=list)
    posts: dict[UUID, Outcome] = field(default_factory=dict)
    posted: list[UUID] = field(default_factory=list)
    refreshes: int = 0
    mail_delay: timedelta = timedelta(0)
    script: Script = lambda _what, _contact: None
    dataverse_down_until: datetime = START
    bus_down_until: datetime = START
    cut: Cut | None = None
    second_cut: Cut | None = None
    points: list[str] = field(default_factory=list)
    crashed: bool = False
    crashes: int = 0
    next_reconcile: datetime = START + RECONCILE
    wave: int = 2
    """So small that a handful of jobs makes several waves at once."""
    timing: Timing = field(default_factory=Timing)
    windows: Windows = field(default_factory=lambda: Windows(timedelta(hours=24), timedelta(minutes=1)))

    def __post_init__(self) -> None:
        self.clock.world = self
        self.mix = 0
        self.work = Work(self, self.clock)

    @property
    def world(self) -> World:
        """Itself: the one process of this world reaches out through it."""
        return self

    async def reach[T](self, name: str, effect: Callable[[], T]) -> T:
        """One await of the work: die before it, meet a service that is down, or die after it."""
        index = len(self.points)
        await self.point(name)
        if name in ("ring", "report"):
            if self.clock.moment < self.bus_down_until:
                raise QueueUnavailable(name)
        elif name != "refresh" and self.clock.moment < self.dataverse_down_until:
            raise DataverseDown("down")
        result = effect()
        self.after(index, name)
        return result

    async def call(self, request: Request) -> None:
        """One call; the script says what goes wrong."""
        index = len(self.points)
        await self.point(request.what)
        said = self.script(request.what, request.contact)
        if isinstance(said, Exception):
            raise said
        request.apply()
        self.effects.append(
            Effect(request.what, request.contact, request.target, self.clock.moment, request.voucher)
        )
        self.after(index, request.what)
        if said == "lost":
            raise MayHaveBeenCarriedOut("no answer")

    def before_write(self, write: RowWrite) -> None:
        """A row is about to change."""

    async def point(self, name: str) -> None:
        """An await of the work that reaches outside; the process may die here."""
        if self.crashed:
            raise Crash(name)
        self.points.append(name)
        await asyncio.sleep(0)
        if self.crashed:
            raise Crash(name)
        if self.cut is not None and not self.cut.after and len(self.points) - 1 == self.cut.at:
            self.die(name)

    def after(self, index: int, name: str) -> None:
        """The effect of point `index` has happened; the process may die now."""
        if self.cut is not None and self.cut.after and index == self.cut.at:
            self.die(name)

    def die(self, name: str) -> None:
        """End the process."""
        self.crashed = True
        self.crashes += 1
        self.cut, self.second_cut = self.second_cut, None
        raise Crash(name)

    # What people and Dataverse do.

    def create(
        self,
        operation: Operation,
        *,
        number: int,
        ring: bool = True,
        columns: Mapping[str, object] | None = None,
    ) -> UUID:
        """A person saves a job; its webhook rings unless it gets lost."""
        job = UUID(int=number)
        row: dict[str, object] = {
            Job.ID: str(job),
            Job.STATE: int(State.ACTIVE),
            Job.STATUS: int(Status.QUEUED),
            Job.OPERATION: int(operation),
            Job.NAME: None,
            Job.ATTEMPTS: None,
            Job.CLAIMED_ON: None,
            Job.CLAIM_TOKEN: None,
            Job.QUEUED_ON: None,
            Job.RETRY_ON: None,
            Job.COMPLETED_ON: None,
            Job.RESULT_CODE: None,
            Job.RESULT_MESSAGE: None,
            Job.HELD_ON: None,
            Job.FORCE: None,
            Job.AUTOMATION_CONTACT_ID: None,
            Job.AUTOMATION_FIELDS: None,
            Job.CUSTOMER: str(PERSON),
            f"{Job.CUSTOMER}@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
            Job.LEAD: None,
            Job.AUTOMATION: "99999999-0000-4000-8000-000000000001",
            Job.AUTOMATION_AUTOMATION: {
                Automation.NAME: "🚀 Welcome",
                Automation.KIND: int(Kind.AUTOMATION),
                Automation.CODE: "code-1",
                Automation.EXTERNAL_ID: "automation-1",
                Automation.FIELD_TEMPLATE: "voucher=STRING",
            },
            Job.CREATED_ON: self.clock.moment.isoformat(),
            Job.MODIFIED_ON: self.clock.moment.isoformat(),
            Job.SEQUENCE: f"SJ-{number:06}",
        }
        self.rows[job] = row | dict(columns or {})
        self.versions[job] = 1
        if ring:
            self.ring(job)
        return job

    def campaign(self) -> dict[str, object]:
        """What the catalogue says of a campaign."""
        entry = {
            Automation.NAME: "📢 Black Friday",
            Automation.KIND: int(Kind.CAMPAIGN),
            Automation.CODE: "trigger-1",
            Automation.EXTERNAL_ID: "campaign-1",
            Automation.FIELD_TEMPLATE: None,
        }
        return {Job.AUTOMATION: "99999999-0000-4000-8000-000000000002", Job.AUTOMATION_AUTOMATION: entry}

    def ring(self, job: UUID) -> None:
        """A webhook arrives."""
        self.jobs.append(Message(doorbell_message(Doorbell(job)), self.clock.moment))

    def edit(self, job: UUID, columns: Mapping[str, object]) -> None:
        """A person writes a row."""
        self.rows[job] |= dict(columns)
        self.versions[job] += 1

    def activate(self, job: UUID) -> None:
        """A person chooses Activate."""
        self.edit(
            job,
            {
                Job.STATE: int(State.ACTIVE),
                Job.STATUS: int(Status.QUEUED),
                Job.MODIFIED_ON: self.clock.moment.isoformat(),
            },
        )

    def deactivate(self, job: UUID) -> None:
        """A person chooses Deactivate: the default reason is Cancelled."""
        self.edit(job, {Job.STATE: int(State.INACTIVE), Job.STATUS: int(Status.CANCELLED)})

    def delete(self, job: UUID) -> None:
        """A person deletes a row."""
        del self.rows[job], self.versions[job]

    # What is seen of a row.

    def status(self, job: UUID) -> Status:
        """Where a job stands."""
        return Status(int(str(self.rows[job][Job.STATUS])))

    def code(self, job: UUID) -> object:
        """Its result code."""
        return self.rows[job][Job.RESULT_CODE]

    def message(self, job: UUID) -> str:
        """Its result message."""
        return str(self.rows[job][Job.RESULT_MESSAGE] or "")

    def row(self, job: UUID) -> JobRow:
        """One read of a row."""
        return read_job(Row(f'W/"{self.versions[job]}"', dict(self.rows[job])))

    # What drives the world.

    async def deliver_jobs(self, most: int = 64) -> bool:
        """Hand the visible doorbells to the work as one batch; False where there are none."""
        return await self._deliver(
            self.jobs, lambda batch: hear_doorbells(batch, self.work.processor, self.work.events), most
        )

    async def deliver_results(self, most: int = 64) -> bool:
        """Hand the visible outcomes to the work as one batch; False where there are none."""
        return await self._deliver(
            self.results, lambda batch: hear_outcomes(batch, self.work.write_back, self.work.events), most
        )

    async def _deliver(
        self, queue: list[Message], hear: Callable[[list[Delivered]], object], most: int
    ) -> bool:
        now = self.clock.moment
        taken = [message for message in queue if message.visible <= now][:most]
        if not taken:
            return False
        for message in taken:
            message.deliveries += 1
            message.visible = now + LOCK
        batch = [Delivered(message.body.encode(), message.deliveries) for message in taken]
        try:
            await hear(batch)  # type: ignore[misc]
        except Crash:
            self.crashed = False  # the process starts again; its locks still have to run out
            return True
        except (QueueUnavailable, DataverseDown, DataverseUnclear, ExceptionGroup):
            for message in taken:
                message.visible = self.clock.moment
                if message.deliveries >= 10:
                    queue.remove(message)
                    self.dead.append(message)
            return True
        for message in taken:
            queue.remove(message)
        return True

    async def reconcile(self) -> None:
        """The timer fires."""
        try:
            await self.work.reconciliation.run()
        except Crash:
            self.crashed = False
        except (QueueUnavailable, DataverseDown):
            pass  # as the host does: the next timer finds it

    async def rest(self, steps: int = 2000) -> None:
        """Let everything happen until nothing is left to happen."""
        for _ in range(steps):
            if await self.deliver_jobs() or await self.deliver_results():
                continue
            if self.at_rest():
                return
            await self._pass_time()
        raise RestlessError({job: self.status(job) for job in self.rows})

    def at_rest(self) -> bool:
        """Every job is final and no message waits."""
        final = all(self.status(job) in FINAL for job in self.rows)
        return final and not self.results and not self.jobs

    async def _pass_time(self) -> None:
        waiting = [message.visible for message in (*self.jobs, *self.results)]
        self.clock.moment = max(self.clock.moment, min([*waiting, self.next_reconcile]))
        if self.clock.moment >= self.next_reconcile:
            self.next_reconcile = self.clock.moment + RECONCILE
            await self.reconcile()


class Hand(Protocol):
    """A process that reaches out: everything it awaits of the outside goes through here.

    Attributes:
        mix: which parts of the write that is under way go wrong: two bits each, see `SimulatedRows`.
    """

    @property
    def world(self) -> World:
        """The world it reaches into."""
        ...

    mix: int

    async def reach[T](self, name: str, effect: Callable[[], T]) -> T:
        """Let the effect happen, or what goes wrong instead."""
        ...

    async def call(self, request: Request) -> None:
        """Carry a request to Spotler, or what goes wrong instead."""
        ...


class Work:
    """The real work, wired to a process that reaches out."""

    def __init__(
        self, hand: Hand, clock: WallClock, external_id_columns: Mapping[str, str] | None = None
    ) -> None:
        self.hand = hand
        self.events = Events()
        rows, bus, spotler = SimulatedRows(hand), SimulatedBus(hand), SimulatedSpotler(hand)
        timing = hand.world.timing
        self.write_back = WriteBack(
            rows=rows,
            timeline=SimulatedTimeline(hand),
            bells=bus,
            reports=bus,
            clock=clock,
            timing=timing,
            windows=hand.world.windows,
            events=self.events,
            language="en",
        )
        self.processor = Processor(
            rows=rows,
            caller=Caller(spotler, self._refresh, Places(4), clock, timing),
            bells=bus,
            reports=bus,
            write_back=self.write_back,
            rules=InputRules("en", external_id_columns or {}, quoting=False, max_length=4000),
            clock=clock,
            timing=timing,
            events=self.events,
            wave=hand.world.wave,
        )
        self.reconciliation = Reconciliation(rows, bus, clock, timing, self.events)

    async def _refresh(self) -> CallReport:
        await self.hand.reach("refresh", self._refreshed)
        return CallReport(Verdict.DONE, "OK", detail="3 unchanged.")

    def _refreshed(self) -> None:
        self.hand.world.refreshes += 1


class SimulatedRows:
    """Job rows with etags."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.world = hand.world

    async def read(self, ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        """These rows, those that are there; None for one that cannot be read."""
        return await self.hand.reach("read", lambda: self._read(ids))

    def _read(self, ids: Collection[UUID]) -> dict[UUID, JobRow | None]:
        return {job: self._readable(job) for job in sorted(ids) if job in self.world.rows}

    def _readable(self, job: UUID) -> JobRow | None:
        try:
            return self.world.row(job)
        except UnreadableRow:
            return None

    async def siblings(self, groups: Collection[Group], now: datetime) -> list[JobRow]:
        """Every row of these groups."""
        return await self.hand.reach("siblings", lambda: self._siblings(groups, now))

    def _siblings(self, groups: Collection[Group], now: datetime) -> list[JobRow]:
        # The finished ones too: who bars whom must not rest on what a query leaves out.
        del now
        rows = [self.world.row(job) for job in self.world.rows]
        return [row for row in rows if any(group.meets(row.group) for group in groups)]

    async def may_have_started_since(self, row: JobRow, since: datetime) -> bool:
        """Whether another start of the row's group may have run since then."""
        return await self.hand.reach("may have started", lambda: self._may_have_started(row, since))

    def _may_have_started(self, row: JobRow, since: datetime) -> bool:
        others = [self.world.row(job) for job in self.world.rows if job != row.id]
        return any(
            row.group is not None
            and row.group.meets(other.group)
            and other.operation is Operation.START_AUTOMATION
            and other.attempts >= 1
            and other.queued_on is not None
            and other.queued_on >= since
            for other in others
        )

    async def starts_counted(self, automation: UUID, since: datetime, most: int) -> int:
        """Starts of this row of the catalogue that Spotler made, or may make."""
        return await self.hand.reach("count", lambda: min(most, self._counted(automation, since)))

    def _counted(self, automation: UUID, since: datetime) -> int:
        made = (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED, Status.OUTCOME_UNKNOWN)
        return sum(
            1
            for row in (self.world.row(job) for job in self.world.rows)
            if row.operation is Operation.START_AUTOMATION
            and row.source.id(Job.AUTOMATION) == automation
            and (
                (row.claimed_on is not None and row.claimed_on >= since)
                or (row.completed_on is not None and row.completed_on >= since and row.status in made)
            )
        )

    async def started_since(self, groups: Collection[Group], since: datetime) -> list[JobRow]:
        """Every row of these groups; which of them count must not rest on what a query leaves out."""
        return await self.hand.reach("started", lambda: self._siblings(groups, since))

    async def overdue(self, now: datetime, untouched_since: datetime, most: int) -> list[UUID]:
        """Rows whose doorbell must have got lost."""
        return await self.hand.reach(
            "overdue",
            lambda: [job for job in self.world.rows if self._overdue(job, now, untouched_since)][:most],
        )

    def _overdue(self, job: UUID, now: datetime, untouched_since: datetime) -> bool:
        row = self.world.row(job)
        touched = datetime.fromisoformat(str(self.world.rows[job][Job.MODIFIED_ON]))
        match row.status:
            case Status.QUEUED:
                return touched <= untouched_since
            case Status.WAITING:
                return row.retry_on is None or row.retry_on <= untouched_since
            case Status.IN_PROGRESS:
                return not self.world.timing.leased(row.claimed_on, now)
            case _:
                return False

    async def write(self, writes: Sequence[RowWrite], *, with_etags: bool = False) -> list[WriteResult]:
        """Guarded changes, each on its own.

        Two bits of `Hand.mix` for each: 2 is answered as not carried out, 3 is carried out all the same.
        """
        return await self.hand.reach(
            "write",
            lambda: [
                self._part(write, (self.hand.mix >> 2 * index) & 3, with_etags=with_etags)
                for index, write in enumerate(writes)
            ],
        )

    def _part(self, write: RowWrite, fault: int, *, with_etags: bool) -> WriteResult:
        if fault == NOT_CARRIED_OUT:
            return Stale()
        result = self._write(write, with_etags=with_etags)
        return Stale() if fault == ANSWER_LOST else result

    def _write(self, write: RowWrite, *, with_etags: bool) -> WriteResult:
        world = self.world
        if write.id not in world.rows:
            return Gone()
        if write.etag not in ("*", f'W/"{world.versions[write.id]}"'):
            return Stale()
        world.before_write(write)
        stored = {column: _stored(value) for column, value in write.values.items()}
        world.rows[write.id] |= stored | {Job.MODIFIED_ON: world.clock.moment.isoformat()}
        world.versions[write.id] += 1
        return Written(f'W/"{world.versions[write.id]}"' if with_etags else None)


def _stored(value: object) -> object:
    # Dataverse keeps whole seconds only.
    return value.replace(microsecond=0).isoformat() if isinstance(value, datetime) else value


def _in_pairs(texts: Iterable[str], at: datetime | None) -> list[str]:
    return [message_body(some) for some in batched(texts, 2 if at is None else 1, strict=False)]


class SimulatedBus:
    """Two queues."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.world = hand.world

    async def ring(self, doorbells: Sequence[Doorbell], at: datetime | None = None) -> None:
        """Doorbells, now or later."""
        bodies = _in_pairs(map(doorbell_message, doorbells), at)
        await self.hand.reach("ring", lambda: self._put(self.world.jobs, bodies, at))

    async def report(self, outcomes: Sequence[Outcome], at: datetime | None = None) -> None:
        """Outcomes, now or later."""
        bodies = _in_pairs(map(outcome_message, outcomes), at)
        await self.hand.reach("report", lambda: self._report(outcomes, bodies, at))

    def _report(self, outcomes: Sequence[Outcome], bodies: Sequence[str], at: datetime | None) -> None:
        self._put(self.world.results, bodies, at)
        self.world.stored += outcomes

    def _put(self, queue: list[Message], bodies: Sequence[str], at: datetime | None) -> None:
        queue += [Message(body, at or self.world.clock.moment) for body in bodies]


class SimulatedTimeline:
    """Timeline entries by their ids."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.world = hand.world

    async def show(self, outcomes: Sequence[Outcome]) -> None:
        """Make the entries that are not there yet."""
        if outcomes:
            await self.hand.reach("show", lambda: self._show(outcomes))

    def _show(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            identifier = entry_id(outcome.job, outcome.attempt)
            if identifier not in self.world.posts:
                self.world.posts[identifier] = outcome
                self.world.posted.append(outcome.job)


@dataclass
class Request:
    """A request to Spotler; what is called may end in `#` and the job's number, which Spotler does not see."""

    what: str
    contact: str
    target: str
    apply: Callable[[], None]
    voucher: str = ""


class SimulatedSpotler(SpotlerClient):
    """Spotler with runs."""

    def __init__(self, hand: Hand) -> None:
        self.hand = hand
        self.world = hand.world

    async def trigger_automation(
        self, code: str, external_contact_id: str, fields: Iterable[AutomationField]
    ) -> TriggerAnswer:
        """Start a run."""
        run = f"run-{len(self.world.effects) + 1}"
        voucher = "".join(value for one in fields for value in one.values)
        begin = self._begin(run, (_seen(external_contact_id), "automation-1"))
        await self.hand.call(Request("start", external_contact_id, code, begin, voucher))
        return TriggerAnswer((AutomationResult("automation-1", "OK", run),), (run,))

    async def trigger_campaign(
        self, trigger_id: str, external_contact_id: str, fields: Iterable[AutomationField]
    ) -> None:
        """Start a campaign."""
        del fields
        begin = self._begin(_seen(trigger_id), (_seen(external_contact_id), "campaign-1"))
        await self.hand.call(Request("start campaign", external_contact_id, trigger_id, begin))

    async def stop_automation(self, automation_id: str, external_contact_id: str) -> None:
        """Stop every run of this person."""
        await self._stop("stop", external_contact_id, automation_id)

    async def stop_campaign(self, campaign_id: str, external_contact_id: str) -> None:
        """Stop a campaign for this person."""
        await self._stop("stop campaign", external_contact_id, campaign_id)

    async def stop_run(self, run_id: str) -> None:
        """Stop one run."""
        await self.hand.call(Request("stop run", run_id, run_id, lambda: self._end([_seen(run_id)])))

    async def mailing_ids(self, campaign_id: str) -> frozenset[str]:
        """The one message of every campaign."""
        return await self.hand.reach("mailing ids", lambda: frozenset({f"message of {campaign_id}"}))

    async def campaign_mailings(self, external_contact_id: str) -> tuple[CampaignMailing, ...]:
        """The message of each campaign this contact was started in, sent after the delay."""
        return await self.hand.reach("campaign mailings", lambda: self._mailings(external_contact_id))

    def _mailings(self, contact: str) -> tuple[CampaignMailing, ...]:
        return tuple(
            CampaignMailing(
                str(number),
                "message of campaign-1",
                None,
                effect.at + self.world.mail_delay,
                opened=False,
                clicked=False,
                bounce=None,
            )
            for number, effect in enumerate(self.world.effects)
            if effect.what == "start campaign"
            and effect.contact == _seen(contact)
            and effect.at + self.world.mail_delay <= self.world.clock.moment
        )

    async def _stop(self, what: str, contact: str, target: str) -> None:
        whose = (_seen(contact), _seen(target))
        await self.hand.call(
            Request(
                what,
                contact,
                target,
                lambda: self._end([run for run, owner in self.world.running.items() if owner == whose]),
            )
        )

    def _begin(self, run: str, owner: tuple[str, str]) -> Callable[[], None]:
        return lambda: self.world.running.update({run: owner})

    def _end(self, runs: list[str]) -> None:
        runs = [run for run in runs if run in self.world.running]
        if not runs:
            raise Refused("refused", status=400, code="INVALID_STATE")
        for run in runs:
            del self.world.running[run]


def _seen(target: str) -> str:
    return target.partition("#")[0]


def refused(code: str, status: int = 400) -> Refused:
    """A refusal of Spotler's."""
    return Refused("refused", status=status, code=code)


def throttled(retry_after: float | None = None) -> NotCarriedOut:
    """Spotler asks to wait."""
    return NotCarriedOut("asked to wait", status=429, retry_after=retry_after)


def unclear() -> MayHaveBeenCarriedOut:
    """No answer came, and there was no effect."""
    return MayHaveBeenCarriedOut("no answer")
