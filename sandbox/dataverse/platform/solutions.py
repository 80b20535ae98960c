"""Who are customizations by, and which of them does a solution hold?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.dependencies import depended_on
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.store import Row, Store

DEFAULT_PUBLISHER_ID: Final = "d21aab71-79e7-11dd-8874-00188b01e34f"
DEFAULT_SOLUTION_ID: Final = "fd140aaf-4df4-11dd-bd17-0019b9312238"
DEFAULT: Final = "Default"

TABLE: Final = 1
"""Component type of a table."""

KINDS: Final[Mapping[str, int]] = {
    "role": 20,
    "savedquery": 26,
    "systemform": 60,
    "webresource": 61,
    "sdkmessageprocessingstep": 92,
    "serviceendpoint": 95,
}
"""Component type of the rows of the tables whose rows can be in a solution."""

_UNIQUE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{1,7}")
_VERSION = re.compile(r"\d+(\.\d+){1,3}")


class Publishers(Part):
    """A publisher's names and prefixes are well formed, and its own."""

    def creating(self, values: dict[str, Value]) -> None:
        """A prefix of two to eight letters and digits, and an option prefix of five digits."""
        part.required(
            values,
            "publisher",
            "uniquename",
            "friendlyname",
            "customizationprefix",
            "customizationoptionvalueprefix",
        )
        self._check(values, None)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same."""
        part.kept(row, changes, "publisher", "uniquename", "friendlyname", "customizationprefix")
        self._check(changes, row.id)

    def _check(self, values: dict[str, Value], but: str | None) -> None:
        name = values.get("uniquename")
        if isinstance(name, str):
            _refuse_name(name)
            part.unique(self.store, "publisher", "uniquename", name, but)
        prefix = values.get("customizationprefix")
        if isinstance(prefix, str) and (not _PREFIX.fullmatch(prefix) or prefix.lower().startswith("mscrm")):
            raise bad_value(
                "The customization prefix must have 2 to 8 letters and digits, begin with a letter and not with "
                "'mscrm'."
            )
        option = values.get("customizationoptionvalueprefix")
        if isinstance(option, int) and not 10_000 <= option <= 99_999:
            raise bad_value("The option value prefix must be between 10,000 and 99,999.")

    def deleting(self, row: Row) -> None:
        """Not while a solution is by it, nor the environment's own."""
        if row.id == DEFAULT_PUBLISHER_ID:
            raise bad_value("The default publisher cannot be deleted.")
        held = part.rows(self.store, "solution", publisherid=row.reference)
        if held:
            raise depended_on("Publisher", row.id, len(held))


class Solutions(Part):
    """A solution has a publisher and a version; deleting it leaves its components where they are."""

    def creating(self, values: dict[str, Value]) -> None:
        """Unmanaged, with a name of its own."""
        part.required(values, "solution", "uniquename", "friendlyname", "version", "publisherid")
        self._check(values, None)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same."""
        part.kept(row, changes, "solution", "uniquename", "friendlyname", "version", "publisherid")
        self._check(changes, row.id)

    def _check(self, values: dict[str, Value], but: str | None) -> None:
        name, version = values.get("uniquename"), values.get("version")
        if isinstance(name, str):
            _refuse_name(name)
            part.unique(self.store, "solution", "uniquename", name, but)
        if isinstance(version, str) and not _VERSION.fullmatch(version):
            raise bad_value("The version must be two to four numbers with dots between them.")

    def deleting(self, row: Row) -> None:
        """Not the default solution."""
        if row.id == DEFAULT_SOLUTION_ID:
            raise bad_value("The default solution cannot be deleted.")


class Contents:
    """What each solution holds, and which names its components must have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def named(self, solution: str | None) -> Row | None:
        """The solution of that unique name; None for the default solution.

        Raises:
            Problem: 400, there is no such solution, or it is managed.
        """
        if solution is None:
            return None
        found = part.rows(self._store, "solution", uniquename=solution)
        if not found:
            raise Problem(400, "0x80048403", f"The solution with unique name '{solution}' does not exist.")
        return None if found[0].id == DEFAULT_SOLUTION_ID else found[0]

    def prefix(self, solution: str | None) -> str | None:
        """The prefix of the solution's publisher; None for the default solution.

        Raises:
            Problem: 400, there is no such solution.
        """
        row = self.named(solution)
        publisher = part.behind(row, "publisherid") if row is not None else None
        found = part.row_of(self._store, "publisher", publisher) if publisher else None
        return None if found is None else part.text_of(found, "customizationprefix")

    def refuse_name(self, name: str, solution: str | None) -> None:
        """Refuse a component's name without the prefix of its publisher.

        Raises:
            Problem: 400 0x80044363.
        """
        own = self.prefix(solution)
        prefixes = [own] if own else self._prefixes()
        if not any(name.lower().startswith(f"{prefix.lower()}_") for prefix in prefixes):
            raise bad_value(
                f"The name '{name}' does not begin with the customization prefix of its publisher.",
                "0x80044363",
            )

    def _prefixes(self) -> list[str]:
        publishers = self._store.rows(part.table(self._store, "publisher"))
        return [part.text_of(row, "customizationprefix") for row in publishers]

    def add(self, kind: int, object_id: str, solution: str | None) -> None:
        """Put a component into the solution of that name; nothing to do for the default solution.

        Raises:
            Problem: 400, there is no such solution.
        """
        row = self.named(solution)
        if row is None:
            return
        self._store.insert(
            part.table(self._store, "solutioncomponent"),
            {
                "solutioncomponentid": organization.component_id("component", f"{row.id}:{object_id}"),
                "solutionid": row.reference,
                "componenttype": kind,
                "objectid": object_id,
            },
            part.SYSTEM,
        )

    def remove(self, object_id: str) -> None:
        """Take a component out of every solution."""
        for row in part.rows(self._store, "solutioncomponent", objectid=object_id):
            self._store.delete(row)


def _refuse_name(name: str) -> None:
    if not _UNIQUE_NAME.fullmatch(name):
        raise bad_value(
            f"The unique name '{name}' may only have letters, digits and underscores, and not begin with a digit."
        )


def plant(store: Store) -> None:
    """The publisher and the solution that every environment has."""
    publisher = store.insert(
        part.table(store, "publisher"),
        {
            "publisherid": DEFAULT_PUBLISHER_ID,
            "uniquename": f"DefaultPublisher{organization.ORGANIZATION_NAME}",
            "friendlyname": "Default Publisher",
            "customizationprefix": "new",
            "customizationoptionvalueprefix": 10_000,
        },
        part.SYSTEM,
    )
    store.insert(
        part.table(store, "solution"),
        {
            "solutionid": DEFAULT_SOLUTION_ID,
            "uniquename": DEFAULT,
            "friendlyname": "Default Solution",
            "version": "1.0",
            "publisherid": Reference("publisher", publisher.id),
        },
        part.SYSTEM,
    )
