"""Which requests carry out one step?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from dataverse import odata
from dataverse.description.installed import Solution
from dataverse.description.parts import Column, Customer, Lookup, Memo, Table, Text, Whole
from dataverse.errors import DataverseError
from dataverse.provisioning import bodies, environment
from dataverse.provisioning.found import Found
from dataverse.provisioning.planning import wanted_rights
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AddOption,
    AddStatus,
    AssignRole,
    AwaitKey,
    ChangeColumn,
    CloseSolution,
    CreateEndpoint,
    CreateFeed,
    CreatePublisher,
    CreateRole,
    CreateScript,
    CreateSolution,
    CreateStep,
    CreateTable,
    CreateUser,
    CreateView,
    EnableFeed,
    EnableStep,
    GrantRights,
    MoveEndpoint,
    NameForm,
    NameView,
    OpenSolution,
    Publish,
    RewordOption,
    RewordStatus,
    RewordTable,
    SetKey,
    Step,
    WriteForm,
    WriteScript,
    WriteView,
)
from dataverse.provisioning.wanted import UNFINISHED, Wanted

_CRM = "Microsoft.Dynamics.CRM"


class NotThere(DataverseError):  # noqa: N818 - named for what is known, as its siblings are
    """What an earlier step made is not seen yet, or has gone meanwhile."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The webhook's key; never shown."""

    value: str = field(repr=False)

    def __str__(self) -> str:
        return "(not shown)"


class Carrier:
    """Carries out single steps.

    Args:
        sender: to the environment.
        wanted: the description.
        found: the environment when the plan was made; languages and business unit are taken from it.
        key: of the webhook, where a step needs it.
    """

    def __init__(self, sender: Sender, wanted: Wanted, found: Found, key: Secret | None) -> None:
        self._sender = sender
        self._wanted = wanted
        self._found = found
        self._languages = found.languages
        self._key = key

    async def carry_out(self, step: Step) -> None:  # noqa: C901, PLR0912 - one case for each kind of step
        """Send what the step consists of.

        Raises:
            NotThere: something it rests on is not to be seen.
            DataverseError: it was not carried out, or that is unknown.
            TypeError: `AwaitKey`, which is no request.
        """
        languages = self._languages
        match step:
            case CreatePublisher(publisher):
                await self._outside("publishers", bodies.publisher(publisher), "Create publishers")
            case CreateSolution(solution):
                body = bodies.solution(replace(solution, version=UNFINISHED), self._wanted.publisher.id)
                await self._outside("solutions", body, "Create solutions")
            case OpenSolution(solution):
                await self._set_version(solution, UNFINISHED)
            case CloseSolution(solution):
                await self._set_version(solution, solution.version)
            case CreateTable(table):
                await self._create("EntityDefinitions", bodies.table(table, languages), "Create table")
            case RewordTable(table):
                await self._reword_table(table)
            case AddColumn(table, column):
                await self._add_column(table, column)
            case ChangeColumn(table, column):
                await self._change_column(table, column)
            case AddOption(table, column, option):
                await self._create(
                    "InsertOptionValue",
                    bodies.option_insert(table, column, option, languages),
                    "InsertOptionValue",
                )
            case RewordOption(table, column, option):
                await self._act("UpdateOptionValue", bodies.option_update(table, column, option, languages))
            case AddStatus(table, option):
                await self._create(
                    "InsertStatusValue", bodies.status_insert(table, option, languages), "InsertStatusValue"
                )
            case RewordStatus(table, option):
                await self._act("UpdateOptionValue", bodies.status_update(table, option, languages))
            case AddKey(table, key):
                await self._create(f"{_path(table)}/Keys", bodies.key(key, languages), "Create key")
            case AwaitKey():
                raise TypeError("An index is waited for, not sent")
            case CreateScript(script):
                body = bodies.web_resource(script, self._wanted.content, languages)
                await self._create("webresourceset", body, "Create webresourceset")
            case WriteScript(script):
                await self._patch(
                    "webresourceset", script.id, bodies.web_resource_content(self._wanted.content)
                )
            case CreateView(table, view):
                body = bodies.view(table, view, languages, await self._type_code(table.name))
                await self._create("savedqueries", body, "Create savedqueries")
            case WriteView(table, view):
                body = bodies.view(table, view, languages, await self._type_code(table.name))
                changed = {name: body[name] for name in ("name", "fetchxml", "layoutxml")}
                await self._patch("savedqueries", view.id, changed)
            case NameView(_, view):
                await self._act(
                    "SetLocLabels", bodies.set_labels("savedquery", view.id, view.words, languages)
                )
            case WriteForm(table):
                await self._patch("systemforms", await self._form(table), bodies.form(table, languages))
            case NameForm(table):
                body = bodies.set_labels("systemform", await self._form(table), table.form.name, languages)
                await self._act("SetLocLabels", body)
            case CreateRole(role):
                body = bodies.role(role, self._found.business_unit)
                await self._create("roles", body, "Create roles")
            case GrantRights():
                await self._grant(step)
            case CreateFeed(feed):
                definition = self._found.definitions[feed.table]
                name = definition.words.get(languages.base, feed.table)
                body = bodies.feed(feed, name, definition.type_code)
                await self._create("msdyn_postconfigs", body, "Create msdyn_postconfigs")
            case EnableFeed(feed):
                on = {"msdyn_configurewall": True, "statecode": 0, "statuscode": 1}
                await self._patch("msdyn_postconfigs", feed.id, on)
            case Publish(tables, scripts):
                await self._act("PublishXml", bodies.publish(tables, scripts))
            case CreateUser(application_id):
                body = {
                    "applicationid": str(application_id),
                    "businessunitid@odata.bind": f"/businessunits({self._found.business_unit})",
                }
                await self._outside("systemusers", body, "Create systemusers")
            case AssignRole(application_id):
                await self._assign(application_id, step)
            case CreateEndpoint(webhook, url):
                body = bodies.endpoint(webhook, url, self._given_key())
                await self._create("serviceendpoints", body, "Create serviceendpoints")
            case MoveEndpoint(webhook, url):
                await self._patch("serviceendpoints", webhook.endpoint_id, {"url": url})
            case SetKey(webhook):
                await self._patch(
                    "serviceendpoints", webhook.endpoint_id, bodies.endpoint_key(self._given_key())
                )
            case CreateStep(webhook):
                ids = await environment.create_filter(self._sender, self._wanted)
                if ids is None:
                    raise NotThere(f"Message {webhook.message} of {webhook.table}: not seen yet")
                body = bodies.step(webhook, message_id=ids[1], filter_id=ids[0])
                await self._create("sdkmessageprocessingsteps", body, "Create sdkmessageprocessingsteps")
            case EnableStep(webhook):
                on = {"statecode": 0, "statuscode": 1}
                await self._patch("sdkmessageprocessingsteps", webhook.step_id, on)

    async def _create(self, path: str, body: Mapping[str, Any], subject: str) -> None:
        await self._sender.write("POST", path, body, subject)

    async def _outside(self, path: str, body: Mapping[str, Any], subject: str) -> None:
        await self._sender.write("POST", path, body, subject, component=False)

    async def _set_version(self, solution: Solution, version: str) -> None:
        await self._sender.write(
            "PATCH",
            f"solutions({solution.id})",
            {"version": version},
            "Update solutions",
            repeatable=True,
            component=False,
        )

    async def _act(self, action: str, body: Mapping[str, Any]) -> None:
        await self._sender.write("POST", action, body, action, repeatable=True)

    async def _patch(self, table_set: str, key: UUID, body: Mapping[str, Any]) -> None:
        await self._sender.write("PATCH", f"{table_set}({key})", body, f"Update {table_set}", repeatable=True)

    async def _add_column(self, table: Table, column: Column) -> None:
        match column.kind:
            case Lookup():
                body = bodies.lookup(table, column, self._languages)
                await self._create("RelationshipDefinitions", body, "Create lookup")
            case Customer():
                body = bodies.customer(table, column, self._languages)
                await self._create("CreateCustomerRelationships", body, "Create customer column")
            case _:
                body = bodies.column(column, self._languages)
                await self._create(f"{_path(table)}/Attributes", body, "Create column")

    async def _reword_table(self, table: Table) -> None:
        body = bodies.table(table, self._languages)
        names = ("DisplayName", "DisplayCollectionName", "Description")
        await self._replace(_path(table), {name: body[name] for name in names})

    async def _change_column(self, table: Table, column: Column) -> None:
        changed: dict[str, Any] = {
            "DisplayName": bodies.labels(column.words, self._languages),
            "Description": bodies.labels(column.meaning, self._languages),
        }
        there = self._found.tables[table.name].columns[column.name]
        match column.kind:
            case Text(length, autonumber):
                changed["MaxLength"] = max(length, there.length or 0)
                changed["AutoNumberFormat"] = autonumber
            case Memo(length):
                changed["MaxLength"] = max(length, there.length or 0)
            case Whole(least, most):
                low, high = there.bounds or (least, most)
                changed["MinValue"], changed["MaxValue"] = min(least, low), max(most, high)
            case _:
                pass
        name = odata.literal(odata.name(column.name))
        await self._replace(f"{_path(table)}/Attributes(LogicalName={name})", changed)

    async def _replace(self, path: str, changed: Mapping[str, Any]) -> None:
        # A metadata PUT replaces the whole definition (Microsoft Learn, "Create and update table
        # definitions using the Web API"), so everything else goes back as it was.
        there = await self._sender.read(path, "Read definition", there=True)
        body = {name: value for name, value in there.items() if name not in _OF_THE_ANSWER} | dict(changed)
        await self._sender.write("PUT", path, body, "Update definition", repeatable=True)

    async def _type_code(self, name: str) -> int:
        defined = await environment.definitions(self._sender, [name])
        if name not in defined:
            raise NotThere(f"Table {name}: not seen yet")
        return defined[name].type_code

    async def _form(self, table: Table) -> UUID:
        form = await environment.main_form(self._sender, table)
        if form is None:
            raise NotThere(f"Main form of {table.name}: not seen yet")
        return form.id

    async def _grant(self, step: GrantRights) -> None:
        names = (grant.table for grant in step.role.grants)
        now = replace(self._found, definitions=await environment.definitions(self._sender, names))
        rights = wanted_rights(self._wanted, now, step.role)
        if rights is None:
            raise NotThere(f"Privileges of {step.role.name}: not seen yet")
        action = "ReplacePrivilegesRole" if step.exactly else "AddPrivilegesRole"
        await self._sender.write(
            "POST",
            f"roles({step.role.id})/{_CRM}.{action}",
            bodies.privileges(sorted(rights), self._found.business_unit),
            action,
            repeatable=True,
        )

    async def _assign(self, application_id: UUID, step: AssignRole) -> None:
        user = await environment.user(self._sender, application_id)
        if user is None:
            raise NotThere("Application user: not seen yet")
        if step.role.id in user.roles:
            return
        await self._outside(
            f"systemusers({user.id})/systemuserroles_association/$ref",
            {"@odata.id": f"{self._sender.root}roles({step.role.id})"},
            "Assign role",
        )

    def _given_key(self) -> str:
        if self._key is None:
            raise ValueError("The step needs the webhook's key")
        return self._key.value


_OF_THE_ANSWER = frozenset({"@odata.context", "@odata.etag"})


def _path(table: Table) -> str:
    return f"EntityDefinitions(LogicalName={odata.literal(odata.name(table.name))})"
