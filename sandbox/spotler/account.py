"""What does Mail+ do when something is to be started or stopped?

Decides and keeps the state; knows nothing of HTTP. What it refuses is spelled as the vendor's API description
spells it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sandbox.spotler import seed
from sandbox.spotler.catalogue import Campaign, Catalogue, FieldType, Participation
from sandbox.spotler.runs import Kind, Run, Runs, Start, State, Value, admits


class ErrorType(StrEnum):
    """Those of the vendor's error types that this account answers with."""

    INVALID_PARAMS = "INVALID_PARAMS"
    INVALID_STATE = "INVALID_STATE"
    PRODUCT_NOTFOUND = "PRODUCT_NOTFOUND"
    AUTH_NOT_FOUND = "AUTH_NOT_FOUND"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"
    CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
    RESOURCE_NOT_FOUND = "RESOURCE_NOT_FOUND"
    TRIGGER_NOTFOUND = "TRIGGER_NOTFOUND"
    CAMPAIGN_NOTFOUND = "CAMPAIGN_NOTFOUND"


class Declined(Exception):  # noqa: N818 - it is an answer of the account, not a failure of this code
    """The account does not do it.

    Attributes:
        status: HTTP status of the answer.
        error: the vendor's type.
        message: a sentence for people.
    """

    def __init__(self, status: int, error: ErrorType, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = error
        self.message = message


class TriggerResult(StrEnum):
    """Result of an automation trigger as a whole."""

    OK = "OK"
    TRIGGER_NOTFOUND = "TRIGGER_NOTFOUND"
    CONTACT_NOTFOUND = "CONTACT_NOTFOUND"
    NOT_TRIGGERED = "NOT_TRIGGERED"


class AutomationResult(StrEnum):
    """Result for one of the automations a trigger code reaches."""

    OK = "OK"
    AUTOMATION_INACTIVE = "AUTOMATION_INACTIVE"
    PARTICIPATION_LIMIT_REACHED = "PARTICIPATION_LIMIT_REACHED"


@dataclass(frozen=True, slots=True)
class Reached:
    """One automation that a trigger code reached, and the run it started."""

    automation_id: str
    result: AutomationResult
    run: Run | None = None


@dataclass(frozen=True, slots=True)
class Triggered:
    """Answer to an automation trigger."""

    result: TriggerResult
    reached: tuple[Reached, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A field as a caller sent it."""

    name: str
    type: FieldType
    value: Value


@dataclass(slots=True)
class Account:
    """The catalogue and the runs of one Mail+ account."""

    catalogue: Catalogue = field(default_factory=seed.fresh)
    runs: Runs = field(default_factory=Runs)

    def reset(self) -> None:
        """Back to the seed data, without runs."""
        self.catalogue = seed.fresh()
        self.runs.clear()

    def seed(self, given: Mapping[str, Any]) -> dict[str, int]:
        """Add what `given` describes, replacing what has the same id; gives how many of each.

        Raises:
            Refused: `given` is not understood; then nothing is added.
        """
        added = seed.read(given)
        self.catalogue.add(added)
        return {
            "automations": len(added.automations),
            "campaigns": len(added.campaigns),
            "contacts": len(added.contacts),
            "keys": len(added.keys),
            "missingProducts": len(added.missing_products),
        }

    def remove(self, given: Mapping[str, Any]) -> dict[str, int]:
        """Make automations, campaigns or contacts vanish, by lists of their ids; gives how many of each.

        Raises:
            Refused: `given` is not understood; then nothing vanishes.
        """
        gone = seed.ids(given)
        return {
            "automations": _take(self.catalogue.automations, [one.lower() for one in gone["automations"]]),
            "campaigns": _take(self.catalogue.campaigns, gone["campaigns"]),
            "contacts": _take(self.catalogue.contacts, gone["contacts"]),
        }

    # --- automations ---

    def trigger_automation(self, code: str, external_contact_id: str, sent: tuple[Sent, ...]) -> Triggered:
        """Start every automation that `code` reaches, where it may be started."""
        targets = self.catalogue.automations_of(code)
        if not targets:
            return Triggered(TriggerResult.TRIGGER_NOTFOUND)
        contact = self.catalogue.contacts.get(external_contact_id)
        if contact is None:
            return Triggered(TriggerResult.CONTACT_NOTFOUND)
        values = {one.name: one.value for one in sent}
        reached = []
        for automation, trigger in targets:
            earlier = [run.state for run in self.runs.of(automation.id, external_contact_id)]
            if not automation.published:
                reached.append(Reached(automation.id, AutomationResult.AUTOMATION_INACTIVE))
            elif automation.id in contact.at_limit or not admits(automation.participation, earlier):
                reached.append(Reached(automation.id, AutomationResult.PARTICIPATION_LIMIT_REACHED))
            else:
                start = Start.of_automation(automation, trigger)
                run = self.runs.begin(start, external_contact_id, values)
                reached.append(Reached(automation.id, AutomationResult.OK, run))
        started = any(one.run is not None for one in reached)
        result = TriggerResult.OK if started else TriggerResult.NOT_TRIGGERED
        return Triggered(result, tuple(reached))

    def stop_automation(self, automation_id: str, external_contact_id: str) -> None:
        """Stop every running run of a person in an automation (a guess: nothing is published about it).

        Raises:
            Declined: automation or contact unknown, or nothing is running.
        """
        wanted = automation_id.lower()
        if wanted not in self.catalogue.automations:
            raise Declined(404, ErrorType.RESOURCE_NOT_FOUND, "Automation not found")
        if external_contact_id not in self.catalogue.contacts:
            raise Declined(404, ErrorType.CONTACT_NOT_FOUND, "Contact not found")
        self._stop_all(self.runs.of(wanted, external_contact_id), "Automation")

    def stop_run(self, run_id: str) -> None:
        """Stop one run of an automation (a guess: nothing is published about it).

        Raises:
            Declined: the run is unknown, or is over already.
        """
        run = self.runs.find(run_id)
        if run is None or run.start.kind is not Kind.AUTOMATION:
            raise Declined(404, ErrorType.RESOURCE_NOT_FOUND, "Automation contact not found")
        self._stop_all((run,), "Automation")

    # --- campaigns ---

    def trigger_campaign(self, trigger_id: str, external_contact_id: str, sent: tuple[Sent, ...]) -> None:
        """Start the campaign that an encrypted trigger id belongs to.

        Raises:
            Declined: with each of the documented refusals.
        """
        found = self.catalogue.campaign_of(trigger_id)
        if found is None:
            raise Declined(404, ErrorType.TRIGGER_NOTFOUND, "Trigger not found")
        campaign, trigger = found
        self._known_contact(external_contact_id)
        self._known_products(sent)
        self._may_start(campaign, external_contact_id)
        values = {one.name: one.value for one in sent}
        self.runs.begin(Start.of_campaign(campaign, trigger), external_contact_id, values)

    def stop_campaign(self, campaign_id: str, external_contact_id: str) -> None:
        """Stop a campaign for a person.

        Raises:
            Declined: campaign or contact unknown, never triggered, or already finished.
        """
        self.campaign(campaign_id)
        self._known_contact(external_contact_id)
        self._stop_all(self.runs.of(campaign_id, external_contact_id), "Campaign")

    def campaign(self, campaign_id: str) -> Campaign:
        """The campaign of that encrypted id.

        Raises:
            Declined: there is none.
        """
        found = self.catalogue.campaigns.get(campaign_id)
        if found is None:
            raise Declined(404, ErrorType.CAMPAIGN_NOTFOUND, "Campaign not found")
        return found

    # --- what is refused ---

    def _known_contact(self, external_contact_id: str) -> None:
        if external_contact_id not in self.catalogue.contacts:
            raise Declined(400, ErrorType.CONTACT_NOT_FOUND, "Contact not found")

    def _known_products(self, sent: tuple[Sent, ...]) -> None:
        for one in sent:
            products = one.value if isinstance(one.value, list) else []
            if not self.catalogue.missing_products.isdisjoint(products):
                raise Declined(400, ErrorType.PRODUCT_NOTFOUND, "Product not found")

    def _may_start(self, campaign: Campaign, external_contact_id: str) -> None:
        if not campaign.active:
            raise Declined(400, ErrorType.INVALID_STATE, "Campaign inactive")
        if campaign.messages == ():
            raise Declined(400, ErrorType.INVALID_STATE, "Campaign missing message")
        if campaign.selection is not None and external_contact_id not in campaign.selection:
            raise Declined(400, ErrorType.INVALID_STATE, "Contact not in selection")
        states = [run.state for run in self.runs.of(campaign.encrypted_id, external_contact_id)]
        if not admits(campaign.participation, states):
            active = campaign.participation is Participation.ONCE_WHILE_RUNNING
            told = "Contact already active in campaign" if active else "Contact already in campaign"
            raise Declined(400, ErrorType.INVALID_STATE, told)

    def _stop_all(self, runs: tuple[Run, ...], what: str) -> None:
        running = [run for run in runs if run.state is State.RUNNING]
        if not runs:
            raise Declined(400, ErrorType.INVALID_STATE, f"{what} not triggered")
        if not running:
            raise Declined(400, ErrorType.INVALID_STATE, f"{what} already finished")
        for run in running:
            run.end(State.STOPPED)


def _take[T](held: dict[str, T], ids: Iterable[str]) -> int:
    return sum(held.pop(one, None) is not None for one in ids)
