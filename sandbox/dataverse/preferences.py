"""What does a `Prefer` header ask for?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.dataverse.problems import bad_query, not_imitated

LARGEST_PAGE = 5000
"""Rows of a page at most, and when nothing is asked for (Microsoft Learn, "Page results")."""

_ONE = re.compile(r'\s*([A-Za-z][\w.\-]*)\s*(?:=\s*("[^"]*"|[^,;"]*))?\s*(?:[,;]|$)')


@dataclass(frozen=True, slots=True)
class Annotations:
    """Which annotations are wanted: names, namespaces with `.*`, `*`, and exclusions with `-`."""

    patterns: tuple[str, ...] = ()

    def want(self, term: str) -> bool:
        """Whether the most specific pattern that fits `term` includes it."""
        best, wanted = -1, False
        for pattern in self.patterns:
            included, plain = not pattern.startswith("-"), pattern.lstrip("-")
            if plain == term:
                length = len(term) + 1
            elif plain == "*":
                length = 0
            elif plain.endswith(".*") and term.startswith(plain[:-1]):
                length = len(plain) - 1
            else:
                continue
            if length > best or (length == best and not included):
                best, wanted = length, included
        return wanted

    @property
    def everything(self) -> bool:
        """Whether `*` stands in the list."""
        return "*" in self.patterns


@dataclass(frozen=True, slots=True)
class Preferences:
    """The preferences that are known; `applied` is told back in `Preference-Applied`."""

    representation: bool = False
    page_size: int | None = None
    annotations: Annotations = Annotations()
    continue_on_error: bool = False
    applied: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """`Preference-Applied`, where there is something to tell."""
        return (("Preference-Applied", ", ".join(self.applied)),) if self.applied else ()


def read(headers: Mapping[str, str]) -> Preferences:
    """The preferences of a request; unknown ones are ignored.

    Raises:
        Problem: 400 for a page size that is none, 501 for change tracking and asynchronous answers.
    """
    text = headers.get("prefer", "")
    found = Preferences()
    representation, page_size, annotations = found.representation, found.page_size, found.annotations
    continue_on_error = False
    applied: list[str] = []
    at = 0
    while at < len(text):
        one = _ONE.match(text, at)
        if one is None:
            break
        at = one.end()
        name, value = one[1].lower(), (one[2] or "").strip().strip('"')
        match name:
            case "return" if value == "representation":
                representation = True
            case "return" if value == "minimal":
                representation = False
            case "odata.maxpagesize" | "maxpagesize":
                if not value.isdecimal() or int(value) < 1:
                    raise bad_query("odata.maxpagesize must be a whole number above zero.")
                page_size = min(int(value), LARGEST_PAGE)
            case "odata.include-annotations" | "include-annotations":
                annotations = Annotations(tuple(one.strip() for one in value.split(",")))
            case "odata.continue-on-error" | "continue-on-error":
                continue_on_error = value.lower() != "false"
            case "odata.track-changes" | "track-changes" | "respond-async":
                raise not_imitated(f"the preference {name}")
            case _:
                continue
        applied.append(text[one.start() : one.end()].strip(" ,;"))
    return Preferences(representation, page_size, annotations, continue_on_error, tuple(applied))
