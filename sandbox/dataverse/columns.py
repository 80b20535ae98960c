"""What kinds of columns are there, and what does each hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final

from sandbox.dataverse.languages import NONE, Words


@dataclass(frozen=True, slots=True)
class Reference:
    """What a lookup holds: a table's logical name and a row's id in lower case."""

    table: str
    id: str


type Value = str | int | bool | datetime | Reference | None
"""What a column of a stored row holds: guids as lower-case text, times aware, in UTC, in whole seconds."""


class Edm(Enum):
    """The OData type of a property."""

    STRING = "Edm.String"
    INT32 = "Edm.Int32"
    INT64 = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    MOMENT = "Edm.DateTimeOffset"
    GUID = "Edm.Guid"
    ENUM = "Edm.EnumType"
    COMPLEX = "Edm.ComplexType"


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice.

    Attributes:
        value: what rows hold.
        label: in the base language.
        state: only for a status reason: the state that it belongs to.
        translations: what other languages call it.
    """

    value: int
    label: str
    state: int | None = None
    translations: Words = NONE


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `max_length` characters.

    Attributes:
        max_length: UTF-16 units.
        memo: several lines.
        joined_from: the columns that it is computed from.
        number_format: what a new row gets when nothing is given, such as `JOB-{SEQNUM:6}`.
        format: how it is shown; "" for the usual one of its kind.
    """

    max_length: int
    memo: bool = False
    joined_from: tuple[str, ...] = ()
    number_format: str | None = None
    format: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds; `large` is 64 bits wide."""

    least: int = -(2**31)
    most: int = 2**31 - 1
    large: bool = False


@dataclass(frozen=True, slots=True)
class YesNo:
    """A boolean with the labels of its two options."""

    no: str = "No"
    yes: str = "Yes"
    no_translations: Words = NONE
    yes_translations: Words = NONE


class Role(Enum):
    """What a choice is for."""

    CHOICE = "Picklist"
    STATE = "State"
    STATUS = "Status"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a list of numbers."""

    options: tuple[Option, ...]
    role: Role = Role.CHOICE

    def option(self, value: int) -> Option | None:
        """The option of that value, or None."""
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time, user local, kept in whole seconds of UTC."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A primary key."""


class OnDelete(Enum):
    """What becomes of a row when the row that it points at is deleted."""

    EMPTY = "RemoveLink"
    GO_ALONG = "Cascade"
    REFUSE = "Restrict"


@dataclass(frozen=True, slots=True)
class Relationship:
    """What a lookup to one table is called, and what it does.

    Attributes:
        name: schema name.
        on_delete: of the row pointed at.
        custom: made by a customer, not by Microsoft.
        own_id: MetadataId; "" for one that comes with the environment.
    """

    name: str
    on_delete: OnDelete = OnDelete.EMPTY
    custom: bool = False
    own_id: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A reference to one row of one of some tables.

    Attributes:
        navigations: navigation property (case-sensitive) of each target table.
        type_name: `Lookup`, `Customer` or `Owner`.
        cascade_delete: the row goes when its target goes; otherwise the lookup is emptied.
        relationships: of those targets whose relationship is not the usual one.
    """

    navigations: Mapping[str, str]
    type_name: str = "Lookup"
    cascade_delete: bool = False
    relationships: Mapping[str, Relationship] = field(default_factory=dict)

    @property
    def of_principals(self) -> bool:
        """Whether it points at users and teams alike, whose common properties are not imitated."""
        return self.type_name == "Owner"

    def on_delete(self, target: str) -> OnDelete:
        """What happens when a row of `target` goes."""
        own = self.relationships.get(target)
        if own is not None:
            return own.on_delete
        return OnDelete.GO_ALONG if self.cascade_delete else OnDelete.EMPTY


type Kind = Text | Whole | YesNo | Choice | Moment | Identifier | Lookup


class Access(Enum):
    """Who may set a column."""

    WRITE = "write"
    CREATE = "create"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        name: logical name.
        kind: what it holds.
        label: in the base language.
        schema_name: its name as it was made.
        access: who may set it.
        default: what a new row gets when nothing is given.
        required: the platform itself insists on a value.
        custom: made by a customer, not by Microsoft.
        requirement: the requirement level, which only forms insist on.
        translations: what other languages call it.
        description: by language; None is the same as the label.
        own_id: MetadataId; "" for one that comes with the environment.
    """

    name: str
    kind: Kind
    label: str
    schema_name: str
    access: Access = Access.WRITE
    default: int | bool | None = None
    required: bool = False
    custom: bool = False
    requirement: str = "None"
    translations: Words = NONE
    description: Words | None = None
    own_id: str = ""

    @property
    def property_name(self) -> str:
        """Its name when read: lookups are read as `_name_value`."""
        return f"_{self.name}_value" if isinstance(self.kind, Lookup) else self.name

    @property
    def edm(self) -> Edm:
        """Its type when read."""
        match self.kind:
            case Text():
                return Edm.STRING
            case Whole(large=True):
                return Edm.INT64
            case Whole() | Choice():
                return Edm.INT32
            case YesNo():
                return Edm.BOOLEAN
            case Moment():
                return Edm.MOMENT
            case Identifier() | Lookup():
                return Edm.GUID


ACTIVE: Final = 0
INACTIVE: Final = 1
