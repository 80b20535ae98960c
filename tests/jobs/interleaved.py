"""Two processes work on one world at once: at every await a chooser decides who goes on and what happens.

Nothing sleeps and nothing is random here: a run is given by the choices alone, so it can be played again.
Time passes only by choice, for the event loop too.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from dataverse import MayHaveBeenCarriedOut as DataverseUnclear
from dataverse import NotCarriedOut as DataverseDown
from dataverse.tables import Automation, Job, Operation, Status
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.ports import QueueUnavailable
from jobs.row_writes import RowWrite
from jobs.verdicts import Verdict
from spotler import MayHaveBeenCarriedOut, NotCarriedOut, Refused
from tests.jobs.happenings import KINDS, SKEW, Happening, How, unusual, usual
from tests.jobs.simulated import (
    ANSWER_LOST,
    LOCK,
    NOT_CARRIED_OUT,
    PERSON,
    RECONCILE,
    START,
    Crash,
    Effect,
    Message,
    Request,
    Work,
    World,
    refused,
)
from tests.jobs.virtual_loop import VirtualLoop, others_wait, virtual_loop

START_IT, STOP_IT = Operation.START_AUTOMATION, Operation.STOP_AUTOMATION
CONFIRMED = (Status.SUCCEEDED, Status.PARTLY_SUCCEEDED)
EXTERNAL_ID = "external_id"
MOST_STEPS = 4000


class BrokenError(AssertionError):
    """An invariant is broken; the text names it and the steps that led there."""


_MIX = {How.FIRST_REFUSED: NOT_CARRIED_OUT, How.FIRST_LOST: ANSWER_LOST}


@dataclass(eq=False)
class Parked:
    """An await that waits for the chooser."""

    name: str
    future: asyncio.Future[How]
    due: datetime
    sent: Sent | None = None


@dataclass(eq=False)
class Run:
    """One call of a function of the app."""

    number: int
    worker: Worker
    queue: str
    messages: list[Message]
    task: asyncio.Task[None] | None = None
    parked: list[Parked] = field(default_factory=list)

    def cancel(self) -> None:
        """The host gives the call up, and its process lives on."""
        if self.task is not None:
            self.task.cancel()


@dataclass(eq=False)
class Sent:
    """A request to Spotler that has left.

    Attributes:
        replay: the claim behind it was made after a person had queued the job again.
        state: "out", "applied" or "gone".
    """

    request: Request
    job: UUID
    at: datetime
    replay: bool
    state: str = "out"
    refusal: Refused | None = None

    def lose(self) -> None:
        """It never arrives."""
        self.state = "gone"


@dataclass(eq=False)
class Landing:
    """A write that Dataverse may still carry out although nobody waits for it."""

    until: datetime
    effect: Callable[[], object]


Chooser = Callable[[Sequence[Happening], Callable[[], Sequence[Happening]]], Happening]
"""Given the usual, and a way to everything else that can happen: what happens."""


def nothing_chosen(usually: Sequence[Happening], _more: Callable[[], Sequence[Happening]]) -> Happening:
    """The usual."""
    return usually[0]


RUN: ContextVar[Run] = ContextVar("RUN")


class WorkerClock:
    """The clock of one machine."""

    def __init__(self, world: Interleaved, worker: Worker, skew: float) -> None:
        self.world, self.worker, self.skew = world, worker, timedelta(seconds=skew)

    def now(self) -> datetime:
        """The wall clock, somewhat wrong."""
        return self.world.clock.moment + self.skew

    def monotonic(self) -> float:
        """Seconds since some moment of its own."""
        return (self.world.clock.moment - START).total_seconds() + 1000 * self.skew.total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait until the world's time has come so far."""
        await self.worker.park("sleep", due=self.world.clock.moment + timedelta(seconds=seconds))


class Worker:
    """A process; it may die, and then another one takes its place."""

    def __init__(self, world: Interleaved, number: int, skew: float) -> None:
        self._world = world
        self.number = number
        self.skew = skew
        self.alive = True
        self.mix = 0
        self.clock = WorkerClock(world, self, skew)
        self.work = Work(self, self.clock, {"contact": EXTERNAL_ID})

    @property
    def world(self) -> Interleaved:
        """The world it works on."""
        return self._world

    async def park(self, name: str, *, due: datetime | None = None, sent: Sent | None = None) -> How:
        """Wait for the chooser."""
        if not self.alive:
            raise Crash(name)
        run = RUN.get()
        parked = Parked(
            name, asyncio.get_running_loop().create_future(), due or self._world.clock.moment, sent
        )
        run.parked.append(parked)
        try:
            return await parked.future
        finally:
            run.parked.remove(parked)

    async def reach[T](self, name: str, effect: Callable[[], T]) -> T:
        """One await that leaves the process, of a queue or of Dataverse."""
        how = await self.park(name)
        if how is How.DOWN:
            raise QueueUnavailable(name) if name in ("ring", "report") else DataverseDown(name)
        if how is How.LATE:
            context = copy_context()
            until = self._world.clock.moment + timedelta(seconds=self._world.timing.settling)
            self._world.landings.append(Landing(until, lambda: context.run(effect)))
            raise DataverseUnclear(name)
        self.mix = _MIX.get(how, 0)
        result = effect()
        self.mix = 0
        if how is How.STALL:
            self._world.pass_to(self._world.clock.moment + self._world.stall)
        if how in (How.SLOW, How.STALL):
            how = await self.park("answer")
        if how is How.LOST_THEN_DOWN:
            raise DataverseDown(name)
        if how is How.LOST:
            raise QueueUnavailable(name) if name in ("ring", "report") else DataverseUnclear(name)
        return result

    async def call(self, request: Request) -> None:
        """One await of an answer of Spotler's; the request has left already."""
        if not self.alive:
            raise Crash(request.what)
        world = self._world
        sent = world.send(request, RUN.get())
        how = await self.park(request.what, sent=sent)
        if world.is_cut(sent):
            raise MayHaveBeenCarriedOut("cut off")
        match how:
            case How.OK:
                world.apply(sent)
                if sent.refusal is not None:
                    world.heard_refusal(sent)
                    raise sent.refusal
                world.confirmed[sent.job] += 1
            case How.LOST:
                world.apply(sent)
                raise MayHaveBeenCarriedOut("lost")
            case How.LATE:
                raise MayHaveBeenCarriedOut("late")
            case How.UNCLEAR:
                sent.state = "gone"
                raise MayHaveBeenCarriedOut("dropped")
            case _:
                sent.state = "gone"
                raise _refusal(how)


def _refusal(how: How) -> Exception:
    match how:
        case How.FINAL:
            return refused("AUTOMATION_INACTIVE", 417)
        case How.MISSING:
            return refused("CONTACT_NOTFOUND", 404)
        case How.REFUSED_LONG:
            return NotCarriedOut("wait", status=429, retry_after=200.0)
        case _:
            return NotCarriedOut("refused")


@dataclass
class Plan:
    """What a run begins with.

    Attributes:
        operations: of jobs of one person and one automation, in the order of creation.
        held: so many of them, the last ones, are saved only when the others have come to rest or the
            chooser wants it.
        webhooks: of each job.
        people: so many times may a person activate, deactivate, edit or delete something.
        strangers: jobs of other persons, saved together with the first.
        campaign: they are of a campaign, of which Spotler shows afterwards what it sent.
        kinds: of happenings that the chooser is offered besides the usual.
        guarded: the automation refuses the same start for a month, and all starts are the same.
        braked: the automation is held for that long, and has two starts an hour afterwards.
    """

    operations: tuple[Operation, ...]
    held: int = 0
    webhooks: int = 1
    people: int = 2
    strangers: int = 0
    campaign: bool = False
    kinds: frozenset[str] = frozenset(KINDS)
    guarded: bool = False
    braked: timedelta = timedelta(0)


class Interleaved(World):
    """The world with two processes and a chooser.

    Its checks raise `BrokenError` as soon as an invariant is broken.
    """

    def __init__(self, plan: Plan, chooser: Chooser | None = None) -> None:
        super().__init__()
        self.plan = plan
        self.chooser = chooser or nothing_chosen
        self.people = plan.people
        self.landings: list[Landing] = []
        self.wire: list[Sent] = []
        self.runs: list[Run] = []
        self.started = 0
        self.current: Run | None = None
        self.history: list[str] = []
        self.activations: Counter[UUID] = Counter()
        self.touched: set[UUID] = set()
        self.deactivated: set[UUID] = set()
        self.loose = False
        self.most_deliveries = 0
        self.starts: Counter[UUID] = Counter()
        self.confirmed: Counter[UUID] = Counter()
        self.claims: dict[tuple[int, UUID], bool] = {}
        self.claimed: Counter[UUID] = Counter()
        self.abandoned: set[UUID] = set()
        self.last: dict[str, tuple[int, str]] = {}
        self.violation: str | None = None
        self.holders: dict[int, Run] = {}
        self.workers = [Worker(self, 0, SKEW), Worker(self, 1, -SKEW)]
        self.to_create = deque(enumerate(plan.operations, start=1))
        while len(self.to_create) > plan.held:
            self.create_next()
        for stranger in range(plan.strangers):
            self.save(START_IT, 50 + stranger, person=UUID(int=900 + stranger))

    # People.

    def create_next(self) -> None:
        """A person saves the next job of the plan."""
        number, operation = self.to_create.popleft()
        self.save(operation, number)

    def save(self, operation: Operation, number: int, *, person: UUID = PERSON) -> UUID:
        """A person saves a job; the number travels with the contact's id, unseen by Spotler."""
        columns: dict[str, object] = {
            Job.CUSTOMER: str(person),
            Job.CUSTOMER_CONTACT: {EXTERNAL_ID: f"{person}#{number}"},
            Job.AUTOMATION_FIELDS: f"voucher=V{number}" if operation is START_IT else None,
        }
        if self.plan.campaign:
            columns |= {**self.campaign(), Job.AUTOMATION_FIELDS: None}
        if self.plan.guarded and operation is START_IT:
            columns[Job.AUTOMATION_FIELDS] = "voucher=V1"
        job = self.create(operation, number=number, ring=False, columns=columns)
        self._set_brakes()
        for _ in range(self.plan.webhooks):
            self.ring(job)
        return job

    def _set_brakes(self) -> None:
        """What stands on the catalogue row, which a job is read with; no job's own version changes by it."""
        held = self.clock.moment < START + self.plan.braked
        for row in self.rows.values():
            entry = row[Job.AUTOMATION_AUTOMATION]
            assert isinstance(entry, dict)
            entry |= {
                Automation.HOLD: held,
                Automation.STARTS_PER_HOUR: 2 if self.plan.braked else None,
                Automation.DUPLICATE_MINUTES: 44_640 if self.plan.guarded else None,
            }

    def activate(self, job: UUID) -> None:
        """A person chooses Activate."""
        if self.code(job) not in ("OK", "PARTLY_OK"):
            self.activations[job] += 1
        self.touched.add(job)
        super().activate(job)

    def deactivate(self, job: UUID) -> None:
        """A person chooses Deactivate."""
        self.touched.add(job)
        self.deactivated.add(job)
        super().deactivate(job)

    def delete(self, job: UUID) -> None:
        """A person deletes a row; where its call may be under way, nobody can keep the order any more."""
        row = self.row(job)
        if row.claimed_on is not None or row.status is Status.IN_PROGRESS:
            self.loose = True
        super().delete(job)

    # Spotler.

    def send(self, request: Request, run: Run) -> Sent:
        """A request leaves."""
        contact, _, number = request.contact.partition("#")
        request.contact = contact
        job = UUID(int=int(number))
        sent = Sent(request, job, self.clock.moment, self.claims.get((run.number, job), False))
        if (run.number, job) not in self.claims:
            self.broken("a call without a claim")
        self.wire.append(sent)
        return sent

    def is_cut(self, sent: Sent) -> bool:
        """Whether the client has given up by now."""
        return self.clock.moment >= sent.at + timedelta(seconds=self.timing.call_cut)

    def apply(self, sent: Sent) -> None:
        """Spotler carries a request out."""
        if sent.state != "out":
            return
        sent.state = "applied"
        request, job = sent.request, sent.job
        try:
            request.apply()
        except Refused as refusal:
            sent.refusal = refusal
        self.effects.append(
            Effect(request.what, request.contact, request.target, self.clock.moment, request.voucher)
        )
        if request.what.startswith("start"):
            self.starts[job] += 1
            if self.starts[job] > 1 + self.activations[job]:
                self.broken(
                    f"I1: {self.starts[job]} starts of {job.int} after {self.activations[job]} activations"
                )
            if self.plan.guarded and not self.plan.people and self.starts.total() > 1:
                self.broken(f"guard: the same start was made by {[one.int for one in self.starts]}")
            if self.clock.moment < START + self.plan.braked:
                self.broken(f"brake: {job.int} was started although it was held")
        if not sent.replay:
            self._in_order(sent)

    def _in_order(self, sent: Sent) -> None:
        number, what = self.last.get(sent.request.contact, (0, ""))
        if number > sent.job.int and not self.loose:
            self.broken(f"I4: {sent.request.what} of {sent.job.int} after {what} of {number}")
        if sent.job.int > number:
            self.last[sent.request.contact] = (sent.job.int, sent.request.what)

    def heard_refusal(self, sent: Sent) -> None:
        """That nothing is running confirms a stop of which an earlier attempt may have been carried out."""
        settled = {
            outcome.attempt
            for outcome in self.stored
            if outcome.job == sent.job and outcome.verdict in (Verdict.REFUSED, Verdict.FINAL)
        }
        if sent.job in self.abandoned or len(settled) + 1 < self.claimed[sent.job]:
            self.confirmed[sent.job] += 1

    def before_write(self, write: RowWrite) -> None:
        """Note claims: who made them, and whether a person had queued the job again."""
        if write.values.get(Job.STATUS) == int(Status.IN_PROGRESS):
            self.claims[RUN.get().number, write.id] = self.activations[write.id] > 0
            self.claimed[write.id] += 1
            if self.status(write.id) is Status.IN_PROGRESS:
                self.abandoned.add(write.id)
        status = write.values.get(Job.STATUS)
        if status in CONFIRMED and not self._vouched_for(write.id):
            self.broken(f"I3: {write.id.int} says succeeded, Spotler never did")

    def _vouched_for(self, job: UUID) -> bool:
        """Spotler has confirmed it, or what it shows of a campaign that did start may be taken for that."""
        return bool(self.confirmed[job] or (self.plan.campaign and self.starts[job]))

    # The queues.

    def queue(self, name: str) -> list[Message]:
        """A queue."""
        return self.jobs if name == "jobs" else self.results

    def visible(self, name: str) -> list[Message]:
        """What a queue would hand out now."""
        return [message for message in self.queue(name) if message.visible <= self.clock.moment]

    # What a choice does.

    def resume(self, run: Run, parked: Parked, how: How) -> None:
        """Let an await end."""
        self.current = run
        if not parked.future.done():
            parked.future.set_result(how)

    def deliver(self, queue: str, worker: Worker, messages: Sequence[Message]) -> Run:
        """A process is handed messages."""
        batch = []
        for message in messages:
            message.deliveries += 1
            self.most_deliveries = max(self.most_deliveries, message.deliveries)
            message.visible = self.clock.moment + LOCK
            batch.append(Delivered(message.body.encode(), message.deliveries))
        work = worker.work
        run = Run(self.started, worker, queue, list(messages))
        for message in messages:
            self.holders[id(message)] = run
        heard = (
            hear_doorbells(batch, work.processor, work.events)
            if queue == "jobs"
            else hear_outcomes(batch, work.write_back, work.events)
        )
        return self._start(run, heard)

    def fire(self, worker: Worker) -> Run:
        """The timer of reconciliation fires."""
        self.next_reconcile = self.clock.moment + RECONCILE
        return self._start(Run(self.started, worker, "timer", []), worker.work.reconciliation.run())

    def _start(self, run: Run, work: Coroutine[Any, Any, object]) -> Run:
        async def work_in_run() -> None:
            RUN.set(run)
            await work

        self.started += 1
        self.runs.append(run)
        self.current = run
        run.task = asyncio.get_running_loop().create_task(work_in_run())
        return run

    def unlock(self, run: Run) -> None:
        """The locks of a run's messages are lost while it goes on."""
        for message in run.messages:
            if self.holders.get(id(message)) is run:
                del self.holders[id(message)]
                message.visible = self.clock.moment

    def crash(self, worker: Worker) -> None:
        """A process dies; another takes its place."""
        worker.alive = False
        self.workers[self.workers.index(worker)] = Worker(self, worker.number, worker.skew)
        for run in self.runs:
            if run.worker is worker:
                for parked in run.parked:
                    parked.future.set_exception(Crash(parked.name))

    def pass_to(self, moment: datetime) -> None:
        """Time passes."""
        self.clock.moment = max(self.clock.moment, moment)
        virtual_loop().seconds = (self.clock.moment - START).total_seconds()
        self._set_brakes()
        for sent in self.wire:
            if self.clock.moment > self._last_moment(sent):
                self.apply(sent)
        for landing in [landing for landing in self.landings if landing.until < self.clock.moment]:
            self.landings.remove(landing)
            landing.effect()

    def _last_moment(self, sent: Sent) -> datetime:
        return sent.at + timedelta(seconds=self.timing.call_cut + self.timing.settling)

    @property
    def stall(self) -> timedelta:
        """After so long no clock finds a lease alive."""
        return self.timing.lease_span + timedelta(seconds=2 * SKEW + 2)

    def next_event(self) -> datetime:
        """When something happens by itself."""
        now = self.clock.moment
        times = [message.visible for message in (*self.jobs, *self.results)]
        times += [parked.due for run in self.runs for parked in run.parked]
        times += [landing.until + timedelta(seconds=1) for landing in self.landings]
        times += [self._last_moment(sent) + timedelta(seconds=1) for sent in self.wire if sent.state == "out"]
        times.append(self.next_reconcile)
        timer = virtual_loop().next_timer
        if timer is not None:
            times.append(START + timedelta(seconds=timer + 0.001))
        return min((time for time in times if time > now), default=now + timedelta(seconds=1))

    # How it goes on.

    async def take(self, queue: str, worker: int, *jobs: int) -> Run:
        """Hand a process the visible messages of a queue, those of these jobs where any are named."""
        wanted = [str(UUID(int=job)) for job in jobs]
        messages = [
            message
            for message in self.visible(queue)
            if not wanted or any(job in message.body for job in wanted)
        ]
        assert messages
        run = self.deliver(queue, self.workers[worker], messages)
        await self.settle()
        return run

    async def upto(self, run: Run, name: str) -> None:
        """Let a run go on, everything going well, until it waits to do this."""
        for _ in range(MOST_STEPS):
            if any(parked.name == name for parked in run.parked):
                return
            assert run in self.runs, f"the run ended before it came to {name}"
            await self.let(run)
        raise AssertionError(name)

    async def let(self, run: Run, how: How = How.OK) -> None:
        """Let the first await of a run end like this."""
        parked = run.parked[0]
        if parked.due > self.clock.moment:
            self.pass_to(parked.due)
        self.history.append(f"run {run.number} {parked.name} {how.name}")
        self.resume(run, parked, how)
        await self.settle()

    async def finish(self, run: Run) -> None:
        """Let a run go on to its end, everything going well."""
        await self.settle()
        for _ in range(MOST_STEPS):
            if run not in self.runs:
                return
            await self.let(run)
        raise AssertionError("the run does not end")

    async def later(self, seconds: float) -> None:
        """Let time pass, and nothing else."""
        self.pass_to(self.clock.moment + timedelta(seconds=seconds))
        await self.settle()

    async def ring_again(self, worker: int) -> None:
        """Let reconciliation find what it finds."""
        await self.finish(self.fire(self.workers[worker]))

    async def step(self) -> None:
        """Choose once, and let everything happen that follows without another choice."""
        chosen = self.chooser(usual(self), lambda: unusual(self))
        self.history.append(chosen.name)
        chosen.do()
        await self.settle()

    async def settle(self) -> None:
        """Until every run waits for the chooser; what has ended is put away."""
        await others_wait()
        held_up = {run.worker for run in self.runs if run.parked}
        for run in self.runs:
            if run.task is not None and not run.task.done() and run.worker not in held_up:
                self.broken(f"run {run.number} waits for something that nobody simulates")
        for run in [run for run in self.runs if run.task is not None and run.task.done()]:
            self.runs.remove(run)
            self._ended(run)
        if self.violation is not None:
            raise BrokenError(self.violation)

    def _ended(self, run: Run) -> None:
        assert run.task is not None
        cancelled = run.task.cancelled()
        error = None if cancelled else run.task.exception()
        held = [
            message
            for message in run.messages
            if self.holders.get(id(message)) is run and message.visible > self.clock.moment
        ]
        if cancelled or isinstance(error, Crash):
            return  # the locks run out by themselves
        if error is None:
            queue = self.queue(run.queue)
            queue[:] = [message for message in queue if not any(message is one for one in held)]
            return
        if not isinstance(error, QueueUnavailable | DataverseDown | DataverseUnclear | ExceptionGroup):
            self.broken(f"a run ended with {error!r}")
        for message in held:
            message.visible = self.clock.moment
            if message.deliveries >= 10:
                self.broken("I2: a dead letter")

    async def rest(self, steps: int = MOST_STEPS) -> None:
        """Let everything come to rest without further trouble, and check."""
        self.chooser = nothing_chosen
        for _ in range(steps):
            if self.at_rest():
                self.check()
                return
            await self.step()
        self.broken(f"I2: no rest, rows {[(job.int, self.status(job).name) for job in self.rows]}")
        raise BrokenError(self.violation)

    def at_rest(self) -> bool:
        """Nothing runs, waits, or is under way, and every row is final."""
        return (
            not (self.runs or self.to_create or self.landings)
            and not any(sent.state == "out" for sent in self.wire)
            and super().at_rest()
        )

    def broken(self, what: str) -> None:
        """Note the first violation."""
        if self.violation is None:
            self.violation = what + "\n  " + "\n  ".join(self.history)

    def check(self) -> None:
        """The invariants that hold at rest; the others are checked when something happens."""
        for job in self.rows:
            self._check_row(job)
        posts = Counter(self.posted)
        for job, count in posts.items():
            if count > max(self.confirmed[job], self.starts[job] if self.plan.campaign else 0):
                self.broken(f"I5: {count} posts for {self.confirmed[job]} confirmations of {job.int}")
        if self.violation is not None:
            raise BrokenError(self.violation)

    def _check_row(self, job: UUID) -> None:
        status = self.status(job)
        stored = any(outcome.job == job and outcome.verdict is Verdict.DONE for outcome in self.stored)
        succeeded = status in CONFIRMED
        put_away = job in self.deactivated and self.code(job) == "OK"
        if stored and not succeeded and not put_away:
            self.broken(f"I3: {job.int} rests as {status.name} although its confirmation was stored")
        if succeeded and not self._vouched_for(job):
            self.broken(f"I3: {job.int} says succeeded, Spotler never did")
        never = status in (Status.FAILED, Status.CANCELLED) and job not in self.touched
        if never and self.starts[job]:
            self.broken(f"I3: {job.int} rests as {status.name} although it was started")
        start = self.row(job).operation is START_IT
        if stored and start and job not in self.posted:
            self.broken(f"post: the confirmed start {job.int} has none")


def play(plan: Plan, chooser: Chooser, steps: int) -> Interleaved:
    """One run: so many chosen steps, then to rest without further trouble.

    Raises:
        BrokenError: with the steps that led there.
    """
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(_play(plan, chooser, steps))


async def _play(plan: Plan, chooser: Chooser, steps: int) -> Interleaved:
    world = Interleaved(plan, chooser)
    try:
        for _ in range(steps):
            if world.at_rest():
                break
            await world.step()
        await world.rest()
    finally:
        for run in world.runs:
            run.cancel()
        await asyncio.sleep(0)
    return world


def directed(trace: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """A test that plays one trace, step by step, on virtual time."""

    def test() -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            runner.run(trace())

    test.__name__, test.__doc__ = trace.__name__, trace.__doc__
    return test
