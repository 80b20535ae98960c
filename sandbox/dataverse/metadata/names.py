"""What may a new piece of metadata be called?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from sandbox.dataverse.metadata import members
from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.rules import Rules
from sandbox.dataverse.store import Store

_NAME: Final = re.compile(r"([A-Za-z][A-Za-z0-9]{1,7})_([A-Za-z0-9_]+)")
_LONGEST: Final = 100


def schema_name(store: Store, rules: Rules, solution: str | None, body: Mapping[str, Any]) -> str:
    """The schema name that a body gives; its lower case is the logical name.

    Raises:
        Problem: 400, there is none, it is badly formed, it does not begin with the prefix of the solution's
            publisher, or `LogicalName` says something else.
    """
    name = members.text(body, "SchemaName")
    found = _NAME.fullmatch(name)
    if found is None or len(name) > _LONGEST:
        raise bad_value(
            f"The schema name '{name}' is not valid: it must begin with a customization prefix and an "
            f"underscore, hold only letters, digits and underscores, and have at most {_LONGEST} characters."
        )
    prefix = found[1].lower()
    wanted = _prefixes(store, rules, solution)
    if wanted is not None and prefix not in wanted:
        raise bad_value(
            f"The schema name '{name}' does not begin with the customization prefix of the publisher of the "
            f"solution: expected {', '.join(sorted(wanted)) or 'one of a publisher that exists'}."
        )
    logical = members.optional_text(body, "LogicalName")
    if logical not in {None, name.lower()}:
        raise bad_value(f"The logical name of '{name}' must be '{name.lower()}'.")
    return name


def option_prefix(store: Store, schema_name: str) -> int:
    """What option values begin with that the platform chooses for a column of this name."""
    prefix = schema_name.partition("_")[0].lower()
    table = store.schema.by_name.get("publisher")
    for row in () if table is None else store.rows(table):
        number = row.values.get("customizationoptionvalueprefix")
        if row.values.get("customizationprefix") == prefix and isinstance(number, int):
            return number
    return 10_000


def _prefixes(store: Store, rules: Rules, solution: str | None) -> set[str] | None:
    """The prefixes that will do; None for any."""
    wanted = rules.prefix(solution)
    if wanted is not None:
        return {wanted}
    publishers = store.schema.by_name.get("publisher")
    if publishers is None:
        return None
    found = [row.values.get("customizationprefix") for row in store.rows(publishers)]
    return {one for one in found if isinstance(one, str)}
