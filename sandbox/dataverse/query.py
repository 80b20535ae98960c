"""What does the query of a URL ask for?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.dataverse.expressions import Expression, Path
from sandbox.dataverse.filter_parser import parse
from sandbox.dataverse.problems import Problem, bad_query, not_imitated

DEEPEST_EXPAND = 10

_ORDER = re.compile(r"([A-Za-z_]\w*(?:/[A-Za-z_]\w*)*)(?:\s+(asc|desc))?")
_KNOWN = frozenset({"$select", "$expand", "$filter", "$orderby", "$top", "$count", "$skiptoken"})
_NOT_IMITATED = frozenset({"$apply", "$search", "$deltatoken", "$compute", "$format", "$levels"})
_NOT_IMITATED_CUSTOM = frozenset({"fetchxml", "savedquery", "userquery"})


@dataclass(frozen=True, slots=True)
class Expansion:
    """One navigation property to follow, and what to tell of its row; no selection = every column."""

    navigation: str
    select: tuple[str, ...] | None = None
    filter: Expression | None = None
    expand: tuple[Expansion, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """One column to sort by."""

    path: Path
    descending: bool


@dataclass(frozen=True, slots=True)
class Query:
    """The options of one read; None = not given."""

    select: tuple[str, ...] | None = None
    expand: tuple[Expansion, ...] = ()
    filter: Expression | None = None
    order: tuple[Order, ...] = ()
    top: int | None = None
    count: bool = False
    skip_token: str | None = None


def read(options: Mapping[str, str]) -> Query:
    """The query that decoded options say; options without a dollar sign are not ours to judge.

    Raises:
        Problem: 400 for what the real service refuses, 501 for what the sandbox does not imitate.
    """
    for name in options:
        _refuse_unknown(name)
    aliases = {name: value for name, value in options.items() if name.startswith("@")}
    filter_text, top, count = options.get("$filter"), options.get("$top"), options.get("$count")
    if filter_text is not None and not filter_text.strip():
        raise bad_query("The value of $filter is empty.")
    if count not in {None, "true", "false"}:
        raise bad_query("Invalid value for $count: only true and false are valid.")
    return Query(
        select=_names(options.get("$select")),
        expand=_expansions(options.get("$expand"), aliases),
        filter=None if filter_text is None else parse(filter_text, aliases),
        order=_orders(options.get("$orderby")),
        top=None if top is None else _top(top),
        count=count == "true",
        skip_token=options.get("$skiptoken"),
    )


def _refuse_unknown(name: str) -> None:
    if name == "$skip":
        raise bad_query("The query parameter $skip is not supported")
    if name in _NOT_IMITATED or name.lower() in _NOT_IMITATED_CUSTOM:
        raise not_imitated(f"the query option {name}")
    if name.startswith("$") and name not in _KNOWN:
        raise bad_query(f"The query parameter {name} is not supported")


def _top(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise bad_query(f"Invalid value '{text}' for $top: a whole number above zero is expected.")
    return int(text)


def _names(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names):
        raise bad_query("A name is missing in $select.")
    return None if "*" in names else names


def _orders(text: str | None) -> tuple[Order, ...]:
    if text is None:
        return ()
    orders = []
    for one in text.split(","):
        found = _ORDER.fullmatch(one.strip())
        if found is None:
            raise bad_query(f"Syntax error in $orderby at '{one.strip()}'.")
        orders.append(Order(Path(tuple(found[1].split("/"))), found[2] == "desc"))
    return tuple(orders)


def _expansions(text: str | None, aliases: Mapping[str, str], depth: int = 0) -> tuple[Expansion, ...]:
    if text is None:
        return ()
    if depth >= DEEPEST_EXPAND:
        raise bad_query(f"$expand is nested more than {DEEPEST_EXPAND} levels deep.")
    return tuple(_expansion(one.strip(), aliases, depth) for one in _outside(text, ","))


def _expansion(text: str, aliases: Mapping[str, str], depth: int) -> Expansion:
    name, bracket, rest = text.partition("(")
    if not re.fullmatch(r"[A-Za-z_]\w*", name.strip()) or (bracket and not rest.endswith(")")):
        if name.strip().endswith("/$ref"):
            raise not_imitated("$expand of references")
        raise _wrong_expand(text)
    options: dict[str, str] = {}
    for one in _outside(rest[:-1], ";") if bracket else []:
        option, equals, value = one.strip().partition("=")
        if not equals or option in options:
            raise _wrong_expand(text)
        options[option] = value
    unknown = sorted(set(options) - {"$select", "$expand", "$filter"})
    if unknown:
        raise not_imitated(f"the option {unknown[0]} inside $expand")
    filter_text = options.get("$filter")
    return Expansion(
        name.strip(),
        _names(options.get("$select")),
        None if filter_text is None else parse(filter_text, aliases),
        _expansions(options.get("$expand"), aliases, depth + 1),
    )


def _wrong_expand(text: str) -> Problem:
    return bad_query(f"Syntax error in $expand at '{text}'.")


def _outside(text: str, separator: str) -> list[str]:
    """`text` split at separators that stand in no brackets and no quotes."""
    parts, start, depth, inside = [], 0, 0, False
    for at, character in enumerate(text):
        if character == "'":
            inside = not inside
        elif inside:
            continue
        elif character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
        elif character == separator and depth == 0:
            parts.append(text[start:at])
            start = at + 1
    parts.append(text[start:])
    return parts
