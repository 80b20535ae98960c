"""Does what is left after a round keep the five promises?

Every run at Spotler carries its job's marker, so it is never guessed which job caused it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from sandbox.scenario.dynamics import START, STATUS_NAMES, STOP
from tests.torture.evidence import Broken, Evidence, Row, Run
from tests.torture.plan import Job, Wrong

SUCCEEDED, PARTLY, FAILED, UNKNOWN, CANCELLED = 724000002, 724000003, 724000004, 724000005, 2
ACTIVE = 0
NOTHING_RUNNING = "INVALID_STATE"


def broken(seen: Evidence) -> Iterator[Broken]:
    """Every broken promise, the worst first."""
    jobs = {job.id: job for job in seen.plan.jobs}
    yield from _starts(seen, jobs)
    yield from _ends(seen, jobs)
    yield from _truth(seen, jobs)
    yield from _order(seen, jobs)
    yield from _timeline(seen, jobs)
    before, after = seen.catalogue
    if before != after:
        yield Broken(
            "catalogue", f"{sorted(before ^ after)} came or went although Spotler's list did not change"
        )


def _starts(seen: Evidence, jobs: dict[str, Job]) -> Iterator[Broken]:
    """I1: no job causes more than one start, unless a person queues it again."""
    counts = Counter((run.job, run.automation) for run in seen.runs)
    for (job, automation), count in counts.items():
        if job not in jobs:
            yield Broken("I1", f"a run of {automation} belongs to no job")
            continue
        most = 1 + seen.activated.get(job, 0)
        if count > most:
            yield Broken("I1", f"{count} runs of {automation}, at most {most} were asked for", job)
        if jobs[job].wrong is not Wrong.NOTHING:
            yield Broken("I1", f"a run although {jobs[job].wrong}", job)


def _ends(seen: Evidence, jobs: dict[str, Job]) -> Iterator[Broken]:
    """I2: every job ends; none is lost, nothing is stuck."""
    for job in jobs:
        row = seen.rows.get(job)
        if row is None:
            if job in seen.saved and job not in seen.deleted:
                yield Broken("I2", "the job was saved and is not there any more", job)
        elif row["statecode"] == ACTIVE:
            yield Broken("I2", f"the job is {_status(row)} and nothing happens any more", job)
    for name, queue in seen.queues.items():
        if queue["deadLetter"]:
            yield Broken("I2", f"{queue['deadLetter']} dead letters in {name}")
        if queue["active"] or queue["locked"]:
            yield Broken(
                "I2", f"{name} has {queue['active']} active and {queue['locked']} locked messages left"
            )


def _truth(seen: Evidence, jobs: dict[str, Job]) -> Iterator[Broken]:
    """I3: a row claims success when it succeeded, and never when it did not."""
    for id_, row in seen.rows.items():
        job, runs = jobs[id_], seen.runs_of(id_)
        touched = bool(seen.activated.get(id_)) or id_ in seen.cancelled
        status = row["statuscode"]
        if not row["spotler_attempts"] and runs:
            yield Broken("I3", "the row knows of no attempt, but there is a run", id_)
        if job.wrong is not Wrong.NOTHING and status in (SUCCEEDED, PARTLY):
            yield Broken("I3", f"{_status(row)} although {job.wrong}", id_)
        if job.operation == START:
            yield from _truth_of_start(job, row, runs, touched=touched)
        if job.stops_run_of is not None and status == SUCCEEDED:
            yield from _truth_of_stopped_run(seen, job, row)


def _truth_of_start(job: Job, row: Row, runs: Sequence[Run], *, touched: bool) -> Iterator[Broken]:
    status = row["statuscode"]
    reached = {run.automation for run in runs}
    if status in (SUCCEEDED, PARTLY) and not runs:
        yield Broken("I3", f"{_status(row)} without a run", job.id)
    if status == SUCCEEDED and job.target is not None and reached < set(job.target.reaches) and not touched:
        yield Broken("I3", f"Succeeded, but only {sorted(reached)} was started", job.id)
    if status in (FAILED, CANCELLED) and runs and not touched:
        yield Broken("I3", f"{_status(row)} ({row['spotler_resultcode']}), but there is a run", job.id)
    if status in (SUCCEEDED, PARTLY) and job.target is not None and not job.target.campaign:
        told = set(filter(None, str(row["spotler_automationcontactid"] or "").split(",")))
        if not told or not told <= {run.id for run in runs}:
            yield Broken("I3", f"AutomationContactId {sorted(told)} is not that of its runs", job.id)


def _truth_of_stopped_run(seen: Evidence, job: Job, row: Row) -> Iterator[Broken]:
    named = set(filter(None, str(row["spotler_automationcontactid"] or "").split(",")))
    left = sorted(run.id for run in seen.runs if run.id in named and run.ended is None)
    if left:
        yield Broken("I3", f"Succeeded, but the runs {left} go on", job.id)


def _order(seen: Evidence, jobs: dict[str, Job]) -> Iterator[Broken]:
    """I4: for one person and automation, effects happen in the order of creation.

    Jobs that a person queued again or deleted stand in no order any more, nor do their lines.
    """
    lines: dict[tuple[str, str], list[tuple[tuple[str, str, str], Job]]] = defaultdict(list)
    moved = {job for job, times in seen.activated.items() if times} | seen.deleted
    for job in jobs.values():
        if job.person is None or job.target is None or job.wrong is not Wrong.NOTHING:
            continue
        for automation in job.target.reaches:
            row = seen.rows.get(job.id)
            key = ("", "", "") if row is None else (row["createdon"], row["spotler_sequence"], job.id)
            lines[job.person.id, automation].append((key, job))
    by_run = _named_runs(seen)
    for (_, automation), line in lines.items():
        if not any(job.id in moved for _, job in line):
            there = [job for _, job in sorted(line, key=lambda one: one[0]) if job.id in seen.rows]
            yield from _order_of_line(seen, automation, there, by_run)


def _named_runs(seen: Evidence) -> frozenset[str]:
    stops = [row for row in seen.rows.values() if row["spotler_operation"] == STOP]
    return frozenset(
        run for row in stops for run in str(row["spotler_automationcontactid"] or "").split(",") if run
    )


def _order_of_line(
    seen: Evidence, automation: str, line: Sequence[Job], by_run: frozenset[str]
) -> Iterator[Broken]:
    runs = {
        job.id: [run for run in seen.runs_of(job.id) if run.automation == automation]
        for job in line
        if job.operation == START
    }
    latest: Run | None = None
    for place, job in enumerate(line):
        stops = [later for later in line[place + 1 :] if later.operation == STOP]
        for run in runs.get(job.id, ()):
            if latest is not None and run.started < latest.started:
                yield Broken("I4", f"run {run.id} began before {latest.id}, of an earlier job", job.id)
            latest = run
            if run.ended is None and any(_stopped_all(seen, stop) for stop in stops):
                yield Broken("I4", f"run {run.id} goes on although a later job stopped it", job.id)
            tried = any(seen.rows[stop.id]["spotler_attempts"] for stop in stops)
            if run.ended is not None and not tried and run.id not in by_run:
                yield Broken("I4", f"run {run.id} was stopped, but by an earlier job", job.id)
        if job.operation == STOP and _stopped_all(seen, job):
            yield from _order_around_stop(job, runs, line[:place], line[place + 1 :])


def _stopped_all(seen: Evidence, stop: Job) -> bool:
    """Whether nothing can have been running after this stop: it stopped it, or Spotler said that nothing was."""
    row = seen.rows[stop.id]
    alone = stop.target is not None and len(stop.target.reaches) == 1
    nothing = row["statuscode"] == FAILED and row["spotler_resultcode"] == NOTHING_RUNNING
    return row["statuscode"] == SUCCEEDED or (nothing and alone)


def _order_around_stop(
    stop: Job, runs: dict[str, list[Run]], earlier: Sequence[Job], later: Sequence[Job]
) -> Iterator[Broken]:
    ends = [run.ended for job in earlier for run in runs.get(job.id, ()) if run.ended is not None]
    begins = [run.started for job in later for run in runs.get(job.id, ())]
    if ends and begins and min(begins) < max(ends):
        yield Broken("I4", "a later job's run began before this stop had ended an earlier one's", stop.id)


def _timeline(seen: Evidence, jobs: dict[str, Job]) -> Iterator[Broken]:
    """I5: at most one entry for each successful start; here also: none is missing."""
    counts = Counter(entry.job for entry in seen.entries)
    if counts[""]:
        yield Broken("I5", f"{counts['']} Timeline entries belong to no job's attempt")
    for job, planned in jobs.items():
        row, count = seen.rows.get(job), counts[job]
        if count > 1 + seen.activated.get(job, 0):
            yield Broken("I5", f"{count} Timeline entries", job)
        if count and not seen.runs_of(job):
            yield Broken("I5", "a Timeline entry without a run", job)
        confirmed = row is not None and row["statuscode"] in (SUCCEEDED, PARTLY)
        if confirmed and planned.operation == START and not count:
            yield Broken("I5", "a successful start is missing in the Timeline", job)


def _status(row: Row) -> str:
    return STATUS_NAMES.get(row["statuscode"], str(row["statuscode"]))
