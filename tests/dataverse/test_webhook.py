"""Whatever is posted, either a row is named or a sentence says why not."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.webhook import Doorbell, NotAWebhook, read

JOB = "7c1f0d3e-94aa-f011-bbd2-6045bd9a77aa"
ORGANIZATION = "1e6d2b70-aa11-ef11-8e4b-000d3a2b9c33"
CONTRACTS = "http://schemas.microsoft.com/xrm/2011/Contracts"
LIMIT = 300_000
RUNG = Doorbell("spotler_job", "Create", UUID(JOB), UUID(ORGANIZATION))


def entity(*attributes: tuple[str, Any], typed: bool = True) -> dict[str, Any]:
    """An entity as a context holds it."""
    return {
        **({"__type": f"Entity:{CONTRACTS}"} if typed else {}),
        "Attributes": [{"key": key, "value": value} for key, value in attributes],
        "EntityState": None,
        "FormattedValues": [{"key": "statuscode", "value": "Queued"}],
        "Id": JOB,
        "KeyAttributes": [],
        "LogicalName": "spotler_job",
        "RelatedEntities": [],
        "RowVersion": None,
    }


def context(**changes: Any) -> dict[str, Any]:
    """A context of an asynchronous Create, as Dataverse sends it; a change to `...` takes a member out."""
    target = entity(
        ("spotler_name", "Invoice for Zoë/Müller"),
        ("spotler_operation", {"__type": f"OptionSetValue:{CONTRACTS}", "Value": 724000000}),
        (
            "spotler_customerid",
            {
                "__type": f"EntityReference:{CONTRACTS}",
                "Id": "0f3a9f52-5d77-ee11-8179-000d3a2b6c77",
                "KeyAttributes": [],
                "LogicalName": "contact",
                "Name": None,
                "RowVersion": None,
            },
        ),
        ("spotler_automationfields", "invoiceEmail=a@example.com\ninvoiceCode=7"),
        ("createdon", "/Date(1769850900000)/"),
        ("modifiedonbehalfby", None),
        ("spotler_jobid", {"__type": "Guid:#System", "__value": JOB}),
    )
    whole = {
        "BusinessUnitId": "5b0c6f1e-2a40-ee11-be6d-6045bd9a1c44",
        "CorrelationId": "c1d0a6a4-7a35-4a0e-9a0b-2f4d1f6f7b44",
        "Depth": 1,
        "InitiatingUserAgent": "Mozilla/5.0",
        "InitiatingUserAzureActiveDirectoryObjectId": "00000000-0000-0000-0000-000000000000",
        "InitiatingUserId": "71c44d2f-2b40-ee11-be6d-6045bd9a1c44",
        "InputParameters": [{"key": "Target", "value": target}],
        "IsExecutingOffline": False,
        "IsInTransaction": False,
        "IsOfflinePlayback": False,
        "IsolationMode": 1,
        "MessageName": "Create",
        "Mode": 1,
        "OperationCreatedOn": "/Date(1769850900000+0100)/",
        "OperationId": "405a7c90-6baa-f011-bbd2-6045bd9a1c44",
        "OrganizationId": ORGANIZATION,
        "OrganizationName": "unq1e6d2b70aa11ef118e4b000d3a2b9",
        "OutputParameters": [{"key": "id", "value": JOB}],
        "OwningExtension": {
            "Id": "d2b8e6f0-66aa-f011-bbd2-6045bd9a1c44",
            "KeyAttributes": [],
            "LogicalName": "sdkmessageprocessingstep",
            "Name": None,
            "RowVersion": None,
        },
        "ParentContext": None,
        "PostEntityImages": [
            {
                "key": "AsynchronousStepPrimaryName",
                "value": entity(("spotler_name", "Invoice"), ("spotler_jobid", JOB), typed=False),
            }
        ],
        "PreEntityImages": [],
        "PrimaryEntityId": JOB,
        "PrimaryEntityName": "spotler_job",
        "RequestId": None,
        "SecondaryEntityName": "none",
        "SharedVariables": [{"key": "IsAutoTransact", "value": True}],
        "Stage": 40,
        "UserAzureActiveDirectoryObjectId": "8d1f2b3c-4d5e-4f60-8a7b-9c0d1e2f3a44",
        "UserId": "71c44d2f-2b40-ee11-be6d-6045bd9a1c44",
    }
    return {key: value for key, value in {**whole, **changes}.items() if value is not ...}


def wire(members: object) -> bytes:
    """JSON as Dataverse writes it: slashes escaped, line feeds as code points."""
    return json.dumps(members).replace("/", "\\/").replace("\\n", "\\u000a").encode()


SIZE_EXCEEDED = dict.fromkeys(
    ("ParentContext", "InputParameters", "PreEntityImages", "PostEntityImages"), ...
)


@pytest.mark.parametrize(
    "body",
    [
        wire(context()),
        json.dumps(context(), indent=2).encode(),
        json.dumps(context(), ensure_ascii=False).encode(),
        b"\xef\xbb\xbf" + wire(context()),
        json.dumps(context()).encode("utf-16"),
        wire(context(**SIZE_EXCEEDED)),
        wire(context(ParentContext=context(PrimaryEntityName="systemuser", MessageName="ExecuteWorkflow"))),
        wire(context(PrimaryEntityId={"__type": "Guid:#System", "__value": JOB})),
        wire(context(PrimaryEntityId=f"{{{JOB.upper()}}}")),
        wire(context(PrimaryEntityName="Spotler_Job")),
        wire(context(Unknown=[{"deep": {"deeper": None}}], InputParameters=None, Depth="1")),
        wire(
            {
                name: context()[name]
                for name in ("PrimaryEntityId", "PrimaryEntityName", "MessageName", "OrganizationId")
            }
        ),
        wire(dict(reversed(context().items()))),
    ],
)
def test_forms_of_a_context(body: bytes) -> None:
    """Escapes, layout, order, boxed ids, lost and unknown members: the same row rings."""
    assert read(body, content_length_limit=LIMIT) == RUNG


@pytest.mark.parametrize(
    ("organization", "found"),
    [(..., None), (None, None), (str(UUID(int=0)), None), ({"__value": ORGANIZATION}, UUID(ORGANIZATION))],
)
def test_organization(organization: Any, found: UUID | None) -> None:
    """May be missing; then nothing is claimed about it."""
    assert (
        found == read(wire(context(OrganizationId=organization)), content_length_limit=LIMIT).organization_id
    )


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "line 1, column 1"),
        (b"{", "not JSON"),
        (wire(context())[:-1], "not JSON"),
        (wire(context())[:500], "not JSON"),
        (b"\xff\xfe\xfd", "not JSON"),
        (b"[" * 100_000, "nested without end"),
        (b'{"a":' * 50_000, "nested without end"),
        (b'{"a":' + b"9" * 10_000 + b"}", "not JSON"),
        (b"null", "not an object"),
        (b"[]", "not an object"),
        (b'"x"', "not an object"),
        (wire({}), "`PrimaryEntityName` is missing"),
        (wire(context(PrimaryEntityName=...)), "`PrimaryEntityName` is missing"),
        (wire(context(PrimaryEntityName="")), "`PrimaryEntityName`.*not a name"),
        (wire(context(PrimaryEntityName="a b")), "`PrimaryEntityName`.*not a name"),
        (wire(context(PrimaryEntityName=["spotler_job"])), "`PrimaryEntityName`.*not a name"),
        (wire(context(PrimaryEntityName="x" * 129)), "`PrimaryEntityName`.*not a name"),
        (wire(context(MessageName=None)), "`MessageName` is missing"),
        (wire(context(MessageName=7)), "`MessageName`.*not a name"),
        (wire(context(PrimaryEntityId=...)), "`PrimaryEntityId` is missing"),
        (wire(context(PrimaryEntityId="7")), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId=7)), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId={"__value": 7})), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId={})), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId=JOB + "\n")), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId=JOB[:-1])), "`PrimaryEntityId`.*not the id"),
        (wire(context(PrimaryEntityId=str(UUID(int=0)))), "`PrimaryEntityId`.*not the id"),
        (wire(context(OrganizationId="mine")), "`OrganizationId`.*not a GUID"),
    ],
)
def test_what_names_no_row(body: bytes, sentence: str) -> None:
    """Each says what, where and how to mend it."""
    with pytest.raises(NotAWebhook, match=sentence) as caught:
        read(body, content_length_limit=LIMIT)
    assert not caught.value.too_large
    assert str(caught.value).endswith(".")


def test_an_oversized_body_is_not_read() -> None:
    """The limit is a number of bytes, and the answer is another one than for malformed bodies."""
    body = wire(context())
    assert read(body, content_length_limit=len(body)) == RUNG
    with pytest.raises(NotAWebhook, match=f"{len(body)} bytes") as caught:
        read(body, content_length_limit=len(body) - 1)
    assert caught.value.too_large


def test_nothing_of_the_body_is_quoted() -> None:
    """The sentence goes into an answer and a log."""
    for body in (
        b"jane@example.com",
        wire(context(PrimaryEntityName="jane@example.com", MessageName="jane")),
    ):
        with pytest.raises(NotAWebhook) as caught:
            read(body, content_length_limit=LIMIT)
        assert "jane" not in str(caught.value)


def rings_or_tells(body: bytes) -> None:
    """The only two outcomes there are."""
    try:
        bell = read(body, content_length_limit=LIMIT)
    except NotAWebhook:
        return
    assert bell.row_id.int
    assert bell.table == bell.table.lower()


@given(st.binary(max_size=400))
def test_noise(body: bytes) -> None:
    """Any bytes at all."""
    rings_or_tells(body)


WHOLE = wire(context())


@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.binary(max_size=40))
def test_damage(place: int, lost: int, put: bytes) -> None:
    """A true body with a piece cut out and another put in."""
    rings_or_tells(WHOLE[:place] + put + WHOLE[place + lost :])


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=50)
    | st.sampled_from([JOB, ORGANIZATION]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["__type", "__value", "key", "value", "x"]), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["PrimaryEntityId", "PrimaryEntityName", "MessageName", "OrganizationId", "X"]),
        VALUES,
    )
)
def test_any_value_in_any_member(members: dict[str, Any]) -> None:
    """Right members with whatever in them."""
    rings_or_tells(json.dumps({**context(), **members}).encode())
