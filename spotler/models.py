"""What are the things that Spotler lists, takes and answers?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from spotler import codes


class FieldType(StrEnum):
    """Type of a field in the messages of an automation or campaign."""

    STRING = "STRING"
    URL = "URL"
    PRODUCTLIST = "PRODUCTLIST"


@dataclass(frozen=True, slots=True)
class AutomationField:
    """A value for the messages of one run.

    `values` holds exactly one text, unless the type is PRODUCTLIST: then any number of product ids.

    Raises:
        ValueError: no name, or a number of values that the type does not take.
    """

    name: str
    type: FieldType
    values: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a field needs a name")
        if self.type is not FieldType.PRODUCTLIST and len(self.values) != 1:
            raise ValueError(f"a {self.type} field takes exactly one value, not {len(self.values)}")


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A field that an automation's messages use; `type` is None where Spotler names no known type."""

    name: str
    type: FieldType | None


@dataclass(frozen=True, slots=True)
class AutomationTrigger:
    """An external trigger of an automation.

    `code` starts it. `label` is what users see. `fields` is None where Spotler does not list them,
    and empty where it lists none.
    """

    code: str
    label: str
    fields: tuple[FieldDefinition, ...] | None


@dataclass(frozen=True, slots=True)
class Automation:
    """An automation; `id` stops it, each of its triggers starts it."""

    id: str
    name: str
    published: bool
    triggers: tuple[AutomationTrigger, ...]


@dataclass(frozen=True, slots=True)
class CampaignTrigger:
    """An external trigger of a campaign; `encrypted_id` starts it."""

    encrypted_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign; its own `encrypted_id` stops it, those of its triggers start it."""

    encrypted_id: str
    name: str
    active: bool
    triggers: tuple[CampaignTrigger, ...]


@dataclass(frozen=True, slots=True)
class CampaignMailing:
    """A campaign message that was sent to a contact.

    `bounce` is Spotler's word (HARDBOUNCE, SOFTBOUNCE) or None. `sent_on` is aware, in UTC; None where
    Spotler's date cannot be read.
    """

    subscription_id: str | None
    mailing_id: str | None
    name: str | None
    sent_on: datetime | None
    opened: bool
    clicked: bool
    bounce: str | None


@dataclass(frozen=True, slots=True)
class AutomationResult:
    """What one automation answered to a trigger; `run_id` is the AutomationContactId."""

    automation_id: str | None
    result: str
    run_id: str | None

    @property
    def started(self) -> bool:
        """Whether this automation started a run."""
        return codes.same(self.result, codes.OK)


@dataclass(frozen=True, slots=True)
class TriggerAnswer:
    """What Spotler answered to a trigger that started at least one run.

    One trigger code can reach several automations, of which some may refuse. Where Spotler names
    none, `results` holds one that started, without an automation id. `run_ids` holds each run that was
    started and named; it may be empty, since a start counts even if Spotler names no run.
    """

    results: tuple[AutomationResult, ...]
    run_ids: tuple[str, ...]

    @property
    def started(self) -> tuple[AutomationResult, ...]:
        """The automations that started a run; never empty."""
        return tuple(one for one in self.results if one.started)

    @property
    def refused(self) -> tuple[AutomationResult, ...]:
        """The automations that did not confirm a start, each with Spotler's word for the reason."""
        return tuple(one for one in self.results if not one.started)
