"""What is a table, and how is one written down?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

from sandbox.dataverse.columns import (
    Access,
    Choice,
    Column,
    Identifier,
    Kind,
    Lookup,
    Moment,
    Option,
    Relationship,
    Role,
    Text,
    Whole,
)
from sandbox.dataverse.languages import NONE, Words
from sandbox.dataverse.organization import metadata_id


class IndexStatus(Enum):
    """How far the index of a key is; only an active one finds rows and refuses doubles."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    ACTIVE = "Active"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class Key:
    """An alternate key over columns given by logical name.

    Attributes:
        name: logical name.
        schema_name: its name as it was made.
        label: in the base language.
        columns: by logical name.
        status: of its index.
        translations: what other languages call it.
        own_id: MetadataId; "" for one that comes with the environment.
    """

    name: str
    schema_name: str
    label: str
    columns: tuple[str, ...]
    status: IndexStatus = IndexStatus.ACTIVE
    translations: Words = NONE
    own_id: str = ""


@dataclass(frozen=True)
class Table:
    """One table.

    Attributes:
        name: logical name.
        set_name: its name in URLs.
        type_code: object type code.
        columns: the primary key is the one of kind `Identifier`.
        name_column: primary name.
        custom: made by a customer, not by Microsoft.
        served: False for tables whose rows only give lookups a name; their set answers 501.
        methods: what may be done to its rows beside reading.
        translations: what other languages call one row.
        plural_translations: what other languages call several.
        description: by language; None is the same as the label.
        own_id: MetadataId; "" for one that comes with the environment.
    """

    name: str
    schema_name: str
    set_name: str
    label: str
    plural: str
    type_code: int
    name_column: str
    columns: tuple[Column, ...]
    keys: tuple[Key, ...] = ()
    custom: bool = False
    has_notes: bool = False
    served: bool = True
    methods: frozenset[str] = frozenset({"POST", "PATCH", "DELETE"})
    translations: Words = NONE
    plural_translations: Words = NONE
    description: Words | None = None
    own_id: str = ""

    @cached_property
    def metadata_id(self) -> str:
        """Its MetadataId; a table that is made anew gets another."""
        return self.own_id or metadata_id(self.name)

    @cached_property
    def owned(self) -> bool:
        """Whether each row belongs to a user; otherwise all belong to the organization."""
        return "ownerid" in self.by_name

    def column_id(self, column: Column) -> str:
        """The MetadataId of a column."""
        return column.own_id or metadata_id(f"{self.name}.{column.name}")

    def key_id(self, key: Key) -> str:
        """The MetadataId of a key."""
        return key.own_id or metadata_id(f"{self.name}.{key.name}")

    def relationship(self, column: Column, target: str) -> Relationship:
        """The relationship in which the lookup `column` points at the table `target`, with its MetadataId."""
        if not isinstance(column.kind, Lookup):
            raise TypeError("Only a lookup has relationships.")
        name = f"{self.name}_{column.name}_{target}"
        found = column.kind.relationships.get(target)
        if found is None:
            found = Relationship(name, column.kind.on_delete(target), column.custom)
        return found if found.own_id else replace(found, own_id=metadata_id(found.name))

    @cached_property
    def id_column(self) -> str:
        """Logical name of the primary key."""
        return next(column.name for column in self.columns if isinstance(column.kind, Identifier))

    @cached_property
    def indexed(self) -> tuple[Key, ...]:
        """The keys whose index is ready."""
        return tuple(key for key in self.keys if key.status is IndexStatus.ACTIVE)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by logical name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def by_property(self) -> Mapping[str, Column]:
        """Columns by the name they are read under."""
        return {column.property_name: column for column in self.columns}

    @cached_property
    def by_navigation(self) -> Mapping[str, tuple[Column, str]]:
        """Lookup column and target table by navigation property."""
        return {
            navigation: (column, target)
            for column in self.columns
            if isinstance(column.kind, Lookup)
            for target, navigation in column.kind.navigations.items()
        }

    @cached_property
    def lookups(self) -> tuple[tuple[Column, Lookup], ...]:
        """Its lookup columns."""
        return tuple((column, column.kind) for column in self.columns if isinstance(column.kind, Lookup))

    @cached_property
    def followed(self) -> Mapping[str, tuple[Column, str]]:
        """The navigation properties behind which rows can be read."""
        principals = {column.name for column, kind in self.lookups if kind.of_principals}
        return {name: found for name, found in self.by_navigation.items() if found[0].name not in principals}

    @cached_property
    def statuses(self) -> Choice | None:
        """The status reasons, or None for a table without state."""
        column = self.by_name.get("statuscode")
        return column.kind if column is not None and isinstance(column.kind, Choice) else None


class Schema:
    """The tables of one environment; it never changes, a change makes another one."""

    def __init__(self, tables: Iterable[Table]) -> None:
        self.tables = tuple(tables)
        self.by_name: Mapping[str, Table] = {table.name: table for table in self.tables}
        self.by_set: Mapping[str, Table] = {table.set_name: table for table in self.tables}

    @property
    def served(self) -> tuple[Table, ...]:
        """The tables that can be asked for."""
        return tuple(table for table in self.tables if table.served)

    def with_table(self, table: Table) -> Schema:
        """The same with `table` in the place of the one of its name, or at the end."""
        if table.name not in self.by_name:
            return Schema((*self.tables, table))
        return Schema(table if one.name == table.name else one for one in self.tables)

    def without_table(self, name: str) -> Schema:
        """The same without the table of that name."""
        return Schema(table for table in self.tables if table.name != name)


def column(
    name: str,
    kind: Kind,
    label: str,
    *,
    schema_name: str = "",
    access: Access = Access.WRITE,
    default: int | bool | None = None,
    required: bool = False,
) -> Column:
    """A column whose schema name is its logical name where none is given."""
    return Column(name, kind, label, schema_name or name, access, default, required)


def text(name: str, label: str, length: int) -> Column:
    """A single line of text."""
    return column(name, Text(length), label)


def memo(name: str, label: str, length: int) -> Column:
    """Several lines of text."""
    return column(name, Text(length, memo=True), label)


def moment(name: str, label: str, access: Access = Access.WRITE) -> Column:
    """A date and time."""
    return column(name, Moment(), label, access=access)


def states(*options: Option) -> tuple[Column, Column]:
    """`statecode` and `statuscode`: each state's options, the first of a state being its default.

    Options without `state` are the states, the others the reasons.
    """
    state_options = tuple(option for option in options if option.state is None)
    reasons = tuple(option for option in options if option.state is not None)
    return (
        column("statecode", Choice(state_options, Role.STATE), "Status", default=state_options[0].value),
        column("statuscode", Choice(reasons, Role.STATUS), "Status Reason", default=reasons[0].value),
    )


def platform_columns(id_column: str) -> tuple[Column, ...]:
    """What every table has: primary key, owner, authors, times and version."""
    return (
        column(id_column, Identifier(), "Unique identifier", access=Access.CREATE, required=True),
        moment("createdon", "Created On", Access.READ),
        moment("modifiedon", "Modified On", Access.READ),
        column("versionnumber", Whole(0, 2**63 - 1, large=True), "Version Number", access=Access.READ),
        *(
            column(
                name,
                Lookup({"systemuser": name}, type_name),
                label,
                access=Access.READ,
            )
            for name, type_name, label in (
                ("ownerid", "Owner", "Owner"),
                ("createdby", "Lookup", "Created By"),
                ("modifiedby", "Lookup", "Modified By"),
            )
        ),
    )
