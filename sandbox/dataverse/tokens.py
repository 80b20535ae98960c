"""Who may ask, and as whom?"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.dataverse import organization

_LIFETIME: Final = 3600
_MOST_TOKENS: Final = 10_000
_BEARER = re.compile(r"Bearer\s+(\S+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as its caller gets it; `expires_in` in seconds."""

    access_token: str
    expires_in: int


class Tokens:
    """Bearer tokens and the users they stand for."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._users: dict[str, tuple[str, float]] = {}

    def issue(self, user: str = organization.APPLICATION) -> Issued:
        """A new token for a user of that name, or for the app's own user; other tokens stay valid."""
        if len(self._users) >= _MOST_TOKENS:
            del self._users[next(iter(self._users))]
        token = f"sandbox-{secrets.token_urlsafe(24)}"
        self._users[token] = (user, self._clock() + _LIFETIME)
        return Issued(token, _LIFETIME)

    def revoke_all(self) -> int:
        """Make every token invalid; gives how many there were."""
        count = len(self._users)
        self._users.clear()
        return count

    def user(self, authorization: str | None) -> str | None:
        """The user that an `Authorization` header stands for, or None."""
        found = _BEARER.fullmatch(authorization or "")
        name, until = self._users.get(found[1], ("", 0.0)) if found else ("", 0.0)
        return name if self._clock() < until else None
