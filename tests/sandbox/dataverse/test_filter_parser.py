"""The filter parser reads what OData writes, and says where it cannot."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.dataverse.expressions import (
    And,
    Comparison,
    Expression,
    ListOf,
    Literal,
    Member,
    Not,
    Operator,
    Or,
    Path,
    PlatformFunction,
    TextMatch,
    TextTest,
    quoted,
    rendered,
)
from sandbox.dataverse.filter_parser import DEEPEST, parse, parse_constant
from sandbox.dataverse.problems import Problem

RESERVED = {"and", "or", "not", "null", "true", "false"}

words = st.text(string.ascii_letters + "_", min_size=1, max_size=12).filter(lambda word: word not in RESERVED)
paths = st.lists(words, min_size=1, max_size=3).map(lambda names: Path(tuple(names)))
EARLIEST, LATEST = (datetime(year, 1, 1, tzinfo=UTC).replace(tzinfo=None) for year in (1753, 9998))
moments = st.datetimes(min_value=EARLIEST, max_value=LATEST, timezones=st.just(UTC))
constants = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.uuids(),
    st.dates(),
    moments,
    st.builds(lambda space, name, value: Member(f"{space}.{name}", value), words, words, st.text()),
)
comparisons = st.builds(
    Comparison, st.sampled_from(Operator), paths, st.one_of(constants.map(Literal), paths)
)
matches = st.builds(TextMatch, st.sampled_from(TextTest), paths, st.text())
arguments = st.tuples(
    words, st.one_of(constants.map(Literal), st.lists(constants, max_size=4).map(tuple).map(ListOf))
)
functions = st.builds(PlatformFunction, words, st.lists(arguments, max_size=3).map(tuple))
operands = st.one_of(comparisons, matches, functions)
expressions: st.SearchStrategy[Expression] = st.recursive(
    operands,
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=2, max_size=4).map(tuple).map(And),
        st.lists(inner, min_size=2, max_size=4).map(tuple).map(Or),
    ),
    max_leaves=12,
)


@given(expressions)
def test_what_is_rendered_is_read_back(expression: Expression) -> None:
    """Parsing is the inverse of rendering, for every expression."""
    assert parse(rendered(expression)) == expression


@given(st.text())
def test_text_cannot_leave_its_quotes(text: str) -> None:
    """No text changes what a filter means, whatever quotes and operators it holds."""
    filter_text = f"name eq {quoted(text)} and statecode eq 0"
    assert parse(filter_text) == And(
        (
            Comparison(Operator.EQ, Path(("name",)), Literal(text)),
            Comparison(Operator.EQ, Path(("statecode",)), Literal(0)),
        )
    )


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is sent is understood or refused in the documented way; nothing else is raised."""
    try:
        parse(text)
    except Problem as problem:
        assert problem.status in {400, 501}  # noqa: PT017 - both ends are good


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("null", None),
        ("'O''Neil'", "O'Neil"),
        ("-12", -12),
        ("1.5", 1.5),
        ("724000000", 724000000),
        ("11111111-0000-4000-8000-000000000001", UUID("11111111-0000-4000-8000-000000000001")),
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T09:15:00Z", datetime(2026, 1, 31, 9, 15, tzinfo=UTC)),
        ("2026-01-31T10:15:00+01:00", datetime(2026, 1, 31, 9, 15, tzinfo=UTC)),
        ("Microsoft.Dynamics.CRM.Code'Lookup'", Member("Microsoft.Dynamics.CRM.Code", "Lookup")),
    ],
)
def test_literals(text: str, value: object) -> None:
    """Each kind of literal is told apart by its form alone."""
    assert parse_constant(text) == value


def test_and_binds_stronger_than_or() -> None:
    """Without brackets, `and` comes first."""
    one, two, three = (Comparison(Operator.EQ, Path((name,)), Literal(1)) for name in "abc")
    assert parse("a eq 1 or b eq 1 and c eq 1") == Or((one, And((two, three))))
    assert parse("(a eq 1 or b eq 1) and not c eq 1") == And((Or((one, two)), Not(three)))


def test_aliases_stand_for_literals_and_lists() -> None:
    """`@p` is replaced by what the query says of it, but not by another alias."""
    assert parse("a eq @p", {"@p": "'x'"}) == parse("a eq 'x'")
    text = "Microsoft.Dynamics.CRM.In(PropertyName=@n,PropertyValues=@v)"
    assert parse(text, {"@n": "'a'", "@v": "['1','2']"}) == parse(
        "Microsoft.Dynamics.CRM.In(PropertyName='a',PropertyValues=['1','2'])"
    )
    with pytest.raises(Problem, match="has no value"):
        parse("a eq @p", {"@p": "@p"})


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("a", 400, "Expression expected at position 1"),
        ("a eq", 400, "Expression expected at position 4"),
        ("a eq 'x", 400, "not valid at position 5"),
        ("a EQ 1", 400, "Syntax error at position 2"),
        ("a eq 1 and", 400, "Expression expected"),
        ("(a eq 1", 400, "Syntax error at position 7"),
        ("a eq 1)", 400, "Syntax error at position 6"),
        ("1 eq a", 400, "literals stand on the right"),
        ("a in ('x')", 400, "'in' is not supported"),
        ("length(a) eq 1", 400, "unknown function with name 'length'"),
        ("contains(a,1)", 400, "must be text"),
        ("a eq 2026-02-30", 400, "Unrecognized"),
        ("a eq 12ab", 400, "not valid at position 5"),
        ("children/any(c:c/a eq 1)", 501, "lambda"),
        ("a eq tolower(b)", 501, "tolower"),
        ("not " * (DEEPEST + 2) + "a eq 1", 400, "nested more than"),
        ("(" * 5000 + "a eq 1", 400, "nested more than"),
    ],
)
def test_what_is_refused(text: str, status: int, message: str) -> None:
    """Bad syntax is 400 with its place, what the sandbox leaves out is 501."""
    with pytest.raises(Problem, match=message) as refused:
        parse(text)
    assert refused.value.status == status


def test_a_filter_may_have_thousands_of_operands() -> None:
    """Long chains are no nesting."""
    text = " or ".join(f"a eq {number}" for number in range(3000))
    node = parse(text)
    assert isinstance(node, Or)
    assert len(node.operands) == 3000
