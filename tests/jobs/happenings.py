"""What can happen next in a world of two processes, the usual and every kind of trouble?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import TYPE_CHECKING
from uuid import UUID

from dataverse.tables import Job
from tests.jobs.simulated import FINAL, Message

if TYPE_CHECKING:
    from tests.jobs.interleaved import Interleaved, Landing, Parked, Run, Sent, Worker

SKEW = 15.0
"""One clock is so many seconds ahead and one so many behind."""


class How(Enum):
    """What becomes of one await."""

    OK = auto()
    DOWN = auto()  # surely not carried out
    SLOW = auto()  # carried out, the answer comes when the chooser wants it
    STALL = auto()  # the same, and meanwhile more time passes than a lease lasts
    LOST = auto()  # carried out, the answer got lost
    LOST_THEN_DOWN = auto()  # carried out unheard, and told as not carried out when sent again
    LATE = auto()  # no answer, and carried out as late as can be, where the chooser wants nothing else
    UNCLEAR = auto()  # no answer, and never carried out
    REFUSED_LONG = auto()  # asked to wait for minutes
    FINAL = auto()  # refused for good
    MISSING = auto()  # the contact is not known yet
    FIRST_REFUSED = auto()  # the first write of a batch is answered as not carried out
    FIRST_LOST = auto()  # the first write of a batch is carried out, and answered as if not


ON_CALL = (How.DOWN, How.LOST, How.LATE, How.UNCLEAR, How.REFUSED_LONG, How.FINAL, How.MISSING)
ON_REACH = {
    "read": (How.DOWN, How.SLOW, How.STALL),
    "siblings": (How.DOWN, How.SLOW, How.STALL),
    "may have started": (How.DOWN, How.SLOW, How.STALL),
    "count": (How.DOWN, How.SLOW, How.STALL),
    "started": (How.DOWN, How.SLOW, How.STALL),
    "mailing ids": (),
    "campaign mailings": (How.SLOW, How.STALL),
    "overdue": (How.DOWN, How.SLOW, How.STALL),
    "write": (
        How.DOWN,
        How.SLOW,
        How.STALL,
        How.LOST,
        How.LOST_THEN_DOWN,
        How.LATE,
        How.FIRST_REFUSED,
        How.FIRST_LOST,
    ),
    "show": (How.DOWN, How.SLOW, How.LOST),
    "ring": (How.DOWN, How.SLOW, How.LOST),
    "report": (How.DOWN, How.SLOW, How.STALL, How.LOST),
    "refresh": (),
    "sleep": (),
    "answer": (How.LOST,),
}
"""The troubles of every await that leaves the process, but for calls of Spotler."""

KINDS = (
    "switch",
    "deliver",
    "single",
    "trouble",
    "time",
    "person",
    "crash",
    "lock",
    "copy",
    "delay",
    "wire",
    "cancel",
)


@dataclass(frozen=True)
class Happening:
    """One thing that can happen next; `cost` counts against the bound of an enumeration."""

    kind: str
    name: str
    do: Callable[[], object]
    cost: int = 1


def usual(world: Interleaved) -> list[Happening]:
    """What happens where nothing is chosen, and in its place, if there is any, each other run that could go on."""
    return _going(world) or [_quiet(world)]


def unusual(world: Interleaved) -> list[Happening]:
    """Everything else that can happen now."""
    sources = (_slow_answers, _deliveries, _troubles, _passing, _acts, _deaths, _mail, _landings)
    return [one for source in sources for one in source(world) if one.kind in world.plan.kinds]


def _going(world: Interleaved) -> list[Happening]:
    """Runs that can go on; one whose answer is slow is a matter for `_quiet`."""
    waiting = [(run, parked) for run, parked in _waiting_runs(world) if parked.name != "answer"]
    if "switch" not in world.plan.kinds:
        waiting = waiting[:1]
    return [
        Happening(
            "switch", f"run {run.number} {parked.name}", _resuming(world, run, parked, How.OK), min(index, 1)
        )
        for index, (run, parked) in enumerate(waiting)
    ]


def _waiting_runs(world: Interleaved) -> list[tuple[Run, Parked]]:
    return [
        (run, parked)
        for run in sorted(world.runs, key=lambda run: (run is not world.current, run.number))
        for parked in run.parked
        if parked.due <= world.clock.moment
    ]


def _slow_answers(world: Interleaved) -> Iterable[Happening]:
    for run, parked in _waiting_runs(world):
        if parked.name == "answer":
            name = f"run {run.number} gets its answer"
            yield Happening("switch", name, _resuming(world, run, parked, How.OK))


def _resuming(world: Interleaved, run: Run, parked: Parked, how: How) -> Callable[[], None]:
    return lambda: world.resume(run, parked, how)


def _quiet(world: Interleaved) -> Happening:
    """What happens when no run can go on."""
    for queue in ("results", "jobs"):
        worker, visible = _free(world, queue), world.visible(queue)
        if worker is not None and visible:
            return Happening(
                "deliver", f"deliver {queue}", _delivering(world, queue, worker, visible), cost=0
            )
    worker = _free(world, "timer")
    if worker is not None and world.clock.moment >= world.next_reconcile:
        return Happening("deliver", "reconcile", _firing(world, worker), cost=0)
    if world.to_create:
        return Happening("deliver", "create", world.create_next, cost=0)
    for answer in _slow_answers(world):
        return replace(answer, cost=0)
    return Happening("time", "next event", lambda: world.pass_to(world.next_event()), cost=0)


def _free(world: Interleaved, queue: str) -> Worker | None:
    order = world.workers if world.started % 2 == 0 else world.workers[::-1]
    busy = {run.worker for run in world.runs if run.queue == queue}
    return next((worker for worker in order if worker not in busy), None)


def _delivering(
    world: Interleaved, queue: str, worker: Worker, messages: Sequence[Message]
) -> Callable[[], object]:
    return lambda: world.deliver(queue, worker, messages)


def _firing(world: Interleaved, worker: Worker) -> Callable[[], object]:
    return lambda: world.fire(worker)


def _deliveries(world: Interleaved) -> Iterable[Happening]:
    for queue in ("jobs", "results"):
        worker, visible = _free(world, queue), world.visible(queue)
        if worker is None or not visible:
            continue
        name = f"deliver {queue} to {worker.number}"
        yield Happening("deliver", name, _delivering(world, queue, worker, visible))
        for one in (visible[-1:], visible[:1]) if len(visible) > 1 else ():
            yield Happening("single", f"{name}, one message", _delivering(world, queue, worker, one))
    worker = _free(world, "timer")
    if worker is not None:
        yield Happening("deliver", "reconcile early", _firing(world, worker))


def _troubles(world: Interleaved) -> Iterable[Happening]:
    for run in world.runs:
        for parked in run.parked:
            for how in _troubles_of(parked):
                name = f"run {run.number} {parked.name} {how.name}"
                yield Happening("trouble", name, _resuming(world, run, parked, how))


def _troubles_of(parked: Parked) -> Sequence[How]:
    if parked.sent is None:
        return ON_REACH[parked.name]
    return ON_CALL if parked.sent.state == "out" else (How.LOST,)


def _passing(world: Interleaved) -> Iterable[Happening]:
    for seconds in (1.0, 25.0, 100.0, 310.0):
        yield Happening("time", f"{seconds:.0f} s pass", _waiting(world, seconds))
    ends = {
        datetime.fromisoformat(str(row[Job.CLAIMED_ON])) + world.timing.lease_span
        for row in world.rows.values()
        if row[Job.CLAIMED_ON] is not None
    }
    for end in sorted(ends):
        for beside in (-SKEW - 1, SKEW + 2):
            left = (end + timedelta(seconds=beside) - world.clock.moment).total_seconds()
            if left > 0:
                yield Happening("lapse", f"{left:.0f} s pass, to a lease's end", _waiting(world, left))


def _waiting(world: Interleaved, seconds: float) -> Callable[[], None]:
    return lambda: world.pass_to(world.clock.moment + timedelta(seconds=seconds))


def _acts(world: Interleaved) -> Iterable[Happening]:
    if world.to_create:
        yield Happening("person", "create", world.create_next)
    if world.people == 0:
        return
    for job in sorted(world.rows):
        if world.status(job) in FINAL:
            yield Happening("person", f"activate {job.int}", _acting(world, world.activate, job))
        else:
            yield Happening("person", f"deactivate {job.int}", _acting(world, world.deactivate, job))
            yield Happening("person", f"edit {job.int}", _acting(world, lambda job: world.edit(job, {}), job))
        yield Happening("person", f"delete {job.int}", _acting(world, world.delete, job))


def _acting(world: Interleaved, act: Callable[[UUID], None], job: UUID) -> Callable[[], None]:
    def done() -> None:
        world.people -= 1
        act(job)

    return done


def _deaths(world: Interleaved) -> Iterable[Happening]:
    for worker in world.workers:
        if any(run.worker is worker for run in world.runs):
            yield Happening("crash", f"process {worker.number} dies", _dying(world, worker))
    for run in world.runs:
        yield Happening("cancel", f"run {run.number} is cancelled", run.cancel)
        if any(message.visible > world.clock.moment for message in run.messages):
            yield Happening("lock", f"run {run.number} loses its locks", _unlocking(world, run))


def _dying(world: Interleaved, worker: Worker) -> Callable[[], None]:
    return lambda: world.crash(worker)


def _unlocking(world: Interleaved, run: Run) -> Callable[[], None]:
    return lambda: world.unlock(run)


def _mail(world: Interleaved) -> Iterable[Happening]:
    for queue in ("jobs", "results"):
        for message in world.queue(queue)[:2]:
            yield Happening("copy", f"a message of {queue} comes twice", _copying(world, queue, message))
        for message in world.queue(queue)[:1]:
            for minutes in (11, 25):
                name = f"a message of {queue} comes {minutes} minutes late"
                yield Happening("delay", name, _delaying(world, message, minutes))
    if world.jobs:
        yield Happening("copy", "a doorbell is lost", lambda: world.jobs.pop(0))


def _copying(world: Interleaved, queue: str, message: Message) -> Callable[[], None]:
    return lambda: world.queue(queue).append(Message(message.body, world.clock.moment))


def _delaying(world: Interleaved, message: Message, minutes: int) -> Callable[[], None]:
    def delay() -> None:
        message.visible = world.clock.moment + timedelta(minutes=minutes)
        world.holders.pop(id(message), None)

    return delay


def _landings(world: Interleaved) -> Iterable[Happening]:
    for sent in world.wire:
        if sent.state == "out":
            yield Happening("wire", f"{sent.request.what} of {sent.job.int} arrives", _arriving(world, sent))
    for landing in world.landings:
        yield Happening("wire", "a late write arrives", _landing(world, landing))


def _arriving(world: Interleaved, sent: Sent) -> Callable[[], None]:
    return lambda: world.apply(sent)


def _landing(world: Interleaved, landing: Landing) -> Callable[[], None]:
    def land() -> None:
        world.landings.remove(landing)
        landing.effect()

    return land
