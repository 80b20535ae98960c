"""The text a new job is pre-filled with, and what it tells about an automation's fields."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.fields import FieldType, ProblemCode, read_fields, read_template, render_template

NAMES = st.text(min_size=1).filter(
    lambda name: not any(c.isspace() or c in "=;" for c in name) and name == name.strip("\u200b\u2060\ufeff")
)
LISTS = st.dictionaries(NAMES, st.sampled_from(FieldType), min_size=1)


def test_the_template_of_the_design() -> None:
    """One line, semicolons, the list in curly and angle brackets."""
    fields = [
        ("invoiceEmail", FieldType.STRING),
        ("portalLink", FieldType.URL),
        ("crosssell", FieldType.PRODUCTLIST),
    ]
    assert render_template(fields) == "invoiceEmail=STRING;portalLink=URL;crosssell={<PRODUCTLIST>}"


@given(LISTS)
def test_round_trip(fields: dict[str, FieldType]) -> None:
    """What was rendered is read back, in the same order."""
    read = read_template(render_template(list(fields.items())))
    assert read == fields
    assert list(read or ()) == list(fields)


@given(LISTS)
def test_an_untouched_template_is_refused_field_by_field(fields: dict[str, FieldType]) -> None:
    """A job saved as it was pre-filled passes no hint to a customer, with or without a list of fields."""
    for known in (fields, None):
        result = read_fields(render_template(list(fields.items())), known, automation="🚀 x")
        assert [problem.code for problem in result.problems] == [ProblemCode.UNTOUCHED_HINT] * len(fields)
        assert result.fields == ()


@given(st.lists(st.tuples(st.text(), st.none() | st.sampled_from(FieldType))))
def test_whatever_spotler_lists_a_readable_template_comes_out(
    fields: list[tuple[str, FieldType | None]],
) -> None:
    """Names that cannot be written and repeated names are left out; the rest is read back."""
    read = read_template(render_template(fields)) or {}
    assert set(read) <= {name for name, _ in fields}
    assert {name for name, _ in fields if name.isalnum()} <= set(read)


def test_a_field_without_a_type_is_a_string() -> None:
    """Spotler takes a field without a type for a text."""
    assert render_template([("a", None)]) == "a=STRING"


@pytest.mark.parametrize(
    "text", [None, "", " ; ", "a", "a=", "a=x", "a=STRING;b", "a=STRING;a=URL", "=URL", "a={"]
)
def test_what_is_not_a_template_tells_nothing(text: str | None) -> None:
    """No list is better than half a list: names would be refused wrongly."""
    assert read_template(text) is None


@given(st.text(alphabet="ab=;{}<>STRINGUL\n "))
def test_reading_a_template_never_raises(text: str) -> None:
    """The column can be edited by hand."""
    fields = read_template(text)
    assert fields is None or read_template(render_template(list(fields.items()))) == fields
