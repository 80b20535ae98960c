"""What is printed of a round, of all rounds, and of a broken promise?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from sandbox.scenario.dynamics import STATUS_NAMES
from sandbox.world import World
from tests.torture.checks import UNKNOWN
from tests.torture.evidence import Broken
from tests.torture.plan import TROUBLES
from tests.torture.rounds import Round
from tests.torture.stage import Stage

LINES = 60
"""So much of a log is printed, the last lines of it."""


def one_round(number: int, played: Round) -> str:
    """A line."""
    ends = ", ".join(f"{count} {status}" for status, count in sorted(played.ends.items()))
    troubles = sum(played.struck.values())
    return (
        f"round {number} seed {played.evidence.plan.seed}: {len(played.evidence.rows)} jobs, "
        f"{len(played.evidence.runs)} runs, {troubles} strikes, at rest after {played.rest:.0f} s: {ends}"
    )


def all_rounds(rounds: Iterable[Round]) -> str:
    """The table at the end; a trouble that never struck stands in it with a zero."""
    struck: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    codes: Counter[str] = Counter()
    jobs = runs = entries = count = 0
    for one in rounds:
        count += 1
        struck.update(one.struck)
        ends.update(one.ends)
        codes.update(one.codes)
        jobs += len(one.evidence.rows)
        runs += len(one.evidence.runs)
        entries += len(one.evidence.entries)
    lines = [f"{name:>28} {struck[name]:6}" for name in TROUBLES]
    lines += [f"{name:>50} {number:6}" for name, number in sorted(codes.items())]
    killed = sum(struck[name] for name in TROUBLES if name.endswith("killed"))
    lines += [
        f"{count} rounds, {jobs} jobs, {runs} runs at Spotler, {entries} Timeline entries",
        f"{killed} parts killed and started again, {sum(struck.values())} strikes in all",
        "ends: " + ", ".join(f"{number} {status}" for status, number in sorted(ends.items())),
        f"{ends[STATUS_NAMES[UNKNOWN]]} outcomes unknown",
    ]
    return "\n".join(lines)


async def history(stage: Stage, played: Round, found: Broken) -> str:
    """Everything about a broken promise: the job's row, its runs, the troubles, journals and log."""
    seen = played.evidence
    lines = [str(found), "troubles:"]
    lines += [
        f"  {one.at:5.2f} s, for {one.seconds:.2f} s: {one.name} {dict(one.how)}"
        for one in seen.plan.troubles
    ]
    if found.job is None:
        lines += ["queues:", json.dumps(seen.queues, indent=2)]
        return "\n".join(lines)
    planned = next(job for job in seen.plan.jobs if job.id == found.job)
    group = [job for job in seen.plan.jobs if (job.person, job.target) == (planned.person, planned.target)]
    lines += ["jobs of the same person and automation, in the order of the plan:"]
    for job in group if planned.person is not None else [planned]:
        lines += [f"  {job}", f"    row {json.dumps(seen.rows.get(job.id), ensure_ascii=False)}"]
        lines += [f"    run {run}" for run in seen.runs_of(job.id)]
    lines += ["requests at Dataverse that name the job:"]
    for entry in await stage.control("GET", "dataverse", "journal"):
        parts = [part for part in entry["children"] if found.job in part["path"]]
        if parts or found.job in entry["path"]:
            told = {
                name: entry[name] for name in ("time", "method", "status", "seconds", "fault", "answered")
            }
            lines += [f"  {told} {entry['path'][:120]} {[(one['method'], one['status']) for one in parts]}"]
    lines += ["log of the app, where it names the job:", *_logged(stage.world, found.job)]
    lines += ["calls at Spotler:"]
    for entry in (await stage.control("GET", "spotler", "journal"))[-LINES:]:
        told = {name: entry[name] for name in ("time", "status", "seconds", "fault", "answered")}
        lines += [f"  {told} {entry['method']} {entry['path']}"]
    return "\n".join(lines)


def _logged(world: World, job: str) -> list[str]:
    lines: list[str] = []
    for name in ("functions", "second"):
        log = world.logs / f"{name}.log"
        if log.exists():
            text = log.read_text(encoding="utf-8", errors="replace")
            lines += [f"  {name}: {line}" for line in text.splitlines() if job in line][-LINES:]
    return lines
