"""What does an autonumber column give a new row?"""

from __future__ import annotations

import re
from typing import Final

FIRST: Final = 1000
"""What an autonumber begins with when no seed was set (Microsoft Learn, "Create auto-number columns")."""

_SEQUENCE: Final = re.compile(r"\{SEQNUM:([1-9]\d?)\}")
_PLACEHOLDER: Final = re.compile(r"\{(RANDSTRING|DATETIMEUTC):[^{}]*\}")


def readable(number_format: str) -> bool:
    """Whether the format has exactly one sequence, and no placeholder of a kind that nobody knows."""
    rest, sequences = _SEQUENCE.subn("", number_format)
    return sequences == 1 and not {"{", "}"} & set(_PLACEHOLDER.sub("", rest))


def random_or_dated(number_format: str) -> bool:
    """Whether the format asks for random text or a date."""
    return _PLACEHOLDER.search(number_format) is not None


def numbered(number_format: str, number: int) -> str:
    """The text of the given number: digits in the place of `{SEQNUM:n}`, at least `n` of them."""
    return _SEQUENCE.sub(lambda found: f"{number:0{int(found[1])}}", number_format)
