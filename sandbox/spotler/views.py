"""In which JSON does Mail+ show what it has?

Names and forms are those of the vendor's API description of 2022; those of automations in a list, and
`automationContactId`, are guesses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sandbox.spotler.account import Account, Triggered
from sandbox.spotler.catalogue import Automation, Campaign, Contact, Trigger
from sandbox.spotler.runs import Kind, Run, State

PAGE = 50
"""Rows on a page of a contact's mailings; the vendor lets nobody change it."""

_CREATED_MS = 1_767_225_600_000


def triggered(answer: Triggered) -> dict[str, object]:
    """`ExternalTriggerValidationResult`."""
    told: dict[str, object] = {"result": answer.result.value}
    if answer.reached:
        told["automationResults"] = [
            {"automationId": one.automation_id, "result": one.result.value}
            | ({} if one.run is None else {"automationContactId": one.run.run_id})
            for one in answer.reached
        ]
    return told


def automations(found: Iterable[Automation]) -> list[dict[str, object]]:
    """All automations, those that are not published included."""
    return [
        {
            "id": one.id,
            "name": one.name,
            "published": one.published,
            "triggers": [_trigger(trigger) for trigger in one.triggers],
        }
        for one in found
    ]


def _trigger(trigger: Trigger) -> dict[str, object]:
    told: dict[str, object] = {"code": trigger.code, "label": trigger.label}
    if trigger.fields is not None:
        told["fields"] = [{"name": one.name, "type": one.type.value} for one in trigger.fields]
    return told


def campaigns(found: Iterable[Campaign]) -> list[dict[str, object]]:
    """All campaigns, inactive ones included; `triggers` is left out where there is none."""
    return [
        {"encryptedId": one.encrypted_id, "name": one.name, "active": one.active}
        | (
            {"triggers": [{"encryptedId": each.encrypted_id, "name": each.name} for each in one.triggers]}
            if one.triggers
            else {}
        )
        for one in found
    ]


def publisher(account: Account) -> list[dict[str, object]]:
    """What a marketer sees of each trigger: whether it can be started, and how often it was."""
    triggers = [
        (Kind.AUTOMATION, trigger.label, trigger.code, automation.published)
        for automation in account.catalogue.automations.values()
        for trigger in automation.triggers
    ] + [
        (Kind.CAMPAIGN, trigger.name, trigger.encrypted_id, campaign.active)
        for campaign in account.catalogue.campaigns.values()
        for trigger in campaign.triggers
    ]
    runs = account.runs.every()
    return [
        {
            "kind": kind.value,
            "name": name,
            "code": code,
            "live": live,
            "triggered": sum(1 for run in runs if run.start.code == code),
            "running": sum(1 for run in runs if run.start.code == code and run.state is State.RUNNING),
        }
        for kind, name, code, live in triggers
    ]


def mailings(campaign_id: str, title: str, subjects: Iterable[str] | None) -> list[dict[str, object]]:
    """`CampaignMailing`, one for each message; None: the one message that is made up."""
    names = [title] if subjects is None else list(subjects)
    return [
        {"encryptedId": _opaque("m", f"{campaign_id}/{number}"), "name": name, "type": "EMAIL"}
        for number, name in enumerate(names)
    ]


def contact(found: Contact) -> dict[str, object]:
    """`Contact`; dates are numbers, as a client saw them in live answers."""
    return {
        "externalId": found.external_id,
        "encryptedId": _opaque("c", found.external_id),
        "created": _CREATED_MS,
        "lastChanged": _CREATED_MS,
        "testGroup": False,
        "temporary": False,
        "properties": {name: value for name, value in found.properties.items() if value is not None},
        "channels": [{"name": "EMAIL", "value": True}],
    }


def campaign_mailings(account: Account, external_id: str, after: int, address: str) -> dict[str, object]:
    """`CampaignMailingHistoryResponse`: the page of `PAGE` rows after the first `after`, oldest first."""
    rows = [
        row
        for run in account.runs.every()
        if run.start.kind is Kind.CAMPAIGN and run.external_contact_id == external_id
        for row in _history(run)
    ]
    page = rows[after : after + PAGE]
    reached = after + len(page)
    paging = {"next": f"{address}?after={reached}", "after": reached} if reached < len(rows) else {}
    return {"paging": paging, "campaignMailingHistories": page}


def _history(run: Run) -> list[dict[str, object]]:
    start = run.start
    subjects = None if start.messages is None else [one.subject for one in start.messages]
    return [
        {
            "campaignMailing": mailing,
            "campaignSubscriptionId": int(run.run_id) % 2**31,
            "sentDate": run.started.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "opened": False,
            "clicked": False,
        }
        for mailing in mailings(start.subject_id, start.title, subjects)
    ]


def _opaque(letter: str, text: str) -> str:
    return letter + hashlib.sha256(text.encode()).hexdigest()[:7]
