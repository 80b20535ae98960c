"""What does a successful answer say about the operation it answers?"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from dataverse.failures import failure, unreadable
from dataverse.messages import Answer, Request
from dataverse.operations import Create, Operation, Query, Retrieve, Update
from dataverse.row import Row

_ENTITY_ID: Final = re.compile(r"\(([^()]+)\)$")
_OK, _CREATED, _NO_CONTENT = 200, 201, 204


@dataclass(frozen=True, slots=True)
class Answered:
    """An operation that was carried out.

    Attributes:
        row: of a retrieve, or of an update that asked for it.
        rows: of a query; its first page only.
        id: of a row that was created, or upserted where the service tells.
        etag: version of the row after a write, where the service tells.
        count: of all rows a query matches, where it asked.
        next_link: address of a query's next page.
    """

    row: Row | None = None
    rows: tuple[Row, ...] = ()
    id: UUID | None = None
    etag: str | None = None
    count: int | None = None
    next_link: str | None = None

    @property
    def more(self) -> bool:
        """Whether a query has further pages."""
        return self.next_link is not None


def read(operation: Operation, request: Request, answer: Answer, now: datetime) -> Answered:
    """What came of an operation.

    Args:
        operation: what was wanted.
        request: what it was rendered to.
        answer: to that request.
        now: aware; compared with a Retry-After that is a date.

    Raises:
        DataverseError: the answer is not a success, or (MayHaveBeenCarriedOut) none that can be read.
    """
    if not answer.succeeded:
        raise failure(request, answer, now)
    match operation:
        case Query():
            return read_page(request, answer)
        case Retrieve():
            return _with_row(request, answer)
        case Update():
            # A service may ignore the wish for a representation; the write is done all the same.
            return _with_row(request, answer) if answer.status == _OK else _written(request, answer)
        case Create():
            return _created(operation, request, answer)
        case _:
            return _written(request, answer)


def read_page(request: Request, answer: Answer) -> Answered:
    """One page of rows.

    Raises:
        MayHaveBeenCarriedOut: it is none.
    """
    content = read_object(request, answer)
    rows, link, count = content.get("value"), content.get("@odata.nextLink"), content.get("@odata.count")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise unreadable(request, answer)
    return Answered(
        rows=tuple(Row.read(row) for row in rows),
        next_link=link if isinstance(link, str) else None,
        count=count if isinstance(count, int) else None,
    )


def read_user(request: Request, answer: Answer) -> UUID:
    """Id of the user that `WhoAmI` tells.

    Raises:
        MayHaveBeenCarriedOut: it tells none.
    """
    user = _guid(read_object(request, answer).get("UserId"))
    if user is None:
        raise unreadable(request, answer)
    return user


def read_object(request: Request, answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a 200.

    Raises:
        MayHaveBeenCarriedOut: another success, or no JSON object.
    """
    try:
        content = json.loads(answer.body) if answer.status in (_OK, _CREATED) else None
    except (ValueError, RecursionError):
        raise unreadable(request, answer) from None
    if not isinstance(content, dict):
        raise unreadable(request, answer)
    return content


def _with_row(request: Request, answer: Answer) -> Answered:
    row = Row.read(read_object(request, answer), answer.headers.get("etag"))
    return Answered(row=row, etag=row.etag)


def _written(request: Request, answer: Answer) -> Answered:
    if answer.status != _NO_CONTENT:
        # A page of some gateway may come with 200; only a JSON object is the service's word.
        read_object(request, answer)
    return Answered(id=_entity_id(answer), etag=answer.headers.get("etag"))


def _created(create: Create, request: Request, answer: Answer) -> Answered:
    written = _written(request, answer)
    row_id = written.id or create.chosen_id
    if row_id is None:
        raise unreadable(request, answer)
    return Answered(id=row_id, etag=written.etag)


def _entity_id(answer: Answer) -> UUID | None:
    found = _ENTITY_ID.search(answer.headers.get("odata-entityid", ""))
    return _guid(found[1]) if found else None


def _guid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
