"""How long does an answer ask us to wait?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"\s*[0-9]+(\.[0-9]+)?\s*", re.ASCII)


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the `Retry-After` header asks for, or None where it says nothing usable.

    Understood are seconds, whole or with a fraction, and an HTTP date (RFC 9110, 10.2.3). A date in
    the past means zero. Negative and non-finite numbers and unreadable texts say nothing. There is
    no ceiling here: the caller decides what is too long to wait for.

    Args:
        headers: of the answer; looked up without regard to case where the mapping does so.
        now: an aware time, compared with a date given by the server.
    """
    text = headers.get("Retry-After")
    if text is None:
        return None
    if not _SECONDS.fullmatch(text):
        return _until(text, now)
    seconds = float(text)
    return seconds if math.isfinite(seconds) else None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # an absurd year or offset overflows before it is refused
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
