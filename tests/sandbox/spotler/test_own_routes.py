"""What can only a sandbox do: seed, remove, finish, show mails, and play faults on Mail+?"""

from __future__ import annotations

import asyncio
import re
import sys
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from sandbox.spotler import seed
from sandbox.spotler.mails import rendered
from sandbox.spotler.runs import Kind
from tests.sandbox.spotler import ids
from tests.sandbox.spotler.conftest import Spotler
from tests.sandbox.spotler.ids import INVOICE, INVOICE_CODE, JOURNEY_CODE, KIM, NOOR, WELCOME_CODE

PAGE = Path(__file__).parents[3] / "docs" / "sandbox-spotler.md"


async def start(spotler: Spotler, code: str, contact: str = KIM, *fields: dict[str, Any]) -> int:
    """Start an automation; gives the status."""
    body = {"externalContactId": contact, "automationFields": list(fields)}
    return (await spotler.call("POST", f"automation/trigger/{code}", body)).status


async def test_the_mail_of_a_run_is_shown_with_its_fields(spotler: Spotler) -> None:
    """Empty and absent values leave blanks; lists are joined; the addressee has a name."""
    await start(
        spotler,
        INVOICE_CODE,
        KIM,
        {"name": "invoiceEmail", "value": "ap@example.org"},
        {"name": "invoiceCode", "value": ""},
    )
    await start(
        spotler, JOURNEY_CODE, KIM, {"name": "crosssell", "type": "PRODUCTLIST", "values": ["1", "2"]}
    )
    first, second = (await spotler.control("GET", "mails")).json
    runs = await spotler.runs()
    assert [first["runId"], second["runId"]] == [run["runId"] for run in runs]
    assert first["to"] == {"externalId": KIM, "name": "Kim Jansen"}
    assert first["subject"] == "Please check your invoice details"
    assert first["text"] == "We send your invoices to: ap@example.org\nYour reference: \nVAT number: \n"
    assert second["text"] == "Goes well with your purchase: 1, 2\nRead on: \n"


async def test_a_marketer_sees_how_often_each_trigger_was_used(spotler: Spotler) -> None:
    """What is not published is there too, and says so; a run that was stopped still counts."""
    await start(spotler, INVOICE_CODE)
    await start(spotler, JOURNEY_CODE)
    (run, _) = await spotler.runs()
    await spotler.call("POST", "automation/stop", {"automationContactId": run["runId"]})
    told = {one["name"]: one for one in (await spotler.control("GET", "publisher")).json}
    counts = {name: (one["live"], one["triggered"], one["running"]) for name, one in told.items()}
    assert counts["Invoice"] == (True, 1, 0)
    assert counts["New Customer Journey"] == (True, 1, 1)
    assert counts["Draft Journey"] == (False, 0, 0)
    assert counts["Black Friday"] == (True, 0, 0)
    assert told["Black Friday"]["kind"] == "campaign"


async def test_an_automation_without_messages_shows_its_fields(spotler: Spotler) -> None:
    """Rows seeded in the plain form have a mail too; a campaign names what it was sent."""
    code = "bbbbbbbb-0000-4000-8000-0000000000ff"
    triggers = [{"code": code, "label": "L", "fields": [{"name": "a", "type": "STRING"}, {"name": "b"}]}]
    await spotler.seed(
        automations=[{"id": code, "name": "Plain", "published": True, "triggers": triggers}],
        campaigns=[{"encryptedId": "c", "name": "C", "triggers": [{"encryptedId": "t", "name": "T"}]}],
    )
    await start(spotler, code, KIM, {"name": "a", "value": "1"})
    sent = {"externalContactId": KIM, "campaignFields": [{"name": "z", "value": "9"}]}
    assert (await spotler.call("POST", "campaign/trigger/t", sent)).status == 204
    told = (await spotler.control("GET", "mails")).json
    assert [(one["subject"], one["text"]) for one in told] == [("Plain", "a: 1\nb: \n"), ("C", "z: 9\n")]


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("[automationField:a]", "[automationField:b]"),
        ("[automationfield:a][AUTOMATIONFIELD:b]", "[automationField:b]B"),
        ("[automationField:A]", ""),
        ("[campaignField:a]", "[campaignField:a]"),
        ("[automationField:a", "[automationField:a"),
    ],
)
def test_placeholders_are_filled_once(template: str, text: str) -> None:
    """The keyword has no case, the name has; what a value brings along is not looked at again."""
    assert rendered(template, Kind.AUTOMATION, {"a": "[automationField:b]", "b": "B"}) == text


async def test_seed_adds_and_replaces_and_reset_goes_back(spotler: Spotler) -> None:
    """Noor becomes known, Invoice is renamed; afterwards all is as it was, but run ids do not come again."""
    await spotler.seed(
        contacts=[{"externalId": NOOR}],
        automations=[{"id": INVOICE, "name": "Bill", "published": True, "triggers": []}],
    )
    assert await start(spotler, WELCOME_CODE, NOOR) == 200
    assert (await spotler.call("GET", "automation/list")).json[0]["name"] == "Bill"
    (before,) = await spotler.runs()
    assert (await spotler.control("POST", "reset")).status == 200
    assert await start(spotler, WELCOME_CODE, NOOR) == 404
    assert (await spotler.call("GET", "automation/list")).json[0]["name"] == "Invoice"
    assert await spotler.runs() == []
    assert await start(spotler, WELCOME_CODE) == 200
    (after,) = await spotler.runs()
    assert after["runId"] != before["runId"]


async def test_rows_can_vanish(spotler: Spotler) -> None:
    """Gone from the list; what runs goes on and can still be seen."""
    await start(spotler, INVOICE_CODE)
    gone = {"automations": [INVOICE], "campaigns": ["cMpA9x2", "none"], "contacts": [KIM]}
    answer = await spotler.control("POST", "remove", gone)
    assert answer.json == {"automations": 1, "campaigns": 1, "contacts": 1}
    assert await start(spotler, INVOICE_CODE) == 404
    assert len((await spotler.call("GET", "campaign/list")).json) == 1
    (mail,) = (await spotler.control("GET", "mails")).json
    assert mail["to"] == {"externalId": KIM, "name": KIM}


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("seed", {"automation": []}, "automation is not known here"),
        ("seed", {"automations": {}}, "automations must be a list"),
        ("seed", {"automations": [5]}, "automations[0] must be an object"),
        ("seed", {"automations": [{"name": "x"}]}, "automations[0].id must be a text"),
        ("seed", {"automations": [{"id": "x", "name": ""}]}, "automations[0].name must be a text"),
        ("seed", {"automations": [{"id": "x", "name": "x", "published": "yes"}]}, "must be true or false"),
        ("seed", {"automations": [{"id": "x", "name": "x", "participation": "twice"}]}, "must be one of"),
        (
            "seed",
            {"campaigns": [{"encryptedId": "x", "name": "x", "triggers": [{"name": "t"}]}]},
            "campaigns[0].triggers[0].encryptedId must be a text",
        ),
        ("seed", {"campaigns": [{"encryptedId": "x", "name": "x", "selection": KIM}]}, "a list of texts"),
        ("seed", {"contacts": [{"externalId": "x", "properties": []}]}, "properties must be an object"),
        ("seed", {"contacts": [{"externalId": "x", "mail": "y"}]}, "contacts[0].mail is not known here"),
        ("remove", {"runs": []}, "runs is not known here"),
        ("remove", {"contacts": KIM}, "contacts must be a list of texts"),
        ("finish", {}, "The body must be"),
        ("finish", {"runId": "5"}, "no run"),
    ],
)
async def test_what_is_not_understood_is_told_and_changes_nothing(
    spotler: Spotler, path: str, body: dict[str, Any], word: str
) -> None:
    """400 with the place of the mistake."""
    before = (await spotler.call("GET", "automation/list")).text
    answer = await spotler.control(
        "POST", path, {"contacts": [{"externalId": NOOR}], **body} if path == "seed" else body
    )
    assert answer.status == 400
    assert word in answer.json["error"]
    assert (await spotler.call("GET", "automation/list")).text == before
    assert await start(spotler, WELCOME_CODE, NOOR) == 404


async def test_a_run_finishes_once(spotler: Spotler) -> None:
    """The second time there is nothing to finish."""
    await start(spotler, WELCOME_CODE)
    (run,) = await spotler.runs()
    finished = await spotler.control("POST", "finish", {"runId": run["runId"]})
    assert (finished.json["state"], finished.json["endedOn"] >= run["startedOn"]) == ("finished", True)
    again = await spotler.control("POST", "finish", {"runId": run["runId"]})
    assert (again.status, again.json) == (400, {"error": "That run is finished already."})


@pytest.mark.parametrize(("kind", "started"), [("drop_before", 0), ("drop_after", 1)])
async def test_a_dropped_trigger_has_its_effect_or_not(spotler: Spotler, kind: str, started: int) -> None:
    """The client sees the same; the runs tell."""
    await spotler.control("POST", "faults", {"match": "POST /automation/trigger", "kind": kind, "times": 1})
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await start(spotler, WELCOME_CODE)
    assert len(await spotler.runs()) == started
    assert await start(spotler, WELCOME_CODE) == 200


async def test_a_fault_of_kind_status_answers_in_the_vendors_form(spotler: Spotler) -> None:
    """An error type where the service itself would answer so; none where a gateway would."""
    told = {}
    for status in (401, 500, 503):
        await spotler.control("DELETE", "faults")
        fault = {"match": "* /", "kind": "status", "status": status, "retry_after": "2"}
        await spotler.control("POST", "faults", fault)
        answer = await spotler.call("GET", "campaign/list")
        assert (answer.status, answer.headers["Retry-After"]) == (status, "2")
        told[status] = answer.json.get("errorType")
    assert told == {401: "AUTH_NOT_FOUND", 500: "BACKEND_EXCEPTION", 503: None}


async def test_calls_are_journalled_without_the_control(spotler: Spotler) -> None:
    """Method, path and status of each call, under its base path."""
    await start(spotler, WELCOME_CODE)
    await spotler.call("GET", "form/list")
    told = (await spotler.control("GET", "journal")).json
    assert [(one["method"], one["path"], one["status"]) for one in told] == [
        ("POST", f"/integrationservice/automation/trigger/{WELCOME_CODE}", 200),
        ("GET", "/integrationservice/form/list", 501),
    ]


def test_the_seed_is_the_documented_one() -> None:
    """Every id of the seed file stands on its page, and Noor is not known to Mail+."""
    page = PAGE.read_text(encoding="utf-8")
    fresh = seed.fresh()
    codes = [one.code for each in fresh.automations.values() for one in each.triggers]
    triggers = [one.encrypted_id for each in fresh.campaigns.values() for one in each.triggers]
    for told in [*fresh.automations, *codes, *fresh.campaigns, *triggers, *fresh.contacts, *fresh.keys]:
        assert f"`{told}`" in page
    assert NOOR not in fresh.contacts
    assert {value for name, value in vars(ids).items() if name.isupper()} <= set(
        re.findall(r"`([^`]+)`", page)
    )


async def test_it_is_started_as_a_module() -> None:
    """`python -m sandbox.spotler --port 0` tells its port, and bad options are refused."""
    command = (sys.executable, "-m", "sandbox.spotler")
    pipe = asyncio.subprocess.PIPE
    refused = await asyncio.create_subprocess_exec(*command, "--max-concurrency", "0", stderr=pipe)
    assert b"must be 1 or more" in (await refused.communicate())[1]
    assert refused.returncode == 2
    process = await asyncio.create_subprocess_exec(*command, "--port", "0", stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(15):
            word, name, port = (await process.stdout.readline()).decode().split()
            assert (word, name) == ("ready", "spotler")
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{port}/_sandbox/runs") as answer,
            ):
                assert await answer.json() == []
            process.terminate()
            assert (await process.communicate())[0] == b""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
