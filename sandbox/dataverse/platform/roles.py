"""What may a security role be called, and which privileges may it get?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.access import ADMINISTRATOR, DEPTHS, Access
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import Problem, bad_payload, bad_value
from sandbox.dataverse.store import Row, Store
from sandbox.dataverse.values import guid


class Roles(Part):
    """A role belongs to the business unit and has a name of its own; System Administrator stays as it is."""

    def creating(self, values: dict[str, Value]) -> None:
        """A name and the business unit."""
        part.required(values, "role", "name", "businessunitid")
        part.unique(self.store, "role", "name", values["name"])

    def created(self, row: Row, solution: str | None) -> None:  # noqa: ARG002 - of every part
        """What each role may do from its beginning."""
        Access(self.store).begin(row.reference)

    def updating(self, row: Row, changes: dict[str, Value]) -> None:
        """The same."""
        refuse_administrator(row.reference)
        part.kept(row, changes, "role", "name", "businessunitid")
        if "name" in changes:
            part.unique(self.store, "role", "name", changes["name"], row.id)

    def deleting(self, row: Row) -> None:
        """Not System Administrator; of others, what users have of them goes along."""
        refuse_administrator(row.reference)


def refuse_administrator(role: Reference) -> None:
    """Refuse a change of System Administrator.

    Raises:
        Problem: 400.
    """
    if role == ADMINISTRATOR:
        raise bad_value("The role System Administrator cannot be changed or deleted.", "0x80041d36")


class RolePrivileges:
    """The actions and the function that write and tell a role's privileges."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    def add(self, role: Row, body: Mapping[str, Any]) -> None:
        """`AddPrivilegesRole`.

        Raises:
            Problem: 400, a privilege is not there or is not given rightly.
        """
        refuse_administrator(role.reference)
        for privilege, depth in self._given(body):
            self._access.grant(role.reference, privilege, depth)
        self._access.impose(role.reference)

    def replace(self, role: Row, body: Mapping[str, Any]) -> None:
        """`ReplacePrivilegesRole`: these and no others.

        Raises:
            Problem: as of `add`.
        """
        refuse_administrator(role.reference)
        given = self._given(body)
        self._access.revoke(role.reference)
        for privilege, depth in given:
            self._access.grant(role.reference, privilege, depth)
        self._access.impose(role.reference)

    def remove(self, role: Row, body: Mapping[str, Any]) -> None:
        """`RemovePrivilegeRole`.

        Raises:
            Problem: 400, there is no such privilege.
        """
        refuse_administrator(role.reference)
        self._access.revoke(role.reference, self._privilege(body.get("PrivilegeId")).id)

    def told(self, role: Row) -> list[dict[str, Any]]:
        """What `RetrieveRolePrivilegesRole` tells."""
        return [
            {
                "Depth": depth,
                "PrivilegeId": privilege.id,
                "BusinessUnitId": organization.BUSINESS_UNIT_ID,
                "PrivilegeName": part.text_of(privilege, "name"),
                "RecordFilterId": "00000000-0000-0000-0000-000000000000",
                "RecordFilterUniqueName": "",
            }
            for privilege, depth in self._access.held(role.reference)
        ]

    def _given(self, body: Mapping[str, Any]) -> list[tuple[Row, str]]:
        given = body.get("Privileges")
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise bad_payload("The parameter 'Privileges' must be a list of RolePrivilege.")
        return [self._one(one) for one in given]

    def _one(self, given: Mapping[str, Any]) -> tuple[Row, str]:
        for name in given:
            if name not in {"@odata.type", "PrivilegeId", "Depth", "BusinessUnitId", "PrivilegeName"}:
                raise bad_payload(
                    f"Invalid property '{name}' was found in 'Microsoft.Dynamics.CRM.RolePrivilege'."
                )
        depth, unit = given.get("Depth"), given.get("BusinessUnitId", organization.BUSINESS_UNIT_ID)
        if depth not in DEPTHS:
            raise bad_payload(f"The depth of a privilege must be one of {', '.join(DEPTHS)}.")
        if not isinstance(unit, str) or guid(unit) != organization.BUSINESS_UNIT_ID:
            raise bad_value("The business unit of a privilege must be that of its role.")
        return self._privilege(given.get("PrivilegeId")), depth

    def _privilege(self, given: object) -> Row:
        found = guid(given) if isinstance(given, str) else None
        row = part.row_of(self._store, "privilege", found) if found else None
        if row is None:
            raise Problem(400, "0x80040217", f"There is no privilege with the id '{given}'.")
        return row
