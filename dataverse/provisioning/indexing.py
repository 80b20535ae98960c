"""When is the index of an alternate key ready?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dataverse.description.parts import Key, Table
from dataverse.errors import DataverseError
from dataverse.provisioning import metadata
from dataverse.provisioning.found import Index
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.work import path_of

CEILING_SECONDS: Final = 20 * 60.0
"""Microsoft's own samples wait five minutes; a table with many rows takes longer."""

_FIRST_WAIT_SECONDS: Final = 2.0
_LONGEST_WAIT_SECONDS: Final = 15.0
_MOST_REACTIVATIONS: Final = 2


class KeyNotReady(DataverseError):  # noqa: N818 - named for what is known, as its siblings are
    """The index cannot be built, or takes longer than anybody should wait."""


async def wait(sender: Sender, table: Table, key: Key, tell: Callable[[str], None]) -> None:
    """Return once the index is active.

    An index that failed is built anew, twice at most: it may have failed for a passing reason.

    Raises:
        KeyNotReady: it failed for good, or is not active after `CEILING_SECONDS`.
        DataverseError: it could not be asked.
    """
    clock, again, pause = sender.clock, 0, _FIRST_WAIT_SECONDS
    began = clock.monotonic()
    while True:  # bounded by the ceiling: each turn waits
        there = metadata.keys(await sender.rows(f"{path_of(table)}/Keys", f"Read keys of {table.name}")).get(
            key.name
        )
        passed = clock.monotonic() - began
        if there is not None and there.index is Index.ACTIVE:
            return
        if there is not None and there.index is Index.FAILED:
            if again == _MOST_REACTIVATIONS:
                raise KeyNotReady(
                    f"The index of {table.name}.{key.name} failed. Rows with equal values in"
                    f" {', '.join(key.columns)} are the usual reason: delete the doubles and run apply again."
                )
            again += 1
            await _reactivate(sender, table, key)
            tell(f"the index failed; it is built anew ({again} of {_MOST_REACTIVATIONS})")
        if passed >= CEILING_SECONDS:
            raise KeyNotReady(
                f"The index of {table.name}.{key.name} is not active after {CEILING_SECONDS / 60:.0f} minutes."
                " Dataverse goes on building it: run apply again later, it continues where it stopped."
            )
        tell(f"{'not seen yet' if there is None else there.index.value}, {passed:.0f} s")
        await clock.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_WAIT_SECONDS)


async def _reactivate(sender: Sender, table: Table, key: Key) -> None:
    body = {"EntityLogicalName": table.name, "EntityKeyLogicalName": key.name}
    await sender.write("POST", "ReactivateEntityKey", body, "ReactivateEntityKey", repeatable=True)
