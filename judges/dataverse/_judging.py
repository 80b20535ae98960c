"""How does Microsoft's client sign in, and how is said what it found?"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self

import aiohttp
from azure.core.credentials import AccessToken

# The client lives in the judge's own environment, which the type checker does not see.
from PowerPlatform.Dataverse.aio import AsyncDataverseClient  # type: ignore[import-not-found]

SERVER = os.environ["DATAVERSE_URL"]

type Client = AsyncDataverseClient


class Credential:
    """Tokens of the sandbox for a person, in the form of azure-identity."""

    async def get_token(self, *_scopes: str, **_options: Any) -> AccessToken:
        """A new token."""
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{SERVER}/_sandbox/token", json={"user": "Judge"}) as answer,
        ):
            issued = await answer.json()
        return AccessToken(issued["access_token"], int(time.time()) + issued["expires_in"])

    async def close(self) -> None:
        """Nothing is held."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        return


def same(found: object, wanted: object) -> None:
    """Both are equal."""
    if found != wanted:
        raise AssertionError(f"found {found!r}, wanted {wanted!r}")


async def judge(steps: Mapping[str, Callable[[Client], Awaitable[None]]]) -> int:
    """Take every step with one client, and say how each ended.

    Returns:
        0 if every step passed, else 1.
    """
    failed = 0
    async with AsyncDataverseClient(SERVER, Credential()) as client:
        for name, step in steps.items():
            try:
                await step(client)
            except Exception:  # noqa: BLE001 - a judge tells every failure and goes on
                failed += 1
                sys.stdout.write(f"FAIL  {name}\n{traceback.format_exc()}\n")
            else:
                sys.stdout.write(f"ok    {name}\n")
    sys.stdout.write(
        f"PowerPlatform-Dataverse-Client 1.1.0: {len(steps) - failed} of {len(steps)} steps passed\n"
    )
    return 1 if failed else 0
