"""About rows of which tables may posts be made?"""

from __future__ import annotations

from typing import Final

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.store import Row, Store

_FROM_THE_START: Final = ("account", "contact")


class PostConfigurations(Part):
    """There is one configuration for a table, which must be there."""

    def creating(self, values: dict[str, Value]) -> None:
        """A table that has none yet, with its type code where one is given."""
        part.required(values, "msdyn_postconfig", "msdyn_entityname")
        part.unique(self.store, "msdyn_postconfig", "msdyn_entityname", values["msdyn_entityname"])
        self._check(values)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same."""
        part.kept(row, changes, "msdyn_postconfig", "msdyn_entityname")
        if "msdyn_entityname" in changes:
            part.unique(
                self.store, "msdyn_postconfig", "msdyn_entityname", changes["msdyn_entityname"], row.id
            )
        self._check(dict(row.values) | changes)

    def _check(self, values: dict[str, Value]) -> None:
        name, code = values["msdyn_entityname"], values.get("msdyn_otc")
        table = self.store.schema.by_name.get(name) if isinstance(name, str) else None
        if table is None:
            raise bad_value(f"There is no table '{name}'.", "0x80041102")
        if code not in {None, table.type_code}:
            raise bad_value(f"The type code of '{name}' is {table.type_code}, not {code}.")


class Posts(Part):
    """A post is about a row of a table that is enabled for activity feeds."""

    def creating(self, values: dict[str, Value]) -> None:
        """Enabled: there is an active configuration with a wall."""
        about = values.get("regardingobjectid")
        if not isinstance(about, Reference):
            return
        enabled = part.rows(
            self.store,
            "msdyn_postconfig",
            msdyn_entityname=about.table,
            msdyn_configurewall=True,
            statecode=0,
        )
        if not enabled:
            raise bad_value(f"The entity '{about.table}' is not enabled for activity feeds.")


def enable(store: Store, name: str) -> None:
    """Enable a table for activity feeds."""
    table = store.schema.by_name[name]
    store.insert(
        part.table(store, "msdyn_postconfig"),
        {
            "msdyn_postconfigid": organization.component_id("post configuration", name),
            "msdyn_entityname": name,
            "msdyn_entitydisplayname": table.label,
            "msdyn_otc": table.type_code,
        },
        part.SYSTEM,
    )


def plant(store: Store) -> None:
    """What a fresh environment has enabled, where it has activity feeds at all."""
    if "msdyn_postconfig" in store.schema.by_name:
        for name in _FROM_THE_START:
            enable(store, name)
