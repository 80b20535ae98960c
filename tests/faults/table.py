"""What does each fault lead to at each step? The one table that tests hold the app to and docs are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from tests.faults.terms import Expected, Fault, Next, Row, Seen, Step

# --- what a person reads ------------------------------------------------------------------------------------

QUEUED = Row("Queued")
IN_PROGRESS = Row("In progress")
STARTED = Row("Succeeded", "OK", ("🚀 Welcome was started in Spotler.",))
STOPPED = Row("Succeeded", "OK", ("🚀 Welcome was stopped in Spotler for this person.",))
RUNS_STOPPED = Row("Succeeded", "OK", ("The runs were stopped in Spotler.",))
LISTED = Row("Succeeded", "OK", ("1 added (🚀 Fresh)",))
LISTED_ALREADY = Row("Succeeded", "OK", ("unchanged",))

WAITS = Row(
    "Waiting",
    "SPOTLER_UNAVAILABLE",
    (
        "Spotler could not be reached or asked to wait; nothing was done.",
        "It is tried again by itself, at",
    ),
)
STOP_WAITS = Row(
    "Waiting",
    "OUTCOME_UNKNOWN",
    (
        "No usable answer came from Spotler.",
        "A stop can be repeated without harm.",
        "It is tried again by itself, at",
    ),
)
UNKNOWN = Row(
    "Outcome unknown",
    "OUTCOME_UNKNOWN",
    (
        "No usable answer came from Spotler",
        "It was not repeated, because that could send mail twice.",
        "Look in Spotler under Automation > Publisher",
        "If it did not, choose Activate",
    ),
)
STOP_UNKNOWN = Row(
    "Outcome unknown",
    "OUTCOME_UNKNOWN",
    ("it is not known whether this was carried out", "Look in Spotler", "choose Activate"),
    unsaid=("It was not repeated", "mail twice"),
)
EXHAUSTED = Row(
    "Failed",
    "RETRIES_EXHAUSTED",
    ("Spotler could not be reached for too long", "it was surely not carried out", "Choose Activate"),
)
CREDENTIALS = Row(
    "Failed",
    "SPOTLER_CREDENTIALS",
    ("Spotler refused the API key.", "check SPOTLER_KEY and SPOTLER_SECRET", "then choose Activate."),
)
WRONG_ADDRESS = Row(
    "Failed",
    "SPOTLER_CONFIGURATION",
    (
        "Spotler's address or one of its paths is not right",
        "run the smoke test (python -m spotler smoke)",
        "then choose Activate.",
    ),
)
PARTLY = "The automations could not be read:"
PARTLY_WAITS = Row("Partly succeeded", "SPOTLER_UNAVAILABLE", (PARTLY, "Spotler could not be reached"))
PARTLY_CREDENTIALS = Row("Partly succeeded", "SPOTLER_CREDENTIALS", (PARTLY, *CREDENTIALS.words))
PARTLY_ADDRESS = Row("Partly succeeded", "SPOTLER_CONFIGURATION", (PARTLY, *WRONG_ADDRESS.words))

# --- which faults are alike ---------------------------------------------------------------------------------

ASKING = (Fault.BUSY_SECONDS, Fault.BUSY_DATE, Fault.DOWN_ASKING)
"""Surely not carried out, and the service says when to come again."""

LOST_BEFORE = (Fault.DOWN, Fault.ERROR, Fault.CUT_BEFORE, Fault.HTML)
"""Nobody can tell; it was not carried out."""

LOST_AFTER = (Fault.SLOW, Fault.CUT_AFTER, Fault.HALF)
"""Nobody can tell; it was carried out."""

LOST = (*LOST_BEFORE, *LOST_AFTER)
KEYS = (Fault.UNAUTHORISED, Fault.FORBIDDEN)
PASSED_OVER = (Fault.BRIEFLY_BUSY, Fault.TOKEN_EXPIRED)
"""Cured inside the step: the service is asked again at once, or with a new token."""

# --- the table ----------------------------------------------------------------------------------------------

POST = ("post",)
ONE_RUN = Seen(STARTED, 1, POST)

START = {
    (Fault.BRIEFLY_BUSY,): Expected(ONE_RUN, Next.NOTHING),
    ASKING: Expected(Seen(WAITS), Next.ASKED, ONE_RUN, given_up=EXHAUSTED),
    (Fault.ABSENT,): Expected(Seen(WAITS), Next.SOON, ONE_RUN, given_up=EXHAUSTED),
    LOST_BEFORE: Expected(Seen(UNKNOWN), Next.PERSON, activated=ONE_RUN),
    LOST_AFTER: Expected(Seen(UNKNOWN, 1), Next.PERSON, activated=Seen(STARTED, 2, POST)),
    KEYS: Expected(Seen(CREDENTIALS), Next.PERSON, activated=ONE_RUN),
    (Fault.WRONG_PATH,): Expected(Seen(WRONG_ADDRESS), Next.PERSON, activated=ONE_RUN),
}


def _stop(stopped: Row) -> Mapping[tuple[Fault, ...], Expected]:
    """Both kinds of stop differ in the words of their success alone."""
    done = Seen(stopped, 1)
    return {
        (Fault.BRIEFLY_BUSY,): Expected(done, Next.NOTHING),
        ASKING: Expected(Seen(WAITS), Next.ASKED, done, given_up=EXHAUSTED),
        (Fault.ABSENT,): Expected(Seen(WAITS), Next.SOON, done, given_up=EXHAUSTED),
        LOST_BEFORE: Expected(Seen(STOP_WAITS), Next.LEASE, done, given_up=STOP_UNKNOWN),
        LOST_AFTER: Expected(Seen(STOP_WAITS, 1), Next.LEASE, done, given_up=STOP_UNKNOWN),
        KEYS: Expected(Seen(CREDENTIALS), Next.PERSON, activated=done),
        (Fault.WRONG_PATH,): Expected(Seen(WRONG_ADDRESS), Next.PERSON, activated=done),
    }


LIST = {
    (Fault.BRIEFLY_BUSY,): Expected(Seen(LISTED, 1), Next.NOTHING),
    ASKING: Expected(Seen(WAITS), Next.ASKED, Seen(LISTED, 1), given_up=EXHAUSTED),
    (Fault.ABSENT, *LOST): Expected(Seen(WAITS), Next.SOON, Seen(LISTED, 1), given_up=EXHAUSTED),
    KEYS: Expected(Seen(CREDENTIALS), Next.PERSON, activated=Seen(LISTED, 1)),
    (Fault.WRONG_PATH,): Expected(Seen(WRONG_ADDRESS), Next.PERSON, activated=Seen(LISTED, 1)),
}


def _partly(row: Row) -> Expected:
    """One list was followed, the other left as it was until the next refresh."""
    return Expected(Seen(row), Next.TIMER, Seen(row, 1), activated=Seen(LISTED_ALREADY, 1))


LIST_ONE = {
    (Fault.BRIEFLY_BUSY,): Expected(Seen(LISTED, 1), Next.NOTHING),
    (*ASKING, *LOST): _partly(PARTLY_WAITS),
    KEYS: _partly(PARTLY_CREDENTIALS),
    (Fault.WRONG_PATH,): _partly(PARTLY_ADDRESS),
}

READ = {
    PASSED_OVER: Expected(ONE_RUN, Next.NOTHING),
    (*ASKING, Fault.ABSENT, *LOST, *KEYS, Fault.WRONG_PATH): Expected(Seen(QUEUED), Next.RINGS, ONE_RUN),
}

CLAIM = {
    (*PASSED_OVER, *LOST_AFTER): Expected(ONE_RUN, Next.NOTHING),
    (*ASKING, Fault.ABSENT, *LOST_BEFORE, Fault.UNAUTHORISED, Fault.WRONG_PATH): Expected(
        Seen(QUEUED), Next.RINGS, ONE_RUN
    ),
    (Fault.FORBIDDEN,): Expected(Seen(QUEUED), Next.RECONCILE, ONE_RUN),
}

WRITE_BACK = {
    (*PASSED_OVER, *LOST_AFTER): Expected(ONE_RUN, Next.NOTHING),
    (*ASKING, Fault.ABSENT, *LOST_BEFORE, *KEYS, Fault.WRONG_PATH): Expected(
        Seen(IN_PROGRESS, 1), Next.COMES_BACK, ONE_RUN
    ),
}

IN_TIMELINE = {
    PASSED_OVER: Expected(ONE_RUN, Next.NOTHING),
    (*ASKING, Fault.ABSENT, *LOST_BEFORE, Fault.UNAUTHORISED, Fault.WRONG_PATH): Expected(
        Seen(STARTED, 1), Next.COMES_BACK, ONE_RUN
    ),
    LOST_AFTER: Expected(ONE_RUN, Next.COMES_BACK, ONE_RUN),
    (Fault.FORBIDDEN,): Expected(Seen(STARTED, 1, ("note",)), Next.NOTHING),
}

TABLE: Final[Mapping[Step, Mapping[tuple[Fault, ...], Expected]]] = {
    Step.START: START,
    Step.STOP: _stop(STOPPED),
    Step.STOP_RUN: _stop(RUNS_STOPPED),
    Step.LIST: LIST,
    Step.LIST_ONE: LIST_ONE,
    Step.READ: READ,
    Step.CLAIM: CLAIM,
    Step.WRITE_BACK: WRITE_BACK,
    Step.POST: IN_TIMELINE,
}


def possible(step: Step, fault: Fault) -> bool:
    """Whether there is such a thing.

    Requests to Spotler are signed one by one and carry no token; and a Spotler that is not there is
    not there for one list alone.
    """
    if fault is Fault.TOKEN_EXPIRED:
        return step.at_dataverse
    return (step, fault) != (Step.LIST_ONE, Fault.ABSENT)


def cases() -> Iterator[tuple[Step, Fault, Expected]]:
    """Every line of the table, one fault at a time."""
    for step, groups in TABLE.items():
        for faults, expected in groups.items():
            yield from ((step, fault, expected) for fault in faults)
