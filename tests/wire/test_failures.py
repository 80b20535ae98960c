"""Every error of httpx is sorted by whether the request can have reached the service."""

from __future__ import annotations

import httpx
import pytest

from wire.failures import NoAnswer, NotSent, classify

NEVER_SENT = {httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol}


def leaves(kind: type[httpx.RequestError]) -> list[type[httpx.RequestError]]:
    """All kinds of error below `kind`, itself included."""
    return [kind, *(leaf for below in kind.__subclasses__() for leaf in leaves(below))]


@pytest.mark.parametrize("kind", list(dict.fromkeys(leaves(httpx.RequestError))))
def test_only_what_failed_before_a_connection_was_made_counts_as_never_sent(
    kind: type[httpx.RequestError],
) -> None:
    """Every error that httpx has is judged, and every one not named above counts as possibly sent."""
    expected = NotSent if kind in NEVER_SENT else NoAnswer
    judged = classify(kind("https://example.org/kim@example.org"))
    assert (type(judged), str(judged)) == (expected, kind.__name__)
