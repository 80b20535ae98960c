"""What cannot be meant cannot be written down."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from dataverse import ANY, Create, Expand, Operation, Query, Retrieve, UnsafeKey, Update, Upsert
from dataverse.operations import is_safe_to_repeat
from tests.dataverse.conftest import JOB


@pytest.mark.parametrize(
    "etag", ["", "W/", '"1', "W/1", "* ", '*"', 'W/"1"\r\nX: y', 'W/"1 2"', 'w/"1"', "W/''", '"é"']
)
def test_update_needs_an_etag_or_any(etag: str) -> None:
    """A PATCH without condition would create the row; a broken etag could smuggle a header into a batch."""
    with pytest.raises(ValueError, match="if_match"):
        Update("spotler_jobs", JOB, {}, etag)


@pytest.mark.parametrize("etag", [ANY, 'W/"123456"', '"x"', 'W/""'])
def test_etags_as_they_are_read(etag: str) -> None:
    """Etags are opaque; every legal form is taken."""
    assert etag == Update("spotler_jobs", JOB, {}, etag).if_match


@pytest.mark.parametrize(
    "asked",
    [
        {"select": ()},
        {"select": ("a,b",)},
        {"select": ("a",), "filter": ""},
        {"select": ("a",), "order_by": ("a; drop",)},
        {"select": ("a",), "order_by": ("a  desc",)},
        {"select": ("a",), "top": 5, "page_size": 5},
        {"select": ("a",), "top": 0},
        {"select": ("a",), "page_size": 0},
        {"select": ("a",), "page_size": 5001},
        {"select": ("a",), "max_rows": 0},
        {"table_set": "spotler_jobs?x", "select": ("a",)},
    ],
)
def test_queries_that_cannot_be_asked(asked: dict[str, Any]) -> None:
    """Each is refused before anything is sent."""
    with pytest.raises(ValueError, match=r".+"):
        Query(**{"table_set": "spotler_jobs", **asked})


def test_names_are_checked_everywhere() -> None:
    """No name can carry a path or a query."""
    for build in (
        lambda: Retrieve("a/b", JOB, ("a",)),
        lambda: Retrieve("a", JOB, ()),
        lambda: Update("a?b", JOB, {}, ANY),
        lambda: Update("a", JOB, {}, ANY, returning=("a b",)),
        lambda: Create("a(b)", {}),
        lambda: Upsert("a/b", {"k": "1"}, {}),
        lambda: Expand("a/b", ("a",)),
        lambda: Expand("a", ()),
    ):
        with pytest.raises(ValueError, match=r".+"):
            build()


def test_upsert_refuses_unsafe_keys_at_once() -> None:
    """The mistake is told where the key is made, not where it is sent."""
    with pytest.raises(UnsafeKey):
        Upsert("spotler_automations", {"spotler_key": "a/b"}, {})
    with pytest.raises(UnsafeKey, match="260"):
        Upsert("spotler_automations", {"spotler_key": "a" * 250}, {})
    with pytest.raises(ValueError, match="key column"):
        Upsert("spotler_automations", {"spotler_key": "a"}, {"spotler_key": "a"})


@pytest.mark.parametrize(
    ("table_set", "values", "chosen"),
    [
        ("posts", {"postid": JOB}, JOB),
        ("spotler_jobs", {"spotler_jobid": str(JOB).upper()}, JOB),
        ("opportunities", {"opportunityid": JOB}, JOB),
        ("addresses", {"addressid": JOB}, JOB),
        ("posts", {"postid": None}, None),
        ("posts", {"postid": "7"}, None),
        ("posts", {"text": "x"}, None),
        ("spotler_automations", {"spotler_externalid": str(JOB)}, None),
    ],
)
def test_chosen_id(table_set: str, values: dict[str, object], chosen: UUID | None) -> None:
    """Only the table's own key counts, and only with a GUID in it."""
    create = Create(table_set, values)
    assert chosen == create.chosen_id
    assert (chosen is not None) is is_safe_to_repeat(create)


def test_everything_else_may_be_repeated() -> None:
    """Reads, guarded writes and keyed upserts do no harm twice."""
    operations: list[Operation] = [
        Query("a", ("a",)),
        Retrieve("a", JOB, ("a",)),
        Update("a", JOB, {}, ANY),
        Upsert("a", {"k": "1"}, {}),
    ]
    assert all(is_safe_to_repeat(operation) for operation in operations)
