"""Is the status page well formed, escaped, true and whole, in both languages?"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from string import Formatter
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse.tables import Status
from jobs.language import Language
from jobs.queues import Depth
from jobs.status_figures import Call, Count, Figures, Records, Trouble, Undelivered, Webhooks, calls
from jobs.status_page import headers, page, settings_page
from jobs.status_style import STYLE
from jobs.status_words import CALLS, WORDS, age, in_trouble, number, state, undelivered
from tests.jobs.status_samples import AWAY, BUSY, CALM, EMPTY, FIGURES, NOW, QUEUES, WELL, created

VOID = {"meta"}
ELEMENTS = frozenset(
    re.findall(
        r"\w+",
        "html head meta title style body header main section h1 h2 p a ul li table thead tbody tr th td svg rect "
        "div span b code blockquote",
    )
)
ATTRIBUTES = frozenset(
    re.findall(
        r"\S+",
        "lang charset name content class href id scope width height x rx viewbox preserveaspectratio role "
        "aria-label aria-hidden",
    )
)
LANGUAGES: tuple[Language, ...] = get_args(Language.__value__)


class Reader(HTMLParser):
    """Reads a page strictly: every element is ours and closed in its turn."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        assert tag in ELEMENTS
        told = dict(attrs)
        assert len(told) == len(attrs)
        assert set(told) <= ATTRIBUTES
        self.ids += [told["id"] or ""] if "id" in told else []
        self.links += [told["href"] or ""] if "href" in told else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG that is closed by a slash."""
        assert tag == "rect"
        assert {name for name, _ in attrs} <= ATTRIBUTES

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """A text."""
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    def handle_comment(self, data: str) -> None:
        """There is none."""
        raise AssertionError(data)


def text_of(figures: Figures, language: Language = "en") -> str:
    """What a person reads, blanks made plain."""
    said = "".join(Reader(page(figures, language)).said)
    return said.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NON-BREAKING HYPHEN}", "-")


@settings(max_examples=60, deadline=None)
@given(FIGURES, st.sampled_from(LANGUAGES))
def test_no_text_becomes_markup(figures: Figures, language: Language) -> None:
    """Whatever codes, reports and names hold, the page has our elements alone, and its links lead into itself."""
    written = page(figures, language)
    read = Reader(written)
    written.encode()
    assert len(set(read.ids)) == len(read.ids)
    assert {link.removeprefix("#") for link in read.links} <= {*read.ids, ""}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_arrives_as_it_is(language: Language) -> None:
    """A report that looks like markup is read as the text it is."""
    nasty = "<b>1</b> & \"2\" '3'"
    assert BUSY.sync_here is not None
    figures = replace(BUSY, sync_here=replace(BUSY.sync_here, report=nasty))
    assert nasty in Reader(page(figures, language)).said


@pytest.mark.parametrize("figures", [WELL, BUSY, AWAY], ids=["well", "busy", "away"])
def test_both_languages_tell_the_same(figures: Figures) -> None:
    """The same parts and links, in other words."""
    english, dutch = Reader(page(figures, "en")), Reader(page(figures, "nl"))
    assert (english.ids, english.links) == (dutch.ids, dutch.links)
    assert '<html lang="nl">' in page(figures, "nl")
    assert english.said != dutch.said


def test_what_is_out_of_order_is_told_with_the_remedy() -> None:
    """Numbers, causes, ages and what to do all stand on the page."""
    text = text_of(BUSY)
    for wanted in (
        "This needs attention:",
        "5,000 or more",
        "has waited for 3 h 12 min, since 2026-11-23 08:48 UTC",
        "3e5a7c90-6baa-4011-bbd2-6045bd9a1c01",
        "CONTACT_NOTFOUND",
        "Check that the record is synchronised to Spotler",
        "the newest created 12 min ago",
        "250 or more",
        "Dead-letter; it names the job",
        "the app's address answered 401",
        "1 added (🚀 Welcome); 16 unchanged.",
        "version 0.1.0",
    ):
        assert wanted in text
    assert "5.000 of meer" in text_of(BUSY, "nl")


def test_all_is_well() -> None:
    """Nothing calls for anybody, and a quiet week is no alarm."""
    text = text_of(WELL)
    assert "All is well." in text
    assert "No job is open." in text
    assert 'class="alarm"' not in page(WELL, "en")


def test_what_is_not_known_is_no_zero() -> None:
    """Services that were not reached leave no number behind."""
    text = text_of(AWAY)
    assert text.count("Not known: Dataverse could not be asked.") == 5
    assert "Spotler refuses the app." in text
    assert "<td" not in page(AWAY, "en")


@pytest.mark.parametrize("why", [Trouble.REFUSED, Trouble.UNEXPECTED])
@pytest.mark.parametrize("language", LANGUAGES)
def test_deliveries_that_may_not_be_read(why: Trouble, language: Language) -> None:
    """Not knowing is said, and for a missing right what gives it."""
    text = text_of(replace(WELL, records=replace(CALM, webhooks=why)), language)
    assert ("python -m dataverse apply" in text) is (why is Trouble.REFUSED)


def test_causes_of_a_part_only() -> None:
    """Where only the newest failures were looked at, the page says of how many."""
    assert isinstance(BUSY.records, Records)
    figures = replace(BUSY, records=replace(BUSY.records, looked_at=Count(1000, or_more=True)))
    assert "Taken from the 1,000 that were created last" in text_of(figures)
    assert "Taken from" not in text_of(BUSY)


WAITED = timedelta(hours=1)
CALLED = {
    "well": (WELL, ()),
    "all away": (AWAY, (Call.DATAVERSE, Call.SPOTLER, Call.BUS)),
    "busy": (BUSY, (Call.DEAD_LETTERS, Call.WAITING, Call.FAILURES, Call.WEBHOOKS)),
    "dead letters that were not counted": (
        replace(WELL, queues={"q": (EMPTY, Depth(0, 0, more=True))}),
        (Call.DEAD_LETTERS,),
    ),
    "many messages": (replace(WELL, queues=QUEUES | {"q": (Depth(250, 9, more=True), EMPTY)}), ()),
    "partly succeeded": (
        replace(WELL, records=replace(CALM, created=created(partly_succeeded=1))),
        (Call.FAILURES,),
    ),
    "cancelled": (replace(WELL, records=replace(CALM, created=created(cancelled=9))), ()),
    "deliveries unknown": (replace(WELL, records=replace(CALM, webhooks=Trouble.REFUSED)), (Call.WEBHOOKS,)),
    "deliveries failed": (
        replace(WELL, records=replace(CALM, webhooks=Webhooks(Count(1), NOW, ()))),
        (Call.WEBHOOKS,),
    ),
}


@pytest.mark.parametrize("name", CALLED)
def test_what_calls_for_somebody(name: str) -> None:
    """The list at the top has what needs a hand, and nothing else."""
    figures, wanted = CALLED[name]
    assert calls(figures) == wanted


@pytest.mark.parametrize(("waited", "called"), [(WAITED, False), (WAITED + timedelta(seconds=1), True)])
def test_when_a_wait_is_too_long(waited: timedelta, *, called: bool) -> None:
    """After an hour, as the alert."""
    assert isinstance(BUSY.records, Records)
    assert BUSY.records.oldest is not None
    oldest = replace(BUSY.records.oldest, since=NOW - waited)
    figures = replace(WELL, records=replace(CALM, oldest=oldest))
    assert (Call.WAITING in calls(figures)) is called


@given(st.lists(st.integers(0, 5000), min_size=8, max_size=8))
def test_bars_stay_in_their_frame(numbers: list[int]) -> None:
    """The pieces lie side by side within the chart, and every state that has jobs can be seen."""
    counts = {status.name.lower(): number for status, number in zip(Status, numbers, strict=True)}
    written = page(replace(WELL, records=replace(CALM, created=created(**counts))), "en")
    chart = written[written.rindex("<svg", 0, written.index('class="bar"')) :].partition("</svg>")[0]
    pieces = [(int(x), int(width)) for x, width in re.findall(r'x="(\d+)" width="(\d+)"', chart)]
    assert len(pieces) == sum(number > 0 for number in numbers)
    end = 0
    for x, width in pieces:
        assert (x, width > 0) == (end, True)
        end = x + width
    assert end <= 1000
    assert all(width >= 8 for _, width in pieces)


@pytest.mark.parametrize(
    ("seconds", "english", "dutch"),
    [
        (-5, "less than a minute", "minder dan een minuut"),
        (59, "less than a minute", "minder dan een minuut"),
        (60, "1 min", "1 min"),
        (3599, "59 min", "59 min"),
        (3600, "1 h 0 min", "1 u 0 min"),
        (172_799, "47 h 59 min", "47 u 59 min"),
        (172_800, "2 d 0 h", "2 d 0 u"),
        (604_800, "7 d 0 h", "7 d 0 u"),
    ],
)
def test_ages(seconds: int, english: str, dutch: str) -> None:
    """In the two units that matter."""
    span = timedelta(seconds=seconds)
    assert (age(span, "en"), age(span, "nl")) == (english, dutch)


@pytest.mark.parametrize("name", WORDS)
def test_phrases_have_the_same_places_in_both_languages(name: str) -> None:
    """What is filled in in one language is filled in in the other."""
    places = [{place for _, place, _, _ in Formatter().parse(WORDS[name][one]) if place} for one in LANGUAGES]
    assert places[0] == places[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_case_has_words(language: Language) -> None:
    """No state, trouble, reason or call leaves a person without a sentence."""
    assert all(CALLS[call][language] for call in Call)
    assert all(state(status, language) for status in Status)
    for service in ("Dataverse", "Spotler", "Service Bus"):
        assert all(in_trouble(service, why, language).endswith(".") for why in Trouble)
    assert all(undelivered(why, 401, language).endswith(".") for why in Undelivered)
    assert number(Count(1234), language) == {"en": "1,234", "nl": "1.234"}[language]


def test_the_policy_lets_this_style_through_alone() -> None:
    """The digest is that of the style as it stands in the page; scripts, frames and fetching are shut out."""
    found = re.search(r"<style>(.*?)</style>", page(WELL, "en"), flags=re.DOTALL)
    assert found is not None
    digest = base64.b64encode(hashlib.sha256(found[1].encode()).digest()).decode()
    policy = headers()["Content-Security-Policy"]
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "script" not in policy
    assert found[1] == STYLE
    assert headers()["Referrer-Policy"] == "no-referrer"
    assert headers()["Cache-Control"] == "no-store"


def test_settings_that_cannot_be_used() -> None:
    """Each fault stands on the page as it is."""
    said = Reader(settings_page(("A <b>: mend it.", "C: too."))).said
    assert "A <b>: mend it." in said
    assert "C: too." in said
