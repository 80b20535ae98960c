"""What does a `$filter` say, and how is it written?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Member:
    """An enumeration literal: `Type'Member'`."""

    type_name: str
    name: str


type Constant = str | int | float | bool | datetime | date | UUID | Member | None
"""A literal: guids as `UUID`, times aware."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Constant


@dataclass(frozen=True, slots=True)
class ListOf:
    """`['a','b']`, only as an argument."""

    values: tuple[Constant, ...]


@dataclass(frozen=True, slots=True)
class Path:
    """A property, behind lookups where there are several names."""

    names: tuple[str, ...]


class Operator(StrEnum):
    """How two operands are compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`."""

    operator: Operator
    left: Path
    right: Literal | Path


class TextTest(StrEnum):
    """The functions on text."""

    CONTAINS = "contains"
    STARTS_WITH = "startswith"
    ENDS_WITH = "endswith"


@dataclass(frozen=True, slots=True)
class TextMatch:
    """`contains(path,'text')` and its like."""

    test: TextTest
    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class PlatformFunction:
    """`Microsoft.Dynamics.CRM.Name(Parameter=...)`; `name` without the namespace."""

    name: str
    arguments: tuple[tuple[str, Literal | ListOf], ...]


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class And:
    """At least two operands."""

    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least two operands."""

    operands: tuple[Expression, ...]


type Expression = Comparison | TextMatch | PlatformFunction | Not | And | Or


def quoted(text: str) -> str:
    """Text as an OData string literal."""
    return "'" + text.replace("'", "''") + "'"


def rendered_constant(value: Constant) -> str:
    """A constant as OData writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quoted(value)
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Member():
            return f"{value.type_name}{quoted(value.name)}"
        case _:
            return str(value)


def rendered(node: Expression) -> str:
    """An expression as OData writes it; parsing it gives an equal expression."""
    match node:
        case Comparison():
            right = node.right
            told = rendered_constant(right.value) if isinstance(right, Literal) else "/".join(right.names)
            return f"{'/'.join(node.left.names)} {node.operator.value} {told}"
        case TextMatch():
            return f"{node.test.value}({'/'.join(node.path.names)},{quoted(node.text)})"
        case PlatformFunction():
            arguments = ",".join(f"{name}={_argument(value)}" for name, value in node.arguments)
            return f"Microsoft.Dynamics.CRM.{node.name}({arguments})"
        case Not():
            return f"not {_inside(node.operand)}"
        case And():
            return " and ".join(_inside(operand) for operand in node.operands)
        case Or():
            return " or ".join(_inside(operand) for operand in node.operands)


def _inside(node: Expression) -> str:
    return f"({rendered(node)})" if isinstance(node, And | Or) else rendered(node)


def _argument(value: Literal | ListOf) -> str:
    if isinstance(value, Literal):
        return rendered_constant(value.value)
    return "[" + ",".join(rendered_constant(one) for one in value.values) + "]"
