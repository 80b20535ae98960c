"""Which words does Spotler use to say how a call went, and when are two of them the same?"""

from __future__ import annotations

import re
from typing import Any, Final

OK: Final = "OK"
UNKNOWN: Final = "UNKNOWN"
NOT_TRIGGERED: Final = "NOT_TRIGGERED"
CONTACT_NOTFOUND: Final = "CONTACT_NOTFOUND"
RESOURCE_NOT_FOUND: Final = "RESOURCE_NOT_FOUND"
BACKEND_EXCEPTION: Final = "BACKEND_EXCEPTION"

_REFUSALS: Final = (
    # `result` and `automationResults[].result` of the automation trigger (API description of 2022)
    "TRIGGER_NOTFOUND",
    CONTACT_NOTFOUND,
    NOT_TRIGGERED,
    "AUTOMATION_INACTIVE",
    "PARTICIPATION_LIMIT_REACHED",
    # `errorType` of every other call (the same description)
    "INVALID_PARAMS",
    "INVALID_STATE",
    "NAME_ALREADY_IN_USE",
    "ID_NOTUNIQUE",
    "PRODUCT_NOTFOUND",
    "AUTH_NOT_FOUND",
    "NOT_AUTHORIZED",
    "FORM_NOT_FOUND",
    "CONTACT_NOT_FOUND",
    "CONTACT_OPTOUT",
    "CONTACT_ALREADY_EXISTS",
    "INVALID_PROPERTY",
    RESOURCE_NOT_FOUND,
    "CAMPAIGN_NOTFOUND",
    "ORDER_NOTFOUND",
    "MAILING_NOTFOUND",
    "INVALID_MAILING",
    "FORMRESULT_NOT_FOUND",
)

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)


def normalized(code: str) -> str:
    """`code` without underscores and case: Spotler writes CONTACT_NOTFOUND and CONTACT_NOT_FOUND."""
    return code.replace("_", "").upper()


def same(code: str | None, other: str) -> bool:
    """Whether both are the same code in any of its spellings; no code is the same as none."""
    return code is not None and normalized(code) == normalized(other)


_KNOWN_REFUSALS: Final = frozenset(normalized(code) for code in _REFUSALS)


def is_refusal(code: str | None) -> bool:
    """Whether `code` is a documented word for "not done, and asking again will not help"."""
    return code is not None and normalized(code) in _KNOWN_REFUSALS


def is_known(code: str | None) -> bool:
    """Whether `code` is in Spotler's documented vocabulary of errors."""
    return is_refusal(code) or same(code, BACKEND_EXCEPTION)


def as_code(value: Any) -> str | None:
    """`value` as a code, spelled as Spotler spells it; None where it is not the form of a code.

    Only what looks like a code is let through, so that no piece of a payload travels on as one.
    """
    text = value.strip() if isinstance(value, str) else ""
    return text if _CODE.fullmatch(text) else None
