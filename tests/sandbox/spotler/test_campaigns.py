"""Do campaigns list, start and stop as Mail+ does, and what does a contact show of them?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.spotler.conftest import Answer, Spotler
from tests.sandbox.spotler.ids import (
    BLACK_FRIDAY,
    BLACK_FRIDAY_REMINDER,
    BLACK_FRIDAY_TRIGGER,
    CONTOSO,
    INVOICE_CODE,
    KIM,
    NOOR,
    SAM,
    SUMMER_SALE,
    SUMMER_SALE_TRIGGER,
)


async def trigger(spotler: Spotler, trigger_id: str, contact: str, **more: Any) -> Answer:
    """Start a campaign."""
    return await spotler.call(
        "POST", f"campaign/trigger/{trigger_id}", {"externalContactId": contact, **more}
    )


async def stop(spotler: Spotler, campaign: str, contact: str) -> Answer:
    """Stop a campaign for a contact."""
    return await spotler.call("POST", f"campaign/{campaign}/stop", {"externalContactId": contact})


async def test_the_list_holds_active_and_inactive_campaigns(spotler: Spotler) -> None:
    """With all triggers of each; without the member where there is none."""
    await spotler.seed(campaigns=[{"encryptedId": "cNone", "name": "None", "active": True}])
    assert (await spotler.call("GET", "campaign/list")).json == [
        {
            "encryptedId": BLACK_FRIDAY,
            "name": "Black Friday",
            "active": True,
            "triggers": [
                {"encryptedId": BLACK_FRIDAY_TRIGGER, "name": "Black Friday"},
                {"encryptedId": BLACK_FRIDAY_REMINDER, "name": "Black Friday reminder"},
            ],
        },
        {
            "encryptedId": SUMMER_SALE,
            "name": "Summer Sale",
            "active": False,
            "triggers": [{"encryptedId": SUMMER_SALE_TRIGGER, "name": "Summer Sale"}],
        },
        {"encryptedId": "cNone", "name": "None", "active": True},
    ]


async def test_a_start_is_204_without_body_and_records_every_field(spotler: Spotler) -> None:
    """Campaigns do not tell their fields, so none is ignored."""
    fields = [{"name": "code", "value": "X1"}, {"name": "items", "type": "PRODUCTLIST", "values": ["7"]}]
    answer = await trigger(spotler, BLACK_FRIDAY_REMINDER, CONTOSO, campaignFields=fields)
    assert (answer.status, answer.text) == (204, "")
    (run,) = await spotler.runs()
    assert (run["kind"], run["automationId"], run["code"]) == (
        "campaign",
        BLACK_FRIDAY,
        BLACK_FRIDAY_REMINDER,
    )
    assert (run["fields"], run["ignoredFields"]) == ({"code": "X1", "items": ["7"]}, {})


GONE = {"campaignFields": [{"name": "items", "type": "PRODUCTLIST", "values": ["1", "SKU-GONE"]}]}


@pytest.mark.parametrize(
    ("trigger_id", "contact", "more", "told"),
    [
        ("tNone", KIM, {}, (404, "TRIGGER_NOTFOUND", "Trigger not found")),
        (BLACK_FRIDAY, KIM, {}, (404, "TRIGGER_NOTFOUND", "Trigger not found")),
        (BLACK_FRIDAY_TRIGGER.lower(), KIM, {}, (404, "TRIGGER_NOTFOUND", "Trigger not found")),
        (BLACK_FRIDAY_TRIGGER, NOOR, {}, (400, "CONTACT_NOT_FOUND", "Contact not found")),
        (BLACK_FRIDAY_TRIGGER, KIM, GONE, (400, "PRODUCT_NOTFOUND", "Product not found")),
        (SUMMER_SALE_TRIGGER, KIM, {}, (400, "INVALID_STATE", "Campaign inactive")),
        ("tMute", KIM, {}, (400, "INVALID_STATE", "Campaign missing message")),
        ("tFew", KIM, {}, (400, "INVALID_STATE", "Contact not in selection")),
        (BLACK_FRIDAY_TRIGGER, SAM, {}, (400, "INVALID_STATE", "Contact already active in campaign")),
        ("tOnce", SAM, {}, (400, "INVALID_STATE", "Contact already in campaign")),
    ],
)
async def test_each_documented_refusal(
    spotler: Spotler,
    trigger_id: str,
    contact: str,
    more: dict[str, Any],
    told: tuple[int, str, str],
) -> None:
    """Its status and type, and nothing started; Sam is in two campaigns already."""
    await spotler.seed(
        campaigns=[
            {
                "encryptedId": "cMute",
                "name": "Mute",
                "triggers": [{"encryptedId": "tMute", "name": "M"}],
                "messages": [],
            },
            {
                "encryptedId": "cFew",
                "name": "Few",
                "triggers": [{"encryptedId": "tFew", "name": "F"}],
                "selection": [SAM],
            },
            {
                "encryptedId": "cOnce",
                "name": "Once",
                "triggers": [{"encryptedId": "tOnce", "name": "O"}],
                "participation": "once",
            },
        ]
    )
    for started in (BLACK_FRIDAY_TRIGGER, "tOnce", "tFew"):
        assert (await trigger(spotler, started, SAM)).status == 204
    answer = await trigger(spotler, trigger_id, contact, **more)
    assert (answer.status, answer.json["errorType"], answer.json["message"]) == told
    assert len(await spotler.runs()) == 3


async def test_a_stop_stops_the_campaign_for_that_contact(spotler: Spotler) -> None:
    """Then it is over, and it may be started anew."""
    for contact in (KIM, SAM):
        await trigger(spotler, BLACK_FRIDAY_TRIGGER, contact)
    answer = await stop(spotler, BLACK_FRIDAY, KIM)
    assert (answer.status, answer.text) == (204, "")
    assert [run["state"] for run in await spotler.runs()] == ["stopped", "running"]
    again = await stop(spotler, BLACK_FRIDAY, KIM)
    assert (again.status, again.json["message"]) == (400, "Campaign already finished")
    assert (await trigger(spotler, BLACK_FRIDAY_TRIGGER, KIM)).status == 204


@pytest.mark.parametrize(
    ("campaign", "contact", "told"),
    [
        ("cNone", KIM, (404, "CAMPAIGN_NOTFOUND", "Campaign not found")),
        (BLACK_FRIDAY_TRIGGER, KIM, (404, "CAMPAIGN_NOTFOUND", "Campaign not found")),
        (BLACK_FRIDAY, NOOR, (400, "CONTACT_NOT_FOUND", "Contact not found")),
        (BLACK_FRIDAY, KIM, (400, "INVALID_STATE", "Campaign not triggered")),
    ],
)
async def test_a_stop_is_refused(
    spotler: Spotler, campaign: str, contact: str, told: tuple[int, str, str]
) -> None:
    """Unknown campaign (the trigger's id is none), unknown contact, never triggered."""
    answer = await stop(spotler, campaign, contact)
    assert (answer.status, answer.json["errorType"], answer.json["message"]) == told


async def test_the_mailings_of_a_campaign(spotler: Spotler) -> None:
    """Its messages by subject; 404 for a campaign that is not there."""
    (mailing,) = (await spotler.call("GET", f"campaign/{BLACK_FRIDAY}/mailing")).json
    assert (mailing["name"], mailing["type"]) == ("Black Friday", "EMAIL")
    answer = await spotler.call("GET", "campaign/cNone/mailing")
    assert (answer.status, answer.json["errorType"]) == (404, "CAMPAIGN_NOTFOUND")


async def test_a_contact_is_shown_by_its_external_id(spotler: Spotler) -> None:
    """Properties without a value are left out."""
    await spotler.seed(
        contacts=[{"externalId": "a/b c", "name": "Odd", "properties": {"email": "o@example.org", "x": None}}]
    )
    told = (await spotler.call("GET", "contact/a%2Fb%20c")).json
    assert (told["externalId"], told["properties"]) == ("a/b c", {"email": "o@example.org"})
    for path in (f"contact/{NOOR}", f"contact/{NOOR}/campaign-mailings"):
        answer = await spotler.call("GET", path)
        assert (answer.status, answer.json["errorType"]) == (404, "CONTACT_NOT_FOUND")


async def test_a_contacts_campaign_mailings_come_fifty_at_a_time(spotler: Spotler) -> None:
    """The address of the next page is in the answer; automations are not among them."""
    many = [{"subject": f"{number}", "text": ""} for number in range(60)]
    await spotler.seed(
        campaigns=[
            {
                "encryptedId": "cMany",
                "name": "Many",
                "messages": many,
                "triggers": [{"encryptedId": "tMany", "name": "M"}],
            }
        ]
    )
    await trigger(spotler, "tMany", KIM)
    await spotler.call("POST", f"automation/trigger/{INVOICE_CODE}", {"externalContactId": KIM})
    first = (await spotler.call("GET", f"contact/{KIM}/campaign-mailings")).json
    assert (len(first["campaignMailingHistories"]), first["paging"]["after"]) == (50, 50)
    following = first["paging"]["next"].removeprefix(f"{spotler.address}/integrationservice/")
    second = (await spotler.call("GET", following)).json
    assert (len(second["campaignMailingHistories"]), second["paging"]) == (10, {})
    names = [
        row["campaignMailing"]["name"] for page in (first, second) for row in page["campaignMailingHistories"]
    ]
    assert names == [f"{number}" for number in range(60)]
    assert (await spotler.call("GET", f"contact/{KIM}/campaign-mailings?after=x")).status == 400
