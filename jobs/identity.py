"""How does the app show Azure who it is?"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenCredential, TokenRequestOptions
from azure.identity import DefaultAzureCredential


class ThreadedCredential:
    """A synchronous credential for asynchronous callers, one thread for one token an hour.

    The asynchronous credentials of azure-identity need a second HTTP stack; this needs none.
    """

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential

    async def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: object,
    ) -> AccessToken:
        """A token for these scopes; raises what the credential raises."""
        return await asyncio.to_thread(
            self._credential.get_token, *scopes, claims=claims, tenant_id=tenant_id, enable_cae=enable_cae
        )

    async def get_token_info(
        self, *scopes: str, options: TokenRequestOptions | None = None
    ) -> AccessTokenInfo:
        """The same in the newer form of the protocol."""
        token = await self.get_token(*scopes, **(options or {}))
        return AccessTokenInfo(token.token, token.expires_on)

    async def close(self) -> None:
        """Nothing is held open."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


def own_credential(client_id: str | None = None) -> DefaultAzureCredential:
    """The app's identity: managed identity in Azure, a developer's sign-in elsewhere.

    Args:
        client_id: of a user-assigned identity; AZURE_CLIENT_ID says it otherwise.
    """
    if client_id is None:
        return DefaultAzureCredential()
    return DefaultAzureCredential(managed_identity_client_id=client_id)
