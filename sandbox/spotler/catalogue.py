"""What is set up in this Mail+ account: automations, campaigns, contacts, keys?"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class FieldType(StrEnum):
    """Types of a field, as the vendor's API description spells them."""

    STRING = "STRING"
    URL = "URL"
    PRODUCTLIST = "PRODUCTLIST"


class Participation(StrEnum):
    """How often a contact may take part; Mail+ offers these in the publisher."""

    UNLIMITED = "unlimited"
    ONCE = "once"
    ONCE_WHILE_RUNNING = "once_while_running"


@dataclass(frozen=True, slots=True)
class Field:
    """A field that occurs in the messages."""

    name: str
    type: FieldType


@dataclass(frozen=True, slots=True)
class Message:
    """A mail with placeholders such as `[automationField:name]`."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Trigger:
    """An external trigger of an automation; `fields` None means that they are not known."""

    code: str
    label: str
    fields: tuple[Field, ...] | None


@dataclass(frozen=True, slots=True)
class Automation:
    """An automation; `messages` None means: one made up from its fields."""

    id: str
    name: str
    published: bool
    participation: Participation
    triggers: tuple[Trigger, ...]
    messages: tuple[Message, ...] | None


@dataclass(frozen=True, slots=True)
class CampaignTrigger:
    """An external trigger of a campaign; `fields` None means that they are not known."""

    encrypted_id: str
    name: str
    fields: tuple[Field, ...] | None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; without messages it cannot run; `selection` None means that everyone is in it."""

    encrypted_id: str
    name: str
    active: bool
    participation: Participation
    triggers: tuple[CampaignTrigger, ...]
    messages: tuple[Message, ...] | None
    selection: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact; `at_limit` holds the ids of the automations it may not take part in any more."""

    external_id: str
    name: str
    properties: dict[str, object]
    at_limit: frozenset[str]


@dataclass(frozen=True, slots=True)
class Key:
    """A REST key; without licence every call with it is answered 403."""

    key: str
    secret: str
    licensed: bool


@dataclass(slots=True)
class Catalogue:
    """All of it, by id; ids of automations and trigger codes are UUIDs and kept in lower case."""

    automations: dict[str, Automation] = field(default_factory=dict)
    campaigns: dict[str, Campaign] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    keys: dict[str, Key] = field(default_factory=dict)
    missing_products: set[str] = field(default_factory=set)

    def add(self, other: Catalogue) -> None:
        """Take over all of `other`; what has the same id is replaced."""
        self.automations.update(other.automations)
        self.campaigns.update(other.campaigns)
        self.contacts.update(other.contacts)
        self.keys.update(other.keys)
        self.missing_products |= other.missing_products

    def automations_of(self, code: str) -> tuple[tuple[Automation, Trigger], ...]:
        """Every automation that a trigger code reaches; there may be several."""
        wanted = code.lower()
        return tuple(
            (automation, trigger)
            for automation in self.automations.values()
            for trigger in automation.triggers
            if trigger.code == wanted
        )

    def campaign_of(self, trigger_id: str) -> tuple[Campaign, CampaignTrigger] | None:
        """The campaign an encrypted trigger id belongs to."""
        for campaign in self.campaigns.values():
            for trigger in campaign.triggers:
                if trigger.encrypted_id == trigger_id:
                    return campaign, trigger
        return None
