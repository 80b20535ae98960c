"""What does the platform itself say of a write, beyond types and lengths?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Protocol

from sandbox.dataverse.addresses import Segment
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.exchange import Answer, Request
from sandbox.dataverse.store import Row
from sandbox.dataverse.table import Table

COLUMN = 2
"""Component type of a column."""

RELATIONSHIP = 10
"""Component type of a relationship."""

KEY = 14
"""Component type of an alternate key."""


class Action(Enum):
    """What a privilege of a table allows."""

    CREATE = "Create"
    READ = "Read"
    WRITE = "Write"
    DELETE = "Delete"
    APPEND = "Append"
    APPEND_TO = "AppendTo"


class Rules(Protocol):
    """The platform's own tables and what follows from their rows; every refusal is a `Problem`.

    The engine asks before a write and tells after it, inside the transaction of the request: what a method
    changes in the store goes when the request is refused later.
    """

    def allowed(self, by: Reference, action: Action, table: Table) -> None:
        """Refuse with 403 what the user's roles do not allow."""
        ...

    def customizer(self, by: Reference) -> None:
        """Refuse with 403 a user who may not change metadata."""
        ...

    def creating(self, table: Table, values: dict[str, Value], by: Reference) -> None:
        """Complete or refuse the values of a new row."""
        ...

    def created(self, row: Row, solution: str | None, by: Reference) -> None:
        """A row is there; `solution` is what `MSCRM.SolutionUniqueName` said."""
        ...

    def updating(self, row: Row, changes: dict[str, Value], by: Reference) -> None:
        """Complete or refuse the changes of a row."""
        ...

    def updated(self, before: Row, after: Row, by: Reference) -> None:
        """A row has changed."""
        ...

    def deleting(self, row: Row, by: Reference) -> None:
        """Refuse to delete what others depend on."""
        ...

    def deleted(self, row: Row) -> None:
        """A row is gone."""
        ...

    def prefix(self, solution: str | None) -> str | None:
        """The prefix that new metadata must have.

        None: the default solution, which takes the prefix of any publisher.
        """
        ...

    def table_made(self, table: Table, solution: str | None) -> None:
        """A table is there: make its privileges, default views, main form and message filters."""
        ...

    def table_gone(self, table: Table) -> None:
        """A table and its rows are gone: its views, forms, privileges, filters and components go too."""
        ...

    def component_made(self, kind: int, object_id: str, solution: str | None) -> None:
        """A column (2), relationship (10) or key (14) is there."""
        ...

    def component_gone(self, object_id: str) -> None:
        """A column, relationship or key is gone."""
        ...

    def call(
        self,
        request: Request,
        parts: Sequence[Segment],
        options: Mapping[str, str],
        body: Mapping[str, Any] | None,
        by: Reference,
    ) -> Answer | None:
        """Answer an action, a function or an association of the platform's tables; None: not one of them."""
        ...


class NoRules:
    """Everything is allowed and nothing follows: an environment of rows alone."""

    def allowed(self, by: Reference, action: Action, table: Table) -> None:
        """Allow it."""

    def customizer(self, by: Reference) -> None:
        """Allow it."""

    def creating(self, table: Table, values: dict[str, Value], by: Reference) -> None:
        """Leave the values as they are."""

    def created(self, row: Row, solution: str | None, by: Reference) -> None:
        """Nothing follows."""

    def updating(self, row: Row, changes: dict[str, Value], by: Reference) -> None:
        """Leave the changes as they are."""

    def updated(self, before: Row, after: Row, by: Reference) -> None:
        """Nothing follows."""

    def deleting(self, row: Row, by: Reference) -> None:
        """Allow it."""

    def deleted(self, row: Row) -> None:
        """Nothing follows."""

    def prefix(self, solution: str | None) -> str | None:  # noqa: ARG002 - the protocol's names
        """Any prefix will do."""
        return None

    def table_made(self, table: Table, solution: str | None) -> None:
        """Nothing follows."""

    def table_gone(self, table: Table) -> None:
        """Nothing follows."""

    def component_made(self, kind: int, object_id: str, solution: str | None) -> None:
        """Nothing follows."""

    def component_gone(self, object_id: str) -> None:
        """Nothing follows."""

    def call(
        self,
        request: Request,  # noqa: ARG002 - the same
        parts: Sequence[Segment],  # noqa: ARG002 - the same
        options: Mapping[str, str],  # noqa: ARG002 - the same
        body: Mapping[str, Any] | None,  # noqa: ARG002 - the same
        by: Reference,  # noqa: ARG002 - the same
    ) -> Answer | None:
        """None of its own."""
        return None
