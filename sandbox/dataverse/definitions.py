"""How are reads of `EntityDefinitions` and `RelationshipDefinitions` answered?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from sandbox.dataverse import described, query
from sandbox.dataverse.addresses import Segment
from sandbox.dataverse.columns import Column, Edm
from sandbox.dataverse.described import Described
from sandbox.dataverse.exchange import Answer, json_answer
from sandbox.dataverse.expressions import Path
from sandbox.dataverse.filtering import Property, compiled
from sandbox.dataverse.problems import Problem, bad_query, not_imitated, segment_missing, unknown_property
from sandbox.dataverse.query import Expansion, Query
from sandbox.dataverse.store import collated
from sandbox.dataverse.table import Schema, Table

_NAMESPACE = "Microsoft.Dynamics.CRM."


@dataclass(frozen=True, slots=True)
class _Node:
    """One piece of metadata, and what can be expanded or walked to below it."""

    told: Described
    below: Mapping[str, Callable[[], list[_Node] | _Node | None]]


def answer(schema: Schema, root: str, parts: Sequence[Segment], options: Mapping[str, str]) -> Answer:
    """The answer to a read below `EntityDefinitions` or `RelationshipDefinitions`.

    Raises:
        Problem: 404 for what is not there, 501 for parts of the metadata that are not imitated.
    """
    wanted = query.read(options)
    if wanted.order or wanted.top is not None or wanted.skip_token is not None:
        raise bad_query("Metadata supports only $select, $filter, $expand and $count.")
    context = f"{root}$metadata#{'/'.join(part.name for part in parts)}"
    if parts[0].name == "RelationshipDefinitions":
        nodes = [_Node(told, {}) for table in schema.served for told in described.many_to_one(schema, table)]
    else:
        nodes = [_table(schema, table) for table in schema.served]
    found: list[_Node] | _Node | None = _keyed(schema, nodes, parts[0])
    for part in parts[1:]:
        found = _walked(found, part)
    if isinstance(found, _Node):
        return json_answer(
            HTTPStatus.OK,
            {"@odata.context": f"{context}/$entity"} | _told(found, wanted.select, wanted.expand),
        )
    if found is None:
        raise segment_missing(parts[-1].name)
    return _listed(found, wanted, context)


def _listed(nodes: list[_Node], wanted: Query, context: str) -> Answer:
    chosen = _filtered(nodes, wanted)
    told: dict[str, Any] = {"@odata.context": context}
    if wanted.count:
        told["@odata.count"] = len(chosen)
    told["value"] = [_told(node, wanted.select, wanted.expand) for node in chosen]
    return json_answer(HTTPStatus.OK, told)


def _filtered(nodes: list[_Node], wanted: Query | Expansion) -> list[_Node]:
    if wanted.filter is None or not nodes:
        return nodes
    test = compiled(wanted.filter, _MetadataProperties(nodes))
    return [node for node in nodes if test(node)]


def _told(node: _Node, select: Sequence[str] | None, expand: Sequence[Expansion]) -> Described:
    names = [name for name in node.told if name != "@odata.type"] if select is None else list(select)
    told: Described = {"@odata.type": node.told["@odata.type"]} if "@odata.type" in node.told else {}
    for name in dict.fromkeys([*names, "MetadataId"]):
        if name not in node.told:
            raise not_imitated(f"the metadata property {name}")
        told[name] = node.told[name]
    for one in expand:
        if one.navigation not in node.below:
            raise not_imitated(f"the metadata property {one.navigation}")
        inner = node.below[one.navigation]()
        if isinstance(inner, list):
            told[one.navigation] = [_told(child, one.select, one.expand) for child in _filtered(inner, one)]
        else:
            told[one.navigation] = None if inner is None else _told(inner, one.select, one.expand)
    return told


def _keyed(schema: Schema, nodes: list[_Node], part: Segment) -> list[_Node] | _Node:
    if part.plain:
        return nodes
    found = _one(nodes, part)
    if found is not None:
        return found
    name = (part.key or {}).get("LogicalName")
    if isinstance(name, str) and name in schema.by_name:
        raise not_imitated(f"the metadata of {name}")
    raise _no_such(part)


def _walked(found: list[_Node] | _Node | None, part: Segment) -> list[_Node] | _Node | None:
    if part.name.startswith(_NAMESPACE):
        cast = f"#{part.name}"
        if isinstance(found, list):
            return [node for node in found if node.told.get("@odata.type") == cast]
        if found is None or found.told.get("@odata.type") != cast:
            raise segment_missing(part.name)
        return found
    if not isinstance(found, _Node):
        raise segment_missing(part.name)
    if part.name in found.told:
        raise not_imitated("paths to single metadata properties")
    if part.name not in found.below:
        raise not_imitated(f"the metadata property {part.name}")
    inner = found.below[part.name]()
    if part.plain or not isinstance(inner, list):
        return inner
    one = _one(inner, part)
    if one is None:
        raise _no_such(part)
    return one


def _one(nodes: list[_Node], part: Segment) -> _Node | None:
    if part.id is not None:
        return next((node for node in nodes if node.told["MetadataId"] == part.id), None)
    key = dict(part.key or {})
    if len(key) != 1 or not set(key) <= {"LogicalName", "MetadataId", "SchemaName"}:
        raise bad_query("Bad Request - Error in query syntax.")
    name, value = next(iter(key.items()))
    return next((node for node in nodes if node.told.get(name) == value), None)


def _no_such(part: Segment) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "0x80060888", f"Could not find an entity for '{part.name}'.")


def _table(schema: Schema, table: Table) -> _Node:
    return _Node(
        described.table(table),
        {
            "Attributes": lambda: [_column(table, column) for column in table.columns],
            "Keys": lambda: [_Node(described.key(table, key), {}) for key in table.keys],
            "ManyToOneRelationships": lambda: [
                _Node(told, {}) for told in described.many_to_one(schema, table)
            ],
            "OneToManyRelationships": lambda: [
                _Node(told, {})
                for other in schema.served
                for told in described.many_to_one(schema, other)
                if told["ReferencedEntity"] == table.name
            ],
            "ManyToManyRelationships": list,
        },
    )


def _column(table: Table, column: Column) -> _Node:
    options = described.option_set(table, column)
    if options is None:
        return _Node(described.column(table, column), {})
    inner = _Node(options, {})
    return _Node(
        described.column(table, column), {"OptionSet": lambda: inner, "GlobalOptionSet": lambda: None}
    )


class _MetadataProperties:
    """What of some pieces of metadata can be compared; the first of them stands for the rest."""

    def __init__(self, nodes: list[_Node]) -> None:
        self._names = {name: value for node in nodes for name, value in node.told.items()}

    def at(self, path: Path) -> Property[_Node]:
        """The property of that name; 400 where there is none."""
        return self.logical("/".join(path.names))

    def logical(self, name: str) -> Property[_Node]:
        """The same."""
        if name not in self._names:
            raise unknown_property(name, "EntityMetadata")
        edm = _edm(name, self._names[name])

        def get(node: _Node) -> Any:
            value = node.told.get(name)
            return collated(value) if isinstance(value, str) else value

        return Property(edm, get)


def _edm(name: str, value: object) -> Edm:
    match value:
        case _ if name == "MetadataId":
            return Edm.GUID
        case _ if name in {"AttributeType", "OwnershipType", "RelationshipType", "EntityKeyIndexStatus"}:
            return Edm.ENUM
        case bool():
            return Edm.BOOLEAN
        case int():
            return Edm.INT32
        case dict() | list():
            return Edm.COMPLEX
        case _:
            return Edm.STRING
