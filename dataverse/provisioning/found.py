"""What is there in an environment, as far as it concerns the product?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from dataverse.provisioning.languages import Languages

type Labels = Mapping[int, str]
"""Text by language code."""

CONTRACT_WEBHOOK: Final = 8
"""`contract` of a service endpoint that is a webhook."""


@dataclass(frozen=True, slots=True)
class FoundPublisher:
    """A publisher with our unique name or our prefix."""

    id: UUID
    unique_name: str
    prefix: str
    option_prefix: int


@dataclass(frozen=True, slots=True)
class FoundSolution:
    """A solution with our unique name."""

    id: UUID
    version: str
    managed: bool
    publisher: UUID


@dataclass(frozen=True, slots=True)
class Definition:
    """What the metadata says of any table.

    Attributes:
        id: MetadataId.
        set_name: in addresses.
        type_code: ObjectTypeCode, chosen by the environment.
        managed: whether a managed solution brought it.
        owned_by_users: whether its rows have owners.
        notes: whether its rows can have notes.
        words: label of one row.
        plural: label of many.
        meaning: its description.
        privileges: id by type, such as `Read`.
    """

    id: UUID
    set_name: str
    type_code: int
    managed: bool
    owned_by_users: bool
    notes: bool
    words: Labels
    plural: Labels
    meaning: Labels
    privileges: Mapping[str, UUID]


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column of a table of ours.

    Attributes:
        kind: the Web API's name of the type without its ending, such as `String`.
        words: its label.
        meaning: its description.
        length: of text, in UTF-16 units.
        bounds: of a whole number.
        autonumber: its format, else empty.
        behavior: of a time, such as `UserLocal`.
        targets: of a lookup.
        options: of a choice; the label of each value.
    """

    kind: str
    words: Labels
    meaning: Labels
    length: int | None = None
    bounds: tuple[int, int] | None = None
    autonumber: str = ""
    behavior: str | None = None
    targets: frozenset[str] = frozenset()
    options: Mapping[int, Labels] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FoundStatus:
    """A status reason."""

    state: int
    words: Labels


class Index(Enum):
    """State of an alternate key's index; the value is the Web API's EntityKeyIndexStatus."""

    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    ACTIVE = "Active"
    FAILED = "Failed"


@dataclass(frozen=True, slots=True)
class FoundKey:
    """An alternate key."""

    columns: frozenset[str]
    index: Index


@dataclass(frozen=True, slots=True)
class FoundRelationship:
    """A relationship that a lookup of ours rests on."""

    column: str
    target: str
    navigation: str


@dataclass(frozen=True, slots=True)
class FoundView:
    """A view with an id of ours."""

    name: str
    fetch: str
    layout: str


@dataclass(frozen=True, slots=True)
class FoundForm:
    """The main form of a table of ours."""

    id: UUID
    name: str
    xml: str


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with the name of one of ours; keys of the mappings are logical, schema names and ids."""

    columns: Mapping[str, FoundColumn]
    statuses: Mapping[int, FoundStatus]
    keys: Mapping[str, FoundKey]
    relationships: Mapping[str, FoundRelationship]
    views: Mapping[UUID, FoundView]
    form: FoundForm | None


@dataclass(frozen=True, slots=True)
class FoundScript:
    """A web resource with our name."""

    id: UUID
    content: bytes


@dataclass(frozen=True, slots=True)
class FoundRole:
    """A role with our id or our name.

    Attributes:
        id: of the row.
        name: of the role.
        rights: ids of privileges, each with its depth; without those that the platform gives each role.
        of_the_platform: ids of those.
    """

    id: UUID
    name: str
    rights: frozenset[tuple[UUID, str]] = frozenset()
    of_the_platform: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A configuration of posts for a table."""

    id: UUID
    table: str
    wall: bool
    active: bool


@dataclass(frozen=True, slots=True)
class FoundEndpoint:
    """A webhook, or another service endpoint with our id or our name."""

    id: UUID
    name: str
    contract: int
    url: str
    authentication: int
    key_set: bool


@dataclass(frozen=True, slots=True)
class FoundStep:
    """A step with our id, one that posts to our endpoint, or one on created jobs."""

    id: UUID
    name: str
    endpoint: UUID | None
    filter: UUID | None
    stage: int
    mode: int
    enabled: bool


@dataclass(frozen=True, slots=True)
class FoundUser:
    """The application user that was asked for; `roles` are those it has."""

    id: UUID
    roles: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Found:
    """The environment at the moment it was read.

    Attributes:
        languages: base language and those that labels may have.
        business_unit: the root.
        publishers: with our unique name or our prefix.
        solution: with our unique name.
        components: ids of what is in that solution.
        definitions: of every table of interest that exists, by logical name.
        tables: those with our names, by logical name.
        scripts: with our name.
        roles: with our ids or names, in the root business unit.
        feeds: of the tables of interest; None in an environment without activity feeds.
        endpoints: every webhook, and what else has our id or name.
        steps: with our id, posting to our endpoint, or on created rows of the webhook's table.
        create_filter: what ties a step to the creation of rows of the webhook's table; None without it.
        user: the application user; None where there is none, or none was asked for.
    """

    languages: Languages
    business_unit: UUID
    publishers: tuple[FoundPublisher, ...] = ()
    solution: FoundSolution | None = None
    components: frozenset[UUID] = frozenset()
    definitions: Mapping[str, Definition] = field(default_factory=dict)
    tables: Mapping[str, FoundTable] = field(default_factory=dict)
    scripts: tuple[FoundScript, ...] = ()
    roles: tuple[FoundRole, ...] = ()
    feeds: tuple[FoundFeed, ...] | None = None
    endpoints: tuple[FoundEndpoint, ...] = ()
    steps: tuple[FoundStep, ...] = ()
    create_filter: UUID | None = None
    user: FoundUser | None = None

    def owns(self, table: str) -> bool:
        """Whether the table exists and is in our solution, unmanaged."""
        definition = self.definitions.get(table)
        return definition is not None and not definition.managed and definition.id in self.components

    def endpoints_at(self, url: str) -> frozenset[UUID]:
        """Ids of the endpoints that post to this address, whatever key they show there."""
        return frozenset(one.id for one in self.endpoints if _address(one.url) == _address(url))


def _address(url: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ("", url, "")
    shown = "" if port in (None, 443) else f":{port}"
    return (parts.scheme, f"{host}{shown}", parts.path.rstrip("/").lower())
