"""Does bad input get a clear error, lose nothing, and leave the next job alone?"""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest

from sandbox.scenario.dynamics import START, STOP
from sandbox.scenario.people import BLACK_FRIDAY, CONTOSO, INVOICE, JOURNEY, KIM, ROBIN, SAM, WELCOME, Person
from sandbox.scenario.story import FAILED, SUCCEEDED
from sandbox.world import FUNCTION_KEY
from tests.world import Answer, Live

WEBHOOK = "/api/spotler-jobs"
JSON = {"Content-Type": "application/json"}


def context(**changed: Any) -> bytes:
    """A webhook body about a job that does not exist, with some members changed."""
    members = {
        "MessageName": "Create",
        "PrimaryEntityName": "spotler_job",
        "PrimaryEntityId": str(uuid.uuid4()),
        "OrganizationId": str(uuid.uuid4()),
        **changed,
    }
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


@pytest.fixture
async def then_works(world: Live) -> AsyncIterator[Live]:
    """The sandbox; after the test a good job must succeed, and no message may have been dead-lettered."""
    yield world
    row = await world.start(SAM, WELCOME)
    assert (row["statuscode"], row["spotler_resultcode"]) == (SUCCEEDED, "OK"), row
    assert [queue["deadLetter"] for queue in (await world.queues()).values()] == [0, 0]


def explained(answer: Answer, *words: str) -> bool:
    """Whether an error answer is JSON with a sentence for people that has all the words."""
    said = answer.json
    return bool(said["error"]) and all(word in said["message"] for word in words)


# --- the webhook --------------------------------------------------------------------------------------------


FOREIGN = {
    "empty": (b"", "not JSON"),
    "binary": (b"\x00\xff\xfe", "not JSON"),
    "nested without end": (b"[" * 100_000, "not JSON"),
    "a list": (b"[]", "not an object"),
    "a text": (b'"spotler_job"', "not an object"),
    "an empty object": (b"{}", "missing"),
    "truncated": (context()[:-20], "not JSON"),
    "no table": (context(PrimaryEntityName=None), "PrimaryEntityName"),
    "a number as table": (context(PrimaryEntityName=7), "PrimaryEntityName"),
    "table contact": (context(PrimaryEntityName="contact"), "spotler_job"),
    "table spotler_automation": (context(PrimaryEntityName="spotler_automation"), "spotler_job"),
    "no message": (context(MessageName=None), "MessageName"),
    "message Update": (context(MessageName="Update"), "Create"),
    "message Delete": (context(MessageName="Delete"), "Create"),
    "no id": (context(PrimaryEntityId=None), "PrimaryEntityId"),
    "a short id": (context(PrimaryEntityId="17"), "PrimaryEntityId"),
    "a number as id": (context(PrimaryEntityId=17), "PrimaryEntityId"),
    "the id of nobody": (context(PrimaryEntityId=str(uuid.UUID(int=0))), "PrimaryEntityId"),
    "an id that is not hexadecimal": (context(PrimaryEntityId=KIM.id[:-1] + "g"), "PrimaryEntityId"),
    "an organization without id": (context(OrganizationId="somewhere"), "OrganizationId"),
}


async def test_webhook_bodies_that_are_not_ours_are_refused(then_works: Live) -> None:
    """Truncated, foreign and malformed bodies: 400 with JSON that says what is wrong; nothing is queued."""
    wrong = {}
    for name, (body, words) in FOREIGN.items():
        answer = await then_works.call("POST", WEBHOOK, data=body, headers=JSON)
        if answer.status != 400 or not explained(answer, words):
            wrong[name] = answer
    assert wrong == {}
    assert await then_works.idle()


async def test_an_oversized_webhook_body_is_refused(then_works: Live) -> None:
    """413, with the way to mend it; the body is not read into anything."""
    answer = await then_works.call(
        "POST", WEBHOOK, data=context(InputParameters="x" * 3_000_000), headers=JSON
    )
    assert answer.status == 413, answer
    assert explained(answer, "bytes"), answer.text


async def test_a_job_that_does_not_exist_is_dropped(then_works: Live) -> None:
    """A call about a row that is gone is accepted, and its message is not tried for ever."""
    answer = await then_works.call("POST", WEBHOOK, data=context(), headers=JSON)
    assert answer.status == 202, answer
    assert await then_works.until(then_works.idle)


async def test_unusual_but_true_forms_of_the_body_are_taken(then_works: Live) -> None:
    """What Dataverse may send is taken as it comes, and rings for the same job."""
    job = await then_works.dynamics.create_job(START, person=KIM, automation=WELCOME)
    bodies = {
        "unknown members": context(PrimaryEntityId=job, Unknown={"deep": [1, 2, {"er": None}]}),
        "braces and capitals": context(PrimaryEntityId="{" + job.upper() + "}"),
        "boxed": context(PrimaryEntityId={"__type": "guid", "__value": job}),
        "without organization": context(PrimaryEntityId=job, OrganizationId=None),
        "escaped": context(PrimaryEntityId=job).replace(b"-", b"\\u002d").replace(b"_", b"\\u005f"),
    }
    for name, body in bodies.items():
        answer = await then_works.call("POST", WEBHOOK, data=body, headers=JSON)
        assert (name, answer.status) == (name, 202), answer
        assert answer.json == {"job": job}
    await then_works.dynamics.final(job)
    assert len(await then_works.runs(KIM)) == 1


async def test_a_shortened_body_rings_for_its_job(then_works: Live) -> None:
    """The header that tells of parts cut out changes nothing: the body is only a doorbell."""
    headers = {**JSON, "x-ms-dynamics-msg-size-exceeded": "true"}
    answer = await then_works.call("POST", WEBHOOK, data=context(InputParameters=None), headers=headers)
    assert answer.status == 202, answer


async def test_the_same_call_ten_times_is_one_run(then_works: Live) -> None:
    """A job rung for again and again is carried out once."""
    job = await then_works.dynamics.create_job(START, person=KIM, automation=WELCOME)
    for _ in range(10):
        body = context(PrimaryEntityId=job)
        assert (await then_works.call("POST", WEBHOOK, data=body, headers=JSON)).status == 202
    await then_works.dynamics.final(job)
    assert len(await then_works.runs(KIM)) == 1


ROUTES = (
    ("POST", WEBHOOK),
    ("POST", "/api/catalogue/refresh"),
    ("GET", "/api/health"),
    ("POST", "/admin/functions/sync_catalogue"),
)


async def test_without_the_key_nothing_is_done(then_works: Live) -> None:
    """401 for every function and for the host's own routes, however good the body is."""
    job = await then_works.dynamics.create_job(START, person=KIM, automation=WELCOME)
    await then_works.dynamics.final(job)
    await then_works.clear_journal("spotler")
    body = context(PrimaryEntityId=job)
    for method, path in ROUTES:
        for key in (None, "", "wrong", FUNCTION_KEY.upper(), FUNCTION_KEY[:-1], FUNCTION_KEY + "x"):
            in_header = await then_works.call(method, path, key=key, data=body if method == "POST" else None)
            in_query = await then_works.call(method, f"{path}?code={key or ''}", key=None)
            assert (path, key, in_header.status, in_query.status) == (path, key, 401, 401)
    assert await then_works.journal("spotler") == []


async def test_a_wrong_method_is_refused(then_works: Live) -> None:
    """A link that is opened by accident does nothing."""
    await then_works.clear_journal("spotler")
    for method, path in (
        ("GET", WEBHOOK),
        ("PUT", WEBHOOK),
        ("DELETE", WEBHOOK),
        ("GET", "/api/catalogue/refresh"),
        ("POST", "/api/health"),
    ):
        answer = await then_works.call(method, path)
        assert (method, path, answer.status) == (method, path, 405)
    assert await then_works.journal("spotler") == []


async def test_an_unknown_path_is_not_found(then_works: Live) -> None:
    """There is nothing but what is documented."""
    assert (await then_works.call("POST", "/api/spotler-job")).status == 404


# --- jobs with mistakes -------------------------------------------------------------------------------------


async def failed(world: Live, operation: int, code: str, *words: str, **asked: Any) -> dict[str, Any]:
    """Save a job that cannot be carried out: it must fail with this code, say these words, and start nothing."""
    before = await world.runs()
    job = await world.dynamics.create_job(operation, **asked)
    row = await world.dynamics.final(job)
    assert (row["statuscode"], row["spotler_resultcode"]) == (FAILED, code), row
    for word in words:
        assert word in row["spotler_resultmessage"], row
    assert await world.runs() == before
    return row


@pytest.mark.parametrize("operation", [START, STOP])
async def test_nobody_is_chosen(then_works: Live, operation: int) -> None:
    """Neither Customer nor Lead."""
    await failed(then_works, operation, "INVALID_JOB", "Customer", "Lead", automation=WELCOME)


@pytest.mark.parametrize("operation", [START, STOP])
async def test_two_people_are_chosen(then_works: Live, operation: int) -> None:
    """Customer and Lead at once: it must not be guessed who is meant."""
    more = {ROBIN.binding: f"/leads({ROBIN.id})"}
    await failed(
        then_works, operation, "INVALID_JOB", "Customer", "Lead", person=KIM, automation=WELCOME, more=more
    )


@pytest.mark.parametrize("operation", [START, STOP])
async def test_no_automation_is_chosen(then_works: Live, operation: int) -> None:
    """A person alone does not say what to do."""
    await failed(then_works, operation, "INVALID_JOB", "Automation", person=CONTOSO)


async def test_a_stop_that_names_nothing(then_works: Live) -> None:
    """Neither a run nor a person and an automation."""
    await failed(then_works, STOP, "INVALID_JOB", "AutomationContactId")


async def test_run_ids_for_a_campaign(then_works: Live) -> None:
    """Campaigns have no run ids, and the message says so instead of stopping something else."""
    await failed(then_works, STOP, "INVALID_JOB", "Campaign", automation=BLACK_FRIDAY, runs="12345")


@pytest.mark.parametrize("runs", [",", " , ,", ";"])
async def test_run_ids_without_an_id(then_works: Live, runs: str) -> None:
    """Separators alone name no run."""
    await failed(then_works, STOP, "INVALID_JOB", "AutomationContactId", runs=runs)


@pytest.mark.parametrize("run", ["999999", "no-run", "../../trigger"])
async def test_an_unknown_run(then_works: Live, run: str) -> None:
    """Spotler does not know it; its own word stands on the row."""
    await failed(then_works, STOP, "RESOURCE_NOT_FOUND", runs=run)


async def test_one_known_and_one_unknown_run(then_works: Live) -> None:
    """What can be stopped is stopped, and the row says that it was only a part."""
    started = await then_works.start(KIM, WELCOME)
    run = started["spotler_automationcontactid"]
    row = await then_works.stop_runs(f"{run}, 999999")
    assert (await then_works.states())[run] == "stopped"
    assert row["statuscode"] == 724000003, row
    assert "RESOURCE_NOT_FOUND" in row["spotler_resultmessage"]


async def test_a_stop_where_nothing_runs(then_works: Live) -> None:
    """Spotler's refusal becomes a sentence on the row."""
    await failed(then_works, STOP, "INVALID_STATE", person=KIM, automation=WELCOME)


MISTAKES = (
    (INVOICE, "invoiceMail=kim@example.org", ("invoiceMail", "invoiceEmail")),
    (INVOICE, "invoiceemail=kim@example.org", ("invoiceemail", "invoiceEmail")),
    (INVOICE, "invoiceEmail=STRING;invoiceCode=;invoiceVatNumber=", ("invoiceEmail", "hint")),
    (INVOICE, "invoiceEmail=<STRING>", ("invoiceEmail", "hint")),
    (INVOICE, "invoiceCode=1\ninvoiceCode=2", ("Line 2", "invoiceCode")),
    (INVOICE, "kim@example.org", ("Line 1", "equals sign")),
    (INVOICE, "invoiceCode=a;b", ("column 15", "equals sign")),
    (JOURNEY, "crosssell={123,567", ("crosssell", "}")),
    (JOURNEY, "crosssell={<PRODUCTLIST>}", ("crosssell", "hint")),
    (JOURNEY, "crosssell=PRODUCTLIST", ("crosssell", "hint")),
    (JOURNEY, "brochure=URL", ("brochure", "hint")),
    (JOURNEY, "brochure=www.example.org/brochure.pdf", ("brochure", "https://")),
    (JOURNEY, "brochure=/brochure.pdf", ("brochure", "https://")),
    (JOURNEY, "brochure=javascript:alert(1)", ("brochure", "https://")),
)


async def test_mistakes_in_automation_fields(then_works: Live) -> None:
    """Each is refused before Spotler is called, with the name of the field and what to do about it."""
    await then_works.clear_journal("spotler")
    # For people of their own, so that none waits for another.
    people = [Person("contacts", str(uuid.uuid4()), f"Number {number}") for number in range(len(MISTAKES))]
    rows = [{"contactid": person.id, "lastname": person.name} for person in people]
    await then_works.seed("dataverse", {"contacts": rows})
    create = then_works.dynamics.create_job
    jobs = [
        await create(START, person=person, automation=automation, fields=fields)
        for person, (automation, fields, _) in zip(people, MISTAKES, strict=True)
    ]
    for job, (_, fields, words) in zip(jobs, MISTAKES, strict=True):
        row = await then_works.dynamics.final(job)
        assert (fields, row["statuscode"]) == (fields, FAILED)
        assert (fields, row["spotler_resultcode"]) == (fields, "INVALID_AUTOMATION_FIELDS")
        missing = [word for word in words if word not in row["spotler_resultmessage"]]
        assert missing == [], row["spotler_resultmessage"]
    assert await then_works.journal("spotler") == []


async def test_all_mistakes_are_told_at_once(then_works: Live) -> None:
    """Nobody has to mend a job four times."""
    fields = "invoiceMail=a\ninvoiceCode=STRING\ninvoiceVatNumber=1\ninvoiceVatNumber=2"
    row = await failed(
        then_works, START, "INVALID_AUTOMATION_FIELDS", person=KIM, automation=INVOICE, fields=fields
    )
    for name in ("invoiceMail", "invoiceCode", "invoiceVatNumber"):
        assert name in row["spotler_resultmessage"]


async def test_a_mended_job_runs_when_it_is_activated(then_works: Live) -> None:
    """A failed job that a person mends and activates is found again, without a webhook."""
    row = await failed(
        then_works,
        START,
        "INVALID_AUTOMATION_FIELDS",
        person=KIM,
        automation=INVOICE,
        fields="invoiceEmail=STRING",
    )
    job = row["spotler_jobid"]
    await then_works.dynamics.change_job(job, {"spotler_automationfields": "invoiceEmail=kim@example.org"})
    await then_works.dynamics.change_job(job, {"statecode": 0, "statuscode": 1})
    body = context(PrimaryEntityId=job)
    assert (await then_works.call("POST", WEBHOOK, data=body, headers=JSON)).status == 202
    row = await then_works.dynamics.final(job)
    assert (row["statuscode"], row["spotler_resultcode"]) == (SUCCEEDED, "OK"), row


async def test_bad_jobs_do_not_hold_up_the_good_ones_between_them(then_works: Live) -> None:
    """Saved all at once, every one reaches its own result."""
    create = then_works.dynamics.create_job
    bad = [await create(START, automation=WELCOME) for _ in range(3)]
    good = [await create(START, person=person, automation=WELCOME) for person in (KIM, CONTOSO, ROBIN)]
    bad += [await create(STOP, runs="999999") for _ in range(3)]
    rows = [await then_works.dynamics.final(job) for job in good]
    assert [row["spotler_resultcode"] for row in rows] == ["OK"] * 3
    assert [(await then_works.dynamics.final(job))["statuscode"] for job in bad] == [FAILED] * 6
