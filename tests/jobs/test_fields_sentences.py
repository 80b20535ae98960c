"""What people read about an Automation Fields text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.fields import FieldType, ProblemCode, read_fields
from jobs.fields.problems import _DUTCH, _ENGLISH, Problem, StrayCause, nearest
from jobs.language import Language

KNOWN = {"invoiceEmail": FieldType.STRING, "portalLink": FieldType.URL, "crosssell": FieldType.PRODUCTLIST}


def sentence(text: str, language: Language = "en", *, quoting: bool = False) -> str:
    """The only sentence about `text`."""
    (problem,) = read_fields(text, KNOWN, automation="🚀 Welcome", quoting=quoting).problems
    return problem.describe(language)


EXACT: list[tuple[str, str, str]] = [
    (
        "invoicemail=x",
        "Line 1, column 1: `invoicemail` is not a field of 🚀 Welcome; did you mean `invoiceEmail`?",
        "Regel 1, kolom 1: `invoicemail` is geen veld van 🚀 Welcome; bedoelde u `invoiceEmail`?",
    ),
    (
        "zzz=1",
        (
            "Line 1, column 1: `zzz` is not a field of 🚀 Welcome; "
            "its fields are `invoiceEmail`, `portalLink`, `crosssell`."
        ),
        (
            "Regel 1, kolom 1: `zzz` is geen veld van 🚀 Welcome; "
            "de velden zijn `invoiceEmail`, `portalLink`, `crosssell`."
        ),
    ),
    (
        "\n portallink=https://example.org",
        (
            "Line 2, column 2: `portallink` is not a field of 🚀 Welcome; did you mean `portalLink`? "
            "Only capitals and small letters differ, and Spotler tells them apart."
        ),
        (
            "Regel 2, kolom 2: `portallink` is geen veld van 🚀 Welcome; bedoelde u `portalLink`? "
            "Alleen hoofdletters en kleine letters verschillen, en voor Spotler maakt dat uit."
        ),
    ),
    (
        "crosssell=1,2",
        (
            "Line 1, column 11: the products of `crosssell` need curly brackets around them; "
            "write `crosssell={a,b,c}`."
        ),
        ("Regel 1, kolom 11: om de producten van `crosssell` horen accolades; schrijf `crosssell={a,b,c}`."),
    ),
    (
        "crosssell",
        (
            "Line 1, column 1: the field `crosssell` has no equals sign; "
            "write `crosssell=` followed by its value."
        ),
        (
            "Regel 1, kolom 1: het veld `crosssell` heeft geen isgelijkteken; "
            "schrijf `crosssell=` met de waarde erachter."
        ),
    ),
]


@pytest.mark.parametrize(("text", "english", "dutch"), EXACT)
def test_sentences(text: str, english: str, dutch: str) -> None:
    """Place, cause and remedy, word for word, in both languages."""
    assert (sentence(text, "en"), sentence(text, "nl")) == (english, dutch)


def test_a_semicolon_in_a_value_points_at_the_way_out() -> None:
    """The way out depends on whether quoting is switched on."""
    off, on = sentence("invoiceEmail=a;b"), sentence("invoiceEmail=a;b", quoting=True)
    assert "the value of `invoiceEmail` probably holds a semicolon" in off
    assert "AUTOMATION_FIELDS_QUOTING" in off
    assert "put the whole value in double quotes" in on
    assert "AUTOMATION_FIELDS_QUOTING" not in on


@pytest.mark.parametrize("code", ["&amp", "&#39", "&#x27", "&nbsp"])
def test_an_html_code_is_recognised(code: str) -> None:
    """A semicolon that belongs to an HTML code is the likely cause, and said to be."""
    assert "ends in an HTML code" in sentence(f"invoiceEmail=Jansen {code}; Zn")


def test_an_enter_in_a_value_is_recognised() -> None:
    """A second line without an equals sign is put down to an Enter."""
    assert "probably holds an Enter" in sentence("invoiceEmail=a\nb")


SECRETS = ["Jan de Vries", "0612345678", "jan@example.org", "NL91ABNA0417164300 t.n.v. J"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize(
    "text",
    [
        "invoiceEmail={};{}=5",
        "portalLink={}",
        "crosssell={{{}",
        "crosssell={{1}} {}",
        "crosssell=1,{}",
        "{}",
        "invoiceEmail=x\n{}",
        "{}=1;{}=2",
    ],
)
def test_a_sentence_never_repeats_a_value(text: str, secret: str, language: Language) -> None:
    """Sentences are stored and logged, and what stands before an equals sign may be a piece of a value."""
    for known in (KNOWN, None):
        for quoting in (False, True):
            result = read_fields(
                text.replace("{}", secret).replace("{{", "{").replace("}}", "}"),
                known,
                automation="🚀 Welcome",
                quoting=quoting,
            )
            told = [problem.describe(language) for problem in result.problems]
            told += [note.describe(language) for note in result.notes]
            told.append(repr((result.problems, result.notes)))
            assert not any(secret in line for line in told)


def test_both_languages_say_the_same_things() -> None:
    """Every sentence exists twice and fills in the same facts."""
    assert _ENGLISH.keys() == _DUTCH.keys()
    for key, english in _ENGLISH.items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", _DUTCH[key])), key


OF_KNOWN_FIELDS = {ProblemCode.NOT_A_URL, ProblemCode.LIST_WITHOUT_BRACES}


@pytest.mark.parametrize("code", ProblemCode)
@pytest.mark.parametrize("language", ["en", "nl"])
@pytest.mark.parametrize("name", ["fieldName", None])
def test_every_problem_can_be_told(code: ProblemCode, language: Language, name: str | None) -> None:
    """No code is without a sentence, with a name or without, and no placeholder stays unfilled."""
    shown = "fieldName" if code in OF_KNOWN_FIELDS else name
    for cause in StrayCause:
        subject = "fieldName" if cause is StrayCause.FIELD_NAME else shown
        for known in ((), ("a", "fieldname")):
            told = Problem(code, 3, 14, "🚀 Welcome", subject, known, 1, 40, cause).describe(language)
            assert re.match(r"(Line 3, column 14|Regel 3, kolom 14): \S", told)
            assert "None" not in told
            assert not re.search(r"{(?!a,b,c})", told)
            assert told[-1] in ".?"


def test_a_long_list_of_names_is_cut() -> None:
    """A sentence stays readable for an automation with a hundred fields."""
    known = {f"field{number}": FieldType.STRING for number in range(100)}
    (problem,) = read_fields("zzz=1", known, automation="🚀 Big").problems
    assert problem.describe("en").endswith("`field11` and more.")


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=6).map(tuple))
def test_the_nearest_name_is_one_of_the_known(name: str, known: tuple[str, ...]) -> None:
    """A suggestion is never made up."""
    assert nearest(name, known) in {*known, None}


def test_every_code_is_documented() -> None:
    """The page for administrators lists exactly the codes there are."""
    page = Path(__file__).parents[2].joinpath("docs", "automation-fields.md").read_text(encoding="utf-8")
    table = page.split("## What is refused, by code")[1]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == [str(code) for code in ProblemCode]
