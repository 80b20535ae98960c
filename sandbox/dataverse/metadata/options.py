"""Which options does a body give a choice, and how are single ones added and renamed?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from sandbox.dataverse.columns import Choice, Column, Option, Role, YesNo
from sandbox.dataverse.languages import BASE
from sandbox.dataverse.metadata import labels, members
from sandbox.dataverse.problems import Problem, bad_value, not_imitated

_UNDERSTOOD: Final = frozenset({"Value", "Label", "State", "Color", "Description", "MetadataId"})


def picklist(body: Mapping[str, Any], next_value: Callable[[set[int]], int]) -> Choice:
    """The choice that the member `OptionSet` describes.

    Raises:
        Problem: 400 for values that are taken or no numbers, 501 for global choices.
    """
    if body.get("GlobalOptionSet@odata.bind") is not None or body.get("GlobalOptionSet") is not None:
        raise not_imitated("global choices")
    given = members.structure(body, "OptionSet")
    if given.get("IsGlobal") is None:
        raise bad_value("OptionSet.IsGlobal is NULL. It should have a value.", "0x80048403")
    if members.flag(given, "IsGlobal", otherwise=False):
        raise bad_value(
            "Only Local option set can be created through the attribute create. IsGlobal flag must be set to "
            "'false'.",
            "0x80048403",
        )
    members.known(members.optional_text(given, "OptionSetType") or "Picklist", ("Picklist",), "OptionSetType")
    options: list[Option] = []
    for one in members.structures(given, "Options"):
        _refuse_unknown(one)
        taken = {option.value for option in options}
        value = members.optional_whole(one, "Value")
        options.append(_option(next_value(taken) if value is None else value, one, taken))
    return Choice(tuple(options))


def answers(body: Mapping[str, Any]) -> YesNo:
    """The labels of yes and no that the member `OptionSet` describes."""
    given = members.structure(body, "OptionSet")
    sides = {}
    for name, value in (("TrueOption", 1), ("FalseOption", 0)):
        one = members.structure(given, name)
        _refuse_unknown(one)
        if members.optional_whole(one, "Value") not in {None, value}:
            raise bad_value(f"The value of {name} must be {value}.")
        sides[name] = labels.required(one, "Label")
    yes, no = sides["TrueOption"], sides["FalseOption"]
    return YesNo(no[BASE], yes[BASE], labels.others(no), labels.others(yes))


def renamed(column: Column, body: Mapping[str, Any]) -> Column:
    """The column with another label of the option `Value`.

    Raises:
        Problem: 400, the column has no such option.
    """
    kind = _choice(column)
    value, merge = members.whole(body, "Value"), members.flag(body, "MergeLabels", otherwise=False)
    former = kind.option(value)
    if former is None:
        raise bad_value(f"The option value {value} does not exist in the choice of '{column.name}'.")
    words = labels.required(body, "Label", labels.whole(former.label, former.translations), merge=merge)
    option = replace(former, label=words[BASE], translations=labels.others(words))
    options = tuple(option if one.value == value else one for one in kind.options)
    return replace(column, kind=replace(kind, options=options))


def with_status(column: Column, states: Choice, body: Mapping[str, Any], chosen: int) -> tuple[Column, int]:
    """The column `statuscode` with one more reason, and the reason's value.

    Args:
        column: as it is.
        states: the options of `statecode`.
        body: says the value, the label and the state.
        chosen: the value where the body says none.

    Raises:
        Problem: 400, there is no such state, or the value is taken.
    """
    kind = _choice(column)
    if kind.role is not Role.STATUS:
        raise bad_value(f"'{column.name}' is not a status reason.")
    state = members.whole(body, "StateCode")
    if states.option(state) is None:
        raise bad_value(f"{state} is not a valid state code.", "0x80048408")
    return _with(column, kind, body, chosen, state)


def with_option(column: Column, body: Mapping[str, Any], chosen: int) -> tuple[Column, int]:
    """A choice with one more option, and the option's value.

    Raises:
        Problem: 400, the value is taken, or the column is no choice of this kind.
    """
    kind = _choice(column)
    if kind.role is not Role.CHOICE:
        raise bad_value(
            f"Options cannot be inserted into '{column.name}'; status reasons have their own action."
        )
    return _with(column, kind, body, chosen, None)


def taken(column: Column) -> set[int]:
    """The values that a choice has."""
    return {option.value for option in _choice(column).options}


def _with(
    column: Column, kind: Choice, body: Mapping[str, Any], chosen: int, state: int | None
) -> tuple[Column, int]:
    value = members.optional_whole(body, "Value")
    option = _option(chosen if value is None else value, body, taken(column))
    options = (*kind.options, replace(option, state=state))
    return replace(column, kind=replace(kind, options=options)), option.value


def _choice(column: Column) -> Choice:
    if not isinstance(column.kind, Choice):
        raise bad_value(f"'{column.name}' is not a choice.")
    return column.kind


def _option(value: int, body: Mapping[str, Any], taken: set[int]) -> Option:
    if value < 0:
        raise bad_value(f"The option value {value} must not be below zero.")
    if value in taken:
        raise _taken(value)
    words = labels.required(body, "Label")
    return Option(value, words[BASE], None, labels.others(words))


def _taken(value: int) -> Problem:
    return bad_value(
        f"The picklist value already exists. The value {value} is not unique.",
        "0x80044310",
    )


def _refuse_unknown(body: Mapping[str, Any]) -> None:
    for name, value in body.items():
        if "@" not in name and value is not None and name not in _UNDERSTOOD:
            raise not_imitated(f"the metadata property {name} of an option")
