"""Does a sync tell what it changed and which unfinished jobs that breaks, in few requests, and once?"""

from __future__ import annotations

import json
from typing import Any

from sandbox.scenario.dynamics import START
from sandbox.scenario.people import ALEX, KIM
from tests.world import Live

LABEL = "🚀 Anniversary"


def anniversary(
    *fields: tuple[str, str], published: bool = True, label: str = "Anniversary"
) -> dict[str, list[dict[str, Any]]]:
    """An automation that the seed data does not have."""
    trigger = {
        "code": "bbbbbbbb-0000-4000-8000-0000000000ac",
        "label": label,
        "fields": [{"name": name, "type": kind} for name, kind in fields],
    }
    number = "aaaaaaaa-0000-4000-8000-0000000000ac"
    return {
        "automations": [{"id": number, "name": "Anniversary", "published": published, "triggers": [trigger]}]
    }


async def refreshed(world: Live) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The answer to a refresh, and the requests that Dataverse got for it."""
    await world.clear_journal("dataverse")
    answer = await world.refresh()
    assert answer.status == 200, answer
    requests = [one for one in await world.journal("dataverse") if "/token" not in one["path"]]
    return answer.json, requests


async def notes(world: Live, label: str = LABEL) -> list[str]:
    """Texts of the notes on an automation's row."""
    rows = await world.dynamics.read(f"spotler_automations?$filter=spotler_name eq '{label}'")
    found = await world.dynamics.read(
        f"annotations?$filter=_objectid_value eq {rows[0]['spotler_automationid']}"
    )
    return sorted(note["notetext"] for note in found)


async def waiting_start(world: Live, person: Any, fields: str) -> str:
    """A start that waits, because Spotler asks for patience."""
    job = await world.dynamics.create_job(START, person=person, automation=LABEL, fields=fields)

    async def waits() -> bool:
        return bool((await world.dynamics.job(job))["statuscode"] == 724000001)

    await world.until(waits)
    return job


async def test_what_changed_is_noted_and_no_change_is_not(world: Live) -> None:
    """Additions get no note; fields, names and withdrawals do, each with at most two more requests."""
    await world.seed("spotler", anniversary(("code", "STRING"), ("vat", "STRING")))
    told, new = await refreshed(world)
    assert told["added"] == [LABEL]
    assert await notes(world) == []

    told, unchanged = await refreshed(world)
    assert told["brokenJobs"] == told["fields"] == told["renames"] == []
    assert len(unchanged) == len(new) - 1

    await world.seed("spotler", anniversary(("code", "URL"), ("email", "STRING")))
    told, changed = await refreshed(world)
    assert len(changed) <= len(new) + 2
    assert told["fields"] == [
        {
            "automation": LABEL,
            "added": [{"name": "email", "type": "STRING"}],
            "removed": ["vat"],
            "retyped": [{"name": "code", "from": "STRING", "to": "URL"}],
        }
    ]
    (first,) = await notes(world)
    assert "Fields removed: vat." in first

    await world.seed("spotler", anniversary(("code", "URL"), ("email", "STRING"), published=False))
    told, _ = await refreshed(world)
    assert told["deactivated"] == [LABEL]
    assert len(await notes(world)) == 2
    assert "No longer published in Spotler." in await notes(world)

    await world.seed("spotler", anniversary(("code", "URL"), ("email", "STRING"), label="Jubilee"))
    told, _ = await refreshed(world)
    assert told["renames"] == [{"from": LABEL, "to": "🚀 Jubilee"}]
    assert len(await notes(world, "🚀 Jubilee")) == 3
    await refreshed(world)
    assert len(await notes(world, "🚀 Jubilee")) == 3


async def test_unfinished_jobs_that_break_are_named(world: Live) -> None:
    """By id in the answer and by name in the note; those that still fit are not."""
    await world.seed("spotler", anniversary(("code", "STRING"), ("vat", "STRING")))
    await refreshed(world)
    await world.fault(
        "spotler", match="POST /automation/trigger", kind="status", status=503, retry_after="600"
    )
    breaks = await waiting_start(world, ALEX, "code=7;vat=NL1")
    fits = await waiting_start(world, KIM, "code=7")
    await world.seed("spotler", anniversary(("code", "STRING")))
    told, requests = await refreshed(world)
    assert [job["id"] for job in told["brokenJobs"]] == [breaks]
    assert told["brokenJobs"][0]["reason"] == "FIELDS"
    assert told["message"].startswith(
        f"Unfinished jobs that this breaks: 1 (1 of {LABEL}, whose fields changed)."
    )
    assert sum(1 for one in requests if "spotler_jobs" in one["path"]) == 1
    (note,) = await notes(world)
    assert f"Unfinished jobs that this breaks: 1 (Start {LABEL})." in note

    await world.seed("spotler", anniversary(("code", "STRING"), published=False))
    row = await world.refresh_by_job()
    assert f"2 of {LABEL}, which was withdrawn" in row["spotler_resultmessage"]
    assert fits not in json.dumps(row["spotler_resultmessage"])
