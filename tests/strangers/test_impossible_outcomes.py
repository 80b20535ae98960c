"""Does an outcome that nobody can have written harm itself alone?"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest

from dataverse.tables import Job, Operation, Status
from jobs.doorbells import Doorbell
from jobs.listening import Delivered, hear_outcomes
from jobs.messages import message_body
from sandbox.scenario.dynamics import START, Dynamics
from sandbox.scenario.people import KIM, SAM, WELCOME
from tests.jobs.simulated import World
from tests.strangers.ground import JOBS, RESULTS, Ground, driven

OTHER = "22222222-0000-4000-8000-0000000000aa"
NOBODY = "99999999-0000-4000-8000-000000000009"
MOMENTS = (
    "2026-11-02T09:00:00",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
    0,
    -1e10,
    1e11,
    None,
    "",
    "now",
)
NUMBERS: tuple[Any, ...] = (10**30, 2**40, -1, 1e308, -1e308, None, "1", "NaN", "Infinity", True, [])
TEXTS = ("", "\x00", "a\x0bb", "\ud83d", "{0}{label}%s", "x" * 10_000, "💥" * 4000, None, 7, ["OK"], {"a": 1})
LISTS = (None, "OK", [None], [7], [["a"]], {"a": "b"}, ["x" * 200] * 3000, ["a\x0b"])

IMPOSSIBLE: list[dict[str, Any]] = [
    *({column: moment} for column in ("claimed_on", "queued_on", "ended_on") for moment in MOMENTS),
    *({column: number} for column in ("attempt", "returns", "retry_after") for number in NUMBERS),
    *({column: text} for column in ("code", "detail", "label") for text in TEXTS),
    *({column: listed} for column in ("run_ids", "refusals") for listed in LISTS),
    *(
        {"target": target}
        for target in ({}, {"table": "nothing", "id": NOBODY}, {"table": None, "id": NOBODY}, "contact")
    ),
    *({"kind": kind} for kind in (0, "🚀", True)),
    *({"operation": operation} for operation in (0, None, "START", 724000002)),
]


@pytest.mark.parametrize("shared", [False, True], ids=["a_message_each", "one_message"])
@pytest.mark.parametrize("verdict", ["done", "refused", "unclear", "final"])
async def test_the_outcome_beside_it_is_written(verdict: str, *, shared: bool) -> None:
    """In one batch and in one message with each of them, a good outcome reaches its row at the first delivery."""
    wrong: dict[str, str] = {}
    for changed in IMPOSSIBLE:
        world = World()
        bad = world.create(Operation.START_AUTOMATION, number=1)
        good = world.create(Operation.START_AUTOMATION, number=2, columns={Job.CUSTOMER: OTHER})
        await world.deliver_jobs()
        [together] = world.results
        sent = {UUID(one["job"]): one for one in json.loads(together.body)}
        sent[bad] |= {"verdict": verdict, **changed}
        texts = [json.dumps(sent[job]) for job in (bad, good)]
        bodies = [message_body(texts)] if shared else texts
        batch = [Delivered(body.encode(), 1) for body in bodies]
        try:
            await hear_outcomes(batch, world.work.write_back, world.work.events)
        except Exception as error:  # noqa: BLE001 - all of them are shown at once
            wrong[str(changed)[:60]] = repr(error)
        else:
            if world.status(good) is not Status.SUCCEEDED:
                wrong[str(changed)[:60]] = world.status(good).name
    assert wrong == {}


ETAGS = ("", " ", "junk", 'W/"1"\r\nX-Other: y', 'W/"1"\r\n\r\n{}\r\n--batch', "💥", "x" * 100_000, "*")


async def test_no_etag_breaks_out_of_its_header(services: Ground) -> None:
    """An etag that is none changes nothing in Dataverse but, at most, its own row."""
    await services.reset()
    async with driven(services) as driver, Dynamics(services.dataverse) as dynamics:
        await driver.app.catalogue.run()
        jobs = [await dynamics.create_job(START, person=person, automation=WELCOME) for person in (KIM, SAM)]
        await driver.app.reconciliation.bells.ring([Doorbell(UUID(job)) for job in jobs])

        async def sent() -> Any:
            return await services.control(services.bus_control, "GET", f"queues/{RESULTS}/messages")

        [together] = await driver.until(sent, queues=(JOBS,))
        bad, good = json.loads(together["body"])
        for etag in ETAGS:
            batch = [Delivered(json.dumps(one).encode(), 1) for one in ({**bad, "etag": etag}, good)]
            await hear_outcomes(batch, driver.app.write_back, driver.app.events)
            assert (await dynamics.job(good["job"]))["spotler_resultcode"] == "OK", etag
