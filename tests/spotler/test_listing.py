"""Lists are read tolerantly, and never become empty by misreading."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler import (
    Automation,
    AutomationTrigger,
    Campaign,
    CampaignMailing,
    CampaignTrigger,
    Contract,
    FieldDefinition,
    FieldType,
)
from spotler.listing import (
    Listing,
    UnusableList,
    automations,
    campaign_mailings,
    campaigns,
    field_type,
    moment,
)

AUTOMATION = {
    "id": "a1",
    "name": "Invoice",
    "published": True,
    "triggers": [
        {
            "code": "c1",
            "label": "From CRM",
            "fields": [{"name": "invoiceEmail", "type": "STRING"}, {"name": "link", "type": "url"}],
        }
    ],
}


def test_an_automation_whole() -> None:
    """Every member where it is guessed to be."""
    fields = (FieldDefinition("invoiceEmail", FieldType.STRING), FieldDefinition("link", FieldType.URL))
    expected = Automation("a1", "Invoice", True, (AutomationTrigger("c1", "From CRM", fields),))
    assert automations([AUTOMATION], Contract()) == Listing((expected,), 0)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"id": 7}, Automation("7", "7", True, ())),
        ({"id": "a", "name": None, "triggers": None, "new": {}}, Automation("a", "a", True, ())),
        ({"id": "a", "name": 5, "published": "DRAFT"}, Automation("a", "5", False, ())),
        ({"id": "a", "published": "Published"}, Automation("a", "a", True, ())),
        ({"id": "a", "published": 0}, Automation("a", "a", False, ())),
        ({"id": "a", "published": False}, Automation("a", "a", False, ())),
        (
            {"id": "a", "name": "N", "triggers": [{"code": 12}]},
            Automation("a", "N", True, (AutomationTrigger("12", "N", None),)),
        ),
        (
            {"id": "a", "triggers": [{"code": "c", "fields": []}]},
            Automation("a", "a", True, (AutomationTrigger("c", "a", ()),)),
        ),
        (
            {"id": "a", "fields": [{"name": "x"}], "triggers": [{"code": "c", "label": "L"}]},
            Automation("a", "a", True, (AutomationTrigger("c", "L", (FieldDefinition("x", None),)),)),
        ),
        (
            {
                "id": "a",
                "triggers": [{"code": "c", "fields": [{"name": "x", "type": "DATE"}, {"type": "URL"}, 3]}],
            },
            Automation("a", "a", True, (AutomationTrigger("c", "a", (FieldDefinition("x", None),)),)),
        ),
    ],
)
def test_automations_with_oddities(item: dict[str, Any], expected: Automation) -> None:
    """Unknown members and words, numbers for text, and missing members break nothing."""
    assert automations([item], Contract()) == Listing((expected,), 0)


def test_what_cannot_be_used_is_counted() -> None:
    """Two items without an id, one that is no object, and one trigger without a code."""
    items = [
        AUTOMATION,
        {"name": "no id"},
        {"id": " "},
        "text",
        {"id": "b", "triggers": [{"label": "no code"}, {"code": "c2"}]},
    ]
    found = automations(items, Contract())
    assert found.skipped == 4
    assert [one.id for one in found.items] == ["a1", "b"]
    assert [trigger.code for one in found.items for trigger in one.triggers] == ["c1", "c2"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"automations": [AUTOMATION]},
        "text",
        7,
        [{"uuid": "a1"}],
        ["text"],
        [{"id": "a1", "triggers": [{"externalCode": "c1"}]}],
    ],
)
def test_misfits_are_told_and_not_taken_for_nothing(document: Any) -> None:
    """An empty catalogue would withdraw everything."""
    with pytest.raises(UnusableList):
        automations(document, Contract())


def test_an_empty_list_is_an_answer() -> None:
    """What follows from it is for others to judge."""
    assert automations([], Contract()) == Listing[Automation]((), 0)
    assert campaigns([]) == Listing[Campaign]((), 0)


def test_every_name_comes_from_the_contract() -> None:
    """With all of them changed the same is read."""
    contract = Contract.overridden(
        {
            "automation_list_array": "items",
            "automation_id": "uuid",
            "automation_name": "title",
            "automation_published": "status",
            "automation_triggers": "events",
            "trigger_code": "externalCode",
            "trigger_label": "caption",
            "trigger_fields": "parameters",
            "field_name": "key",
            "field_type": "kind",
        }
    )
    fields = [{"key": "invoiceEmail", "kind": "STRING"}, {"key": "link", "kind": "URL"}]
    events = [{"externalCode": "c1", "caption": "From CRM", "parameters": fields}]
    document = {"items": [{"uuid": "a1", "title": "Invoice", "status": "PUBLISHED", "events": events}]}
    assert automations(document, contract) == automations([AUTOMATION], Contract())


def test_campaigns() -> None:
    """Every trigger, the inactive campaigns too, and the one without triggers."""
    document = [
        {
            "encryptedId": "c1",
            "name": "Welcome",
            "active": True,
            "triggers": [{"encryptedId": "t1", "name": "From CRM"}, {"encryptedId": "t2"}, {"name": "no id"}],
        },
        {"encryptedId": "c2", "name": "Old", "active": False},
        {"name": "no id"},
    ]
    welcome = (CampaignTrigger("t1", "From CRM"), CampaignTrigger("t2", "Welcome"))
    assert campaigns(document) == Listing(
        (Campaign("c1", "Welcome", True, welcome), Campaign("c2", "Old", False, ())), 2
    )


@pytest.mark.parametrize("document", [{}, {"campaigns": []}, None, [{"id": "x"}]])
def test_misfitting_campaigns(document: Any) -> None:
    """As for automations."""
    with pytest.raises(UnusableList):
        campaigns(document)


def test_campaign_mailings() -> None:
    """As described, and as a bare list."""
    row = {
        "campaignMailing": {"encryptedId": "m1", "name": "Hello", "type": "EMAIL"},
        "campaignSubscriptionId": 77,
        "sentDate": "2026-11-23T12:00:00+01:00",
        "opened": True,
        "clicked": False,
        "bounce": "SOFTBOUNCE",
    }
    sent = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    whole = CampaignMailing("77", "m1", "Hello", sent, True, False, "SOFTBOUNCE")
    bare = CampaignMailing(None, None, None, None, False, False, None)
    assert campaign_mailings({"paging": {}, "campaignMailingHistories": [row, {}, 3]}) == (whole, bare)
    assert campaign_mailings([row]) == (whole,)
    with pytest.raises(UnusableList):
        campaign_mailings({"paging": {}})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-23T12:00:00", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("2026-11-23T12:00:00Z", datetime(2026, 11, 23, 12, tzinfo=UTC)),
        (1_795_435_200_000, datetime(2026, 11, 23, 12, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (True, None),
        (10**30, None),
        (float("nan"), None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moments(value: Any, expected: datetime | None) -> None:
    """Described as ISO 8601, seen as milliseconds."""
    assert moment(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("STRING", FieldType.STRING),
        ("product_list", FieldType.PRODUCTLIST),
        (" Url ", FieldType.URL),
        ("DATE", None),
        ("", None),
        (None, None),
        (["URL"], None),
    ],
)
def test_field_types(value: Any, expected: FieldType | None) -> None:
    """A type that is not known is none, so that the shape of a value decides."""
    assert field_type(value) is expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "published", "triggers", "code", "fields", "type", "encryptedId", "active"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)  # a noisy machine is no fault
@given(JSON)
def test_any_json_is_a_list_or_told_to_be_none(document: Any) -> None:
    """Nothing else is raised, and what is returned can be worked with."""
    try:
        listings = automations(document, Contract()), campaigns(document)
    except UnusableList:
        return
    assert all(one.id and one.name for one in listings[0].items)
    assert all(trigger.code for one in listings[0].items for trigger in one.triggers)
    assert all(trigger.encrypted_id for one in listings[1].items for trigger in one.triggers)
