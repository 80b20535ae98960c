"""Does every sentence of the page that describes the product hold, from the saved row to the mail?"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox.scenario.dynamics import START, STOP
from sandbox.scenario.people import (
    ALEX,
    BLACK_FRIDAY,
    CONTOSO,
    FABRIKAM,
    INVOICE,
    JOURNEY,
    KIM,
    OFFERED,
    REMINDER,
    ROBIN,
    SAM,
    WELCOME,
    Person,
)
from sandbox.scenario.story import SUCCEEDED
from tests.world import HOME, Live

AUTOMATION_KIND = 724000000
CAMPAIGN_KIND = 724000001

EMAIL = "ap@example.org"
VAT = "NL123456"
CHECKED = {"invoiceEmail": EMAIL, "invoiceVatNumber": VAT}


def automation(*, published: bool = True, label: str = "Anniversary", **more: Any) -> dict[str, Any]:
    """An automation that the seed data does not have, as Spotler is told of it."""
    trigger = {"code": "bbbbbbbb-0000-4000-8000-0000000000aa", "label": label, "fields": []}
    return {
        "id": "aaaaaaaa-0000-4000-8000-0000000000aa",
        "name": "An automation's own name",
        "published": published,
        "triggers": [trigger],
        **more,
    }


def is_ok(row: dict[str, Any]) -> bool:
    """Whether a job succeeded, with the Result Code OK."""
    return (row["statuscode"], row["spotler_resultcode"]) == (SUCCEEDED, "OK")


# --- the list of automations --------------------------------------------------------------------------------


async def test_the_list_holds_automations_and_campaigns_each_with_its_emoji(world: Live) -> None:
    """People choose from one list, in which a rocket marks automations and a megaphone campaigns."""
    catalogue = await world.dynamics.catalogue()
    assert set(catalogue) == OFFERED
    for label, row in catalogue.items():
        assert row["spotler_kind"] == (AUTOMATION_KIND if label.startswith("🚀 ") else CAMPAIGN_KIND)
        assert label.startswith(("🚀 ", "📢 "))


async def test_the_label_of_the_trigger_is_what_people_see(world: Live) -> None:
    """The external trigger's label shows in Dynamics, not the automation's own name; it has a code behind it."""
    await world.seed("spotler", {"automations": [automation(label="Happy birthday")]})
    assert is_ok(await world.refresh_by_job())
    catalogue = await world.dynamics.catalogue()
    assert set(catalogue) == OFFERED | {"🚀 Happy birthday"}
    assert catalogue["🚀 Happy birthday"]["spotler_code"] == "bbbbbbbb-0000-4000-8000-0000000000aa"


async def test_an_automation_must_be_published_to_be_offered(world: Live) -> None:
    """Forgetting to publish keeps it off the list; publishing and refreshing puts it on."""
    await world.seed("spotler", {"automations": [automation(published=False)]})
    await world.refresh_by_job()
    assert "🚀 Anniversary" not in await world.dynamics.catalogue()
    await world.seed("spotler", {"automations": [automation(published=True)]})
    await world.refresh_by_job()
    assert "🚀 Anniversary" in await world.dynamics.catalogue()


async def test_a_campaign_must_be_active_to_be_offered(world: Live) -> None:
    """Forgetting to set a campaign to Active keeps it off the list; every trigger of an active one is a row."""
    campaign = {
        "encryptedId": "cMpZ1",
        "name": "Spring",
        "active": False,
        "triggers": [
            {"encryptedId": "tRg1", "name": "Spring"},
            {"encryptedId": "tRg2", "name": "Late spring"},
        ],
    }
    await world.seed("spotler", {"campaigns": [campaign]})
    await world.refresh_by_job()
    assert set(await world.dynamics.catalogue()) == OFFERED
    await world.seed("spotler", {"campaigns": [{**campaign, "active": True}]})
    await world.refresh_by_job()
    assert set(await world.dynamics.catalogue()) == OFFERED | {"📢 Spring", "📢 Late spring"}


async def test_an_automation_that_is_withdrawn_vanishes_from_the_list(world: Live) -> None:
    """Its row is kept, because old jobs point at it, and comes back as the same row."""
    await world.seed("spotler", {"automations": [automation()]})
    await world.refresh_by_job()
    row = (await world.dynamics.catalogue())["🚀 Anniversary"]["spotler_automationid"]
    await world.seed("spotler", {"automations": [automation(published=False)]})
    await world.refresh_by_job()
    assert set(await world.dynamics.catalogue()) == OFFERED
    kept = await world.dynamics.read("spotler_automations?$filter=spotler_name eq '🚀 Anniversary'")
    assert [(one["spotler_automationid"], one["statecode"]) for one in kept] == [(row, 1)]
    await world.seed("spotler", {"automations": [automation(published=True)]})
    await world.refresh_by_job()
    assert (await world.dynamics.catalogue())["🚀 Anniversary"]["spotler_automationid"] == row


async def test_refresh_by_a_job(world: Live) -> None:
    """A Spotler Job with the operation Refresh Automations fills an empty list; its message tells what it did."""
    await world.reset()
    assert await world.dynamics.catalogue() == {}
    row = await world.refresh_by_job()
    assert is_ok(row)
    assert row["spotler_resultmessage"]
    assert set(await world.dynamics.catalogue()) == OFFERED


async def test_refresh_by_the_timer(world: Live) -> None:
    """The function that runs twice a day does the same."""
    await world.reset()
    await world.run_timer("sync_catalogue")
    assert set(await world.until(world.dynamics.catalogue)) <= OFFERED

    async def whole() -> bool:
        return set(await world.dynamics.catalogue()) == OFFERED

    await world.until(whole)


async def test_the_timer_goes_off_twice_a_day() -> None:
    """The schedule that a new installation starts with has two hours of one minute, every day."""
    sample = json.loads((HOME / "local.settings.sample.json").read_text(encoding="utf-8"))
    second, minute, hours, *days = sample["Values"]["CATALOGUE_SYNC_SCHEDULE"].split()
    assert second.isdigit()
    assert minute.isdigit()
    assert len(hours.split(",")) == 2
    assert days == ["*", "*", "*"]


async def test_refresh_over_http(world: Live) -> None:
    """An administrator gets the report at once; a second refresh finds nothing to do and writes nothing."""
    await world.reset()
    first = (await world.refresh()).json
    assert sorted(first["added"]) == sorted(OFFERED)
    await world.clear_journal("dataverse")
    second = (await world.refresh()).json
    assert second["added"] == []
    written = [
        one["method"]
        for request in await world.journal("dataverse")
        for one in [request, *request["children"]]
        if one["method"] != "GET" and "$batch" not in one["path"]
    ]
    assert written == []


async def test_a_new_job_is_prefilled_with_every_field_and_its_type(world: Live) -> None:
    """The catalogue row holds the text: all possible fields, each with the type of its value as a hint."""
    catalogue = await world.dynamics.catalogue()

    def parts(label: str) -> set[str]:
        return set((catalogue[label]["spotler_fieldtemplate"] or "").replace("\n", ";").split(";")) - {""}

    assert parts(INVOICE) == {"invoiceEmail=STRING", "invoiceCode=STRING", "invoiceVatNumber=STRING"}
    assert parts(JOURNEY) == {"crosssell={<PRODUCTLIST>}", "brochure=URL"}
    assert parts(WELCOME) == set()


# --- starting -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [KIM, CONTOSO, ROBIN], ids=["contact", "account", "lead"])
@pytest.mark.parametrize("label", [WELCOME, BLACK_FRIDAY], ids=["automation", "campaign"])
async def test_saving_the_job_starts_it_for_a_contact_an_account_or_a_lead(
    world: Live, person: Person, label: str
) -> None:
    """Customer (account or contact) or Lead, an automation or a campaign: saving is all it takes.

    Spotler then shows one more run of it, for the contact that has the row's id as its external id.
    """
    row = await world.start(person, label)
    assert is_ok(row), row
    runs = await world.runs()
    assert [(run["externalContactId"], run["state"]) for run in runs] == [(person.id, "running")]
    assert runs[0]["kind"] == ("automation" if label == WELCOME else "campaign")


async def test_a_success_is_told_on_the_row_with_the_run_it_began(world: Live) -> None:
    """The Result Code is OK and AutomationContactId is the one run that was started."""
    rows = await world.start_all((KIM, WELCOME), (SAM, WELCOME))
    assert all(is_ok(row) for row in rows)
    runs = {str(run["runId"]): run["externalContactId"] for run in await world.runs()}
    assert runs == {
        row["spotler_automationcontactid"]: person.id for row, person in zip(rows, (KIM, SAM), strict=True)
    }


async def test_a_campaign_has_no_run_id(world: Live) -> None:
    """Spotler gives none for campaigns, so the row of a started campaign is OK without one."""
    row = await world.start(KIM, BLACK_FRIDAY)
    assert is_ok(row)
    assert not row["spotler_automationcontactid"]


@pytest.mark.parametrize("person", [SAM, FABRIKAM, ALEX], ids=["contact", "account", "lead"])
@pytest.mark.parametrize("label", [WELCOME, REMINDER], ids=["automation", "campaign"])
async def test_a_success_is_a_post_in_the_timeline(world: Live, person: Person, label: str) -> None:
    """One post for each start, with the label, in the Timeline of that contact, lead or account alone."""
    row = await world.start(person, label)
    (post,) = (await world.dynamics.posts_once(person, 1)).values()
    assert label in post
    if label == WELCOME:
        assert row["spotler_automationcontactid"] in post
    assert await world.dynamics.posts(KIM) == {}


async def test_one_automation_can_be_started_again_and_again(world: Live) -> None:
    """Each job is a run of its own, also of the same automation for the same person."""
    rows = [await world.start(KIM, WELCOME) for _ in range(3)]
    assert len({row["spotler_automationcontactid"] for row in rows}) == 3
    assert len(await world.dynamics.posts_once(KIM, 3)) == 3


# --- data for the messages ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        f"invoiceEmail={EMAIL};invoiceCode=;invoiceVatNumber={VAT}",
        f"invoiceEmail={EMAIL};invoiceVatNumber={VAT}",
        f"invoiceEmail={EMAIL};\ninvoiceCode=;\ninvoiceVatNumber={VAT}",
        f"invoiceEmail={EMAIL}\ninvoiceCode=\ninvoiceVatNumber={VAT}",
        f"invoiceEmail={EMAIL}\ninvoiceVatNumber={VAT}",
        f"invoiceEmail={EMAIL}\r\ninvoiceCode=;invoiceVatNumber={VAT};\r\n",
    ],
    ids=[
        "semicolons",
        "left out",
        "semicolons and Enters",
        "Enters",
        "Enters, left out",
        "mixed, as forms save it",
    ],
)
async def test_every_layout_of_automation_fields_is_valid(world: Live, fields: str) -> None:
    """Semicolons and/or Enters separate; a blank field and one left out pass no value."""
    row = await world.start(KIM, INVOICE, fields)
    assert is_ok(row), row
    assert [run["fields"] for run in await world.runs()] == [CHECKED]


async def test_the_mail_shows_data_that_spotler_did_not_know(world: Live) -> None:
    """What the job passes stands in the message in place of its automation field."""
    row = await world.start(KIM, INVOICE, f"invoiceEmail={EMAIL};invoiceVatNumber={VAT}")
    mails = [mail for mail in await world.mails() if str(mail["runId"]) == row["spotler_automationcontactid"]]
    assert [mail["to"]["externalId"] for mail in mails] == [KIM.id]
    assert EMAIL in mails[0]["text"]
    assert VAT in mails[0]["text"]


async def test_no_field_need_be_filled(world: Live) -> None:
    """All fields may be left out or blank."""
    rows = await asyncio.gather(
        world.start(KIM, INVOICE), world.start(SAM, INVOICE, "invoiceEmail=;invoiceCode=;invoiceVatNumber=")
    )
    assert all(is_ok(row) for row in rows), rows
    assert [run["fields"] for run in await world.runs()] == [{}, {}]


async def test_a_productlist_takes_several_values(world: Live) -> None:
    """The hint in curly brackets becomes a list of products, separated by commas."""
    row = await world.start(KIM, JOURNEY, "crosssell={123,567,891}")
    assert is_ok(row), row
    assert [run["fields"] for run in await world.runs()] == [{"crosssell": ["123", "567", "891"]}]


async def test_a_url_passes_whole(world: Live) -> None:
    """A field of type URL keeps its query, with the equals signs in it."""
    url = "https://example.org/brochure?for=kim&page=2"
    assert is_ok(await world.start(KIM, JOURNEY, f"brochure={url}\ncrosssell={{7}}"))
    assert [run["fields"] for run in await world.runs()] == [{"brochure": url, "crosssell": ["7"]}]


# --- stopping -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("person", [KIM, CONTOSO, ROBIN], ids=["contact", "account", "lead"])
async def test_stopping_for_a_person_stops_all_runs_of_that_automation(world: Live, person: Person) -> None:
    """All running ones of this automation for this person; other people's and other automations' go on."""
    mine = [await world.start(person, JOURNEY) for _ in range(2)]
    others = await world.start_all((SAM, JOURNEY), (person, WELCOME))
    assert is_ok(await world.stop(person, JOURNEY))
    states = await world.states()
    assert [states[row["spotler_automationcontactid"]] for row in mine] == ["stopped"] * 2
    assert [states[row["spotler_automationcontactid"]] for row in others] == ["running"] * 2


async def test_stopping_one_run_needs_nothing_but_its_id(world: Live) -> None:
    """AutomationContactId of the job that started it, and no other parameter; its twin goes on."""
    first = await world.start(KIM, WELCOME)
    second = await world.start(KIM, WELCOME)
    assert is_ok(await world.stop_runs(first["spotler_automationcontactid"]))
    states = await world.states()
    assert states[first["spotler_automationcontactid"]] == "stopped"
    assert states[second["spotler_automationcontactid"]] == "running"


@pytest.mark.parametrize("separator", [",", ", "])
async def test_several_runs_are_stopped_by_one_job(world: Live, separator: str) -> None:
    """The ids are separated by a comma; they may be of different people and automations."""
    *started, left = await world.start_all((KIM, WELCOME), (ROBIN, JOURNEY), (SAM, WELCOME))
    ids = [row["spotler_automationcontactid"] for row in started]
    row = await world.stop_runs(separator.join(ids))
    assert is_ok(row), row
    states = await world.states()
    assert [states[run] for run in ids] == ["stopped"] * 2
    assert states[left["spotler_automationcontactid"]] == "running"


async def test_a_campaign_is_stopped_like_an_automation(world: Live) -> None:
    """For the person that was chosen, and nobody else."""
    await world.start_all((KIM, BLACK_FRIDAY), (SAM, BLACK_FRIDAY))
    assert is_ok(await world.stop(KIM, BLACK_FRIDAY))
    assert [run["state"] for run in await world.runs(KIM)] == ["stopped"]
    assert [run["state"] for run in await world.runs(SAM)] == ["running"]


async def test_a_stop_writes_no_post(world: Live) -> None:
    """Only starts are shown in the Timeline."""
    await world.start(KIM, WELCOME)
    await world.dynamics.posts_once(KIM, 1)
    assert is_ok(await world.stop(KIM, WELCOME))
    await world.start(KIM, JOURNEY)
    posts = await world.dynamics.posts_once(KIM, 2)
    assert len(posts) == 2
    assert {label for label in (WELCOME, JOURNEY) if any(label in post for post in posts.values())} == {
        WELCOME,
        JOURNEY,
    }


async def test_jobs_of_one_person_take_effect_in_the_order_they_were_saved(world: Live) -> None:
    """A start and a stop saved right after each other leave nothing running, whichever arrives first."""
    jobs = [
        await world.dynamics.create_job(operation, person=KIM, automation=JOURNEY)
        for operation in (START, STOP, START, STOP)
    ]
    rows = [await world.dynamics.final(job) for job in jobs]
    assert {run["state"] for run in await world.runs(KIM)} <= {"stopped"}
    assert all(row["spotler_resultcode"] in {"OK", "CANCELLED_BY_STOP", "INVALID_STATE"} for row in rows), (
        rows
    )
