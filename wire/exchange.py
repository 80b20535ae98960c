"""How is one request sent, read to its end, and cut off?"""

from __future__ import annotations

import asyncio

import httpx

from wire.failures import NoAnswer, classify

CONNECT_SECONDS = 5.0
"""A connection that takes longer is treated as refused."""


async def exchange(
    client: httpx.AsyncClient, request: httpx.Request, *, cut: float, auth: httpx.Auth | None = None
) -> httpx.Response:
    """Send `request` once and read the whole answer.

    httpx counts its time-outs for each read; `cut` seconds bound the exchange as a whole.
    Redirects are not followed: a redirected POST would change its method and lose its signature.

    Raises:
        NotSent: the request surely never reached the service.
        NoAnswer: it may have been carried out: time-out, dropped connection, half an answer, `cut` over.
    """
    try:
        async with asyncio.timeout(cut):
            return await client.send(
                request, auth=auth if auth is not None else httpx.USE_CLIENT_DEFAULT, follow_redirects=False
            )
    except httpx.RequestError as error:
        raise classify(error) from None
    except TimeoutError:
        raise NoAnswer("cut off") from None
