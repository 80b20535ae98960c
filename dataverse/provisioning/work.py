"""What do steps share while they are carried out?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dataverse import odata
from dataverse.description.parts import Table
from dataverse.errors import DataverseError
from dataverse.provisioning.found import Found
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.wanted import Wanted


class NotThere(DataverseError):  # noqa: N818 - named for what is known, as its siblings are
    """What an earlier step made is not seen yet, or has gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The webhook's key; never shown."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(not shown)"


@dataclass(frozen=True, slots=True)
class Work:
    """What steps are carried out with.

    Attributes:
        sender: to the environment.
        wanted: the description.
        found: the environment when the plan was made.
        key: of the webhook, where a step needs it.
    """

    sender: Sender
    wanted: Wanted
    found: Found
    key: Secret | None

    @property
    def languages(self) -> Languages:
        """Of the environment."""
        return self.found.languages

    def given_key(self) -> str:
        """The webhook's key.

        Raises:
            ValueError: none was given.
        """
        if self.key is None:
            raise ValueError("The step needs the webhook's key")
        return self.key.value

    async def create(self, path: str, body: Mapping[str, Any], subject: str) -> None:
        """Make a component of the solution; an unclear answer is not followed by another try."""
        await self.sender.write("POST", path, body, subject)

    async def create_outside(self, path: str, body: Mapping[str, Any], subject: str) -> None:
        """Make what is no component of the solution."""
        await self.sender.write("POST", path, body, subject, component=False)

    async def act(self, action: str, body: Mapping[str, Any]) -> None:
        """Call an action that may be called twice."""
        await self.sender.write("POST", action, body, action, repeatable=True)

    async def change(
        self, table_set: str, key: UUID, body: Mapping[str, Any], *, component: bool = True
    ) -> None:
        """Change columns of a row that exists."""
        await self.sender.write(
            "PATCH",
            f"{table_set}({key})",
            body,
            f"Update {table_set}",
            repeatable=True,
            component=component,
        )


def path_of(table: Table) -> str:
    """Path of a table's definition."""
    return f"EntityDefinitions(LogicalName={odata.literal(odata.name(table.name))})"
