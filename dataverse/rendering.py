"""What HTTP request does an operation become?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final
from uuid import UUID

from dataverse import odata
from dataverse.messages import STANDING_HEADERS, Request
from dataverse.operations import LARGEST_PAGE, Create, Expand, Operation, Query, Retrieve, Update, Upsert

LONGEST_URL: Final = 65_536
"""Characters of an address inside `$batch` (Microsoft Learn, "Compose HTTP requests"); an `In` list of
about 1,600 GUIDs."""

_ANNOTATIONS: Final = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_READ: Final = {"If-None-Match": "null"}
"""Advised by the documentation against stale expanded rows."""


def render(operation: Operation) -> Request:
    """The request for an operation.

    Raises:
        ValueError: an address longer than `LONGEST_URL`, a number that JSON cannot hold, a time without zone.
        TypeError: a value of a type that no column takes.
    """
    match operation:
        case Query():
            request = _query(operation)
        case Retrieve():
            path = f"{operation.table_set}({operation.id})?" + _options(
                select=operation.select, expand=operation.expand
            )
            request = Request(
                "GET",
                path,
                _headers(_READ, _ANNOTATIONS),
                f"Retrieve {operation.table_set}",
                addresses_row=True,
            )
        case Update():
            request = _update(operation)
        case Create():
            request = Request(
                "POST",
                operation.table_set,
                _headers(_JSON),
                f"Create {operation.table_set}",
                _json(operation.values),
            )
        case Upsert():
            path = operation.table_set + odata.key_segment(operation.key)
            request = Request(
                "PATCH", path, _headers(_JSON), f"Upsert {operation.table_set}", _json(operation.values)
            )
    if len(request.path) > LONGEST_URL:
        raise ValueError(
            f"{request.subject}: the address is longer than {LONGEST_URL} characters, ask in pieces"
        )
    return request


def read_path(path: str, subject: str, prefer: str | None = None, *, addresses_row: bool = False) -> Request:
    """A GET of something else than a row: a function, metadata, a further page."""
    return Request("GET", path, _headers(_READ, prefer), subject, addresses_row=addresses_row)


def _query(query: Query) -> Request:
    options = _options(
        select=query.select,
        expand=query.expand,
        filter=query.filter,
        orderby=",".join(query.order_by),
        top=None if query.top is None else str(query.top),
        count="true" if query.count else None,
    )
    return read_path(f"{query.table_set}?{options}", f"Query {query.table_set}", query_preferences(query))


def query_preferences(query: Query) -> str:
    """`Prefer` of a query, to be repeated with each of its pages; a page never holds more than is wanted."""
    size = min(query.page_size or LARGEST_PAGE, query.max_rows)
    if query.top is not None or (query.page_size is None and size == LARGEST_PAGE):
        return _ANNOTATIONS
    return f"odata.maxpagesize={size},{_ANNOTATIONS}"


def _update(update: Update) -> Request:
    path, prefer = f"{update.table_set}({update.id})", None
    if update.returning:
        path += "?" + _options(select=update.returning)
        prefer = f"return=representation,{_ANNOTATIONS}"
    return Request(
        "PATCH",
        path,
        _headers({**_JSON, "If-Match": update.if_match}, prefer),
        f"Update {update.table_set}",
        _json(update.values),
        addresses_row=True,
    )


def _options(*, select: tuple[str, ...], expand: tuple[Expand, ...] = (), **others: str | None) -> str:
    given = {"select": ",".join(select), **others}
    given["expand"] = ",".join(f"{one.navigation}($select={','.join(one.select)})" for one in expand)
    return "&".join(f"${option}={odata.encoded(text)}" for option, text in given.items() if text)


def _headers(own: Mapping[str, str], prefer: str | None = None) -> dict[str, str]:
    return {**STANDING_HEADERS, **own, **({} if prefer is None else {"Prefer": prefer})}


def _json(values: Mapping[str, object]) -> bytes:
    # ASCII only: it can stand in any batch, and half a surrogate pair cannot break the encoding.
    return json.dumps(dict(values), default=_plain, allow_nan=False, separators=(",", ":")).encode("ascii")


def _plain(value: object) -> str:
    match value:
        case UUID():
            return str(value)
        case datetime():
            return odata.utc(value)
        case date():
            return value.isoformat()
        case _:
            raise TypeError(f"No column takes a {type(value).__name__}")
