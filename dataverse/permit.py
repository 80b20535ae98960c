"""Which token does a call use, and when is it renewed?"""

from __future__ import annotations

import asyncio

from dataverse.tokens import TokenSource


class Permit:
    """The token of one call, renewed once at most."""

    def __init__(self, tokens: TokenSource, renewing: asyncio.Lock) -> None:
        self._tokens = tokens
        self._renewing = renewing
        self._used: str | None = None
        self._renewed = False

    async def token(self) -> str:
        """The token to send.

        Raises:
            DataverseError: there is none (`NotAllowed`), or none for now (`NotCarriedOut`).
        """
        self._used = await self._tokens.token()
        return self._used

    async def renew(self) -> bool:
        """After a 401: have the next `token()` be another one; False where that was done already.

        Calls that were refused with the same token cause one renewal together.

        Raises:
            DataverseError: as `token`.
        """
        if self._renewed:
            return False
        self._renewed = True
        async with self._renewing:
            if await self._tokens.token() == self._used:
                await self._tokens.renewed()
        return True
