"""Which single changes bring an environment to what is described, and how are they told to people?

Each step is one thing that is there afterwards. What it needs from the environment, such as an id that was
chosen there, is read when it is carried out. No step holds a secret.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from dataverse.description.installed import Feed, Publisher, Script, Solution, Webhook
from dataverse.description.parts import (
    Column,
    Customer,
    Key,
    Lookup,
    Memo,
    Option,
    Role,
    Table,
    Text,
    View,
)


@dataclass(frozen=True, slots=True)
class CreatePublisher:
    """The publisher comes into being."""

    publisher: Publisher

    def __str__(self) -> str:
        return f"Create publisher {self.publisher.name} (prefix {self.publisher.prefix})"


@dataclass(frozen=True, slots=True)
class CreateSolution:
    """The solution comes into being, marked as unfinished."""

    solution: Solution

    def __str__(self) -> str:
        return f"Create solution {self.solution.name} ({self.solution.unique_name})"


@dataclass(frozen=True, slots=True)
class OpenSolution:
    """The solution is marked as unfinished until everything is published."""

    solution: Solution

    def __str__(self) -> str:
        return f"Mark solution {self.solution.unique_name} as being changed"


@dataclass(frozen=True, slots=True)
class CreateTable:
    """A table with its primary name column comes into being."""

    table: Table

    def __str__(self) -> str:
        return f"Create table {self.table.words.en} ({self.table.name})"


@dataclass(frozen=True, slots=True)
class AllowNotes:
    """Rows of a table that is there already may have notes."""

    table: Table

    def __str__(self) -> str:
        return f"Allow notes on table {self.table.name}"


@dataclass(frozen=True, slots=True)
class RewordTable:
    """The labels of a table are put right."""

    table: Table

    def __str__(self) -> str:
        return f"Update the labels of table {self.table.name}"


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A column comes into being; a lookup with its relationship."""

    table: Table
    column: Column

    def __str__(self) -> str:
        return f"Add column {self.column.words.en} ({self.table.name}.{self.column.name}): {self._kind()}"

    def _kind(self) -> str:
        match self.column.kind:
            case Text(length, autonumber):
                return f"numbered {autonumber}" if autonumber else f"text of {length} characters"
            case Memo(length):
                return f"text of several lines, {length} characters"
            case Lookup(target):
                return f"lookup to {target}"
            case Customer():
                return "customer, an account or a contact"
            case kind:
                plain = {
                    "Whole": "whole number",
                    "YesNo": "yes or no",
                    "Moment": "date and time",
                    "Choice": "choice",
                }
                return plain[type(kind).__name__]


@dataclass(frozen=True, slots=True)
class ChangeColumn:
    """A column's labels or bounds are put right."""

    table: Table
    column: Column

    def __str__(self) -> str:
        return f"Update column {self.table.name}.{self.column.name} to its description"


@dataclass(frozen=True, slots=True)
class AddOption:
    """A choice gets one more option."""

    table: Table
    column: Column
    option: Option

    def __str__(self) -> str:
        return (
            f"Add option {self.option.words.en} ({int(self.option.value)}) to"
            f" {self.table.name}.{self.column.name}"
        )


@dataclass(frozen=True, slots=True)
class RewordOption:
    """The label of an option is put right."""

    table: Table
    column: Column
    option: Option

    def __str__(self) -> str:
        return (
            f"Update the label of option {int(self.option.value)} of {self.table.name}.{self.column.name}"
            f" to {self.option.words.en}"
        )


@dataclass(frozen=True, slots=True)
class AddStatus:
    """A table gets one more status reason."""

    table: Table
    option: Option

    def __str__(self) -> str:
        return f"Add status reason {self.option.words.en} ({int(self.option.value)}) to {self.table.name}"


@dataclass(frozen=True, slots=True)
class RewordStatus:
    """The label of a status reason is put right."""

    table: Table
    option: Option

    def __str__(self) -> str:
        return (
            f"Update the label of status reason {int(self.option.value)} of {self.table.name}"
            f" to {self.option.words.en}"
        )


@dataclass(frozen=True, slots=True)
class AddKey:
    """An alternate key comes into being; its index is built afterwards."""

    table: Table
    key: Key

    def __str__(self) -> str:
        return f"Add alternate key {self.key.words.en} ({self.table.name}.{self.key.name})"


@dataclass(frozen=True, slots=True)
class AwaitKey:
    """The index of an alternate key becomes active."""

    table: Table
    key: Key

    def __str__(self) -> str:
        return f"Wait for the index of alternate key {self.table.name}.{self.key.name}"


@dataclass(frozen=True, slots=True)
class CreateScript:
    """The script comes into being as a web resource."""

    script: Script

    def __str__(self) -> str:
        return f"Create web resource {self.script.name}"


@dataclass(frozen=True, slots=True)
class WriteScript:
    """The web resource gets the content of the file."""

    script: Script

    def __str__(self) -> str:
        return f"Update the content of web resource {self.script.name}"


@dataclass(frozen=True, slots=True)
class CreateView:
    """A view comes into being."""

    table: Table
    view: View

    def __str__(self) -> str:
        return f"Create view {self.view.words.en} of {self.table.name}"


@dataclass(frozen=True, slots=True)
class WriteView:
    """A view shows what is described."""

    table: Table
    view: View

    def __str__(self) -> str:
        return f"Update view {self.view.words.en} of {self.table.name}"


@dataclass(frozen=True, slots=True)
class NameView:
    """A view has its name in every language."""

    table: Table
    view: View

    def __str__(self) -> str:
        return f"Name view {self.view.words.en} of {self.table.name} in every language"


@dataclass(frozen=True, slots=True)
class WriteForm:
    """The main form shows what is described."""

    table: Table

    def __str__(self) -> str:
        return f"Arrange the main form of {self.table.name}"


@dataclass(frozen=True, slots=True)
class NameForm:
    """The main form has its name in every language."""

    table: Table

    def __str__(self) -> str:
        return f"Name the main form of {self.table.name} in every language"


@dataclass(frozen=True, slots=True)
class CreateRole:
    """A security role comes into being, without rights."""

    role: Role

    def __str__(self) -> str:
        return f"Create security role {self.role.name}: for {self.role.whom}"


@dataclass(frozen=True, slots=True)
class GrantRights:
    """A role has all its rights; `exactly` also takes away all others."""

    role: Role
    exactly: bool

    def __str__(self) -> str:
        if self.exactly:
            return f"Give security role {self.role.name} exactly its rights"
        return f"Add the missing rights to security role {self.role.name}"


@dataclass(frozen=True, slots=True)
class CreateFeed:
    """Rows of a table get a wall for posts."""

    feed: Feed

    def __str__(self) -> str:
        return f"Enable posts in the Timeline of table {self.feed.table}"


@dataclass(frozen=True, slots=True)
class EnableFeed:
    """A wall of ours that was switched off is switched on."""

    feed: Feed

    def __str__(self) -> str:
        return f"Enable posts in the Timeline of table {self.feed.table} again"


@dataclass(frozen=True, slots=True)
class Publish:
    """What was changed is seen by everybody."""

    tables: tuple[str, ...]
    scripts: tuple[UUID, ...]

    def __str__(self) -> str:
        return f"Publish {', '.join(self.tables)} and the form's script"


@dataclass(frozen=True, slots=True)
class CloseSolution:
    """The solution has this product's version: everything up to here is done."""

    solution: Solution

    def __str__(self) -> str:
        return f"Set solution {self.solution.unique_name} to version {self.solution.version}"


@dataclass(frozen=True, slots=True)
class CreateUser:
    """The application user comes into being."""

    application_id: UUID

    def __str__(self) -> str:
        return f"Create the application user of application {self.application_id}"


@dataclass(frozen=True, slots=True)
class AssignRole:
    """The application user has its role."""

    application_id: UUID
    role: Role

    def __str__(self) -> str:
        return f"Give the application user of application {self.application_id} the role {self.role.name}"


@dataclass(frozen=True, slots=True)
class CreateEndpoint:
    """The address that jobs are posted to is registered, with its key."""

    webhook: Webhook
    url: str

    def __str__(self) -> str:
        return f"Register the webhook: {self.url or 'its address is still to be given'}"


@dataclass(frozen=True, slots=True)
class MoveEndpoint:
    """Jobs are posted to another address."""

    webhook: Webhook
    url: str

    def __str__(self) -> str:
        return f"Change the webhook's address to {self.url}"


@dataclass(frozen=True, slots=True)
class SetKey:
    """The webhook has the key that was given."""

    webhook: Webhook

    def __str__(self) -> str:
        return "Give the webhook its key"


@dataclass(frozen=True, slots=True)
class CreateStep:
    """A job that is created is posted to the endpoint."""

    webhook: Webhook

    def __str__(self) -> str:
        return f"Register the webhook's step: {self.webhook.message} of {self.webhook.table}"


@dataclass(frozen=True, slots=True)
class EnableStep:
    """The step that was switched off is switched on."""

    webhook: Webhook

    def __str__(self) -> str:
        return f"Enable the webhook's step: {self.webhook.message} of {self.webhook.table}"


type SolutionStep = CreatePublisher | CreateSolution | OpenSolution | CloseSolution | Publish

type TableStep = (
    CreateTable
    | RewordTable
    | AllowNotes
    | AddColumn
    | ChangeColumn
    | AddOption
    | RewordOption
    | AddStatus
    | RewordStatus
    | AddKey
)

type SurfaceStep = CreateScript | WriteScript | CreateView | WriteView | NameView | WriteForm | NameForm
"""What people see: views, forms and the script behind a form."""

type AccessStep = CreateRole | GrantRights | CreateUser | AssignRole

type PostingStep = CreateFeed | EnableFeed | CreateEndpoint | MoveEndpoint | SetKey | CreateStep | EnableStep
"""What is posted where: entries of a Timeline, and jobs to the webhook."""

type Step = SolutionStep | TableStep | SurfaceStep | AccessStep | PostingStep | AwaitKey


def needs_publishing(step: Step) -> bool:
    """Whether people see what the step does only after it is published."""
    return isinstance(
        step,
        CreateTable
        | RewordTable
        | AllowNotes
        | AddColumn
        | ChangeColumn
        | AddOption
        | RewordOption
        | AddStatus
        | RewordStatus
        | CreateScript
        | WriteScript
        | CreateView
        | WriteView
        | NameView
        | WriteForm
        | NameForm
        | CreateFeed
        | EnableFeed,
    )


def needs_the_key(step: Step) -> bool:
    """Whether the webhook's key has to be known to carry the step out."""
    return isinstance(step, CreateEndpoint | SetKey)


def is_made_once(step: Step) -> bool:
    """Whether carrying the step out a second time would collide with the first."""
    return isinstance(
        step,
        CreatePublisher
        | CreateSolution
        | CreateTable
        | AddColumn
        | AddOption
        | AddStatus
        | AddKey
        | CreateScript
        | CreateView
        | CreateRole
        | CreateFeed
        | CreateUser
        | AssignRole
        | CreateEndpoint
        | CreateStep,
    )
