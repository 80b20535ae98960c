"""Which relationship, and which lookup, does a body describe?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

from sandbox.dataverse import described
from sandbox.dataverse.columns import Column, Lookup, OnDelete, Relationship
from sandbox.dataverse.metadata import columns, members
from sandbox.dataverse.problems import bad_value, not_imitated
from sandbox.dataverse.store import Store
from sandbox.dataverse.table import Schema, Table

_READ: Final = frozenset(
    {"SchemaName", "ReferencedEntity", "ReferencingEntity", "ReferencedAttribute", "CascadeConfiguration"}
    | {"AssociatedMenuConfiguration", "Lookup"}
)
_ON_DELETE: Final = tuple(one.value for one in OnDelete)
_NEVER: Final = ("Assign", "Merge", "Reparent", "Share", "Unshare", "RollupView", "Archive")
_MENU: Final[Mapping[str, object]] = {"Behavior": "UseCollectionName", "Group": "Details", "Order": 10000}
_LOOKUP: Final = frozenset(
    {"@odata.type", "SchemaName", "DisplayName", "Description", "RequiredLevel", "AttributeType"}
    | {"AttributeTypeName", "Targets"}
)
CUSTOMERS: Final = frozenset({"account", "contact"})


@dataclass(frozen=True, slots=True)
class Ends:
    """The two tables of a relationship."""

    referencing: Table
    referenced: Table


def ends(store: Store, body: Mapping[str, Any]) -> Ends:
    """The tables that a body names.

    Raises:
        Problem: 400, there is no such table, or the referenced column is not the primary key.
    """
    referenced = _table(store, members.text(body, "ReferencedEntity"))
    attribute = members.optional_text(body, "ReferencedAttribute")
    if attribute not in {None, referenced.id_column}:
        raise bad_value(f"'{attribute}' is not the primary key of '{referenced.name}'.")
    return Ends(_table(store, members.text(body, "ReferencingEntity")), referenced)


def _table(store: Store, name: str) -> Table:
    found = store.schema.by_name.get(name)
    if found is None:
        raise bad_value(
            f"The entity with a name = '{name}' was not found in the MetadataCache.", "0x80041102"
        )
    return found


def refuse_taken(schema: Schema, name: str) -> None:
    """Refuse a schema name that a relationship has.

    Raises:
        Problem: 400 0x8004432b.
    """
    for table in schema.tables:
        for column, kind in table.lookups:
            for target in kind.navigations:
                if table.relationship(column, target).name.lower() == name.lower():
                    raise bad_value(
                        f"A relationship with the specified name {name} already exists. Please specify a "
                        "unique name.",
                        "0x8004432b",
                    )


def relationship(name: str, body: Mapping[str, Any]) -> Relationship:
    """A new relationship.

    Raises:
        Problem: 501 for cascades and menus that are not imitated.
    """
    cascades = members.optional_structure(body, "CascadeConfiguration") or {}
    for member, value in cascades.items():
        if member != "Delete" and "@" not in member and value not in {None, "NoCascade"}:
            if member not in _NEVER:
                raise bad_value(f"There is no cascade '{member}'.")
            raise not_imitated(f"the cascade {member}: {value}")
    on_delete = members.optional_text(cascades, "Delete") or OnDelete.EMPTY.value
    menu = members.optional_structure(body, "AssociatedMenuConfiguration") or {}
    for member, value in menu.items():
        if "@" not in member and value is not None and _MENU.get(member, value) != value:
            raise not_imitated(f"another {member} of the associated menu than {_MENU[member]}")
    return Relationship(
        name, OnDelete(members.known(on_delete, _ON_DELETE, "Delete")), custom=True, own_id=str(uuid4())
    )


def lookup(
    schema_name: str, body: Mapping[str, Any], found: Mapping[str, Relationship], *, customer: bool
) -> Column:
    """The lookup column of a relationship, or of the two of a customer.

    Args:
        schema_name: of the column; also its navigation property, with the table's name behind it for a
            customer.
        body: of the column.
        found: the relationships by target.
        customer: the column points at accounts and contacts.

    Raises:
        Problem: 400 for a bad label, 501 for properties that are not imitated.
    """
    if columns.cast(body) != "Lookup":
        raise bad_value("The Lookup of a relationship must be LookupAttributeMetadata.")
    said = columns.naming(body)
    navigations = {target: f"{schema_name}_{target}" if customer else schema_name for target in found}
    return Column(
        schema_name.lower(),
        Lookup(navigations, "Customer" if customer else "Lookup", relationships=found),
        said.label,
        schema_name,
        custom=True,
        requirement=said.requirement,
        translations=said.translations,
        description=said.description,
        own_id=str(uuid4()),
    )


def refuse_others(schema: Schema, table: Table, column: Column, target: str, body: Mapping[str, Any]) -> None:
    """Refuse members of a relationship's body that were not understood; `table` has the lookup `column`.

    Raises:
        Problem: 400 or 501.
    """
    for told in described.many_to_one(schema, table):
        if told["ReferencingAttribute"] == column.name and told["ReferencedEntity"] == target:
            members.refuse_others(body, told, _READ)


def refuse_others_of_lookup(table: Table, column: Column, body: Mapping[str, Any]) -> None:
    """The same for the body of the lookup itself; a customer's is told otherwise than it is made.

    Raises:
        Problem: 400 or 501.
    """
    members.refuse_others(body, described.column(table, column), _LOOKUP)
