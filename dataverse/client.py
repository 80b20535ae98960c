"""How is an operation carried out in Dataverse, with repetition where it does no harm?"""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from itertools import batched
from typing import cast
from uuid import UUID

import httpx

from dataverse import odata
from dataverse.batching import Outcome, carry_out
from dataverse.channel import Channel
from dataverse.errors import DataverseError, Rejected, RowGone, WrongPath
from dataverse.failures import failure
from dataverse.messages import Answer, Request
from dataverse.multipart import MOST_PARTS
from dataverse.operations import (
    Create,
    Operation,
    Query,
    Retrieve,
    Update,
    Upsert,
    is_safe_to_repeat,
)
from dataverse.permit import Permit
from dataverse.reading import Answered, read, read_page, read_user
from dataverse.rendering import query_preferences, read_path, render
from dataverse.repetition import DEFAULT_LIMITS, Limits, Patience, may_repeat
from dataverse.row import Row
from dataverse.tokens import TokenSource
from wire.clock import Clock

_log = logging.getLogger(__name__)


class DataverseClient:
    """Web API v9.2 of one environment.

    Every call is sent up to `limits.sends` times within `limits.budget_seconds`, where it surely was not
    carried out, or where carrying it out twice does no harm; then it raises what the last send met. A
    write that went through although its answer was lost therefore meets itself when it is sent again: an
    `Update` may raise `PreconditionFailed`, a `Create` `DuplicateRow`. Only reading the row tells.

    Args:
        url: of the environment, such as `https://contoso.crm4.dynamics.com`.
        tokens: for it.
        http: the connection pool, one for the process; the caller closes it.
        clock: the only source of time.
        limits: of one call; a page of a query and 1,000 operations of a batch count as one call.
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
        limits: Limits = DEFAULT_LIMITS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._channel = Channel(url, tokens, http, clock=clock, cut_seconds=limits.cut_seconds)
        self._clock = clock
        self._limits = limits
        self._jitter = jitter

    async def query(self, query: Query) -> list[Row]:
        """All rows of a query, page after page, but never more than `query.max_rows`.

        Raises:
            DataverseError: a page could not be had; no rows are given then.
        """
        page = await self.first_page(query)
        rows, followed = list(page.rows), set[str]()
        # Pages without rows are legal; a link that comes twice would never end.
        while page.next_link is not None and len(rows) < query.max_rows:
            if page.next_link in followed or len(followed) == query.max_rows:
                raise Rejected(f"Query {query.table_set}: the pages do not end")
            followed.add(page.next_link)
            page = await self._next_page(query, page.next_link)
            rows.extend(page.rows)
        if page.next_link is not None or len(rows) > query.max_rows:
            _log.warning(
                "dataverse.query_bounded", extra={"table": query.table_set, "max_rows": query.max_rows}
            )
        return rows[: query.max_rows]

    async def first_page(self, query: Query) -> Answered:
        """The first page of a query, with `count` where it asked for it and `more` where pages follow.

        Raises:
            DataverseError: it could not be had.
        """
        return await self._carry_out(query)

    async def retrieve(self, retrieve: Retrieve) -> Row:
        """One row.

        Raises:
            RowGone: there is none with this id.
            DataverseError: it could not be read.
        """
        # A retrieve that succeeded always has its row.
        return cast(Row, (await self._carry_out(retrieve)).row)

    async def update(self, update: Update) -> Row | None:
        """Change a row; the columns of `update.returning` after the change, None where none were asked for.

        A service that ignores the wish for a representation also gives None; the change is made then.

        Raises:
            PreconditionFailed: the row is at another version.
            RowGone: there is no such row.
            DataverseError: it could not be changed, or that is unknown.
        """
        return (await self._carry_out(update)).row

    async def create(self, create: Create) -> UUID:
        """Create a row; its primary key.

        Raises:
            DuplicateRow: a row with this primary key or an alternate key exists.
            DataverseError: it could not be created, or that is unknown.
        """
        # A create that succeeded always has its id.
        return cast(UUID, (await self._carry_out(create)).id)

    async def upsert(self, upsert: Upsert) -> None:
        """Create the row with an alternate key, or change it where there is one.

        Raises:
            DataverseError: neither was done, or that is unknown.
        """
        await self._carry_out(upsert)

    async def batch(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Carry out many operations in few requests; what came of each, in their order.

        There is no transaction: each operation succeeds or fails alone. Of a query only the first page is
        taken (`Answered.more`). Operations answered 429, or 503 with Retry-After, are sent again alone.

        Raises:
            DataverseError: not even the first 1,000 were answered one by one: the batch as a whole failed.
            ValueError: an operation cannot be written; nothing has been sent then.
        """
        work = [(operation, render(operation)) for operation in operations]
        outcomes: list[Outcome] = []
        for chunk in batched(work, MOST_PARTS, strict=False):
            try:
                outcomes += await carry_out(chunk, self._channel, self._patience(), self._clock)
            except DataverseError as error:
                if not outcomes:
                    raise
                # What the earlier chunks brought about must not get lost.
                outcomes += [error] * len(chunk)
        return outcomes

    async def who_am_i(self) -> UUID:
        """Id of the user that the token stands for.

        Raises:
            NotAllowed: the identity is not a user of this environment.
            DataverseError: it could not be asked.
        """
        return await self._ask(read_path("WhoAmI", "WhoAmI"), read_user)

    async def navigation_names(self, table: str) -> frozenset[str]:
        """Navigation names of a table's lookups, exactly as `@odata.bind` takes them.

        Empty where the table does not exist.

        Raises:
            ValueError: `table` is not a logical name.
            DataverseError: the metadata could not be read.
        """
        column = "ReferencingEntityNavigationPropertyName"
        request = read_path(
            f"EntityDefinitions(LogicalName='{odata.name(table)}')/ManyToOneRelationships?$select={column}",
            f"Relationships of {table}",
            addresses_row=True,
        )
        try:
            page = await self._ask(request, read_page)
        except RowGone:
            return frozenset()
        except WrongPath as error:
            # A missing table is also told as a missing segment; a 404 without a code is another server's.
            if error.status == HTTPStatus.NOT_FOUND and error.code is not None:
                return frozenset()
            raise
        names = (row.get(column) for row in page.rows)
        return frozenset(name for name in names if isinstance(name, str))

    async def _next_page(self, query: Query, link: str) -> Answered:
        request = read_path(
            self._channel.below_root(link), f"Query {query.table_set}", query_preferences(query)
        )
        return await self._repeated(lambda permit: self._once(query, request, permit), safe=True)

    async def _carry_out(self, operation: Operation) -> Answered:
        request = render(operation)
        return await self._repeated(
            lambda permit: self._once(operation, request, permit), safe=is_safe_to_repeat(operation)
        )

    async def _once(self, operation: Operation, request: Request, permit: Permit) -> Answered:
        answer = await self._channel.answer(request, permit)
        return read(operation, request, answer, self._clock.now())

    async def _ask[T](self, request: Request, read_answer: Callable[[Request, Answer], T]) -> T:
        async def once(permit: Permit) -> T:
            answer = await self._channel.answer(request, permit)
            if not answer.succeeded:
                raise failure(request, answer, self._clock.now())
            return read_answer(request, answer)

        return await self._repeated(once, safe=True)

    async def _repeated[T](self, once: Callable[[Permit], Awaitable[T]], *, safe: bool) -> T:
        permit, patience = self._channel.permit(), self._patience()
        while True:  # bounded by patience, which counts the sends
            try:
                return await once(permit)
            except DataverseError as error:
                if not may_repeat(error, safe=safe) or not await patience.lasts(error):
                    raise

    def _patience(self) -> Patience:
        return Patience(self._limits, self._clock, self._jitter)
