"""How does the table read for somebody who administers Dynamics 365?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.faults.table import TABLE, cases
from tests.faults.terms import Expected, Fault, Next, Row, Seen, Step

PAGE: Final = Path(__file__).parents[2] / "docs" / "faults.md"

_INTRODUCTION: Final = """\
# What a fault leads to

What a Spotler Job says when something goes wrong on the way, and what the app does next. Every line is a test: the
faults are played by the [sandbox](sandbox.md) over real connections, and this page is written from the table that the
tests hold the app to (`python -m tests.faults --write`; a test fails where the two differ).

A fault lasts: where the app tries a step again, it is struck again. Then the fault goes, and the app goes on as after
a restart. *Activate* is what a person chooses on a job that has ended; the app finds it within five minutes, or as
soon as the ten minutes are over for which a job in doubt is left alone.
"""

_FAULTS: Final[Mapping[Fault, tuple[str, str]]] = {
    Fault.BRIEFLY_BUSY: ("429 once", "too many requests for a moment: the service asks to wait for a second"),
    Fault.BUSY_SECONDS: ("429, in seconds", "too many requests: the service asks to wait for two minutes"),
    Fault.BUSY_DATE: ("429, as a date", "the same, written as a time of day"),
    Fault.DOWN_ASKING: ("503 with a time", "maintenance: the service asks to wait for two minutes"),
    Fault.DOWN: ("503 without a time", "the service is overloaded or down and does not say for how long"),
    Fault.ERROR: ("500", "the service failed over the request"),
    Fault.SLOW: (
        "too slow",
        "the answer comes after the app has stopped waiting; the request still takes effect",
    ),
    Fault.ABSENT: ("no connection", "the service cannot be reached at all"),
    Fault.CUT_BEFORE: ("cut off before", "the connection breaks before the request has taken effect"),
    Fault.CUT_AFTER: (
        "cut off after",
        "the request takes effect, and the connection breaks before the answer",
    ),
    Fault.HALF: (
        "half an answer",
        "the request takes effect, and the connection breaks in the midst of the answer",
    ),
    Fault.HTML: ("a web page", "something in between answers with a page for people"),
    Fault.TOKEN_EXPIRED: ("token expired", "Dataverse no longer takes the token that the app holds"),
    Fault.UNAUTHORISED: ("401", "the key, or the app's identity, is refused"),
    Fault.FORBIDDEN: ("403", "the licence is missing, or the app's identity lacks a right on the table"),
    Fault.WRONG_PATH: ("404, nothing there", "the address is wrong: there is no such service behind it"),
}

_STEPS: Final[Mapping[Step, tuple[str, str, str]]] = {
    Step.START: ("start", "Start at Spotler", "The app asks Spotler to start an automation for a person."),
    Step.STOP: (
        "stop",
        "Stop at Spotler, by person",
        "The app asks Spotler to stop an automation for a person.",
    ),
    Step.STOP_RUN: (
        "stop runs",
        "Stop at Spotler, by AutomationContactId",
        "The app asks Spotler to stop one run.",
    ),
    Step.LIST: (
        "refresh",
        "Refresh Automations, both lists struck",
        "The app reads Spotler's lists of automations and campaigns. What it cannot read it leaves as it is.",
    ),
    Step.LIST_ONE: (
        "refresh, one list",
        "Refresh Automations, one list struck",
        "The list of automations cannot be read; that of campaigns can.",
    ),
    Step.READ: ("read", "Read the job in Dataverse", "The app reads the job's row before it does anything."),
    Step.CLAIM: (
        "claim",
        "Claim the job in Dataverse",
        "The app sets the row to In progress, so that nobody else carries it out.",
    ),
    Step.WRITE_BACK: (
        "write-back",
        "Write the result to Dataverse",
        "Spotler has answered, and the app writes so on the row. Spotler is not called again for it, whatever happens.",
    ),
    Step.POST: ("Timeline", "Post in the Timeline", "The row says Succeeded, and the app adds the post."),
}

_NEXT: Final[Mapping[Next, str]] = {
    Next.NOTHING: "nothing is left to do",
    Next.PERSON: "nothing; a person decides",
    Next.TIMER: "the next refresh, by the timer or by a job, reads both lists",
    Next.SOON: "tried again at *Retry On*, within two minutes, later less often",
    Next.ASKED: "tried again at *Retry On*, not before the time that was asked for",
    Next.LEASE: "repeated at *Retry On*, ten minutes after the call",
    Next.RINGS: "looked at again within a minute; later by the timer that runs every five minutes",
    Next.RECONCILE: "found again by the timer that runs every five minutes",
    Next.COMES_BACK: "the result is kept and written again within five minutes",
}

_POSTED_LATER: Final = "the post is made within five minutes, never twice"

_DONE: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.STOP: ("not stopped", "stopped"),
    Step.STOP_RUN: ("not stopped", "stopped"),
    Step.LIST: ("list as it was", "list up to date"),
    Step.LIST_ONE: ("list as it was", "list up to date"),
}
_STARTS: Final = ("not started", "started", "**started twice**")

_TIMELINE: Final[Mapping[tuple[str, ...], str]] = {
    (): "",
    ("post",): "a post in the Timeline",
    ("note",): "a note in the Timeline instead of a post",
}


def page() -> str:
    """The whole page."""
    parts = [_INTRODUCTION, *_overview(), *_glossary()]
    for step in Step:
        parts += _section(step)
    return "\n".join(parts).rstrip() + "\n"


def _overview() -> Iterable[str]:
    found = {(step, fault): _short(expected) for step, fault, expected in cases()}
    columns: dict[tuple[str, ...], list[str]] = {}
    for step in Step:
        cells = tuple(found.get((step, fault), "") for fault in Fault)
        columns.setdefault(cells, []).append(_STEPS[step][0])
    yield "## At a glance\n"
    yield "What the job says while the fault lasts, and in the end where that is something else.\n"
    yield _line("", *(", ".join(names) for names in columns.values()))
    yield _line(*["---"] * (len(columns) + 1))
    for number, fault in enumerate(Fault):
        yield _line(_FAULTS[fault][0], *(cells[number] for cells in columns))
    yield ""


def _short(expected: Expected) -> str:
    before, after = expected.meanwhile, expected.after or expected.meanwhile
    statuses = dict.fromkeys((before.row.status, after.row.status))
    return " → ".join(statuses)


def _glossary() -> Iterable[str]:
    yield "## The faults\n"
    yield _line("fault", "what it is")
    yield _line("---", "---")
    for title, meaning in _FAULTS.values():
        yield _line(title, meaning)
    yield ""


def _section(step: Step) -> Iterable[str]:
    _, title, what = _STEPS[step]
    yield f"## {title}\n"
    yield f"{what}\n"
    yield _line("fault", "the job says", "and", "what the app does next", "in the end")
    yield _line(*["---"] * 5)
    for faults, expected in TABLE[step].items():
        # In the order in which the faults are explained.
        names = [_FAULTS[fault][0] for fault in Fault if fault in faults and (step, fault) in _PAIRS]
        yield _line(
            "; ".join(names),
            _row(expected.meanwhile.row),
            _effect(step, expected.meanwhile),
            _next(step, expected.next),
            "; ".join(_ends(step, expected)),
        )
    yield ""


_PAIRS: Final = frozenset((step, fault) for step, fault, _ in cases())


def _next(step: Step, happens: Next) -> str:
    posted_later = step is Step.POST and happens is Next.COMES_BACK
    return _POSTED_LATER if posted_later else _NEXT[happens]


def _ends(step: Step, expected: Expected) -> Iterable[str]:
    if expected.after is not None and expected.after != expected.meanwhile:
        yield f"{_name(expected.after.row)}, {_effect(step, expected.after)}"
    if expected.given_up is not None:
        yield f"{_name(expected.given_up)} where it lasts for a day (`JOB_RETRY_WINDOW`)"
    if expected.activated is not None:
        yield f"{_name(expected.activated.row)}, {_effect(step, expected.activated)}, {_when(expected)}"


def _when(expected: Expected) -> str:
    match expected.meanwhile.row.status:
        case "Failed":
            return "once the cause is mended and *Activate* is chosen"
        case "Outcome unknown" if expected.meanwhile.done:
            return "where *Activate* is chosen without looking in Spotler first"
        case "Outcome unknown":
            return "where Spotler shows no run and *Activate* is chosen"
        case _:
            return "where *Activate* is chosen"


def _row(row: Row) -> str:
    said = f": “{' … '.join(row.words)}{'' if row.words[-1].endswith('.') else ' …'}”" if row.words else ""
    return _name(row) + said


def _name(row: Row) -> str:
    code = f" `{row.code}`" if row.code else ""
    return f"*{row.status}*{code}"


def _effect(step: Step, seen: Seen) -> str:
    done = _DONE.get(step, _STARTS)[seen.done]
    return ", ".join(filter(None, [done, _TIMELINE[seen.timeline]]))


def _line(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"
