"""What holds for every Automation Fields text, found by search."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.fields import FieldType, FieldValue, read_fields

KNOWN = {
    "a": FieldType.STRING,
    "b": FieldType.URL,
    "c": FieldType.PRODUCTLIST,
    "d": None,
    "e e": FieldType.STRING,
}
WORDS = st.sampled_from(
    [*'abcdx=;,{}<>"& \t\r\n', "\r\n", "e e", "STRING", "<URL>", "{<PRODUCTLIST>}", "https://x.nl/", "&amp;"]
)
TEXTS = st.lists(WORDS | st.characters(), max_size=40).map("".join)
VALUE_WORDS = st.sampled_from(
    [*'abx,{}<>"& \u200b', "{a", "}", "1,", "{a,b}", "{1,\n2}", '"";', "STRING", "https://x.nl/"]
)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from("abcd"),
        st.lists(VALUE_WORDS | st.characters(), max_size=6).map("".join),
        st.sampled_from([";", "\n", "\r\n", "\r", " ;\n"]),
    ),
    max_size=4,
    unique_by=lambda entry: entry[0],
).map(lambda entries: "".join(f"{name}={value}{separator}" for name, value, separator in entries))
PLAIN = st.text(st.characters(exclude_characters=";\r\n", exclude_categories=["Cs"]), min_size=1, max_size=12)
HINTS = frozenset(f"{opening}{kind}{closing}" for kind in FieldType for opening, closing in ("<>", ("", "")))


def is_trimmed(text: str) -> bool:
    """Whether nothing blank stands at the edges of `text`."""
    return bool(text) and text == text.strip().strip("\u200b\u2060\ufeff")


SCALARS = PLAIN.filter(lambda text: is_trimmed(text) and text not in HINTS)
ITEMS = SCALARS.filter(lambda text: not re.search(r"[,{}]", text))
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "a": SCALARS.map(lambda text: (text,)),
        "b": st.sampled_from(["http://x", "https://example.org/?q=1&r={x},y"]).map(lambda text: (text,)),
        "c": st.lists(ITEMS, min_size=1, max_size=4).map(tuple),
    },
)


def printed(values: dict[str, tuple[str, ...]], *, quoting: bool = False) -> list[str]:
    """Each field written down, the list in curly brackets."""
    kinds = {"a": FieldType.STRING, "b": FieldType.URL, "c": FieldType.PRODUCTLIST}
    fields = [FieldValue(name, kinds[name], items) for name, items in values.items()]
    return [_printed(field, quoting=quoting) for field in fields]


def as_values(fields: tuple[FieldValue, ...]) -> dict[str, tuple[str, ...]]:
    """Names and texts of what was read."""
    return {field.name: field.values for field in fields}


@given(TEXTS, st.booleans(), st.sampled_from([KNOWN, {}, None]))
@example('c={"a";"b"\r\nc}', True, KNOWN)
@example("d={\r\n", False, KNOWN)
def test_never_raises_and_points_into_the_text(
    text: str, quoting: bool, known: dict[str, FieldType | None] | None
) -> None:
    """Whatever is typed, the reading ends, its places exist, and its sentences can be told."""
    lines = re.split("\r\n|\r|\n", text)
    result = read_fields(text, known, automation="🚀 x", quoting=quoting)
    for problem in result.problems:
        assert 1 <= problem.line <= len(lines)
        assert 1 <= problem.column <= len(lines[problem.line - 1])
        assert problem.describe("en") != problem.describe("nl")
    assert [(p.line, p.column) for p in result.problems] == sorted(
        (p.line, p.column) for p in result.problems
    )
    for field in result.fields:
        assert field.values
        assert all(value.strip() for value in field.values)
        assert len(field.values) == 1 or field.type is FieldType.PRODUCTLIST


@given(ENTRIES, st.booleans(), st.sampled_from([KNOWN, None]))
def test_printing_what_was_read_and_reading_it_again_changes_nothing(
    text: str, quoting: bool, known: dict[str, FieldType | None] | None
) -> None:
    """Accepted fields survive being written down in the plainest layout."""
    first = read_fields(text, known, automation="x", quoting=quoting)
    lines = [_printed(field, quoting=quoting) for field in first.fields]
    again = read_fields("\n".join(lines), known, automation="x", quoting=quoting)
    assert again.problems == ()
    assert again.fields == first.fields


def _printed(field: FieldValue, *, quoting: bool) -> str:
    values = [_quoted(value) if quoting else value for value in field.values]
    if field.type is FieldType.PRODUCTLIST:
        return f"{field.name}={{{','.join(values)}}}"
    return f"{field.name}={values[0]}"


def _quoted(value: str) -> str:
    doubled = value.replace('"', '""')
    return f'"{doubled}"'


@given(VALUES, st.sampled_from([";", "\n", "\r\n", "\r", ";\n", " ; ; ", ";\r\n\r\n"]), st.booleans())
def test_layouts_are_equivalent(values: dict[str, tuple[str, ...]], separator: str, trailing: bool) -> None:
    """Whatever separates fields, the same is passed."""
    text = separator.join(printed(values)) + (separator if trailing else "")
    result = read_fields(text, KNOWN, automation="x")
    assert result.problems == ()
    assert as_values(result.fields) == values


@given(st.text(min_size=1).filter(is_trimmed), st.lists(st.text(min_size=1).filter(is_trimmed), min_size=1))
def test_quoting_can_say_everything(value: str, items: list[str]) -> None:
    """Switched on, every text can be passed, whatever it holds."""
    values = {"a": (value,), "c": tuple(items)}
    result = read_fields(";".join(printed(values, quoting=True)), KNOWN, automation="x", quoting=True)
    assert result.problems == ()
    assert as_values(result.fields) == values


@given(TEXTS.filter(lambda text: '"' not in text), st.sampled_from([KNOWN, None]))
def test_quoting_changes_nothing_where_there_is_no_quote(
    text: str, known: dict[str, FieldType | None] | None
) -> None:
    """The extension touches only texts that hold a double quote."""
    off = read_fields(text, known, automation="x")
    on = read_fields(text, known, automation="x", quoting=True)
    assert (on.fields, on.notes) == (off.fields, off.notes)
    assert [(p.code, p.line, p.column) for p in on.problems] == [
        (p.code, p.line, p.column) for p in off.problems
    ]


@pytest.mark.parametrize(
    "piece", ["c={;", 'a=";', 'a="" ', "d={,", "c={a,", 'c={"",', "a=&amp;x", "x=1;", ";a\n"]
)
@pytest.mark.parametrize("quoting", [False, True])
def test_reading_takes_time_in_proportion_to_the_text(piece: str, quoting: bool) -> None:
    """No text of the largest memo's size keeps a worker busy: a quadratic reading would take minutes."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    read_fields(text, KNOWN, automation="x", quoting=quoting)
    assert time.process_time() - started < 10
