"""No value, however it is spelled, changes the meaning of a filter or an address."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import unquote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse import UnsafeKey, odata
from dataverse.tables import Status
from tests.dataverse.conftest import JOB

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
AMSTERDAM = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-7, "-7"),
        (Status.WAITING, "724000001"),
        (UUID("3E5A7C90-6BAA-F011-BBD2-6045BD9A1C01"), "3e5a7c90-6baa-f011-bbd2-6045bd9a1c01"),
        (datetime(2026, 1, 31, 9, 15, 0, 999_999, tzinfo=UTC), "2026-01-31T09:15:00Z"),
        (datetime(2026, 7, 1, 0, 30, tzinfo=AMSTERDAM), "2026-06-30T22:30:00Z"),
        ("", "''"),
        ("O'Brien", "'O''Brien'"),
        ("' or 1 eq 1 or name eq '", "''' or 1 eq 1 or name eq '''"),
    ],
)
def test_literal(value: odata.Literal, written: str) -> None:
    """Every type is written as OData writes it."""
    assert written == odata.literal(value)


@given(TEXTS)
def test_text_stays_one_literal(text: str) -> None:
    """Whatever a text holds, a reader of OData literals reads exactly that text and nothing after it."""
    written = odata.literal(text)
    assert re.fullmatch(r"'(?:[^']|'')*'", written, re.DOTALL)
    assert text == written[1:-1].replace("''", "'")


@given(TEXTS)
def test_encoding_keeps_the_text_and_the_query(text: str) -> None:
    """An encoded value has no character that ends it, and decodes to itself."""
    written = odata.encoded(text)
    assert text == unquote(written)
    assert not set(written) & set(' &#+?<>"[]{}|\\^`\r\n\t')
    assert written.isascii()


def test_half_a_surrogate_pair_is_refused() -> None:
    """It has no encoding; better no request than another one."""
    with pytest.raises(ValueError, match="surrogates"):
        odata.encoded("\ud83d")


@pytest.mark.parametrize(
    ("built", "written"),
    [
        (odata.eq("statecode", 0), "statecode eq 0"),
        (odata.ne("_x_value", None), "_x_value ne null"),
        (odata.lt("createdon", datetime(2026, 1, 1, tzinfo=UTC)), "createdon lt 2026-01-01T00:00:00Z"),
        (odata.le("a", 1), "a le 1"),
        (odata.gt("a", 1), "a gt 1"),
        (odata.ge("a", 1), "a ge 1"),
        (odata.any_of("a eq 1"), "a eq 1"),
        (odata.any_of("a eq 1", "b eq 2"), "(a eq 1 or b eq 2)"),
        (odata.all_of("a eq 1", odata.any_of("b eq 2", "c eq 3")), "(a eq 1 and (b eq 2 or c eq 3))"),
        (
            odata.is_in("spotler_jobid", [JOB, "it's", 5]),
            (
                "Microsoft.Dynamics.CRM.In(PropertyName='spotler_jobid',"
                "PropertyValues=['3e5a7c90-6baa-f011-bbd2-6045bd9a1c01','it''s','5'])"
            ),
        ),
    ],
)
def test_filters(built: str, written: str) -> None:
    """Filters nest in parentheses, so that no mixture of `and` and `or` changes its meaning."""
    assert written == built


@pytest.mark.parametrize("column", ["", "a b", "a eq 1 or b", "a/b", "1a", "a'", "a\n"])
def test_names_carry_no_query(column: str) -> None:
    """A column's name is a name."""
    with pytest.raises(ValueError, match="letters, digits and underscores"):
        odata.eq(column, 1)


def test_empty_lists_are_refused() -> None:
    """Nothing to compare with is a mistake of the caller, not a filter."""
    with pytest.raises(ValueError, match="At least one"):
        odata.any_of()
    with pytest.raises(ValueError, match="At least one"):
        odata.all_of()
    with pytest.raises(ValueError, match="must not be empty"):
        odata.is_in("a", [])


def test_a_time_without_zone_is_refused() -> None:
    """Nobody could tell which moment it means."""
    with pytest.raises(ValueError, match="zone"):
        odata.utc(datetime(2026, 1, 31, 9, 15))  # noqa: DTZ001 - the mistake under test


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ({"spotler_key": "a1"}, "(spotler_key='a1')"),
        ({"a": "x y", "b": "it's"}, "(a='x%20y',b='it''s')"),
        ({"a": "é="}, "(a='%C3%A9%3D')"),
    ],
)
def test_key_segment(key: dict[str, str], written: str) -> None:
    """Quotes are doubled, then all else is percent-encoded."""
    assert written == odata.key_segment(key)


@pytest.mark.parametrize("character", [*"/<>*%&:\\?+#", "\n", "\x00", "\x7f", "\u2028", "\ud83d"])
def test_unsafe_characters_in_keys(character: str) -> None:
    """The service cannot take them in a key, so no request with them is made."""
    with pytest.raises(UnsafeKey, match="spotler_key"):
        odata.key_segment({"spotler_key": f"a{character}b"})


def test_empty_keys_are_refused() -> None:
    """An empty value or no column addresses nothing."""
    for key in ({"spotler_key": ""}, {}):
        with pytest.raises(UnsafeKey):
            odata.key_segment(key)


@given(TEXTS)
def test_a_key_is_refused_or_stays_one_segment(text: str) -> None:
    """A key that is taken adds no segment, no query and no further key column."""
    try:
        segment = odata.key_segment({"k": text})
    except UnsafeKey:
        return
    assert segment.isascii()
    assert not set(segment) & set("/<>*&:\\?+# \r\n")
    inner = unquote(segment)
    assert inner.startswith("(k='")
    assert text == inner[4:-2].replace("''", "'")
