"""Which requests are disturbed, and how?

One fault in JSON, as `POST /_sandbox/faults` takes it:

- ``match``: ``"POST /automation/trigger"``: a method or ``*``, a space, and a prefix of the path after the
  part's base path (percent-decoded; with a ``?`` in it, it is compared with path and query). ``"* /"``: all.
- ``kind``:

  - ``status`` answers `status`, no effect;
  - ``delay`` waits `seconds`, then proceeds, even when the client has gone away;
  - ``drop_before`` closes the connection, no effect;
  - ``drop_after`` takes effect, then closes the connection without an answer;
  - ``half_body`` takes effect, sends the head and half of the body (an answer without a body: half of its
    head), then closes;
  - ``html`` answers `status` (default 200) with a page of HTML; no effect, unless ``"after": true``;
  - ``throttle``: at most `limit` matching requests at a time, else 429.

- ``status``: 200 to 599, for ``status`` and ``html``.
- ``retry_after``: seconds or an HTTP date, sent verbatim in ``Retry-After`` (throttle: "1" when absent).
- ``seconds``: needed for ``delay``; allowed for every other kind, which then waits first.
- ``times``: how often it strikes (throttle: refuses); absent = until deleted.
- ``after``: only ``html``. ``limit``: only ``throttle``.
- ``body``: only ``status``: JSON to answer with, instead of the part's own form.

Faults are tried in the order they were added; the first that matches and has times left strikes, alone.
Throttles come on top: a request passes every throttle it matches and may then meet another fault.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import unquote

from sandbox.control.bodies import Refused

MOST_FAULTS = 500
"""A table larger than this is a loop in a test."""

LONGEST_SECONDS = 3600.0
"""The longest wait a fault may ask for."""

_METHODS = frozenset({"*", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class Kind(StrEnum):
    """What happens to a request that is struck."""

    STATUS = "status"
    DELAY = "delay"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HALF_BODY = "half_body"
    HTML = "html"
    THROTTLE = "throttle"


_ONLY_FOR: Mapping[str, frozenset[Kind]] = {
    "status": frozenset({Kind.STATUS, Kind.HTML}),
    "retry_after": frozenset({Kind.STATUS, Kind.HTML, Kind.THROTTLE}),
    "after": frozenset({Kind.HTML}),
    "limit": frozenset({Kind.THROTTLE}),
    "body": frozenset({Kind.STATUS}),
}
_NEEDED: Mapping[Kind, str] = {Kind.STATUS: "status", Kind.DELAY: "seconds", Kind.THROTTLE: "limit"}
_MEMBERS = frozenset({"match", "kind", "seconds", "times", *_ONLY_FOR})


@dataclass(frozen=True, slots=True)
class Fault:
    """One disturbance, as described at the top of this file; `prefix` starts with a slash."""

    method: str
    prefix: str
    kind: Kind
    status: int | None = None
    retry_after: str | None = None
    seconds: float = 0.0
    times: int | None = None
    after: bool = False
    limit: int | None = None
    body: object | None = None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is meant: `path` is what follows the part's base path, with its query."""
        if self.method not in {"*", method.upper()}:
            return False
        plain, _, query = path.partition("?")
        target = unquote(plain)
        return (f"{target}?{query}" if "?" in self.prefix else target).startswith(self.prefix)

    def as_json(self) -> dict[str, Any]:
        """The form it came in, without the members that say nothing."""
        told: dict[str, Any] = {"match": f"{self.method} {self.prefix}", "kind": self.kind.value}
        for name in ("status", "retry_after", "limit", "body", "times"):
            value = getattr(self, name)
            if value is not None:
                told[name] = value
        if self.seconds:
            told["seconds"] = self.seconds
        if self.after:
            told["after"] = True
        return told


def parse(given: Mapping[str, Any]) -> Fault:
    """The fault that `given` describes.

    Raises:
        Refused: a member is unknown, missing, of the wrong type, or without meaning for this kind.
    """
    unknown = sorted(set(given) - _MEMBERS)
    if unknown:
        raise Refused(f"Unknown member {unknown[0]!r}; a fault has {', '.join(sorted(_MEMBERS))}.")
    kind = _kind(given.get("kind"))
    for name, kinds in _ONLY_FOR.items():
        if given.get(name) is not None and kind not in kinds:
            raise Refused(f"{name!r} says nothing for kind {kind.value!r}.")
    needed = _NEEDED.get(kind)
    if needed is not None and given.get(needed) is None:
        raise Refused(f"Kind {kind.value!r} needs {needed!r}.")
    method, prefix = _match(given.get("match"))
    after = given.get("after", False)
    if not isinstance(after, bool):
        raise Refused("'after' must be true or false.")
    return Fault(
        method=method,
        prefix=prefix,
        kind=kind,
        status=_whole(given, "status", 200, 599),
        retry_after=_retry_after(given.get("retry_after")),
        seconds=_seconds(given.get("seconds")),
        times=_whole(given, "times", 1, 10**9),
        after=after,
        limit=_whole(given, "limit", 0, 10**6),
        body=given.get("body"),
    )


def _kind(value: object) -> Kind:
    if not isinstance(value, str) or value not in Kind:
        raise Refused(f"'kind' must be one of {', '.join(Kind)}.")
    return Kind(value)


def _match(value: object) -> tuple[str, str]:
    told = "'match' must be a method or *, a space, and the beginning of a path: 'POST /automation/trigger'."
    if not isinstance(value, str):
        raise Refused(told)
    method, space, prefix = value.partition(" ")
    prefix = prefix.strip()
    if not space or not prefix or method.upper() not in _METHODS:
        raise Refused(told)
    return method.upper(), prefix if prefix.startswith("/") else f"/{prefix}"


def _whole(given: Mapping[str, Any], name: str, least: int, most: int) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refused(f"{name!r} must be a whole number from {least} to {most}.")
    return value


def _seconds(value: object) -> float:
    if value is None:
        return 0.0
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or not 0 <= value <= LONGEST_SECONDS
    ):
        raise Refused(f"'seconds' must be a number from 0 to {LONGEST_SECONDS:.0f}.")
    return float(value)


def _retry_after(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise Refused("'retry_after' must be text for the Retry-After header: seconds or an HTTP date.")
    return value


@dataclass(slots=True)
class Standing:
    """A fault that is switched on: its id, how often it struck, and for a throttle who is inside."""

    id: str
    fault: Fault
    hits: int = 0
    inside: int = 0

    @property
    def remaining(self) -> int | None:
        """How often it will still strike; None: until deleted."""
        return None if self.fault.times is None else max(0, self.fault.times - self.hits)

    def as_json(self) -> dict[str, Any]:
        """The fault with its id, `remaining` and `hits`."""
        return {"id": self.id, **self.fault.as_json(), "remaining": self.remaining, "hits": self.hits}


@dataclass(slots=True)
class FaultTable:
    """The faults that are switched on, in the order they came."""

    _standing: list[Standing] = field(default_factory=list)
    _last: int = 0

    def add(self, fault: Fault) -> str:
        """Switch `fault` on and give its id.

        Raises:
            Refused: the table is full.
        """
        if len(self._standing) >= MOST_FAULTS:
            raise Refused(f"There are {MOST_FAULTS} faults already; delete some first.")
        self._last += 1
        standing = Standing(f"fault-{self._last}", fault)
        self._standing.append(standing)
        return standing.id

    def standing(self) -> tuple[Standing, ...]:
        """All of them, oldest first, those that are used up included."""
        return tuple(self._standing)

    def remove(self, fault_id: str | None = None) -> int:
        """Switch off one, or all; gives how many there were."""
        kept = [] if fault_id is None else [one for one in self._standing if one.id != fault_id]
        removed = len(self._standing) - len(kept)
        self._standing = kept
        return removed

    def throttles(self, method: str, path: str) -> tuple[Standing, ...]:
        """The throttles a request has to pass."""
        return tuple(
            one
            for one in self._standing
            if one.fault.kind is Kind.THROTTLE and one.remaining != 0 and one.fault.matches(method, path)
        )

    def strike(self, method: str, path: str, *, only: Kind | None = None) -> Standing | None:
        """The first other fault that matches and has times left; the hit is counted."""
        for one in self._standing:
            kind = one.fault.kind
            if kind is Kind.THROTTLE or (only is not None and kind is not only):
                continue
            if one.remaining != 0 and one.fault.matches(method, path):
                one.hits += 1
                return one
        return None
