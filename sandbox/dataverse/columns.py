"""What kinds of columns are there, and what does each hold?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final


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
    """One value of a choice; `state` only for a status reason."""

    value: int
    label: str
    state: int | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """Text of at most `max_length` characters; `joined_from` makes it computed, `digits` an autonumber."""

    max_length: int
    memo: bool = False
    joined_from: tuple[str, ...] = ()
    digits: int | None = None


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


@dataclass(frozen=True, slots=True)
class Lookup:
    """A reference to one row of one of some tables.

    Attributes:
        navigations: navigation property (case-sensitive) of each target table.
        type_name: `Lookup`, `Customer` or `Owner`.
        cascade_delete: the row goes when its target goes; otherwise the lookup is emptied.
    """

    navigations: Mapping[str, str]
    type_name: str = "Lookup"
    cascade_delete: bool = False


type Kind = Text | Whole | YesNo | Choice | Moment | Identifier | Lookup


class Access(Enum):
    """Who may set a column."""

    WRITE = "write"
    CREATE = "create"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `name` is the logical name, `default` what a new row gets when nothing is given."""

    name: str
    kind: Kind
    label: str
    schema_name: str
    access: Access = Access.WRITE
    default: int | bool | None = None
    required: bool = False

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
