"""How is a planned round played, brought to rest, and seen?"""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from jobs.timeline import entry_id
from sandbox.scenario.dynamics import STATUS_NAMES
from tests.torture.checks import UNKNOWN, broken
from tests.torture.evidence import Broken, Entry, Evidence, Run
from tests.torture.office import Office, Unanswered
from tests.torture.plan import Job, Plan
from tests.torture.stage import Stage
from tests.torture.troubles import Troubles

REST_SECONDS: Final = 150.0
"""Ceiling for coming to rest; outcomes that were put back thrice come forty seconds later."""

POLL_SECONDS: Final = 0.3

type Queues = Mapping[str, Mapping[str, Any]]

_COLUMNS: Final = (
    "spotler_jobid,statecode,statuscode,spotler_operation,spotler_attempts,spotler_claimedon,spotler_queuedon,"
    "spotler_retryon,spotler_completedon,spotler_resultcode,spotler_resultmessage,spotler_automationcontactid,"
    "spotler_sequence,createdon,modifiedon,_spotler_customerid_value,_spotler_leadid_value,"
    "_spotler_automationid_value"
)


@dataclass(frozen=True, slots=True)
class Round:
    """A round that was played.

    Attributes:
        struck: how often each trouble struck.
        ends: jobs by status in the end.
        codes: jobs by status and result code.
        rest: seconds until everything was at rest.
        broken: promises that were not kept.
    """

    evidence: Evidence
    struck: Counter[str]
    ends: Counter[str]
    codes: Counter[str]
    rest: float
    broken: tuple[Broken, ...]

    @property
    def unknown(self) -> int:
        """Jobs of which nobody can tell whether they were carried out."""
        return self.ends[STATUS_NAMES[UNKNOWN]]


async def play(stage: Stage, plan: Plan) -> Round:
    """Play a round and judge what is left of it."""
    office = await stage.prepare(plan)
    before = await _labels(office)
    troubles = Troubles(stage, office, plan)
    async with asyncio.TaskGroup() as everything:
        for trouble in plan.troubles:
            everything.create_task(troubles.make(trouble))
        for scene in _scenes(plan):
            everything.create_task(_save(office, scene, plan))
    await troubles.end()
    began = time.monotonic()
    queues = await _rest(stage, office)
    rest = time.monotonic() - began
    seen = await _seen(stage, office, plan, before, queues)
    ends = Counter(_status(row) for row in seen.rows.values())
    codes = Counter(f"{_status(row)} {row['spotler_resultcode'] or ''}".strip() for row in seen.rows.values())
    return Round(seen, troubles.struck, ends, codes, rest, tuple(broken(seen)))


def _status(row: Mapping[str, Any]) -> str:
    return STATUS_NAMES.get(row["statuscode"], str(row["statuscode"]))


def _scenes(plan: Plan) -> list[list[Job]]:
    ordered = sorted(plan.jobs, key=lambda job: (job.scene, job.number))
    return [list(jobs) for _, jobs in groupby(ordered, key=lambda job: job.scene)]


async def _save(office: Office, scene: Sequence[Job], plan: Plan) -> None:
    began = time.monotonic()
    for job in scene:
        await asyncio.sleep(max(0.0, job.at - (time.monotonic() - began)))
        runs = None
        if job.stops_run_of is not None:
            runs = await office.runs_of(plan.jobs[job.stops_run_of].id) or "4711"
        await office.save(job, runs)


async def _rest(stage: Stage, office: Office) -> Queues:
    """Wait until nothing moves any more, or until the ceiling: what then still is to move is stuck.

    Returns:
        The queues as they were then; a doorbell that rings later finds nothing to do.
    """
    end = time.monotonic() + REST_SECONDS
    while True:
        queues = await stage.live.queues()
        if time.monotonic() >= end or await _resting(stage, office, queues):
            return queues
        await asyncio.sleep(POLL_SECONDS)


async def _resting(stage: Stage, office: Office, queues: Queues) -> bool:
    if any(queue["active"] + queue["locked"] for queue in queues.values()):
        return False
    # A doorbell that is still to ring finds nothing to do; an outcome still has something to tell.
    if queues["spotler-results"]["scheduled"]:
        return False
    try:
        if await office.read("spotler_jobs?$select=spotler_jobid&$filter=statecode eq 0&$top=1"):
            return False
    except Unanswered:
        return False
    # A request that its caller gave up may still take effect.
    return all(call["seconds"] is not None for call in await stage.control("GET", "spotler", "journal"))


async def _labels(office: Office) -> frozenset[str]:
    rows = await office.read("spotler_automations?$select=spotler_name&$filter=statecode eq 0")
    return frozenset(row["spotler_name"] for row in rows)


async def _seen(stage: Stage, office: Office, plan: Plan, before: frozenset[str], queues: Queues) -> Evidence:
    rows = {row["spotler_jobid"]: row for row in await office.read(f"spotler_jobs?$select={_COLUMNS}")}
    markers = {job.marker: job.id for job in plan.jobs}
    posts = [row["postid"] for row in await office.read("posts?$select=postid")]
    notes = [row["annotationid"] for row in await office.read("annotations?$select=annotationid")]
    owners = _owners(plan, rows)
    return Evidence(
        plan=plan,
        rows=rows,
        runs=tuple(_run(run, markers) for run in await stage.live.runs()),
        entries=tuple(Entry(id_, owners.get(id_, "")) for id_ in (*posts, *notes)),
        queues=queues,
        saved=frozenset(office.saved),
        deleted=frozenset(office.deleted),
        cancelled=frozenset(office.cancelled),
        activated=dict(office.activated),
        catalogue=(before, await _labels(office)),
    )


def _owners(plan: Plan, rows: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Which job would have made the Timeline entry of an id, in whichever attempt."""
    attempts: defaultdict[str, int] = defaultdict(lambda: 20)
    attempts.update({id_: row["spotler_attempts"] or 0 for id_, row in rows.items()})
    return {
        str(entry_id(UUID(job.id), attempt)): job.id
        for job in plan.jobs
        for attempt in range(1, attempts[job.id] + 1)
    }


def _run(told: Mapping[str, Any], markers: Mapping[str, str]) -> Run:
    ended = told["endedOn"]
    return Run(
        id=str(told["runId"]),
        job=markers.get(str(told["fields"].get("marker")), ""),
        person=told["externalContactId"],
        automation=told["automationId"],
        started=datetime.fromisoformat(told["startedOn"]),
        ended=datetime.fromisoformat(ended) if ended else None,
    )
