"""What makes up an installation, beside the tables themselves?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from dataverse.description.automation import AUTOMATION
from dataverse.description.job import FORM_SCRIPT, JOB
from dataverse.description.parts import Role, Table, Words, fixed_id
from dataverse.description.roles import APPLICATION, MANAGER, USER
from dataverse.tables import ENTITY_SETS

VERSION: Final = "0.1.0"
"""Of the solution; goes with the project's own."""


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who the components are by: every name begins with `prefix`, every option value with `option_prefix`."""

    id: UUID
    unique_name: str
    name: str
    prefix: str
    option_prefix: int


@dataclass(frozen=True, slots=True)
class Solution:
    """What holds all components together, so that they can be exported."""

    id: UUID
    unique_name: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Script:
    """A web resource of JavaScript, and the file it is made of."""

    id: UUID
    name: str
    words: Words
    file: Path


@dataclass(frozen=True, slots=True)
class Webhook:
    """The endpoint that a created row of `table` is posted to, and the step that does it."""

    endpoint_id: UUID
    endpoint_name: str
    step_id: UUID
    step_name: str
    table: str
    message: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A table whose rows get a wall for posts; `id` is that of the configuration, where we make it."""

    id: UUID
    table: str


PUBLISHER: Final = Publisher(fixed_id("publisher"), "spotlerjobs", "Spotler Jobs", "spotler", 72400)
SOLUTION: Final = Solution(fixed_id("solution"), "SpotlerJobs", "Spotler Jobs for Dataverse", VERSION)

TABLES: Final[tuple[Table, ...]] = (AUTOMATION, JOB)
"""In an order in which they can be made: a lookup comes after the table it points at."""

ROLES: Final[tuple[Role, ...]] = (APPLICATION, USER, MANAGER)

SCRIPT: Final = Script(
    fixed_id("script job form"),
    FORM_SCRIPT,
    Words("Spotler Job: form", "Spotler-job: formulier"),
    Path(__file__).parents[1] / "form" / "job_form.js",
)

WEBHOOK: Final = Webhook(
    fixed_id("service endpoint"),
    "Spotler Jobs intake",
    fixed_id("step create of spotler_job"),
    "Spotler Jobs intake: Create of spotler_job",
    JOB.name,
    "Create",
)

FEEDS: Final[tuple[Feed, ...]] = tuple(Feed(fixed_id(f"feed {table}"), table) for table in ENTITY_SETS)
