"""How does the service say no?"""

from __future__ import annotations

from http import HTTPStatus


class Problem(Exception):  # noqa: N818 - it names what the caller gets, not a fault of ours
    """An answer in the documented error shape.

    Attributes:
        status: HTTP status.
        code: the platform's code, `0x` and eight hex digits.
        message: one sentence; like the real service it may quote the query, whatever stands in it.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = int(status)
        self.code = code
        self.message = message


def bad_query(message: str) -> Problem:
    """The URL cannot be understood: 400 0x80060888."""
    return Problem(HTTPStatus.BAD_REQUEST, "0x80060888", message)


def bad_payload(message: str) -> Problem:
    """The body cannot be understood: 400 0x80048d19."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "0x80048d19",
        f"Error identified in Payload provided by the user for Entity :'', InnerException : {message}",
    )


def bad_value(message: str, code: str = "0x80040203") -> Problem:
    """The body is understood and refused: 400."""
    return Problem(HTTPStatus.BAD_REQUEST, code, message)


def row_missing(table: str, row_id: str) -> Problem:
    """404 0x80040217, by primary key."""
    return Problem(HTTPStatus.NOT_FOUND, "0x80040217", f"Entity '{table}' With Id = {row_id} Does Not Exist")


def key_missing(table: str) -> Problem:
    """404 0x80060891, by alternate key."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        "0x80060891",
        f"A record with the specified key values does not exist in {table} entity",
    )


def segment_missing(name: str) -> Problem:
    """404 0x8006088a: no such set, property or function."""
    return Problem(HTTPStatus.NOT_FOUND, "0x8006088a", f"Resource not found for the segment '{name}'.")


def stale() -> Problem:
    """412 0x80060882: the etag is not the row's."""
    return Problem(
        HTTPStatus.PRECONDITION_FAILED,
        "0x80060882",
        "The version of the existing record doesn't match the RowVersion property provided.",
    )


def row_exists() -> Problem:
    """412 0x80040237: a primary key that is taken."""
    return Problem(
        HTTPStatus.PRECONDITION_FAILED, "0x80040237", "A record with matching key values already exists."
    )


def key_taken(key: str) -> Problem:
    """412 0x80060892: an alternate key that is taken."""
    return Problem(
        HTTPStatus.PRECONDITION_FAILED,
        "0x80060892",
        f"Entity Key {key} violated. A record with the same value for the key's columns already exists.",
    )


def referenced(table: str, other: str) -> Problem:
    """400 0x80040227: a row that others point at over a relationship that restricts its deletion."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "0x80040227",
        f"The object you tried to delete, of '{table}', is associated with a row of '{other}' and cannot be "
        "deleted.",
    )


def not_imitated(what: str) -> Problem:
    """501: the real service may do this, the sandbox does not."""
    return Problem(
        HTTPStatus.NOT_IMPLEMENTED, "0x80040800", f"The sandbox's Dataverse does not imitate {what}."
    )


def unknown_property(name: str, table: str) -> Problem:
    """400 0x80060888: a property that the table does not have, compared case-sensitively."""
    return bad_query(f"Could not find a property named '{name}' on type 'Microsoft.Dynamics.CRM.{table}'.")
