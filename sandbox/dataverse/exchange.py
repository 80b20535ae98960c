"""What is one request to the service, alone or as a part of a batch, and what is its answer?"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from sandbox.dataverse.problems import Problem

JSON_TYPE = "application/json; odata.metadata=minimal"
MORE_INFORMATION = "https://go.microsoft.com/fwlink/?LinkID=398563"


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        method: upper case.
        path: below the service root, without leading slash, as on the wire (percent-encoded).
        query: what follows the question mark, as on the wire.
        headers: names in lower case.
        body: decoded of nothing.
        root: absolute URL of the service root, with a slash at its end.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    root: str = "http://localhost/api/data/v9.2/"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; headers in the order they are sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def with_headers(self, headers: Iterable[tuple[str, str]]) -> Answer:
        """The same with more headers at its end."""
        return replace(self, headers=(*self.headers, *headers))


def json_answer(
    status: int, value: Any, headers: Iterable[tuple[str, str]] = (), content_type: str = JSON_TYPE
) -> Answer:
    """An answer with a JSON body."""
    return Answer(
        int(status),
        (("Content-Type", content_type), ("OData-Version", "4.0"), *headers),
        json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode(),
    )


def empty_answer(status: int, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    """An answer without a body."""
    return Answer(int(status), (("OData-Version", "4.0"), *headers))


def error_body(status: int, code: str, message: str, *, annotated: bool = False) -> dict[str, Any]:
    """The documented error shape; `annotated` adds what `include-annotations="*"` asks for."""
    error: dict[str, Any] = {"code": code, "message": message}
    if annotated:
        error |= {
            "@Microsoft.PowerApps.CDS.ErrorDetails.HttpStatusCode": str(int(status)),
            "@Microsoft.PowerApps.CDS.InnerError.Message": message,
            "@Microsoft.PowerApps.CDS.HelpLink": f"{MORE_INFORMATION}&error=Microsoft.Crm.CrmException%3a"
            f"{code.removeprefix('0x').upper()}",
            "@Microsoft.PowerApps.CDS.TraceText": "",
        }
    return {"error": error}


def problem_answer(problem: Problem, *, annotated: bool = False) -> Answer:
    """A problem as an answer."""
    return json_answer(
        problem.status, error_body(problem.status, problem.code, problem.message, annotated=annotated)
    )


NOT_MODIFIED = HTTPStatus.NOT_MODIFIED.value
