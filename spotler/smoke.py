"""Can this Spotler be worked with as it is set up, and which guesses about it hold?"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from spotler import calls, codes, comparison, description, listing, words
from spotler.client import SpotlerClient
from spotler.comparison import Finding, Seen, Standing
from spotler.contract import EMPTY
from spotler.errors import (
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    WrongPath,
)
from spotler.listing import UnusableList
from spotler.models import Automation, Campaign
from spotler.verdict import trigger_answer

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Firing:
    """A trigger to be fired for a contact; a real run starts."""

    code: str
    external_contact_id: str = field(repr=False)


async def smoke(client: SpotlerClient, say: Say, firing: Firing | None = None) -> bool:
    """Look at Spotler and tell an administrator in plain sentences what was found.

    Reads the description of the API where there is one, lists campaigns and automations, compares all
    of it with the contract, and starts something only where `firing` is given. Says names and ids of
    what is set up in Spotler, never a secret and nothing of a person.

    Returns:
        Whether both lists could be read, no guess is wrong and the trigger, if any, started a run.
    """
    operations = await _description(client, say)
    campaigns = await _campaigns(client, say)
    automations, document, missing = await _automations(client, say)
    fired, answered = (True, None) if firing is None else await _fire(client, say, firing)
    found = comparison.findings(client.contract, Seen(operations, document, missing, answered))
    _tell(client, say, found)
    wrong = [one for one in found if one.standing is Standing.WRONG]
    usable = campaigns and automations and fired and not wrong
    say("")
    say(
        "Spotler can be worked with as it is set up."
        if usable
        else "Something has to be mended first; see above."
    )
    return usable


async def _description(client: SpotlerClient, say: Say) -> tuple[description.Operation, ...]:
    try:
        index = await client.api_description(None)
        found = await client.api_description("automation")
    except SpotlerError as error:
        say(f"Description of the API: not read. {sentence(error)}")
        return ()
    if found is None:
        say("Description of the API: Spotler publishes none here; the answers alone have to tell.")
        return ()
    operations = description.operations(found)
    say(
        f"Description of the API: found, {len(description.resources(index))} resources, "
        f"{len(operations)} calls for automations."
    )
    return operations


async def _campaigns(client: SpotlerClient, say: Say) -> bool:
    try:
        found = await client.list_campaigns()
    except SpotlerError as error:
        say(f"Campaigns: not listed. {sentence(error)}")
        return False
    active = sum(one.active for one in found)
    say(f"Campaigns: {len(found)} listed, {active} of them active.")
    for one in found:
        _say_campaign(say, one)
    return True


def _say_campaign(say: Say, campaign: Campaign) -> None:
    say(f"  {shown(campaign.name)} ({'active' if campaign.active else 'not active'})")
    for trigger in campaign.triggers:
        say(f"    trigger {shown(trigger.name)}, id {shown(trigger.encrypted_id)}")


async def _automations(client: SpotlerClient, say: Say) -> tuple[bool, Any, bool]:
    """Whether the list can be used, what was answered, and whether there is no such call."""
    try:
        answer = await client.send(calls.list_automations(client.contract))
        if answer.error is not None:
            raise answer.error
    except SpotlerError as error:
        say(f"Automations: not listed. {sentence(error)}")
        return False, None, isinstance(error, WrongPath)
    document = words.read(answer.body, client.contract).document
    try:
        found = listing.automations(document, client.contract)
    except UnusableList as error:
        say(f"Automations: an answer came, but {error}. The contract has to be mended, see below.")
        return False, document, False
    published = sum(one.published for one in found.items)
    say(f"Automations: {len(found.items)} listed, {published} of them published.")
    for one in found.items:
        _say_automation(say, one)
    if found.skipped:
        say(f"  {found.skipped} more had no id or code and cannot be used.")
    return True, document, False


def _say_automation(say: Say, automation: Automation) -> None:
    say(f"  {shown(automation.name)} ({'published' if automation.published else 'not published'})")
    for trigger in automation.triggers:
        fields = (
            "fields not told"
            if trigger.fields is None
            else "fields "
            + (", ".join(f"{shown(one.name)}={one.type or '?'}" for one in trigger.fields) or "none")
        )
        say(f"    trigger {shown(trigger.label)}, code {shown(trigger.code)}, {fields}")


async def _fire(client: SpotlerClient, say: Say, firing: Firing) -> tuple[bool, Any]:
    contract = client.contract
    try:
        answer = await client.send(
            calls.trigger_automation(contract, firing.code, firing.external_contact_id, ())
        )
        if answer.error is not None:
            raise answer.error
    except SpotlerError as error:
        doubt = isinstance(error, MayHaveBeenCarriedOut)
        began = "nobody can tell whether a run started; look in Spotler" if doubt else "nothing started"
        say(f"Trigger: {began}. {sentence(error)}")
        return False, None
    started = trigger_answer(answer.body, contract)
    say(f"Trigger: started {len(started.started)}, refused {len(started.refused)}.")
    for run in started.run_ids:
        say(f"  run {shown(run)}; it goes on until it ends or is stopped")
    if not started.run_ids:
        say("  Spotler named no run, so that a single run cannot be stopped by its id.")
    return True, words.read(answer.body, contract).document


def _tell(client: SpotlerClient, say: Say, found: tuple[Finding, ...]) -> None:
    say("")
    say("What is assumed about Spotler, and how it stands:")
    for one in found:
        value = getattr(client.contract, one.name) or "(none)"
        say(f"  {one.standing:<14}  {one.name} = {value}: {one.seen}")
        if one.standing is Standing.WRONG:
            say(f"  {'':<14}  {_remedy(one)}")


def _remedy(finding: Finding) -> str:
    if finding.remedy is None:
        return f"Set {finding.setting} to what fits."
    hint = " (that empties it)" if finding.remedy == EMPTY else ""
    return f"Set {finding.setting}={finding.remedy}{hint}"


def sentence(error: SpotlerError) -> str:
    """Cause and remedy of an error for an administrator, and the error itself behind it."""
    return f"{_cause(error)} [{error}]"


def _cause(error: SpotlerError) -> str:
    match error:
        case CredentialsRefused():
            return (
                "Spotler refused the key. Check key and secret, this machine's clock, and that the account "
                "has the Automation or eCommerce product."
            )
        case Refused() if error.contact_missing:
            return (
                "Spotler does not know this contact; the id is the one that was chosen when the key was made."
            )
        case Refused():
            said = ", ".join(error.reasons) or error.code or codes.UNKNOWN
            return f"Spotler understood and refused: {said}."
        case WrongPath():
            return "This does not fit the address or the contract; check the address of Spotler."
        case NotCarriedOut():
            return (
                "Spotler could not be reached or asks to come back later. Check the address and the network."
            )
        case MayHaveBeenCarriedOut():
            return "Spotler gave no answer that can be relied on. Try again; if it stays so, ask Spotler."
        case _:
            return "This was not expected."


def shown(text: str) -> str:
    """`text` on one line, without what a terminal might obey, and not endlessly."""
    line = re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)
    return line if len(line) <= 80 else f"{line[:79]}…"  # noqa: PLR2004 - the width of a terminal
