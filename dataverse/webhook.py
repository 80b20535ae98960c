"""Which row does a webhook of Dataverse speak of?

The body is a serialised `RemoteExecutionContext`. Only the names of table and message and the row's id
are read: they are present in every captured context, and stay when Dataverse takes the parameters and
images out of a message over 256 KB (header `x-ms-dynamics-msg-size-exceeded`; Microsoft Learn, "Use
webhooks"). Values in the context may be stale; the row itself is to be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

_GUID: Final = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_NOBODY: Final = UUID(int=0)


class NotAWebhook(ValueError):  # noqa: N818 - named for what the body is
    """The body is no context that names a row.

    The text is a sentence for the administrator: what is wrong, where, and how to mend it. It quotes
    nothing of the body.

    Attributes:
        too_large: the body is longer than the receiver takes (HTTP 413); else it is malformed (400).
    """

    def __init__(self, text: str, *, too_large: bool = False) -> None:
        super().__init__(text)
        self.too_large = too_large


@dataclass(frozen=True, slots=True)
class Doorbell:
    """Something happened to a row.

    Attributes:
        table: logical name, lower case.
        message: such as `Create`, as Dataverse spells it.
        row_id: primary key.
        organization_id: of the environment; None where the context does not tell.
    """

    table: str
    message: str
    row_id: UUID
    organization_id: UUID | None


def read(body: bytes, *, content_length_limit: int) -> Doorbell:
    """The row that a webhook's body speaks of.

    Unknown and missing members, escaped slashes, and GUIDs boxed as `{"__type", "__value"}` or in braces
    or capitals are all taken as they come.

    Args:
        body: as received.
        content_length_limit: bytes; a longer body is not read.

    Raises:
        NotAWebhook: it does not say which row, and says why not.
    """
    if len(body) > content_length_limit:
        raise NotAWebhook(
            f"The body has {len(body)} bytes, more than the {content_length_limit} that are read: register"
            " the webhook without images, or select fewer columns for them.",
            too_large=True,
        )
    context = _context(body)
    return Doorbell(
        table=_text(context, "PrimaryEntityName").lower(),
        message=_text(context, "MessageName"),
        row_id=_row_id(context),
        organization_id=_organization_id(context),
    )


def _context(body: bytes) -> Mapping[str, Any]:
    try:
        context = json.loads(body)
    except json.JSONDecodeError as error:
        raise NotAWebhook(
            f"The body is not JSON (line {error.lineno}, column {error.colno}): send it whole and unchanged,"
            " as Dataverse posts it."
        ) from None
    except (ValueError, RecursionError):
        raise NotAWebhook(
            "The body is not JSON (it is not readable text, or nested without end): send it whole and"
            " unchanged, as Dataverse posts it."
        ) from None
    if not isinstance(context, dict):
        raise NotAWebhook(
            "The body is JSON but not an object: register this address as a webhook in Dataverse, which"
            " posts an execution context."
        )
    return context


def _text(context: Mapping[str, Any], member: str) -> str:
    value = context.get(member)
    if value is None:
        raise NotAWebhook(
            f"`{member}` is missing at the top of the body: register this address as a webhook in Dataverse,"
            " which posts an execution context."
        )
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise NotAWebhook(f"`{member}` at the top of the body is not a name: send the body unchanged.")
    return value


def _row_id(context: Mapping[str, Any]) -> UUID:
    value = context.get("PrimaryEntityId")
    if value is None:
        raise NotAWebhook(
            "`PrimaryEntityId` is missing at the top of the body: register the webhook on a message about"
            " one row, such as Create."
        )
    row_id = _guid(value)
    if row_id is None or row_id == _NOBODY:
        raise NotAWebhook(
            "`PrimaryEntityId` at the top of the body is not the id of a row: register the webhook on a"
            " message about one row, such as Create."
        )
    return row_id


def _organization_id(context: Mapping[str, Any]) -> UUID | None:
    value = context.get("OrganizationId")
    if value is None:
        return None
    organization_id = _guid(value)
    if organization_id is None:
        raise NotAWebhook("`OrganizationId` at the top of the body is not a GUID: send the body unchanged.")
    return None if organization_id == _NOBODY else organization_id


def _guid(value: object) -> UUID | None:
    if isinstance(value, dict):
        value = value.get("__value")
    found = _GUID.fullmatch(value) if isinstance(value, str) else None
    return UUID(found[1]) if found else None
