"""Which rows are there from the start, and how are more added?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sandbox.control import Refused
from sandbox.dataverse import states, writing
from sandbox.dataverse.engine import Engine
from sandbox.dataverse.platform.part import SYSTEM
from sandbox.dataverse.platform.tables import PLATFORM
from sandbox.dataverse.problems import Problem
from sandbox.dataverse.store import Store


def _person(number: int, prefix: int, first: str, last: str, **more: Any) -> dict[str, Any]:
    address = f"{first}.{last}".replace(" ", ".").lower()
    return {
        "id": f"{str(prefix) * 8}-0000-4000-8000-{number:012}",
        "firstname": first,
        "lastname": last,
        "emailaddress1": f"{address}@example.org",
        **more,
    }


_CONTOSO: Final = "11111111-0000-4000-8000-000000000001"
_FABRIKAM: Final = "11111111-0000-4000-8000-000000000002"

FIRST_ROWS: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "accounts": (
        {
            "id": _CONTOSO,
            "name": "Contoso",
            "accountnumber": "C-1001",
            "emailaddress1": "info@contoso.example.org",
        },
        {
            "id": _FABRIKAM,
            "name": "Fabrikam",
            "accountnumber": "C-1002",
            "emailaddress1": "info@fabrikam.example.org",
        },
    ),
    "contacts": (
        _person(1, 2, "Kim", "Jansen", **{"parentcustomerid_account@odata.bind": f"/accounts({_CONTOSO})"}),
        _person(2, 2, "Sam", "de Vries", **{"parentcustomerid_account@odata.bind": f"/accounts({_CONTOSO})"}),
        _person(3, 2, "Noor", "Bakker", **{"parentcustomerid_account@odata.bind": f"/accounts({_FABRIKAM})"}),
        _person(4, 2, "Lot", "Visser"),
    ),
    "leads": (
        _person(1, 3, "Robin", "Smit", subject="Interested in the new range", companyname="Northwind"),
        _person(2, 3, "Alex", "Mulder", subject="Asked for a brochure", companyname="Tailspin"),
    ),
}


def plant(store: Store, engine: Engine) -> None:
    """Put the first rows into an empty store."""
    add(store, engine, {name: list(rows) for name, rows in FIRST_ROWS.items()})


def add(store: Store, engine: Engine, given: Mapping[str, Any]) -> dict[str, int]:
    """Add rows, or change those that are there; gives how many of each set.

    A row has the members of a POST, `id` or the primary key's own name, and may also set what only the
    platform writes (`createdon`, `modifiedon`, ...). No webhook is fired.

    Raises:
        Refused: a set or a row is not acceptable; nothing is added then.
    """
    counts: dict[str, int] = {}
    with store.transaction():
        for set_name, rows in given.items():
            if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise Refused(f"{set_name!r} must be a list of rows.")
            for number, row in enumerate(rows):
                try:
                    _add(store, engine, set_name, row)
                except Problem as problem:
                    raise Refused(f"{set_name}[{number}]: {problem.message}") from problem
            counts[set_name] = len(rows)
    return counts


def _add(store: Store, engine: Engine, set_name: str, row: Mapping[str, Any]) -> None:
    table = store.schema.by_set.get(set_name)
    if table is None or not table.served:
        raise Refused(f"There is no set {set_name!r} in the sandbox.")
    if table.name in PLATFORM:
        raise Refused(f"Rows of {set_name!r} are made through the Web API alone.")
    body = dict(row)
    if "id" in body:
        body[table.id_column] = body.pop("id")
    values = writing.read(table, body, engine.resolve, all_columns=True).values
    row_id = values.get(table.id_column)
    existing = store.get(table, row_id) if isinstance(row_id, str) else None
    before = {} if existing is None else existing.values
    whole = states.completed(table, before, values)
    if existing is None:
        store.insert(table, whole, SYSTEM)
    else:
        store.update(existing, whole, SYSTEM)
