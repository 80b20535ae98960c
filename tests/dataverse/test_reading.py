"""A success is believed only when it says what was asked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from dataverse import (
    ANY,
    Answered,
    Create,
    MayHaveBeenCarriedOut,
    Operation,
    Query,
    Retrieve,
    Row,
    Update,
    Upsert,
)
from dataverse.messages import Answer
from dataverse.reading import read
from dataverse.rendering import render
from tests.dataverse.clock import BEGIN
from tests.dataverse.conftest import JOB

QUERY = Query("spotler_jobs", ("a",))
RETRIEVE = Retrieve("spotler_jobs", JOB, ("a",))
UPDATE = Update("spotler_jobs", JOB, {}, ANY, returning=("a",))
CREATE = Create("posts", {"text": "x"})
KEYED = Create("posts", {"postid": JOB})
UPSERT = Upsert("spotler_automations", {"spotler_key": "a1"}, {})
ENTITY_ID = {"odata-entityid": f"https://contoso.crm4.dynamics.com/api/data/v9.2/posts({JOB})"}


def reading(
    operation: Operation, status: int, content: Any, headers: dict[str, str] | None = None
) -> Answered:
    """Read an answer; bytes stay as they are, all else becomes JSON."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read(operation, render(operation), Answer(status, headers or {}, body), BEGIN)


def test_query() -> None:
    """Rows with their etags, the count, and whether more follow."""
    link = "https://contoso.crm4.dynamics.com/api/data/v9.2/spotler_jobs?$skiptoken=1"
    content = {
        "value": [{"@odata.etag": 'W/"1"', "a": 1}, {"a": 2}],
        "@odata.nextLink": link,
        "@odata.count": 7,
    }
    answered = reading(QUERY, 200, content)
    assert [(row.etag, row["a"]) for row in answered.rows] == [('W/"1"', 1), (None, 2)]
    assert (answered.more, answered.next_link, answered.count) == (True, link, 7)
    assert not reading(QUERY, 200, {"value": []}).more


def test_etag_in_the_header() -> None:
    """Where the content has no etag the header's stands in."""
    assert reading(RETRIEVE, 200, {"a": 1}, {"etag": 'W/"9"'}).row == Row('W/"9"', {"a": 1})
    found = reading(RETRIEVE, 200, {"@odata.etag": 'W/"8"', "a": 1}, {"etag": 'W/"9"'}).row
    assert found is not None
    assert found.etag == 'W/"8"'


def test_update() -> None:
    """With a representation there is a row, without there is none and the write is done all the same."""
    assert reading(UPDATE, 200, {"@odata.etag": 'W/"2"', "a": 1}).row == Row(
        'W/"2"', {"@odata.etag": 'W/"2"', "a": 1}
    )
    assert reading(UPDATE, 204, b"", {"etag": 'W/"3"'}) == Answered(etag='W/"3"')


def test_create_and_upsert() -> None:
    """The id stands in OData-EntityId; a chosen one is known anyway."""
    assert reading(CREATE, 204, b"", ENTITY_ID).id == JOB
    assert reading(CREATE, 201, {"postid": str(JOB)}, ENTITY_ID).id == JOB
    assert reading(KEYED, 204, b"").id == JOB
    assert reading(UPSERT, 204, b"", ENTITY_ID).id == JOB
    assert reading(UPSERT, 204, b"").id is None


@pytest.mark.parametrize(
    ("operation", "status", "content"),
    [
        (QUERY, 200, b"<html>"),
        (QUERY, 200, b'{"value":['),
        (QUERY, 200, {"value": {}}),
        (QUERY, 200, {"value": [1]}),
        (QUERY, 200, {}),
        (QUERY, 200, []),
        (QUERY, 204, b""),
        (QUERY, 200, b"[" * 100_000),
        (RETRIEVE, 200, b"\xff"),
        (RETRIEVE, 202, {"a": 1}),
        (UPDATE, 200, b"<html>Sign in</html>"),
        (UPDATE, 202, b""),
        (CREATE, 204, b""),
        (CREATE, 200, b"<html>Sign in</html>"),
        (KEYED, 200, b"<html>Sign in</html>"),
        (UPSERT, 200, b"<html>Sign in</html>"),
    ],
)
def test_a_success_that_cannot_be_read(operation: Operation, status: int, content: Any) -> None:
    """Somebody answered, but not with what was asked; the write may or may not be done."""
    with pytest.raises(MayHaveBeenCarriedOut, match="cannot be read"):
        reading(operation, status, content)


def test_row() -> None:
    """GUIDs, times, the table behind a lookup and followed lookups, each None where empty."""
    row = Row.read(
        {
            "@odata.etag": 'W/"1"',
            "spotler_jobid": str(JOB),
            "_spotler_customerid_value": str(JOB),
            "_spotler_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "contact",
            "_spotler_leadid_value": None,
            "createdon": "2026-01-31T09:15:00Z",
            "modifiedon": "2026-01-31T10:15:00.1234567+01:00",
            "birthdate": "2026-01-31",
            "spotler_retryon": None,
            "spotler_AutomationId": {"@odata.etag": 'W/"5"', "spotler_code": "x"},
            "spotler_LeadId": None,
        }
    )
    assert row["spotler_jobid"] == str(JOB)
    assert row.id("spotler_jobid") == JOB
    assert row.id("_spotler_leadid_value") is None
    assert row.lookup_table("_spotler_customerid_value") == "contact"
    assert row.lookup_table("_spotler_leadid_value") is None
    assert row.time("createdon") == datetime(2026, 1, 31, 9, 15, tzinfo=UTC)
    assert row.time("modifiedon") == datetime(2026, 1, 31, 9, 15, 0, 123456, tzinfo=UTC)
    assert row.time("birthdate") == datetime(2026, 1, 31, tzinfo=UTC)
    assert row.time("spotler_retryon") is None
    followed = row.expanded("spotler_AutomationId")
    assert followed is not None
    assert (followed.etag, followed["spotler_code"]) == ('W/"5"', "x")
    assert row.expanded("spotler_LeadId") is None
    assert row.get("never_asked") is None


def test_a_column_that_was_not_asked_for() -> None:
    """Is a mistake of the caller, never an empty value."""
    row = Row(None, {"a": "no guid"})
    for ask in (row.__getitem__, row.id, row.time, row.expanded):
        with pytest.raises(KeyError):
            ask("b")
    with pytest.raises(ValueError, match=r".+"):
        row.id("a")
    with pytest.raises(ValueError, match=r".+"):
        row.time("a")
    assert UUID(int=0) != row.get("a")
