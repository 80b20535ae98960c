"""Which status reason goes with which state?"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.dataverse.columns import Value
from sandbox.dataverse.problems import bad_value
from sandbox.dataverse.table import Table


def completed(table: Table, before: Mapping[str, Value], changes: Mapping[str, Value]) -> dict[str, Value]:
    """`changes` with the status reason that the platform adds.

    A state without a reason takes the state's first reason. `before` is empty for a new row.

    Raises:
        Problem: 400 0x80048408, the reason does not belong to the state.
    """
    reasons = table.statuses
    whole = dict(changes)
    if reasons is None or not {"statecode", "statuscode"} & set(changes):
        return whole
    state = changes.get("statecode", before.get("statecode", table.by_name["statecode"].default))
    if "statuscode" not in changes:
        whole["statuscode"] = next(option.value for option in reasons.options if option.state == state)
        return whole
    reason = changes["statuscode"]
    if not any(option.value == reason and option.state == state for option in reasons.options):
        raise bad_value(
            f"{reason} is not a valid status code for state code {state} on entity '{table.name}'.",
            "0x80048408",
        )
    return whole
