"""What goes to the Web API and what comes back, before hosts, tokens and batches matter?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

STANDING_HEADERS: Final = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}
"""Go with every request (Microsoft Learn, "Compose HTTP requests and handle errors")."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: of HTTP.
        path: below the service root, with its query, percent-encoded.
        headers: all but the token.
        subject: what error texts and logs call it; no ids, no query.
        body: bytes of JSON, or of a batch.
        addresses_row: whether a 404 speaks of a row; else of the path.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    subject: str
    body: bytes = b""
    addresses_row: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Attributes:
        status: of HTTP.
        headers: by lower-case name.
        body: as it came.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def succeeded(self) -> bool:
        """Whether the status is a 2xx."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the bounds of a class of statuses

    @property
    def request_id(self) -> str | None:
        """What Microsoft's support asks for."""
        return self.headers.get("x-ms-service-request-id") or self.headers.get("req_id")
