"""Which environment is this, and who are its users?"""

from __future__ import annotations

from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

_SPACE = uuid5(NAMESPACE_URL, "spotler-jobs-sandbox")

ORGANIZATION_ID: Final = str(uuid5(_SPACE, "organization"))
ORGANIZATION_NAME: Final = f"unq{ORGANIZATION_ID.replace('-', '')[:29]}"
BUSINESS_UNIT_ID: Final = str(uuid5(_SPACE, "businessunit"))
HOST: Final = "sandbox.crm4.dynamics.com"
APPLICATION: Final = "# Spotler Jobs"
"""Name of the application user that the app signs in as."""

APPLICATION_ID: Final = "00000000-0000-0000-0000-0000000000a1"
"""Application id of its registration in the directory."""

SYSTEM: Final = "SYSTEM"


def user_id(name: str) -> str:
    """The systemuser id of a user of that name."""
    return str(uuid5(_SPACE, f"user:{name}"))


def component_id(kind: str, name: str) -> str:
    """The id of a row that the platform itself makes, such as a message or a default view."""
    return str(uuid5(_SPACE, f"{kind}:{name}"))


def directory_id(row_id: str) -> str:
    """The directory's object id of a systemuser."""
    return str(uuid5(_SPACE, f"directory:{row_id}"))


def metadata_id(name: str) -> str:
    """The MetadataId of a table, column, key or relationship."""
    return str(uuid5(_SPACE, f"metadata:{name}"))


def who_am_i(root: str, user: str) -> dict[str, Any]:
    """The answer of the function WhoAmI."""
    return {
        "@odata.context": f"{root}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse",
        "BusinessUnitId": BUSINESS_UNIT_ID,
        "UserId": user,
        "OrganizationId": ORGANIZATION_ID,
    }
