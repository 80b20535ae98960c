"""What a change of the catalogue means: fields compared, jobs that break, and the words for it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.tables import Kind
from jobs.catalogue import Change, Entry, Known
from jobs.catalogue_notes import Broken, note_id
from jobs.catalogue_report import (
    NOTE_LENGTH,
    Break,
    BrokenJob,
    FieldChanges,
    WaitingStart,
    broken,
    broken_in_words,
    field_changes,
    fields_in_words,
    note_text,
    noteworthy,
)
from jobs.catalogue_sync import LENGTH, SyncReport, sentences
from jobs.fields import FieldType, render_template
from jobs.language import Language
from jobs.texts import units

ROW = UUID(int=7)
NAME = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=40
).filter(lambda name: not set(name) & set("=;\u200b\u2060\ufeff") and not any(one.isspace() for one in name))
LISTS = st.dictionaries(NAME, st.sampled_from(FieldType), max_size=15)
LANGUAGES: st.SearchStrategy[Language] = st.sampled_from(["en", "nl"])


def entry(template: str | None, name: str = "🚀 Welcome", *, published: bool = True) -> Entry:
    """A catalogue entry."""
    return Entry(Kind.AUTOMATION, "code", "id", name, template, published)


def change(before: str | None, now: str | None, *, former: str = "🚀 Welcome", **facts: Any) -> Change:
    """A row that changes from one list of fields to another."""
    row = Known(ROW, 'W/"7"', entry(before, former), "key")
    facts = {"fields_changed": before != now, "renamed": former != "🚀 Welcome"} | facts
    return Change(entry(now), row, **facts)


def start(text: str, number: int = 1, automation: UUID = ROW) -> WaitingStart:
    """A start that nobody has begun."""
    return WaitingStart(UUID(int=number), f"Job {number}", automation, text)


@given(LISTS, LISTS)
def test_two_lists_and_their_changes_agree(before: dict[str, FieldType], now: dict[str, FieldType]) -> None:
    """Applying what was added, removed and retyped to the one list gives the other."""
    changes = field_changes(render_template(list(before.items())), render_template(list(now.items())))
    applied = {name: kind for name, kind in before.items() if name not in changes.removed}
    applied |= dict(changes.added) | {name: kind for name, _, kind in changes.retyped}
    assert applied == now
    assert all(before[name] is was and was is not kind for name, was, kind in changes.retyped)
    assert not set(dict(changes.added)) & set(before)


@given(LISTS)
def test_the_same_list_has_no_changes(fields: dict[str, FieldType]) -> None:
    """Nor has one in another order."""
    text = render_template(list(fields.items()))
    assert field_changes(text, render_template(list(reversed(fields.items())))) == FieldChanges()


@pytest.mark.parametrize(
    ("before", "now", "text", "breaks"),
    [
        ("a=STRING;b=STRING", "a=STRING", "a=1", False),
        ("a=STRING;b=STRING", "a=STRING", "a=1;b=2", True),
        ("a=STRING;b=STRING", "a=STRING", "a=1;b=", True),
        ("a=STRING", "a=URL", "a=1", True),
        ("a=STRING", "a=URL", "a=https://example.org", False),
        ("a=STRING", "a={<PRODUCTLIST>}", "a=1,2", True),
        ("a=STRING", None, "a=1", False),
        (None, "b=STRING", "a=1", True),
        ("a=STRING", "b=STRING", "", False),
        ("a=STRING", "b=STRING", "c=1", False),
    ],
)
def test_a_text_that_no_longer_fits_breaks(
    before: str | None, now: str | None, text: str, breaks: bool
) -> None:
    """By the rules that a start itself is judged by; what was wrong before is not broken by the change."""
    found = broken([change(before, now)], [start(text)], quoting=False, max_length=4000)
    assert [job.reason for job in found] == ([Break.FIELDS] if breaks else [])


def test_a_withdrawn_automation_breaks_every_start() -> None:
    """Whatever its text says, and no job of another automation."""
    withdrawn = change("a=STRING", "a=STRING", deactivated=True)
    jobs = [start("a=1", 1), start("x", 2), start("", 3, automation=UUID(int=8))]
    found = broken([withdrawn], jobs, quoting=False, max_length=4000)
    assert [(job.id.int, job.reason, job.label) for job in found] == [
        (1, Break.WITHDRAWN, "🚀 Welcome"),
        (2, Break.WITHDRAWN, "🚀 Welcome"),
    ]


def test_only_a_row_that_people_see_changing_gets_a_note() -> None:
    """None for a new row, and none for another id at Spotler alone."""
    assert noteworthy(change("a=STRING", "b=STRING"))
    assert noteworthy(change(None, None, former="🚀 Hello"))
    assert noteworthy(change(None, None, reactivated=True))
    assert not noteworthy(Change(entry("a=STRING"), None))
    assert not noteworthy(change(None, None, other=True))


def test_a_note_says_what_changed_and_what_breaks() -> None:
    """A line for each thing, with the jobs by name and what to do."""
    one = change("a=STRING;b=STRING;c=STRING", "a=URL;c=STRING;d=URL", former="🚀 Hello")
    jobs = broken([one], [start("a=1", 1), start("b=2", 2)], quoting=False, max_length=4000)
    assert note_text(one, jobs, "en", whole_list=True) == (
        "Renamed: 🚀 Hello → 🚀 Welcome.\n"
        "Fields added: d (URL).\n"
        "Fields removed: b.\n"
        "Fields of another type: a (STRING → URL).\n"
        "Unfinished jobs that this breaks: 2 (Job 1, Job 2).\n"
        "Deactivate these jobs and create them anew with the fields as they are now."
    )
    withdrawn = change(None, None, deactivated=True)
    assert note_text(withdrawn, (), "nl", whole_list=False) == (
        "Niet meer gepubliceerd in Spotler.\n"
        "Niet alle onvoltooide jobs konden worden bekeken; er kunnen er meer zijn."
    )


def test_a_note_has_one_id_for_one_version_of_a_row() -> None:
    """Made again it collides; after the next change of the row it is another."""
    assert note_id(ROW, 'W/"7"') == note_id(ROW, 'W/"7"')
    assert note_id(ROW, 'W/"7"') != note_id(ROW, 'W/"8"')
    assert note_id(ROW, 'W/"7"') != note_id(UUID(int=8), 'W/"7"')


JOBS = st.lists(
    st.builds(
        BrokenJob,
        st.uuids(),
        st.text(max_size=300),
        st.uuids(),
        st.text(max_size=300),
        st.sampled_from(Break),
    ),
    max_size=40,
)


@given(LISTS, LISTS, JOBS, st.booleans(), LANGUAGES)
def test_a_note_fits(
    before: dict[str, FieldType],
    now: dict[str, FieldType],
    jobs: list[BrokenJob],
    whole: bool,
    language: Language,
) -> None:
    """However much changed."""
    one = change(render_template(list(before.items())), render_template(list(now.items())), deactivated=True)
    assert units(note_text(one, jobs, language, whole_list=whole)) <= NOTE_LENGTH


@given(JOBS, st.lists(st.text(min_size=1, max_size=200), max_size=40).map(tuple), LISTS, LANGUAGES)
def test_the_report_in_words_fits_and_names_no_job(
    jobs: list[BrokenJob], names: tuple[str, ...], fields: dict[str, FieldType], language: Language
) -> None:
    """It travels in messages and HTTP answers; what breaks stands first."""
    changes = field_changes(None, render_template(list(fields.items())))
    secret = [BrokenJob(job.id, "SECRET", job.automation, job.label, job.reason) for job in jobs]
    report = SyncReport(
        added=names,
        renamed=names,
        fields_changed=names,
        renames=tuple((name, name) for name in names),
        fields=tuple((name, changes) for name in names),
        broken=Broken(tuple(secret)),
    )
    told = sentences(report, language)
    assert units(told) <= LENGTH
    assert "SECRET" not in told + str(report.as_json(language))
    if jobs:
        assert told.startswith(broken_in_words(secret, language, whole_list=True))


def test_the_report_tells_names_and_fields() -> None:
    """Old and new names, fields by what became of them, and jobs counted by automation."""
    changes = field_changes("a=STRING", "a=URL;b=STRING")
    job = BrokenJob(UUID(int=1), "Mine", ROW, "🚀 Welcome", Break.FIELDS)
    report = SyncReport(
        renamed=("🚀 New",),
        renames=(("🚀 Old", "🚀 New"),),
        fields_changed=("🚀 Welcome",),
        fields=(("🚀 Welcome", changes),),
        unchanged=3,
        broken=Broken((job,)),
    )
    assert sentences(report, "en") == (
        "Unfinished jobs that this breaks: 1 (1 of 🚀 Welcome, whose fields changed). "
        "1 renamed (🚀 Old → 🚀 New); 1 fields changed (🚀 Welcome: fields added: b (STRING); "
        "fields of another type: a (STRING → URL)); 3 unchanged."
    )
    told = report.as_json("en")
    assert told["renames"] == [{"from": "🚀 Old", "to": "🚀 New"}]
    assert told["fields"] == [
        {
            "automation": "🚀 Welcome",
            "added": [{"name": "b", "type": "STRING"}],
            "removed": [],
            "retyped": [{"name": "a", "from": "STRING", "to": "URL"}],
        }
    ]
    assert told["brokenJobs"] == [{"id": str(UUID(int=1)), "automation": "🚀 Welcome", "reason": "FIELDS"}]
    assert told["brokenJobsComplete"] is True
    assert fields_in_words(FieldChanges(), "en") == ""
