"""Is a plan in the right order, whole, and a way on from wherever the one before it was cut off?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse.description.installed import FEEDS, PUBLISHER, ROLES, SOLUTION, WEBHOOK
from dataverse.description.parts import Customer, Lookup
from dataverse.provisioning.findings import Weight
from dataverse.provisioning.found import (
    Found,
    FoundFeed,
    FoundPublisher,
    FoundRole,
    FoundSolution,
    Index,
)
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.planning import Plan, plan
from dataverse.provisioning.steps import (
    AddColumn,
    AddKey,
    AwaitKey,
    CloseSolution,
    CreateEndpoint,
    CreateFeed,
    CreatePublisher,
    CreateSolution,
    CreateStep,
    CreateTable,
    CreateView,
    GrantRights,
    NameForm,
    NameView,
    OpenSolution,
    Publish,
    SetKey,
    Step,
    WriteForm,
    WriteView,
    needs_publishing,
)
from dataverse.provisioning.wanted import Wanted, Wishes
from tests.dataverse.provisioning.modelled import after, definition, empty, some

WANTED = Wanted.described()
HOOK = "https://contoso-jobs.azurewebsites.net/api/spotler-jobs"
WISHES = Wishes(webhook_url=HOOK, application_id=some("application"))
FRESH = plan(WANTED, empty(WANTED), WISHES)


def carried_out(found: Found, steps: tuple[Step, ...]) -> Found:
    """The environment after steps."""
    return reduce(lambda before, step: after(before, step, WANTED), steps, found)


INSTALLED = carried_out(empty(WANTED), FRESH.steps)


def place(made: Plan, kind: type) -> int:
    """Where the first step of a kind stands."""
    return next(number for number, step in enumerate(made.steps) if isinstance(step, kind))


def test_the_whole_plan_leads_to_what_is_described() -> None:
    """Planning again gives nothing."""
    assert FRESH.findings == ()
    again = plan(WANTED, INSTALLED, WISHES)
    assert again.steps == ()
    assert again.as_described


def test_the_order_of_the_whole_plan() -> None:
    """Publisher and solution first, one publication, then the version, the webhook's step last of all."""
    kinds = [type(step) for step in FRESH.steps]
    assert kinds[:2] == [CreatePublisher, CreateSolution]
    assert kinds.count(Publish) == 1
    assert kinds[-2:] == [CreateEndpoint, CreateStep]
    assert place(FRESH, AddKey) < place(FRESH, AwaitKey) < place(FRESH, Publish) < place(FRESH, CloseSolution)
    last = max(number for number, step in enumerate(FRESH.steps) if needs_publishing(step))
    assert last < place(FRESH, Publish)
    assert OpenSolution not in kinds


def test_nothing_is_made_before_what_it_rests_on() -> None:
    """A column after its table, a lookup after its target, a view and a form after all columns."""
    there = {"account", "contact", "lead"}
    for step in FRESH.steps:
        match step:
            case CreateTable(table):
                there.add(table.name)
            case AddColumn(table, column):
                assert table.name in there
                there.add(f"{table.name}.{column.name}")
                if isinstance(column.kind, Lookup):
                    assert column.kind.target in there
                if isinstance(column.kind, Customer):
                    assert {target for target, _ in column.kind.relationships} <= there
            case CreateView(table, _) | WriteForm(table):
                assert {f"{table.name}.{column.name}" for column in table.columns} <= there
            case _:
                pass


@settings(deadline=None)  # a noisy machine is no fault
@given(st.integers(0, len(FRESH.steps)))
def test_cut_off_after_any_step_the_next_plan_leads_on(done: int) -> None:
    """Whatever was done, the next plan does the rest and comes to the same end."""
    halfway = carried_out(empty(WANTED), FRESH.steps[:done])
    rest = plan(WANTED, halfway, WISHES)
    assert not rest.refused
    assert carried_out(halfway, rest.steps) == INSTALLED
    # What collides when it is made twice is not made twice.
    made = {step for step in FRESH.steps[:done] if isinstance(step, CreateTable | AddColumn | CreateStep)}
    assert made.isdisjoint(rest.steps)


@settings(deadline=None)  # a noisy machine is no fault
@given(st.lists(st.integers(0, len(FRESH.steps)), max_size=6))
def test_cut_off_again_and_again(cuts: list[int]) -> None:
    """Any number of interruptions."""
    found = empty(WANTED)
    for cut in cuts:
        found = carried_out(found, plan(WANTED, found, WISHES).steps[:cut])
    found = carried_out(found, plan(WANTED, found, WISHES).steps)
    assert found == INSTALLED


def without_column(found: Found) -> Found:
    """A column was deleted."""
    job = found.tables["spotler_job"]
    columns = {name: one for name, one in job.columns.items() if name != "spotler_claimtoken"}
    return replace(found, tables={**found.tables, "spotler_job": replace(job, columns=columns)})


def without_view(found: Found) -> Found:
    """Every view of ours was deleted."""
    job = found.tables["spotler_job"]
    return replace(found, tables={**found.tables, "spotler_job": replace(job, views={})})


def without_table(found: Found) -> Found:
    """The table of jobs was deleted."""
    return replace(
        found,
        definitions={name: one for name, one in found.definitions.items() if name != "spotler_job"},
        tables={name: one for name, one in found.tables.items() if name != "spotler_job"},
        create_filter=None,
        steps=(),
    )


def without_labels(found: Found) -> Found:
    """Every label of the table of jobs was changed."""
    job = found.tables["spotler_job"]
    return replace(
        found,
        definitions={
            **found.definitions,
            "spotler_job": replace(found.definitions["spotler_job"], words={1033: "Task"}),
        },
        tables={
            **found.tables,
            "spotler_job": replace(
                job,
                columns={name: replace(one, words={1033: "?"}) for name, one in job.columns.items()},
                statuses={value: replace(one, words={1033: "?"}) for value, one in job.statuses.items()},
            ),
        },
    )


def shortened(found: Found) -> Found:
    """A column became shorter, and a number's bounds narrower."""
    job = found.tables["spotler_job"]
    columns = dict(job.columns)
    columns["spotler_automationcontactid"] = replace(columns["spotler_automationcontactid"], length=10)
    columns["spotler_attempts"] = replace(columns["spotler_attempts"], bounds=(0, 5))
    columns["spotler_sequence"] = replace(columns["spotler_sequence"], autonumber="X{SEQNUM:3}")
    return replace(found, tables={**found.tables, "spotler_job": replace(job, columns=columns)})


def without_rights(found: Found) -> Found:
    """The roles may nothing."""
    return replace(found, roles=tuple(replace(role, rights=frozenset()) for role in found.roles))


def too_many_rights(found: Found) -> Found:
    """The roles may delete."""
    more = frozenset({(some("account Delete"), "Global")})
    return replace(found, roles=tuple(replace(role, rights=role.rights | more) for role in found.roles))


def too_narrow_rights(found: Found) -> Found:
    """The roles may all they should, on rows of their own only."""
    return replace(
        found,
        roles=tuple(
            replace(role, rights=frozenset((right, "Basic") for right, _ in role.rights))
            for role in found.roles
        ),
    )


def without_step(found: Found) -> Found:
    """The step was deleted."""
    return replace(found, steps=())


def disabled(found: Found) -> Found:
    """The step was switched off."""
    return replace(found, steps=tuple(replace(one, enabled=False) for one in found.steps))


def pending(found: Found) -> Found:
    """The index is not ready."""
    one = found.tables["spotler_automation"]
    keys = {name: replace(key, index=Index.FAILED) for name, key in one.keys.items()}
    return replace(found, tables={**found.tables, "spotler_automation": replace(one, keys=keys)})


def other_script(found: Found) -> Found:
    """The script was edited."""
    return replace(found, scripts=tuple(replace(one, content=b"") for one in found.scripts))


def switched_off(found: Found) -> Found:
    """The walls for posts were switched off."""
    return replace(found, feeds=tuple(replace(one, active=False) for one in found.feeds or ()))


def older(found: Found) -> Found:
    """An older version was installed."""
    assert found.solution is not None
    return replace(found, solution=replace(found.solution, version="0.0.9"))


DAMAGES: list[Callable[[Found], Found]] = [
    without_column,
    without_view,
    without_labels,
    shortened,
    without_rights,
    too_many_rights,
    too_narrow_rights,
    without_step,
    disabled,
    pending,
    other_script,
    switched_off,
    older,
    without_table,
]
REPAIRING = replace(WISHES, repair=True)


@settings(deadline=None)  # a noisy machine is no fault
@given(st.sets(st.sampled_from(DAMAGES), max_size=5), st.integers(0, 60), st.booleans())
def test_whatever_was_damaged_is_repaired_however_often_cut_off(
    damages: set[Callable[[Found], Found]], cut: int, repair: bool
) -> None:
    """With --repair the end is what is described; without it, nothing is left to add."""
    found = reduce(lambda before, damage: damage(before), sorted(damages, key=DAMAGES.index), INSTALLED)
    wishes = REPAIRING if repair else WISHES
    halfway = carried_out(found, plan(WANTED, found, wishes).steps[:cut])
    end = carried_out(halfway, plan(WANTED, halfway, wishes).steps)
    left = plan(WANTED, end, wishes)
    assert left.steps == ()
    assert not left.refused
    if repair:
        assert left.as_described


@settings(deadline=None)  # a noisy machine is no fault
@given(st.sets(st.sampled_from(DAMAGES), min_size=1, max_size=4))
def test_no_damage_goes_unseen(damages: set[Callable[[Found], Found]]) -> None:
    """Each is a step or a difference."""
    found = reduce(lambda before, damage: damage(before), sorted(damages, key=DAMAGES.index), INSTALLED)
    assert not plan(WANTED, found, WISHES).as_described


@pytest.mark.parametrize("damage", [without_column, without_view, other_script, without_labels])
def test_before_what_has_to_be_published_the_solution_is_marked(damage: Callable[[Found], Found]) -> None:
    """Else a run that is cut off before it publishes would never be made good."""
    steps = plan(WANTED, damage(INSTALLED), REPAIRING).steps
    assert isinstance(steps[0], OpenSolution)
    assert [type(step) for step in steps[-2:]] == [Publish, CloseSolution]


@pytest.mark.parametrize("damage", [without_rights, without_step, disabled, pending])
def test_what_needs_no_publishing_causes_none(damage: Callable[[Found], Found]) -> None:
    """Publishing disturbs everybody who works in the environment."""
    steps = plan(WANTED, damage(INSTALLED), REPAIRING).steps
    assert steps
    assert not any(isinstance(step, OpenSolution | Publish | CloseSolution) for step in steps)


def test_missing_rights_are_added_without_taking_others_away() -> None:
    """Taking away is repairing, which was not asked for."""
    found = too_many_rights(without_rights(INSTALLED))
    steps = plan(WANTED, found, WISHES).steps
    assert steps == tuple(GrantRights(role, exactly=False) for role in ROLES)
    assert plan(WANTED, found, REPAIRING).steps == tuple(GrantRights(role, exactly=True) for role in ROLES)


def test_a_longer_column_is_no_difference() -> None:
    """It holds everything that ours holds."""
    job = INSTALLED.tables["spotler_job"]
    longer = {
        name: one if one.length is None else replace(one, length=one.length * 2)
        for name, one in job.columns.items()
    }
    found = replace(INSTALLED, tables={**INSTALLED.tables, "spotler_job": replace(job, columns=longer)})
    assert plan(WANTED, found, WISHES).as_described


def test_columns_of_others_on_our_tables_are_theirs() -> None:
    """Nobody is told of them, and no plan touches them."""
    job = INSTALLED.tables["spotler_job"]
    columns = {**job.columns, "theirs_note": job.columns["spotler_resultcode"]}
    found = replace(INSTALLED, tables={**INSTALLED.tables, "spotler_job": replace(job, columns=columns)})
    assert plan(WANTED, found, REPAIRING).as_described


def test_options_that_the_code_does_not_know_are_told() -> None:
    """A job with such an operation would not be understood."""
    job = INSTALLED.tables["spotler_job"]
    operation = job.columns["spotler_operation"]
    columns = {
        **job.columns,
        "spotler_operation": replace(operation, options={**operation.options, 1: {1033: "More"}}),
    }
    found = replace(INSTALLED, tables={**INSTALLED.tables, "spotler_job": replace(job, columns=columns)})
    (finding,) = plan(WANTED, found, REPAIRING).findings
    assert finding.weight is Weight.DIFFERENCE
    assert "offers 1" in finding.what


@pytest.mark.parametrize(
    ("base", "provisioned", "names", "warned"),
    [
        (1033, {1033, 1043}, True, False),
        (1043, {1043}, False, False),
        (1043, {1033, 1043}, True, False),
        (1033, {1033}, False, True),
        (1031, {1031}, False, True),
    ],
)
def test_languages(base: int, provisioned: set[int], names: bool, warned: bool) -> None:
    """Views and forms are named in every language where there are several; Dutch that is missing is told."""
    languages = Languages(base, frozenset(provisioned))
    made = plan(WANTED, empty(WANTED, languages), WISHES)
    assert any(isinstance(step, NameView | NameForm) for step in made.steps) == names
    assert ("Dutch is not enabled in this environment." in {one.what for one in made.findings}) == warned


def test_an_environment_without_activity_feeds_is_told() -> None:
    """Notes take the place of posts, and no configuration is made."""
    made = plan(WANTED, replace(empty(WANTED), feeds=None), WISHES)
    assert not any(isinstance(step, CreateFeed) for step in made.steps)
    assert [one.weight for one in made.findings] == [Weight.WARNING]


def test_a_wall_of_somebody_else_is_enough() -> None:
    """One that is switched off is told and left."""
    theirs = tuple(FoundFeed(some(feed.table), feed.table, wall=True, active=True) for feed in FEEDS)
    made = plan(WANTED, replace(empty(WANTED), feeds=theirs), WISHES)
    assert not any(isinstance(step, CreateFeed) for step in made.steps)
    off = tuple(replace(one, wall=False) for one in theirs)
    told = plan(WANTED, replace(empty(WANTED), feeds=off), REPAIRING)
    assert not any(isinstance(step, CreateFeed) for step in told.steps)
    assert len(told.told(Weight.WARNING)) == len(FEEDS)


def test_only_tables_whose_walls_are_ours_are_published_with_ours() -> None:
    """Publishing contact would publish what others left unpublished there."""
    others = FoundFeed(some("contact"), "contact", wall=True, active=True)
    made = plan(WANTED, replace(empty(WANTED), feeds=(others,)), WISHES)
    (publish,) = (step for step in made.steps if isinstance(step, Publish))
    assert publish.tables == ("spotler_automation", "spotler_job", "account", "lead")


def other_publisher(found: Found) -> Found:
    """Our unique name on another id."""
    theirs = FoundPublisher(some("x"), PUBLISHER.unique_name, "x", 1)
    return replace(found, publishers=(theirs,))


def other_prefix(found: Found) -> Found:
    """Our publisher with another prefix."""
    theirs = FoundPublisher(PUBLISHER.id, PUBLISHER.unique_name, "other", PUBLISHER.option_prefix)
    return replace(found, publishers=(theirs,))


def solution(**changes: object) -> Callable[[Found], Found]:
    """Our solution, but for something."""
    ours = FoundSolution(SOLUTION.id, SOLUTION.version, managed=False, publisher=PUBLISHER.id)
    return lambda found: replace(found, solution=replace(ours, **changes))  # type: ignore[arg-type]


def table_outside(*, managed: bool) -> Callable[[Found], Found]:
    """Our name on a table that is not in our solution."""
    theirs = replace(definition("spotler_job", "spotler_jobs", {}), managed=managed)
    return lambda found: replace(found, definitions={**found.definitions, "spotler_job": theirs})


def no_lead(found: Found) -> Found:
    """An environment without Dynamics 365 Sales."""
    return replace(
        found, definitions={name: one for name, one in found.definitions.items() if name != "lead"}
    )


def other_role(found: Found) -> Found:
    """Our name on another role."""
    return replace(found, roles=(FoundRole(some("x"), ROLES[0].name),))


def other_endpoint(found: Found) -> Found:
    """Our name on another endpoint."""
    one = INSTALLED.endpoints[0]
    return replace(found, endpoints=(replace(one, id=some("x")),))


@pytest.mark.parametrize(
    "foreign",
    [
        other_publisher,
        other_prefix,
        solution(id=some("x")),
        solution(managed=True),
        solution(publisher=some("x")),
        solution(version="99.0"),
        table_outside(managed=False),
        table_outside(managed=True),
        no_lead,
        other_role,
        other_endpoint,
    ],
)
def test_what_is_in_the_way_is_refused_with_a_way_out(foreign: Callable[[Found], Found]) -> None:
    """Whatever else is to be done."""
    made = plan(WANTED, foreign(empty(WANTED)), REPAIRING)
    (finding,) = made.told(Weight.REFUSAL)
    assert made.refused
    assert finding.what.endswith(".")
    assert finding.mend.endswith(".")


def test_another_publisher_with_our_prefix_is_told_and_left() -> None:
    """Two publishers may share one; names that collide are refused on their own."""
    theirs = FoundPublisher(some("x"), "theirs", PUBLISHER.prefix, 1)
    made = plan(WANTED, replace(empty(WANTED), publishers=(theirs,)), WISHES)
    assert not made.refused
    assert isinstance(made.steps[0], CreatePublisher)
    assert [one.weight for one in made.findings] == [Weight.WARNING]


def test_without_an_address_the_webhook_is_lacking() -> None:
    """Only until one is registered."""
    wishes = replace(WISHES, webhook_url=None)
    assert plan(WANTED, empty(WANTED), wishes).told(Weight.LACKING)
    assert plan(WANTED, INSTALLED, wishes).as_described


def test_an_application_user_with_more_roles_is_told() -> None:
    """They are not ours to take away."""
    assert INSTALLED.user is not None
    more = replace(INSTALLED.user, roles=INSTALLED.user.roles | {some("System Administrator")})
    made = plan(WANTED, replace(INSTALLED, user=more), WISHES)
    assert made.as_described
    assert len(made.told(Weight.WARNING)) == 1


def test_a_key_that_is_not_set_is_given() -> None:
    """And one that is set only on request."""
    bare = replace(INSTALLED, endpoints=tuple(replace(one, key_set=False) for one in INSTALLED.endpoints))
    assert plan(WANTED, bare, WISHES).steps == (SetKey(WEBHOOK),)
    assert plan(WANTED, INSTALLED, replace(WISHES, new_key=True)).steps == (SetKey(WEBHOOK),)


@pytest.mark.parametrize(
    "changes",
    [
        {"filter": some("filter of Update")},
        {"stage": 20},
        {"mode": 0},
        {"endpoint": some("another endpoint")},
    ],
)
def test_a_step_on_something_else_is_told(changes: dict[str, UUID | int]) -> None:
    """Such as one on Update: our own writes would post webhooks."""
    changed = tuple(replace(one, **changes) for one in INSTALLED.steps)  # type: ignore[arg-type]
    made = plan(WANTED, replace(INSTALLED, steps=changed), REPAIRING)
    assert made.steps == ()
    assert len(made.told(Weight.DIFFERENCE)) == 1


def test_every_step_has_a_sentence_of_its_own() -> None:
    """A reader can tell them apart."""
    told = [str(step) for step in FRESH.steps]
    assert len(set(told)) == len(told)
    assert all(one[0].isupper() and "object at" not in one and "\n" not in one for one in told)
    assert all(before != behind for before, behind in pairwise(told))


def test_a_changed_view_is_written_and_named() -> None:
    """The name in the other language goes with it."""
    job = INSTALLED.tables["spotler_job"]
    key, view = next(iter(job.views.items()))
    views = {**job.views, key: replace(view, name="Mine")}
    found = replace(INSTALLED, tables={**INSTALLED.tables, "spotler_job": replace(job, views=views)})
    kinds = [type(step) for step in plan(WANTED, found, REPAIRING).steps]
    assert kinds == [OpenSolution, WriteView, NameView, Publish, CloseSolution]
