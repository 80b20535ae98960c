"""Does a machine find the same figures under the names that the docs promise, and who gets them?"""

from __future__ import annotations

from datetime import datetime
from typing import get_args
from uuid import UUID

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from dataverse.tables import Status
from jobs.language import Language
from jobs.status_figures import OPEN, Call, Figures, Trouble, Undelivered, Window
from jobs.status_json import as_json, wants_json, written
from tests.jobs.status_samples import AWAY, BUSY, FIGURES, WELL
from tests.world import HOME

LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)


class Form(BaseModel):
    """Exactly these members."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)


class Number(Form):
    """A count."""

    count: pydantic.NonNegativeInt
    or_more: bool


class Oldest(Form):
    """The job that waits longest."""

    job: UUID
    state: str
    since: datetime
    code: str | None


class Failure(Form):
    """Jobs that ended badly for one reason."""

    code: str | None
    count: Number
    newest: datetime
    remedy: str | None


class Jobs(Form):
    """What there is of jobs."""

    created: dict[Window, dict[str, Number]]
    open: dict[str, Number]
    oldest: Oldest | None
    failures: list[Failure]
    failures_looked_at: Number


class Queue(Form):
    """Messages of a queue."""

    ready: Number
    scheduled: Number
    dead_letters: Number


class Reason(Form):
    """Deliveries that failed for one reason."""

    reason: Undelivered
    status: int | None
    count: Number


class Webhooks(Form):
    """Deliveries that failed."""

    failed: Number
    newest: datetime | None
    reasons: list[Reason]


class Sync(Form):
    """A synchronisation."""

    ended_on: datetime
    report: str


class Catalogue(Form):
    """The list of automations."""

    entries: Number
    changed_on: datetime | None
    last_sync_by_job: Sync | None


class Told(Form):
    """All of it."""

    version: str
    read_on: datetime
    attention: list[Call]
    services: dict[str, str]
    jobs: Jobs | None
    queues: dict[str, Queue] | None
    webhooks: Webhooks | None
    catalogue: Catalogue | None
    last_sync_here: Sync | None


@settings(max_examples=60, deadline=None)
@given(FIGURES, st.sampled_from(LANGUAGES))
def test_the_form_is_kept(figures: Figures, language: Language) -> None:
    """Whatever the figures are, the members and their types stay, and every state is there."""
    told = Told.model_validate_json(written(figures, language).encode())
    assert set(told.services) == {"dataverse", "spotler", "serviceBus"}
    assert set(told.services.values()) <= {"reachable", *map(str, Trouble)}
    if told.jobs is not None:
        assert set(told.jobs.created) == set(Window)
        for states in told.jobs.created.values():
            assert set(states) == {status.name for status in Status}
        assert set(told.jobs.open) == {status.name for status in OPEN}


def test_what_is_not_known_is_null() -> None:
    """And never zero."""
    told = as_json(AWAY, "en")
    assert [told[name] for name in ("jobs", "queues", "webhooks", "catalogue")] == [None] * 4
    assert told["attention"] == ["dataverse", "spotler", "service_bus"]


def test_remedies_speak_the_language() -> None:
    """Codes are the same everywhere; sentences are not."""
    english = Told.model_validate(as_json(BUSY, "en")).jobs
    dutch = Told.model_validate(as_json(BUSY, "nl")).jobs
    assert english is not None
    assert dutch is not None
    assert [one.code for one in english.failures] == [one.code for one in dutch.failures]
    assert all(
        one.remedy != other.remedy for one, other in zip(english.failures, dutch.failures, strict=True)
    )


def test_the_docs_name_every_member() -> None:
    """docs/status.md has each name that a program may rely on."""
    text = (HOME / "docs/status.md").read_text(encoding="utf-8")
    for name in names(as_json(BUSY, "en")) - set(BUSY.queues if isinstance(BUSY.queues, dict) else ()):
        assert f"`{name}`" in text, name


def names(told: object) -> set[str]:
    """The names of all members, without those of states."""
    if isinstance(told, dict):
        own = {str(name) for name in told} - {status.name for status in Status}
        return own.union(*(names(one) for one in told.values()))
    if isinstance(told, list):
        return set().union(*(names(one) for one in told))
    return set()


@pytest.mark.parametrize(
    ("accept", "json_wanted"),
    [
        ("", False),
        ("*/*", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/*", True),
        ("application/json, text/plain, */*", True),
        ("text/html, application/json", False),
        ("text/html;q=0.5, application/json", True),
        ("text/html, application/json;q=0.9", False),
        ("application/json;q=0", False),
        ("application/json;q=nonsense", False),
        ("application/json;q=nan", False),
        ("text/*;q=0.1,application/json;q=0.2", True),
        ("image/png", False),
    ],
)
def test_who_gets_json(accept: str, *, json_wanted: bool) -> None:
    """Who names it and does not prefer a page."""
    assert wants_json(accept) is json_wanted


@given(st.text())
def test_no_header_is_too_odd(accept: str) -> None:
    """Anything can be sent."""
    assert wants_json(accept) in {True, False}


def test_well() -> None:
    """A quiet app calls for nobody."""
    assert as_json(WELL, "en")["attention"] == []
