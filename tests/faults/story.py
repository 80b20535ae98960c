"""What happens to one job while a fault strikes one step of it, after the fault, and when a person acts?"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from dataverse.tables import Operation, Status
from jobs.doorbells import Doorbell
from jobs.timing import Timing
from tests.faults.composed import RETRY_WINDOW, App, Ways, compose
from tests.faults.sandbox_parts import Control, People
from tests.faults.stage import LONGEST_CHAIN, Bus, Clock, Road
from tests.faults.switches import ASKED_SECONDS, AUTOMATION, Switch, cut_seconds
from tests.faults.terms import Expected, Fault, Next, Row, Seen, Step

FURTHER_TRIES: Final = 1
"""So often a step that is tried again is struck again before the fault goes."""

RECONCILE_SECONDS: Final = 300.0
SOON_SECONDS: Final = 60.0
"""A doorbell that is rung again comes within this time."""

KEPT_SECONDS: Final = 300.0
"""An outcome that is put back comes within this time."""

MOST_TURNS: Final = 12
"""Deliveries, or passes of reconciliation, after which a job that is not at rest never will be."""

_CODE: Final = "bbbbbbbb-0000-4000-8000-000000000003"
_KIM: Final = "22222222-0000-4000-8000-000000000001"
_SAM: Final = "22222222-0000-4000-8000-000000000002"
_ENTRY: Final = "44444444-0000-4000-8000-000000000001"

_WELCOME: Final = {
    "spotler_automations": [
        {
            "id": _ENTRY,
            "spotler_name": "🚀 Welcome",
            "spotler_kind": 724000000,
            "spotler_code": _CODE,
            "spotler_externalid": AUTOMATION,
            "spotler_key": "a" + "0" * 64,
        }
    ]
}
_FRESH: Final = {
    "automations": [
        {
            "id": "fresh",
            "name": "Fresh",
            "published": True,
            "triggers": [{"code": "fresh-code", "label": "Fresh", "fields": []}],
        }
    ]
}
_STATUS: Final = {
    Status.QUEUED: "Queued",
    Status.IN_PROGRESS: "In progress",
    Status.WAITING: "Waiting",
    Status.CANCELLED: "Cancelled",
    Status.SUCCEEDED: "Succeeded",
    Status.PARTLY_SUCCEEDED: "Partly succeeded",
    Status.FAILED: "Failed",
    Status.OUTCOME_UNKNOWN: "Outcome unknown",
}


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything outside the app."""

    spotler: Control
    dataverse: Control
    people: People
    ways: Ways
    spotler_road: Road
    dataverse_road: Road


class Story:
    """One job and one fault."""

    def __init__(self, parts: Parts, step: Step, fault: Fault) -> None:
        self._parts = parts
        self._step = step
        self._clock = Clock()
        self._bus = Bus(self._clock)
        at_dataverse = step.at_dataverse
        self.switch = Switch(
            step,
            fault,
            parts.dataverse if at_dataverse else parts.spotler,
            parts.dataverse_road if at_dataverse else parts.spotler_road,
            self._clock,
        )
        hasty = (step, cut_seconds(step)) if fault is Fault.SLOW else None
        self._app = self._composed(hasty)
        self._job = ""
        self._before = 0

    async def meanwhile(self) -> Seen:
        """Save the job, carry it out under the fault, and once more where it is tried again."""
        await self._begin()
        for _ in range(FURTHER_TRIES):
            await self._pass_to_next()
        await self.switch.end()
        return await self._seen()

    async def outlasting_doorbells(self) -> Seen:
        """Let the fault last until no doorbell rings again by itself."""
        await self._begin()
        for _ in range(MOST_TURNS):
            await self._pass_to_next()
        assert self._bus.next_at is None
        await self.switch.end()
        return await self._seen()

    async def given_up(self) -> Row:
        """Let the fault outlast the time for which a job is tried again."""
        await self._begin()
        self._clock.forward(self._clock.now() + RETRY_WINDOW)
        await self._deliver()
        await self.switch.end()
        assert self._bus.next_at is None
        return (await self._seen()).row

    async def next(self) -> tuple[Next, Seen]:
        """Let time pass without the fault: what the app did by itself, and what can be seen then."""
        # As after a restart: nothing may rest on what a process remembers.
        self._app = self._composed(None)
        row = await self._parts.people.job(self._job)
        happens = await self._first(row)
        await self._to_rest()
        return happens, await self._seen()

    async def activated(self) -> Seen:
        """Choose Activate; reconciliation finds the job within its turn, once no lease stands."""
        await self._parts.people.activate(self._job)
        await self._to_rest()
        return await self._seen()

    # --- what the app does ----------------------------------------------------------------------------------

    async def _begin(self) -> None:
        await self._arrange()
        await self._bus.ring([Doorbell(UUID(self._job))])
        await self._deliver()

    async def _first(self, row: Mapping[str, Any]) -> Next:
        """Do the next thing that happens by itself, and tell which it is."""
        at = self._bus.next_at
        status = Status(row["statuscode"])
        if at is None and status.state:
            if status is Status.PARTLY_SUCCEEDED and self._step is Step.LIST_ONE:
                await self._app.catalogue.run()
                return Next.TIMER
            return Next.NOTHING if status is Status.SUCCEEDED else Next.PERSON
        if at is None:
            await self._reconcile()
            return Next.RECONCILE
        waited = (at - self._clock.now()).total_seconds()
        rang = await self._pass_to_next()
        if status is not Status.WAITING:
            # What Dataverse asked for is honoured; otherwise a doorbell comes again soon.
            assert waited <= (max(SOON_SECONDS, ASKED_SECONDS) if rang else KEPT_SECONDS)
            return Next.RINGS if rang else Next.COMES_BACK
        # A second less than was asked for: an HTTP date knows whole seconds only.
        asked, lease = ASKED_SECONDS - 1, Timing().lease - SOON_SECONDS
        return Next.SOON if waited < asked else Next.ASKED if waited < lease else Next.LEASE

    async def _to_rest(self) -> None:
        """Until nothing is on its way, the job is final, and reconciliation leaves it alone."""
        for _ in range(MOST_TURNS):
            if self._bus.next_at is not None:
                await self._pass_to_next()
            elif not await self._reconcile():
                row = await self._parts.people.job(self._job)
                if row["statecode"] == 1:
                    return
        raise AssertionError("the job does not come to rest")

    async def _reconcile(self) -> bool:
        self._clock.forward(self._clock.now() + timedelta(seconds=RECONCILE_SECONDS))
        found = await self._app.reconciliation.run()
        await self._deliver()
        return found > 0

    async def _pass_to_next(self) -> bool:
        """Let time pass to the next message; True where a doorbell was among what came of it."""
        if self._bus.next_at is None:
            return False
        self._clock.forward(self._bus.next_at)
        return await self._deliver()

    async def _deliver(self) -> bool:
        """Deliver whatever is due, with what follows at once."""
        rang = False
        for _ in range(LONGEST_CHAIN):
            bells, outcomes = self._bus.due_bells(), self._bus.due_outcomes()
            if not bells and not outcomes:
                return rang
            if bells:
                rang = True
                async with self._at_spotler():
                    await self._app.processor.process(bells)
            if outcomes:
                await self._app.write_back.write(outcomes)
        raise AssertionError("messages follow each other without end")

    @asynccontextmanager
    async def _at_spotler(self) -> AsyncIterator[None]:
        if self._step.at_dataverse:
            yield
            return
        async with self.switch.during(self._step):
            yield

    def _composed(self, hasty: tuple[Step, float] | None) -> App:
        return compose(self._parts.ways, self._clock, self._bus, self.switch.during, hasty)

    # --- what is there before -------------------------------------------------------------------------------

    async def _arrange(self) -> None:
        await self._parts.spotler.fresh()
        app = compose(self._parts.ways, self._clock, self._bus, self.switch.during, None)
        kim = {"spotler_CustomerId_contact@odata.bind": f"/contacts({_KIM})"}
        welcome = {"spotler_AutomationId@odata.bind": f"/spotler_automations({_ENTRY})"}
        operation, values = Operation.START_AUTOMATION, {**kim, **welcome}
        await self._parts.dataverse.fresh(_WELCOME)
        match self._step:
            case Step.STOP | Step.STOP_RUN:
                operation = Operation.STOP_AUTOMATION
                run = (await app.spotler.trigger_automation(_CODE, _KIM, ())).run_ids[0]
                await app.spotler.trigger_automation(_CODE, _SAM, ())
                if self._step is Step.STOP_RUN:
                    values = {"spotler_automationcontactid": run}
            case Step.LIST | Step.LIST_ONE:
                operation, values = Operation.REFRESH_AUTOMATIONS, {}
                await self._parts.dataverse.fresh()
                await app.catalogue.run()
                self._before = await self._listed()
                await self._parts.spotler.ask("POST", "seed", _FRESH)
        identifier = str(uuid.uuid4())
        self._job = await self._parts.people.save(
            {"spotler_jobid": identifier, "spotler_operation": int(operation), **values}
        )

    # --- what can be seen -----------------------------------------------------------------------------------

    async def _seen(self) -> Seen:
        people = self._parts.people
        row = await people.job(self._job)
        text = Row(
            _STATUS[Status(row["statuscode"])],
            row["spotler_resultcode"] or "",
            (row["spotler_resultmessage"],) if row["spotler_resultmessage"] else (),
        )
        posts = await people.count("posts?$select=postid")
        notes = await people.count("annotations?$select=annotationid")
        return Seen(text, await self._done(), ("post",) * posts + ("note",) * notes)

    async def _done(self) -> int:
        match self._step:
            case Step.LIST | Step.LIST_ONE:
                return await self._listed() - self._before
            case Step.STOP | Step.STOP_RUN:
                return sum(1 for run in await self._runs() if run["state"] == "stopped")
            case _:
                return len(await self._runs())

    async def _runs(self) -> list[dict[str, Any]]:
        return list(await self._parts.spotler.ask("GET", "runs"))

    async def _listed(self) -> int:
        return await self._parts.people.count(
            "spotler_automations?$select=spotler_automationid&$filter=statecode eq 0"
        )


def agrees(seen: Row, expected: Row) -> bool:
    """Whether a job reads as expected: its message must hold all the words, and be empty where none are."""
    said = " ".join(seen.words)
    words = all(word in said for word in expected.words) and bool(said) == bool(expected.words)
    lies = any(word in said for word in expected.unsaid)
    return (seen.status, seen.code) == (expected.status, expected.code) and words and not lies


def check(moment: str, seen: Seen, expected: Seen) -> None:
    """Compare one moment; the text of a failure shows both."""
    same = agrees(seen.row, expected.row)
    same = same and (seen.done, seen.timeline) == (expected.done, expected.timeline)
    assert same, f"{moment}\nseen     {seen}\nexpected {expected}"


async def told(story: Story, expected: Expected) -> None:
    """Tell a whole story and hold it to the table."""
    check("meanwhile", await story.meanwhile(), expected.meanwhile)
    assert story.switch.struck, "the fault struck nothing"
    happens, after = await story.next()
    check("after", after, expected.after or expected.meanwhile)
    assert happens is expected.next, f"{happens} instead of {expected.next}"
    if expected.activated is not None:
        check("activated", await story.activated(), expected.activated)
