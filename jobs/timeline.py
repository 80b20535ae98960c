"""How does a successful start appear in the Timeline of the account, contact or lead?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID, uuid5

from dataverse import (
    Answered,
    Create,
    DataverseClient,
    DataverseError,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    RowGone,
)
from dataverse.tables import ENTITY_SETS, Note, Post
from jobs.events import Events
from jobs.language import Language
from jobs.outcomes import Outcome
from jobs.settings import Timeline as Choice
from jobs.wording import post_text

_NAMESPACE: Final = UUID("6f0f5a52-3f5e-4b0c-9d2a-7a3c1f1e8a10")


def entry_id(job: UUID, attempt: int) -> UUID:
    """The id of the Timeline entry of one attempt: the same however often it is made."""
    return uuid5(_NAMESPACE, f"{job}:{attempt}")


class Timeline:
    """Shows successful starts, each at most once.

    A post where the environment has activity feeds for the row's table, else a note. Which of the
    two is found out once and kept; where the app may not look, each is tried as a post first. `off` shows
    nothing.
    """

    def __init__(
        self, client: DataverseClient, *, choice: Choice, language: Language, events: Events
    ) -> None:
        self._client = client
        self._choice = choice
        self._language = language
        self._events = events
        self._posts: Mapping[str, bool] | None = None
        self._deciding = asyncio.Lock()

    async def with_posts(self) -> Mapping[str, bool]:
        """For each table a job can address, whether a post can be bound to its rows.

        Raises:
            DataverseError: the environment could not be asked.
        """
        async with self._deciding:
            if self._posts is None:
                self._posts = await self._decide()
        return self._posts

    async def _decide(self) -> Mapping[str, bool]:
        if self._choice is Choice.AUTO:
            try:
                names = await self._client.navigation_names(Post.TABLE)
            except NotAllowed as error:
                # A role may allow posts and not the metadata: a post that is refused becomes a note.
                self._events.warning("timeline_undecided", status=error.status, code=error.code)
                return dict.fromkeys(ENTITY_SETS, True)
            return {table: Post.regarding(table) in names for table in ENTITY_SETS}
        return dict.fromkeys(ENTITY_SETS, self._choice is Choice.POSTS)

    async def show(self, outcomes: Sequence[Outcome]) -> None:
        """Make the entries of these successful starts; one that is there already is left alone.

        An entry that the environment refuses for good is reported and not tried again: the row
        has told the truth already.

        Raises:
            DataverseError: some may not have been made and should be made again later.
        """
        shown = [outcome for outcome in outcomes if outcome.target is not None]
        if self._choice is Choice.OFF or not shown:
            return
        posts = await self.with_posts()
        entries = [self._entry(outcome, as_post=_posts_for(outcome, posts)) for outcome in shown]
        retry: DataverseError | None = None
        refused: list[Outcome] = []
        for outcome, answer in zip(shown, await self._client.batch(entries), strict=True):
            match answer:
                case Answered() | DuplicateRow() | RowGone():
                    continue
                case NotCarriedOut() | MayHaveBeenCarriedOut():
                    retry = answer
                case _:
                    refused.append(outcome)
                    self._events.warning(
                        "timeline_refused", job=str(outcome.job), status=answer.status, code=answer.code
                    )
        if refused and any(_posts_for(outcome, posts) for outcome in refused):
            await self._as_notes([outcome for outcome in refused if _posts_for(outcome, posts)])
        if retry is not None:
            raise retry

    async def _as_notes(self, outcomes: Sequence[Outcome]) -> None:
        entries = [self._entry(outcome, as_post=False) for outcome in outcomes]
        for outcome, answer in zip(outcomes, await self._client.batch(entries), strict=True):
            match answer:
                case Answered() | DuplicateRow() | RowGone():
                    continue
                case NotCarriedOut() | MayHaveBeenCarriedOut():
                    raise answer
                case _:
                    self._events.error(
                        "timeline_impossible", job=str(outcome.job), status=answer.status, code=answer.code
                    )

    def _entry(self, outcome: Outcome, *, as_post: bool) -> Create:
        if outcome.target is None:
            raise ValueError("an outcome without a person has no Timeline")
        identifier = str(entry_id(outcome.job, outcome.attempt))
        text = post_text(outcome.label, outcome.run_ids, self._language)
        row = f"/{ENTITY_SETS[outcome.target.table]}({outcome.target.id})"
        if as_post:
            return Create(
                Post.SET,
                {
                    Post.ID: identifier,
                    Post.TEXT: text[:2000],
                    Post.SOURCE: Post.SOURCE_AUTO,
                    Post.TYPE: Post.TYPE_STATUS,
                    f"{Post.regarding(outcome.target.table)}@odata.bind": row,
                },
            )
        return Create(
            Note.SET,
            {
                Note.ID: identifier,
                Note.SUBJECT: "Spotler",
                Note.TEXT: text,
                f"{Note.regarding(outcome.target.table)}@odata.bind": row,
            },
        )


def _posts_for(outcome: Outcome, posts: Mapping[str, bool]) -> bool:
    return outcome.target is not None and posts[outcome.target.table]
