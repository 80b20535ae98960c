"""A validated job: what it tells, what it refuses, and that nothing comes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.tables import Automation, Job, Kind, Operation, State, Status
from jobs import result_codes as codes
from jobs.fields import FieldType, FieldValue
from jobs.language import Language
from jobs.outcomes import outcome_message
from jobs.texts import units
from jobs.validation import LENGTH, Doubts, told
from tests.jobs.simulated import START, World

VALIDATE = Operation.VALIDATE_AUTOMATION
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=1200)


def fields() -> st.SearchStrategy[list[FieldValue]]:
    """Fields as a start would send them, some of them far too long."""
    values = st.lists(TEXT.filter(bool), min_size=1, max_size=4).map(tuple)
    one = st.builds(FieldValue, TEXT.filter(bool), st.sampled_from(FieldType), values)
    return st.lists(one, max_size=60)


@given(
    TEXT,
    fields(),
    st.builds(
        Doubts,
        withdrawn=st.booleans(),
        unlisted=st.booleans(),
        blank=st.lists(TEXT, max_size=40).map(tuple),
        notes=st.lists(TEXT, max_size=30).map(tuple),
    ),
    st.sampled_from(["en", "nl"]),
)
def test_it_fits_and_counts_what_is_left_out(
    label: str, values: list[FieldValue], doubts: Doubts, language: Language
) -> None:
    """Whatever stands in the job, the text is within its length and ends with what was not asked."""
    text = told(label, values, doubts, language)
    assert units(text) <= LENGTH
    lines = text.splitlines()
    assert lines[-1].startswith("Spotler was not asked" if language == "en" else "Spotler is niet gevraagd")
    assert any(one.startswith(("Doubts", "Nothing is", "Twijfels", "Er is geen")) for one in lines)


def test_fields_stand_by_type_and_doubts_below() -> None:
    """One line for each type, in the order of the types, then a line for each doubt."""
    sent = [
        FieldValue("crosssell", FieldType.PRODUCTLIST, ("1", "2")),
        FieldValue("name", FieldType.STRING, ("Alex",)),
        FieldValue("link", FieldType.URL, ("https://example.org",)),
        FieldValue("city", FieldType.STRING, ("Den  Haag\nNoord",)),
    ]
    assert told("🚀 Welcome", sent, Doubts(withdrawn=True, blank=("code",), notes=("Look.",)), "en") == (
        "A start would send these fields:\n"
        "STRING: name=Alex; city=Den Haag Noord\n"
        "URL: link=https://example.org\n"
        "PRODUCTLIST: crosssell={1,2}\n"
        "Doubts:\n"
        "- 🚀 Welcome is no longer published according to the catalogue, so Spotler will probably refuse it.\n"
        "- Without a value, so not sent: code.\n"
        "- Look.\n"
        "Spotler was not asked: whether it knows this person and takes the start shows at the start."
    )


def test_long_values_are_shortened_before_a_field_is_left_out() -> None:
    """Twenty long values all appear; of three hundred the rest is counted."""
    long = [FieldValue(f"field{number}", FieldType.STRING, ("x" * 4000,)) for number in range(300)]
    twenty = told("A", long[:20], Doubts(), "en")
    assert all(f"field{number}=x" in twenty for number in range(20))
    assert "more" not in twenty
    lines = told("A", long, Doubts(), "en").splitlines()
    shown = [line for line in lines if line.startswith("STRING: ")]
    assert shown
    assert f"and {300 - len(shown)} more" in lines


def catalogue(**values: object) -> dict[str, object]:
    """A job's automation, with something else than usual in the catalogue."""
    entry: dict[str, object] = {
        Automation.NAME: "🚀 Welcome",
        Automation.KIND: int(Kind.AUTOMATION),
        Automation.CODE: "code-1",
        Automation.EXTERNAL_ID: "automation-1",
        Automation.FIELD_TEMPLATE: "voucher=STRING;link=URL",
        Automation.STATE: int(State.ACTIVE),
    }
    return {Job.AUTOMATION_AUTOMATION: entry | values}


async def test_a_check_tells_what_would_be_sent_and_sends_nothing() -> None:
    """Succeeded with OK, a name, fields and doubts; no call, no run id, no Timeline entry, no queue."""
    world = World()
    job = world.create(
        VALIDATE, number=1, columns={**catalogue(), Job.AUTOMATION_FIELDS: "voucher=SUMMER;link="}
    )
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.code(job) == codes.OK
    assert world.rows[job][Job.NAME] == "Validate 🚀 Welcome"
    assert world.message(job).startswith("🚀 Welcome was checked; nothing was sent to Spotler. A start would")
    assert "STRING: voucher=SUMMER\n" in world.message(job)
    assert "not sent: link." in world.message(job)
    assert world.rows[job][Job.AUTOMATION_CONTACT_ID] is None
    assert world.rows[job][Job.CLAIMED_ON] is None
    assert (world.effects, world.posted, world.stored) == ([], [], [])


@pytest.mark.parametrize(
    ("columns", "doubt"),
    [
        (catalogue(**{Automation.STATE: int(State.INACTIVE)}), "no longer published"),
        (
            catalogue(**{Automation.FIELD_TEMPLATE: None}),
            "has no list of fields for 🚀 Welcome, so it is not",
        ),
        (
            {**catalogue(**{Automation.FIELD_TEMPLATE: None}), Job.AUTOMATION_FIELDS: "a=1\nb="},
            "names and types were not",
        ),
        (
            {**catalogue(**{Automation.FIELD_TEMPLATE: None}), Job.AUTOMATION_FIELDS: "a=1\nb="},
            "Without a value, so not sent: b.",
        ),
        ({**catalogue(), Job.AUTOMATION_FIELDS: ""}, "not sent: voucher, link."),
        (
            {
                **catalogue(**{Automation.FIELD_TEMPLATE: "p={<PRODUCTLIST>}"}),
                Job.AUTOMATION_FIELDS: "p={1;2}",
            },
            "semicolon",
        ),
    ],
)
async def test_every_doubt_is_told(columns: dict[str, object], doubt: str) -> None:
    """Each doubt on a line of its own below the fields; the job succeeds."""
    world = World()
    job = world.create(VALIDATE, number=1, columns=columns)
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    below = world.message(job).partition("Doubts:\n")[2]
    assert doubt in below


async def test_nothing_doubtful_is_said_too() -> None:
    """Where every field of the list has a value."""
    world = World()
    columns = {**catalogue(), Job.AUTOMATION_FIELDS: "voucher=S;link=https://example.org"}
    job = world.create(VALIDATE, number=1, columns=columns)
    await world.rest()
    assert "Nothing is doubtful." in world.message(job)


@pytest.mark.parametrize(
    "columns",
    [
        {Job.CUSTOMER: None},
        {Job.AUTOMATION: None, Job.AUTOMATION_AUTOMATION: None},
        {Job.AUTOMATION_FIELDS: "voucher=STRING"},
        {Job.AUTOMATION_FIELDS: "vouchr=1;also;x=2;voucher=1;voucher=2"},
        {Job.AUTOMATION_FIELDS: "a={1", Job.AUTOMATION_CONTACT_ID: "7"},
        catalogue(**{Automation.CODE: None}),
    ],
)
async def test_it_fails_exactly_as_the_start_would(columns: dict[str, object]) -> None:
    """The same status, code and message as a start with the same inputs."""
    world = World()
    check = world.create(VALIDATE, number=1, columns=columns)
    start = world.create(Operation.START_AUTOMATION, number=2, columns=columns)
    await world.rest()
    assert world.status(check) is world.status(start) is Status.FAILED
    assert world.code(check) == world.code(start)
    assert world.message(check) == world.message(start)
    assert world.effects == []


async def test_it_stands_in_nobodys_way() -> None:
    """It waits for no earlier job, a stop does not cancel it, and it cancels and bars nothing."""
    world = World()
    start = world.create(Operation.START_AUTOMATION, number=1, ring=False)
    check = world.create(VALIDATE, number=2)
    await world.deliver_jobs()
    assert world.status(check) is Status.SUCCEEDED
    assert world.status(start) is Status.QUEUED
    later = world.create(VALIDATE, number=3, ring=False)
    world.create(Operation.STOP_AUTOMATION, number=4)
    await world.deliver_jobs()
    assert world.status(start) is Status.CANCELLED
    assert world.status(later) is Status.QUEUED
    await world.rest()
    assert world.status(later) is Status.SUCCEEDED


async def test_delivered_twice_it_is_written_once() -> None:
    """A second doorbell finds it finished."""
    world = World()
    job = world.create(VALIDATE, number=1)
    world.ring(job)
    await world.deliver_jobs(most=1)
    before = world.versions[job]
    await world.rest()
    assert world.versions[job] == before
    assert world.rows[job][Job.ATTEMPTS] == 1


async def test_while_dataverse_is_down_it_is_not_put_on_a_queue() -> None:
    """Its values stay on the row: it is checked anew once the lease is over."""
    world = World()
    job = world.create(VALIDATE, number=1, columns={Job.AUTOMATION_FIELDS: "voucher=SECRET"})
    points = world.point

    async def down_after_claim(name: str) -> None:
        if name == "write" and world.status(job) is Status.IN_PROGRESS and world.rows[job][Job.ATTEMPTS] == 1:
            world.dataverse_down_until = START + timedelta(minutes=1)
        await points(name)

    world.point = down_after_claim  # type: ignore[method-assign]
    await world.deliver_jobs()
    assert world.status(job) is Status.IN_PROGRESS
    assert world.results == []
    await world.rest()
    assert world.status(job) is Status.SUCCEEDED
    assert world.rows[job][Job.ATTEMPTS] == 2
    assert world.stored == []


async def test_given_up_it_is_failed_and_never_unknown() -> None:
    """At the cap of claims: nothing was sent, so nothing is unknown."""
    world = World()
    columns: dict[str, object] = {
        Job.STATUS: int(Status.IN_PROGRESS),
        Job.ATTEMPTS: world.timing.claim_cap,
        Job.CLAIMED_ON: (START - timedelta(hours=1)).isoformat(),
    }
    job = world.create(VALIDATE, number=1, columns=columns)
    await world.rest()
    assert (world.status(job), world.code(job)) == (Status.FAILED, codes.INTERNAL_ERROR)


async def test_other_outcomes_still_travel() -> None:
    """Only a check stays off the queues; a start goes over them without a value."""
    world = World()
    world.create(VALIDATE, number=1, columns={Job.AUTOMATION_FIELDS: "voucher=V1"})
    start = world.create(Operation.START_AUTOMATION, number=2, columns={Job.AUTOMATION_FIELDS: "voucher=V2"})
    await world.rest()
    assert [one.job for one in world.stored] == [start]
    assert "V2" not in outcome_message(world.stored[0])
