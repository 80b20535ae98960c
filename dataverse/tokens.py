"""Where does the token come from that every request carries?"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx
from azure.core.exceptions import AzureError, ClientAuthenticationError

from dataverse.address import is_loopback, origin
from dataverse.errors import DataverseError, NotAllowed, NotCarriedOut
from wire.clock import Clock, SystemClock
from wire.exchange import CONNECT_SECONDS, exchange
from wire.failures import NoAnswer, NotSent

TOKEN_SECONDS: Final = 30.0
"""A token that takes longer counts as not to be had for now."""

_SPARE: Final = timedelta(minutes=5)
"""A token is not used for its last minutes: it must outlive the request and differing clocks."""


class TokenSource(Protocol):
    """Gives the bearer token for one environment."""

    async def token(self) -> str:
        """A token believed valid, from memory where there is one.

        Raises:
            NotAllowed: the identity gets none.
            NotCarriedOut: none can be had for now.
        """
        ...

    async def renewed(self) -> str:
        """Forget what is remembered and get a token anew; raises as `token`."""
        ...


class GivenToken(Protocol):
    """What an azure-identity credential gives."""

    @property
    def token(self) -> str:
        """The token itself."""
        ...

    @property
    def expires_on(self) -> int:
        """Seconds since 1970, UTC."""
        ...


class Credential(Protocol):
    """The one method of a synchronous azure-identity credential that is needed."""

    def get_token(self, *scopes: str) -> GivenToken:
        """A token for the scopes; may block on the network."""
        ...


class AzureTokens:
    """Tokens by azure-identity, whose synchronous credentials need no second HTTP stack.

    A renewal asks the credential again. azure-identity remembers tokens itself, and may hand out
    the same one while it holds it valid.

    Args:
        credential: one for the process; called in a thread, for one caller at a time.
        scope: `dataverse.token_scope(url)`.
        clock: tells when a remembered token is too old.
    """

    def __init__(self, credential: Credential, scope: str, *, clock: Clock | None = None) -> None:
        self._credential = credential
        self._scope = scope
        self._memory = _Memory(self._ask, SystemClock() if clock is None else clock)

    async def token(self) -> str:
        """See `TokenSource`."""
        return await self._memory.token()

    async def renewed(self) -> str:
        """See `TokenSource`."""
        return await self._memory.renewed()

    async def _ask(self) -> _Remembered:
        try:
            async with asyncio.timeout(TOKEN_SECONDS):
                given = await asyncio.to_thread(self._credential.get_token, self._scope)
        except TimeoutError:
            raise NotCarriedOut(f"Token: none within {TOKEN_SECONDS:.0f} seconds") from None
        except AzureError as error:
            raise _refusal(error) from None
        return _Remembered(given.token, datetime.fromtimestamp(given.expires_on, UTC) - _SPARE)


class SandboxTokens:
    """Tokens of the local Dataverse, by `POST /_sandbox/token`.

    Args:
        url: of the environment, on a loopback host.
        user: name of the user the token stands for; None for the app's own.

    Raises:
        ValueError: the host is not this machine: whoever answers there would be believed.
    """

    def __init__(self, url: str, user: str | None = None) -> None:
        if not is_loopback(urlsplit(url).hostname or ""):
            raise ValueError("Tokens without an identity exist for a Dataverse on this machine only")
        self._url = origin(url) + "/_sandbox/token"
        self._body = None if user is None else {"user": user}
        self._memory = _Memory(self._ask, SystemClock())

    async def token(self) -> str:
        """See `TokenSource`."""
        return await self._memory.token()

    async def renewed(self) -> str:
        """See `TokenSource`."""
        return await self._memory.renewed()

    async def _ask(self) -> _Remembered:
        timeout = httpx.Timeout(TOKEN_SECONDS, connect=CONNECT_SECONDS)
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as http:
            try:
                answer = await exchange(
                    http, http.build_request("POST", self._url, json=self._body), cut=TOKEN_SECONDS
                )
            except (NotSent, NoAnswer) as error:
                raise NotCarriedOut(f"Token: {error}") from None
        if answer.status_code != HTTPStatus.OK:
            raise NotAllowed(f"Token: {answer.status_code}", status=answer.status_code)
        return _Remembered(_access_token(answer.content), None)


@dataclass(frozen=True, slots=True)
class _Remembered:
    token: str
    until: datetime | None


class _Memory:
    """Remembers a token; however many wait for one, one is asked for."""

    def __init__(self, ask: Callable[[], Awaitable[_Remembered]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._lock = asyncio.Lock()
        self._kept: _Remembered | None = None
        self._last: _Remembered | DataverseError | None = None
        self._asked = 0

    async def token(self) -> str:
        kept = self._kept
        if kept is not None and (kept.until is None or self._clock.now() < kept.until):
            return kept.token
        asked = self._asked
        async with self._lock:
            # Whoever waited for another's question takes its answer, a failure too: else each of many
            # callers would in turn wait out a dead identity provider.
            last = self._last if self._asked != asked else None
            last = await self._question() if last is None else last
        if isinstance(last, DataverseError):
            raise last
        return last.token

    async def renewed(self) -> str:
        self._kept = None
        return await self.token()

    async def _question(self) -> _Remembered | DataverseError:
        try:
            self._last = self._kept = await self._ask()
        except DataverseError as error:
            self._last = error
        self._asked += 1
        return self._last


def _refusal(error: AzureError) -> DataverseError:
    # azure-identity puts tenant and client ids, and whole answers, into its texts; the type says enough.
    text = f"Token: {type(error).__name__}"
    status = getattr(error, "status_code", None)
    if isinstance(error, ClientAuthenticationError) and not _passing(status):
        return NotAllowed(text)
    return NotCarriedOut(text)


def _passing(status: object) -> bool:
    return isinstance(status, int) and (
        status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    )


def _access_token(content: bytes) -> str:
    try:
        members = json.loads(content)
    except (ValueError, RecursionError):
        members = None
    token = members.get("access_token") if isinstance(members, dict) else None
    if not isinstance(token, str) or not token:
        raise NotAllowed("Token: the answer holds none")
    return token
