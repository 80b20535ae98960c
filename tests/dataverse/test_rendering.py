"""Each operation becomes exactly the request the Web API documents."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import ANY, Create, Expand, Operation, Query, Retrieve, Update, Upsert, odata
from dataverse.rendering import render
from dataverse.tables import Status
from tests.dataverse.conftest import JOB

ANNOTATIONS = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
READ = {"If-None-Match": "null"}
JSON = {"Content-Type": "application/json; charset=utf-8"}
STANDING = {"Accept": "application/json", "OData-Version": "4.0", "OData-MaxVersion": "4.0"}


@pytest.mark.parametrize(
    ("operation", "method", "path", "headers"),
    [
        (
            Query("spotler_jobs", ("spotler_name", "_spotler_leadid_value")),
            "GET",
            "spotler_jobs?$select=spotler_name,_spotler_leadid_value",
            {**READ, "Prefer": ANNOTATIONS},
        ),
        (
            Query(
                "spotler_jobs",
                ("spotler_name",),
                filter=odata.eq("spotler_name", "A & B"),
                expand=(Expand("spotler_AutomationId", ("spotler_code", "spotler_kind")),),
                order_by=("createdon desc", "spotler_sequence"),
                page_size=50,
                count=True,
            ),
            "GET",
            (
                "spotler_jobs?$select=spotler_name&$filter=spotler_name%20eq%20'A%20%26%20B'"
                "&$orderby=createdon%20desc,spotler_sequence&$count=true"
                "&$expand=spotler_AutomationId($select=spotler_code,spotler_kind)"
            ),
            {**READ, "Prefer": f"odata.maxpagesize=50,{ANNOTATIONS}"},
        ),
        (
            Query("spotler_jobs", ("a",), top=3, max_rows=2),
            "GET",
            "spotler_jobs?$select=a&$top=3",
            {**READ, "Prefer": ANNOTATIONS},
        ),
        (
            Query("spotler_jobs", ("a",), max_rows=20),
            "GET",
            "spotler_jobs?$select=a",
            {**READ, "Prefer": f"odata.maxpagesize=20,{ANNOTATIONS}"},
        ),
        (
            Retrieve("spotler_jobs", JOB, ("a",), (Expand("spotler_LeadId", ("fullname",)),)),
            "GET",
            f"spotler_jobs({JOB})?$select=a&$expand=spotler_LeadId($select=fullname)",
            {**READ, "Prefer": ANNOTATIONS},
        ),
        (
            Update("spotler_jobs", JOB, {"a": 1}, 'W/"7"'),
            "PATCH",
            f"spotler_jobs({JOB})",
            {**JSON, "If-Match": 'W/"7"'},
        ),
        (
            Update("spotler_jobs", JOB, {"a": 1}, ANY, returning=("a", "b")),
            "PATCH",
            f"spotler_jobs({JOB})?$select=a,b",
            {**JSON, "If-Match": "*", "Prefer": f"return=representation,{ANNOTATIONS}"},
        ),
        (Create("posts", {"text": "x"}), "POST", "posts", JSON),
        (
            Upsert("spotler_automations", {"spotler_key": "a 1"}, {"spotler_name": "x"}),
            "PATCH",
            "spotler_automations(spotler_key='a%201')",
            JSON,
        ),
    ],
)
def test_requests(operation: Operation, method: str, path: str, headers: dict[str, str]) -> None:
    """Method, path and every header; nothing beside them."""
    request = render(operation)
    assert (method, path, {**STANDING, **headers}) == (request.method, request.path, request.headers)


def test_values_as_json() -> None:
    """Choices are numbers, times are UTC with Z, GUIDs are text, and the body is ASCII."""
    values = {
        "statuscode": Status.FAILED,
        "spotler_claimedon": datetime(2026, 1, 31, 9, 15, 1, 5, tzinfo=UTC),
        "day": date(2026, 1, 31),
        "spotler_claimtoken": JOB,
        "spotler_LeadId@odata.bind": None,
        "spotler_name": "🚀 Ünïcode \ud83d",
        "flag": True,
    }
    body = render(Update("spotler_jobs", JOB, values, ANY)).body
    assert body.isascii()
    assert json.loads(body) == {
        "statuscode": 724000004,
        "spotler_claimedon": "2026-01-31T09:15:01Z",
        "day": "2026-01-31",
        "spotler_claimtoken": str(JOB),
        "spotler_LeadId@odata.bind": None,
        "spotler_name": "🚀 Ünïcode \ud83d",
        "flag": True,
    }


@pytest.mark.parametrize("value", [float("nan"), object(), b"x", datetime(2026, 1, 1)])  # noqa: DTZ001 - a mistake under test
def test_values_no_column_takes(value: object) -> None:
    """Told before anything is sent."""
    with pytest.raises((TypeError, ValueError)):
        render(Create("posts", {"text": value}))


def test_addresses_have_an_end() -> None:
    """What not even a batch can carry is refused with the remedy."""
    query = Query("spotler_jobs", ("a",), filter=odata.is_in("a", ["x" * 60] * 1100))
    with pytest.raises(ValueError, match="ask in pieces"):
        render(query)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_a_filter_stays_one_option(text: str) -> None:
    """A reader of the query finds the options that were set, and the text unharmed."""
    path = render(Query("contacts", ("a",), filter=odata.eq("b", text), top=1)).path
    options = parse_qsl(urlsplit(path).query, keep_blank_values=True, strict_parsing=True)
    assert options == [("$select", "a"), ("$filter", f"b eq {odata.literal(text)}"), ("$top", "1")]
