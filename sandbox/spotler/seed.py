"""How does a seed in JSON become a catalogue, and what does a fresh sandbox hold?

The form is that of `seed.json` beside this file. What has the id of something that is there replaces it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from sandbox.control import Refused
from sandbox.spotler.catalogue import (
    Automation,
    Campaign,
    CampaignTrigger,
    Catalogue,
    Contact,
    Field,
    FieldType,
    Key,
    Message,
    Participation,
    Trigger,
)

_SEED = Path(__file__).with_name("seed.json")


def fresh() -> Catalogue:
    """What a sandbox holds when it starts and after a reset."""
    return read(json.loads(_SEED.read_text(encoding="utf-8")))


def read(given: Mapping[str, Any]) -> Catalogue:
    """The catalogue that `given` describes.

    Raises:
        Refused: a member is unknown, missing or of the wrong type; the sentence names its place.
    """
    top = _Object(given, "")
    catalogue = Catalogue(
        automations={one.id: one for one in top.each("automations", _automation)},
        campaigns={one.encrypted_id: one for one in top.each("campaigns", _campaign)},
        contacts={one.external_id: one for one in top.each("contacts", _contact)},
        keys={one.key: one for one in top.each("keys", _key)},
        missing_products=set(top.texts("missingProducts") or ()),
    )
    top.done()
    return catalogue


def ids(given: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The ids in `{"automations": [...], "campaigns": [...], "contacts": [...]}`; each may be absent.

    Raises:
        Refused: a member is unknown or no list of texts.
    """
    top = _Object(given, "")
    found = {name: top.texts(name) or () for name in ("automations", "campaigns", "contacts")}
    top.done()
    return found


class _Object:
    """A JSON object being read: knows its place, and at the end what nobody asked for."""

    def __init__(self, value: object, place: str) -> None:
        if not isinstance(value, Mapping):
            raise Refused(f"{place or 'The seed'} must be an object.")
        self._value = value
        self._place = place
        self._asked: set[str] = set()

    def _get(self, name: str) -> Any:
        self._asked.add(name)
        return self._value.get(name)

    def _named(self, name: str) -> str:
        return f"{self._place}.{name}" if self._place else name

    def text(self, name: str, default: str | None = None, *, empty: bool = False) -> str:
        value = self._get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not (value or empty):
            raise Refused(f"{self._named(name)} must be a text{'' if empty else ' that is not empty'}.")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise Refused(f"{self._named(name)} must be true or false.")
        return value

    def choice[T: StrEnum](self, name: str, kind: type[T], default: T) -> T:
        value = self._get(name)
        if value is None:
            return default
        if not isinstance(value, str) or value not in kind:
            raise Refused(f"{self._named(name)} must be one of {', '.join(kind)}.")
        return kind(value)

    def texts(self, name: str) -> tuple[str, ...] | None:
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise Refused(f"{self._named(name)} must be a list of texts.")
        return tuple(value)

    def members(self, name: str) -> dict[str, object]:
        value = self._get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise Refused(f"{self._named(name)} must be an object.")
        return value

    def each[T](self, name: str, build: Callable[[_Object], T]) -> tuple[T, ...]:
        return self.each_or_none(name, build) or ()

    def each_or_none[T](self, name: str, build: Callable[[_Object], T]) -> tuple[T, ...] | None:
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, list):
            raise Refused(f"{self._named(name)} must be a list.")
        built = []
        for position, one in enumerate(value):
            item = _Object(one, f"{self._named(name)}[{position}]")
            built.append(build(item))
            item.done()
        return tuple(built)

    def done(self) -> None:
        unknown = sorted(set(self._value) - self._asked)
        if unknown:
            known = ", ".join(sorted(self._asked))
            raise Refused(f"{self._named(unknown[0])} is not known here; known are {known}.")


def _automation(item: _Object) -> Automation:
    return Automation(
        id=item.text("id").lower(),
        name=item.text("name"),
        published=item.flag("published", default=True),
        participation=item.choice("participation", Participation, Participation.UNLIMITED),
        triggers=item.each("triggers", _trigger),
        messages=item.each_or_none("messages", _message),
    )


def _trigger(item: _Object) -> Trigger:
    return Trigger(item.text("code").lower(), item.text("label"), item.each_or_none("fields", _field))


def _campaign(item: _Object) -> Campaign:
    selection = item.texts("selection")
    return Campaign(
        encrypted_id=item.text("encryptedId"),
        name=item.text("name"),
        active=item.flag("active", default=True),
        participation=item.choice("participation", Participation, Participation.ONCE_WHILE_RUNNING),
        triggers=item.each("triggers", _campaign_trigger),
        messages=item.each_or_none("messages", _message),
        selection=None if selection is None else frozenset(selection),
    )


def _campaign_trigger(item: _Object) -> CampaignTrigger:
    return CampaignTrigger(item.text("encryptedId"), item.text("name"), item.each_or_none("fields", _field))


def _field(item: _Object) -> Field:
    return Field(item.text("name"), item.choice("type", FieldType, FieldType.STRING))


def _message(item: _Object) -> Message:
    return Message(item.text("subject", empty=True), item.text("text", empty=True))


def _contact(item: _Object) -> Contact:
    external_id = item.text("externalId")
    return Contact(
        external_id=external_id,
        name=item.text("name", default=external_id),
        properties=item.members("properties"),
        at_limit=frozenset(one.lower() for one in item.texts("atParticipationLimit") or ()),
    )


def _key(item: _Object) -> Key:
    return Key(item.text("key"), item.text("secret"), item.flag("licensed", default=True))
