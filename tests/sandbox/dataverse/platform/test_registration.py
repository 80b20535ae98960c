"""Webhooks are registered as an endpoint and a step, and fire for as long as both stand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from sandbox.dataverse.service import Service
from tests.sandbox.dataverse.platform.administrator import (
    ENDPOINT,
    IN_SOLUTION,
    STEP,
    administrator,
    components,
    made,
    make_solution,
    make_table,
    some_id,
)
from tests.sandbox.dataverse.service import KIM, Client, code, serving, until
from tests.sandbox.dataverse.test_webhook import Receiver

FILTER = (
    "sdkmessagefilters?$select=sdkmessagefilterid&$filter=primaryobjecttypecode eq '{table}' and "
    "sdkmessageid/name eq '{message}'&$expand=sdkmessageid($select=sdkmessageid,name)"
)


def endpoint(url: str, **other: Any) -> dict[str, Any]:
    """The body of a webhook's endpoint."""
    return {
        "serviceendpointid": ENDPOINT,
        "name": "Acme intake",
        "contract": 8,
        "url": url,
        "authtype": 4,
        "authvalue": "first=key",
        "messageformat": 2,
    } | other


async def step(
    admin: Client, table: str = "contact", message: str = "Create", **other: Any
) -> dict[str, Any]:
    """The body of a step on a message of a table."""
    [found] = await admin.rows(FILTER.format(table=table, message=message))
    assert found["sdkmessageid"]["name"] == message
    return {
        "sdkmessageprocessingstepid": STEP,
        "name": f"Acme intake: {message} of {table}",
        "stage": 40,
        "mode": 1,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({ENDPOINT})",
        "sdkmessageid@odata.bind": f"/sdkmessages({found['sdkmessageid']['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({found['sdkmessagefilterid']})",
    } | other


@asynccontextmanager
async def received(*answers: int) -> AsyncIterator[tuple[Client, Receiver, str]]:
    """An administrator of a fresh environment, an app that listens, and the app's address."""
    receiver = Receiver(list(answers) or [202])
    app = web.Application()
    app.router.add_post("/api/things", receiver.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with serving(Service(key_index_seconds=0, repeat_after=0.01)) as client:
            yield administrator(client), receiver, f"http://127.0.0.1:{runner.addresses[0][1]}/api/things"
    finally:
        await runner.cleanup()


async def settled(admin: Client, count: int) -> list[dict[str, Any]]:
    """Wait until so many deliveries have ended; the deliveries."""
    ended = {"delivered", "failed"}
    deliveries = admin.service.webhook._deliveries
    await until(lambda: len(deliveries) == count and all(one.state in ended for one in deliveries))
    return list((await admin.control("GET", "webhook"))["deliveries"])


async def test_a_registered_step_fires_with_its_key() -> None:
    """The context names the step; the key stands in the query and nowhere else."""
    async with received() as (admin, receiver, url):
        await make_solution(admin)
        made(await admin("POST", "serviceendpoints", endpoint(url), **IN_SOLUTION))
        made(await admin("POST", "sdkmessageprocessingsteps", await step(admin), **IN_SOLUTION))
        assert {(95, ENDPOINT), (92, STEP)} <= await components(admin)
        made(await admin("POST", "contacts", {"contactid": STEP, "lastname": "New"}))
        [delivery] = await settled(admin, 1)
        assert (delivery["table"], delivery["id"]) == ("contact", STEP)
        assert receiver.queries == ["code=first%3Dkey"]
        [context] = receiver.contexts
        assert context["OwningExtension"]["Id"] == STEP
        assert (context["PrimaryEntityName"], context["PrimaryEntityId"]) == ("contact", STEP)
        shown = await admin.control("GET", "webhook")
        assert shown["url"] == url
        row = (await admin("GET", f"serviceendpoints({ENDPOINT})")).json()
        assert (row["authvalue"], row["isauthvalueset"]) == (None, True)
        assert "first" not in json.dumps([shown, row])


async def test_it_fires_for_its_table_and_while_it_is_enabled() -> None:
    """Disabled, enabled again, and gone; the key and the address can be changed."""
    async with received() as (admin, receiver, url):
        made(await admin("POST", "serviceendpoints", endpoint("http://localhost:9/")))
        made(await admin("POST", "sdkmessageprocessingsteps", await step(admin)))
        made(await admin("PATCH", f"serviceendpoints({ENDPOINT})", {"url": f"{url}?x=1"}))
        made(await admin("PATCH", f"serviceendpoints({ENDPOINT})", {"authvalue": "second"}))
        path = f"sdkmessageprocessingsteps({STEP})"
        made(await admin("POST", "accounts", {"name": "Other table"}))
        made(await admin("PATCH", f"contacts({KIM})", {"lastname": "Other message"}))
        made(await admin("PATCH", path, {"statecode": 1, "statuscode": 2}))
        made(await admin("POST", "contacts", {"lastname": "While disabled"}))
        made(await admin("PATCH", path, {"statecode": 0, "statuscode": 1}))
        made(await admin("POST", "contacts", {"lastname": "New"}))
        await settled(admin, 1)
        assert receiver.queries == ["x=1&code=second"]
        assert code(await admin("DELETE", f"serviceendpoints({ENDPOINT})")) == (400, "0x8004f01f")
        made(await admin("DELETE", path))
        made(await admin("DELETE", f"serviceendpoints({ENDPOINT})"))
        made(await admin("POST", "contacts", {"lastname": "Nobody listens"}))
        assert len(receiver.bodies) == 1


async def test_two_steps_are_two_deliveries() -> None:
    """As a doubled registration would be in the real service; a table of one's own can have steps too."""
    async with received() as (admin, receiver, url):
        await make_table(admin)
        made(await admin("POST", "serviceendpoints", endpoint(url)))
        ids = {some_id("one"), some_id("two")}
        for one in ids:
            body = await step(admin, "acme_thing", sdkmessageprocessingstepid=one)
            made(await admin("POST", "sdkmessageprocessingsteps", body))
        made(await admin("POST", "acme_things", {"acme_name": "New"}))
        await settled(admin, 2)
        assert {one["OwningExtension"]["Id"] for one in receiver.contexts} == ids
        made(await admin("DELETE", "EntityDefinitions(LogicalName='acme_thing')"))
        assert await admin.rows("sdkmessageprocessingsteps") == []


async def test_a_failed_delivery_names_its_step() -> None:
    """In the system job that the platform keeps."""
    async with received(500) as (admin, _receiver, url):
        made(await admin("POST", "serviceendpoints", endpoint(url)))
        made(await admin("POST", "sdkmessageprocessingsteps", await step(admin)))
        made(await admin("POST", "contacts", {"lastname": "New"}))
        await settled(admin, 1)
        [job] = await admin.rows("asyncoperations?$expand=owningextensionid($select=name)")
        assert (job["_owningextensionid_value"], job["statuscode"]) == (STEP, 31)
        assert job["name"] == job["owningextensionid"]["name"] == "Acme intake: Create of contact"


async def test_nothing_is_told_of_a_row_that_was_not_kept() -> None:
    """A refused changeset creates nothing and fires nothing."""
    async with received() as (admin, receiver, url):
        made(await admin("POST", "serviceendpoints", endpoint(url)))
        made(await admin("POST", "sdkmessageprocessingsteps", await step(admin)))
        assert (await admin("POST", "contacts", {"contactid": KIM})).status_code == 412
        made(await admin("POST", "contacts", {"lastname": "New"}))
        await settled(admin, 1)
        assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"url": "http://contoso.example.org:8080/"}, 400),
        ({"url": "https://contoso.example.org:80443/"}, 400),
        ({"url": "ftp://contoso.example.org/"}, 400),
        ({"url": "contoso"}, 400),
        ({"url": None}, 400),
        ({"name": None}, 400),
        ({"contract": 2}, 501),
        ({"authtype": 5}, 501),
        ({"url": "https://contoso.example.org/api"}, 204),
        ({"url": "http://contoso.example.org:80/api"}, 204),
        ({"url": "http://[::1]:7071/api"}, 204),
        ({"url": "http://localhost:7071/api"}, 204),
    ],
)
async def test_endpoints(admin: Client, wrong: dict[str, Any], status: int) -> None:
    """Two ports alone, but for addresses of this machine."""
    answer = await admin("POST", "serviceendpoints", endpoint("http://localhost:7071/") | wrong)
    assert answer.status_code == status


async def test_an_endpoint_has_a_name_of_its_own(admin: Client) -> None:
    """And nobody reads its key, also not back from a change."""
    made(await admin("POST", "serviceendpoints", endpoint("http://localhost:7071/")))
    again = endpoint("http://localhost:7071/", serviceendpointid=STEP)
    assert (await admin("POST", "serviceendpoints", again)).status_code == 400
    path = f"serviceendpoints({ENDPOINT})"
    changed = await admin("PATCH", path, {"authvalue": "hidden"}, Prefer="return=representation")
    assert "hidden" not in changed.text
    await admin("PATCH", path, {"authvalue": None})
    assert (await admin("GET", path)).json()["isauthvalueset"] is False


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"name": None}, 400),
        ({"stage": 20}, 400),
        ({"mode": 0}, 501),
        ({"supporteddeployment": 1}, 501),
        ({"rank": None}, 400),
        ({"configuration": "x"}, 400),
        ({"filteringattributes": "lastname"}, 400),
        ({"eventhandler_serviceendpoint@odata.bind": None}, 400),
        ({"eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({KIM})"}, 404),
        ({"sdkmessagefilterid@odata.bind": None}, 501),
        ({"EventHandler_ServiceEndpoint@odata.bind": f"/serviceendpoints({ENDPOINT})"}, 400),
        ({"SdkMessageId@odata.bind": None}, 400),
    ],
)
async def test_steps_refused(admin: Client, wrong: dict[str, Any], status: int) -> None:
    """What does not fit together, names in capitals, and kinds of steps that are not imitated."""
    made(await admin("POST", "serviceendpoints", endpoint("http://localhost:7071/")))
    answer = await admin("POST", "sdkmessageprocessingsteps", await step(admin) | wrong)
    assert answer.status_code == status
    assert await admin.rows("sdkmessageprocessingsteps") == []


async def test_message_and_filter_belong_together(admin: Client) -> None:
    """A filter of another message is refused, and steps on other messages are not imitated."""
    made(await admin("POST", "serviceendpoints", endpoint("http://localhost:7071/")))
    on_create, on_update = await step(admin), await step(admin, message="Update")
    name = "sdkmessagefilterid@odata.bind"
    mixed = on_create | {name: on_update[name]}
    assert (await admin("POST", "sdkmessageprocessingsteps", mixed)).status_code == 400
    assert (await admin("POST", "sdkmessageprocessingsteps", on_update)).status_code == 501
    made(await admin("POST", "sdkmessageprocessingsteps", on_create))
    path = f"sdkmessageprocessingsteps({STEP})"
    assert (await admin("PATCH", path, {name: on_update[name]})).status_code == 400
