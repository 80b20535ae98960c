"""How does everything of ours leave an environment, and nothing else?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dataverse import odata
from dataverse.errors import DataverseError, Rejected, RowGone, WrongPath
from dataverse.provisioning import ownership
from dataverse.provisioning.findings import Finding, Weight
from dataverse.provisioning.found import Found
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.wanted import Wanted

MOST_COUNTED: Final = 5000
"""The service counts no further (Microsoft Learn, "Count number of rows")."""

_DEPENDENCY: Final = "0x8004f01f"


@dataclass(frozen=True, slots=True)
class Removal:
    """One component to delete: where it stands, and what people call it."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"Delete {self.what}"


@dataclass(frozen=True, slots=True)
class Departure:
    """What goes, in this order, and what stays for which reason."""

    removals: tuple[Removal, ...]
    findings: tuple[Finding, ...]


class StillNeeded(DataverseError):  # noqa: N818 - named for what is known, as its siblings are
    """Something that is not ours depends on what was to be deleted."""


def plan(wanted: Wanted, found: Found) -> Departure:
    """What is ours and there, in an order in which nothing is needed any more when it goes.

    Tables are known as ours by our solution, so that goes after them; all else by its id.
    """
    hook = wanted.webhook
    removals: list[Removal] = []
    findings = list(ownership.solution_in_the_way(wanted, found))
    findings += [
        Finding(
            Weight.WARNING,
            f"Table {table.name} stays: it is not in solution {wanted.solution.unique_name}.",
            "If it is left over from this product, delete it in Power Apps.",
        )
        for table in wanted.tables
        if table.name in found.definitions and not found.owns(table.name)
    ]
    for step in found.steps:
        if step.id == hook.step_id:
            removals.append(
                Removal(f"sdkmessageprocessingsteps({step.id})", f"the webhook's step {step.name}")
            )
        elif step.endpoint == hook.endpoint_id:
            findings.append(
                Finding(
                    Weight.REFUSAL,
                    f"Another step posts to our webhook: {step.name}.",
                    "Delete it in the Plug-in Registration tool first.",
                )
            )
    removals += [
        Removal(f"serviceendpoints({one.id})", f"the webhook {one.name}")
        for one in found.endpoints
        if one.id == hook.endpoint_id
    ]
    feeds = {feed.id for feed in wanted.feeds}
    removals += [
        Removal(f"msdyn_postconfigs({one.id})", f"the Timeline's posts of table {one.table}")
        for one in found.feeds or ()
        if one.id in feeds
    ]
    removals += [
        Removal(
            f"EntityDefinitions(LogicalName={odata.literal(odata.name(table.name))})",
            f"table {table.words.en} ({table.name}) with its rows, columns, views and form",
        )
        for table in reversed(wanted.tables)
        if found.owns(table.name)
    ]
    removals += [
        Removal(f"webresourceset({one.id})", f"web resource {wanted.script.name}")
        for one in found.scripts
        if one.id == wanted.script.id
    ]
    roles = {role.id for role in wanted.roles}
    removals += [
        Removal(f"roles({one.id})", f"security role {one.name}") for one in found.roles if one.id in roles
    ]
    if found.solution is not None and found.solution.id == wanted.solution.id:
        removals.append(Removal(f"solutions({wanted.solution.id})", f"solution {wanted.solution.name}"))
    if any(one.id == wanted.publisher.id for one in found.publishers):
        removals.append(Removal(f"publishers({wanted.publisher.id})", f"publisher {wanted.publisher.name}"))
    return Departure(tuple(removals), tuple(findings))


async def rows(sender: Sender, wanted: Wanted, found: Found) -> tuple[tuple[str, int], ...]:
    """How many rows would go with each table of ours, `MOST_COUNTED` standing for that many or more.

    Raises:
        DataverseError: they could not be counted.
    """
    counted = []
    for table in wanted.tables:
        if found.owns(table.name):
            told = await sender.read(
                f"{odata.name(table.set_name)}?$select={table.name}id&$top=1&$count=true",
                f"Count {table.set_name}",
                there=True,
            )
            counted.append((table.name, int(told["@odata.count"])))
    return tuple(counted)


async def remove(sender: Sender, departure: Departure, tell: Callable[[str], None]) -> None:
    """Delete one after another; what has gone already counts as deleted.

    Raises:
        StillNeeded: something of somebody else depends on a component; what came before has gone.
        DataverseError: a deletion was refused or is unclear; another run goes on from there.
    """
    for number, removal in enumerate(departure.removals, 1):
        tell(f"[{number}/{len(departure.removals)}] {removal}")
        try:
            await _delete(sender, removal)
        except DataverseError as error:
            error.add_note(f"At the step: {removal}.")
            raise


async def _delete(sender: Sender, removal: Removal) -> None:
    try:
        await sender.write("DELETE", removal.path, None, "Delete", repeatable=True, component=False)
    except (RowGone, WrongPath) as error:
        if error.code is None:
            raise
    except Rejected as error:
        if (error.code or "").lower() != _DEPENDENCY:
            raise
        raise StillNeeded(
            f"Something that is not of this product depends on {removal.what}. In Power Apps, 'Show"
            " dependencies' of the component lists what: take that away, then run remove again.",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        ) from None
