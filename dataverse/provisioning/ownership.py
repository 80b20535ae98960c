"""May we write here at all, or is something in the way that is not ours?"""

from __future__ import annotations

from collections.abc import Iterator

from dataverse.provisioning.findings import Finding, Weight
from dataverse.provisioning.found import Found
from dataverse.provisioning.wanted import Wanted


def in_the_way(wanted: Wanted, found: Found) -> Iterator[Finding]:
    """Everything that is a reason to write nothing, and what comes near it."""
    yield from _publishers(wanted, found)
    yield from solution_in_the_way(wanted, found)
    yield from _tables(wanted, found)
    yield from _components(wanted, found)


def release(version: str) -> tuple[int, ...]:
    """A version's four numbers; what is not given, or is no number, counts as zero."""
    numbers = [int(part) if part.isdecimal() else 0 for part in version.split(".")][:4]
    return (*numbers, *([0] * (4 - len(numbers))))


def _refusal(what: str, mend: str) -> Finding:
    return Finding(Weight.REFUSAL, what, mend)


def _publishers(wanted: Wanted, found: Found) -> Iterator[Finding]:
    ours = wanted.publisher
    for one in found.publishers:
        if one.unique_name == ours.unique_name:
            if one.id != ours.id:
                yield _refusal(
                    f"Publisher {one.unique_name} exists and was not made by this product.",
                    "Rename or delete it in Power Apps, then run this again.",
                )
            elif (one.prefix, one.option_prefix) != (ours.prefix, ours.option_prefix):
                yield _refusal(
                    f"Publisher {one.unique_name} has prefix {one.prefix} and option prefix {one.option_prefix}.",
                    f"Set them back to {ours.prefix} and {ours.option_prefix} in Power Apps.",
                )
        else:
            yield Finding(
                Weight.WARNING,
                f"Publisher {one.unique_name} uses the prefix {one.prefix} too.",
                "Its components stay untouched; names that collide are refused one by one.",
            )


def solution_in_the_way(wanted: Wanted, found: Found) -> Iterator[Finding]:
    """Whether the solution with our name is one that we may work on."""
    one, ours = found.solution, wanted.solution
    if one is None:
        return
    if one.managed:
        yield _refusal(
            f"Solution {ours.unique_name} was imported as managed.",
            "Update or remove it as a managed solution; this program works on unmanaged ones.",
        )
    elif one.publisher != wanted.publisher.id:
        yield _refusal(
            f"Solution {ours.unique_name} exists and belongs to another publisher.",
            "Rename or delete it in Power Apps, then run this again.",
        )
    elif one.id != ours.id:
        yield _refusal(
            f"Solution {ours.unique_name} exists and was not made by this product.",
            "Delete it in Power Apps, which leaves its components in place, and see what is told then.",
        )
    if release(one.version) > release(ours.version):
        yield _refusal(
            f"Solution {ours.unique_name} has version {one.version}; this program installs {ours.version}.",
            "Use the program of the newer version.",
        )


def _tables(wanted: Wanted, found: Found) -> Iterator[Finding]:
    for table in wanted.tables:
        definition = found.definitions.get(table.name)
        if definition is None or found.owns(table.name):
            continue
        if definition.managed:
            yield _refusal(
                f"Table {table.name} exists and came with a managed solution.",
                "Uninstall that solution first.",
            )
        else:
            yield _refusal(
                f"Table {table.name} exists outside solution {wanted.solution.unique_name}.",
                "If it is left over from this product, add it to that solution in Power Apps; else delete it.",
            )
    for name in wanted.neighbours:
        if name not in found.definitions:
            yield _refusal(
                f"Table {name} is missing, and jobs point at it.",
                "It comes with Dynamics 365 Sales or another app of Dynamics 365: install that first.",
            )


def _components(wanted: Wanted, found: Found) -> Iterator[Finding]:
    for script in found.scripts:
        if script.id != wanted.script.id:
            yield _refusal(
                f"Web resource {wanted.script.name} exists and was not made by this product.",
                "Delete it in Power Apps, then run this again.",
            )
    ours = {role.id for role in wanted.roles}
    for role in found.roles:
        if role.id not in ours:
            yield _refusal(
                f"Security role {role.name} exists and was not made by this product.",
                "Rename or delete it, then run this again.",
            )
    for endpoint in found.endpoints:
        # Dataverse compares names without regard to case.
        named = endpoint.name.casefold() == wanted.webhook.endpoint_name.casefold()
        if named and endpoint.id != wanted.webhook.endpoint_id:
            yield _refusal(
                f"Service endpoint {endpoint.name} exists and was not made by this product;"
                " every job would be posted twice.",
                "Delete it with its steps in the Plug-in Registration tool, then run this again.",
            )
