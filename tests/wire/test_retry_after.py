"""Retry-After in every form that servers send, and in forms that say nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wire.retry_after import retry_after

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("86400", 86400.0),
        ("Mon, 23 Nov 2026 12:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 13:00:30 +0100", 30.0),
        ("Mon, 23 Nov 2026 12:00:30 -0000", 30.0),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("inf", None),
        ("1e400", None),
        ("9" * 400, None),
        ("1_0", None),
        ("0x10", None),
        ("Wed, 21 Oct 99999999999999999999 07:28:00 GMT", None),
        ("Wed, 21 Oct 2015 07:28:00 +9999999999999", None),
        ("Mon, 23 Foo 2026 12:00:30 GMT", None),
    ],
)
def test_forms(text: str, seconds: float | None) -> None:
    """Seconds and dates are understood, everything else says nothing."""
    assert retry_after({"Retry-After": text}, NOW) == seconds


def test_no_header_says_nothing() -> None:
    """The usual case."""
    assert retry_after({}, NOW) is None


def test_the_header_is_found_in_any_case() -> None:
    """As the mapping of the answer's headers does it."""
    assert retry_after(httpx.Headers({"retry-after": "3"}), NOW) == 3.0


@settings(deadline=None)  # a noisy machine is no fault
@given(st.text(max_size=60))
def test_no_text_raises_and_no_wait_is_negative(text: str) -> None:
    """Whatever a server sends, it is a wait or it is nothing."""
    seconds = retry_after({"Retry-After": text}, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@settings(deadline=None)  # a noisy machine is no fault
@given(st.integers(min_value=0, max_value=10_000_000))
def test_a_date_and_the_same_number_of_seconds_agree(seconds: int) -> None:
    """Both forms of RFC 9110 mean the same moment."""
    date = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after({"Retry-After": date}, NOW) == retry_after({"Retry-After": str(seconds)}, NOW)
