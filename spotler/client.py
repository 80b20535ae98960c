"""How is Spotler asked to list, start and stop?"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import httpx

from spotler import calls, codes, listing, words
from spotler.calls import Call
from spotler.contract import Contract
from spotler.errors import (
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    WrongPath,
)
from spotler.listing import Listing, UnusableList
from spotler.models import Automation, AutomationField, Campaign, CampaignMailing, TriggerAnswer
from spotler.signing import OAuth1
from spotler.verdict import classify, trigger_answer
from spotler.words import Form
from wire.clock import Clock, SystemClock
from wire.exchange import CONNECT_SECONDS, exchange
from wire.failures import NoAnswer, NotSent

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as received, and the error that it amounts to, or None where it is a success."""

    status: int
    body: bytes = field(repr=False)
    error: SpotlerError | None


class SpotlerClient:
    """Spotler Mail+'s REST API, as far as jobs need it.

    Each method sends exactly one request, signed anew, and repeats nothing: whether a repetition is
    safe is the caller's to decide. Every method raises a `SpotlerError`, typed by what the caller can do.

    Args:
        url: the address of the service, e.g. `https://restapi.mailplus.nl/integrationservice`.
        key: the consumer key of the REST API.
        secret: the consumer secret.
        http: the process's connection pool; it stays the caller's to close.
        contract: the guessed parts of the API; the default contract where None.
        clock: tells timestamps and how far off a date in Retry-After is.
        cut: seconds after which an exchange is given up as a whole.

    Raises:
        ValueError: `url` is no absolute http(s) address free of user, query and fragment.
    """

    def __init__(
        self,
        url: str,
        key: str,
        secret: str,
        *,
        http: httpx.AsyncClient,
        contract: Contract | None = None,
        clock: Clock | None = None,
        cut: float = 30.0,
    ) -> None:
        self._url = service_address(url)
        self._clock = clock or SystemClock()
        self._auth = OAuth1(key, secret, clock=self._clock)
        self._http = http
        self._contract = contract or Contract()
        self._cut = cut

    @property
    def contract(self) -> Contract:
        """The guessed parts of the API as this client takes them."""
        return self._contract

    async def list_automations(self) -> tuple[Automation, ...]:
        """All automations with their external triggers, published or not.

        Items and triggers without an id are left out; how many is logged. An answer that is no list,
        or a list of which nothing can be used, raises: it never reads as an empty catalogue.
        """
        contract = self._contract
        found = await self._read(
            calls.list_automations(contract), lambda document: listing.automations(document, contract)
        )
        return _counted(found, "automations")

    async def list_campaigns(self) -> tuple[Campaign, ...]:
        """All campaigns with their external triggers, active or not; otherwise as `list_automations`."""
        return _counted(await self._read(calls.list_campaigns(), listing.campaigns), "campaigns")

    async def trigger_automation(
        self, code: str, external_contact_id: str, fields: Iterable[AutomationField]
    ) -> TriggerAnswer:
        """Start the automations that listen to the external trigger `code`, for one contact.

        Some of them may refuse while others start; where none starts, `Refused` says why.
        """
        answer = await self._success(
            calls.trigger_automation(self._contract, code, external_contact_id, fields)
        )
        return trigger_answer(answer.body, self._contract)

    async def stop_automation(self, automation_id: str, external_contact_id: str) -> None:
        """Stop the runs of an automation for one contact. The request is guessed, see `Contract`."""
        await self._success(calls.stop_automation(self._contract, automation_id, external_contact_id))

    async def stop_run(self, run_id: str) -> None:
        """Stop one run by its AutomationContactId. The request is guessed, see `Contract`."""
        await self._success(calls.stop_run(self._contract, run_id))

    async def trigger_campaign(
        self, trigger_id: str, external_contact_id: str, fields: Iterable[AutomationField]
    ) -> None:
        """Start a campaign for one contact, by the encrypted id of one of the campaign's triggers."""
        await self._success(calls.trigger_campaign(trigger_id, external_contact_id, fields))

    async def stop_campaign(self, campaign_id: str, external_contact_id: str) -> None:
        """Stop a campaign for one contact, by the encrypted id of the campaign."""
        await self._success(calls.stop_campaign(campaign_id, external_contact_id))

    async def campaign_mailings(self, external_contact_id: str) -> tuple[CampaignMailing, ...]:
        """The campaign messages that were sent to a contact; Spotler gives the first 50 and no more."""
        return await self._read(calls.campaign_mailings(external_contact_id), listing.campaign_mailings)

    async def mailing_ids(self, campaign_id: str) -> frozenset[str]:
        """The encrypted ids of the messages that a campaign consists of."""
        return await self._read(calls.mailings_of_campaign(campaign_id), listing.mailing_ids)

    async def contact_exists(self, external_contact_id: str) -> bool:
        """Whether Spotler knows a contact by this id; a wrong address raises and never reads as no."""
        answer = await self.send(calls.contact(external_contact_id))
        if isinstance(answer.error, Refused) and (
            answer.error.contact_missing or codes.same(answer.error.code, codes.RESOURCE_NOT_FOUND)
        ):
            return False
        if not isinstance(self._judged_document(answer), dict):
            raise MayHaveBeenCarriedOut("the answer is no contact", status=answer.status)
        return True

    async def api_description(self, resource: str | None) -> dict[str, Any] | None:
        """Spotler's own description of its API (Swagger 1.2), None where it publishes none.

        Args:
            resource: e.g. `automation`; None for the index of resources.
        """
        answer = await self.send(calls.api_description(resource))
        if isinstance(answer.error, Refused | WrongPath):
            return None
        document = words.read(answer.body, self._contract).document
        if isinstance(document, dict) and answer.error is None:
            return document
        if answer.status == HTTPStatus.OK:  # a page for people, or nothing at all
            return None
        raise answer.error or MayHaveBeenCarriedOut("the answer is no description", status=answer.status)

    async def send(self, call: Call) -> Answer:
        """One signed request and what came back, whatever its status.

        Raises:
            NotCarriedOut: the request surely never reached Spotler.
            MayHaveBeenCarriedOut: there is no answer, or not all of it.
        """
        try:
            response = await exchange(self._http, self._request(call), cut=self._cut, auth=self._auth)
        except NotSent as failure:
            raise NotCarriedOut(f"Spotler was not reached: {failure}") from None
        except NoAnswer as failure:
            raise MayHaveBeenCarriedOut(f"Spotler gave no whole answer: {failure}") from None
        error = classify(
            response.status_code,
            response.headers,
            response.content,
            self._clock.now(),
            contract=self._contract,
        )
        return Answer(response.status_code, response.content, error)

    def _request(self, call: Call) -> httpx.Request:
        headers = {"Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        connect = min(CONNECT_SECONDS, self._cut)
        return self._http.build_request(
            call.method,
            f"{self._url}/{call.path}",
            content=call.body,
            headers=headers,
            timeout=httpx.Timeout(self._cut, connect=connect, pool=connect),
        )

    async def _success(self, call: Call) -> Answer:
        answer = await self.send(call)
        if answer.error is not None:
            raise answer.error
        return answer

    async def _read[R](self, call: Call, reader: Callable[[Any], R]) -> R:
        answer = await self.send(call)
        try:
            return reader(self._judged_document(answer))
        except UnusableList as unusable:
            raise WrongPath(str(unusable), status=answer.status) from None

    def _judged_document(self, answer: Answer) -> Any:
        if answer.error is not None:
            raise answer.error
        said = words.read(answer.body, self._contract)
        if said.form is not Form.JSON:
            raise MayHaveBeenCarriedOut("the answer cannot be read", status=answer.status)
        return said.document


def service_address(url: str) -> str:
    """`url` as the address of the service, without a slash at its end.

    Raises:
        ValueError: it is no absolute http(s) address free of user, query and fragment.
    """
    try:
        parsed = httpx.URL(url.strip())
        # httpx lets half an IPv6 host pass; the standard library raises.
        host = urlsplit(url.strip()).hostname
    except (httpx.InvalidURL, ValueError):
        raise ValueError("the address of Spotler cannot be read") from None
    if parsed.scheme not in {"http", "https"} or not host:
        raise ValueError("the address of Spotler has to start with https:// and name a host")
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise ValueError("the address of Spotler must hold no user, no query and no fragment")
    return str(parsed).rstrip("/?#")


def _counted[T: (Automation, Campaign)](found: Listing[T], what: str) -> tuple[T, ...]:
    if found.skipped:
        _logger.warning("spotler_list_items_skipped", extra={"list": what, "skipped": found.skipped})
    return found.items
