"""How does one request reach the environment, with a token, in time, and to no other host?"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from dataverse.address import service_root
from dataverse.errors import MayHaveBeenCarriedOut, NotCarriedOut, Rejected
from dataverse.failures import failure, unreadable
from dataverse.messages import Answer, Request
from dataverse.multipart import NotABatch, answers, envelope
from dataverse.permit import Permit
from dataverse.tokens import TokenSource
from wire.clock import Clock
from wire.exchange import CONNECT_SECONDS, exchange
from wire.failures import NoAnswer, NotSent

LONGEST_PLAIN_URL: Final = 2000
"""Longer addresses travel inside a batch: the service takes more, proxies on the way may not."""

_UNAUTHORIZED, _OK = 401, 200
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


class Channel:
    """Sends requests to one environment, each of them once.

    Args:
        url: of the environment.
        tokens: for it.
        http: the connection pool; its own time-outs do not matter.
        clock: for a Retry-After that is a date.
        cut_seconds: ceiling of one exchange.

    Raises:
        ValueError: `url` is not the address of an environment.
    """

    def __init__(
        self, url: str, tokens: TokenSource, http: httpx.AsyncClient, *, clock: Clock, cut_seconds: float
    ) -> None:
        self._root = service_root(url)
        self._root_path = urlsplit(self._root).path
        self._tokens = tokens
        self._http = http
        self._clock = clock
        self._cut = cut_seconds
        self._renewing = asyncio.Lock()

    def permit(self) -> Permit:
        """The right of one call to use the token, and to renew it once."""
        return Permit(self._tokens, self._renewing)

    async def answer(self, request: Request, permit: Permit) -> Answer:
        """Send one request; once more after a 401, with a new token.

        Raises:
            NotCarriedOut: no connection.
            MayHaveBeenCarriedOut: no answer.
            DataverseError: of a token, or of the batch that had to carry a long address.
        """
        answer = await self._answer(request, permit)
        if answer.status == _UNAUTHORIZED and await permit.renew():
            answer = await self._answer(request, permit)
        return answer

    async def answers(self, requests: Sequence[Request], permit: Permit) -> list[Answer]:
        """Send several requests as one batch; the answers in their order.

        Raises:
            MayHaveBeenCarriedOut: no answer, or not one for each request.
            DataverseError: the batch as a whole was refused.
        """
        whole = envelope(requests, boundary=f"batch_{uuid.uuid4().hex}", root_path=self._root_path)
        answer = await self.answer(whole, permit)
        return self._parts(whole, answer, len(requests))

    def below_root(self, link: str) -> str:
        """A link the service gave, as a path below the service root and otherwise verbatim.

        Raises:
            Rejected: it leads elsewhere; following it would hand the token to whoever answers there.
        """
        try:
            there, here = urlsplit(urljoin(self._root, link)), urlsplit(self._root)
            same = (there.scheme, there.hostname, _port(there.scheme, there.port)) == (
                here.scheme,
                here.hostname,
                _port(here.scheme, here.port),
            )
        except ValueError:
            raise Rejected("Next page: the link is no address") from None
        if not same or not there.path.startswith(here.path):
            raise Rejected("Next page: the link leads to another host or path")
        return there.path.removeprefix(here.path) + (f"?{there.query}" if there.query else "")

    async def _answer(self, request: Request, permit: Permit) -> Answer:
        if request.method != "GET" or len(self._root + request.path) <= LONGEST_PLAIN_URL:
            return await self._exchange(request, await permit.token())
        whole = envelope([request], boundary=f"batch_{uuid.uuid4().hex}", root_path=self._root_path)
        answer = await self._exchange(whole, await permit.token())
        if answer.status == _UNAUTHORIZED:
            return answer
        return self._parts(whole, answer, 1)[0]

    def _parts(self, whole: Request, answer: Answer, expected: int) -> list[Answer]:
        if not answer.succeeded:
            raise failure(whole, answer, self._clock.now())
        try:
            if answer.status == _OK:
                return answers(answer, expected)
        except NotABatch:
            raise unreadable(whole, answer) from None
        raise unreadable(whole, answer)

    async def _exchange(self, request: Request, token: str) -> Answer:
        sent = self._http.build_request(
            request.method,
            self._root + request.path,
            headers={**request.headers, "Authorization": f"Bearer {token}"},
            content=request.body or None,
            timeout=httpx.Timeout(self._cut, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        )
        try:
            answer = await exchange(self._http, sent, cut=self._cut)
        except NotSent as error:
            raise NotCarriedOut(f"{request.subject}: {error}") from None
        except NoAnswer as error:
            raise MayHaveBeenCarriedOut(f"{request.subject}: {error}") from None
        return Answer(answer.status_code, dict(answer.headers), answer.content)


def _port(scheme: str, port: int | None) -> int | None:
    return _DEFAULT_PORTS.get(scheme) if port is None else port
