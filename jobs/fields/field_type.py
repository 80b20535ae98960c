"""Which kinds of automation field are there, and how does each hint at itself?"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FieldType(StrEnum):
    """What a field carries, spelled as Spotler spells it (help article 360010943659)."""

    STRING = "STRING"
    URL = "URL"
    PRODUCTLIST = "PRODUCTLIST"


HINTS: Final[Mapping[FieldType, str]] = MappingProxyType(
    {
        FieldType.STRING: "STRING",
        FieldType.URL: "URL",
        FieldType.PRODUCTLIST: "{<PRODUCTLIST>}",
    }
)
"""What stands in place of a value in the text a new job is pre-filled with."""


def hinted_type(item: str) -> FieldType | None:
    """The type whose hint `item` is, to the letter and with or without angle brackets; None for a value.

    `item` is trimmed, and for a list one of its items: the curly brackets are not part of it.
    """
    word = item[1:-1] if item.startswith("<") and item.endswith(">") else item
    return FieldType(word) if word in FieldType else None
