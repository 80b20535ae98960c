"""What does the platform say of every write, and what is there from the start?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.dataverse import languages, organization
from sandbox.dataverse.addresses import Segment
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.exchange import Answer, Request
from sandbox.dataverse.platform import access, feeds, forms, part, solutions, users, views, webhooks
from sandbox.dataverse.platform.access import ADMINISTRATOR, Access
from sandbox.dataverse.platform.calls import Calls
from sandbox.dataverse.platform.labels import Labels
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.platform.publishing import Unpublished
from sandbox.dataverse.platform.roles import Roles
from sandbox.dataverse.platform.solutions import KINDS, Contents
from sandbox.dataverse.platform.tables import PLATFORM
from sandbox.dataverse.platform.web_resources import WebResources
from sandbox.dataverse.rules import Action
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table

_WITH_FORMS: Final = frozenset({"account", "contact", "lead"})
"""Tables of Microsoft's that have views and a form here."""


class Environment:
    """The rules of the platform's own tables."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._access = Access(store)
        self._contents = Contents(store)
        self._calls = Calls(store, self._access)
        self._parts: Mapping[str, Part] = {
            "publisher": solutions.Publishers(store),
            "solution": solutions.Solutions(store),
            "role": Roles(store),
            "systemuser": users.Users(store),
            "savedquery": views.Views(store),
            "systemform": forms.Forms(store),
            "webresource": WebResources(store),
            "serviceendpoint": webhooks.Endpoints(store),
            "sdkmessageprocessingstep": webhooks.Steps(store),
            "msdyn_postconfig": feeds.PostConfigurations(store),
            "post": feeds.Posts(store),
        }

    # --- the beginning --------------------------------------------------------------------------------------

    def plant(self, *, installed: bool, webhook: str | None) -> None:
        """Fill an empty environment.

        Args:
            installed: our two tables are there, the application user is a System Administrator, and
                leads are enabled for activity feeds: as provisioning leaves an environment, but for the roles.
            webhook: address, with its key, that created jobs are posted to; only where installed.
        """
        unit = Reference("businessunit", organization.BUSINESS_UNIT_ID)
        self._insert("businessunit", {"businessunitid": unit.id, "name": organization.ORGANIZATION_NAME})
        self._insert(
            "organization",
            {
                "organizationid": organization.ORGANIZATION_ID,
                "name": organization.ORGANIZATION_NAME,
                "languagecode": languages.BASE,
            },
        )
        access.plant(self._store)
        users.plant(self._store)
        solutions.plant(self._store)
        webhooks.plant(self._store)
        for table in self._store.schema.served:
            self._furnish(table)
        feeds.plant(self._store)
        if not installed:
            return
        self._access.assign(
            Reference("systemuser", organization.user_id(organization.APPLICATION)), ADMINISTRATOR
        )
        if "msdyn_postconfig" in self._store.schema.by_name:
            feeds.enable(self._store, "lead")
        if webhook is not None:
            webhooks.install(self._store, "spotler_job", webhook)

    def _insert(self, name: str, values: Mapping[str, Value]) -> None:
        self._store.insert(part.table(self._store, name), values, part.SYSTEM)

    def _furnish(self, table: Table) -> None:
        self._access.table_made(table)
        webhooks.table_made(self._store, table)
        if table.custom or table.name in _WITH_FORMS:
            views.plant(self._store, table)
            forms.plant(self._store, table)

    # --- what users may do ----------------------------------------------------------------------------------

    def allowed(self, by: Reference, action: Action, table: Table) -> None:
        """Refuse what the user's roles do not allow."""
        self._access.allowed(by, action, table)

    def customizer(self, by: Reference) -> None:
        """Refuse a user who is no System Administrator."""
        self._access.customizer(by)

    # --- rows -----------------------------------------------------------------------------------------------

    def creating(self, table: Table, values: dict[str, Value], by: Reference) -> None:
        """Complete or refuse the values of a new row."""
        if table.name in PLATFORM:
            self._access.customizer(by)
        if table.name in self._parts:
            self._parts[table.name].creating(values)

    def created(self, row: Row, solution: str | None, by: Reference) -> None:  # noqa: ARG002 - the protocol's
        """Put a component into the solution that the header names, which must be there."""
        self._contents.named(solution)
        if row.table.name in self._parts:
            self._parts[row.table.name].created(row, solution)
        if row.table.name in KINDS:
            self._contents.add(KINDS[row.table.name], row.id, solution)

    def updating(self, row: Row, changes: dict[str, Value], by: Reference) -> None:
        """Complete or refuse the changes of a row; what must be published is kept until then."""
        if row.table.name in PLATFORM:
            self._access.customizer(by)
        if row.table.name in self._parts:
            self._parts[row.table.name].updating(row, changes)
        Unpublished(self._store).keep(row, changes)

    def updated(self, before: Row, after: Row, by: Reference) -> None:
        """Nothing follows."""

    def deleting(self, row: Row, by: Reference) -> None:
        """Refuse to delete what others depend on."""
        if row.table.name in PLATFORM:
            self._access.customizer(by)
        if row.table.name in self._parts:
            self._parts[row.table.name].deleting(row)

    def deleted(self, row: Row) -> None:
        """Take along what belongs to the row."""
        if row.table.name in self._parts:
            self._parts[row.table.name].deleted(row)
        if row.table.name in KINDS:
            self._forget(row)

    def _forget(self, row: Row) -> None:
        Unpublished(self._store).forget(row)
        Labels(self._store).forget(row)
        self._contents.remove(row.id)

    # --- metadata -------------------------------------------------------------------------------------------

    def prefix(self, solution: str | None) -> str | None:
        """The prefix of the publisher of a solution; None for the default solution."""
        return self._contents.prefix(solution)

    def table_made(self, table: Table, solution: str | None) -> None:
        """Make what every table has, and put it into the solution."""
        self._furnish(table)
        self._contents.add(solutions.TABLE, table.metadata_id, solution)

    def table_gone(self, table: Table) -> None:
        """Take along what the table has."""
        for name, column in (("savedquery", "returnedtypecode"), ("systemform", "objecttypecode")):
            for row in part.rows(self._store, name, **{column: table.name}):
                self._store.delete(row)
                self._forget(row)
        for step in webhooks.table_gone(self._store, table.name):
            self._forget(step)
        self._access.table_gone(table)
        self._contents.remove(table.metadata_id)

    def component_made(self, kind: int, object_id: str, solution: str | None) -> None:
        """Put a column, relationship or key into the solution."""
        self._contents.add(kind, object_id, solution)

    def component_gone(self, object_id: str) -> None:
        """Take a column, relationship or key out of every solution."""
        self._contents.remove(object_id)

    # --- calls ----------------------------------------------------------------------------------------------

    def call(
        self,
        request: Request,
        parts: Sequence[Segment],
        options: Mapping[str, str],
        body: Mapping[str, Any] | None,
        by: Reference,
    ) -> Answer | None:
        """Answer an action, a function or an association of the platform's tables; None: not one of them."""
        return self._calls.answer(request, parts, options, body, by)
