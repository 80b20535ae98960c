"""As whom does the administrator sign in?"""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from azure.core.exceptions import AzureError

from dataverse.address import is_loopback, token_scope
from dataverse.errors import NotAllowed
from dataverse.tokens import AzureTokens, SandboxTokens, TokenSource
from wire.clock import Clock

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

PERSON_SECONDS: Final = 15 * 60.0
"""How long a person may take to sign in; a device code lives as long."""

_ADMINISTRATOR: Final = "administrator"
"""Of the sandbox, where every user but the app's own is one."""


class SignIn(Enum):
    """The ways; the value is what stands on the command line."""

    DEFAULT = "default"
    BROWSER = "browser"
    DEVICE = "device"
    CLI = "cli"


async def tokens(url: str, way: SignIn, clock: Clock) -> TokenSource:
    """Tokens for an environment; those of the sandbox where `url` is http on this machine.

    A person who has to do something for it does so before this returns.

    Raises:
        NotAllowed: the person did not sign in, or may not.
        ValueError: `url` is not the address of an environment.
    """
    scope = token_scope(url)
    parts = urlsplit(url)
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return SandboxTokens(url, _ADMINISTRATOR)
    credential = _credential(way)
    if way in (SignIn.BROWSER, SignIn.DEVICE):
        try:
            async with asyncio.timeout(PERSON_SECONDS):
                # The credential keeps the token, and renews it without asking again.
                await asyncio.to_thread(credential.get_token, scope)
        except TimeoutError:
            raise NotAllowed(f"Sign-in: nobody signed in within {PERSON_SECONDS / 60:.0f} minutes") from None
        except AzureError as error:
            # The error's own text holds ids of the tenant and of the person.
            raise NotAllowed(f"Sign-in: {type(error).__name__}") from None
    return AzureTokens(credential, scope, clock=clock)


def _credential(way: SignIn) -> TokenCredential:
    # Loaded here, because it takes long and neither --help nor the sandbox needs it.
    from azure.identity import (  # noqa: PLC0415 - the reason above
        AzureCliCredential,
        DefaultAzureCredential,
        DeviceCodeCredential,
        InteractiveBrowserCredential,
    )

    match way:
        case SignIn.DEFAULT:
            return DefaultAzureCredential()
        case SignIn.BROWSER:
            return InteractiveBrowserCredential()
        case SignIn.DEVICE:
            return DeviceCodeCredential()
        case SignIn.CLI:
            return AzureCliCredential()
