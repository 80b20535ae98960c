"""Which typed error is an answer that is not a success?

By status first, since the codes of the live service differ from the documented ones and are sometimes
empty; the code decides only within a status.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dataverse.errors import (
    DataverseError,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    PreconditionFailed,
    Rejected,
    RowGone,
    WrongPath,
)
from dataverse.messages import Answer, Request
from wire.retry_after import retry_after

_NO_SUCH_ROW: Final = frozenset({"0x80040217", "0x80060891"})
_NO_SUCH_SEGMENT: Final = frozenset({"0x8006088a", "0x80060888"})
_SEGMENT_TEXT: Final = "resource not found for the segment"
_DUPLICATE_KEY: Final = frozenset({"0x80060892", "0x80040237"})
_DUPLICATE_DETECTED: Final = frozenset({"0x80040333", "duplicaterecord"})
"""A rule of duplicate detection, which looks at likeness and not at keys."""

_CODE: Final = re.compile(r"0x[0-9A-Fa-f]{1,8}|[A-Za-z]{1,40}")
_REQUEST_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")


def failure(request: Request, answer: Answer, now: datetime) -> DataverseError:
    """The error for an answer without success.

    Args:
        request: what was asked; whether it named a row, and had a condition, changes what 404 and 412 mean.
        answer: with a status outside 2xx.
        now: aware; compared with a Retry-After that is a date.
    """
    error = _error_object(answer.body)
    code = _told(_CODE, error.get("code")) if error is not None else None
    asked = answer.headers.get("retry-after")
    wait = None if asked is None else retry_after({"Retry-After": asked}, now)
    kind = _kind(request, answer.status, error, (code or "").lower(), wait)
    return kind(
        _text(request, answer, code),
        status=answer.status,
        code=code,
        request_id=_told(_REQUEST_ID, answer.request_id),
        retry_after=wait,
    )


def unreadable(request: Request, answer: Answer) -> MayHaveBeenCarriedOut:
    """The error for a success whose content cannot be understood."""
    return MayHaveBeenCarriedOut(
        f"{request.subject}: the answer {answer.status} cannot be read",
        status=answer.status,
        request_id=_told(_REQUEST_ID, answer.request_id),
    )


def _kind(
    request: Request, status: int, error: Mapping[str, Any] | None, code: str, wait: float | None
) -> type[DataverseError]:
    match status:
        case 401 | 403:
            return NotAllowed
        case 404:
            return RowGone if _speaks_of_a_row(request, error, code) else WrongPath
        case 405 | 501:
            return WrongPath
        case 408:
            return MayHaveBeenCarriedOut
        case 412:
            return _of_condition(request, code)
        case 429:
            return NotCarriedOut
        case 503 if wait is not None:
            return NotCarriedOut
        case _ if 400 <= status < 500:  # noqa: PLR2004 - the bounds of a class of statuses
            return DuplicateRow if code in _DUPLICATE_KEY else Rejected
        case _ if 300 <= status < 400:  # noqa: PLR2004 - the same
            return WrongPath
        case _:
            return MayHaveBeenCarriedOut


def _of_condition(request: Request, code: str) -> type[DataverseError]:
    if code in _DUPLICATE_KEY:
        return DuplicateRow
    if code in _DUPLICATE_DETECTED:
        return Rejected
    # Without a condition of ours only a key can have collided.
    return PreconditionFailed if "If-Match" in request.headers else DuplicateRow


def _speaks_of_a_row(request: Request, error: Mapping[str, Any] | None, code: str) -> bool:
    if error is None or code in _NO_SUCH_SEGMENT or _says_segment(error):
        return False
    return code in _NO_SUCH_ROW or request.addresses_row


def _says_segment(error: Mapping[str, Any]) -> bool:
    message = error.get("message")
    return isinstance(message, str) and message.lower().startswith(_SEGMENT_TEXT)


def _error_object(body: bytes) -> Mapping[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = content.get("error") if isinstance(content, dict) else None
    return error if isinstance(error, dict) else None


def _told(form: re.Pattern[str], value: object) -> str | None:
    """The value, if it has the form of what it should be; anything else might quote a column."""
    return value if isinstance(value, str) and form.fullmatch(value) else None


def _text(request: Request, answer: Answer, code: str | None) -> str:
    return f"{request.subject}: {answer.status}" + (f" {code}" if code else "")
