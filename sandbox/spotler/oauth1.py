"""Is a request signed by a key this Spotler knows?

Written from RFC 5849 with the standard library alone, for the one-legged form Mail+ uses: a consumer key and
secret, HMAC-SHA1, no token, no body hash. Parameters come in the Authorization header or in the query.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, unquote, urlsplit

WINDOW_SECONDS = 300
"""How far a timestamp may be from this clock, either way. Mail+ publishes no value; this one is common."""

_FORM = "application/x-www-form-urlencoded"
_HEADER_PARAMETER = re.compile(r'\s*([^=\s,"]+)\s*=\s*"([^"]*)"\s*(?:,|$)')
_NEEDED = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)

type Pairs = list[tuple[str, str]]


class NotSigned(Exception):  # noqa: N818 - it is a finding about the request, not a failure of this code
    """The request is not validly signed; its text says why, without any secret."""


@dataclass(frozen=True, slots=True)
class Signed:
    """What of a request takes part in its signature.

    Attributes:
        method: as sent.
        url: absolute, as on the wire, with its query.
        authorization: the header's value, or None.
        content_type: of the body, or empty.
        body: as sent; takes part only when it is a form.
    """

    method: str
    url: str
    authorization: str | None = None
    content_type: str = ""
    body: bytes = b""


def encoded(text: str) -> str:
    """`text` percent-encoded as section 3.6 wants it."""
    return quote(text, safe="")


def base_string_uri(url: str) -> str:
    """Section 3.4.1.2: scheme and host in lower case, no default port, the path as on the wire, no query."""
    parts = urlsplit(url)
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    default = {"http": 80, "https": 443}.get(scheme)
    port = "" if parts.port in {None, default} else f":{parts.port}"
    return f"{scheme}://{host}{port}{parts.path or '/'}"


def base_string(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Section 3.4.1.1; `parameters` are decoded, without `realm` and `oauth_signature`."""
    pairs = sorted((encoded(name), encoded(value)) for name, value in parameters)
    normalized = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(encoded(part) for part in (method.upper(), base_string_uri(url), normalized))


def signature(text: str, secret: str) -> bytes:
    """Section 3.4.2, with an empty token secret: the digest, not yet in base 64."""
    return hmac.new(f"{encoded(secret)}&".encode(), text.encode(), hashlib.sha1).digest()


def header_parameters(authorization: str) -> Pairs:
    """Section 3.5.1: what stands in an Authorization header, decoded, `realm` left out.

    Raises:
        NotSigned: the header is of another scheme or cannot be read to its end.
    """
    scheme, _, rest = authorization.strip().partition(" ")
    if scheme.lower() != "oauth":
        raise NotSigned("The Authorization header is not of the scheme OAuth.")
    found: Pairs = []
    position = 0
    while position < len(rest):
        match = _HEADER_PARAMETER.match(rest, position)
        if match is None:
            raise NotSigned("The Authorization header cannot be read.")
        found.append((unquote(match[1]), unquote(match[2])))
        position = match.end()
    return [(name, value) for name, value in found if name.lower() != "realm"]


def collect(signed: Signed) -> tuple[Pairs, dict[str, str]]:
    """Section 3.4.1.3.1: all parameters of a request, and by name those of the protocol.

    Raises:
        NotSigned: the protocol's parameters stand in several places, or one stands twice.
    """
    sources: list[Pairs] = [parse_qsl(urlsplit(signed.url).query, keep_blank_values=True)]
    if signed.content_type.partition(";")[0].strip().lower() == _FORM:
        sources.append(parse_qsl(signed.body.decode("utf-8", "replace"), keep_blank_values=True))
    if signed.authorization is not None:
        sources.append(header_parameters(signed.authorization))
    places = [source for source in sources if any(name.startswith("oauth_") for name, _ in source)]
    if not places:
        raise NotSigned("The request is not signed: it has no OAuth parameters.")
    if len(places) > 1:
        raise NotSigned("OAuth parameters stand in more than one place.")
    protocol: dict[str, str] = {}
    for name, value in places[0]:
        if name.startswith("oauth_"):
            if name in protocol:
                raise NotSigned(f"{name} stands there twice.")
            protocol[name] = value
    return [pair for source in sources for pair in source if pair[0] != "oauth_signature"], protocol


@dataclass(slots=True)
class Verifier:
    """Checks signatures and remembers the nonces of its time window.

    Args:
        secrets: gives the secret of a consumer key, or None.
        now: the clock, in seconds since 1970.
    """

    secrets: Callable[[str], str | None]
    now: Callable[[], float]
    _seen: set[tuple[str, str, str]] = field(default_factory=set)
    _by_age: deque[tuple[float, tuple[str, str, str]]] = field(default_factory=deque)

    def check(self, signed: Signed) -> str:
        """The consumer key that signed the request; its nonce is used up by that.

        Raises:
            NotSigned: anything about the signature is not as it must be.
        """
        parameters, protocol = collect(signed)
        _check_form(protocol)
        now = self.now()
        stamp = protocol["oauth_timestamp"]
        if abs(int(stamp) - now) > WINDOW_SECONDS:
            raise NotSigned(f"oauth_timestamp is more than {WINDOW_SECONDS} seconds away from this clock.")
        key = protocol["oauth_consumer_key"]
        secret = self.secrets(key)
        if secret is None:
            raise NotSigned("oauth_consumer_key is not known.")
        expected = signature(base_string(signed.method, signed.url, parameters), secret)
        if not hmac.compare_digest(expected, _digest(protocol["oauth_signature"])):
            raise NotSigned("oauth_signature is not the signature of this request.")
        self._use(now, (key, stamp, protocol["oauth_nonce"]))
        return key

    def _use(self, now: float, nonce: tuple[str, str, str]) -> None:
        # A timestamp may lie a window ahead, so a nonce can come back for two windows.
        while self._by_age and self._by_age[0][0] < now - 2 * WINDOW_SECONDS:
            self._seen.discard(self._by_age.popleft()[1])
        if nonce in self._seen:
            raise NotSigned("oauth_nonce was used before with this timestamp.")
        self._seen.add(nonce)
        self._by_age.append((now, nonce))


def _check_form(protocol: Mapping[str, str]) -> None:
    missing = [name for name in _NEEDED if not protocol.get(name)]
    if missing:
        raise NotSigned(f"{missing[0]} is missing.")
    if "oauth_body_hash" in protocol:
        raise NotSigned("oauth_body_hash is present; Mail+ knows no body hash.")
    if protocol.get("oauth_token"):
        raise NotSigned("oauth_token is present; Mail+ knows only consumer keys.")
    if protocol["oauth_signature_method"] != "HMAC-SHA1":
        raise NotSigned("oauth_signature_method is not HMAC-SHA1.")
    if protocol.get("oauth_version", "1.0") != "1.0":
        raise NotSigned("oauth_version is not 1.0.")
    if not re.fullmatch(r"[0-9]{1,12}", protocol["oauth_timestamp"]):
        raise NotSigned("oauth_timestamp is not a number of seconds.")


def _digest(told: str) -> bytes:
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NotSigned("oauth_signature is not base 64.") from error
