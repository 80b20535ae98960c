"""OAuth 1.0a read from RFC 5849 with the standard library alone, to check our signatures against."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit


@dataclass(frozen=True, slots=True)
class Header:
    """An Authorization header taken apart; `order` holds the names as they came."""

    parameters: dict[str, str]
    order: tuple[str, ...]


def encoded(text: str | bytes) -> str:
    """Section 3.6."""
    return quote(text, safe="~")


def parse_header(header: str) -> Header:
    """Section 3.5.1."""
    scheme, _, rest = header.partition(" ")
    assert scheme == "OAuth"
    parameters: dict[str, str] = {}
    names = []
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        assert value[0] == value[-1] == '"'
        assert name not in parameters
        parameters[unquote(name)] = unquote(value[1:-1])
        names.append(unquote(name))
    return Header(parameters, tuple(names))


def base_string(method: str, url: str, protocol: dict[str, str], form: str = "") -> str:
    """Section 3.4.1; `url` as on the wire, `form` a form-encoded body."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}[parts.scheme]
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    host = name if parts.port in {None, default} else f"{name}:{parts.port}"
    pairs = [
        (unquote_to_bytes(name.replace("+", " ")), unquote_to_bytes(value.replace("+", " ")))
        for source in (parts.query, form)
        for piece in source.split("&")
        if piece
        for name, _, value in [piece.partition("=")]
    ]
    pairs += [
        (name.encode(), value.encode())
        for name, value in protocol.items()
        if name not in {"oauth_signature", "realm"}
    ]
    normalized = "&".join(
        f"{name}={value}" for name, value in sorted((encoded(n), encoded(v)) for n, v in pairs)
    )
    address = f"{parts.scheme}://{host}{parts.path or '/'}"
    return "&".join(encoded(part) for part in (method.upper(), address, normalized))


def signature(text: str, secret: str, token_secret: str = "") -> str:
    """Section 3.4.2."""
    key = f"{encoded(secret)}&{encoded(token_secret)}".encode()
    return base64.b64encode(hmac.new(key, text.encode(), hashlib.sha1).digest()).decode()


def verify(method: str, url: str, header: str, secret: str) -> Header:
    """Assert that `header` signs the request, and return it."""
    found = parse_header(header)
    assert found.parameters["oauth_signature"] == signature(
        base_string(method, url, found.parameters), secret
    )
    return found
