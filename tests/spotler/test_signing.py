"""Our signatures against the published examples of RFC 5849 and an independent reading of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oauthlib.oauth1 import Client

from spotler.signing import OAuth1
from tests.spotler import rfc5849

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)

PROTOCOL = {
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_timestamp",
    "oauth_signature_method",
    "oauth_version",
    "oauth_signature",
}


class StoppedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """The moment."""
        return NOW

    def monotonic(self) -> float:
        """No time passes."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Not waited for."""


def signed(request: httpx.Request, credentials: tuple[str, str] = ("key", "hush")) -> str:
    """The header that a request leaves with."""
    flow = OAuth1(*credentials, clock=StoppedClock()).auth_flow(request)
    return str(next(flow).headers["Authorization"])


# The published examples, which the independent reading has to reproduce before it may judge us.

INITIATE = (
    "POST",
    "https://photos.example.net/initiate",
    {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131200",
        "oauth_nonce": "wIjqoS",
        "oauth_callback": "http://printer.example.com/ready",
    },
)


def test_the_independent_reading_reproduces_the_signatures_of_section_1_2() -> None:
    """A request without a token, and one with query and token."""
    text = rfc5849.base_string(*INITIATE)
    assert rfc5849.signature(text, "kd94hf93k423kf44") == "74KNZJeDHnMBp0EMJ9ZHt/XKycU="
    photos = {
        "oauth_consumer_key": "dpf43f3p2l4k3l03",
        "oauth_token": "nnch734d00sl2jdk",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "137131202",
        "oauth_nonce": "chapoH",
    }
    address = "http://photos.example.net/photos?file=vacation.jpg&size=original"
    text = rfc5849.base_string("GET", address, photos)
    assert rfc5849.signature(text, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00") == "MdpQcU8iPSUjWoN/UDMsK2sui9I="


def test_the_independent_reading_reproduces_the_base_string_of_section_3_4_1_1() -> None:
    """Repeated, empty, encoded and plus-encoded parameters, from query and form."""
    text = rfc5849.base_string(
        "POST",
        "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        {
            "realm": "Example",
            "oauth_consumer_key": "9djdj82h48djs9d2",
            "oauth_token": "kkk9d7dh3k39sjv7",
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": "137131201",
            "oauth_nonce": "7d8f3e4a",
            "oauth_signature": "bYT5CMsGcbgUdFHObYMEfcx6bsw=",
        },
        form="c2&a3=2+q",
    )
    assert text == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c"
        "%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_m"
        "ethod%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_the_library_we_sign_with_reproduces_the_published_signature() -> None:
    """The example has no oauth_version, which the library otherwise always sends."""

    class WithoutVersion(Client):
        def get_oauth_params(self, request: Any) -> list[tuple[str, str]]:
            parameters = super().get_oauth_params(request)  # type: ignore[no-untyped-call]  # its stub
            return [pair for pair in parameters if pair[0] != "oauth_version"]

    client = WithoutVersion(
        "dpf43f3p2l4k3l03",
        client_secret="kd94hf93k423kf44",
        callback_uri="http://printer.example.com/ready",
        nonce="wIjqoS",
        timestamp="137131200",
    )
    _, headers, _ = client.sign(INITIATE[1], "POST")
    assert 'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"' in headers["Authorization"]


# What we send.


def test_the_header_holds_the_parameters_of_a_consumer_and_no_other() -> None:
    """No realm, no token, no body hash: no known client of Spotler sends those."""
    request = httpx.Request("POST", "http://localhost/automation/trigger/1", json={"externalContactId": "1"})
    found = rfc5849.verify("POST", "http://localhost/automation/trigger/1", signed(request), "hush")
    assert set(found.order) == PROTOCOL
    assert found.parameters["oauth_consumer_key"] == "key"
    assert found.parameters["oauth_signature_method"] == "HMAC-SHA1"
    assert found.parameters["oauth_version"] == "1.0"
    assert found.parameters["oauth_timestamp"] == str(int(NOW.timestamp()))


def test_the_body_is_neither_signed_nor_touched() -> None:
    """A library that signs bodies has been seen to empty them."""
    request = httpx.Request("POST", "http://localhost/x", json={"a": "é + %"})
    body = request.content
    signed(request)
    assert request.content == body
    assert request.headers["Content-Type"] == "application/json"


def test_every_send_has_a_nonce_of_its_own() -> None:
    """Also when the very same request is sent again by the same object."""
    auth = OAuth1("key", "hush", clock=StoppedClock())
    request = httpx.Request("GET", "http://localhost/x")
    headers = [str(next(auth.auth_flow(request)).headers["Authorization"]) for _ in range(50)]
    assert len({rfc5849.parse_header(header).parameters["oauth_nonce"] for header in headers}) == 50
    assert len(headers[0].split("OAuth ")) == 2


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:7081/integrationservice/contact/a%2Fb%40c",
        "https://restapi.mailplus.nl:443/integrationservice/campaign/list",
        "http://LOCALHOST:80",
        "http://localhost?",
        "http://localhost/a?x[]=1&x[0]=2&{y}=|",
        "http://localhost/a?p=50%25&q=1+1&r=1%2B1&s=%20&t=&u&t=2&t=1",
        "http://localhost/a?name=Zo%C3%AB&stadt=K%C3%B6ln",
        "http://localhost/a?email%3Dkim%40example.org",
        "http://localhost/a?=nameless&&b==",
        "http://localhost/a/%C3%A9/x~y-z_.!$&'()*,=:@",
        "http://[::1]:7081/a?b=c",
        "http://localhost/a?x=1#fragment",
    ],
)
def test_addresses_with_edges(url: str) -> None:
    """What goes on the wire is what is signed; brackets in a query do not raise."""
    request = httpx.Request("GET", url)
    on_the_wire = f"{request.url.scheme}://{request.headers['Host']}{request.url.raw_path.decode()}"
    rfc5849.verify("GET", on_the_wire, signed(request), "hush")


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAME = TEXT.filter(lambda name: not name.startswith("oauth_"))  # reserved by the protocol


@settings(deadline=None)  # a noisy machine is no fault
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    segments=st.lists(TEXT.filter(lambda text: text not in {"", ".", ".."}), max_size=3),
    parameters=st.lists(st.tuples(NAME, TEXT), max_size=5),
    credentials=st.tuples(TEXT.filter(bool), TEXT),
    body=st.none() | st.dictionaries(TEXT, TEXT, max_size=2),
)
def test_any_request_verifies(
    method: str,
    segments: list[str],
    parameters: list[tuple[str, str | int | float | bool | None]],
    credentials: tuple[str, str],
    body: dict[str, str] | None,
) -> None:
    """Any path, parameters, credentials and body, in any characters."""
    path = "/".join(quote(segment, safe="") for segment in segments)
    request = httpx.Request(
        method, f"http://localhost:7081/service/{path}", params=httpx.QueryParams(parameters), json=body
    )
    on_the_wire = f"http://{request.headers['Host']}{request.url.raw_path.decode()}"
    found = rfc5849.verify(method, on_the_wire, signed(request, credentials), credentials[1])
    assert found.parameters["oauth_consumer_key"] == credentials[0]
    assert set(found.order) == PROTOCOL


@settings(deadline=None)  # a noisy machine is no fault
@given(
    query=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#%"), max_size=30)
)
def test_any_bare_query_verifies(query: str) -> None:
    """Queries that nobody has encoded, as a setting may hold them."""
    pieces = [piece for piece in query.split("&") if not piece.startswith("oauth_")]
    request = httpx.Request("GET", f"http://localhost/a?{'&'.join(pieces)}")
    on_the_wire = f"http://{request.headers['Host']}{request.url.raw_path.decode()}"
    rfc5849.verify("GET", on_the_wire, signed(request), "hush")
