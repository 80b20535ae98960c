"""What does Dataverse write into the body of a webhook?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sandbox.dataverse import organization
from sandbox.dataverse.columns import Choice, Column, Lookup, Reference, Value
from sandbox.dataverse.store import Row
from sandbox.dataverse.values import formatted

SIZE_LIMIT = 256 * 1024
"""Bytes of a body above which four members are taken out."""

_TAKEN_OUT = ("InputParameters", "ParentContext", "PostEntityImages", "PreEntityImages")
_CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
_NOBODY = "00000000-0000-0000-0000-000000000000"
_ESCAPE = re.compile(r"\\(.)")
_NAMED_ESCAPES = {"n": "\\u000a", "r": "\\u000d", "t": "\\u0009", "b": "\\u0008", "f": "\\u000c"}


@dataclass(frozen=True, slots=True)
class Body:
    """A webhook's body; `exceeded` when members were taken out for its size."""

    content: bytes
    exceeded: bool
    correlation_id: str


def of_create(row: Row, sent: frozenset[str], by: Reference, by_name: str, step: Reference) -> Body:
    """The context of an asynchronous step on Create.

    Args:
        row: as stored.
        sent: columns that the caller gave; the parent context tells only these.
        by: the calling user.
        by_name: the user's name; an application user's name begins with `#`.
        step: the registered step.
    """
    ids = {name: str(uuid4()) for name in ("CorrelationId", "OperationId", "RequestId")}
    created = row.values["createdon"]
    at = created if isinstance(created, datetime) else None
    common = _common(row, by, by_name, at) | ids | {"OwningExtension": _plain_reference(step, None)}
    own_columns = [
        column for column in row.table.columns if column.name in sent or row.values[column.name] is not None
    ]
    parent = common | {
        "InputParameters": [
            _parameter("Target", _target(row, [one for one in own_columns if one.name in sent])),
            _parameter("SuppressDuplicateDetection", value=False),
        ],
        "OutputParameters": [],
        "ParentContext": None,
        "PostEntityImages": [],
        "Stage": 30,
    }
    whole = common | {
        "InputParameters": [_parameter("Target", _target(row, own_columns))],
        "OutputParameters": [_parameter("id", row.id)],
        "ParentContext": _alphabetical(parent),
        "PostEntityImages": [_parameter("AsynchronousStepPrimaryName", _image(row))],
        "Stage": 40,
    }
    content = serialized(_alphabetical(whole))
    exceeded = len(content) > SIZE_LIMIT
    if exceeded:
        content = serialized(
            {name: value for name, value in _alphabetical(whole).items() if name not in _TAKEN_OUT}
        )
    return Body(content, exceeded, ids["CorrelationId"])


def serialized(value: Any) -> bytes:
    """JSON as the platform writes it: slashes escaped, line ends as unicode escapes, other text as UTF-8."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = _ESCAPE.sub(lambda found: _NAMED_ESCAPES.get(found[1], found[0]), text)
    # A slash stands only inside strings, and never behind a backslash that escapes it.
    return text.replace("/", "\\/").encode()


def _common(row: Row, by: Reference, by_name: str, at: datetime | None) -> dict[str, Any]:
    # Applications have no directory user: the platform sends zeros for them.
    directory = _NOBODY if by_name.startswith("#") else organization.directory_id(by.id)
    return {
        "BusinessUnitId": organization.BUSINESS_UNIT_ID,
        "Depth": 1,
        "InitiatingUserAgent": "",
        "InitiatingUserAzureActiveDirectoryObjectId": directory,
        "InitiatingUserId": by.id,
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": "Create",
        "Mode": 1,
        "OperationCreatedOn": f"/Date({_milliseconds(at)}+0000)/" if at else None,
        "OrganizationId": organization.ORGANIZATION_ID,
        "OrganizationName": organization.ORGANIZATION_NAME,
        "PreEntityImages": [],
        "PrimaryEntityId": row.id,
        "PrimaryEntityName": row.table.name,
        "SecondaryEntityName": "none",
        "SharedVariables": [
            _parameter("IsAutoTransact", value=True),
            _parameter("DefaultsAddedFlag", value=True),
        ],
        "UserAzureActiveDirectoryObjectId": directory,
        "UserId": by.id,
    }


def _alphabetical(members: dict[str, Any]) -> dict[str, Any]:
    return {name: members[name] for name in sorted(members)}


def _parameter(key: str, value: Any) -> dict[str, Any]:
    return {"key": key, "value": value}


def _target(row: Row, columns: Iterable[Column]) -> dict[str, Any]:
    chosen = list(columns)
    labels = [
        _parameter(column.name, label)
        for column in chosen
        if isinstance(column.kind, Choice)
        and (label := formatted(column, row.values[column.name], None)) is not None
    ]
    attributes = [_parameter(column.name, _attribute(column, row.values[column.name])) for column in chosen]
    return {"__type": f"Entity:{_CONTRACTS}"} | _entity(row, attributes, labels)


def _image(row: Row) -> dict[str, Any]:
    names = (row.table.name_column, row.table.id_column)
    attributes = [_parameter(name, row.values[name]) for name in names if isinstance(row.values[name], str)]
    return _entity(row, attributes, [])


def _entity(row: Row, attributes: list[Any], labels: list[Any]) -> dict[str, Any]:
    return {
        "Attributes": attributes,
        "EntityState": None,
        "FormattedValues": labels,
        "Id": row.id,
        "KeyAttributes": [],
        "LogicalName": row.table.name,
        "RelatedEntities": [],
        "RowVersion": None,
    }


def _attribute(column: Column, value: Value) -> Any:
    match column.kind, value:
        case _, None:
            return None
        case Choice(), int(number):
            return {"__type": f"OptionSetValue:{_CONTRACTS}", "Value": number}
        case Lookup(), Reference() as reference:
            return {"__type": f"EntityReference:{_CONTRACTS}"} | _plain_reference(reference, None)
        case _, datetime() as at:
            return f"/Date({_milliseconds(at)})/"
        case _:
            return value


def _plain_reference(reference: Reference, name: str | None) -> dict[str, Any]:
    return {
        "Id": reference.id,
        "KeyAttributes": [],
        "LogicalName": reference.table,
        "Name": name,
        "RowVersion": None,
    }


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1000
