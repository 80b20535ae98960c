"""The client over real sockets: every request is signed, and every failure says what can be done."""

from __future__ import annotations

import json
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from spotler import (
    AutomationField,
    Contract,
    CredentialsRefused,
    FieldType,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerClient,
    SpotlerError,
    WrongPath,
)
from tests.spotler import rfc5849
from tests.spotler.served import (
    KEY,
    SECRET,
    Reply,
    Served,
    answer,
    client_of,
    drop,
    half_body,
    never,
    serving,
)

FIELD = AutomationField("invoiceEmail", FieldType.STRING, ("ap@example.org",))
SECRETS = ("ap@example.org", "kim@example.org", SECRET)

Use = Callable[[SpotlerClient], Awaitable[object]]

WRITES: dict[str, Use] = {
    "trigger_automation": lambda client: client.trigger_automation("code", "kim@example.org", [FIELD]),
    "stop_automation": lambda client: client.stop_automation("a1", "kim@example.org"),
    "stop_run": lambda client: client.stop_run("5"),
    "trigger_campaign": lambda client: client.trigger_campaign("t1", "kim@example.org", [FIELD]),
    "stop_campaign": lambda client: client.stop_campaign("c1", "kim@example.org"),
}
READS: dict[str, Use] = {
    "list_automations": lambda client: client.list_automations(),
    "list_campaigns": lambda client: client.list_campaigns(),
    "campaign_mailings": lambda client: client.campaign_mailings("kim@example.org"),
    "contact_exists": lambda client: client.contact_exists("kim@example.org"),
}
EVERY = WRITES | READS | {"api_description": lambda client: client.api_description("automation")}


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    """A Spotler that answers 204 unless told otherwise."""
    async with serving() as served:
        served.reply = answer(204)
        yield served


@pytest.mark.parametrize("name", WRITES)
async def test_every_write_is_one_signed_json_request(served: Served, name: str) -> None:
    """The signature is verified by the server at each request."""
    async with client_of(served) as client:
        await WRITES[name](client)
    (asked,) = served.asked
    assert asked.method == "POST"
    assert asked.headers["accept"] == "application/json"
    assert asked.headers["content-type"] == "application/json"
    assert isinstance(json.loads(asked.body), dict)
    assert int(asked.headers["content-length"]) == len(asked.body)


async def test_an_encoded_id_reaches_the_wire_as_it_was_signed(served: Served) -> None:
    """Slash, percent, plus, space and what is not ASCII."""
    served.reply = answer(200, "{}")
    async with client_of(served) as client:
        assert await client.contact_exists("a/b %c+é@x")
    assert served.asked[0].path == "/integrationservice/contact/a%2Fb%20%25c%2B%C3%A9%40x"


async def test_calling_again_signs_anew(served: Served) -> None:
    """Repetition is the caller's, the nonce never is."""
    async with client_of(served) as client:
        for _ in range(3):
            await client.stop_run("5")
    headers = [rfc5849.parse_header(asked.headers["authorization"]).parameters for asked in served.asked]
    assert len({header["oauth_nonce"] for header in headers}) == 3


async def test_a_mixed_trigger_answer(served: Served) -> None:
    """Partial success with several runs."""
    body = {
        "result": "OK",
        "automationResults": [
            {"automationId": "a", "result": "OK", "automationContactId": 41},
            {"automationId": "b", "result": "AUTOMATION_INACTIVE"},
            {"automationId": "c", "result": "OK", "automationContactId": "42"},
        ],
    }
    served.reply = answer(200, json.dumps(body))
    async with client_of(served) as client:
        found = await client.trigger_automation("code", "x", [])
    assert found.run_ids == ("41", "42")
    assert [one.automation_id for one in found.refused] == ["b"]


async def test_lists_and_contacts(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Read whole; what had to be left out is counted in the log, without a name of it."""
    served.replies = {
        "automation/list": answer(200, '[{"id": 1, "triggers": [{"code": "c"}]}, {"name": "Kim"}]'),
        "campaign/list": answer(200, '[{"encryptedId": "c", "name": "W", "active": true}]'),
        "contact/1/campaign-mailings": answer(200, '{"campaignMailingHistories": [{"opened": true}]}'),
        "contact/1": answer(200, '{"externalId": "1"}'),
        "contact/2": answer(404, '{"errorType": "CONTACT_NOT_FOUND", "message": "no"}'),
        "contact/3": answer(400, '{"errorType": "CONTACT_NOT_FOUND", "message": "no"}'),
        "contact/4": answer(404, '{"errorType": "RESOURCE_NOT_FOUND", "message": "no"}'),
    }
    async with client_of(served) as client:
        with caplog.at_level(logging.WARNING, logger="spotler"):
            assert [one.id for one in await client.list_automations()] == ["1"]
        assert [one.encrypted_id for one in await client.list_campaigns()] == ["c"]
        assert [one.opened for one in await client.campaign_mailings("1")] == [True]
        assert [await client.contact_exists(one) for one in "1234"] == [True, False, False, False]
    (record,) = caplog.records
    assert record.getMessage() == "spotler_list_items_skipped"
    assert (vars(record)["list"], vars(record)["skipped"]) == ("automations", 1)
    assert "Kim" not in caplog.text


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(answer(200, "<html></html>", "text/html"), MayHaveBeenCarriedOut, id="html"),
        pytest.param(answer(200), MayHaveBeenCarriedOut, id="empty"),
        pytest.param(answer(204), MayHaveBeenCarriedOut, id="no content"),
        pytest.param(answer(404, "<html></html>", "text/html"), WrongPath, id="not found"),
        pytest.param(answer(302, Location="/elsewhere"), WrongPath, id="redirected"),
        pytest.param(half_body, MayHaveBeenCarriedOut, id="half a body"),
    ],
)
async def test_no_read_takes_a_misfit_for_an_answer(
    served: Served, name: str, reply: Reply, kind: type[SpotlerError]
) -> None:
    """Never an empty catalogue, never a missing contact, never a list of mailings."""
    served.reply = reply
    async with client_of(served) as client:
        with pytest.raises(SpotlerError) as raised:
            await READS[name](client)
    assert type(raised.value) is kind


@pytest.mark.parametrize("name", ["list_automations", "list_campaigns", "campaign_mailings"])
@pytest.mark.parametrize("body", ["{}", "null", '"text"', '{"items": [{"id": 1}]}'])
async def test_json_that_is_no_list_means_that_the_contract_does_not_fit(
    served: Served, name: str, body: str
) -> None:
    """A setting has to be mended; waiting will not help."""
    served.reply = answer(200, body)
    async with client_of(served) as client:
        with pytest.raises(WrongPath):
            await READS[name](client)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(drop, MayHaveBeenCarriedOut, id="dropped"),
        pytest.param(half_body, MayHaveBeenCarriedOut, id="half a body"),
        pytest.param(answer(500, "kim@example.org"), MayHaveBeenCarriedOut, id="500"),
        pytest.param(answer(502, "<html>", "text/html"), MayHaveBeenCarriedOut, id="502"),
        pytest.param(answer(401), CredentialsRefused, id="401"),
        pytest.param(answer(403, '{"errorType": "NOT_AUTHORIZED"}'), CredentialsRefused, id="403"),
        pytest.param(answer(429, Retry_After="3"), NotCarriedOut, id="429"),
        pytest.param(answer(503, Retry_After="3"), NotCarriedOut, id="503"),
    ],
)
async def test_failures_of_every_call(
    served: Served, name: str, reply: Reply, kind: type[SpotlerError]
) -> None:
    """One request, one verdict, and nothing personal in its text."""
    served.reply = reply
    async with client_of(served) as client:
        with pytest.raises(SpotlerError) as raised:
            await EVERY[name](client)
    assert type(raised.value) is kind
    assert len(served.asked) == 1
    if isinstance(raised.value, NotCarriedOut):
        assert raised.value.retry_after == 3.0
    told = f"{raised.value} {raised.value!r} {raised.value.__cause__!r}"
    assert not any(secret in told for secret in SECRETS)
    assert raised.value.__context__ is None or raised.value.__suppress_context__


@pytest.mark.parametrize("name", EVERY)
async def test_a_slow_answer_is_cut(served: Served, name: str) -> None:
    """The cut bounds every call; what was sent may have been carried out."""
    served.reply = never
    async with client_of(served, cut=0.05) as client:
        with pytest.raises(MayHaveBeenCarriedOut):
            await EVERY[name](client)


@pytest.mark.parametrize("name", EVERY)
async def test_no_connection_means_not_carried_out(name: str) -> None:
    """Nothing listens there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with client_of(Served(port=unused.getsockname()[1])) as client:
            with pytest.raises(NotCarriedOut) as raised:
                await EVERY[name](client)
    assert raised.value.status is None
    assert raised.value.retry_after is None


async def test_a_refusal_of_a_trigger_tells_its_reasons(served: Served) -> None:
    """417 with what each automation says."""
    served.reply = answer(
        417,
        '{"result": "NOT_TRIGGERED", "automationResults": [{"automationId": "a", "result": "AUTOMATION_INACTIVE"}]}',
        X_Request_Id="r-7",
    )
    async with client_of(served) as client:
        with pytest.raises(Refused) as raised:
            await client.trigger_automation("code", "x", [])
    assert raised.value.reasons == ("AUTOMATION_INACTIVE",)
    assert str(raised.value) == (
        "the request was refused (Spotler answered 417 NOT_TRIGGERED), request id r-7"
    )


async def test_an_id_that_cannot_be_sent_is_refused_without_a_request(served: Served) -> None:
    """Nothing on the wire, and nothing to retry."""
    async with client_of(served) as client:
        with pytest.raises(Refused):
            await client.stop_automation("..", "x")
    assert served.asked == []


@pytest.mark.parametrize(
    "reply",
    [
        answer(404),
        answer(501),
        answer(200, "<html>", "text/html"),
        answer(200, "[]"),
        answer(200),
        answer(400),
    ],
)
async def test_no_description_is_none(served: Served, reply: Reply) -> None:
    """Spotler need not publish one."""
    served.reply = reply
    async with client_of(served) as client:
        assert await client.api_description(None) is None


async def test_a_description_is_given_as_it_is(served: Served) -> None:
    """The index and a resource."""
    served.replies = {
        "api-docs": answer(200, '{"apis": []}'),
        "api-docs/automation": answer(200, '{"swaggerVersion": "1.2"}'),
    }
    async with client_of(served) as client:
        assert await client.api_description(None) == {"apis": []}
        assert await client.api_description("automation") == {"swaggerVersion": "1.2"}


async def test_another_contract_is_followed(served: Served) -> None:
    """Path, method and names."""
    served.reply = answer(200, '{"items": []}')
    contract = Contract.overridden(
        {
            "automation_list_path": "automations/all",
            "automation_list_array": "items",
            "run_stop_method": "PUT",
        }
    )
    async with client_of(served, contract) as client:
        assert await client.list_automations() == ()
        await client.stop_run("5")
    assert [(asked.method, asked.path) for asked in served.asked] == [
        ("GET", "/integrationservice/automations/all"),
        ("PUT", "/integrationservice/automation/stop"),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "restapi.mailplus.nl",
        "ftp://host/x",
        "https://",
        "https://u:p@host/",
        "https://h/x?y=1",
        "http://[",
        "/x",
    ],
)
async def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    """And not at the first call."""
    async with httpx.AsyncClient() as http:
        with pytest.raises(ValueError, match="address of Spotler"):
            SpotlerClient(url, KEY, SECRET, http=http)


async def test_a_slash_at_the_end_of_the_address_changes_nothing(served: Served) -> None:
    """People write it either way."""
    async with httpx.AsyncClient() as http:
        await SpotlerClient(f" {served.url}/ ", KEY, SECRET, http=http).stop_run("5")
    assert served.asked[0].path == "/integrationservice/automation/stop"
