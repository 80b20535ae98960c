"""Is a signature accepted exactly when it is one?"""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.oauth1 import SIGNATURE_TYPE_QUERY, Client

from sandbox.spotler.oauth1 import (
    WINDOW_SECONDS,
    NotSigned,
    Signed,
    Verifier,
    base_string,
    base_string_uri,
    collect,
    header_parameters,
    signature,
)

NOW = 1_800_000_000
SECRET = "sécret &%"
URL = "http://localhost:7081/integrationservice/contact/a%2Fb?after=0&q=a%20b&q="


def test_the_signature_base_string_of_the_published_example() -> None:
    """RFC 5849, section 3.4.1.1, with a form in the body and a realm in the header."""
    signed = Signed(
        "POST",
        "http://example.com/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b",
        'OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", '
        'oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", '
        'oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D"',
        "application/x-www-form-urlencoded",
        b"c2&a3=2+q",
    )
    parameters, _ = collect(signed)
    assert base_string(signed.method, signed.url, parameters) == (
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D"
        "%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"
        "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201"
        "%26oauth_token%3Dkkk9d7dh3k39sjv7"
    )


def test_the_signature_of_the_published_example_without_a_token() -> None:
    """RFC 5849, section 1.2: the request for temporary credentials is signed by a consumer alone."""
    signed = Signed(
        "POST",
        "https://photos.example.net/initiate",
        'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", '
        'oauth_timestamp="137131200", oauth_nonce="wIjqoS", '
        'oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", '
        'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
    )
    verifier = Verifier(secrets={"dpf43f3p2l4k3l03": "kd94hf93k423kf44"}.get, now=lambda: 137131200)
    assert verifier.check(signed) == "dpf43f3p2l4k3l03"


@pytest.mark.parametrize(
    ("url", "uri"),
    [
        ("HTTP://EXAMPLE.COM:80/r%20v/X?id=123", "http://example.com/r%20v/X"),
        ("https://www.example.net:8080/?q=1", "https://www.example.net:8080/"),
        ("https://example.net:443", "https://example.net/"),
        ("http://[::1]:7081/a", "http://[::1]:7081/a"),
    ],
)
def test_the_base_string_uri(url: str, uri: str) -> None:
    """RFC 5849, section 3.4.1.2, its two examples first."""
    assert base_string_uri(url) == uri


def signed_by_oauthlib(url: str, *, in_query: bool = False, stamp: int = NOW) -> Signed:
    """A GET of `url`, signed by an independent implementation."""
    kind = {"signature_type": SIGNATURE_TYPE_QUERY} if in_query else {}
    client = Client("kéy", SECRET, timestamp=str(stamp), **kind)
    address, headers, _ = client.sign(url, "GET")
    return Signed("GET", address, headers.get("Authorization"))


def verifier(now: float = NOW) -> Verifier:
    """One that knows the key of `signed_by_oauthlib`."""
    return Verifier(secrets={"kéy": SECRET}.get, now=lambda: now)


_word = st.text(min_size=1, max_size=8).filter(lambda text: not text.startswith("oauth_"))
_text = st.text(max_size=8)


@given(
    st.lists(st.text(max_size=6), max_size=3), st.lists(st.tuples(_word, _text), max_size=4), st.booleans()
)
def test_whatever_an_independent_signer_signs_is_accepted(
    path: list[str], query: list[tuple[str, str]], in_query: bool
) -> None:
    """Any path and any query, in the header and in the query."""
    url = "http://localhost:7081/i/" + "/".join(quote(one, safe="") for one in path)
    url += "?" + "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in query)
    url = url.removesuffix("?")
    assert verifier().check(signed_by_oauthlib(url, in_query=in_query)) == "kéy"


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", URL),
        ("GET", URL.replace("after=0", "after=1")),
        ("GET", URL + "&more=1"),
        ("GET", URL.replace("7081", "7082")),
        ("GET", URL.replace("contact", "campaign")),
        ("GET", URL.replace("a%2Fb", "a/b")),
        ("GET", URL.partition("?")[0]),
    ],
)
def test_what_was_changed_after_signing_is_refused(method: str, url: str) -> None:
    """Method, host, port, path and query are all signed."""
    with pytest.raises(NotSigned, match="not the signature"):
        verifier().check(Signed(method, url, signed_by_oauthlib(URL).authorization))


def hand_signed(*, by: str = SECRET, **changes: str | None) -> Signed:
    """A request whose protocol parameters can be anything, signed by this file's own arithmetic."""
    protocol = {
        "oauth_consumer_key": "kéy",
        "oauth_nonce": "n",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(NOW),
        "oauth_version": "1.0",
    }
    told = {name: value for name, value in (protocol | changes).items() if value is not None}
    if "oauth_signature" not in changes:
        text = base_string("GET", "http://h/p", told.items())
        told["oauth_signature"] = base64.b64encode(signature(text, by)).decode()
    header = ", ".join(f'{name}="{quote(value, safe="")}"' for name, value in told.items())
    return Signed("GET", "http://h/p", f"OAuth {header}")


def test_version_and_an_empty_token_may_be_left_out_or_given() -> None:
    """RFC 5849, section 3.1: both may be left out."""
    assert verifier().check(hand_signed()) == "kéy"
    assert verifier().check(hand_signed(oauth_version=None)) == "kéy"
    assert verifier().check(hand_signed(oauth_token="")) == "kéy"


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"oauth_consumer_key": None}, "oauth_consumer_key is missing"),
        ({"oauth_consumer_key": "other"}, "oauth_consumer_key is not known"),
        ({"oauth_nonce": ""}, "oauth_nonce is missing"),
        ({"oauth_signature": None}, "oauth_signature is missing"),
        ({"oauth_signature": "%%%"}, "not base 64"),
        ({"oauth_signature": "é"}, "not base 64"),
        ({"oauth_signature": "c2hvcnQ="}, "not the signature"),
        ({"oauth_signature_method": "PLAINTEXT"}, "not HMAC-SHA1"),
        ({"oauth_version": "2.0"}, "not 1.0"),
        ({"oauth_timestamp": "soon"}, "not a number"),
        ({"oauth_timestamp": "-5"}, "not a number"),
        ({"oauth_timestamp": "٣"}, "not a number"),
        ({"oauth_timestamp": str(NOW - WINDOW_SECONDS - 1)}, "seconds away"),
        ({"oauth_timestamp": str(NOW + WINDOW_SECONDS + 1)}, "seconds away"),
        ({"oauth_body_hash": "x"}, "no body hash"),
        ({"oauth_token": "x"}, "only consumer keys"),
    ],
)
def test_each_defect_is_refused_by_name(changes: dict[str, str | None], word: str) -> None:
    """The sentence says which parameter is at fault."""
    with pytest.raises(NotSigned, match=word):
        verifier().check(hand_signed(by=SECRET, **changes))


def test_the_wrong_secret_is_refused() -> None:
    """Even when everything else is right."""
    with pytest.raises(NotSigned, match="not the signature"):
        verifier().check(hand_signed(by="other"))


@pytest.mark.parametrize("stamp", [NOW - WINDOW_SECONDS, NOW + WINDOW_SECONDS])
def test_a_timestamp_at_the_edge_of_the_window_is_accepted(stamp: int) -> None:
    """Five minutes either way."""
    assert verifier().check(signed_by_oauthlib(URL, stamp=stamp)) == "kéy"


def test_a_nonce_is_used_up_by_the_request_it_signed() -> None:
    """The same request again is refused; a request that was refused uses up nothing."""
    one = verifier()
    good = hand_signed()
    with pytest.raises(NotSigned, match="not the signature"):
        one.check(hand_signed(by="other"))
    assert one.check(good) == "kéy"
    with pytest.raises(NotSigned, match="used before"):
        one.check(good)
    assert one.check(hand_signed(oauth_timestamp=str(NOW + 1))) == "kéy"


def test_nonces_are_forgotten_once_their_timestamp_is_too_old() -> None:
    """Memory is bounded by two windows, and nothing can be replayed meanwhile."""
    now = [float(NOW)]
    one = Verifier(secrets={"kéy": SECRET}.get, now=lambda: now[0])
    ahead = hand_signed(oauth_timestamp=str(NOW + WINDOW_SECONDS))
    one.check(ahead)
    now[0] += 2 * WINDOW_SECONDS
    with pytest.raises(NotSigned, match="used before"):
        one.check(ahead)
    now[0] += 1
    one.check(hand_signed(oauth_timestamp=str(int(now[0]))))
    assert len(one._seen) == len(one._by_age) == 1


@pytest.mark.parametrize(
    ("signed", "word"),
    [
        (Signed("GET", "http://h/p"), "not signed"),
        (Signed("GET", "http://h/p", "Basic abc"), "not of the scheme"),
        (Signed("GET", "http://h/p", "OAuth oauth_nonce"), "cannot be read"),
        (Signed("GET", "http://h/p", 'OAuth oauth_nonce="a" b'), "cannot be read"),
        (Signed("GET", "http://h/p", 'OAuth oauth_nonce="a", oauth_nonce="a"'), "twice"),
        (Signed("GET", "http://h/p?oauth_nonce=a", 'OAuth oauth_nonce="a"'), "more than one place"),
    ],
)
def test_what_cannot_be_read_as_a_signature_is_refused(signed: Signed, word: str) -> None:
    """Absent, of another scheme, torn, doubled."""
    with pytest.raises(NotSigned, match=word):
        verifier().check(signed)


@given(st.text(max_size=40))
def test_any_header_is_read_or_refused(text: str) -> None:
    """No header does anything but give parameters or a finding."""
    for header in (text, f"OAuth {text}"):
        assert isinstance(_read_or_told(header), list | str)


def _read_or_told(header: str) -> list[tuple[str, str]] | str:
    try:
        return header_parameters(header)
    except NotSigned as finding:
        return str(finding)
