"""Which steps lead from what is there to what is described, and what is to be told beside them?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from dataverse.description.parts import Role
from dataverse.provisioning import looking_at_tables as tables
from dataverse.provisioning.findings import Difference, Finding, Notice, Weight
from dataverse.provisioning.found import CONTRACT_WEBHOOK, Found, FoundFeed, FoundStep, Index
from dataverse.provisioning.languages import DUTCH
from dataverse.provisioning.ownership import in_the_way, release
from dataverse.provisioning.steps import (
    AssignRole,
    AwaitKey,
    CloseSolution,
    CreateEndpoint,
    CreateFeed,
    CreatePublisher,
    CreateRole,
    CreateScript,
    CreateSolution,
    CreateStep,
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
    SetKey,
    Step,
    WriteForm,
    WriteScript,
    WriteView,
    needs_publishing,
)
from dataverse.provisioning.wanted import UNFINISHED, Wanted, Wishes

_GLOBAL = "Global"
_AUTH_WEBHOOK_KEY = 4
_STAGE_POST_OPERATION = 40
_MODE_ASYNCHRONOUS = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order, and what is to be told."""

    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]

    def told(self, weight: Weight) -> tuple[Finding, ...]:
        """The findings of one weight."""
        return tuple(one for one in self.findings if one.weight is weight)

    @property
    def refused(self) -> bool:
        """Whether nothing may be written."""
        return bool(self.told(Weight.REFUSAL))

    @property
    def as_described(self) -> bool:
        """Whether everything is there, and as it should be."""
        return not self.steps and all(one.weight is Weight.WARNING for one in self.findings)


def plan(wanted: Wanted, found: Found, wishes: Wishes) -> Plan:
    """The steps in an order that survives being cut off anywhere: what is planned afterwards leads on.

    What is missing is always added. What differs is put right where that was asked for, and where the
    environment is not at this version: before the first change the solution is marked as unfinished, and
    only after everything was published it gets its version.
    """
    findings = list(in_the_way(wanted, found))
    version = None if found.solution is None else release(found.solution.version)
    finished = version == release(wanted.solution.version)
    unfinished = version is None or version == release(UNFINISHED)
    sorter = _Sorter(findings, repair=wishes.repair or not finished)

    before = sorter.steps(_containers(wanted, found))
    changes: list[Step] = []
    for table in wanted.tables:
        definition = found.definitions.get(table.name)
        there = found.tables.get(table.name, tables.NEW)
        # A table that has to be made is made whole.
        own = sorter if definition is not None else _Sorter(findings, repair=True)
        changes += own.steps(tables.table(table, definition, there, found.languages))
        changes += own.steps(tables.keys(table, there))
    changes += sorter.steps(_script(wanted, found))
    for table in wanted.tables:
        definition = found.definitions.get(table.name)
        there = found.tables.get(table.name, tables.NEW)
        own = sorter if definition is not None else _Sorter(findings, repair=True)
        changes += own.steps(tables.views(table, definition, there, found.languages))
        changes += own.steps(tables.form(table, there, found.languages))
    changes += _names(wanted, found, changes, everything=unfinished)
    changes += sorter.steps(_roles(wanted, found, repair=sorter.repair))
    changes += sorter.steps(_feeds(wanted, found))
    waits = _waits(wanted, found)
    publishing = unfinished or any(needs_publishing(step) for step in changes)
    after: list[Step] = []
    if publishing:
        if not unfinished:
            before.append(OpenSolution(wanted.solution))
        after.append(_publication(wanted, found, changes))
    if publishing or not finished:
        after.append(CloseSolution(wanted.solution))
    after += sorter.steps(_user(wanted, found, wishes))
    after += sorter.steps(_endpoint(wanted, found, wishes))
    after += sorter.steps(_step(wanted, found, wishes))
    findings += _languages(found)
    return Plan((*before, *changes, *waits, *after), tuple(findings))


class _Sorter:
    """Parts notices into steps and findings."""

    def __init__(self, findings: list[Finding], *, repair: bool) -> None:
        self._findings = findings
        self.repair = repair

    def steps(self, notices: Iterator[Notice]) -> list[Step]:
        steps: list[Step] = []
        for notice in notices:
            if isinstance(notice, Finding):
                self._findings.append(notice)
            elif not isinstance(notice, Difference):
                steps.append(notice)
            elif self.repair and notice.repair is not None:
                steps.append(notice.repair)
            else:
                self._findings.append(notice.finding())
        return steps


def _containers(wanted: Wanted, found: Found) -> Iterator[Notice]:
    if all(one.id != wanted.publisher.id for one in found.publishers):
        yield CreatePublisher(wanted.publisher)
    if found.solution is None:
        yield CreateSolution(wanted.solution)


def _script(wanted: Wanted, found: Found) -> Iterator[Notice]:
    script = next((one for one in found.scripts if one.id == wanted.script.id), None)
    if script is None:
        yield CreateScript(wanted.script)
    elif script.content != wanted.content:
        yield Difference(
            f"The content of web resource {wanted.script.name} is not that of this version.",
            WriteScript(wanted.script),
        )


def _names(wanted: Wanted, found: Found, changes: list[Step], *, everything: bool) -> list[Step]:
    """Names in every language: which ones are there cannot be read, so they go with their view or form."""
    steps: list[Step] = []
    written = {step.view.id for step in changes if isinstance(step, CreateView | WriteView)}
    arranged = {step.table.name for step in changes if isinstance(step, WriteForm)}
    for table in wanted.tables:
        steps += [
            NameView(table, view)
            for view in table.views
            if (everything or view.id in written) and len(found.languages.of(view.words)) > 1
        ]
        if (everything or table.name in arranged) and len(found.languages.of(table.form.name)) > 1:
            steps.append(NameForm(table))
    return steps


def wanted_rights(wanted: Wanted, found: Found, role: Role) -> frozenset[UUID] | None:
    """Ids of the privileges of a role; None while a table of ours that has them is still missing.

    What the environment does not know cannot be granted, and what is not there needs no right.
    """
    if any(grant.table not in found.definitions for grant in role.grants if _ours(wanted, grant.table)):
        return None
    return frozenset(
        definition.privileges[right.value]
        for grant in role.grants
        if (definition := found.definitions.get(grant.table)) is not None
        for right in grant.rights
        if right.value in definition.privileges
    )


def _ours(wanted: Wanted, name: str) -> bool:
    return any(table.name == name for table in wanted.tables)


def _roles(wanted: Wanted, found: Found, *, repair: bool) -> Iterator[Notice]:
    for role in wanted.roles:
        there = next((one for one in found.roles if one.id == role.id), None)
        rights = wanted_rights(wanted, found, role)
        if there is None:
            yield CreateRole(role)
            yield GrantRights(role, exactly=True)
            continue
        has = {privilege for privilege, _ in there.rights}
        whole = {privilege for privilege, depth in there.rights if depth == _GLOBAL}
        missing = rights is None or not rights <= whole
        more = rights is not None and not has <= rights
        if missing:
            yield GrantRights(role, exactly=repair)
        if more and not (missing and repair):
            yield Difference(
                f"Security role {role.name} allows more than it should.", GrantRights(role, exactly=True)
            )


def _feeds(wanted: Wanted, found: Found) -> Iterator[Notice]:
    if found.feeds is None:
        yield Finding(
            Weight.WARNING,
            "This environment has no activity feeds.",
            "Successful starts appear in the Timeline as notes instead of posts.",
        )
        return
    for feed in wanted.feeds:
        if feed.table not in found.definitions:
            continue
        there = [one for one in found.feeds if one.table == feed.table]
        if not there:
            yield CreateFeed(feed)
        elif not any(_shows(one) for one in there):
            if any(one.id == feed.id for one in there):
                yield Difference(f"Posts are switched off for table {feed.table}.", EnableFeed(feed))
            else:
                yield Finding(
                    Weight.WARNING,
                    f"Posts are switched off for table {feed.table}.",
                    "Successful starts appear there as notes. Post Configurations in Dynamics 365 switch them on.",
                )


def _shows(feed: FoundFeed) -> bool:
    return feed.wall and feed.active


def _waits(wanted: Wanted, found: Found) -> list[Step]:
    waits: list[Step] = []
    for table in wanted.tables:
        there = found.tables.get(table.name, tables.NEW)
        for key in table.keys:
            one = there.keys.get(key.name)
            if one is None or one.index is not Index.ACTIVE:
                waits.append(AwaitKey(table, key))
    return waits


def _publication(wanted: Wanted, found: Found, changes: list[Step]) -> Publish:
    # Publishing a table publishes what others left unpublished there, so only where we changed something.
    walls = {step.feed.table for step in changes if isinstance(step, CreateFeed | EnableFeed)}
    ids = {feed.id for feed in wanted.feeds}
    if found.solution is None or release(found.solution.version) == release(UNFINISHED):
        walls |= {one.table for one in found.feeds or () if one.id in ids}
    names = (*(table.name for table in wanted.tables), *sorted(walls))
    return Publish(names, (wanted.script.id,))


def _user(wanted: Wanted, found: Found, wishes: Wishes) -> Iterator[Notice]:
    if wishes.application_id is None:
        yield Finding(
            Weight.WARNING,
            "Whether the Functions app may sign in was not looked at.",
            "Give --application-id with the application (client) id of its managed identity.",
        )
        return
    if found.user is None:
        yield CreateUser(wishes.application_id)
    if found.user is None or wanted.application_role.id not in found.user.roles:
        yield AssignRole(wishes.application_id, wanted.application_role)
    if found.user is not None and found.user.roles - {wanted.application_role.id}:
        yield Finding(
            Weight.WARNING,
            "The application user has other roles too, so it may more than the app needs.",
            f"Take them away in the Power Platform admin centre; {wanted.application_role.name} is enough.",
        )


def _endpoint(wanted: Wanted, found: Found, wishes: Wishes) -> Iterator[Notice]:
    hook = wanted.webhook
    there = next((one for one in found.endpoints if one.id == hook.endpoint_id), None)
    if there is None:
        if wishes.webhook_url is None:
            yield Finding(
                Weight.LACKING,
                "No webhook is registered, and no address for it was given.",
                "Give --webhook-url with the address of the Functions app's function that receives jobs.",
            )
        yield CreateEndpoint(hook, wishes.webhook_url or "")
        return
    if (there.contract, there.authentication) != (CONTRACT_WEBHOOK, _AUTH_WEBHOOK_KEY):
        yield Difference(
            f"Service endpoint {there.name} is no webhook with a key.",
            None,
            "Delete it with its steps in the Plug-in Registration tool and run apply again.",
        )
    if wishes.webhook_url is not None and there.url != wishes.webhook_url:
        yield MoveEndpoint(hook, wishes.webhook_url)
    if wishes.new_key or not there.key_set:
        yield SetKey(hook)


def _step(wanted: Wanted, found: Found, wishes: Wishes) -> Iterator[Notice]:
    hook = wanted.webhook
    ours = next((one for one in found.steps if one.id == hook.step_id), None)
    others = _steps_of_others(wanted, found, wishes)
    for one in others:
        yield Difference(
            f"Another step posts to the webhook: {one.name}.",
            None,
            "Delete it in the Plug-in Registration tool and run apply again: there is to be one step, so that"
            " jobs are posted once.",
        )
    if ours is None:
        # Beside one that already posts created jobs there, ours would be the second.
        if all(one.filter != found.create_filter for one in others):
            yield CreateStep(hook)
    elif not _as_registered(wanted, found, ours):
        yield Difference(
            f"Step {ours.name} is not the one on {hook.message} of {hook.table}.",
            None,
            "Delete it in the Plug-in Registration tool and run apply again.",
        )
    elif not ours.enabled:
        yield Difference(f"Step {ours.name} is disabled: jobs are found by the timer only.", EnableStep(hook))


def _steps_of_others(wanted: Wanted, found: Found, wishes: Wishes) -> list[FoundStep]:
    """Steps that post where ours does: to our endpoint, or to another one with the same address."""
    hook = wanted.webhook
    ours = next((one.url for one in found.endpoints if one.id == hook.endpoint_id), "")
    there = {hook.endpoint_id} | found.endpoints_at(wishes.webhook_url or ours)
    return [one for one in found.steps if one.id != hook.step_id and one.endpoint in there]


def _as_registered(wanted: Wanted, found: Found, step: FoundStep) -> bool:
    return (step.endpoint, step.filter, step.stage, step.mode) == (
        wanted.webhook.endpoint_id,
        found.create_filter,
        _STAGE_POST_OPERATION,
        _MODE_ASYNCHRONOUS,
    )


def _languages(found: Found) -> list[Finding]:
    languages = found.languages
    if languages.base == DUTCH or DUTCH in languages.provisioned:
        return []
    return [
        Finding(
            Weight.WARNING,
            "Dutch is not enabled in this environment.",
            "All labels appear in its base language; after Dutch was enabled, run apply with --repair.",
        )
    ]
