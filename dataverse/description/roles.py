"""Which rights do the app and the people need, and no others?"""

from __future__ import annotations

from typing import Final

from dataverse.description.parts import Grant, Right, Role, fixed_id
from dataverse.tables import ENTITY_SETS, Automation, Job, Post, SystemJob

_PEOPLE_AND_COMPANIES: Final = tuple(ENTITY_SETS)

APPLICATION: Final = Role(
    fixed_id("role application"),
    "Spotler Jobs Application",
    "the application user that the Functions app signs in as",
    (
        Grant(Job.TABLE, (Right.READ, Right.WRITE), "claims jobs and writes their results"),
        Grant(
            Automation.TABLE,
            (Right.CREATE, Right.READ, Right.WRITE, Right.APPEND_TO),
            "keeps the catalogue and notes what changed; withdrawn automations are deactivated, never deleted",
        ),
        *(
            Grant(
                table,
                (Right.READ, Right.APPEND_TO),
                "reads the external contact id; shows starts in its Timeline",
            )
            for table in _PEOPLE_AND_COMPANIES
        ),
        Grant(
            Post.TABLE,
            (Right.CREATE, Right.APPEND),
            "posts successful starts; absent without activity feeds",
            optional=True,
        ),
        Grant(
            "annotation",
            (Right.CREATE, Right.APPEND),
            "notes what changed in the catalogue, and successful starts where posts are not available",
        ),
        Grant(
            SystemJob.TABLE,
            (Right.READ,),
            "counts the webhook deliveries that failed, for the status page",
        ),
    ),
)

MANAGER: Final = Role(
    fixed_id("role manager"),
    "Spotler Jobs Manager",
    "people who may hold or slow down an automation for everybody, beside the role Spotler Jobs User",
    (
        Grant(
            Automation.TABLE,
            (Right.READ, Right.WRITE),
            "sets and lifts its brakes; the app writes everything else on the row",
        ),
    ),
)

USER: Final = Role(
    fixed_id("role user"),
    "Spotler Jobs User",
    "people who create jobs and read their results, beside their other roles",
    (
        Grant(
            Job.TABLE,
            (Right.CREATE, Right.READ, Right.WRITE, Right.APPEND),
            "creates, deactivates and activates jobs",
        ),
        Grant(Automation.TABLE, (Right.READ, Right.APPEND_TO), "chooses an automation"),
        *(
            Grant(
                table,
                (Right.APPEND_TO,),
                "chooses for whom the job is, among those that other roles let them see",
            )
            for table in _PEOPLE_AND_COMPANIES
        ),
    ),
)
