"""Which columns of the platform's own does a form of ours show, and what are they called there?

Words as in Dynamics 365 in English and Dutch.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final

from dataverse.description.parts import Words


class Shows(Enum):
    """What a column of the platform's own is shown as."""

    PERSON = auto()
    MOMENT = auto()
    STATUS_REASON = auto()


PLATFORM_COLUMNS: Final[Mapping[str, tuple[Shows, Words]]] = {
    "ownerid": (Shows.PERSON, Words("Owner", "Eigenaar")),
    "createdon": (Shows.MOMENT, Words("Created On", "Gemaakt op")),
    "modifiedon": (Shows.MOMENT, Words("Modified On", "Gewijzigd op")),
    "statuscode": (Shows.STATUS_REASON, Words("Status Reason", "Statusreden")),
}
