"""How does a request about tables and components reach the environment?

Not by `DataverseClient`, which speaks of rows: these requests take up to a minute, need headers of their
own, and most of them must not be repeated blindly.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import httpx

from dataverse.address import service_root
from dataverse.channel import Channel
from dataverse.errors import DataverseError, NotAllowed, RowGone, WrongPath
from dataverse.failures import failure, unreadable
from dataverse.messages import STANDING_HEADERS, Answer, Request
from dataverse.permit import Permit
from dataverse.repetition import Limits, Patience, may_repeat
from dataverse.tokens import TokenSource
from wire.clock import Clock

SLOW: Final = Limits(
    budget_seconds=300.0, sends=8, cut_seconds=180.0, first_wait_seconds=1.0, longest_wait_seconds=30.0
)
"""Making a table or publishing can take more than a minute."""

_STRONG: Final = {"Consistency": "Strong"}
"""Else metadata, labels and rights may be half a minute old (Microsoft Learn, "Compose HTTP requests")."""

_JSON: Final = {"Content-Type": "application/json; charset=utf-8"}
_ANOTHER_RUNS: Final = "0x80071151"
"""Another change of the customizations is being carried out; nothing was done."""

_PRIVILEGE: Final = re.compile(r"\bprv[A-Za-z0-9_]{1,80}")
_MOST_PAGES: Final = 100


class Sender:
    """Requests to one environment, each tried until it is surely done, surely refused, or unclear.

    Args:
        url: of the environment.
        tokens: for it.
        http: the connection pool; the caller closes it.
        clock: the only source of time.
        solution: unique name of the solution that new components go into.
        limits: of one request.
        jitter: from 0 up to 1, drawn for each wait.

    Raises:
        ValueError: `url` is not the address of an environment.
    """

    def __init__(
        self,
        url: str,
        tokens: TokenSource,
        http: httpx.AsyncClient,
        *,
        clock: Clock,
        solution: str,
        limits: Limits = SLOW,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._channel = Channel(url, tokens, http, clock=clock, cut_seconds=limits.cut_seconds)
        self._root = service_root(url)
        self._clock = clock
        self._solution = solution
        self._limits = limits
        self._jitter = jitter

    @property
    def root(self) -> str:
        """Address of the Web API, ending in a slash."""
        return self._root

    @property
    def clock(self) -> Clock:
        """The source of time, for those that wait between requests."""
        return self._clock

    async def read(self, path: str, subject: str, *, there: bool = False) -> Mapping[str, Any]:
        """The JSON object at `path`.

        Args:
            path: below the service root, percent-encoded.
            subject: what errors call it.
            there: whether it is known to be there; a 404 then means "not visible yet" and is waited out.

        Raises:
            DataverseError: it could not be read.
        """
        request = Request("GET", path, {**STANDING_HEADERS, **_STRONG}, subject, addresses_row=True)
        return await self._sent(request, safe=True, there=there)

    async def find(self, path: str, subject: str) -> Mapping[str, Any] | None:
        """As `read`; None where there is nothing at `path`."""
        try:
            return await self.read(path, subject)
        except (RowGone, WrongPath) as error:
            # Without a code it is another server's 404.
            if error.status == HTTPStatus.NOT_FOUND and error.code is not None:
                return None
            raise

    async def rows(self, path: str, subject: str, *, there: bool = False) -> list[Mapping[str, Any]]:
        """All rows at `path`, over all pages; raises as `read`."""
        found: list[Mapping[str, Any]] = []
        following = path
        for _ in range(_MOST_PAGES):
            page = await self.read(following, subject, there=there)
            rows = page.get("value")
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise DataverseError(f"{subject}: the answer cannot be read")
            found += rows
            link = page.get("@odata.nextLink")
            if not isinstance(link, str):
                return found
            following = self._channel.below_root(link)
        raise DataverseError(f"{subject}: the pages do not end")

    async def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        subject: str,
        *,
        repeatable: bool = False,
        component: bool = True,
    ) -> Mapping[str, Any]:
        """Send a change; what it answered, empty where that was nothing.

        A PATCH never creates a row.

        Args:
            method: of HTTP.
            path: below the service root.
            body: of JSON.
            subject: what errors call it.
            repeatable: whether carrying it out twice does no harm, so that an unclear answer is no end.
            component: whether it is about a component of the solution; a new one goes into it.

        Raises:
            MayHaveBeenCarriedOut: nobody knows, and `repeatable` is not set or did not help.
            DataverseError: it was not carried out.
        """
        headers = {**STANDING_HEADERS, **_STRONG}
        if body is not None:
            headers |= _JSON
        if component:
            headers |= {"MSCRM.SolutionUniqueName": self._solution, "MSCRM.MergeLabels": "true"}
        if method == "PATCH":
            headers["If-Match"] = "*"
        content = b"" if body is None else json.dumps(body, allow_nan=False).encode("ascii")
        request = Request(method, path, headers, subject, content, addresses_row=True)
        return await self._sent(request, safe=repeatable, there=False)

    async def _sent(self, request: Request, *, safe: bool, there: bool) -> Mapping[str, Any]:
        permit, patience = self._channel.permit(), Patience(self._limits, self._clock, self._jitter)
        while True:  # bounded by patience, which counts the sends
            try:
                return await self._once(request, permit)
            except DataverseError as error:
                worth = (
                    may_repeat(error, safe=safe)
                    or (error.code or "").lower() == _ANOTHER_RUNS
                    or (there and error.status == HTTPStatus.NOT_FOUND)
                )
                if not worth or not await patience.lasts(error):
                    raise

    async def _once(self, request: Request, permit: Permit) -> Mapping[str, Any]:
        answer = await self._channel.answer(request, permit)
        if not answer.succeeded:
            error = failure(request, answer, self._clock.now())
            # Of the service's own text only the name of a right is told: it might quote a secret.
            right = _PRIVILEGE.search(answer.body.decode("utf-8", "replace"))
            if isinstance(error, NotAllowed) and right is not None:
                error.add_note(f"The signed-in user lacks the privilege {right[0]}.")
            raise error
        return _content(request, answer)


def _content(request: Request, answer: Answer) -> Mapping[str, Any]:
    if answer.status == HTTPStatus.NO_CONTENT:
        return {}
    try:
        content = json.loads(answer.body)
    except (ValueError, RecursionError):
        raise unreadable(request, answer) from None
    if not isinstance(content, dict):
        raise unreadable(request, answer)
    return content
