"""In which order do rows come, and which of them on this page?"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import total_ordering
from typing import Any
from urllib.parse import quote, unquote

from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.query import Order
from sandbox.dataverse.row_properties import RowProperties, from_plain, plain
from sandbox.dataverse.store import Row

_COOKIE = re.compile(r'<cookie pagenumber="(\d+)" pagingcookie="([^"]*)" istracking="False" />')


@total_ordering
@dataclass(frozen=True, slots=True)
class _Reversed:
    """A sort key of a descending column."""

    key: tuple[Any, ...]

    def __lt__(self, other: _Reversed) -> bool:
        return other.key < self.key


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page, and the token of the next one; None = the last."""

    rows: tuple[Row, ...]
    next_token: str | None


class Sorting:
    """The order of one query: its columns, then the primary key, so that it is total."""

    def __init__(self, properties: RowProperties, orders: Sequence[Order]) -> None:
        self._gets: list[tuple[Callable[[Row], Any], bool]] = [
            (properties.sortable(order.path), order.descending) for order in orders
        ]

    def sorted(self, rows: list[Row]) -> list[Row]:
        """The rows in order."""
        return sorted(rows, key=self._key)

    def page(self, rows: list[Row], size: int, token: str | None) -> Page:
        """One page of sorted rows: those behind the row that `token` remembers, even when that row is gone.

        Raises:
            Problem: 400, the token is not one of ours.
        """
        number, start = 1, 0
        if token is not None:
            number, last = self._remembered(token)
            start = bisect_right(rows, last, key=self._key)
        chosen = tuple(rows[start : start + size])
        more = start + size < len(rows)
        return Page(chosen, self._token(number + 1, chosen[-1]) if more else None)

    def _values(self, row: Row) -> list[Any]:
        return [get(row) for get, _ in self._gets]

    def _key(self, row: Row) -> tuple[Any, ...]:
        return self._key_of(self._values(row), row.id)

    def _key_of(self, values: list[Any], row_id: str) -> tuple[Any, ...]:
        parts: list[Any] = []
        for value, (_, descending) in zip(values, self._gets, strict=True):
            part = (0,) if value is None else (1, value)
            parts.append(_Reversed(part) if descending else part)
        return (*parts, row_id)

    def _token(self, number: int, last: Row) -> str:
        kept = json.dumps({"id": last.id, "by": [plain(value) for value in self._values(last)]})
        return f'<cookie pagenumber="{number}" pagingcookie="{quote(kept, safe="")}" istracking="False" />'

    def _remembered(self, token: str) -> tuple[int, tuple[Any, ...]]:
        found = _COOKIE.fullmatch(token)
        if found is None:
            raise bad_value("Malformed paging cookie in $skiptoken.")
        try:
            kept = json.loads(unquote(found[2]))
            key = self._key_of([from_plain(value) for value in kept["by"]], str(kept["id"]))
        except (ValueError, KeyError, TypeError) as error:
            raise bad_value("Malformed paging cookie in $skiptoken.") from error
        return int(found[1]), key
