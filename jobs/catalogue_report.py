"""What does a change of the catalogue mean for people, and which unfinished jobs does it break?

Labels and names of fields are the marketer's words. The names of jobs are people's own: they stand in notes on
catalogue rows, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from jobs.catalogue import Change
from jobs.fields import FieldType, read_fields, read_template
from jobs.language import Language
from jobs.texts import cut, units, whole

NOTE_LENGTH: Final = 4000
"""Most UTF-16 units of a note; the column takes 100,000, a reader does not."""

_NAMES: Final = 10
_NAME_LENGTH: Final = 100


@dataclass(frozen=True, slots=True)
class FieldChanges:
    """How a list of fields differs from the one before.

    Attributes:
        retyped: name, type before and type now.
    """

    added: tuple[tuple[str, FieldType], ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[tuple[str, FieldType, FieldType], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The same for a machine."""
        return {
            "added": [{"name": name, "type": kind.value} for name, kind in self.added],
            "removed": list(self.removed),
            "retyped": [
                {"name": name, "from": before.value, "to": now.value} for name, before, now in self.retyped
            ],
        }


class Break(StrEnum):
    """Why a job cannot be carried out any more as it stands."""

    WITHDRAWN = "WITHDRAWN"
    FIELDS = "FIELDS"


@dataclass(frozen=True, slots=True)
class WaitingStart:
    """A start that nobody has begun; `automation` is its catalogue row."""

    id: UUID
    name: str
    automation: UUID
    fields: str


@dataclass(frozen=True, slots=True)
class BrokenJob:
    """A start that a change breaks; `label` is that of its automation now."""

    id: UUID
    name: str
    automation: UUID
    label: str
    reason: Break


def field_changes(before: str | None, now: str | None) -> FieldChanges:
    """Compare two texts of `spotler_fieldtemplate`; a text that is no list counts as one without fields."""
    old, new = read_template(before) or {}, read_template(now) or {}
    return FieldChanges(
        tuple((name, kind) for name, kind in new.items() if name not in old),
        tuple(name for name in old if name not in new),
        tuple((name, old[name], kind) for name, kind in new.items() if old.get(name, kind) is not kind),
    )


def may_break(change: Change) -> bool:
    """Whether a start on this row can be broken by its change."""
    return change.row is not None and (change.deactivated or change.fields_changed)


def noteworthy(change: Change) -> bool:
    """Whether the change is worth a note on its row.

    A new row tells by itself that it is new, and what only we need, such as another id, concerns nobody.
    """
    told = change.renamed or change.fields_changed or change.deactivated or change.reactivated
    return change.row is not None and told


def broken(
    changes: Iterable[Change], waiting: Iterable[WaitingStart], *, quoting: bool, max_length: int
) -> tuple[BrokenJob, ...]:
    """The starts that these changes break, in the order of `waiting`.

    A start breaks when its automation is withdrawn, and when its text was right by the list before and is wrong by
    the one now. One that was wrong before is not broken by the change.
    """
    by_row = {change.row.id: change for change in changes if change.row is not None and may_break(change)}
    found: list[BrokenJob] = []
    for job in waiting:
        change = by_row.get(job.automation)
        reason = _reason(change, job.fields, quoting, max_length) if change is not None else None
        if change is not None and reason is not None:
            found.append(BrokenJob(job.id, job.name, job.automation, change.entry.name, reason))
    return tuple(found)


def _reason(change: Change, text: str, quoting: bool, max_length: int) -> Break | None:
    if change.deactivated:
        return Break.WITHDRAWN

    def wrong(template: str | None) -> bool:
        known = read_template(template) if template else None
        return bool(read_fields(text, known, automation="", quoting=quoting, max_length=max_length).problems)

    before = change.row.entry.template if change.row is not None else None
    return Break.FIELDS if wrong(change.entry.template) and not wrong(before) else None


def note_text(change: Change, jobs: Sequence[BrokenJob], language: Language, *, whole_list: bool) -> str:
    """What stands in the note on the row of a change, a line for each thing; at most `NOTE_LENGTH` UTF-16 units.

    Args:
        change: a noteworthy one.
        jobs: those of this row that it breaks.
        language: of the text.
        whole_list: False where there were more jobs than were looked at.
    """
    say = _TEXTS[language]
    lines: list[str] = []
    if change.renamed and change.row is not None:
        lines.append(
            say["renamed"].format(before=_short(change.row.entry.name), now=_short(change.entry.name))
        )
    if change.deactivated:
        lines.append(say["withdrawn"])
    if change.reactivated:
        lines.append(say["published"])
    if change.fields_changed and change.row is not None:
        changes = field_changes(change.row.entry.template, change.entry.template)
        lines += [f"{one[0].upper()}{one[1:]}." for one in _fields(changes, say)] or [say["relisted"]]
    if jobs:
        names = _listed([_short(job.name or str(job.id)) for job in jobs], say)
        lines.append(say["breaks"].format(count=len(jobs), names=names))
        lines.append(say["mend_withdrawn" if change.deactivated else "mend_fields"])
    if not whole_list:
        lines.append(say["more_jobs"])
    return cut("\n".join(lines), NOTE_LENGTH)


def fields_in_words(changes: FieldChanges, language: Language) -> str:
    """Such as "fields added: code (STRING); fields removed: vat"; empty where only their order differs."""
    return "; ".join(_fields(changes, _TEXTS[language]))


def broken_in_words(jobs: Sequence[BrokenJob], language: Language, *, whole_list: bool) -> str:
    """Which automations have how many jobs that break, without the name of any job; empty where none."""
    say = _TEXTS[language]
    counted: dict[tuple[str, Break], int] = {}
    for job in jobs:
        counted[job.label, job.reason] = counted.get((job.label, job.reason), 0) + 1
    groups = [
        say[f"group_{reason}"].format(count=count, label=_short(label))
        for (label, reason), count in counted.items()
    ]
    told = [say["broken"].format(count=len(jobs), groups=_listed(groups, say))] if jobs else []
    return " ".join(told + ([] if whole_list else [say["more_jobs"]]))


def _fields(changes: FieldChanges, say: Mapping[str, str]) -> list[str]:
    parts = (
        ("fields_added", [f"{_short(name)} ({kind.value})" for name, kind in changes.added]),
        ("fields_removed", [_short(name) for name in changes.removed]),
        (
            "fields_retyped",
            [f"{_short(name)} ({before.value} → {now.value})" for name, before, now in changes.retyped],
        ),
    )
    return [say[key].format(names=_listed(names, say)) for key, names in parts if names]


def _listed(names: Sequence[str], say: Mapping[str, str]) -> str:
    rest = [say["more"].format(count=len(names) - _NAMES)] if len(names) > _NAMES else []
    return ", ".join([*names[:_NAMES], *rest])


def _short(name: str) -> str:
    return cut(whole(name), _NAME_LENGTH) if units(whole(name)) > _NAME_LENGTH else whole(name)


_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "renamed": "Renamed: {before} → {now}.",
        "withdrawn": "No longer published in Spotler.",
        "published": "Published in Spotler again.",
        "relisted": "The list of fields has another order.",
        "fields_added": "fields added: {names}",
        "fields_removed": "fields removed: {names}",
        "fields_retyped": "fields of another type: {names}",
        "breaks": "Unfinished jobs that this breaks: {count} ({names}).",
        "mend_withdrawn": "Publish it in Spotler again, or deactivate these jobs.",
        "mend_fields": "Deactivate these jobs and create them anew with the fields as they are now.",
        "broken": "Unfinished jobs that this breaks: {count} ({groups}).",
        "group_WITHDRAWN": "{count} of {label}, which was withdrawn",
        "group_FIELDS": "{count} of {label}, whose fields changed",
        "more": "and {count} more",
        "more_jobs": "Not all unfinished jobs could be looked at; there may be more.",
    },
    "nl": {
        "renamed": "Hernoemd: {before} → {now}.",
        "withdrawn": "Niet meer gepubliceerd in Spotler.",
        "published": "Opnieuw gepubliceerd in Spotler.",
        "relisted": "De lijst van velden heeft een andere volgorde.",
        "fields_added": "velden toegevoegd: {names}",
        "fields_removed": "velden verwijderd: {names}",
        "fields_retyped": "velden van een ander soort: {names}",
        "breaks": "Onvoltooide jobs die hierdoor niet meer kunnen: {count} ({names}).",
        "mend_withdrawn": "Publiceer hem opnieuw in Spotler, of deactiveer deze jobs.",
        "mend_fields": "Deactiveer deze jobs en maak ze opnieuw met de velden zoals ze nu zijn.",
        "broken": "Onvoltooide jobs die hierdoor niet meer kunnen: {count} ({groups}).",
        "group_WITHDRAWN": "{count} van {label}, die is ingetrokken",
        "group_FIELDS": "{count} van {label}, waarvan de velden zijn gewijzigd",
        "more": "en nog {count}",
        "more_jobs": "Niet alle onvoltooide jobs konden worden bekeken; er kunnen er meer zijn.",
    },
}
