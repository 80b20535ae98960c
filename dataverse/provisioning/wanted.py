"""What is to be in the environment?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self
from uuid import UUID

from dataverse.description.installed import (
    FEEDS,
    PUBLISHER,
    ROLES,
    SCRIPT,
    SOLUTION,
    TABLES,
    WEBHOOK,
    Feed,
    Publisher,
    Script,
    Solution,
    Webhook,
)
from dataverse.description.parts import Customer, Lookup, Role, Table
from dataverse.description.roles import APPLICATION

UNFINISHED: Final = "0.0"
"""Version of the solution from the first change until everything is published.

Whether a form or a view is published cannot be read everywhere; a run that was cut off before it published
is known by this version, and made good by the next one.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The description, and the content of the script that goes with it."""

    publisher: Publisher
    solution: Solution
    tables: tuple[Table, ...]
    roles: tuple[Role, ...]
    application_role: Role
    script: Script
    content: bytes
    feeds: tuple[Feed, ...]
    webhook: Webhook

    @classmethod
    def described(cls) -> Self:
        """What this version of the product installs.

        Raises:
            OSError: the script's file is missing from this copy of the product.
        """
        return cls(
            PUBLISHER,
            SOLUTION,
            TABLES,
            ROLES,
            APPLICATION,
            SCRIPT,
            SCRIPT.file.read_bytes(),
            FEEDS,
            WEBHOOK,
        )

    @property
    def neighbours(self) -> tuple[str, ...]:
        """Tables that are not ours and must be there: lookups point at them."""
        ours = {table.name for table in self.tables}
        targets: dict[str, None] = {}
        for table in self.tables:
            for column in table.columns:
                match column.kind:
                    case Lookup(target):
                        targets[target] = None
                    case Customer(relationships):
                        targets.update((target, None) for target, _ in relationships)
                    case _:
                        pass
        return tuple(name for name in targets if name not in ours)

    @property
    def met(self) -> tuple[str, ...]:
        """Every table that is ours, or that lookups, roles or feeds speak of."""
        granted = (grant.table for role in self.roles for grant in role.grants)
        return tuple(
            dict.fromkeys(
                (
                    *(table.name for table in self.tables),
                    *self.neighbours,
                    *granted,
                    *(feed.table for feed in self.feeds),
                )
            )
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the administrator asks for beside the description.

    Attributes:
        webhook_url: where created jobs are posted to; None keeps what is registered.
        new_key: whether the webhook gets another key.
        application_id: of the app registration or managed identity the Functions app signs in as.
        repair: whether what differs is put right; what is missing is added anyhow.
    """

    webhook_url: str | None = None
    new_key: bool = False
    application_id: UUID | None = None
    repair: bool = False
