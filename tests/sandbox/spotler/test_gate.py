"""Who is let in over HTTP, and what is refused at the door?"""

from __future__ import annotations

import asyncio

import pytest
from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

from sandbox.spotler.application import application
from tests.sandbox.spotler.conftest import Method, Spotler, served
from tests.sandbox.spotler.ids import KIM, WELCOME_CODE

JSON = {"Accept": "application/json", "Content-Type": "application/json"}


@pytest.mark.parametrize("base", ["/integrationservice", "/integrationservice-1.1.0"])
async def test_both_bases_answer(spotler: Spotler, base: str) -> None:
    """Clients use either prefix."""
    spotler.base = base
    assert (await spotler.call("GET", "automation/list")).status == 200


async def test_a_signature_in_the_query_is_accepted(spotler: Spotler) -> None:
    """The vendor's own WordPress plugin signs that way."""
    url = f"{spotler.address}/integrationservice/contact/{KIM}/campaign-mailings?after=0"
    client = Client("sandbox-key", "sandbox-secret", signature_type=SIGNATURE_TYPE_QUERY)
    address, _, _ = client.sign(url, "GET")
    assert (await spotler.send("GET", address, None, {"Accept": "application/json"})).status == 200


async def test_a_wrong_secret_is_401_in_the_vendors_form(spotler: Spotler) -> None:
    """ErrorResponse with AUTH_NOT_FOUND."""
    spotler.secret = "wrong"
    answer = await spotler.call("GET", "campaign/list")
    assert (answer.status, answer.json["errorType"]) == (401, "AUTH_NOT_FOUND")
    assert answer.headers["WWW-Authenticate"] == "OAuth"


async def test_an_unsigned_trigger_has_no_effect(spotler: Spotler) -> None:
    """401, and nothing runs."""
    url = f"{spotler.address}/integrationservice/automation/trigger/{WELCOME_CODE}"
    body = b'{"externalContactId": "' + KIM.encode() + b'"}'
    assert (await spotler.send("POST", url, body, JSON)).status == 401
    assert await spotler.runs() == []


async def test_a_replayed_request_is_refused(spotler: Spotler) -> None:
    """The same nonce and timestamp do not start a second run."""
    url = f"{spotler.address}/integrationservice/automation/trigger/{WELCOME_CODE}"
    _, headers, _ = Client("sandbox-key", "sandbox-secret").sign(url, "POST")
    body = b'{"externalContactId": "' + KIM.encode() + b'"}'
    assert (await spotler.send("POST", url, body, JSON | headers)).status == 200
    assert (await spotler.send("POST", url, body, JSON | headers)).status == 401
    assert len(await spotler.runs()) == 1


async def test_a_body_hash_is_refused(spotler: Spotler) -> None:
    """Signing with the body, as oauthlib does by default for JSON, is a mistake to be shown."""
    url = f"{spotler.address}/integrationservice/automation/trigger/{WELCOME_CODE}"
    body = '{"externalContactId": "' + KIM + '"}'
    client = Client("sandbox-key", "sandbox-secret")
    _, headers, _ = client.sign(url, "POST", body, {"Content-Type": "application/json"})
    answer = await spotler.send("POST", url, body.encode(), JSON | headers)
    assert (answer.status, "oauth_body_hash" in answer.json["message"]) == (401, True)


async def test_a_key_without_licence_is_403(spotler: Spotler) -> None:
    """Signed well, yet not allowed; the seed can switch it."""
    spotler.key, spotler.secret = "unlicensed-key", "unlicensed-secret"
    answer = await spotler.call("GET", "campaign/list")
    assert (answer.status, answer.json["errorType"]) == (403, "NOT_AUTHORIZED")
    await spotler.seed(keys=[{"key": "unlicensed-key", "secret": "unlicensed-secret", "licensed": True}])
    assert (await spotler.call("GET", "campaign/list")).status == 200


@pytest.mark.parametrize("accept", ["", "*/*", "application/xml", "text/html"])
async def test_xml_is_not_imitated(spotler: Spotler, accept: str) -> None:
    """Where the live service would answer XML, the sandbox says 406 and why."""
    answer = await spotler.call("GET", "campaign/list", headers={"Accept": accept})
    assert (answer.status, "XML" in answer.json["message"]) == (406, True)


@pytest.mark.parametrize("kind", ["", "application/xml", "text/plain"])
async def test_only_json_is_read(spotler: Spotler, kind: str) -> None:
    """415 for every other body."""
    path = f"automation/trigger/{WELCOME_CODE}"
    answer = await spotler.call("POST", path, {"externalContactId": KIM}, headers={"Content-Type": kind})
    assert answer.status == 415
    assert await spotler.runs() == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", f"contact/{KIM}"),
        ("GET", "contact/search"),
        ("GET", "form/list"),
        ("DELETE", "automation/list"),
    ],
)
async def test_what_is_not_imitated_is_501(spotler: Spotler, method: Method, path: str) -> None:
    """A sentence names what is missing."""
    answer = await spotler.call(method, path, b"{}" if method == "PUT" else None)
    assert (answer.status, path in answer.json["message"]) == (501, True)


async def test_outside_the_base_path_there_is_nothing(spotler: Spotler) -> None:
    """A wrong base URL is a 404 without any known code."""
    spotler.base = "/integrationservices"
    answer = await spotler.call("GET", "campaign/list")
    assert answer.status == 404
    assert "errorType" not in answer.text


async def test_more_calls_at_a_time_than_allowed_are_429() -> None:
    """With Retry-After; and the part is open again afterwards."""
    async with served(application(latency=0.1, most_at_a_time=2)) as spotler:
        told = await asyncio.gather(*(spotler.call("GET", "campaign/list") for _ in range(5)))
        assert sorted(one.status for one in told) == [200, 200, 429, 429, 429]
        assert {one.headers["Retry-After"] for one in told if one.status == 429} == {"1"}
        assert (await spotler.call("GET", "campaign/list")).status == 200


async def test_the_description_is_public_and_tells_every_path(spotler: Spotler) -> None:
    """Swagger 1.2: resources, then operations and models; every model it refers to is there."""
    address = f"{spotler.address}/integrationservice"
    listing = (await spotler.send("GET", f"{address}/api-docs", None, {})).json
    assert listing["swaggerVersion"] == "1.2"
    paths = set()
    for resource in listing["apis"]:
        told = (await spotler.send("GET", f"{address}/api-docs{resource['path']}", None, {})).json
        assert (told["basePath"], told["resourcePath"]) == (address, resource["path"])
        paths |= {(one["operations"][0]["method"], one["path"]) for one in told["apis"]}
        wanted = {part.split('"')[0] for part in str(told).replace("'", '"').split('"$ref": "')[1:]}
        wanted |= {
            answer["responseModel"]
            for api in told["apis"]
            for answer in api["operations"][0]["responseMessages"]
            if "responseModel" in answer
        }
        assert wanted - {"Map[string,Object]"} <= set(told["models"])
    assert paths == {
        ("POST", "/automation/trigger/{triggerCode}"),
        ("GET", "/automation/list"),
        ("POST", "/automation/{automationId}/stop"),
        ("POST", "/automation/stop"),
        ("POST", "/campaign/trigger/{encryptedTriggerId}"),
        ("GET", "/campaign/list"),
        ("POST", "/campaign/{encryptedCampaignId}/stop"),
        ("GET", "/campaign/{encryptedCampaignId}/mailing"),
        ("GET", "/contact/{externalId}"),
        ("GET", "/contact/{externalId}/campaign-mailings"),
    }
    assert (await spotler.send("GET", f"{address}/api-docs/order", None, {})).status == 501
