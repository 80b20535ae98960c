"""Which request asks Spotler for what?"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from spotler.contract import AUTOMATION_ID, EXTERNAL_CONTACT_ID, RUN_ID, Contract
from spotler.errors import Refused
from spotler.models import AutomationField, FieldType


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `path` is relative to the service and encoded, `body` is JSON or None for no body."""

    method: str
    path: str
    body: bytes | None = field(default=None, repr=False)


def list_automations(contract: Contract) -> Call:
    """All automations with their external triggers. Path guessed."""
    return Call("GET", contract.automation_list_path.lstrip("/"))


def list_campaigns() -> Call:
    """All campaigns, also inactive ones, with their external triggers."""
    return Call("GET", "campaign/list")


def trigger_automation(
    contract: Contract, code: str, external_contact_id: str, fields: Iterable[AutomationField]
) -> Call:
    """Start whatever automations listen to the trigger `code`. Name of the fields array guessed.

    Raises:
        Refused: the code cannot stand in a path, or some text cannot be encoded.
    """
    body = _trigger_body(external_contact_id, contract.automation_fields, fields)
    return Call("POST", f"automation/trigger/{_segment(code)}", body)


def stop_automation(contract: Contract, automation_id: str, external_contact_id: str) -> Call:
    """Stop the runs of an automation for a person. Method, path and body guessed.

    Raises:
        Refused: an id cannot stand in a path, or cannot be encoded.
    """
    return _stop(
        contract.automation_stop_method,
        contract.automation_stop_path,
        {
            AUTOMATION_ID: (contract.automation_stop_automation, automation_id),
            EXTERNAL_CONTACT_ID: (contract.automation_stop_contact, external_contact_id),
        },
    )


def stop_run(contract: Contract, run_id: str) -> Call:
    """Stop one run by its AutomationContactId. Method, path and body guessed.

    Raises:
        Refused: the id cannot stand in a path, or cannot be encoded.
    """
    return _stop(contract.run_stop_method, contract.run_stop_path, {RUN_ID: (contract.run_stop_run, run_id)})


def trigger_campaign(trigger_id: str, external_contact_id: str, fields: Iterable[AutomationField]) -> Call:
    """Start a campaign by the encrypted id of one of its triggers.

    Raises:
        Refused: the id cannot stand in a path, or some text cannot be encoded.
    """
    body = _trigger_body(external_contact_id, "campaignFields", fields)
    return Call("POST", f"campaign/trigger/{_segment(trigger_id)}", body)


def stop_campaign(campaign_id: str, external_contact_id: str) -> Call:
    """Stop a campaign for a person, by the encrypted id of the campaign itself.

    Raises:
        Refused: the id cannot stand in a path, or cannot be encoded.
    """
    body = _encoded({EXTERNAL_CONTACT_ID: external_contact_id})
    return Call("POST", f"campaign/{_segment(campaign_id)}/stop", body)


def mailings_of_campaign(campaign_id: str) -> Call:
    """The messages that a campaign consists of.

    Raises:
        Refused: the id cannot stand in a path.
    """
    return Call("GET", f"campaign/{_segment(campaign_id)}/mailing")


def campaign_mailings(external_contact_id: str) -> Call:
    """The campaign messages sent to a person; Spotler gives the first 50.

    Raises:
        Refused: the id cannot stand in a path.
    """
    return Call("GET", f"contact/{_segment(external_contact_id)}/campaign-mailings")


def contact(external_contact_id: str) -> Call:
    """One contact.

    Raises:
        Refused: the id cannot stand in a path.
    """
    return Call("GET", f"contact/{_segment(external_contact_id)}")


def api_description(resource: str | None) -> Call:
    """Spotler's description of its API (Swagger 1.2): the index, or one resource of it.

    Raises:
        Refused: the resource cannot stand in a path.
    """
    return Call("GET", "api-docs" if resource is None else f"api-docs/{_segment(resource)}")


def _trigger_body(external_contact_id: str, array: str, fields: Iterable[AutomationField]) -> bytes:
    listed = [_field(one) for one in fields]
    return _encoded({EXTERNAL_CONTACT_ID: external_contact_id} | ({array: listed} if listed else {}))


def _field(one: AutomationField) -> dict[str, Any]:
    value = {"values": list(one.values)} if one.type is FieldType.PRODUCTLIST else {"value": one.values[0]}
    return {"name": one.name, "type": one.type.value} | value


def _stop(method: str, template: str, ids: dict[str, tuple[str, str]]) -> Call:
    path = template.lstrip("/")
    body = {}
    for placeholder, (name, value) in ids.items():
        if f"{{{placeholder}}}" in path:
            path = path.replace(f"{{{placeholder}}}", _segment(value))
        if name:
            body[name] = value
    return Call(method, path, _encoded(body) if body else None)


def _segment(text: str) -> str:
    """`text` as one segment of a path; a segment of dots would be resolved away on the wire."""
    if not text.strip() or text in {".", ".."}:
        raise Refused("an id is empty or consists of dots, so nothing can be addressed by it")
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        raise Refused("an id holds a character that cannot be encoded") from None


def _encoded(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        raise Refused("a value holds a character that cannot be encoded") from None
