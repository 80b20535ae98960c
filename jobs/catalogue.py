"""Which catalogue rows should there be, and what has to change for that?"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from dataverse.tables import Kind, State
from jobs.fields import FieldType, render_template
from jobs.texts import cut, units, whole
from spotler import Automation, Campaign

NAME_LENGTH: Final = 200
ID_LENGTH: Final = 200
TEMPLATE_LENGTH: Final = 100_000
SMALL: Final = 8
"""A catalogue with fewer published entries of a kind may lose any number of them at once."""

EMOJI: Final[Mapping[Kind, str]] = {Kind.AUTOMATION: "🚀", Kind.CAMPAIGN: "📢"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One external trigger, as it should stand in the catalogue.

    Attributes:
        code: what starts it: trigger code, or encrypted trigger id.
        external_id: what stops it: automation id, or encrypted campaign id; several automations
            behind one trigger are separated by commas.
        template: what a job's Automation Fields are pre-filled with; None where no field is known.
    """

    kind: Kind
    code: str
    external_id: str
    name: str
    template: str | None
    published: bool

    @property
    def key(self) -> str:
        """Alternate key: kind letter and hex digest, so that no character of the code can break a URL."""
        return f"{self.kind.name[0]}{hashlib.sha256(self.code.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True)
class Known:
    """A catalogue row as it stands."""

    id: UUID
    etag: str
    entry: Entry
    key: str


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one row; `row` is None where it has to be created."""

    entry: Entry
    row: Known | None
    renamed: bool = False
    fields_changed: bool = False
    deactivated: bool = False
    reactivated: bool = False
    other: bool = False

    @property
    def added(self) -> bool:
        """The row does not exist yet."""
        return self.row is None


@dataclass(frozen=True, slots=True)
class Difference:
    """What a sync would do.

    Attributes:
        refused: kinds whose list would withdraw more than half of a catalogue that is not small.
    """

    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    refused: tuple[Kind, ...] = field(default=())


def unfit(entry: Entry) -> bool:
    """Whether no catalogue row can hold an entry, because its ids are too long or cannot be stored."""
    ids = (entry.code, entry.external_id)
    return any(units(whole(one)) > ID_LENGTH or whole(one) != one for one in ids)


def entries(automations: Iterable[Automation], campaigns: Iterable[Campaign]) -> list[Entry]:
    """One entry for each external trigger, published or not.

    The label of a trigger is what people see; where two of a kind are alike, the name of the
    automation or campaign is added to tell them apart. One trigger code under several automations
    starts them all, so it is one entry; it is published while any of them is.
    """
    found: dict[tuple[Kind, str], tuple[Entry, str]] = {}
    for automation in automations:
        for trigger in automation.triggers:
            template = (
                render_template([(item.name, _field_type(item.type)) for item in trigger.fields]) or None
                if trigger.fields is not None
                else None
            )
            entry = Entry(
                Kind.AUTOMATION,
                trigger.code,
                automation.id,
                trigger.label or automation.name,
                template,
                automation.published,
            )
            _keep(found, entry, automation.name)
    for campaign in campaigns:
        for start in campaign.triggers:
            entry = Entry(
                Kind.CAMPAIGN,
                start.encrypted_id,
                campaign.encrypted_id,
                start.name or campaign.name,
                None,
                campaign.active,
            )
            _keep(found, entry, campaign.name)
    return _labelled(found.values())


def _field_type(wire: object) -> FieldType | None:
    return FieldType(str(wire)) if wire is not None else None


def _keep(found: dict[tuple[Kind, str], tuple[Entry, str]], entry: Entry, owner: str) -> None:
    known = found.get((entry.kind, entry.code))
    if known is None or (entry.published and not known[0].published):
        found[entry.kind, entry.code] = (entry, owner)
    elif entry.published == known[0].published:
        both = f"{known[0].external_id},{entry.external_id}"
        found[entry.kind, entry.code] = (replace(known[0], external_id=both), known[1])


def _labelled(found: Iterable[tuple[Entry, str]]) -> list[Entry]:
    pairs = list(found)
    alike = Counter((entry.kind, entry.name) for entry, _ in pairs if entry.published)
    labelled: list[Entry] = []
    for entry, owner in pairs:
        twin = alike[entry.kind, entry.name] > 1 and owner and owner != entry.name
        text = f"{entry.name} ({owner})" if twin else entry.name
        name = cut(f"{EMOJI[entry.kind]} {whole(text)}", NAME_LENGTH)
        template = whole(entry.template) if entry.template is not None else None
        if template is not None and units(template) > TEMPLATE_LENGTH:
            template = None
        labelled.append(replace(entry, name=name, template=template))
    return labelled


def difference(
    wanted: Sequence[Entry], known: Sequence[Known], *, listed: frozenset[Kind], force: bool = False
) -> Difference:
    """Compare what Spotler listed with what stands in the catalogue.

    Args:
        wanted: entries of the kinds in `listed`.
        known: all rows of the catalogue.
        listed: kinds whose list arrived and was not empty; rows of other kinds are left alone.
        force: accept a list that withdraws more than half of a catalogue.
    """
    by_key = {row.key: row for row in known}
    wanted_keys = {entry.key for entry in wanted}
    changes = [
        change
        for entry in wanted
        if entry.kind in listed and (change := _change(entry, by_key.get(entry.key))) is not None
    ]
    vanished = [
        Change(row.entry, row, deactivated=True)
        for row in known
        if row.entry.kind in listed and row.entry.published and row.key not in wanted_keys
    ]
    changes += vanished
    refused = () if force else tuple(kind for kind in sorted(listed) if _shrinks(kind, changes, known))
    kept = tuple(change for change in changes if not (change.deactivated and change.entry.kind in refused))
    touched = sum(1 for change in kept if change.row is not None)
    return Difference(kept, len(known) - touched, refused)


def _shrinks(kind: Kind, changes: Iterable[Change], known: Iterable[Known]) -> bool:
    published = sum(1 for row in known if row.entry.kind is kind and row.entry.published)
    leaving = sum(1 for change in changes if change.deactivated and change.entry.kind is kind)
    return published >= SMALL and leaving * 2 > published


def _change(entry: Entry, row: Known | None) -> Change | None:
    if row is None:
        # What was never offered needs no row to say that it is not.
        return Change(entry, None) if entry.published else None
    change = Change(
        entry,
        row,
        renamed=entry.name != row.entry.name,
        fields_changed=(entry.template or "") != (row.entry.template or ""),
        deactivated=row.entry.published and not entry.published,
        reactivated=entry.published and not row.entry.published,
        other=(entry.external_id, entry.code) != (row.entry.external_id, row.entry.code),
    )
    same = not any(
        (change.renamed, change.fields_changed, change.deactivated, change.reactivated, change.other)
    )
    return None if same else change


def published_state(*, published: bool) -> State:
    """The `statecode` of a catalogue row."""
    return State.ACTIVE if published else State.INACTIVE
