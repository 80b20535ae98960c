"""What is a new job pre-filled with, and which fields does that text tell of?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from jobs.fields.field_type import HINTS, FieldType, hinted_type
from jobs.fields.syntax import Entry, Item, Shape, read_entries

_NOT_IN_A_NAME: Final = re.compile(r"[=;\s]")


def render_template(fields: Sequence[tuple[str, FieldType | None]]) -> str:
    """One line with every field and its type as a hint, such as `invoiceEmail=STRING;items={<PRODUCTLIST>}`.

    A field without a type is a STRING (Spotler help article 360010943659). Of fields with the same name the
    first counts. A name that holds a space, `=` or `;` is left out: Spotler allows none of them in a name and
    no job could write it.

    Args:
        fields: Names and types, in the order to show them.
    """
    types: dict[str, FieldType] = {}
    for name, kind in fields:
        if _can_be_written(name):
            types.setdefault(name, kind or FieldType.STRING)
    return ";".join(f"{name}={HINTS[kind]}" for name, kind in types.items())


def read_template(text: str | None) -> dict[str, FieldType] | None:
    """The fields that `render_template` wrote into `text`, in their order; its exact inverse.

    Returns:
        None where there is no list to read: the text is empty or is not a template.
    """
    types: dict[str, FieldType] = {}
    for part in read_entries(text or "", lambda _: Shape.OPEN, quoting=False):
        if not isinstance(part, Entry):
            return None
        kind = _hinted(part.items)
        if kind is None or part.name in types or not _can_be_written(part.name):
            return None
        types[part.name] = kind
    return types or None


def _hinted(items: tuple[Item, ...]) -> FieldType | None:
    return hinted_type(items[0].text) if len(items) == 1 else None


def _can_be_written(name: str) -> bool:
    return bool(name) and _NOT_IN_A_NAME.search(name) is None and name == name.strip("\u200b\u2060\ufeff")
