"""What does the path of a URL point at?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, unquote_plus
from uuid import UUID

from sandbox.dataverse.expressions import Constant
from sandbox.dataverse.filter_parser import parse_constant
from sandbox.dataverse.problems import Problem, bad_query
from sandbox.dataverse.values import guid

FORBIDDEN_IN_KEYS = frozenset("/<>*%&:\\?+")
"""Characters that break an alternate key in a URL, encoded or not (Microsoft Learn, "Define alternate keys")."""

_SEGMENT = re.compile(r"(?P<name>[A-Za-z_$][\w.$]*)(?:\((?P<key>.*)\))?", re.DOTALL)
_PART = re.compile(r"\s*([A-Za-z_]\w*)\s*=\s*('(?:[^']|'')*'|[^',]*)\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Segment:
    """One part of a path: a name, with a primary key, alternate key values, or empty brackets.

    Attributes:
        name: set, property, function.
        id: primary key in lower case.
        key: alternate key values by the name written in the URL.
        called: brackets stand behind the name.
    """

    name: str
    id: str | None = None
    key: Mapping[str, Constant] | None = None
    called: bool = False

    @property
    def plain(self) -> bool:
        """Whether nothing stands behind the name."""
        return not self.called


def segments(path: str) -> tuple[Segment, ...]:
    """The segments of a percent-encoded path below the service root.

    Raises:
        Problem: 400 for bad syntax and for characters that no alternate key survives.
    """
    return tuple(_segment(text) for text in _split(unquote(path)) if text)


def _split(path: str) -> list[str]:
    parts, start, inside = [], 0, False
    for at, character in enumerate(path):
        if character == "'":
            inside = not inside
        elif character == "/" and not inside:
            parts.append(path[start:at])
            start = at + 1
    parts.append(path[start:])
    return parts


def _segment(text: str) -> Segment:
    found = _SEGMENT.fullmatch(text)
    if found is None:
        raise bad_query("Bad Request - Error in query syntax.")
    name, key = found["name"], found["key"]
    if key is None:
        return Segment(name)
    if not key.strip():
        return Segment(name, called=True)
    row_id = guid(key.strip())
    if row_id is not None:
        return Segment(name, id=row_id, called=True)
    return Segment(name, key=_key(key), called=True)


def _key(text: str) -> dict[str, Constant]:
    values: dict[str, Constant] = {}
    at = 0
    while at < len(text):
        found = _PART.match(text, at)
        if found is None or found[1] in values:
            raise bad_query("Bad Request - Error in query syntax.")
        value = parse_constant(found[2])
        if isinstance(value, str):
            _refuse_forbidden(value)
        values[found[1]] = str(value) if isinstance(value, UUID) else value
        at = found.end()
    return values


def _refuse_forbidden(value: str) -> None:
    met = FORBIDDEN_IN_KEYS.intersection(value)
    if met:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "0x0",
            f"A potentially dangerous Request.Path value was detected from the client ({min(met)}).",
        )


def query_options(query: str) -> dict[str, str]:
    """The decoded options of a query; a plus stands for a blank.

    Raises:
        Problem: 400, an option stands twice.
    """
    options: dict[str, str] = {}
    for pair in query.split("&"):
        if pair:
            name, _, value = pair.partition("=")
            name = unquote_plus(name)
            if name in options:
                raise bad_query(f"Query option '{name}' was specified more than once.")
            options[name] = unquote_plus(value)
    return options
