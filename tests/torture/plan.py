"""What happens when in a round? Everything is drawn from one seed, so that the seed gives the round again."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sandbox.scenario.dynamics import REFRESH, START, STOP
from sandbox.scenario.people import Person

NOBODY = Person("contacts", "88888888-0000-4000-8000-999999999999", "Nobody")
"""In Dynamics alone: Spotler does not know her."""


@dataclass(frozen=True, slots=True)
class Target:
    """What can be started and stopped.

    Attributes:
        code: what starts it.
        reaches: ids of the automations or campaigns that the code starts.
        once: those of them that take a person only while nothing of theirs is running.
        campaign: it is one, so that its runs have no AutomationContactId.
    """

    code: str
    reaches: tuple[str, ...]
    once: tuple[str, ...] = ()
    campaign: bool = False


ALPHA = Target("bbbbbbbb-0000-4000-8000-0000000000a1", ("aaaaaaaa-0000-4000-8000-0000000000a1",))
BETA = Target("bbbbbbbb-0000-4000-8000-0000000000b1", ("aaaaaaaa-0000-4000-8000-0000000000b1",))
TWINS = Target(
    "bbbbbbbb-0000-4000-8000-0000000000c1",
    ("aaaaaaaa-0000-4000-8000-0000000000c1", "aaaaaaaa-0000-4000-8000-0000000000c2"),
    once=("aaaaaaaa-0000-4000-8000-0000000000c2",),
)
SPRING = Target("tRtortD1", ("cMtortD",), campaign=True)
AUTUMN = Target("tRtortD2", ("cMtortD",), campaign=True)
"""Another trigger of the same campaign: its jobs stand in one line with those of SPRING."""

TARGETS: Final = (ALPHA, BETA, TWINS, SPRING, AUTUMN)


class Wrong(StrEnum):
    """What is wrong with a job, so that it must end without any start."""

    NOTHING = ""
    TWO_PERSONS = "customer and lead are both filled in"
    NO_PERSON = "nobody is filled in"
    NO_TARGET = "no automation is chosen"
    UNKNOWN_FIELD = "a field that the automation does not have"
    UNKNOWN_CONTACT = "a contact that Spotler does not know"


@dataclass(frozen=True, slots=True)
class Job:
    """A job to be saved.

    Attributes:
        number: its place in the plan.
        at: seconds after the round's begin; jobs of one `scene` are saved one after the other.
        stops_run_of: number of the start whose run a stop names.
    """

    number: int
    id: str
    at: float
    scene: int
    operation: int
    person: Person | None = None
    target: Target | None = None
    wrong: Wrong = Wrong.NOTHING
    stops_run_of: int | None = None

    @property
    def marker(self) -> str:
        """Travels to Spotler as a field, so that every run there tells its job."""
        return f"J{self.number}"


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that goes wrong for a while.

    Attributes:
        name: which one; the key of `TROUBLES`.
        how: what it is made of, see there.
        at: seconds after the round's begin.
        seconds: until it ends.
    """

    name: str
    how: Mapping[str, Any]
    at: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One round."""

    seed: int
    span: float
    people: tuple[Person, ...]
    jobs: tuple[Job, ...]
    troubles: tuple[Trouble, ...] = field(default=())


Dice = random.Random
Make = Callable[[Dice], dict[str, Any]]

_AT_SPOTLER = ("POST /automation/trigger", "POST /automation", "POST /campaign", "* /")
_AT_DATAVERSE = ("POST /$batch", "GET /spotler_jobs", "* /")
_PARTS_TOO = (*_AT_DATAVERSE, "PATCH /spotler_jobs", "POST /posts")
_LONGEST = 4.0
# A delay may outlast the cut of a call (0.6 s here) by less than the protocol's settling time (2.4 s here):
# what takes effect later still is what the documentation says no client can close.
_SLOW = (0.7, 1.8)


def _fault(part: str, matches: Sequence[str], **how: Any) -> Make:
    def make(dice: Dice) -> dict[str, Any]:
        made = {"act": "fault", "part": part, "match": dice.choice(matches), **how}
        if how["kind"] == "delay":
            made["seconds"] = round(dice.uniform(*_SLOW), 2)
        elif how["kind"] == "throttle":
            made["limit"] = dice.choice((0, 1))
        else:
            made["times"] = dice.choice((1, 2, 5, 20))
        return made

    return make


def _status(part: str, matches: Sequence[str], status: int, retry_after: str | None = None) -> Make:
    more = {} if retry_after is None else {"retry_after": retry_after}
    return _fault(part, matches, kind="status", status=status, **more)


def _act(act: str, **how: Any) -> Make:
    return lambda _dice: {"act": act, **how}


def _some(act: str, most: int, **how: Any) -> Make:
    return lambda dice: {"act": act, "count": dice.randint(1, most), **how}


IN_TWO_SECONDS = "an HTTP date"
"""Stands for a Retry-After that can only be written when the fault is switched on."""


def _both(part: str, plain: Sequence[str], parts_too: Sequence[str]) -> dict[str, Make]:
    return {
        f"{part} 429, seconds": _status(part, parts_too, 429, "1"),
        f"{part} 429, date": _status(part, parts_too, 429, IN_TWO_SECONDS),
        f"{part} 503, Retry-After": _status(part, parts_too, 503, "1"),
        f"{part} 503": _status(part, parts_too, 503),
        f"{part} 500": _status(part, parts_too, 500),
        f"{part} 502": _status(part, plain, 502),
        f"{part} 401": _status(part, plain, 401),
        f"{part} slow": _fault(part, plain, kind="delay"),
        f"{part} dropped before": _fault(part, plain, kind="drop_before"),
        f"{part} dropped after": _fault(part, plain, kind="drop_after"),
        f"{part} half a body": _fault(part, plain, kind="half_body"),
        f"{part} HTML": _fault(part, plain, kind="html"),
        f"{part} HTML after": _fault(part, plain, kind="html", after=True),
        f"{part} throttled": _fault(part, plain, kind="throttle", retry_after="1"),
        f"{part} away": _act("away", part=part),
        f"{part} cut off": _act("cut", part=part),
        f"{part} frozen": _act("freeze", part=part),
    }


TROUBLES: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "functions killed": _act("kill", part="functions"),
        "functions frozen": _act("freeze", part="functions"),
        "functions doubled": _act("double"),
        "bus killed": _act("kill", part="servicebus"),
        "bus refuses": _some("fault", 5, part="servicebus", kind="refuse_send"),
        "bus slow": _some("fault", 5, part="servicebus", kind="delay_send", slow=0.7),
        "bus dropped after": _some("fault", 3, part="servicebus", kind="drop_after_send"),
        "bus disconnects": _act("fault", part="servicebus", kind="drop_connections", slow=0.5),
        **_both("spotler", _AT_SPOTLER, _AT_SPOTLER),
        "spotler wrong path": _status("spotler", _AT_SPOTLER, 404),
        "spotler lists nothing": _fault("spotler", ("GET /",), kind="status", status=200, body=[]),
        **_both("dataverse", _AT_DATAVERSE, _PARTS_TOO),
        "dataverse 412": _status("dataverse", ("PATCH /spotler_jobs",), 412),
        "dataverse 403": _status("dataverse", ("PATCH /spotler_jobs", "POST /$batch"), 403),
        "dataverse limits": _act("limits"),
        "token expired": _act("expire"),
        "webhook lost": _some("webhook", 4, switch="lose"),
        "webhook twice": _some("webhook", 4, switch="duplicate"),
        "webhook late": _act("webhook", switch="delay", count=1),
        "person cancels": _some("person", 3, does="cancel"),
        "person activates": _some("person", 3, does="activate"),
        "person deletes": _some("person", 2, does="delete"),
    }
)
"""Everything that can go wrong. A trouble that kills or freezes ends by itself, too."""

ALWAYS: Final = ("functions killed",)
"""Part of every round, unless troubles are chosen by name."""


def plan(seed: int, *, jobs: int, span: float, troubles: int, only: Sequence[str] = ()) -> Plan:
    """Draw a round.

    Args:
        seed: the same gives the same.
        jobs: to be saved, about.
        span: seconds in which jobs are saved and troubles begin.
        troubles: how many.
        only: names of troubles to choose from; all where it is empty.
    """
    dice = random.Random(seed)
    people = _people(dice, max(4, jobs // 4))
    planned = _jobs(dice, people, jobs, span)
    names = [*(() if only else ALWAYS), *(dice.choice(only or tuple(TROUBLES)) for _ in range(troubles))]
    chosen = [
        Trouble(
            name,
            _aimed(dice, TROUBLES[name](dice), planned),
            round(dice.uniform(0.2, span), 2),
            round(dice.uniform(0.5, _LONGEST), 2),
        )
        for name in names
    ]
    return Plan(seed, span, people, planned, tuple(sorted(chosen, key=lambda one: one.at)))


def _people(dice: Dice, count: int) -> tuple[Person, ...]:
    sets = {"contacts": "88888888", "accounts": "88888881", "leads": "88888882"}
    chosen = [dice.choice(("contacts", "contacts", "contacts", "accounts", "leads")) for _ in range(count)]
    return tuple(
        Person(name, f"{sets[name]}-0000-4000-8000-{number:012}", f"Somebody {number}")
        for number, name in enumerate(chosen)
    )


_SCENES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "start": 40,
        "stop": 8,
        "start, stop": 14,
        "start, stop, start": 14,
        "start, start": 6,
        "start, stop by run": 8,
        "wrong": 8,
        "refresh": 6,
    }
)


def _jobs(dice: Dice, people: Sequence[Person], count: int, span: float) -> tuple[Job, ...]:
    planned: list[Job] = []
    scene = 0
    while len(planned) < count:
        scene += 1
        (kind,) = dice.choices(tuple(_SCENES), weights=tuple(_SCENES.values()))
        at, person, target = round(dice.uniform(0, span), 2), dice.choice(people), dice.choice(TARGETS)
        if kind == "wrong":
            planned.append(_wrong(dice, len(planned), at, scene, people))
            continue
        for step in kind.split(", "):
            number, by_run = len(planned), step == "stop by run"
            planned.append(
                Job(
                    number,
                    str(UUID(int=dice.getrandbits(128), version=4)),
                    # A run has to begin before its id can be named.
                    at + (2 if by_run else 0),
                    scene,
                    {"start": START, "refresh": REFRESH}.get(step, STOP),
                    None if by_run or step == "refresh" else person,
                    None if by_run or step == "refresh" else target,
                    stops_run_of=number - 1 if by_run else None,
                )
            )
    return tuple(planned)


def _wrong(dice: Dice, number: int, at: float, scene: int, people: Sequence[Person]) -> Job:
    wrong = dice.choice([one for one in Wrong if one is not Wrong.NOTHING])
    person: Person | None = dice.choice([one for one in people if one.set_name == "contacts"] or [NOBODY])
    if wrong is Wrong.UNKNOWN_CONTACT:
        person = NOBODY
    elif wrong is Wrong.NO_PERSON:
        person = None
    return Job(
        number,
        str(UUID(int=dice.getrandbits(128), version=4)),
        at,
        scene,
        START,
        person,
        None if wrong is Wrong.NO_TARGET else dice.choice((ALPHA, BETA)),
        wrong,
    )


def _aimed(dice: Dice, how: dict[str, Any], jobs: Sequence[Job]) -> dict[str, Any]:
    if how["act"] == "person":
        how["jobs"] = sorted(dice.sample(range(len(jobs)), min(how["count"], len(jobs))))
    return how
