"""Does a Spotler Job with the operation Validate Automation tell what a start would send, and send nothing?"""

from __future__ import annotations

from typing import Any

from sandbox.scenario.dynamics import START
from sandbox.scenario.people import ALEX, INVOICE, Person
from tests.world import Live

VALIDATE = 724000003
SUCCEEDED, FAILED = 724000002, 724000004


def anniversary(*, published: bool) -> dict[str, Any]:
    """An automation that the seed data does not have."""
    trigger = {"code": "bbbbbbbb-0000-4000-8000-0000000000ab", "label": "Anniversary", "fields": []}
    number = "aaaaaaaa-0000-4000-8000-0000000000ab"
    return {"id": number, "name": "Anniversary", "published": published, "triggers": [trigger]}


async def validate(world: Live, person: Person, automation: str, fields: str | None) -> dict[str, Any]:
    """Save such a job and wait: the final row."""
    job = await world.dynamics.create_job(VALIDATE, person=person, automation=automation, fields=fields)
    return await world.dynamics.final(job)


async def test_it_lists_the_fields_and_sends_nothing(world: Live) -> None:
    """By type, with the field that has no value; nobody's run begins and nothing stands in the Timeline."""
    row = await validate(world, ALEX, INVOICE, "invoiceEmail=ap@example.org;invoiceCode=7;invoiceVatNumber=")
    assert (row["statuscode"], row["spotler_resultcode"]) == (SUCCEEDED, "OK")
    assert row["spotler_name"] == f"Validate {INVOICE}"
    message = row["spotler_resultmessage"]
    assert "STRING: invoiceEmail=ap@example.org; invoiceCode=7" in message
    assert "not sent: invoiceVatNumber." in message
    assert row["spotler_automationcontactid"] is None
    assert await world.runs() == []
    assert await world.mails() == []
    assert await world.dynamics.posts(ALEX) == {}


async def test_it_fails_as_the_start_does(world: Live) -> None:
    """The same code and the same words."""
    fields = "invoicemail=ap@example.org;invoiceCode=STRING"
    checked = await validate(world, ALEX, INVOICE, fields)
    started = await world.dynamics.final(
        await world.dynamics.create_job(START, person=ALEX, automation=INVOICE, fields=fields)
    )
    assert checked["statuscode"] == started["statuscode"] == FAILED
    assert checked["spotler_resultcode"] == started["spotler_resultcode"] == "INVALID_AUTOMATION_FIELDS"
    assert checked["spotler_resultmessage"] == started["spotler_resultmessage"]


async def test_it_doubts_what_was_withdrawn(world: Live) -> None:
    """An automation that the last sync found no longer published is a doubt, not a refusal."""
    await world.seed("spotler", {"automations": [anniversary(published=True)]})
    await world.refresh_by_job()
    entry = (await world.dynamics.catalogue())["🚀 Anniversary"]["spotler_automationid"]
    await world.seed("spotler", {"automations": [anniversary(published=False)]})
    await world.refresh_by_job()
    chosen = {"spotler_AutomationId@odata.bind": f"/spotler_automations({entry})"}
    row = await world.dynamics.final(await world.dynamics.create_job(VALIDATE, person=ALEX, more=chosen))
    assert row["statuscode"] == SUCCEEDED
    assert "no longer published" in row["spotler_resultmessage"]
