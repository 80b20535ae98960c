"""Is a shared access signature accepted exactly when it is right, alive and meant for this?"""

from __future__ import annotations

import pytest

from sandbox.servicebus.tokens import covers, entity_path, refusal

_RIGHT = {
    # printf 'sb%3a%2f%2flocalhost%2fq\n2000000000' | openssl dgst -sha256 -hmac sandbox -binary | base64
    "sr": "sb%3a%2f%2flocalhost%2fq",
    "sig": "q4tpmvQGa5lAx8AbzEGyw8VIAHM0VdKxlFF3WVkh%2Fdw%3D",
    "se": "2000000000",
    "skn": "sandbox",
}


def _token(**changes: str) -> str:
    return "SharedAccessSignature " + "&".join(f"{key}={value}" for key, value in (_RIGHT | changes).items())


@pytest.mark.parametrize("audience", ["sb://localhost/q", "amqps://localhost:5672/Q/$management", "q"])
def test_a_right_token(audience: str) -> None:
    """The signature was made with openssl; the claim extends to what lies below the queue."""
    assert refusal(_token(), audience, 1_999_999_999) is None


@pytest.mark.parametrize(
    ("token", "audience", "now", "told"),
    [
        (_token(sig="AAAA"), "q", 0, "signature"),
        (_token(se="2000000001"), "q", 0, "signature"),
        (_token(sr="sb%3a%2f%2flocalhost%2fr"), "r", 0, "signature"),
        (_token(skn="root"), "q", 0, "policy"),
        (_token(), "q", 2_000_000_000, "expired"),
        (_token(), "sb://localhost/other", 0, "another entity"),
        (_token(), "sb://localhost/qq", 0, "another entity"),
        (_token(), None, 0, "another entity"),
        ("eyJhbGciOi.jwt", "q", 0, "no shared access signature"),
        ("SharedAccessSignature nothing", "q", 0, "policy"),
        (None, "q", 0, "no shared access signature"),
    ],
)
def test_a_wrong_token(token: str | None, audience: str | None, now: float, told: str) -> None:
    """Every part of a token counts, and the refusal says which."""
    reason = refusal(token, audience, now)
    assert reason is not None
    assert told in reason


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("sb://localhost:5672/q", "q"),
        ("amqps://localhost/Q/$DeadLetterQueue", "Q/$DeadLetterQueue"),
        ("q/$management", "q/$management"),
        ("sb://localhost/", ""),
    ],
)
def test_paths(address: str, path: str) -> None:
    """Clients spell addresses in several ways."""
    assert entity_path(address) == path


def test_a_claim_on_the_namespace_covers_all() -> None:
    """An empty path is the root."""
    assert covers("", "q")
