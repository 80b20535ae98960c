"""How do the figures look as a page that a person reads on a phone or a screen? No script, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from dataverse.tables import Status
from jobs.language import Language
from jobs.queues import Depth
from jobs.status_figures import NONE, OPEN, Count, Figures, Records, Sync, Trouble, Webhooks, Window, calls
from jobs.status_markup import Content, Markup, joined, tag
from jobs.status_style import STYLE
from jobs.status_words import CALLS, WINDOWS, age, in_trouble, moment, number, said, state, undelivered
from jobs.wording import cause

_BAR: Final = 1000
"""Width of a chart in its own units; it is stretched to the room there is."""

_LEAST: Final = 8
"""Width of the smallest piece."""


def headers() -> Mapping[str, str]:
    """What goes with the page: nothing is kept, run, fetched or framed, and its address is told to nobody."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Vary": "Accept",
    }


def page(figures: Figures, language: Language) -> str:
    """The whole page; every text in it is escaped."""
    return _document(
        language,
        _head(figures, language),
        tag(
            "main",
            _jobs(figures, language),
            _open(figures, language),
            _failures(figures, language),
            _queues(figures, language),
            _webhooks(figures, language),
            _catalogue(figures, language),
            _services(figures, language),
        ),
    )


def settings_page(faults: Sequence[str]) -> str:
    """A page for the time in which the settings cannot be used, and the language is not known."""
    return _document(
        "en",
        tag("header", tag("h1", said("title", "en")), tag("p", said("settings", "en"), class_="verdict bad")),
        tag("main", tag("section", tag("ul", *(tag("li", fault) for fault in faults)))),
    )


def _document(language: Language, *body: Markup) -> str:
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="robots", content="noindex"),
        tag("title", said("title", language)),
        # Our own text, with nothing in it that HTML would read; escaping would change what its digest is of.
        tag("style", Markup(STYLE)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang=language).text}\n"


def _head(figures: Figures, language: Language) -> Markup:
    found = calls(figures)
    verdict = (
        tag(
            "div",
            tag("p", said("attention", language)),
            tag(
                "ul",
                *(tag("li", tag("a", CALLS[call][language], href=f"#{call.part}")) for call in found),
            ),
            class_="verdict bad",
        )
        if found
        else tag("p", said("well", language), class_="verdict good")
    )
    told = joined(
        said("as of", language, moment=moment(figures.read_on)),
        " · ",
        said("version", language, version=figures.version),
        " · ",
        # An empty address is this page with its key, which stands nowhere in the page so.
        tag("a", said("again", language), href=""),
    )
    return tag("header", tag("h1", said("title", language)), tag("p", told, class_="quiet"), verdict)


def _section(part: str, title: str, *content: Content) -> Markup:
    return tag("section", tag("h2", title), *content, id=part)


def _unknown(service: str, language: Language) -> Markup:
    return tag("p", said("not known", language, service=service), class_="quiet")


def _jobs(figures: Figures, language: Language) -> Markup:
    title, told = said("jobs", language), figures.records
    if isinstance(told, Trouble):
        return _section("jobs", title, _unknown("Dataverse", language))
    bars = [_bar(window, told.created[window], language) for window in Window]
    head = tag(
        "tr",
        tag("th", said("state", language), scope="col"),
        *(tag("th", WINDOWS[window][language], scope="col") for window in Window),
    )
    rows = [
        tag(
            "tr",
            tag("th", _swatch(status), state(status, language), scope="row"),
            *(_cell(told.created[window].get(status, NONE), language) for window in Window),
        )
        for status in Status
    ]
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return _section("jobs", title, *bars, table, tag("p", said("jobs note", language), class_="quiet"))


def _cell(count: Count, language: Language) -> Markup:
    # "0 or more" would say nothing.
    text = number(count, language) if count.number or not count.or_more else "?"
    return tag("td", text, class_=None if count.number else "zero")


def _swatch(status: Status) -> Markup:
    dot = tag("rect", width="10", height="10", rx="2", class_=_colour(status))
    return tag("svg", dot, viewBox="0 0 10 10", class_="swatch", aria_hidden="true")


def _colour(status: Status) -> str:
    return f"s-{status.name.lower().replace('_', '-')}"


def _bar(window: Window, counts: Mapping[Status, Count], language: Language) -> Markup:
    total = sum(counts.values(), NONE)
    told = ", ".join(
        f"{number(count, language)} {state(status, language)}"
        for status, count in counts.items()
        if count.number
    )
    parts: list[Markup] = [tag("rect", width=str(_BAR), height="10", class_="track")]
    shown = {status: count.number for status, count in counts.items() if count.number}
    # A single failure among thousands must still be seen.
    room, left = _BAR - _LEAST * len(shown), 0
    for status, jobs in shown.items():
        width = _LEAST + room * jobs // total.number
        parts.append(tag("rect", x=str(left), width=str(width), height="10", class_=_colour(status)))
        left += width
    chart = tag(
        "svg",
        *parts,
        viewBox=f"0 0 {_BAR} 10",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{WINDOWS[window][language]}: {told or said('no jobs', language)}",
        class_="bar",
    )
    label = tag(
        "p",
        tag("span", WINDOWS[window][language]),
        tag("b", number(total, language) if total.number else said("no jobs", language)),
        class_="label",
    )
    return tag("div", label, chart, class_="chart")


def _open(figures: Figures, language: Language) -> Markup:
    title, told = said("waiting", language), figures.records
    if isinstance(told, Trouble):
        return _section("waiting", title, _unknown("Dataverse", language))
    tiles = tag(
        "ul",
        *(
            tag(
                "li",
                tag("b", number(told.open.get(status, NONE), language)),
                tag("span", state(status, language)),
            )
            for status in OPEN
        ),
        class_="tiles",
    )
    oldest = told.oldest
    if oldest is None:
        return _section("waiting", title, tiles, tag("p", said("no oldest", language)))
    waits = age(figures.read_on - oldest.since, language)
    reason: list[Content] = (
        [" ", tag("code", oldest.code), " ", cause(oldest.code, language)] if oldest.code else []
    )
    return _section(
        "waiting",
        title,
        tiles,
        tag("p", said("oldest", language, age=waits, moment=moment(oldest.since))),
        tag(
            "p",
            said("oldest id", language, job=str(oldest.job), state=state(oldest.status, language)),
            *reason,
            class_="quiet",
        ),
    )


def _failures(figures: Figures, language: Language) -> Markup:
    title, told = said("failures", language), figures.records
    if isinstance(told, Trouble):
        return _section("failures", title, _unknown("Dataverse", language))
    if not told.causes:
        return _section("failures", title, tag("p", said("no failures", language)))
    most = max(one.count.number for one in told.causes)
    items = [
        tag(
            "li",
            tag(
                "p",
                tag("code", one.code) if one.code else tag("span", said("no code", language)),
                tag("b", number(one.count, language)),
                class_="label",
            ),
            _single_bar(one.count.number, most),
            tag("p", cause(one.code, language)) if one.code else "",
            tag(
                "p",
                said("newest", language, age=age(figures.read_on - one.newest, language)),
                class_="quiet",
            ),
        )
        for one in told.causes
    ]
    notes = [said("failures view", language)]
    if told.looked_at.or_more:
        looked = number(Count(told.looked_at.number), language)
        notes.insert(0, said("failures part", language, count=looked))
    return _section(
        "failures",
        title,
        tag("ul", *items, class_="causes"),
        *(tag("p", note, class_="quiet") for note in notes),
    )


def _single_bar(count: int, most: int) -> Markup:
    return tag(
        "svg",
        tag("rect", width=str(_BAR), height="10", class_="track"),
        tag("rect", width=str(max(_LEAST, _BAR * count // most)), height="10", class_="s-failed"),
        viewBox=f"0 0 {_BAR} 10",
        preserveAspectRatio="none",
        class_="bar thin",
        aria_hidden="true",
    )


def _queues(figures: Figures, language: Language) -> Markup:
    title, told = said("queues", language), figures.queues
    if isinstance(told, Trouble):
        return _section("queues", title, _unknown("Service Bus", language))
    head = tag(
        "tr",
        *(tag("th", said(name, language), scope="col") for name in ("queue", "ready", "scheduled", "dead")),
    )
    rows = [
        tag(
            "tr",
            tag("th", queue, scope="row"),
            _cell(Count(depth.ready, depth.more), language),
            _cell(Count(depth.scheduled, depth.more), language),
            tag(
                "td",
                number(Count(_all(dead), dead.more), language),
                class_="alarm" if _all(dead) or dead.more else "zero",
            ),
        )
        for queue, (depth, dead) in told.items()
    ]
    remedy = [tag("p", said("dead remedy", language))] if any(_all(dead) for _, dead in told.values()) else []
    return _section("queues", title, tag("table", tag("thead", head), tag("tbody", *rows)), *remedy)


def _all(depth: Depth) -> int:
    return depth.ready + depth.scheduled


def _webhooks(figures: Figures, language: Language) -> Markup:
    title, told = said("webhooks", language), figures.records
    if isinstance(told, Trouble):
        return _section("webhooks", title, _unknown("Dataverse", language))
    return _section("webhooks", title, *_deliveries(told.webhooks, figures.read_on, language))


def _deliveries(told: Webhooks | Trouble, now: datetime, language: Language) -> list[Markup]:
    if isinstance(told, Trouble):
        name = "webhooks refused" if told is Trouble.REFUSED else "webhooks unread"
        return [tag("p", said(name, language), class_="alarm")]
    if told.newest is None:
        return [tag("p", said("no undelivered", language))]
    looked = sum((one.count for one in told.causes), NONE)
    total = number(told.failed, language)
    reasons = [
        tag("li", tag("b", number(one.count, language)), ": ", undelivered(one.why, one.answered, language))
        for one in told.causes
    ]
    facts = [tag("p", said("undelivered", language, count=total, age=age(now - told.newest, language)))]
    if looked.number < told.failed.number:
        facts.append(tag("p", said("undelivered part", language, count=number(looked, language))))
    return [*facts, tag("ul", *reasons)]


def _catalogue(figures: Figures, language: Language) -> Markup:
    title, told = said("catalogue", language), figures.records
    here = _sync("here", "not here", figures.sync_here, figures.read_on, language)
    if isinstance(told, Trouble):
        return _section("catalogue", title, _unknown("Dataverse", language), *here)
    changed = told.catalogue.changed_on
    if changed is None:
        facts = [tag("p", said("never changed", language))]
    else:
        span = age(figures.read_on - changed, language)
        facts = [
            tag("p", said("entries", language, count=number(told.catalogue.entries, language))),
            tag("p", said("changed", language, moment=moment(changed), age=span)),
        ]
    by_job = _sync("by job", "no by job", told.catalogue.by_job, figures.read_on, language)
    return _section("catalogue", title, *facts, *here, *by_job)


def _sync(name: str, none: str, sync: Sync | None, now: datetime, language: Language) -> list[Markup]:
    if sync is None:
        return [tag("p", said(none, language), class_="quiet")]
    span = age(now - sync.ended_on, language)
    return [
        tag("p", said(name, language, moment=moment(sync.ended_on), age=span)),
        tag("blockquote", sync.report),
    ]


def _services(figures: Figures, language: Language) -> Markup:
    told: Mapping[str, Trouble | str] = {
        "Dataverse": _or_trouble(figures.records, said("reachable", language)),
        "Spotler": figures.spotler
        if isinstance(figures.spotler, Trouble)
        else said("campaigns", language, count=number(Count(figures.spotler), language)),
        "Service Bus": _or_trouble(figures.queues, said("reachable", language)),
    }
    items = [
        tag("li", tag("b", service), ": ", tag("span", in_trouble(service, one, language), class_="alarm"))
        if isinstance(one, Trouble)
        else tag("li", tag("b", service), ": ", one)
        for service, one in told.items()
    ]
    return _section("services", said("services", language), tag("ul", *items))


def _or_trouble(told: Records | Mapping[str, tuple[Depth, Depth]] | Trouble, well: str) -> Trouble | str:
    return told if isinstance(told, Trouble) else well
