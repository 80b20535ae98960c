"""Who are the users, and how does one come into being?"""

from __future__ import annotations

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Reference, Value
from sandbox.dataverse.platform import part
from sandbox.dataverse.platform.access import ADMINISTRATOR, Access
from sandbox.dataverse.platform.part import Part
from sandbox.dataverse.problems import not_imitated
from sandbox.dataverse.store import Store

_UNIT = Reference("businessunit", organization.BUSINESS_UNIT_ID)


class Users(Part):
    """People come from the directory; an application user is made for a registration of its own."""

    def creating(self, values: dict[str, Value]) -> None:
        """An application id and the business unit; the name follows from the registration."""
        application = values.get("applicationid")
        if application is None:
            raise not_imitated("making users other than application users")
        part.required(values, "systemuser", "businessunitid")
        part.unique(self.store, "systemuser", "applicationid", application)
        # The real name is that of the registration, which the sandbox has no directory for.
        values["fullname"] = f"# {application}"


def known_user(store: Store, name: str) -> Reference:
    """The user of that name, made on first sight as a System Administrator."""
    reference = Reference("systemuser", organization.user_id(name))
    if store.referenced(reference) is not None:
        return reference
    named = part.rows(store, "systemuser", fullname=name)
    if named:
        return named[0].reference
    _insert(store, reference, name, None)
    Access(store).assign(reference, ADMINISTRATOR)
    return reference


def plant(store: Store) -> None:
    """The system and the app's application user, who has no role yet."""
    known_user(store, organization.SYSTEM)
    application = Reference("systemuser", organization.user_id(organization.APPLICATION))
    _insert(store, application, organization.APPLICATION, organization.APPLICATION_ID)


def _insert(store: Store, user: Reference, name: str, application: str | None) -> None:
    store.insert(
        part.table(store, "systemuser"),
        {
            "systemuserid": user.id,
            "fullname": name,
            "applicationid": application,
            "azureactivedirectoryobjectid": organization.directory_id(user.id),
            "businessunitid": _UNIT,
        },
        user,
    )
