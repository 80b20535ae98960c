"""Created jobs are told to the app in the wire form and with the retry rule of the platform."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from sandbox.dataverse.execution_context import SIZE_LIMIT, serialized
from sandbox.dataverse.service import Service
from sandbox.dataverse.webhook import AT_A_TIME
from tests.sandbox.dataverse.service import KIM, START, Client, serving, until
from tests.sandbox.dataverse.test_batch import changeset, multipart, part, send, statuses

TYPE = "http://schemas.microsoft.com/xrm/2011/Contracts"
MEMBERS = [
    "BusinessUnitId",
    "CorrelationId",
    "Depth",
    "InitiatingUserAgent",
    "InitiatingUserAzureActiveDirectoryObjectId",
    "InitiatingUserId",
    "InputParameters",
    "IsExecutingOffline",
    "IsInTransaction",
    "IsOfflinePlayback",
    "IsolationMode",
    "MessageName",
    "Mode",
    "OperationCreatedOn",
    "OperationId",
    "OrganizationId",
    "OrganizationName",
    "OutputParameters",
    "OwningExtension",
    "ParentContext",
    "PostEntityImages",
    "PreEntityImages",
    "PrimaryEntityId",
    "PrimaryEntityName",
    "RequestId",
    "SecondaryEntityName",
    "SharedVariables",
    "Stage",
    "UserAzureActiveDirectoryObjectId",
    "UserId",
]


@dataclass
class Receiver:
    """An app that answers with the given statuses in turn, the last of them for ever; 0 = not at all."""

    answers: list[int]
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    inside: int = 0
    most: int = 0

    async def receive(self, request: web.Request) -> web.Response:
        """One delivery."""
        self.bodies.append(await request.read())
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        self.queries.append(request.query_string)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if status == 0:
                await self.open.wait()
                status = 202
            return web.Response(status=status)
        finally:
            self.inside -= 1

    @property
    def contexts(self) -> list[dict[str, Any]]:
        """The bodies, read."""
        return [json.loads(body) for body in self.bodies]


@asynccontextmanager
async def told(*answers: int, time_limit: float = 5.0) -> AsyncIterator[tuple[Client, Receiver]]:
    """A service whose webhook points at a receiver."""
    receiver = Receiver(list(answers) or [202])
    app = web.Application(client_max_size=8 * 2**20)
    app.router.add_post("/api/spotler-jobs", receiver.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/api/spotler-jobs?code=sandbox-key"
    try:
        service = Service(installed=True, webhook=url, repeat_after=0.01, webhook_time_limit=time_limit)
        async with serving(service) as client:
            yield client, receiver
    finally:
        receiver.open.set()
        await runner.cleanup()


async def states(client: Client, *wanted: str) -> list[dict[str, Any]]:
    """Wait until the deliveries have these states; the deliveries."""
    async with asyncio.timeout(5):
        while True:
            deliveries = list((await client.control("GET", "webhook"))["deliveries"])
            if [one["state"] for one in deliveries] == list(wanted):
                return deliveries
            await asyncio.sleep(0.005)


async def test_the_wire_form() -> None:
    """All members in alphabetical order, typed values, the parent with only what the caller sent."""
    async with told() as (client, receiver):
        await client("PATCH", "spotler_automations(spotler_key='a1')", {"spotler_name": "Welcome"})
        automation = (await client("GET", "spotler_automations(spotler_key='a1')")).json()[
            "spotler_automationid"
        ]
        job = await client.job(
            **{
                "spotler_AutomationId@odata.bind": f"/spotler_automations({automation})",
                "spotler_automationfields": "a=1\nlink=https://example.org/ä\t\\n",
                "spotler_name": "Start / now",
                "spotler_retryon": "2026-01-31T09:15:00Z",
            }
        )
        await until(lambda: len(receiver.bodies) == 1)
    [context], [raw], [headers] = receiver.contexts, receiver.bodies, receiver.headers
    assert list(context) == MEMBERS
    assert list(context["ParentContext"]) == MEMBERS
    assert context["PrimaryEntityId"] == job["spotler_jobid"]
    assert (context["PrimaryEntityName"], context["MessageName"]) == ("spotler_job", "Create")
    assert (context["Mode"], context["Stage"], context["ParentContext"]["Stage"]) == (1, 40, 30)
    assert context["OutputParameters"] == [{"key": "id", "value": job["spotler_jobid"]}]
    [target] = context["InputParameters"]
    assert target["key"] == "Target"
    assert target["value"]["__type"] == f"Entity:{TYPE}"
    assert (target["value"]["Id"], target["value"]["LogicalName"]) == (job["spotler_jobid"], "spotler_job")
    attributes = {one["key"]: one["value"] for one in target["value"]["Attributes"]}
    assert attributes["spotler_operation"] == {"__type": f"OptionSetValue:{TYPE}", "Value": START}
    assert attributes["spotler_customerid"] == {
        "__type": f"EntityReference:{TYPE}",
        "Id": KIM,
        "KeyAttributes": [],
        "LogicalName": "contact",
        "Name": None,
        "RowVersion": None,
    }
    assert attributes["statuscode"]["Value"] == 1
    assert attributes["spotler_retryon"] == "/Date(1769850900000)/"
    assert attributes["spotler_jobid"] == job["spotler_jobid"]
    assert "spotler_leadid" not in attributes
    labels = {one["key"]: one["value"] for one in target["value"]["FormattedValues"]}
    assert labels["statuscode"] == "Queued"
    sent = {one["key"] for one in context["ParentContext"]["InputParameters"][0]["value"]["Attributes"]}
    assert "spotler_name" in sent
    assert not sent & {"statuscode", "createdon", "spotler_sequence"}
    [image] = context["PostEntityImages"]
    assert image["key"] == "AsynchronousStepPrimaryName"
    assert "__type" not in image["value"]
    assert re.fullmatch(r"/Date\(\d+\+0000\)/", context["OperationCreatedOn"])
    # On the wire: slashes and line ends escaped, other text as it is.
    assert rb"Start \/ now" in raw
    assert rb"a=1\u000alink=https:\/\/example.org\/" + "ä".encode() + rb"\u0009\\n" in raw
    assert receiver.queries == ["code=sandbox-key"]
    assert headers["x-ms-dynamics-entity-name"] == "spotler_job"
    assert headers["x-ms-dynamics-request-name"] == "Create"
    assert headers["x-ms-dynamics-organization"]
    assert headers["x-ms-correlation-request-id"] == context["CorrelationId"]
    assert "x-ms-dynamics-msg-size-exceeded" not in headers


@pytest.mark.parametrize(
    "value", ["/", "\\/", "\n", "\\n", '"\\"', "a\\\\n/\r\n\t", "</script>", "ä€🚀", "\x00\x1f"]
)
def test_escaping_changes_no_value(value: str) -> None:
    """However text is escaped, a reader gets the same text."""
    assert json.loads(serialized({value: [value]})) == {value: [value]}
    assert b"\n" not in serialized(value)


async def test_only_created_jobs_are_told() -> None:
    """Not changes, not other tables, not seed rows, not what was undone; upserts and batches are."""
    async with told() as (client, receiver):
        job = await client.job()
        await client("PATCH", f"spotler_jobs({job['spotler_jobid']})", {"spotler_name": "x"}, If_Match="*")
        await client("POST", "contacts", {"firstname": "New"})
        await client.control("POST", "seed", {"spotler_jobs": [{"spotler_operation": START}]})
        new = f'{{"spotler_operation":{START}}}'
        body = multipart(
            "batch_1",
            changeset(part("POST", "spotler_jobs", new), part("DELETE", f"contacts({START})")),
            changeset(part("POST", "spotler_jobs", new), part("POST", "spotler_jobs", new)),
            part("PATCH", f"spotler_jobs({KIM})", new),
        )
        assert statuses(await send(client, body, carry_on=True)) == [400, 204, 204, 204]
        await states(client, *["delivered"] * 4)
        ids = [context["PrimaryEntityId"] for context in receiver.contexts]
        assert len(set(ids)) == 4
        assert {job["spotler_jobid"], KIM} <= set(ids)


async def test_a_body_above_256_kb_loses_four_members() -> None:
    """The header says so, and the id is still there."""
    async with told() as (client, receiver):
        await client.job(spotler_automationfields="x" * SIZE_LIMIT)
        await client.job(spotler_automationfields="x" * 1000)
        await states(client, "delivered", "delivered")
    large, small = sorted(zip(receiver.headers, receiver.contexts, strict=True), key=lambda one: len(one[1]))
    assert "x-ms-dynamics-msg-size-exceeded" in large[0]
    assert set(MEMBERS) - set(large[1]) == {
        "ParentContext",
        "InputParameters",
        "PreEntityImages",
        "PostEntityImages",
    }
    assert large[1]["PrimaryEntityId"]
    assert "x-ms-dynamics-msg-size-exceeded" not in small[0]


@pytest.mark.parametrize(
    ("answers", "attempts", "errorcode"),
    [
        ((200,), 1, None),
        ((202,), 1, None),
        ((204,), 1, None),
        ((503, 202), 2, None),
        ((502, 204), 2, None),
        ((504, 200), 2, None),
        ((503,), 2, 0x80050201),
        ((503, 500), 2, 0x80050201),
        ((500,), 1, 0x80050201),
        ((400,), 1, 0x80050201),
        ((401,), 1, 0x80050201),
        ((404,), 1, 0x80050201),
        ((429,), 1, 0x80050201),
        ((302,), 1, 0x80050201),
    ],
)
async def test_one_more_attempt_only_after_502_503_504(
    answers: tuple[int, ...], attempts: int, errorcode: int | None
) -> None:
    """Everything else is final; a failure becomes a system job that the health check can count."""
    async with told(*answers) as (client, receiver):
        job = await client.job()
        [delivery] = await states(client, "failed" if errorcode else "delivered")
        assert len(delivery["statuses"]) == len(receiver.bodies) == attempts
        query = (
            "asyncoperations?$filter=statuscode eq 31 and messagename eq 'Create'&$orderby=completedon desc"
        )
        failed = await client.rows(query)
        if errorcode is None:
            assert failed == []
            return
        [row] = failed
        assert row["errorcode"] == errorcode - 2**32
        assert (row["statecode"], row["retrycount"]) == (3, attempts - 1)
        assert row["_regardingobjectid_value"] == job["spotler_jobid"]
        assert f"{delivery['statuses'][-1]}" in row["message"]
        step = await client.rows(
            f"asyncoperations?$filter=_owningextensionid_value eq {row['_owningextensionid_value']}"
        )
        assert len(step) == 1


async def test_no_answer_in_time_is_a_failure() -> None:
    """A time-out is not repeated."""
    async with told(0, time_limit=0.1) as (client, receiver):
        await client.job()
        await states(client, "failed")
        [row] = await client.rows("asyncoperations")
        assert row["errorcode"] == 0x80050202 - 2**32
        assert len(receiver.bodies) == 1


async def test_nobody_there_is_a_failure() -> None:
    """A refused connection is not repeated either."""
    closed = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    port = closed.sockets[0].getsockname()[1]
    closed.close()
    await closed.wait_closed()
    async with serving(Service(installed=True, webhook=f"http://127.0.0.1:{port}/")) as client:
        await client.job()
        [delivery] = await states(client, "failed")
        assert delivery["statuses"] == [None]
        [row] = await client.rows("asyncoperations")
        assert row["errorcode"] == 0x80050205 - 2**32


async def test_switches() -> None:
    """Deliveries can be lost, doubled and delayed; the list shows what became of each."""
    async with told() as (client, receiver):
        await client.control("POST", "webhook", {"lose": 1, "duplicate": 1, "delay": 0.05})
        first, second, third = [(await client.job())["spotler_jobid"] for _ in range(3)]
        deliveries = await states(client, "lost", "delivered", "delivered", "delivered")
        assert [one["id"] for one in deliveries] == [first, second, second, third]
        assert sorted(one["PrimaryEntityId"] for one in receiver.contexts) == sorted([second, second, third])
        shown = await client.control("GET", "webhook")
        assert (shown["lose"], shown["duplicate"], shown["delay"]) == (0, 0, 0.05)
        assert "sandbox-key" not in json.dumps(shown)
        for wrong in ({"loose": 1}, {"lose": -1}, {"url": 5}, {"delay": True}):
            assert (await client.http.post("/_sandbox/webhook", json=wrong)).status_code == 400


async def test_the_address_can_be_moved_and_taken_away() -> None:
    """Tests put another receiver, or none, in the place of the registered endpoint; a reset ends that."""
    async with told() as (client, receiver):
        registered = await client.control("GET", "webhook")
        assert registered["url"].endswith("/api/spotler-jobs")
        moved = f"{registered['url']}?code=other"
        assert (await client.control("POST", "webhook", {"url": moved}))["url"] == registered["url"]
        await client.job()
        await states(client, "delivered")
        assert receiver.queries == ["code=other"]
        assert (await client.control("POST", "webhook", {"url": None}))["url"] is None
        await client.job()
        assert len((await client.control("GET", "webhook"))["deliveries"]) == 1
        await client.control("POST", "reset")
        await client.job()
        await states(client, "delivered")
        assert receiver.queries == ["code=other", "code=sandbox-key"]


async def test_without_a_step_nothing_is_told(client: Client) -> None:
    """No webhook is registered then, and an address alone is none."""
    await client.control("POST", "webhook", {"url": "http://127.0.0.1:9/"})
    await client.job()
    assert await client.control("POST", "webhook", {"url": None}) == {
        "url": None,
        "lose": 0,
        "duplicate": 0,
        "delay": 0.0,
        "deliveries": [],
    }


async def test_a_save_does_not_wait_for_the_webhook_and_deliveries_are_bounded() -> None:
    """Jobs are stored while the app is stuck, and at most so many deliveries are under way."""
    async with told(0) as (client, receiver):
        for _ in range(AT_A_TIME + 4):
            await client.job()
        await until(lambda: receiver.inside == AT_A_TIME)
        receiver.open.set()
        await states(client, *["delivered"] * (AT_A_TIME + 4))
        assert receiver.most == AT_A_TIME


async def test_reset_forgets_deliveries_under_way() -> None:
    """An old job's delivery must not appear in a fresh world."""
    async with told() as (client, receiver):
        await client.control("POST", "webhook", {"delay": 30})
        await client.job()
        await client.control("POST", "reset")
        assert (await client.control("GET", "webhook"))["deliveries"] == []
        await client.job()
        await states(client, "delivered")
        assert len(receiver.bodies) == 1
