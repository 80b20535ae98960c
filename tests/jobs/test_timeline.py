"""Does a start appear in the Timeline where the app may post, but not look whether it can?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast
from uuid import uuid4

import pytest

from dataverse import Answered, Create, DataverseClient, DataverseError, NotAllowed, Rejected
from dataverse.tables import ENTITY_SETS, Note, Operation, Post
from jobs.events import Events
from jobs.outcomes import Outcome, Target
from jobs.settings import Timeline as Choice
from jobs.timeline import Timeline
from jobs.verdicts import Verdict


class Environment:
    """Dataverse for a role without rights on metadata; it may have activity feeds."""

    def __init__(self, *, feeds: bool) -> None:
        self._feeds = feeds
        self.asked = 0
        self.made: list[str] = []

    async def navigation_names(self, _table: str) -> frozenset[str]:
        """Refused."""
        self.asked += 1
        raise NotAllowed("Relationships of post: 403", status=403, code="0x80040220")

    async def batch(self, entries: Sequence[Create]) -> list[Answered | DataverseError]:
        """Posts where there are feeds, notes always."""
        answers: list[Answered | DataverseError] = []
        for entry in entries:
            if entry.table_set == Post.SET and not self._feeds:
                answers.append(Rejected("Create posts: 400", status=400))
            else:
                self.made.append(entry.table_set)
                answers.append(Answered())
        return answers


def started(table: str) -> Outcome:
    """A start that Spotler confirmed."""
    now = datetime.now(UTC)
    return Outcome(
        job=uuid4(),
        attempt=1,
        operation=Operation.START_AUTOMATION,
        verdict=Verdict.DONE,
        code="OK",
        target=Target(table=table, id=uuid4()),
        etag=None,
        claimed_on=now,
        queued_on=now,
        ended_on=now,
    )


@pytest.mark.parametrize(("feeds", "expected"), [(True, Post.SET), (False, Note.SET)])
async def test_whoever_may_not_read_the_metadata_posts_all_the_same(feeds: bool, expected: str) -> None:
    """Each start is shown, as a note where a post is refused; the environment is asked once."""
    environment = Environment(feeds=feeds)
    timeline = Timeline(
        cast("DataverseClient", environment), choice=Choice.AUTO, language="en", events=Events()
    )
    for table in ENTITY_SETS:
        await timeline.show([started(table)])
    assert environment.made == [expected] * len(ENTITY_SETS)
    assert environment.asked == 1
