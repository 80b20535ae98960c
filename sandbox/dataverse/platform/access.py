"""Who may do what?"""

from __future__ import annotations

from typing import Final

from sandbox.dataverse import organization, privileges
from sandbox.dataverse.columns import Reference
from sandbox.dataverse.platform import part
from sandbox.dataverse.privileges import Privilege
from sandbox.dataverse.problems import Problem, not_imitated
from sandbox.dataverse.rules import Action
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.table import Table

ADMINISTRATOR: Final = Reference("role", organization.component_id("role", "System Administrator"))
"""The role that may do everything."""

DEPTHS: Final = ("Basic", "Local", "Deep", "Global")
"""How far a privilege reaches: own rows, the business unit, that and those below, everything."""

_RIGHTS: Final = {
    "Read": 1,
    "Write": 2,
    "Append": 4,
    "AppendTo": 16,
    "Create": 32,
    "Delete": 65_536,
    "Share": 262_144,
    "Assign": 524_288,
}


_OF_EVERY_ROLE: Final = (
    ("prvReadSharePointData", 1),
    ("prvReadSdkMessage", 1),
    ("prvWriteSharePointData", 2),
    ("prvReadSdkMessageProcessingStepImage", 1),
    ("prvReadSdkMessageProcessingStep", 1),
    ("prvReadPluginAssembly", 1),
    ("prvCreateSharePointData", 32),
    ("prvReadPluginType", 1),
    ("prvReadSharePointDocument", 1),
)
"""Privileges that the service gives each new role (Microsoft Learn, "Web API Functions and Actions Sample")."""

_IMPOSED: Final = "SharePoint"
"""Those with this in their names come back whenever the privileges of a role are written."""


class Access:
    """What the roles of each user allow."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def roles(self, user: Reference) -> list[Reference]:
        """The roles of a user."""
        found = part.rows(self._store, "systemuserroles", systemuserid=user)
        return [value for row in found if isinstance(value := row.values["roleid"], Reference)]

    def administrator(self, user: Reference) -> bool:
        """Whether the user has the role System Administrator."""
        return (
            self._store.get(part.table(self._store, "systemuserroles"), _pair(user, ADMINISTRATOR))
            is not None
        )

    def allowed(self, by: Reference, action: Action, table: Table) -> None:
        """Refuse what no role of the user allows.

        Raises:
            Problem: 403 0x80040220; 501 for a privilege on own rows only.
        """
        if self.administrator(by):
            return
        wanted = next(one for one in privileges.of(table) if one.action == action.value)
        depths = {self.depth(role, wanted) for role in self.roles(by)} - {None}
        if not depths:
            raise Problem(
                403,
                "0x80040220",
                f"Principal user (Id={by.id}, type=8) is missing {wanted.name} privilege (Id={wanted.id}) on "
                f"OTC={table.type_code} for entity '{table.name}'.",
            )
        # There is one business unit: every depth but the lowest reaches all rows.
        if depths == {"Basic"}:
            raise not_imitated("privileges that reach a user's own rows only")

    def depth(self, role: Reference, privilege: Privilege) -> str | None:
        """How far a privilege of a role reaches, or None where the role does not have it."""
        row = part.row_of(self._store, "roleprivileges", _pair(role, Reference("privilege", privilege.id)))
        return None if row is None else part.text_of(row, "depth")

    def customizer(self, by: Reference) -> None:
        """Refuse a user who may not customize.

        Raises:
            Problem: 403 0x80040220.
        """
        if not self.administrator(by):
            raise Problem(
                403,
                "0x80040220",
                f"Principal user (Id={by.id}, type=8) is missing prvWriteCustomization privilege.",
            )

    # --- changes --------------------------------------------------------------------------------------------

    def assign(self, user: Reference, role: Reference) -> None:
        """Give a user a role; nothing to do where the user has it."""
        pair = _pair(user, role)
        if part.row_of(self._store, "systemuserroles", pair) is None:
            self._store.insert(
                part.table(self._store, "systemuserroles"),
                {"systemuserroleid": pair, "systemuserid": user, "roleid": role},
                part.SYSTEM,
            )

    def take(self, user: Reference, role: Reference) -> None:
        """Take a role from a user; nothing to do where the user does not have it."""
        row = part.row_of(self._store, "systemuserroles", _pair(user, role))
        if row is not None:
            self._store.delete(row)

    def grant(self, role: Reference, privilege: Row, depth: str) -> None:
        """Give a role a privilege, or another depth of one it has."""
        pair = _pair(role, privilege.reference)
        row = part.row_of(self._store, "roleprivileges", pair)
        if row is not None:
            self._store.update(row, {"depth": depth}, part.SYSTEM)
            return
        self._store.insert(
            part.table(self._store, "roleprivileges"),
            {"roleprivilegeid": pair, "roleid": role, "privilegeid": privilege.reference, "depth": depth},
            part.SYSTEM,
        )

    def begin(self, role: Reference) -> None:
        """Give a new role what each role has."""
        for name, _ in _OF_EVERY_ROLE:
            self._grant_named(role, name)

    def impose(self, role: Reference) -> None:
        """Give a role whose privileges were written what the platform does not let it be without."""
        for name, _ in _OF_EVERY_ROLE:
            if _IMPOSED in name:
                self._grant_named(role, name)

    def _grant_named(self, role: Reference, name: str) -> None:
        for privilege in part.rows(self._store, "privilege", name=name):
            self.grant(role, privilege, "Global")

    def revoke(self, role: Reference, privilege_id: str | None = None) -> None:
        """Take one privilege from a role, or all of them."""
        for row in part.rows(self._store, "roleprivileges", roleid=role):
            if privilege_id is None or part.behind(row, "privilegeid") == privilege_id:
                self._store.delete(row)

    def held(self, role: Reference) -> list[tuple[Row, str]]:
        """The privileges of a role with their depths; System Administrator has them all."""
        if role == ADMINISTRATOR:
            return [(row, "Global") for row in self._store.rows(part.table(self._store, "privilege"))]
        return [
            (privilege, part.text_of(row, "depth"))
            for row in part.rows(self._store, "roleprivileges", roleid=role)
            if (privilege := part.row_of(self._store, "privilege", part.behind(row, "privilegeid") or ""))
        ]

    def table_made(self, table: Table) -> None:
        """Make the privileges of a table."""
        for one in privileges.of(table):
            self._store.insert(
                part.table(self._store, "privilege"),
                {"privilegeid": one.id, "name": one.name, "accessright": _RIGHTS[one.action]},
                part.SYSTEM,
            )

    def table_gone(self, table: Table) -> None:
        """Take the privileges of a table away, from every role."""
        for one in privileges.of(table):
            row = part.row_of(self._store, "privilege", one.id)
            if row is not None:
                self._store.delete(row)


def _pair(left: Reference, right: Reference) -> str:
    return organization.component_id("pair", f"{left.id}:{right.id}")


def plant(store: Store) -> None:
    """The role that every environment has, and the privileges that belong to no table here."""
    theirs = {one.name for table in store.schema.served for one in privileges.of(table)}
    for name, right in _OF_EVERY_ROLE:
        if name not in theirs:
            store.insert(
                part.table(store, "privilege"),
                {
                    "privilegeid": organization.component_id("privilege", name),
                    "name": name,
                    "accessright": right,
                },
                part.SYSTEM,
            )
    store.insert(
        part.table(store, "role"),
        {
            "roleid": ADMINISTRATOR.id,
            "name": "System Administrator",
            "businessunitid": Reference("businessunit", organization.BUSINESS_UNIT_ID),
        },
        part.SYSTEM,
    )
