"""May this client use that entity?

A shared access signature is checked with this module's own code, as described in "Service Bus access control
with Shared Access Signatures": `SharedAccessSignature sr=<uri>&sig=<hmac>&se=<expiry>&skn=<policy>`, where the
signature is HMAC-SHA256 over the encoded `sr`, a line feed and `se`, keyed with the policy's key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

SANDBOX_KEYS: Mapping[str, str] = {"sandbox": "sandbox"}
"""The one policy of the sandbox and its key, as in the connection string that the documents name."""

_PREFIX = "SharedAccessSignature "


def entity_path(address: str) -> str:
    """Give `queue` out of `sb://host/queue`, `amqps://host:port/queue` or plain `queue`, as it is spelled."""
    return (urlsplit(address).path if "://" in address else address).strip("/")


def refusal(token: Any, audience: Any, now_s: float, keys: Mapping[str, str] = SANDBOX_KEYS) -> str | None:
    """Judge a token that is put for `audience`.

    Args:
        token: the value of the put-token request.
        audience: its `name`: the address that the client wants to use.
        now_s: seconds since 1970.
        keys: key by name of policy.

    Returns:
        What is wrong with it, or None if nothing is.
    """
    if not isinstance(token, str) or not token.startswith(_PREFIX):
        return "The token is no shared access signature."
    fields = dict(part.partition("=")[::2] for part in token.removeprefix(_PREFIX).split("&"))
    key = keys.get(unquote(fields.get("skn", "")))
    if key is None:
        return "There is no policy of this name."
    expiry, scope = fields.get("se", ""), fields.get("sr", "")
    digest = hmac.new(key.encode(), f"{scope}\n{expiry}".encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(base64.b64encode(digest), unquote(fields.get("sig", "")).encode()):
        return "The signature of the token is wrong."
    if not expiry.isdecimal() or int(expiry) <= now_s:
        return "The token has expired."
    if not isinstance(audience, str) or not covers(entity_path(unquote(scope)), entity_path(audience)):
        return "The token is for another entity."
    return None


def covers(scope: str, path: str) -> bool:
    """Tell whether a claim on `scope` extends to `path`: the same entity, or one below it."""
    scope, path = scope.lower(), path.lower()
    return not scope or path == scope or path.startswith(scope + "/")
