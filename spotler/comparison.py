"""Which guesses of the contract does what was seen of Spotler confirm or refute?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from spotler.contract import AUTOMATION_ID, EMPTY, EXTERNAL_CONTACT_ID, GUESSES, RUN_ID, Contract, setting
from spotler.description import Operation


class Standing(StrEnum):
    """How a guess stands."""

    CONFIRMED = "confirmed"
    WRONG = "wrong"
    OPEN = "cannot be told"


@dataclass(frozen=True, slots=True)
class Finding:
    """How one guess stands, what was seen instead or why it is open, and the value that mends it."""

    name: str
    standing: Standing
    seen: str
    remedy: str | None = None

    @property
    def setting(self) -> str:
        """The setting that overrides the guess."""
        return setting(self.name)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of Spotler.

    Attributes:
        operations: that its own description tells of; empty where there is none.
        automations: the JSON answered at the path of the automation list; None where there was none.
        list_missing: whether Spotler said that there is no call at that path.
        trigger: the JSON answered to a trigger; None where none was fired or answered so.
    """

    operations: tuple[Operation, ...] = ()
    automations: Any = None
    list_missing: bool = False
    trigger: Any = None


def findings(contract: Contract, seen: Seen) -> tuple[Finding, ...]:
    """One finding for each guess, in the order of the contract."""
    found = {
        finding.name: finding
        for group in (_list(contract, seen), _trigger(contract, seen), _stops(contract, seen))
        for finding in group
    }
    return tuple(found[name] for name in GUESSES)


# The list of automations


def _list(contract: Contract, seen: Seen) -> Iterator[Finding]:
    described = [one for one in seen.operations if one.method == "GET" and "{" not in one.path]
    yield _list_path(contract, seen, [one.path for one in described])
    document = seen.automations
    if document is None:
        match = [one for one in described if one.path == contract.automation_list_path.strip("/")]
        document = next((one.answers for one in match or described), None)
    finding, items = _list_array(contract.automation_list_array, document)
    yield finding
    yield _named(contract, "automation_id", items, _is_scalar, ("id",), needed=True)
    yield _named(contract, "automation_name", items, _is_text, ("name", "title", "label"))
    yield _named(
        contract, "automation_published", items, _is_scalar, ("publish", "active", "status", "state")
    )
    triggers_finding = _named(
        contract, "automation_triggers", items, _is_list_of_objects, ("trigger", "event")
    )
    yield triggers_finding
    triggers = _inside(items, triggers_finding.remedy or contract.automation_triggers)
    yield _named(contract, "trigger_code", triggers, _is_scalar, ("code", "id"), needed=True)
    yield _named(contract, "trigger_label", triggers, _is_text, ("label", "name", "title"))
    fields_finding = _named(
        contract, "trigger_fields", [*triggers, *items], _is_list_of_objects, ("field", "param")
    )
    yield fields_finding
    fields = _inside([*triggers, *items], fields_finding.remedy or contract.trigger_fields)
    yield _named(contract, "field_name", fields, _is_text, ("name", "key", "code"), needed=True)
    yield _named(contract, "field_type", fields, _is_text, ("type", "kind"))


def _list_path(contract: Contract, seen: Seen, described: list[str]) -> Finding:
    name, value = "automation_list_path", contract.automation_list_path.strip("/")
    if seen.automations is not None:
        return Finding(name, Standing.CONFIRMED, "Spotler answers there")
    if value in described and not seen.list_missing:
        return Finding(name, Standing.CONFIRMED, "Spotler's description has it")
    others = [path for path in described if path != value]
    if others:
        return _wrong(name, f"the description has {_listed(others)}", others)
    if seen.list_missing:
        return Finding(name, Standing.WRONG, "Spotler has nothing there, and where the list is was not seen")
    return Finding(name, Standing.OPEN, "no list was seen")


def _list_array(value: str, document: Any) -> tuple[Finding, list[dict[str, Any]]]:
    name = "automation_list_array"
    if document is None:
        return Finding(name, Standing.OPEN, "no list was seen"), []
    if isinstance(document, list):
        if not value:
            return Finding(name, Standing.CONFIRMED, "the answer itself is the list"), _objects(document)
        return Finding(name, Standing.WRONG, "the answer itself is the list", EMPTY), _objects(document)
    members = document if isinstance(document, dict) else {}
    if value and isinstance(members.get(value), list):
        return Finding(name, Standing.CONFIRMED, "the list stands there"), _objects(members[value])
    lists = [member for member, one in members.items() if isinstance(one, list)]
    finding = _wrong(name, f"the answer is no list; lists in it: {_listed(lists) or 'none'}", lists)
    return finding, _objects(members.get(finding.remedy)) if finding.remedy else []


# The trigger


def _trigger(contract: Contract, seen: Seen) -> Iterator[Finding]:
    described = [one for one in seen.operations if _shape(one.path) == "automation/trigger/{}"]
    bodies = [one.takes for one in described if isinstance(one.takes, dict)]
    yield _named(contract, "automation_fields", bodies, _is_list, ("field", ""))
    live = _answer_objects(seen.trigger)
    answers = live or [found for one in described for found in _answer_objects(one.answers)]
    yield _named(contract, "run_id", answers, _is_scalar, ("contactid", "run", "participation"))


def _answer_objects(document: Any) -> list[dict[str, Any]]:
    if not isinstance(document, dict):
        return []
    return [*_inside([document], "automationResults"), document]


# The stops


@dataclass(frozen=True, slots=True)
class _Stop:
    """What is guessed of one way to stop, by the names of its fields in the contract."""

    method: str
    path: str
    bodies: tuple[tuple[str, str, tuple[str, ...]], ...]
    """Field of the contract, placeholder that may carry the same id, words that a body name may hold."""


_BY_PERSON: Final = _Stop(
    "automation_stop_method",
    "automation_stop_path",
    (
        ("automation_stop_automation", AUTOMATION_ID, ("automationid",)),
        ("automation_stop_contact", EXTERNAL_CONTACT_ID, ("external", "contactid")),
    ),
)
_BY_RUN: Final = _Stop(
    "run_stop_method",
    "run_stop_path",
    (("run_stop_run", RUN_ID, ("automationcontact", "run", "participation")),),
)


def _stops(contract: Contract, seen: Seen) -> Iterator[Finding]:
    described = [one for one in seen.operations if one.method != "GET" and "stop" in one.path.lower()]
    by_run = [one for one in described if _tells_of_run(one)]
    by_person = [one for one in described if one not in by_run]
    yield from _stop(contract, _BY_PERSON, described, by_person)
    yield from _stop(contract, _BY_RUN, described, by_run)


def _tells_of_run(operation: Operation) -> bool:
    placeholders = re.findall(r"\{([^{}]*)\}", operation.path)
    names = [*placeholders, *(operation.takes if isinstance(operation.takes, dict) else ())]
    return any(
        word in name.lower() for name in names for word in ("automationcontact", "run", "participation")
    )


def _stop(
    contract: Contract, stop: _Stop, described: list[Operation], likely: list[Operation]
) -> Iterator[Finding]:
    at_path = [one for one in described if _shape(one.path) == _shape(_value(contract, stop.path))]
    path = _stop_path(stop, described, likely, known=bool(at_path))
    yield path
    operations = at_path or likely
    yield _stop_method(_value(contract, stop.method), stop, operations)
    carried = path.remedy or _value(contract, stop.path)
    bodies = [one.takes for one in operations if isinstance(one.takes, dict)]
    for name, placeholder, words in stop.bodies:
        if not _value(contract, name):
            yield _left_out(name, bodies, words, in_path=f"{{{placeholder}}}" in carried)
        else:
            yield _named(contract, name, bodies, _is_scalar, words)


def _stop_path(stop: _Stop, described: list[Operation], likely: list[Operation], *, known: bool) -> Finding:
    if known:
        return Finding(stop.path, Standing.CONFIRMED, "Spotler's description has it")
    if not described:
        return Finding(
            stop.path, Standing.OPEN, "no description of it was seen, and nothing was stopped to try"
        )
    paths = [one.path for one in likely] or [one.path for one in described]
    usable = [mended for one in likely if (mended := _ours(stop, one.path)) is not None]
    return _wrong(stop.path, f"the description has {_listed(paths)}", usable)


def _ours(stop: _Stop, path: str) -> str | None:
    """`path` with our placeholders for Spotler's; None where the contract cannot take it."""

    def renamed(found: re.Match[str]) -> str:
        if stop is _BY_RUN:
            return f"{{{RUN_ID}}}"
        return f"{{{EXTERNAL_CONTACT_ID if 'contact' in found.group(1).lower() else AUTOMATION_ID}}}"

    ours = re.sub(r"\{([^{}]*)\}", renamed, path)
    try:
        Contract.overridden({stop.path: ours})
    except ValueError:
        return None
    return ours


def _stop_method(value: str, stop: _Stop, operations: list[Operation]) -> Finding:
    methods = [one.method for one in operations]
    if not methods:
        return Finding(stop.method, Standing.OPEN, "no description of it was seen")
    if value in methods:
        return Finding(stop.method, Standing.CONFIRMED, "Spotler's description has it")
    return _wrong(stop.method, f"the description has {_listed(methods)}", methods)


def _left_out(name: str, bodies: list[dict[str, Any]], words: tuple[str, ...], *, in_path: bool) -> Finding:
    if not bodies:
        return Finding(name, Standing.OPEN, "no description of it was seen")
    hits = _hits(bodies, _is_scalar, words)
    if hits and not in_path:
        return _wrong(name, f"the description has {_listed(hits)} in the body", hits)
    return Finding(name, Standing.CONFIRMED, "the path carries it")


# Comparing names


def _named(
    contract: Contract,
    name: str,
    objects: list[dict[str, Any]],
    fits: Callable[[Any], bool],
    words: tuple[str, ...],
    *,
    needed: bool = False,
) -> Finding:
    value = _value(contract, name)
    members = _members(objects)
    if not members:
        return Finding(name, Standing.OPEN, "nothing was seen that could hold it")
    if any(value in one for one in objects):
        return Finding(name, Standing.CONFIRMED, "seen under this name")
    hits = _hits(objects, fits, words)
    told = f"members seen are {_listed(members)}"
    if hits or needed:
        return _wrong(name, told, hits)
    return Finding(name, Standing.OPEN, f"{told}; Spotler may leave it out")


def _hits(objects: list[dict[str, Any]], fits: Callable[[Any], bool], words: tuple[str, ...]) -> list[str]:
    """Members of the right form whose name holds a word; those of the first word that any holds."""
    fitting = [name for name in _members(objects) if any(fits(one[name]) for one in objects if name in one)]
    for word in words:
        hits = [name for name in fitting if word in name.lower()]
        if hits:
            return hits
    return []


def _wrong(name: str, seen: str, remedies: Iterable[str]) -> Finding:
    """Only a single candidate is offered as the remedy; among several a person has to choose."""
    distinct = list(dict.fromkeys(remedies))
    return Finding(name, Standing.WRONG, seen, distinct[0] if len(distinct) == 1 else None)


def _value(contract: Contract, name: str) -> str:
    value: str = getattr(contract, name)
    return value


def _shape(path: str) -> str:
    return re.sub(r"\{[^{}]*\}", "{}", path.strip("/"))


_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}", re.ASCII)


def _members(objects: list[dict[str, Any]]) -> list[str]:
    """Names of members; what has not the form of a name may be data and is not shown."""
    return list(dict.fromkeys(name for one in objects for name in one if _NAME.fullmatch(name)))


def _inside(objects: list[dict[str, Any]], member: str) -> list[dict[str, Any]]:
    return [found for one in objects for found in _objects(one.get(member))]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _listed(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(names))


def _is_scalar(value: Any) -> bool:
    return isinstance(value, str | int)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_list_of_objects(value: Any) -> bool:
    return bool(_objects(value))
