"""What can a table, a view, a form and a role of ours consist of?

Values only. Logical names are what `dataverse.tables` calls them; a schema name is the same name with the
case that navigation names keep.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final
from uuid import UUID, uuid5

from dataverse.tables import State

_NAMESPACE: Final = UUID("5f5b1a0e-6a53-4c0b-8f4c-2f6f0d9c7e11")


def fixed_id(what: str) -> UUID:
    """The id that a component has in every environment.

    A row whose primary key is chosen here cannot come into being twice, whoever else installs at the
    same time, and is known as ours wherever it is met.
    """
    return uuid5(_NAMESPACE, what)


@dataclass(frozen=True, slots=True)
class Words:
    """What people read, in English and Dutch."""

    en: str
    nl: str


@dataclass(frozen=True, slots=True)
class Text:
    """One line of at most `length` UTF-16 units; `autonumber` such as `{SEQNUM:10}` lets the platform fill it."""

    length: int
    autonumber: str = ""


@dataclass(frozen=True, slots=True)
class Memo:
    """Several lines of at most `length` UTF-16 units."""

    length: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number within bounds."""

    least: int
    most: int


@dataclass(frozen=True, slots=True)
class YesNo:
    """Yes or no; no where nobody chose."""

    yes: Words = Words("Yes", "Ja")
    no: Words = Words("No", "Nee")


@dataclass(frozen=True, slots=True)
class Moment:
    """A date and time, shown in the reader's time zone."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value of a choice; `state` only for a status reason."""

    value: int
    words: Words
    state: State | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options; the column starts with none of them chosen."""

    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A row of another table.

    Attributes:
        target: that table's logical name.
        relationship: schema name of the relationship.
    """

    target: str
    relationship: str


@dataclass(frozen=True, slots=True)
class Customer:
    """An account or a contact; `relationships` are schema names by target table."""

    relationships: tuple[tuple[str, str], ...]


type Kind = Text | Memo | Whole | YesNo | Moment | Choice | Lookup | Customer


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        schema_name: its lower case is the logical name.
        kind: what it holds.
        words: its label.
        meaning: what it is for, in one sentence.
        by_people: whether people fill it in; else only the app or the platform does.
    """

    schema_name: str
    kind: Kind
    words: Words
    meaning: Words
    by_people: bool = False

    @property
    def name(self) -> str:
        """Logical name."""
        return self.schema_name.lower()


@dataclass(frozen=True, slots=True)
class Key:
    """An alternate key over columns given by logical name."""

    schema_name: str
    words: Words
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """Logical name."""
        return self.schema_name.lower()


class Test(Enum):
    """How a view compares; the value is the operator of FetchXML."""

    IS = "eq"
    ONE_OF = "in"
    MINE = "eq-userid"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a view; all of a view's conditions hold together."""

    column: str
    test: Test
    values: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """A view that everyone with the table's read privilege sees.

    Attributes:
        id: the same in every environment.
        words: its name.
        columns: logical name and width in pixels, from left to right.
        conditions: of a row that appears.
        order: logical name of the column to sort by.
        descending: newest or largest first.
    """

    id: UUID
    words: Words
    columns: tuple[tuple[str, int], ...]
    conditions: tuple[Condition, ...]
    order: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """One control of a form; `rows` is its height in lines of a form."""

    column: str
    locked: bool = False
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """Some controls under a heading; the form script addresses it by `name`.

    Attributes:
        timeline: whether it ends with the row's notes.
    """

    name: str
    words: Words
    cells: tuple[Cell, ...]
    timeline: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A main form of one tab; `left` and `right` are its two columns."""

    name: Words
    tab: Words
    left: tuple[Section, ...]
    right: tuple[Section, ...] = ()
    library: str | None = None
    on_load: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """One table.

    Attributes:
        schema_name: its lower case is the logical name.
        set_name: its name in addresses.
        words: what one row is called.
        plural: what many rows are called.
        meaning: what it is for, in one sentence.
        primary: the primary name column.
        columns: all others, in the order they are made; lookups after the tables they point at.
        statuses: every status reason; the platform's own two first.
        keys: alternate keys.
        views: beside the platform's own.
        form: the main form.
        notes: whether rows can have notes; the platform lets nobody take that back.
    """

    schema_name: str
    set_name: str
    words: Words
    plural: Words
    meaning: Words
    primary: Column
    columns: tuple[Column, ...]
    statuses: tuple[Option, ...]
    views: tuple[View, ...]
    form: Form
    keys: tuple[Key, ...] = ()
    notes: bool = False

    @property
    def name(self) -> str:
        """Logical name."""
        return self.schema_name.lower()

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """The primary name column and all others."""
        return (self.primary, *self.columns)


class Right(Enum):
    """What a role may allow on a table; the value is the Web API's PrivilegeType."""

    CREATE = "Create"
    READ = "Read"
    WRITE = "Write"
    APPEND = "Append"
    APPEND_TO = "AppendTo"


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights on one table, over all its rows in the environment, and why they are needed."""

    table: str
    rights: tuple[Right, ...]
    why: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """A security role.

    Attributes:
        id: the same in every environment.
        name: its name; the platform keeps one, in no language.
        whom: who gets it.
        grants: its privileges; those `optional` are left out where the environment lacks the table.
    """

    id: UUID
    name: str
    whom: str
    grants: tuple[Grant, ...]
