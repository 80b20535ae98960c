"""Do automations list, start and stop as Mail+ does?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.spotler.conftest import Answer, Spotler
from tests.sandbox.spotler.ids import (
    BLACK_FRIDAY_TRIGGER,
    DRAFT,
    DRAFT_CODE,
    INVOICE,
    INVOICE_CODE,
    JOURNEY,
    JOURNEY_CODE,
    KIM,
    LOT,
    NOOR,
    ROBIN,
    SAM,
    WELCOME,
    WELCOME_CODE,
)

OTHER = "aaaaaaaa-0000-4000-8000-0000000000ff"


async def trigger(
    spotler: Spotler, code: str, contact: str, fields: list[dict[str, Any]] | None = None
) -> Answer:
    """Start what a code reaches."""
    body: dict[str, Any] = {"externalContactId": contact}
    if fields is not None:
        body["automationFields"] = fields
    return await spotler.call("POST", f"automation/trigger/{code}", body)


def run_id(answer: Answer) -> str:
    """Of the first automation that was reached."""
    return str(answer.json["automationResults"][0]["automationContactId"])


async def test_the_list_holds_triggers_and_the_types_of_their_fields(spotler: Spotler) -> None:
    """Published or not, in the form both sides guessed."""
    told = (await spotler.call("GET", "automation/list")).json
    assert [(one["name"], one["published"]) for one in told] == [
        ("Invoice", True),
        ("New Customer Journey", True),
        ("Welcome", True),
        ("Draft Journey", False),
    ]
    assert told[1] == {
        "id": JOURNEY,
        "name": "New Customer Journey",
        "published": True,
        "triggers": [
            {
                "code": JOURNEY_CODE,
                "label": "New Customer Journey",
                "fields": [{"name": "crosssell", "type": "PRODUCTLIST"}, {"name": "brochure", "type": "URL"}],
            }
        ],
    }
    assert told[2]["triggers"][0]["fields"] == []


async def test_a_start_answers_the_run_and_records_the_fields(spotler: Spotler) -> None:
    """200 OK with one entry; the run holds what was sent."""
    fields: list[dict[str, Any]] = [
        {"name": "crosssell", "type": "PRODUCTLIST", "values": ["123", "567"]},
        {"name": "brochure", "type": "URL", "value": "https://example.org/?a=1;b=2"},
    ]
    answer = await trigger(spotler, JOURNEY_CODE, KIM, fields)
    assert answer.status == 200
    run = run_id(answer)
    assert answer.json == {
        "result": "OK",
        "automationResults": [{"automationId": JOURNEY, "result": "OK", "automationContactId": run}],
    }
    (told,) = await spotler.runs()
    assert told.pop("startedOn").endswith("Z")
    assert told == {
        "runId": run,
        "externalContactId": KIM,
        "kind": "automation",
        "automationId": JOURNEY,
        "code": JOURNEY_CODE,
        "fields": {"crosssell": ["123", "567"], "brochure": "https://example.org/?a=1;b=2"},
        "ignoredFields": {},
        "state": "running",
        "endedOn": None,
    }


async def test_fields_that_occur_in_no_message_are_ignored_but_seen(spotler: Spotler) -> None:
    """Another case is another name; an empty value is kept; a field without value is none."""
    fields = [
        {"name": "invoiceEmail", "value": ""},
        {"name": "invoiceemail", "value": "x"},
        {"name": "invoiceCode"},
    ]
    assert (await trigger(spotler, INVOICE_CODE, KIM, fields)).status == 200
    (run,) = await spotler.runs()
    assert (run["fields"], run["ignoredFields"]) == ({"invoiceEmail": ""}, {"invoiceemail": "x"})


@pytest.mark.parametrize(
    ("code", "contact", "status", "told"),
    [
        (OTHER, KIM, 404, {"result": "TRIGGER_NOTFOUND"}),
        ("no-uuid", KIM, 404, {"result": "TRIGGER_NOTFOUND"}),
        (INVOICE, KIM, 404, {"result": "TRIGGER_NOTFOUND"}),
        (INVOICE_CODE, NOOR, 404, {"result": "CONTACT_NOTFOUND"}),
        (
            DRAFT_CODE,
            KIM,
            417,
            {
                "result": "NOT_TRIGGERED",
                "automationResults": [{"automationId": DRAFT, "result": "AUTOMATION_INACTIVE"}],
            },
        ),
        (
            INVOICE_CODE,
            LOT,
            417,
            {
                "result": "NOT_TRIGGERED",
                "automationResults": [{"automationId": INVOICE, "result": "PARTICIPATION_LIMIT_REACHED"}],
            },
        ),
    ],
)
async def test_each_documented_refusal(
    spotler: Spotler, code: str, contact: str, status: int, told: dict[str, Any]
) -> None:
    """Its status, its result, and nothing started."""
    answer = await trigger(spotler, code, contact)
    assert (answer.status, answer.json) == (status, told)
    assert await spotler.runs() == []


async def test_a_code_in_capitals_is_the_same_code(spotler: Spotler) -> None:
    """UUIDs have no case."""
    assert (await trigger(spotler, WELCOME_CODE.upper(), KIM)).status == 200


async def test_one_code_can_reach_several_automations(spotler: Spotler) -> None:
    """Partial success is a 200 with a run id for each that started, and the reason for each that did not."""
    shared = [{"code": WELCOME_CODE, "label": "Welcome", "fields": [{"name": "x", "type": "STRING"}]}]
    second, third = OTHER, OTHER.replace("ff", "fe")
    await spotler.seed(
        automations=[
            {"id": second, "name": "Second", "published": True, "triggers": shared},
            {"id": third, "name": "Third", "published": False, "triggers": shared},
        ]
    )
    answer = await trigger(spotler, WELCOME_CODE, KIM, [{"name": "x", "value": "1"}])
    assert (answer.status, answer.json["result"]) == (200, "OK")
    results = answer.json["automationResults"]
    assert [(one["automationId"], one["result"]) for one in results] == [
        (WELCOME, "OK"),
        (second, "OK"),
        (third, "AUTOMATION_INACTIVE"),
    ]
    assert "automationContactId" not in results[2]
    runs = await spotler.runs()
    assert [run["runId"] for run in runs] == [one["automationContactId"] for one in results[:2]]
    assert [(run["fields"], run["ignoredFields"]) for run in runs] == [({}, {"x": "1"}), ({"x": "1"}, {})]


@pytest.mark.parametrize(
    ("participation", "statuses"),
    [
        ("unlimited", [200, 200, 200]),
        ("once", [200, 417, 417]),
        ("once_while_running", [200, 417, 200]),
    ],
)
async def test_participation_is_limited_as_set(
    spotler: Spotler, participation: str, statuses: list[int]
) -> None:
    """A second time while running, a third time after it finished; others are not concerned."""
    triggers = [{"code": OTHER, "label": "L"}]
    await spotler.seed(
        automations=[{"id": OTHER, "name": "N", "participation": participation, "triggers": triggers}]
    )
    first = await trigger(spotler, OTHER, KIM)
    second = await trigger(spotler, OTHER, KIM)
    for run in await spotler.runs():
        await spotler.control("POST", "finish", {"runId": run["runId"]})
    third = await trigger(spotler, OTHER, KIM)
    assert [first.status, second.status, third.status] == statuses
    assert (await trigger(spotler, OTHER, SAM)).status == 200


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "must be an object"),
        ({}, "externalContactId is required"),
        ({"externalContactId": ""}, "externalContactId is required"),
        ({"externalContactId": 5}, "externalContactId is required"),
        ({"externalContactId": KIM, "automationFields": {}}, "must be a list"),
        ({"externalContactId": KIM, "automationFields": ["x"]}, "[0] must be an object"),
        ({"externalContactId": KIM, "automationFields": [{"value": "x"}]}, "[0].name is required"),
        ({"externalContactId": KIM, "automationFields": [{"name": "a b", "value": "x"}]}, "without spaces"),
        ({"externalContactId": KIM, "automationFields": [{"name": "a"}, {"name": "a"}]}, "twice"),
        ({"externalContactId": KIM, "automationFields": [{"name": "a", "type": "INT"}]}, "must be one of"),
        ({"externalContactId": KIM, "automationFields": [{"name": "a", "value": 5}]}, "must be a text"),
        ({"externalContactId": KIM, "automationFields": [{"name": "a", "values": ["x"]}]}, "not values"),
        (
            {
                "externalContactId": KIM,
                "automationFields": [{"name": "a", "type": "PRODUCTLIST", "value": "x"}],
            },
            "not value",
        ),
        (
            {
                "externalContactId": KIM,
                "automationFields": [{"name": "a", "type": "PRODUCTLIST", "values": [5]}],
            },
            "list of texts",
        ),
    ],
)
async def test_a_body_in_another_form_is_400(spotler: Spotler, body: Any, word: str) -> None:
    """ErrorResponse with INVALID_PARAMS; nothing starts."""
    answer = await spotler.call("POST", f"automation/trigger/{WELCOME_CODE}", body)
    assert (answer.status, answer.json["errorType"]) == (400, "INVALID_PARAMS")
    assert word in answer.json["message"]
    assert await spotler.runs() == []


async def test_a_stop_by_person_stops_every_run_of_that_automation_and_person(spotler: Spotler) -> None:
    """Runs of others, and in other automations, go on."""
    for code, contact in [
        (WELCOME_CODE, KIM),
        (WELCOME_CODE, KIM),
        (WELCOME_CODE, SAM),
        (INVOICE_CODE, KIM),
    ]:
        assert (await trigger(spotler, code, contact)).status == 200
    answer = await spotler.call("POST", f"automation/{WELCOME}/stop", {"externalContactId": KIM})
    assert (answer.status, answer.text) == (204, "")
    assert [run["state"] for run in await spotler.runs()] == ["stopped", "stopped", "running", "running"]


@pytest.mark.parametrize(
    ("automation", "contact", "status", "error"),
    [
        (OTHER, KIM, 404, "RESOURCE_NOT_FOUND"),
        (WELCOME, NOOR, 404, "CONTACT_NOT_FOUND"),
        (WELCOME, SAM, 400, "INVALID_STATE"),
    ],
)
async def test_a_stop_by_person_is_refused(
    spotler: Spotler, automation: str, contact: str, status: int, error: str
) -> None:
    """Unknown automation, unknown contact, nothing running."""
    answer = await spotler.call("POST", f"automation/{automation}/stop", {"externalContactId": contact})
    assert (answer.status, answer.json["errorType"]) == (status, error)


async def test_a_stop_by_run_stops_that_run_only(spotler: Spotler) -> None:
    """The id may be sent as text or as a number; stopping again is refused."""
    first, second, third = [run_id(await trigger(spotler, WELCOME_CODE, ROBIN)) for _ in range(3)]
    for sent in (first, int(second)):
        assert (await spotler.call("POST", "automation/stop", {"automationContactId": sent})).status == 204
    states = {run["runId"]: run["state"] for run in await spotler.runs()}
    assert states == {first: "stopped", second: "stopped", third: "running"}
    again = await spotler.call("POST", "automation/stop", {"automationContactId": first})
    assert (again.status, again.json["errorType"]) == (400, "INVALID_STATE")


async def test_a_finished_run_cannot_be_stopped(spotler: Spotler) -> None:
    """Neither by run nor by person."""
    run = run_id(await trigger(spotler, WELCOME_CODE, KIM))
    assert (await spotler.control("POST", "finish", {"runId": run})).json["state"] == "finished"
    for path, body in [
        ("automation/stop", {"automationContactId": run}),
        (f"automation/{WELCOME}/stop", {"externalContactId": KIM}),
    ]:
        answer = await spotler.call("POST", path, body)
        assert (answer.status, answer.json["message"]) == (400, "Automation already finished")
    assert [one["state"] for one in await spotler.runs()] == ["finished"]


async def test_an_unknown_run_or_one_of_a_campaign_cannot_be_stopped_by_id(spotler: Spotler) -> None:
    """A campaign gives no run id out, so its id is no run id."""
    await spotler.call("POST", f"campaign/trigger/{BLACK_FRIDAY_TRIGGER}", {"externalContactId": KIM})
    (run,) = await spotler.runs()
    for sent in ("17", run["runId"]):
        answer = await spotler.call("POST", "automation/stop", {"automationContactId": sent})
        assert (answer.status, answer.json["errorType"]) == (404, "RESOURCE_NOT_FOUND")


@pytest.mark.parametrize("sent", [None, "", True, [], 1.5])
async def test_a_stop_without_a_run_id_is_400(spotler: Spotler, sent: Any) -> None:
    """INVALID_PARAMS."""
    answer = await spotler.call("POST", "automation/stop", {"automationContactId": sent})
    assert (answer.status, answer.json["errorType"]) == (400, "INVALID_PARAMS")
