"""What can a caller do about a request that Dataverse did not carry out?

DataverseError
├── NotCarriedOut           send it again, later
├── MayHaveBeenCarriedOut   look before sending again, unless repeating does no harm
├── RowGone                 there is nothing left to write to
├── PreconditionFailed      read again and decide anew
├── DuplicateRow            the row is there already
├── NotAllowed              a person must grant a right or mend the identity
├── Rejected                sending the same again gives the same answer
└── WrongPath               the address or the solution's version is wrong
"""

from __future__ import annotations

# The names say what the caller knows; a suffix would only repeat the base class.
# ruff: noqa: N818


class DataverseError(Exception):
    """A request that did not succeed.

    The text names the operation, the table's set name, the status and the code. It never holds a
    payload, a query, an address or the service's own message, which may quote column values.

    Attributes:
        status: of the HTTP answer; None where there was none.
        code: Dataverse's own error code such as `0x80060882`; None where it gave none.
        request_id: what Microsoft's support asks for (`x-ms-service-request-id` or `REQ_ID`).
        retry_after: seconds the service asked to wait; None where it asked for nothing.
    """

    def __init__(
        self,
        text: str,
        *,
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after


class NotCarriedOut(DataverseError):
    """Surely not carried out: no connection, no token yet, 429 of any kind, 503 with Retry-After."""


class MayHaveBeenCarriedOut(DataverseError):
    """Nobody knows: time-out, dropped connection, 408, 500, 502, 503 alone, 504, an unreadable success."""


class RowGone(DataverseError):
    """404 on a row, or no row has the key."""


class PreconditionFailed(DataverseError):
    """412: the row changed since its etag was read, perhaps by an earlier send of the same call."""


class DuplicateRow(DataverseError):
    """A row with this primary key or alternate key exists, perhaps from an earlier send of the same call."""


class NotAllowed(DataverseError):
    """401 also with a new token, 403, or the identity provider refuses a token."""


class Rejected(DataverseError):
    """400 and every other 4xx: what was asked is wrong and stays wrong."""


class WrongPath(DataverseError):
    """A table, function or path that does not exist: 404 or 405 not about a row, 501, or a redirect."""


class UnsafeKey(ValueError):
    """An alternate key's value that the Web API cannot take in an address, encoded or not."""
