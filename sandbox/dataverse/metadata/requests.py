"""Which request reads or changes metadata, and what is it answered?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

from sandbox.dataverse import definitions
from sandbox.dataverse.addresses import Segment
from sandbox.dataverse.columns import Choice, Column, Lookup, Reference, Relationship, Text
from sandbox.dataverse.exchange import Answer, Request, empty_answer, json_answer
from sandbox.dataverse.metadata import (
    columns,
    dependencies,
    keys,
    members,
    names,
    options,
    relationships,
    tables,
)
from sandbox.dataverse.metadata.keys import Indexing, Switches
from sandbox.dataverse.problems import Problem, bad_value, not_imitated, segment_missing
from sandbox.dataverse.rules import COLUMN, KEY, RELATIONSHIP, Rules
from sandbox.dataverse.store import Store
from sandbox.dataverse.table import IndexStatus, Key, Schema, Table

_NAMESPACE: Final = "Microsoft.Dynamics.CRM."


@dataclass(frozen=True, slots=True)
class _Call:
    """One request that changes metadata, read."""

    request: Request
    parts: tuple[Segment, ...]
    given: Mapping[str, Any] | None

    @property
    def body(self) -> Mapping[str, Any]:
        if self.given is None:
            raise bad_value("A body is expected.")
        return self.given

    @property
    def solution(self) -> str | None:
        named = self.given and members.optional_text(self.given, "SolutionUniqueName")
        return named or self.request.headers.get("mscrm.solutionuniquename")

    @property
    def merge(self) -> bool:
        return self.request.headers.get("mscrm.mergelabels", "").lower() == "true"

    def made(self, place: str) -> Answer:
        """A component is there, at that place below the service root."""
        return empty_answer(HTTPStatus.NO_CONTENT, (("OData-EntityId", f"{self.request.root}{place}"),))


class Metadata:
    """Tables, columns, keys and relationships, and the actions that change them.

    Args:
        store: the tables and their rows.
        rules: who may change metadata, under which prefix, and what follows.
        clock: seconds that never jump.

    Attributes:
        switches: how long an index takes, which of them fail, and how stale reads may be.
    """

    def __init__(self, store: Store, rules: Rules, clock: Callable[[], float]) -> None:
        self.switches = Switches()
        self._store = store
        self._rules = rules
        self._clock = clock
        self._indexing = Indexing(store, self.switches, clock)
        self._cached: tuple[float, Schema] | None = None
        self._actions: Mapping[str, Callable[[_Call], Answer]] = {
            "CreateCustomerRelationships": self._make_customer,
            "UpdateOptionValue": self._rename_option,
            "InsertStatusValue": self._insert_status,
            "InsertOptionValue": self._insert_option,
            "SetAutoNumberSeed": self._seed,
            "ReactivateEntityKey": self._reactivate,
        }

    def advance(self) -> None:
        """Let indexes be as far as they are by now."""
        self._indexing.advance()

    def answers(self, name: str) -> bool:
        """Whether a request whose path begins with `name` is about metadata."""
        return name in {"EntityDefinitions", "RelationshipDefinitions"} or _plain(name) in self._actions

    def seen(self, request: Request) -> Schema:
        """The tables as a read sees them: as they are, or as they were at most `stale_seconds` ago."""
        now, fresh = self._clock(), self._store.schema
        if request.headers.get("consistency", "").lower() == "strong" or not self.switches.stale_seconds:
            return fresh
        if self._cached is None or now - self._cached[0] >= self.switches.stale_seconds:
            self._cached = (now, fresh)
        return self._cached[1]

    def answer(
        self,
        request: Request,
        parts: Sequence[Segment],
        query: Mapping[str, str],
        body: Mapping[str, Any] | None,
        by: Reference,
    ) -> Answer:
        """The answer to a request whose path `answers`.

        Raises:
            Problem: it is refused; what it has changed so far is to be undone by the caller.
        """
        call = _Call(request, tuple(parts), body)
        action = self._actions.get(_plain(parts[0].name))
        if action is not None:
            if request.method != "POST" or len(parts) > 1:
                raise _method(request)
            self._rules.customizer(by)
            return action(call)
        if request.method == "GET":
            return definitions.answer(self.seen(request), request.root, parts, query)
        self._rules.customizer(by)
        if parts[0].name == "RelationshipDefinitions":
            return self._relationships(call)
        return self._tables(call)

    # --- which change is it ---------------------------------------------------------------------------------

    def _tables(self, call: _Call) -> Answer:
        method, (first, *rest) = call.request.method, call.parts
        if first.plain:
            if method != "POST" or rest:
                raise _method(call.request)
            return self._make_table(call)
        table = self._table(first)
        match method, [part.name for part in rest], [part.plain for part in rest]:
            case "PUT", [], _:
                return self._replace_table(call, table)
            case "DELETE", [], _:
                return self._delete_table(table)
            case "POST", ["Attributes"], [True]:
                return self._make_column(call, table)
            case "POST", ["Keys"], [True]:
                return self._make_key(call, table)
            case "PUT", ["Attributes", *cast], [False, *_] if len(cast) < 2:
                return self._replace_column(call, table, _column(table, rest[0]), cast)
            case "DELETE", ["Attributes"], [False]:
                return self._delete_column(table, _column(table, rest[0]))
            case "DELETE", ["Keys"], [False]:
                return self._delete_key(table, _key(table, rest[0]))
            case _:
                raise _method(call.request)

    def _relationships(self, call: _Call) -> Answer:
        method, (first, *rest) = call.request.method, call.parts
        if rest and not (len(rest) == 1 and rest[0].name.startswith(_NAMESPACE)):
            raise segment_missing(rest[0].name)
        match method, first.plain:
            case "POST", True:
                return self._make_relationship(call)
            case "DELETE", False:
                return self._delete_relationship(first)
            case "PUT", False:
                raise not_imitated("changes to a relationship")
            case _:
                raise _method(call.request)

    def _table(self, segment: Segment) -> Table:
        for table in self._store.schema.served:
            if _is(segment, table.metadata_id, table.name, table.schema_name):
                return table
        raise _no_such(segment)

    def _named_table(self, name: str) -> Table:
        found = self._store.schema.by_name.get(name)
        if found is None or not found.served:
            raise Problem(
                HTTPStatus.NOT_FOUND,
                "0x80040217",
                f"The entity with a name = '{name}' was not found in the MetadataCache.",
            )
        return found

    # --- tables ---------------------------------------------------------------------------------------------

    def _named(self, call: _Call, body: Mapping[str, Any]) -> str:
        return names.schema_name(self._store, self._rules, call.solution, body)

    def _values(self, schema_name: str) -> Callable[[set[int]], int]:
        first = names.option_prefix(self._store, schema_name) * 10_000

        def next_value(taken: set[int]) -> int:
            return next(value for value in range(first, first + len(taken) + 1) if value not in taken)

        return next_value

    def _make_table(self, call: _Call) -> Answer:
        name = self._named(call, call.body)
        table = tables.made(
            self._store.schema, name, call.body, lambda one: self._named(call, one), self._values(name)
        )
        self._store.alter(table, *tables.pointed_at(self._store.schema, table))
        self._rules.table_made(table, call.solution)
        return call.made(f"EntityDefinitions({table.metadata_id})")

    def _replace_table(self, call: _Call, former: Table) -> Answer:
        table = tables.replaced(former, call.body, merge=call.merge)
        self._store.alter(table, *tables.pointed_at(self._store.schema, table))
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _delete_table(self, table: Table) -> Answer:
        if not table.custom:
            raise bad_value(
                f"The entity '{table.name}' is not a custom entity and cannot be deleted.", "0x80047009"
            )
        dependencies.refuse_needed_table(self._store, table)
        for key in table.keys:
            self._rules.component_gone(table.key_id(key))
        for column, kind in table.lookups:
            for target in kind.navigations:
                self._rules.component_gone(table.relationship(column, target).own_id)
        for column in table.columns:
            self._rules.component_gone(table.column_id(column))
        self._store.drop(table)
        self._rules.table_gone(table)
        return empty_answer(HTTPStatus.NO_CONTENT)

    # --- columns --------------------------------------------------------------------------------------------

    def _make_column(self, call: _Call, table: Table) -> Answer:
        name = self._named(call, call.body)
        if members.flag(call.body, "IsPrimaryName", otherwise=False):
            raise bad_value(
                f"The {table.name} entity already has the {table.name_column} attribute set as the primary name "
                "attribute. An entity can only have one primary name attribute.",
                "0x8004701e",
            )
        column = columns.made(name, call.body, self._values(name))
        whole = _with_column(table, column)
        columns.refuse_others(whole, column, call.body)
        self._store.alter(whole)
        self._rules.component_made(COLUMN, column.own_id, call.solution)
        return call.made(f"EntityDefinitions({table.metadata_id})/Attributes({column.own_id})")

    def _replace_column(self, call: _Call, table: Table, former: Column, cast: list[str]) -> Answer:
        body = {**({"@odata.type": cast[0]} if cast else {}), **call.body}
        column = columns.replaced(table, former, body, merge=call.merge)
        self._put(table, column)
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _delete_column(self, table: Table, column: Column) -> Answer:
        columns.custom(table, column)
        dependencies.refuse_needed_column(self._store, table, column)
        if isinstance(column.kind, Lookup):
            for target in column.kind.navigations:
                self._rules.component_gone(table.relationship(column, target).own_id)
        self._rules.component_gone(table.column_id(column))
        left = tuple(one for one in table.columns if one.name != column.name)
        self._store.alter(replace(table, columns=left))
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _put(self, table: Table, column: Column) -> None:
        whole = tuple(column if one.name == column.name else one for one in table.columns)
        self._store.alter(replace(table, columns=whole))

    # --- keys -----------------------------------------------------------------------------------------------

    def _make_key(self, call: _Call, table: Table) -> Answer:
        key = keys.made(table, self._named(call, call.body), call.body)
        self._store.alter(replace(table, keys=(*table.keys, key)))
        self._rules.component_made(KEY, key.own_id, call.solution)
        self._indexing.start(table, key)
        return call.made(f"EntityDefinitions({table.metadata_id})/Keys({key.own_id})")

    def _delete_key(self, table: Table, key: Key) -> Answer:
        self._rules.component_gone(table.key_id(key))
        self._store.alter(replace(table, keys=tuple(one for one in table.keys if one.name != key.name)))
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _reactivate(self, call: _Call) -> Answer:
        table = self._named_table(members.text(call.body, "EntityLogicalName"))
        name = members.text(call.body, "EntityKeyLogicalName")
        key = next((one for one in table.keys if one.name == name), None)
        if key is None:
            raise bad_value(f"The entity key '{name}' does not exist on entity {table.name}.")
        if key.status is not IndexStatus.FAILED:
            raise bad_value(f"Only a key whose index has failed can be activated again; '{name}' has not.")
        self._store.alter(keys.with_key(table, replace(key, status=IndexStatus.PENDING)))
        self._indexing.start(table, key)
        return empty_answer(HTTPStatus.NO_CONTENT)

    # --- relationships --------------------------------------------------------------------------------------

    def _make_relationship(self, call: _Call) -> Answer:
        kind = str(call.body.get("@odata.type", "")).removeprefix("#").removeprefix(_NAMESPACE)
        if kind == "ManyToManyRelationshipMetadata":
            raise not_imitated("relationships of many to many")
        if kind != "OneToManyRelationshipMetadata":
            raise bad_value("The body must say as @odata.type which relationship it describes.")
        name = self._named(call, call.body)
        relationships.refuse_taken(self._store.schema, name)
        ends = relationships.ends(self._store, call.body)
        inner = members.structure(call.body, "Lookup")
        found = relationships.relationship(name, call.body)
        column = relationships.lookup(
            self._named(call, inner), inner, {ends.referenced.name: found}, customer=False
        )
        whole = _with_column(ends.referencing, column)
        relationships.refuse_others_of_lookup(whole, column, inner)
        relationships.refuse_others(
            self._store.schema.with_table(whole), whole, column, ends.referenced.name, call.body
        )
        self._store.alter(whole)
        self._rules.component_made(RELATIONSHIP, found.own_id, call.solution)
        self._rules.component_made(COLUMN, column.own_id, call.solution)
        return call.made(f"RelationshipDefinitions({found.own_id})")

    def _make_customer(self, call: _Call) -> Answer:
        inner = members.structure(call.body, "Lookup")
        bodies = members.structures(call.body, "OneToManyRelationships")
        found: dict[str, Relationship] = {}
        ends = [relationships.ends(self._store, one) for one in bodies]
        if {one.referenced.name for one in ends} != relationships.CUSTOMERS or len(ends) != 2:
            raise bad_value("A customer needs exactly two relationships, one to account and one to contact.")
        if len({one.referencing.name for one in ends}) != 1:
            raise bad_value("The two relationships of a customer must begin at the same entity.")
        for body, one in zip(bodies, ends, strict=True):
            name = self._named(call, body)
            relationships.refuse_taken(self._store.schema, name)
            if any(other.name.lower() == name.lower() for other in found.values()):
                raise bad_value(
                    "The two relationships of a customer must have different names.", "0x8004432b"
                )
            found[one.referenced.name] = relationships.relationship(name, body)
        column = relationships.lookup(self._named(call, inner), inner, found, customer=True)
        whole = _with_column(ends[0].referencing, column)
        relationships.refuse_others_of_lookup(whole, column, inner)
        schema = self._store.schema.with_table(whole)
        for body, one in zip(bodies, ends, strict=True):
            relationships.refuse_others(schema, whole, column, one.referenced.name, body)
        self._store.alter(whole)
        for one_made in found.values():
            self._rules.component_made(RELATIONSHIP, one_made.own_id, call.solution)
        self._rules.component_made(COLUMN, column.own_id, call.solution)
        return json_answer(
            HTTPStatus.OK,
            {
                "@odata.context": f"{call.request.root}$metadata#{_NAMESPACE}CreateCustomerRelationshipsResponse",
                "AttributeId": column.own_id,
                "RelationshipIds": [one_made.own_id for one_made in found.values()],
            },
        )

    def _delete_relationship(self, segment: Segment) -> Answer:
        for table in self._store.schema.served:
            for column, kind in table.lookups:
                for target in kind.navigations:
                    found = table.relationship(column, target)
                    if _is(segment, found.own_id, None, found.name):
                        if not found.custom:
                            raise bad_value(f"The relationship '{found.name}' is not a custom relationship.")
                        if len(kind.navigations) > 1:
                            raise not_imitated("the deletion of one of the relationships of a customer")
                        return self._delete_column(table, column)
        raise _no_such(segment)

    # --- actions --------------------------------------------------------------------------------------------

    def _option_column(self, call: _Call) -> tuple[Table, Column]:
        if call.body.get("OptionSetName") is not None:
            raise not_imitated("global choices")
        return self._action_column(call, "EntityLogicalName", "AttributeLogicalName")

    def _action_column(self, call: _Call, of: str, name: str) -> tuple[Table, Column]:
        self._rules.prefix(call.solution)
        table = self._named_table(members.text(call.body, of))
        wanted = members.text(call.body, name)
        column = table.by_name.get(wanted)
        if column is None:
            raise bad_value(
                f"'{table.name}' entity doesn't contain attribute with Name = '{wanted}' and NameMapping = "
                "'Logical'.",
                "0x80041103",
            )
        return table, column

    def _rename_option(self, call: _Call) -> Answer:
        table, column = self._option_column(call)
        self._put(table, options.renamed(column, call.body))
        return empty_answer(HTTPStatus.NO_CONTENT)

    def _insert_status(self, call: _Call) -> Answer:
        table, column = self._option_column(call)
        states = table.by_name.get("statecode")
        if states is None or not isinstance(states.kind, Choice):
            raise bad_value(f"The entity '{table.name}' has no state code.", "0x80047015")
        chosen = self._values(table.schema_name)(options.taken(column))
        return self._inserted(call, table, *options.with_status(column, states.kind, call.body, chosen))

    def _insert_option(self, call: _Call) -> Answer:
        table, column = self._option_column(call)
        chosen = self._values(column.schema_name)(options.taken(column))
        return self._inserted(call, table, *options.with_option(column, call.body, chosen))

    def _inserted(self, call: _Call, table: Table, column: Column, value: int) -> Answer:
        self._put(table, column)
        action = _plain(call.parts[0].name)
        context = f"{call.request.root}$metadata#{_NAMESPACE}{action}Response"
        return json_answer(HTTPStatus.OK, {"@odata.context": context, "NewOptionValue": value})

    def _seed(self, call: _Call) -> Answer:
        table, column = self._action_column(call, "EntityName", "AttributeName")
        if not isinstance(column.kind, Text) or column.kind.number_format is None:
            raise bad_value(
                f"The attribute '{column.name}' of entity '{table.name}' is not AutoNumbered.", "0x80090470"
            )
        value = call.body.get("Value")
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
            raise bad_value("The seed of an autonumber must be a whole number of 64 bits.")
        self._store.seed(table, column, value)
        return empty_answer(HTTPStatus.NO_CONTENT)


def _with_column(table: Table, column: Column) -> Table:
    if column.name in table.by_name:
        raise tables.column_exists(column.name)
    return replace(table, columns=(*table.columns, column))


def _column(table: Table, segment: Segment) -> Column:
    for column in table.columns:
        if _is(segment, table.column_id(column), column.name, column.schema_name):
            return column
    raise _no_such(segment)


def _key(table: Table, segment: Segment) -> Key:
    for key in table.keys:
        if _is(segment, table.key_id(key), key.name, key.schema_name):
            return key
    raise _no_such(segment)


def _is(segment: Segment, metadata_id: str, logical: str | None, schema_name: str) -> bool:
    """Whether a segment names the component, by MetadataId, LogicalName or SchemaName."""
    if segment.id is not None:
        return segment.id == metadata_id
    known = {"MetadataId": metadata_id, "LogicalName": logical, "SchemaName": schema_name}
    given = dict(segment.key or {})
    return len(given) == 1 and all(
        known.get(name) is not None and known.get(name) == value for name, value in given.items()
    )


def _plain(name: str) -> str:
    return name.removeprefix(_NAMESPACE)


def _no_such(segment: Segment) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "0x80060888", f"Could not find an entity for '{segment.name}'.")


def _method(request: Request) -> Problem:
    return Problem(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "0x80060888",
        f"The requested resource does not support http method '{request.method}'.",
    )
