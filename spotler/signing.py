"""How is a request signed so that Spotler knows whose it is?"""

from __future__ import annotations

from collections.abc import Generator
from urllib.parse import parse_qsl, quote

import httpx
from oauthlib.oauth1 import Client

from wire.clock import Clock, SystemClock


class OAuth1(httpx.Auth):
    """OAuth 1.0a for a consumer alone: HMAC-SHA1 in the Authorization header (RFC 5849).

    Signed are the method and the address as it goes on the wire, query included. Neither body nor a
    hash of it is signed, and no realm is named: no known client of Spotler sends those. Every send gets
    a nonce and a timestamp of its own, so that a repeated request is never taken for a replay.

    Args:
        key: the consumer key.
        secret: the consumer secret.
        clock: tells the timestamp.
    """

    def __init__(self, key: str, secret: str, *, clock: Clock | None = None) -> None:
        self._key = key
        self._secret = secret
        self._clock = clock or SystemClock()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        """Put the header on `request` and let it go."""
        request.headers["Authorization"] = self.header(request.method, request.url)
        yield request

    def header(self, method: str, url: httpx.URL) -> str:
        """The value of the Authorization header for one send of `method` to `url`."""
        timestamp = str(int(self._clock.now().timestamp()))
        client = Client(self._key, client_secret=self._secret, timestamp=timestamp)
        _, headers, _ = client.sign(_signable(url), method)  # type: ignore[arg-type]  # any method is text
        return str(headers["Authorization"])


def _signable(url: httpx.URL) -> str:
    """`url` with a query that oauthlib reads as every server does.

    oauthlib raises at characters that browsers and httpx leave bare in a query, square brackets among
    them. Encoding names and values anew changes no parameter, hence not the signature either.
    """
    pairs = parse_qsl(url.query.decode("ascii"), keep_blank_values=True)
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    bare = str(url.copy_with(query=None, fragment=None))
    return f"{bare}?{query}" if query else bare
