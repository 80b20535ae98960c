"""However many calls want a token, one is asked for, and its failures say whether waiting helps."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ServiceRequestError
from azure.identity import CredentialUnavailableError

from dataverse import AzureTokens, DataverseError, NotAllowed, NotCarriedOut, SandboxTokens, TokenSource
from tests.dataverse.clock import BEGIN, StillClock
from tests.dataverse.service import Service, drops, says

SCOPE = "https://contoso.crm4.dynamics.com/.default"


@dataclass
class Counting:
    """A credential that counts, and may refuse."""

    lifetime: int = 3600
    refusals: list[Exception] = field(default_factory=list)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    threads: set[int] = field(default_factory=set)

    def get_token(self, *scopes: str) -> AccessToken:
        """Token number so and so."""
        self.asked.append(scopes)
        self.threads.add(threading.get_ident())
        if self.refusals:
            raise self.refusals.pop(0)
        return AccessToken(f"t{len(self.asked)}", int(BEGIN.timestamp()) + self.lifetime)


async def test_one_request_for_many_callers() -> None:
    """Fifty callers, one question, asked outside the event loop's thread."""
    credential = Counting()
    source = AzureTokens(credential, SCOPE, clock=StillClock())
    assert {"t1"} == set(await asyncio.gather(*(source.token() for _ in range(50))))
    assert credential.asked == [(SCOPE,)]
    assert threading.get_ident() not in credential.threads


async def test_renewal_for_many_callers() -> None:
    """Fifty renewals at once are one, and its token is remembered."""
    credential = Counting()
    source = AzureTokens(credential, SCOPE, clock=StillClock())
    await source.token()
    assert {"t2"} == set(await asyncio.gather(*(source.renewed() for _ in range(50))))
    assert await source.token() == "t2"
    assert len(credential.asked) == 2


async def test_an_ageing_token_is_replaced() -> None:
    """A token is not used in its last five minutes."""
    credential, clock = Counting(lifetime=3600), StillClock()
    source = AzureTokens(credential, SCOPE, clock=clock)
    assert await source.token() == "t1"
    clock.passes(3600 - 301)
    assert await source.token() == "t1"
    clock.passes(2)
    assert await source.token() == "t2"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (lambda: ClientAuthenticationError("AADSTS7000215: secret tenant"), NotAllowed),
        (lambda: CredentialUnavailableError("secret tenant"), NotAllowed),
        (lambda: ServiceRequestError("secret tenant"), NotCarriedOut),
        (lambda: HttpResponseError("secret tenant"), NotCarriedOut),
        (lambda: _with_status(503), NotCarriedOut),
        (lambda: _with_status(429), NotCarriedOut),
        (lambda: _with_status(400), NotAllowed),
    ],
)
async def test_refusals(refusal: Callable[[], Exception], kind: type[DataverseError]) -> None:
    """A refused identity needs a person, an unreachable provider needs time; neither text tells details."""
    source = AzureTokens(Counting(refusals=[refusal()]), SCOPE, clock=StillClock())
    with pytest.raises(kind) as caught:
        await source.token()
    assert type(caught.value) is kind
    assert "secret" not in str(caught.value)
    assert await source.token() == "t2"


def _with_status(status: int) -> ClientAuthenticationError:
    error = ClientAuthenticationError("secret")
    error.status_code = status
    return error


async def test_a_failure_is_shared_too() -> None:
    """Else each of many callers would wait out a dead identity provider, one after the other."""
    credential = Counting(refusals=[ServiceRequestError("x") for _ in range(50)])
    source = AzureTokens(credential, SCOPE, clock=StillClock())
    failures = await asyncio.gather(*(source.token() for _ in range(20)), return_exceptions=True)
    assert {NotCarriedOut} == {type(failure) for failure in failures}
    assert len(credential.asked) == 1


async def test_unexpected_errors_stay_themselves() -> None:
    """A mistake in the code is not taken for the weather, and locks nobody out."""
    source = AzureTokens(Counting(refusals=[RuntimeError("bug")]), SCOPE, clock=StillClock())
    with pytest.raises(RuntimeError, match="bug"):
        await source.token()
    assert await source.token() == "t2"


@pytest.mark.parametrize(
    "url",
    ["http://contoso.example", "https://contoso.crm4.dynamics.com", "http://10.0.0.1:7082", "localhost"],
)
def test_sandbox_tokens_stay_on_this_machine(url: str) -> None:
    """Elsewhere anybody could answer with a token."""
    with pytest.raises(ValueError, match="this machine"):
        SandboxTokens(url)


async def test_sandbox_tokens(service: Service) -> None:
    """One POST, remembered until renewed."""
    service.plays(says(200, {"access_token": "a"}), says(200, {"access_token": "b"}))
    source: TokenSource = SandboxTokens(service.url + "/api/data/v9.2/")
    assert [await source.token(), await source.token(), await source.renewed()] == ["a", "a", "b"]
    assert [(one.method, one.target) for one in service.seen] == [("POST", "/_sandbox/token")] * 2


@pytest.mark.parametrize("content", [{}, {"access_token": ""}, {"access_token": 5}, [], "x"])
async def test_sandbox_answers_without_token(service: Service, content: object) -> None:
    """An answer without a token is a refusal."""
    service.plays(says(200, content))
    with pytest.raises(NotAllowed):
        await SandboxTokens(service.url).token()


async def test_sandbox_failures(service: Service) -> None:
    """Refused, not JSON, dropped."""
    service.plays(says(404), says(200, text="<html>"), drops())
    source = SandboxTokens(service.url)
    for kind in (NotAllowed, NotAllowed, NotCarriedOut):
        with pytest.raises(kind):
            await source.token()
