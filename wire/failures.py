"""Which transport failures mean that a request surely did not reach the service?"""

from __future__ import annotations

import httpx


class NotSent(Exception):  # noqa: N818 - named for what the caller knows, not for being an error
    """The request surely never reached the service; repeating it is safe."""


class NoAnswer(Exception):  # noqa: N818 - the same
    """The request may have been carried out; nothing of the answer can be relied on."""


_NEVER_ON_THE_WIRE = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def classify(error: httpx.RequestError) -> NotSent | NoAnswer:
    """Tell from the moment of failure whether the request can have reached the service.

    httpx names its errors by that moment. Everything after the connection was made counts as
    possibly sent, also a failure while writing: a server may act on a request whose last bytes it
    never saw. The text names the error's type only, never an address or a payload.
    """
    name = type(error).__name__
    return NotSent(name) if isinstance(error, _NEVER_ON_THE_WIRE) else NoAnswer(name)
