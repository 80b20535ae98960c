"""What does a validated job tell of the start that it stands for?

Only the row of the job gets to see this text, which repeats values that stand on the same row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from jobs.fields import FieldType, FieldValue
from jobs.language import Language
from jobs.texts import cut, units, whole

LENGTH: Final = 3300
"""Most UTF-16 units of the text; the rest of a result message has its place beside it."""

DOUBTS_LENGTH: Final = 1500
_VALUE_LENGTHS: Final = (1000, 400, 200, 100, 50, 25, 12)
_NAME_LENGTH: Final = 60
_DOUBT_LENGTH: Final = 400
_NAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Doubts:
    """What may be wrong with a start although nothing keeps it from being sent.

    Attributes:
        withdrawn: the catalogue says that it is no longer published.
        unlisted: the catalogue has no list of its fields, and the job passes none.
        blank: names of fields without a value.
        notes: sentences that the start would give as well.
    """

    withdrawn: bool = False
    unlisted: bool = False
    blank: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def told(label: str, fields: Sequence[FieldValue], doubts: Doubts, language: Language) -> str:
    """The fields as they would go out, by type, and every doubt, a line for each.

    At most `LENGTH` UTF-16 units: long values are shortened, all of them equally, before any field is left
    out; what is left out is counted.
    """
    say = _TEXTS[language]
    below = "\n".join([*_doubts(label, doubts, say), say["asked"]])
    head = say["fields"] if fields else say["no_fields"]
    room = LENGTH - units(head) - units(below) - 2
    return "\n".join(filter(None, [head, _fields(fields, room, say), below]))


def _doubts(label: str, doubts: Doubts, say: Mapping[str, str]) -> list[str]:
    sentences: list[str] = []
    name = cut(whole(label), _DOUBT_LENGTH // 2) or say["nameless"]
    if doubts.withdrawn:
        sentences.append(say["withdrawn"].format(label=name))
    if doubts.unlisted:
        sentences.append(say["unlisted"].format(label=name))
    if doubts.blank:
        names = [cut(whole(one), _NAME_LENGTH) for one in doubts.blank[:_NAMES]]
        if len(doubts.blank) > _NAMES:
            names.append(say["more"].format(count=len(doubts.blank) - _NAMES))
        sentences.append(say["blank"].format(names=", ".join(names)))
    sentences += doubts.notes
    if not sentences:
        return [say["no_doubts"]]
    # The sentence about blank names is longer than a doubt may be, and bounded by itself.
    lines = [f"- {cut(whole(one), 2 * _DOUBT_LENGTH + 100)}" for one in sentences]
    return [say["doubts"], *_as_many_as_fit(lines, DOUBTS_LENGTH, say)]


def _fields(fields: Sequence[FieldValue], room: int, say: Mapping[str, str]) -> str:
    for length in _VALUE_LENGTHS:
        lines = _by_type(fields, length)
        if units("\n".join(lines)) <= room:
            return "\n".join(lines)
    single = [f"{one.type}: {_pair(one, _VALUE_LENGTHS[-1])}" for one in _sorted(fields)]
    return "\n".join(_as_many_as_fit(single, room, say))


def _by_type(fields: Sequence[FieldValue], length: int) -> list[str]:
    return [
        f"{kind}: {'; '.join(_pair(one, length) for one in fields if one.type is kind)}"
        for kind in FieldType
        if any(one.type is kind for one in fields)
    ]


def _sorted(fields: Iterable[FieldValue]) -> list[FieldValue]:
    return sorted(fields, key=lambda one: list(FieldType).index(one.type))


def _pair(one: FieldValue, length: int) -> str:
    # A value in quotes may hold line breaks, which would look like the next line of this text.
    flat = cut(" ".join(whole(",".join(one.values)).split()), length)
    value = f"{{{flat}}}" if one.type is FieldType.PRODUCTLIST else flat
    return f"{cut(whole(one.name), _NAME_LENGTH)}={value}"


def _as_many_as_fit(lines: Sequence[str], room: int, say: Mapping[str, str]) -> list[str]:
    kept: list[str] = []
    left = room - units(say["more"].format(count=len(lines))) - 1
    for line in lines:
        left -= units(line) + 1
        if left < 0:
            return [*kept, say["more"].format(count=len(lines) - len(kept))]
        kept.append(line)
    return kept


_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = {
    "en": {
        "fields": "A start would send these fields:",
        "no_fields": "A start would send no fields.",
        "doubts": "Doubts:",
        "no_doubts": "Nothing is doubtful.",
        "withdrawn": "{label} is no longer published according to the catalogue, so Spotler will probably refuse it.",
        "unlisted": "The catalogue has no list of fields for {label}, so it is not known whether it needs any.",
        "blank": "Without a value, so not sent: {names}.",
        "more": "and {count} more",
        "nameless": "the automation",
        "asked": "Spotler was not asked: whether it knows this person and takes the start shows at the start.",
    },
    "nl": {
        "fields": "Een start zou deze velden versturen:",
        "no_fields": "Een start zou geen velden versturen.",
        "doubts": "Twijfels:",
        "no_doubts": "Er is geen twijfel.",
        "withdrawn": "{label} is volgens de catalogus niet meer gepubliceerd, dus zal Spotler waarschijnlijk weigeren.",
        "unlisted": "De catalogus heeft geen lijst van velden voor {label}, dus is niet bekend of hij er nodig heeft.",
        "blank": "Zonder waarde, dus niet verstuurd: {names}.",
        "more": "en nog {count}",
        "nameless": "de automation",
        "asked": "Spotler is niet gevraagd: of het deze persoon kent en de start aanneemt, blijkt bij de start.",
    },
}
