"""How does the platform refuse to delete what others depend on?"""

from __future__ import annotations

from sandbox.dataverse.problems import Problem, bad_value


def depended_on(what: str, row_id: str, by: int) -> Problem:
    """400 0x8004f01f."""
    return bad_value(
        f"The {what}({row_id}) component cannot be deleted because it is referenced by {by} other components. "
        "For a list of referenced components, use the RetrieveDependenciesForDeleteRequest.",
        "0x8004f01f",
    )
