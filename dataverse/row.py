"""What does a row that was read say?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

_LOOKUP_TABLE = "@Microsoft.Dynamics.CRM.lookuplogicalname"


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of one row, with the version they were read at.

    Attributes:
        etag: opaque; what `Update.if_match` takes. None where the service gave none.
        values: columns and annotations as they came.
    """

    etag: str | None
    values: Mapping[str, Any]

    @classmethod
    def read(cls, members: Mapping[str, Any], etag: str | None = None) -> Self:
        """A row from its JSON object; `etag` stands in where the object has none."""
        own = members.get("@odata.etag")
        return cls(own if isinstance(own, str) else etag, members)

    def __getitem__(self, column: str) -> Any:
        """The column's value, None where it has none.

        Raises:
            KeyError: the column was not asked for.
        """
        return self.values[column]

    def get(self, column: str) -> Any:
        """The column's value, None where it has none or was not asked for."""
        return self.values.get(column)

    def id(self, column: str) -> UUID | None:
        """The GUID in a column: a primary key, or a lookup by its value name.

        Raises:
            KeyError: the column was not asked for.
            ValueError: it does not hold a GUID.
        """
        value = self.values[column]
        return None if value is None else UUID(value)

    def time(self, column: str) -> datetime | None:
        """The time in a column, aware, in UTC.

        Raises:
            KeyError: the column was not asked for.
            ValueError: it does not hold a time.
        """
        value = self.values[column]
        if value is None:
            return None
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def lookup_table(self, column: str) -> str | None:
        """Logical name of the table a lookup points into; None where it is empty.

        Args:
            column: the lookup's value name, such as `_spotler_customerid_value`.
        """
        table = self.values.get(column + _LOOKUP_TABLE)
        return table if isinstance(table, str) else None

    def expanded(self, navigation: str) -> Row | None:
        """The row a followed lookup points at; None where it is empty.

        Raises:
            KeyError: the lookup was not expanded.
        """
        members = self.values[navigation]
        return None if members is None else Row.read(members)
