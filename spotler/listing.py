"""What stands in Spotler's lists, read as tolerantly as can be?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from spotler.contract import Contract
from spotler.models import (
    Automation,
    AutomationTrigger,
    Campaign,
    CampaignMailing,
    CampaignTrigger,
    FieldDefinition,
    FieldType,
)
from spotler.words import identifier

_AFFIRMATIVE: Final = frozenset({"TRUE", "YES", "1", "PUBLISHED", "ACTIVE"})


class UnusableList(ValueError):  # noqa: N818 - names what was found
    """What was answered is no list of the expected things; the text names its form, never its content."""


@dataclass(frozen=True, slots=True)
class Listing[T]:
    """The usable items of a list; `skipped` counts items and triggers without the id that is needed."""

    items: tuple[T, ...]
    skipped: int


def automations(document: Any, contract: Contract) -> Listing[Automation]:
    """The automations in an answer, with names as in `contract`.

    An empty list is an answer; a list of which nothing can be used is not.

    Raises:
        UnusableList: no list, or no item of it has an id, or triggers are listed and none has a code.
    """
    items = _list(document, contract.automation_list_array)
    return _listing(items, contract.automation_triggers, lambda item: _automation(item, contract))


def campaigns(document: Any) -> Listing[Campaign]:
    """The campaigns in an answer, active or not.

    Raises:
        UnusableList: as `automations`.
    """
    return _listing(_list(document, ""), "triggers", _campaign)


def campaign_mailings(document: Any) -> tuple[CampaignMailing, ...]:
    """The messages in a `CampaignMailingHistoryResponse`.

    Raises:
        UnusableList: no such list.
    """
    member = "" if isinstance(document, list) else "campaignMailingHistories"
    return tuple(_mailing(item) for item in _objects(_list(document, member)))


def mailing_ids(document: Any) -> frozenset[str]:
    """The encrypted ids in a list of `CampaignMailing`.

    Raises:
        UnusableList: no such list.
    """
    found = (identifier(item.get("encryptedId")) for item in _objects(_list(document, "")))
    return frozenset(one for one in found if one is not None)


def field_type(value: Any) -> FieldType | None:
    """The type that `value` names in any case, with or without underscores; None for anything else."""
    word = value.replace("_", "").strip().upper() if isinstance(value, str) else ""
    return FieldType(word) if word in FieldType.__members__ else None


def _list(document: Any, member: str) -> list[Any]:
    found = document.get(member) if member and isinstance(document, dict) else document
    if not isinstance(found, list):
        where = f"member {member} of the answer" if member else "answer"
        raise UnusableList(f"the {where} is no list")
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _listing[T: (Automation, Campaign)](
    items: list[Any], triggers: str, read: Callable[[dict[str, Any]], T | None]
) -> Listing[T]:
    found = [(read(item), len(_objects(item.get(triggers)))) for item in _objects(items)]
    usable = tuple(one for one, _ in found if one is not None)
    if items and not usable:
        raise UnusableList("no item of the list has an id where one is looked for")
    listed = sum(count for one, count in found if one is not None)
    coded = sum(len(one.triggers) for one in usable)
    if listed and not coded:
        raise UnusableList("no trigger in the list has a code where one is looked for")
    return Listing(usable, len(items) - len(usable) + listed - coded)


def _automation(item: dict[str, Any], contract: Contract) -> Automation | None:
    found = identifier(item.get(contract.automation_id))
    if found is None:
        return None
    name = identifier(item.get(contract.automation_name)) or found
    triggers = (
        _automation_trigger(trigger, item, name, contract)
        for trigger in _objects(item.get(contract.automation_triggers))
    )
    return Automation(found, name, _flag(item.get(contract.automation_published)), _present(triggers))


def _automation_trigger(
    trigger: dict[str, Any], automation: dict[str, Any], name: str, contract: Contract
) -> AutomationTrigger | None:
    code = identifier(trigger.get(contract.trigger_code))
    if code is None:
        return None
    fields = trigger.get(contract.trigger_fields)
    if not isinstance(fields, list):
        fields = automation.get(contract.trigger_fields)
    return AutomationTrigger(
        code,
        identifier(trigger.get(contract.trigger_label)) or name,
        _fields(fields, contract) if isinstance(fields, list) else None,
    )


def _fields(items: list[Any], contract: Contract) -> tuple[FieldDefinition, ...]:
    return tuple(
        FieldDefinition(name, field_type(item.get(contract.field_type)))
        for item in _objects(items)
        if (name := identifier(item.get(contract.field_name))) is not None
    )


def _campaign(item: dict[str, Any]) -> Campaign | None:
    found = identifier(item.get("encryptedId"))
    if found is None:
        return None
    name = identifier(item.get("name")) or found
    triggers = (_campaign_trigger(trigger, name) for trigger in _objects(item.get("triggers")))
    return Campaign(found, name, _flag(item.get("active")), _present(triggers))


def _campaign_trigger(trigger: dict[str, Any], campaign: str) -> CampaignTrigger | None:
    found = identifier(trigger.get("encryptedId"))
    return None if found is None else CampaignTrigger(found, identifier(trigger.get("name")) or campaign)


def _mailing(item: dict[str, Any]) -> CampaignMailing:
    mailing = item.get("campaignMailing")
    mailing = mailing if isinstance(mailing, dict) else {}
    return CampaignMailing(
        subscription_id=identifier(item.get("campaignSubscriptionId")),
        mailing_id=identifier(mailing.get("encryptedId")),
        name=identifier(mailing.get("name")),
        sent_on=moment(item.get("sentDate")),
        opened=item.get("opened") is True,
        clicked=item.get("clicked") is True,
        bounce=identifier(item.get("bounce")),
    )


def moment(value: Any) -> datetime | None:
    """A date of Spotler's, aware, in UTC; it is described as ISO 8601 and was seen as epoch milliseconds.

    A date without an offset is taken for UTC. None where it cannot be read.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value / 1000, UTC)
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
        return found and (found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _flag(value: Any) -> bool:
    """A mark; without one the item counts as marked: a list may hold only what is published."""
    if isinstance(value, str):
        return value.strip().upper() in _AFFIRMATIVE
    return value is None or bool(value)


def _present[T](items: Iterable[T | None]) -> tuple[T, ...]:
    return tuple(item for item in items if item is not None)
