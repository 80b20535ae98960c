"""Which rows does a `$filter` let through?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Protocol
from uuid import UUID

from sandbox.dataverse.columns import Edm
from sandbox.dataverse.expressions import (
    And,
    Comparison,
    Constant,
    Expression,
    ListOf,
    Literal,
    Member,
    Not,
    Operator,
    Or,
    Path,
    PlatformFunction,
    TextMatch,
    TextTest,
)
from sandbox.dataverse.problems import Problem, bad_query, bad_value, not_imitated
from sandbox.dataverse.store import collated
from sandbox.dataverse.values import guid

type Test[T] = Callable[[T], bool]


@dataclass(frozen=True, slots=True)
class Property[T]:
    """One comparable property.

    Attributes:
        edm: its type.
        get: its value in comparable form: text as `collated`, guids in lower case, times aware; None = null.
    """

    edm: Edm
    get: Callable[[T], Any]


class Properties[T](Protocol):
    """What can be asked of the things that are filtered."""

    def at(self, path: Path) -> Property[T]:
        """The property at a path; raises `Problem` where there is none."""
        ...

    def logical(self, name: str) -> Property[T]:
        """The property of a column's logical name; raises `Problem` where there is none."""
        ...


_COMPARE: Mapping[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: eq,
    Operator.NE: ne,
    Operator.LT: lt,
    Operator.LE: le,
    Operator.GT: gt,
    Operator.GE: ge,
}
_MATCH: Mapping[TextTest, Callable[[str, str], bool]] = {
    TextTest.CONTAINS: lambda value, wanted: wanted in value,
    TextTest.STARTS_WITH: str.startswith,
    TextTest.ENDS_WITH: str.endswith,
}
_NAMES: Mapping[type, str] = {
    str: "Edm.String",
    bool: "Edm.Boolean",
    int: "Edm.Int32",
    float: "Edm.Double",
    datetime: "Edm.DateTimeOffset",
    date: "Edm.Date",
    UUID: "Edm.Guid",
    Member: "Edm.EnumType",
}
_FITTING: Mapping[Edm, tuple[type, ...]] = {
    Edm.STRING: (str,),
    Edm.INT32: (int, float),
    Edm.INT64: (int, float),
    Edm.BOOLEAN: (bool,),
    Edm.MOMENT: (datetime, date),
    Edm.GUID: (UUID,),
    Edm.ENUM: (Member, str),
    Edm.COMPLEX: (),
}


def compiled[T](node: Expression, properties: Properties[T]) -> Test[T]:
    """A test that says whether a thing is let through.

    Text is compared without regard to case, as the database's collation does. Null is equal to null alone,
    `ne` a value includes null, every other comparison with null is false.

    Raises:
        Problem: 400 for an unknown property or types that do not fit, 501 for a function not imitated.
    """
    match node:
        case And():
            return _all([compiled(operand, properties) for operand in node.operands])
        case Or():
            return _any([compiled(operand, properties) for operand in node.operands])
        case Not():
            inner = compiled(node.operand, properties)
            return lambda thing: not inner(thing)
        case TextMatch():
            return _text_match(node, properties)
        case PlatformFunction():
            return _platform(node, properties)
        case Comparison(right=Path()):
            return _columns(node, properties)
        case Comparison():
            return _comparison(node, properties)


def _all[T](tests: list[Test[T]]) -> Test[T]:
    def test(thing: T) -> bool:
        for one in tests:  # noqa: SIM110 - a generator costs twice as much for every row
            if not one(thing):
                return False
        return True

    return test


def _any[T](tests: list[Test[T]]) -> Test[T]:
    def test(thing: T) -> bool:
        for one in tests:  # noqa: SIM110 - a generator costs twice as much for every row
            if one(thing):
                return True
        return False

    return test


def _comparison[T](node: Comparison, properties: Properties[T]) -> Test[T]:
    found = properties.at(node.left)
    get = found.get
    if not isinstance(node.right, Literal):
        raise TypeError("A comparison of two columns is compiled elsewhere.")
    constant = node.right.value
    if constant is None:
        if node.operator is Operator.EQ:
            return lambda thing: get(thing) is None
        if node.operator is Operator.NE:
            return lambda thing: get(thing) is not None
        return lambda _thing: False
    wanted = _comparable(found.edm, constant, node.operator)
    if node.operator is Operator.EQ:
        return lambda thing: get(thing) == wanted
    if node.operator is Operator.NE:
        return lambda thing: get(thing) != wanted
    compare = _COMPARE[node.operator]

    def test(thing: T) -> bool:
        value = get(thing)
        return value is not None and compare(value, wanted)

    return test


def _columns[T](node: Comparison, properties: Properties[T]) -> Test[T]:
    if not isinstance(node.right, Path):
        raise TypeError("A comparison with a constant is compiled elsewhere.")
    left, right = properties.at(node.left), properties.at(node.right)
    if left.edm is not right.edm:
        raise _incompatible(left.edm, right.edm.value, node.operator)
    compare = _COMPARE[node.operator]

    def test(thing: T) -> bool:
        one, other = left.get(thing), right.get(thing)
        return one is not None and other is not None and compare(one, other)

    return test


def _text_match[T](node: TextMatch, properties: Properties[T]) -> Test[T]:
    found = properties.at(node.path)
    if found.edm is not Edm.STRING:
        raise bad_query(f"No function signature for '{node.test.value}' takes {found.edm.value}.")
    get, matches, wanted = found.get, _MATCH[node.test], node.text.casefold()

    def test(thing: T) -> bool:
        value = get(thing)
        return value is not None and matches(value, wanted)

    return test


def _platform[T](node: PlatformFunction, properties: Properties[T]) -> Test[T]:
    if node.name != "In":
        raise not_imitated(f"the function Microsoft.Dynamics.CRM.{node.name}")
    arguments = dict(node.arguments)
    name, values = arguments.get("PropertyName"), arguments.get("PropertyValues")
    if (
        set(arguments) != {"PropertyName", "PropertyValues"}
        or not isinstance(name, Literal)
        or not isinstance(name.value, str)
        or not isinstance(values, ListOf)
    ):
        raise bad_query("Microsoft.Dynamics.CRM.In takes PropertyName='...' and PropertyValues=['...'].")
    found = properties.logical(name.value)
    wanted = {_listed(name.value, found.edm, value) for value in values.values}
    get = found.get
    return lambda thing: get(thing) in wanted


def _listed(name: str, edm: Edm, value: Constant) -> Any:
    """A member of PropertyValues: always text on the wire, whatever the column's type."""
    if not isinstance(value, str):
        raise bad_query("PropertyValues must be a list of text.")
    try:
        match edm:
            case Edm.STRING | Edm.ENUM:
                return collated(value)
            case Edm.INT32 | Edm.INT64:
                return int(value)
            case Edm.BOOLEAN:
                return {"true": True, "1": True, "false": False, "0": False}[value.casefold()]
            case Edm.GUID:
                found = guid(value)
                if found is None:
                    raise _unformatted(name)
                return found
            case Edm.MOMENT:
                at = datetime.fromisoformat(value)
                return at if at.tzinfo else at.replace(tzinfo=UTC)
            case _:
                raise _unformatted(name)
    except (ValueError, KeyError) as error:
        raise _unformatted(name) from error


def _unformatted(name: str) -> Problem:
    return bad_value(f"A value in the condition on attribute '{name}' is not of the attribute's type.")


def _comparable(edm: Edm, constant: Constant, operator: Operator) -> Any:
    fitting = type(constant) in _FITTING[edm]
    if not fitting:
        raise _incompatible(edm, _NAMES.get(type(constant), "Edm.Untyped"), operator)
    match constant:
        case str():
            return collated(constant)
        case UUID():
            return str(constant)
        case Member():
            return collated(constant.name)
        case datetime() | bool() | int() | float():
            return constant
        case date():
            return datetime(constant.year, constant.month, constant.day, tzinfo=UTC)
        case _:
            raise _incompatible(edm, "Edm.Untyped", operator)


def _incompatible(left: Edm, right: str, operator: Operator) -> Problem:
    return bad_query(
        "A binary operator with incompatible types was detected. Found operand types "
        f"'{left.value}' and '{right}' for operator kind '{operator.value}'."
    )
