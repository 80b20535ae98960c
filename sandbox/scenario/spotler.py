"""What can a marketer see in Spotler: runs, and the mails that go out?"""

from __future__ import annotations

from typing import Any

import aiohttp

from sandbox.scenario.dynamics import Unreachable

_SECONDS = 30.0


class Marketer:
    """A look into the Spotler part.

    Args:
        root: its address, without the path of its API.
        http: an open session.
    """

    def __init__(self, root: str, http: aiohttp.ClientSession) -> None:
        self._root = root
        self._http = http

    async def runs(self) -> list[dict[str, Any]]:
        """All runs, in the order they began: runId, externalContactId, kind, fields, state and more."""
        return await self._read("runs")

    async def mails(self) -> list[dict[str, Any]]:
        """All mails: runId, to (externalId and name of the contact), subject and text."""
        return await self._read("mails")

    async def _read(self, what: str) -> list[dict[str, Any]]:
        limit = aiohttp.ClientTimeout(total=_SECONDS)
        try:
            async with self._http.get(f"{self._root}/_sandbox/{what}", timeout=limit) as answer:
                if not answer.ok:
                    raise Unreachable(f"Spotler at {self._root} answers {answer.status} about its {what}.")
                return list(await answer.json())
        except aiohttp.ClientError as error:
            raise Unreachable(f"Spotler at {self._root} does not answer ({type(error).__name__}).") from None
