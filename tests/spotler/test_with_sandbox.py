"""The client and its command against the sandbox Spotler, a process of its own that shares no code with us."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from spotler import (
    AutomationField,
    CredentialsRefused,
    FieldType,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerClient,
    SpotlerError,
    WrongPath,
)

ROOT = Path(__file__).parents[2]
KEY, SECRET = "sandbox-key", "sandbox-secret"

ACCOUNT: dict[str, Any] = {
    "automations": [
        {
            "id": "auto-1",
            "name": "Order",
            "published": True,
            "triggers": [
                {
                    "code": "code-1",
                    "label": "Order placed",
                    "fields": [
                        {"name": "orderNo", "type": "STRING"},
                        {"name": "goods", "type": "PRODUCTLIST"},
                    ],
                }
            ],
        },
        {
            "id": "auto-2",
            "name": "Sketch",
            "published": False,
            "triggers": [{"code": "code-2", "label": "Sketch", "fields": []}],
        },
    ],
    "campaigns": [
        {
            "encryptedId": "camp-1",
            "name": "Spring",
            "active": True,
            "triggers": [{"encryptedId": "trig-1", "name": "Spring start"}],
        }
    ],
    "contacts": [{"externalId": "known/1 é+%"}],
}
PERSON = "known/1 é+%"


@pytest.fixture(scope="module")
def root() -> Iterator[str]:
    """The root address of a running sandbox Spotler, on a port of its own."""
    command = [sys.executable, "-m", "sandbox.spotler", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        deadline = threading.Timer(30, process.kill)
        deadline.start()
        assert process.stdout is not None
        words = process.stdout.readline().split()
        deadline.cancel()
        assert words[:2] == ["ready", "spotler"]
        yield f"http://127.0.0.1:{words[2]}"
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture(autouse=True)
async def control(root: str) -> AsyncIterator[httpx.AsyncClient]:
    """What the sandbox lets a test see and set; the seed data and `ACCOUNT` are there at the start."""
    async with httpx.AsyncClient(base_url=f"{root}/_sandbox/") as http:
        for path, body in (("reset", {}), ("seed", ACCOUNT)):
            assert (await http.post(path, json=body)).is_success
        yield http


@pytest.fixture
async def client(root: str) -> AsyncIterator[SpotlerClient]:
    """A client with the sandbox's key."""
    async with httpx.AsyncClient() as http:
        yield SpotlerClient(f"{root}/integrationservice", KEY, SECRET, http=http, cut=5.0)


async def runs(control: httpx.AsyncClient) -> list[dict[str, Any]]:
    """The runs of the person, oldest first."""
    found: list[dict[str, Any]] = (await control.get("runs")).json()
    return [run for run in found if run["externalContactId"] == PERSON]


async def refused(call: Any) -> Refused:
    """The refusal that a call ends with."""
    with pytest.raises(Refused) as raised:
        await call
    return raised.value


async def test_lists(client: SpotlerClient) -> None:
    """Both kinds, with codes, ids, fields and types."""
    automations = {one.id: one for one in await client.list_automations()}
    assert automations["auto-1"].published
    assert not automations["auto-2"].published
    (trigger,) = automations["auto-1"].triggers
    assert (trigger.code, trigger.label) == ("code-1", "Order placed")
    assert trigger.fields is not None
    assert [(one.name, one.type) for one in trigger.fields] == [
        ("orderNo", FieldType.STRING),
        ("goods", FieldType.PRODUCTLIST),
    ]
    campaigns = {one.encrypted_id: one for one in await client.list_campaigns()}
    assert campaigns["camp-1"].active
    assert [one.encrypted_id for one in campaigns["camp-1"].triggers] == ["trig-1"]


async def test_start_and_stop_an_automation(client: SpotlerClient, control: httpx.AsyncClient) -> None:
    """Fields arrive as sent; the run id stops just that run; the person stops the rest."""
    fields = (
        AutomationField("orderNo", FieldType.STRING, ("50% & more + é",)),
        AutomationField("goods", FieldType.PRODUCTLIST, ("1", "2")),
    )
    first = await client.trigger_automation("code-1", PERSON, fields)
    second = await client.trigger_automation("code-1", PERSON, ())
    assert [one.automation_id for one in first.started] == ["auto-1"]
    assert first.refused == ()
    (run_id,) = first.run_ids
    assert (await runs(control))[0]["fields"] == {"orderNo": "50% & more + é", "goods": ["1", "2"]}

    await client.stop_run(run_id)
    assert [run["state"] for run in await runs(control)] == ["stopped", "running"]
    await client.stop_automation("auto-1", PERSON)
    assert [run["state"] for run in await runs(control)] == ["stopped", "stopped"]

    assert (await refused(client.stop_run(run_id))).code == "INVALID_STATE"
    assert (await refused(client.stop_automation("auto-1", PERSON))).code == "INVALID_STATE"
    assert second.run_ids != first.run_ids


async def test_start_and_stop_a_campaign(client: SpotlerClient, control: httpx.AsyncClient) -> None:
    """By the trigger's id and by the campaign's own."""
    await client.trigger_campaign("trig-1", PERSON, [AutomationField("code", FieldType.STRING, ("x",))])
    (run,) = await runs(control)
    assert (run["kind"], run["state"], run["fields"]) == ("campaign", "running", {"code": "x"})
    sent = await client.campaign_mailings(PERSON)
    assert len(sent) >= 1
    assert {one.mailing_id for one in sent} <= await client.mailing_ids("camp-1")
    await client.stop_campaign("camp-1", PERSON)
    assert (await runs(control))[0]["state"] == "stopped"
    assert (await refused(client.stop_campaign("camp-1", PERSON))).status == 400


async def test_refusals(client: SpotlerClient) -> None:
    """Each documented one, in both of Spotler's forms."""
    assert (await refused(client.trigger_automation("nothing", PERSON, ()))).code == "TRIGGER_NOTFOUND"
    assert (await refused(client.trigger_automation("code-1", "nobody", ()))).contact_missing
    assert (await refused(client.trigger_automation("code-2", PERSON, ()))).reasons == (
        "AUTOMATION_INACTIVE",
    )
    assert (await refused(client.trigger_campaign("nothing", PERSON, ()))).status == 404
    assert (await refused(client.trigger_campaign("trig-1", "nobody", ()))).contact_missing
    assert (await refused(client.stop_campaign("nothing", PERSON))).code == "CAMPAIGN_NOTFOUND"
    assert (await refused(client.stop_automation("nothing", PERSON))).code == "RESOURCE_NOT_FOUND"
    assert (await refused(client.stop_automation("auto-1", "nobody"))).contact_missing
    assert (await refused(client.stop_run("999999"))).code == "RESOURCE_NOT_FOUND"


async def test_contacts(client: SpotlerClient) -> None:
    """An id with everything in it that a path minds."""
    assert await client.contact_exists(PERSON)
    assert not await client.contact_exists("nobody")


@pytest.mark.parametrize(("key", "secret"), [(KEY, "wrong"), ("wrong", SECRET)])
async def test_wrong_credentials(root: str, key: str, secret: str) -> None:
    """The sandbox verifies signatures with code of its own."""
    async with httpx.AsyncClient() as http:
        with pytest.raises(CredentialsRefused):
            await SpotlerClient(f"{root}/integrationservice", key, secret, http=http).list_campaigns()


async def test_a_wrong_address(root: str) -> None:
    """Never a missing contact."""
    async with httpx.AsyncClient() as http:
        wrong = SpotlerClient(f"{root}/elsewhere", KEY, SECRET, http=http)
        with pytest.raises(WrongPath):
            await wrong.contact_exists(PERSON)


@pytest.mark.parametrize(
    ("fault", "kind", "started"),
    [
        ({"kind": "drop_before"}, MayHaveBeenCarriedOut, 0),
        ({"kind": "drop_after"}, MayHaveBeenCarriedOut, 1),
        ({"kind": "half_body"}, MayHaveBeenCarriedOut, 1),
        ({"kind": "html"}, MayHaveBeenCarriedOut, None),
        ({"kind": "status", "status": 500}, MayHaveBeenCarriedOut, 0),
        ({"kind": "status", "status": 503}, MayHaveBeenCarriedOut, 0),
        ({"kind": "status", "status": 503, "retry_after": "2"}, NotCarriedOut, 0),
        ({"kind": "status", "status": 429, "retry_after": "2"}, NotCarriedOut, 0),
    ],
)
async def test_faults(
    client: SpotlerClient,
    control: httpx.AsyncClient,
    fault: dict[str, Any],
    kind: type[SpotlerError],
    started: int | None,
) -> None:
    """What may have been carried out is told so, and never what surely was not."""
    body = {"match": "POST /automation/trigger", "times": 1} | fault
    assert (await control.post("faults", json=body)).is_success
    with pytest.raises(SpotlerError) as raised:
        await client.trigger_automation("code-1", PERSON, ())
    assert type(raised.value) is kind
    if isinstance(raised.value, NotCarriedOut):
        assert raised.value.retry_after == 2.0
    if started is not None:
        assert len(await runs(control)) == started


async def command(root: str, *arguments: str, settings: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run `python -m spotler smoke` as a process; its status and its text."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPOTLER_")}
    environment |= {"SPOTLER_KEY": KEY, "SPOTLER_SECRET": SECRET, "SPOTLER_URL": f"{root}/integrationservice"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "utf8", "-m", "spotler", "smoke", *arguments),
        cwd=ROOT,
        env=environment | dict(settings or {}),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(30):
        output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


async def test_the_command_confirms_every_guess(root: str, control: httpx.AsyncClient) -> None:
    """By the sandbox's description, its lists and one run."""
    status, text = await command(root, "--trigger", "code-1", "--contact", PERSON)
    assert status == 0, text
    assert " wrong " not in text
    assert "cannot be told" not in text
    assert SECRET not in text
    assert PERSON not in text
    assert len(await runs(control)) == 1


async def test_the_command_starts_nothing_unasked(root: str, control: httpx.AsyncClient) -> None:
    """It only reads."""
    await control.delete("journal")
    status, _ = await command(root)
    assert status == 0
    journal = (await control.get("journal")).json()
    assert {entry["method"] for entry in journal} == {"GET"}


async def test_the_command_mends_wrong_guesses(root: str) -> None:
    """What it advises makes the next try succeed."""
    wrong = {
        "SPOTLER_CONTRACT_AUTOMATION_LIST_PATH": "automation/all",
        "SPOTLER_CONTRACT_TRIGGER_CODE": "externalCode",
        "SPOTLER_CONTRACT_AUTOMATION_FIELDS": "fields",
        "SPOTLER_CONTRACT_RUN_ID": "runId",
        "SPOTLER_CONTRACT_AUTOMATION_STOP_METHOD": "PUT",
        "SPOTLER_CONTRACT_AUTOMATION_STOP_PATH": "automation/stop/{automationId}",
        "SPOTLER_CONTRACT_RUN_STOP_PATH": "run/{automationContactId}/stop",
        "SPOTLER_CONTRACT_RUN_STOP_RUN": "-",
    }
    status, text = await command(root, settings=wrong)
    assert status == 1
    advised = dict(
        line.removeprefix("Set ").split("=", 1)
        for line in map(str.strip, text.splitlines())
        if line.startswith("Set ")
    )
    assert set(advised) == set(wrong)
    status, text = await command(root, settings=advised)
    assert status == 0, text


async def test_the_command_refuses_a_setting_that_is_none(root: str) -> None:
    """Status 2: nothing was looked at."""
    status, text = await command(root, settings={"SPOTLER_CONTRACT_AUTOMATION_STOP_PATH": "automation/stop"})
    assert status == 2
    assert "{automationId}" in text
