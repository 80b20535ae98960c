"""Which text can be sent anywhere?"""

from __future__ import annotations

import re
from typing import Final

_UNSENDABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no column of Dataverse holds: what XML 1.0 does not, half surrogate pairs among it."""


def whole(text: str) -> str:
    """The text with U+FFFD in place of every character that cannot be stored.

    JSON can carry half of an emoji that was cut in the middle; neither UTF-8 nor a queue can.
    """
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _UNSENDABLE.sub("\ufffd", joined)


def cut(text: str, length: int) -> str:
    """The text, with an ellipsis at its end where it is longer than `length`.

    Lengths are counted as Dataverse counts them, in UTF-16 units: most emojis are two.
    """
    if units(text) <= length:
        return text
    kept = text.encode("utf-16-le")[: 2 * (length - 1)].decode("utf-16-le", "ignore")
    return f"{kept}…"


def units(text: str) -> int:
    """Length of a text as Dataverse counts it."""
    return len(text.encode("utf-16-le")) // 2
