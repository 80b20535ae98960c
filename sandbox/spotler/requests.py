"""What does a caller send, and is it in the documented form?"""

from __future__ import annotations

import json
from typing import Any

from sandbox.spotler.account import Declined, ErrorType, Sent
from sandbox.spotler.catalogue import FieldType
from sandbox.spotler.runs import Value


def json_body(raw: bytes) -> dict[str, Any]:
    """The body as a JSON object.

    Raises:
        Declined: it is none.
    """
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _invalid("The body is not JSON") from error
    if not isinstance(value, dict):
        raise _invalid("The body must be an object")
    return value


def external_contact_id(body: dict[str, Any]) -> str:
    """The person a body names.

    Raises:
        Declined: there is none.
    """
    value = body.get("externalContactId")
    if not isinstance(value, str) or not value:
        raise _invalid("externalContactId is required and must be a text")
    return value


def run_id(body: dict[str, Any]) -> str:
    """The run a body names; the type of `automationContactId` is not published, so a number will do.

    Raises:
        Declined: there is none.
    """
    value = body.get("automationContactId")
    if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
        raise _invalid("automationContactId is required and must be a text or a whole number")
    return str(value)


def fields(body: dict[str, Any], member: str) -> tuple[Sent, ...]:
    """The fields a body carries in the array `member`; those without a value are left out.

    Raises:
        Declined: the array or one of its entries is not in the documented form.
    """
    value = body.get(member)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise _invalid(f"{member} must be a list")
    seen: set[str] = set()
    sent: list[Sent] = []
    for position, entry in enumerate(value):
        place = f"{member}[{position}]"
        if not isinstance(entry, dict):
            raise _invalid(f"{place} must be an object")
        name = entry.get("name")
        if not isinstance(name, str) or not name or " " in name:
            raise _invalid(f"{place}.name is required and must be a text without spaces")
        if name in seen:
            raise _invalid(f"{place}.name stands there twice")
        seen.add(name)
        kind = _type(entry, place)
        given = _value(entry, kind, place)
        if given is not None:
            sent.append(Sent(name, kind, given))
    return tuple(sent)


def _type(entry: dict[str, Any], place: str) -> FieldType:
    value = entry.get("type")
    if value is None:
        return FieldType.STRING
    if not isinstance(value, str) or value not in FieldType:
        raise _invalid(f"{place}.type must be one of {', '.join(FieldType)}")
    return FieldType(value)


def _value(entry: dict[str, Any], kind: FieldType, place: str) -> Value | None:
    member, other = ("values", "value") if kind is FieldType.PRODUCTLIST else ("value", "values")
    if entry.get(other) is not None:
        raise _invalid(f"{place} is a {kind.value}, which has {member} and not {other}")
    value = entry.get(member)
    if value is None:
        return None
    if kind is FieldType.PRODUCTLIST:
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise _invalid(f"{place}.values must be a list of texts")
        return list(value)
    if not isinstance(value, str):
        raise _invalid(f"{place}.value must be a text")
    return value


def _invalid(message: str) -> Declined:
    return Declined(400, ErrorType.INVALID_PARAMS, message)
