"""The catalogue: labels, keys, templates, and what a list may change."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.tables import Kind
from jobs.catalogue import Entry, Known, difference, entries
from spotler import (
    Automation,
    AutomationTrigger,
    Campaign,
    CampaignTrigger,
    FieldDefinition,
    FieldType,
)

BOTH = frozenset(Kind)


def automation(
    name: str, *codes: str, label: str | None = None, published: bool = True, identifier: str = "a1"
) -> Automation:
    """An automation with triggers of these codes."""
    fields = (
        FieldDefinition("invoiceEmail", FieldType.STRING),
        FieldDefinition("items", FieldType.PRODUCTLIST),
    )
    triggers = tuple(AutomationTrigger(code, label or name, fields) for code in codes)
    return Automation(identifier, name, published, triggers)


def campaign(name: str, *triggers: str, active: bool = True) -> Campaign:
    """A campaign with triggers of these names."""
    return Campaign(f"id-{name}", name, active, tuple(CampaignTrigger(f"t-{one}", one) for one in triggers))


def known(*wanted: Entry) -> list[Known]:
    """Rows that stand in the catalogue as these entries say."""
    return [
        Known(UUID(int=number), 'W/"1"', entry, entry.key) for number, entry in enumerate(wanted, start=1)
    ]


def test_labels_show_their_kind() -> None:
    """🚀 for automations, 📢 for campaigns; the label of the trigger, one entry for each trigger."""
    found = entries([automation("Welcome", "c1")], [campaign("Sale", "First", "Second")])
    assert [entry.name for entry in found] == ["🚀 Welcome", "📢 First", "📢 Second"]
    assert found[1].external_id == found[2].external_id == "id-Sale"


def test_the_template_names_every_field_and_its_type() -> None:
    """What a new job is pre-filled with."""
    (entry,) = entries([automation("Welcome", "c1")], [])
    assert entry.template == "invoiceEmail=STRING;items={<PRODUCTLIST>}"


def test_like_labels_are_told_apart() -> None:
    """Two triggers with one label carry the name of their automation."""
    found = entries(
        [automation("Spring", "c1", label="Go"), automation("Autumn", "c2", label="Go", identifier="a2")], []
    )
    assert [entry.name for entry in found] == ["🚀 Go (Spring)", "🚀 Go (Autumn)"]


def test_one_code_of_several_automations_is_one_entry() -> None:
    """It starts them all, and names all of them for the stop."""
    found = entries([automation("A", "c1"), automation("B", "c1", identifier="a2")], [])
    assert [entry.external_id for entry in found] == ["a1,a2"]


def test_a_published_automation_wins_its_code() -> None:
    """A draft with the same code neither hides it nor is stopped with it."""
    draft = automation("Draft", "c1", published=False, identifier="a2")
    for order in ([draft, automation("A", "c1")], [automation("A", "c1"), draft]):
        (entry,) = entries(order, [])
        assert entry.published
        assert entry.external_id == "a1"


def test_nothing_changed_means_nothing_written() -> None:
    """Comparing a catalogue with itself yields no change."""
    wanted = entries([automation("Welcome", "c1")], [campaign("Sale", "First")])
    plan = difference(wanted, known(*wanted), listed=BOTH)
    assert plan.changes == ()
    assert plan.unchanged == len(wanted)


def test_what_was_never_published_gets_no_row() -> None:
    """Drafts and inactive campaigns are not offered."""
    wanted = entries([automation("Draft", "c1", published=False)], [campaign("Old", "x", active=False)])
    assert difference(wanted, [], listed=BOTH).changes == ()


def test_each_change_is_named() -> None:
    """Added, renamed, fields changed, withdrawn and published again are told apart."""
    (before,) = entries([automation("Welcome", "c1")], [])
    (renamed,) = entries([automation("Hello", "c1")], [])
    (withdrawn,) = entries([automation("Welcome", "c1", published=False)], [])
    assert [one.added for one in difference([before], [], listed=BOTH).changes] == [True]
    assert [one.renamed for one in difference([renamed], known(before), listed=BOTH).changes] == [True]
    assert [one.deactivated for one in difference([withdrawn], known(before), listed=BOTH).changes] == [True]
    assert [one.reactivated for one in difference([before], known(withdrawn), listed=BOTH).changes] == [True]
    assert [one.deactivated for one in difference([], known(before), listed=BOTH).changes] == [True]


def test_a_failed_list_withdraws_nothing() -> None:
    """Rows of a kind whose list did not arrive are left alone."""
    wanted = entries([automation("Welcome", "c1")], [campaign("Sale", "First")])
    only_automations = [entry for entry in wanted if entry.kind is Kind.AUTOMATION]
    plan = difference(only_automations, known(*wanted), listed=frozenset({Kind.AUTOMATION}))
    assert plan.changes == ()


@pytest.mark.parametrize(("left", "refused"), [(5, False), (4, True), (1, True)])
def test_most_of_a_catalogue_cannot_vanish_at_once(left: int, refused: bool) -> None:
    """Of ten entries five may go; a list that would take more withdraws none, unless forced."""
    wanted = entries([automation(f"A{number}", f"c{number}") for number in range(10)], [])
    plan = difference(wanted[:left], known(*wanted), listed=BOTH)
    assert bool(plan.refused) is refused
    assert len(plan.changes) == (0 if refused else 10 - left)
    assert len(difference(wanted[:left], known(*wanted), listed=BOTH, force=True).changes) == 10 - left


@given(st.text(min_size=1, max_size=80))
def test_keys_are_safe_for_urls(code: str) -> None:
    """Whatever a code holds, its key is a letter and forty hex digits."""
    key = Entry(Kind.CAMPAIGN, code, "", "", None, published=True).key
    assert key[0] == "C"
    assert set(key[1:]) <= set("0123456789abcdef")
    assert len(key) == 41
