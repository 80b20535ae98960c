"""What does a Bicep file say, as Python values?

A full compiler is no package of any registry this project uses; the grammar is. So syntax is held here, and names
and wiring by the tests; whether Azure accepts a property, only a deployment can tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

INFRA = Path(__file__).parent.parent.parent / "infra"

MAIN = INFRA / "main.bicep"

type Value = str | int | bool | Expression | list[Value] | dict[str, Value]
"""A literal of the file as itself, and anything that is computed as an `Expression`."""


@dataclass(frozen=True, slots=True)
class Expression:
    """Something the deployment computes.

    Attributes:
        text: as it stands in the file.
        names: identifiers it starts from, with the members that are asked of them, such as `bus.outputs.host`.
    """

    text: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A `param`; `default` is None where it has none."""

    kind: str
    decorators: frozenset[str]
    default: Value | None


@dataclass(frozen=True, slots=True)
class Resource:
    """A `resource`, with its type less the version."""

    kind: str
    body: dict[str, Value]
    condition: Expression | None

    @property
    def properties(self) -> dict[str, Value]:
        """Its member `properties`."""
        return section(self.body["properties"])


@dataclass(frozen=True, slots=True)
class Module:
    """A `module`; `path` is where its file lies."""

    path: Path
    given: dict[str, Value]


@dataclass(frozen=True, slots=True)
class File:
    """All declarations of one file, by their names."""

    path: Path
    parameters: dict[str, Parameter] = field(default_factory=dict)
    variables: dict[str, Value] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    modules: dict[str, Module] = field(default_factory=dict)
    outputs: dict[str, Value] = field(default_factory=dict)

    def of(self, kind: str) -> list[Resource]:
        """Its resources of a type."""
        return [one for one in self.resources.values() if one.kind == kind]

    @property
    def declared(self) -> set[str]:
        """Every name that an expression may start from."""
        return {*self.parameters, *self.variables, *self.resources, *self.modules}

    def computed(self) -> Iterator[Expression]:
        """Every expression of the file."""
        defaults = [one.default for one in self.parameters.values() if one.default is not None]
        conditions = [one.condition for one in self.resources.values() if one.condition is not None]
        bodies = [one.body for one in self.resources.values()]
        given = [one.given for one in self.modules.values()]
        for value in (
            *defaults,
            *conditions,
            *bodies,
            *given,
            *self.variables.values(),
            *self.outputs.values(),
        ):
            yield from expressions(value)


def section(value: Value) -> dict[str, Value]:
    """A value that has to be an object."""
    assert isinstance(value, dict)
    return value


def expressions(value: Value) -> Iterator[Expression]:
    """Every expression in a value, however deep."""
    match value:
        case Expression():
            yield value
        case list():
            for one in value:
                yield from expressions(one)
        case dict():
            for one in value.values():
                yield from expressions(one)
        case _:
            return


def files() -> list[File]:
    """Every Bicep file of the project."""
    return [read(path) for path in sorted(INFRA.rglob("*.bicep"))]


@cache
def read(path: Path) -> File:
    """Read a file, which has to be free of syntax errors."""
    tree = Parser(Language(tree_sitter_bicep.language())).parse(path.read_bytes())
    wrong = [node for node in _all(tree.root_node) if node.is_error or node.is_missing]
    assert not wrong, f"{path.name}:{wrong[0].start_point.row + 1}: no valid Bicep"
    file, decorators = File(path), frozenset[str]()
    for node in tree.root_node.named_children:
        if node.type == "decorators":
            decorators = frozenset(
                _text(one.named_children[0].named_children[0]) for one in node.named_children
            )
            continue
        _declare(file, node, decorators)
        decorators = frozenset()
    return file


def _declare(file: File, node: Node, decorators: frozenset[str]) -> None:
    if node.type in ("comment", "target_scope_assignment"):
        return
    parts = [child for child in node.named_children if child.type != "comment"]
    name = _text(parts[0])
    match node.type:
        case "parameter_declaration":
            default = _value(parts[2]) if len(parts) > 2 else None
            file.parameters[name] = Parameter(_text(parts[1]), decorators, default)
        case "variable_declaration":
            file.variables[name] = _value(parts[1])
        case "resource_declaration":
            condition, content = _conditional(parts[2])
            kind = str(_value(parts[1])).partition("@")[0]
            file.resources[name] = Resource(kind, section(_value(content)), condition)
        case "module_declaration":
            body = section(_value(parts[2]))
            path = (file.path.parent / str(_value(parts[1]))).resolve()
            file.modules[name] = Module(path, section(body.get("params", {})))
        case "output_declaration":
            file.outputs[name] = _value(parts[2])
        case other:
            raise AssertionError(f"{file.path.name}: {other} is not read here")


def _conditional(node: Node) -> tuple[Expression | None, Node]:
    if node.type != "if_statement":
        return None, node
    test, body = node.named_children
    return _expression(test), body


def _value(node: Node) -> Value:
    match node.type:
        case "string" if not any(child.type == "interpolation" for child in node.named_children):
            return "".join(_text(child).removeprefix("\\") for child in node.named_children)
        case "number":
            return int(_text(node))
        case "boolean":
            return _text(node) == "true"
        case "array":
            return [_value(child) for child in node.named_children if child.type != "comment"]
        case "object":
            members = [child for child in node.named_children if child.type == "object_property"]
            return {_key(member.named_children[0]): _value(member.named_children[1]) for member in members}
        case _:
            return _expression(node)


def _key(node: Node) -> str:
    value = _value(node) if node.type == "string" else _text(node)
    return value.text if isinstance(value, Expression) else str(value)


def _expression(node: Node) -> Expression:
    return Expression(_text(node), frozenset(_names(node)))


def _names(node: Node) -> Iterator[str]:
    """Names an expression starts from: not those of functions, keys of objects, or members alone."""
    if node.type == "identifier" or (node.type == "member_expression" and "(" not in _text(node)):
        yield _text(node)
        return
    for child in node.named_children:
        is_function = node.type == "call_expression" and child == node.named_children[0]
        is_key = node.type == "object_property" and child == node.named_children[0]
        if not is_function and not is_key:
            yield from _names(child)


def _all(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all(child)


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()
