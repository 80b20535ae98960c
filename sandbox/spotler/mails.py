"""Which mails would the runs send?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sandbox.spotler.account import Account
from sandbox.spotler.catalogue import Message
from sandbox.spotler.runs import Kind, Run, Value

# The word before the colon is matched without case, the name with its case: the vendor's help page writes
# automationField, others automationfield, and names are case-sensitive.
_PLACEHOLDER = {
    Kind.AUTOMATION: re.compile(r"\[(?i:automationField):([^\]]*)\]"),
    Kind.CAMPAIGN: re.compile(r"\[(?i:campaignField):([^\]]*)\]"),
}


def rendered(template: str, kind: Kind, fields: Mapping[str, Value]) -> str:
    """`template` with its placeholders filled; a field without value leaves nothing, a list is joined."""

    def value(match: re.Match[str]) -> str:
        found = fields.get(match[1], "")
        return found if isinstance(found, str) else ", ".join(found)

    return _PLACEHOLDER[kind].sub(value, template)


def mails(account: Account) -> list[dict[str, object]]:
    """The mails of all runs, in the order the runs started, those that were stopped later included."""
    return [
        {
            "runId": run.run_id,
            "to": {"externalId": run.external_contact_id, "name": _name(account, run)},
            "subject": rendered(message.subject, run.start.kind, run.fields),
            "text": rendered(message.text, run.start.kind, run.fields),
        }
        for run in account.runs.every()
        for message in _messages(run)
    ]


def _name(account: Account, run: Run) -> str:
    contact = account.catalogue.contacts.get(run.external_contact_id)
    return contact.name if contact else run.external_contact_id


def _messages(run: Run) -> tuple[Message, ...]:
    start = run.start
    if start.messages is not None:
        return start.messages
    names = list(run.fields) if start.fields is None else [one.name for one in start.fields]
    word = f"{start.kind.value}Field"
    return (Message(start.title, "".join(f"{one}: [{word}:{one}]\n" for one in names)),)
