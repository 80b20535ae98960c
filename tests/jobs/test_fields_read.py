"""Each rule of the Automation Fields text, one case at a time."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from jobs.fields import FieldsRead, FieldType, NoteCode, ProblemCode, read_fields

INVOICE: Mapping[str, FieldType | None] = {
    "invoiceEmail": FieldType.STRING,
    "invoiceCode": FieldType.STRING,
    "invoiceVatNumber": FieldType.STRING,
    "portalLink": FieldType.URL,
    "crosssell": FieldType.PRODUCTLIST,
    "mystery": None,
}

INVOICE_READ = {"invoiceEmail": ("ap@example.org",), "invoiceVatNumber": ("NL123456",)}


def read(text: str | None, *, quoting: bool = False, max_length: int = 4000) -> FieldsRead:
    """Read `text` against the fields of an imaginary automation."""
    return read_fields(text, INVOICE, automation="🚀 Welcome", quoting=quoting, max_length=max_length)


def passed(text: str | None, *, quoting: bool = False) -> dict[str, tuple[str, ...]]:
    """What `text` passes; fails if it is refused."""
    result = read(text, quoting=quoting)
    assert result.problems == ()
    return {field.name: field.values for field in result.fields}


def refused(text: str, *, quoting: bool = False, max_length: int = 4000) -> list[tuple[str, int, int]]:
    """Code, line and column of every problem."""
    problems = read(text, quoting=quoting, max_length=max_length).problems
    return [(str(problem.code), problem.line, problem.column) for problem in problems]


@pytest.mark.parametrize(
    "text",
    [
        "invoiceEmail=ap@example.org;invoiceCode=;invoiceVatNumber=NL123456",
        "invoiceEmail=ap@example.org;invoiceVatNumber=NL123456",
        "invoiceEmail=ap@example.org;\ninvoiceCode=;\ninvoiceVatNumber=NL123456",
        "invoiceEmail=ap@example.org\ninvoiceCode=\ninvoiceVatNumber=NL123456",
        "invoiceEmail=ap@example.org\ninvoiceVatNumber=NL123456",
    ],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_the_five_layouts_of_the_manual_say_the_same(text: str, line_end: str) -> None:
    """One line or several, with a blank field or without it, whatever ends a line."""
    assert passed(text.replace("\n", line_end)) == INVOICE_READ


def test_the_list_of_the_manual() -> None:
    """`crosssell={123,567,891}` passes three products."""
    assert passed("crosssell={123,567,891}") == {"crosssell": ("123", "567", "891")}


@pytest.mark.parametrize("text", [None, "", " ", "\r\n ;; \n", "\u200b;\ufeff"])
def test_a_blank_text_passes_nothing(text: str | None) -> None:
    """Nothing written, nothing passed, nothing to complain or to remark."""
    assert read(text) == FieldsRead()
    assert read_fields(text, None, automation="📢 Sale") == FieldsRead()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "invoiceCode=a=b==c", {"invoiceCode": ("a=b==c",)}, id="only the first equals sign splits"
        ),
        pytest.param(
            "portalLink=https://example.org/p?a=1&b=2",
            {"portalLink": ("https://example.org/p?a=1&b=2",)},
            id="address with a query",
        ),
        pytest.param("invoiceCode=Amsterdam, NL", {"invoiceCode": ("Amsterdam, NL",)}, id="comma in a text"),
        pytest.param("invoiceCode={a,b}", {"invoiceCode": ("{a,b}",)}, id="braces are literal in a text"),
        pytest.param(
            "invoiceCode={open", {"invoiceCode": ("{open",)}, id="a lone brace is literal in a text"
        ),
        pytest.param("invoiceCode={{x}}", {"invoiceCode": ("{{x}}",)}, id="doubled braces in a text"),
        pytest.param("mystery={a,b}", {"mystery": ("a", "b")}, id="unknown type, whole value braced: a list"),
        pytest.param("mystery={a} b", {"mystery": ("{a} b",)}, id="unknown type, partly braced: a text"),
        pytest.param("mystery={{x}}", {"mystery": ("{{x}}",)}, id="unknown type, doubled braces: a text"),
        pytest.param("mystery=a{b", {"mystery": ("a{b",)}, id="unknown type, brace inside: a text"),
        pytest.param("mystery={a;b}", {"mystery": ("a;b",)}, id="unknown type: braces protect"),
        pytest.param("crosssell={1,\r\n 2,\n3\n}", {"crosssell": ("1", "2", "3")}, id="a wrapped list"),
        pytest.param("crosssell={a;b,c}", {"crosssell": ("a;b", "c")}, id="semicolon in braces"),
        pytest.param("crosssell=123", {"crosssell": ("123",)}, id="one product without braces"),
        pytest.param("crosssell={}", {}, id="empty list"),
        pytest.param("crosssell={ , ,}", {}, id="only empty products"),
        pytest.param("crosssell={,1,,2,}", {"crosssell": ("1", "2")}, id="empty products are dropped"),
        pytest.param("crosssell= { a b , c } ;", {"crosssell": ("a b", "c")}, id="spaces around products"),
        pytest.param(
            "  invoiceCode \t=\u00a0 two  words \u200b;;",
            {"invoiceCode": ("two  words",)},
            id="spaces trimmed",
        ),
        pytest.param(
            "invoiceCode=a\x0bb\u2028c\x85d",
            {"invoiceCode": ("a\x0bb\u2028c\x85d",)},
            id="no other line ends",
        ),
        pytest.param(
            "invoiceCode=string", {"invoiceCode": ("string",)}, id="hint in another case is a value"
        ),
        pytest.param("invoiceCode=URL", {"invoiceCode": ("URL",)}, id="hint of another type is a value"),
        pytest.param("invoiceCode={<STRING>}", {"invoiceCode": ("{<STRING>}",)}, id="not a text's hint"),
        pytest.param("crosssell={STRING}", {"crosssell": ("STRING",)}, id="another hint in a list"),
        pytest.param(
            "invoiceCode=STRING 5", {"invoiceCode": ("STRING 5",)}, id="hint is only the whole value"
        ),
        pytest.param('invoiceCode="x"', {"invoiceCode": ('"x"',)}, id="quotes are ordinary when off"),
        pytest.param("invoiceCode=   ", {}, id="blank"),
    ],
)
def test_accepted(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    """Rules that decide what a legal text passes."""
    assert passed(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("hello", [("NO_EQUALS_SIGN", 1, 1)], id="no field at all"),
        pytest.param("invoiceCode=a;b", [("NO_EQUALS_SIGN", 1, 15)], id="semicolon in a value"),
        pytest.param(
            "invoiceCode=a\r\n  b\rc", [("NO_EQUALS_SIGN", 2, 3), ("NO_EQUALS_SIGN", 3, 1)], id="enters"
        ),
        pytest.param("invoiceCode", [("NO_EQUALS_SIGN", 1, 1)], id="name alone"),
        pytest.param(" =5", [("NO_NAME", 1, 2)], id="no name"),
        pytest.param("invoicemail=x", [("UNKNOWN_FIELD", 1, 1)], id="unknown"),
        pytest.param("invoicemail=", [("UNKNOWN_FIELD", 1, 1)], id="unknown and blank"),
        pytest.param("invoice code=x", [("SPACE_IN_NAME", 1, 1)], id="space in a name"),
        pytest.param(
            "invoiceCode=1;\n;invoiceCode=", [("DUPLICATE_FIELD", 2, 2)], id="duplicate, even when blank"
        ),
        pytest.param("invoiceCode=STRING", [("UNTOUCHED_HINT", 1, 13)], id="hint"),
        pytest.param("invoiceCode= <STRING>", [("UNTOUCHED_HINT", 1, 14)], id="hint in angle brackets"),
        pytest.param("portalLink=URL", [("UNTOUCHED_HINT", 1, 12)], id="hint of an address"),
        pytest.param("crosssell={<PRODUCTLIST>}", [("UNTOUCHED_HINT", 1, 12)], id="hint of a list"),
        pytest.param("crosssell=PRODUCTLIST", [("UNTOUCHED_HINT", 1, 11)], id="hint of a list, bare"),
        pytest.param("crosssell={1,<PRODUCTLIST>}", [("UNTOUCHED_HINT", 1, 14)], id="hint left in a list"),
        pytest.param("mystery=URL", [("UNTOUCHED_HINT", 1, 9)], id="any hint where the type is unknown"),
        pytest.param("portalLink=www.example.org", [("NOT_A_URL", 1, 12)], id="address without scheme"),
        pytest.param("portalLink=/a", [("NOT_A_URL", 1, 12)], id="relative address"),
        pytest.param("portalLink=ftp://example.org", [("NOT_A_URL", 1, 12)], id="another scheme"),
        pytest.param("portalLink=https://", [("NOT_A_URL", 1, 12)], id="no host"),
        pytest.param("portalLink=https://a b", [("NOT_A_URL", 1, 12)], id="space in an address"),
        pytest.param("portalLink=https://[::1", [("NOT_A_URL", 1, 12)], id="broken host"),
        pytest.param("portalLink=https://a:x/", [("NOT_A_URL", 1, 12)], id="broken port"),
        pytest.param("crosssell={1,2", [("UNCLOSED_BRACE", 1, 11)], id="unclosed"),
        pytest.param("mystery={1,2", [("UNCLOSED_BRACE", 1, 9)], id="unclosed, type unknown"),
        pytest.param("crosssell={1,\n2\ninvoiceCode=5", [("UNCLOSED_BRACE", 1, 11)], id="said once"),
        pytest.param(
            "crosssell={1,2;mystery={3};invoiceCode=STRING",
            [("UNCLOSED_BRACE", 1, 11), ("UNTOUCHED_HINT", 1, 40)],
            id="a second opening brace shows that the first is not closed",
        ),
        pytest.param("crosssell={1} x", [("TEXT_OUTSIDE_BRACES", 1, 15)], id="text behind the braces"),
        pytest.param("crosssell=x{1}", [("TEXT_OUTSIDE_BRACES", 1, 11)], id="text before the braces"),
        pytest.param("crosssell=1,2}", [("TEXT_OUTSIDE_BRACES", 1, 11)], id="only a closing brace"),
        pytest.param("crosssell=1,2", [("LIST_WITHOUT_BRACES", 1, 11)], id="list without braces"),
    ],
)
def test_refused(text: str, expected: list[tuple[str, int, int]]) -> None:
    """Rules that refuse a text, each with the place of the mistake."""
    assert refused(text) == expected


def test_all_problems_at_once() -> None:
    """One reading finds every mistake, in the order of their places, and then passes nothing."""
    result = read(
        "invoicemail=x\ninvoiceCode=STRING;portalLink=home\ncrosssell={1\ninvoiceVatNumber=NL1;invoiceVatNumber=2"
    )
    assert [(p.code, p.line, p.column) for p in result.problems] == [
        (ProblemCode.UNKNOWN_FIELD, 1, 1),
        (ProblemCode.UNTOUCHED_HINT, 2, 13),
        (ProblemCode.NOT_A_URL, 2, 31),
        (ProblemCode.UNCLOSED_BRACE, 3, 11),
        (ProblemCode.DUPLICATE_FIELD, 4, 22),
    ]
    assert result.fields == ()


@pytest.mark.parametrize(("length", "codes"), [(10, []), (11, ["TOO_LONG"])])
def test_length_limit(length: int, codes: list[str]) -> None:
    """The limit counts characters of one value, and all items of a list together."""
    assert [code for code, _, _ in refused("invoiceCode=" + "é" * length, max_length=10)] == codes
    items = "🚀" * (length - 5) + "," + "x" * 5
    assert [code for code, _, _ in refused("crosssell={" + items + "}", max_length=10)] == codes


def test_an_emoji_is_one_column() -> None:
    """Columns are characters, not bytes or UTF-16 units."""
    assert refused("invoiceCode=🚀🚀; b") == [("NO_EQUALS_SIGN", 1, 17)]


def test_without_a_list_every_name_is_accepted_and_typed_by_shape() -> None:
    """No list in the catalogue: types come from the values, and a note says that nothing was checked."""
    result = read_fields("a=text;b={1,2};c=https://example.org/x;d={1} x;e=", None, automation="📢 Sale")
    assert result.problems == ()
    assert [(field.name, field.type, field.values) for field in result.fields] == [
        ("a", FieldType.STRING, ("text",)),
        ("b", FieldType.PRODUCTLIST, ("1", "2")),
        ("c", FieldType.URL, ("https://example.org/x",)),
        ("d", FieldType.STRING, ("{1} x",)),
    ]
    assert [note.code for note in result.notes] == [NoteCode.NO_FIELD_LIST]


def test_without_a_list_mistakes_of_writing_are_still_refused() -> None:
    """Hints, duplicates and names that cannot be are refused with or without a list."""
    result = read_fields("a=STRING\nb={<PRODUCTLIST>};b=1;c d=2;e", None, automation="📢 Sale")
    assert [problem.code for problem in result.problems] == [
        ProblemCode.UNTOUCHED_HINT,
        ProblemCode.UNTOUCHED_HINT,
        ProblemCode.DUPLICATE_FIELD,
        ProblemCode.SPACE_IN_NAME,
        ProblemCode.NO_EQUALS_SIGN,
    ]


def test_an_automation_without_fields_refuses_every_name() -> None:
    """An empty list is a list: nothing can be passed."""
    result = read_fields("a=1", {}, automation="🚀 Bare")
    assert [problem.code for problem in result.problems] == [ProblemCode.UNKNOWN_FIELD]
    assert "has no fields" in result.problems[0].describe("en")


def test_a_break_inside_a_product_is_remarked() -> None:
    """Braces protect a semicolon, which is then part of a product: legal, and seldom meant."""
    result = read("crosssell={1,2;\n3}")
    assert [(note.code, note.line, note.column) for note in result.notes] == [(NoteCode.BREAK_IN_ITEM, 1, 14)]
    assert "separate products with commas" in result.notes[0].describe("en")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('invoiceCode="a;b\r\nc"', {"invoiceCode": ("a;b\r\nc",)}, id="separators"),
        pytest.param('invoiceCode="say ""hi"""', {"invoiceCode": ('say "hi"',)}, id="doubled quotes"),
        pytest.param('invoiceCode= "STRING" ;', {"invoiceCode": ("STRING",)}, id="a hint that is meant"),
        pytest.param('invoiceCode=""', {}, id="blank"),
        pytest.param('invoiceCode=" x "', {"invoiceCode": (" x ",)}, id="spaces inside are kept"),
        pytest.param('invoiceCode=a "b" c', {"invoiceCode": ('a "b" c',)}, id="a quote inside is literal"),
        pytest.param('crosssell={"a,b}", c,""}', {"crosssell": ("a,b}", "c")}, id="products"),
        pytest.param('crosssell="a,b"', {"crosssell": ("a,b",)}, id="a single product"),
        pytest.param('mystery="{a}"', {"mystery": ("{a}",)}, id="a text where the type is unknown"),
    ],
)
def test_quoting(text: str, expected: dict[str, tuple[str, ...]]) -> None:
    """Switched on, double quotes hold what the plain form cannot say."""
    assert passed(text, quoting=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('invoiceCode="a;b', [("UNCLOSED_QUOTE", 1, 13)]),
        ('invoiceCode="a" b', [("TEXT_OUTSIDE_QUOTES", 1, 17)]),
        ('crosssell={1,"2}', [("UNCLOSED_QUOTE", 1, 14)]),
        ('crosssell={"1" x}', [("TEXT_OUTSIDE_QUOTES", 1, 16)]),
        ('crosssell={"1"', [("UNCLOSED_BRACE", 1, 11)]),
        ('portalLink="x"', [("NOT_A_URL", 1, 12)]),
    ],
)
def test_quoting_refused(text: str, expected: list[tuple[str, int, int]]) -> None:
    """Mistakes with quotes have their own codes and places."""
    assert refused(text, quoting=True) == expected


def test_values_stay_out_of_representations() -> None:
    """A field value that is logged by accident shows no personal data."""
    assert "ap@example.org" not in repr(read("invoiceEmail=ap@example.org"))
