"""Do route templates match what ASP.NET routing matches?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.functions.errors import StartError
from sandbox.functions.routes import Found, Route, WrongMethod, find, parse_template


def matched(template: str, path: str) -> dict[str, str] | None:
    """Match one path with one template."""
    return parse_template(template, where="test").match(path)


@pytest.mark.parametrize(
    ("template", "path", "expected"),
    [
        ("api/jobs", "/api/jobs", {}),
        ("api/jobs", "/API/Jobs/", {}),
        ("api/jobs", "/api/jobs/1", None),
        ("api/jobs", "/api", None),
        ("", "/", {}),
        ("jobs/{id}", "/jobs/7", {"id": "7"}),
        ("jobs/{id}", "/jobs/", None),
        ("jobs/{id}", "/jobs/a%20b%2Fc", {"id": "a b/c"}),
        ("jobs/{id?}", "/jobs", {}),
        ("jobs/{id=9}", "/jobs", {"id": "9"}),
        ("jobs/{id:int=9}/{word?}", "/jobs", {"id": "9"}),
        ("jobs/{id:int}", "/jobs/-7", {"id": "-7"}),
        ("jobs/{id:int}", "/jobs/x", None),
        ("jobs/{id:int}", "/jobs/2147483648", None),
        ("jobs/{id:long}", "/jobs/2147483648", {"id": "2147483648"}),
        ("jobs/{id:int:min(3)}", "/jobs/2", None),
        ("jobs/{id:max(3)}", "/jobs/3", {"id": "3"}),
        ("jobs/{id:range(2,4)?}", "/jobs/5", None),
        (
            "jobs/{id:guid}",
            "/jobs/6f9619ff-8b86-d011-b42d-00c04fc964ff",
            {"id": "6f9619ff-8b86-d011-b42d-00c04fc964ff"},
        ),
        ("jobs/{id:guid}", "/jobs/6f96", None),
        ("{on:datetime}", "/2026-01-02T03:04:05", {"on": "2026-01-02T03:04:05"}),
        ("{on:datetime}", "/yesterday", None),
        ("{x:bool}", "/TRUE", {"x": "TRUE"}),
        ("{x:double}", "/1e3", {"x": "1e3"}),
        ("{x:double}", "/nan", None),
        ("{x:decimal}", "/1.5", {"x": "1.5"}),
        ("{x:decimal}", "/nan", None),
        ("{x:alpha}", "/abc", {"x": "abc"}),
        ("{x:alpha}", "/ab1", None),
        ("{x:length(2)}", "/abc", None),
        ("{x:length(2,3)}", "/abc", {"x": "abc"}),
        ("{x:minlength(2)}", "/a", None),
        ("{x:maxlength(2)}", "/abc", None),
        ("{x:regex(^\\d{{2}}$)}", "/12", {"x": "12"}),
        ("{x:regex(^\\d{{2}}$)}", "/123", None),
        ("files/{*path}", "/files/a/b.txt", {"path": "a/b.txt"}),
        ("files/{**path}", "/files", {"path": ""}),
        ("files/{name}.{kind}", "/files/a.b.txt", {"name": "a.b", "kind": "txt"}),
        ("files/{name}.{kind}", "/files/a", None),
    ],
)
def test_match(template: str, path: str, expected: dict[str, str] | None) -> None:
    """Text, parameters, defaults, constraints and catch-alls match as in ASP.NET."""
    assert matched(template, path) == expected


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("jobs/{id", "braces"),
        ("jobs/id}", "braces"),
        ("jobs//id", "empty part"),
        ("jobs/{}", "not a route parameter"),
        ("{id:prime}", "not known"),
        ("{id:min(x)}", "not known"),
        ("{id:regex([)}", "not known"),
        ("{*rest}/more", "nothing may follow"),
        ("{id?}/more", "only optional"),
        ("x{*rest}", "stand alone"),
        ("{a}{b}", "text between"),
        ("{a}/{A}", "twice"),
    ],
)
def test_wrong_templates_are_refused_at_start(template: str, part: str) -> None:
    """A template that ASP.NET refuses keeps the host from starting."""
    with pytest.raises(StartError, match=part):
        parse_template(template, where="function f")


def routes(*texts: str, methods: frozenset[str] = frozenset()) -> list[Route[str]]:
    """Make a table that leads to its own templates."""
    return [Route(parse_template(text, where="test"), methods, text) for text in texts]


@pytest.mark.parametrize(
    ("path", "best"),
    [
        ("/jobs/new", "jobs/new"),
        ("/jobs/7", "jobs/{id:int}"),
        ("/jobs/a.b", "jobs/{name}.{kind}"),
        ("/jobs/other", "jobs/{id}"),
        ("/jobs/other/more", "{*all}"),
    ],
)
def test_the_most_specific_route_wins(path: str, best: str) -> None:
    """Text goes before constraints, these before free parameters, catch-alls come last."""
    table = routes("{*all}", "jobs/{id}", "jobs/{id:int}", "jobs/new", "jobs/{name}.{kind}")
    found = find(table, "GET", path)
    assert isinstance(found, Found)
    assert found.target == best


def test_same_route_with_other_methods() -> None:
    """Functions may share a route; other methods are told apart from unknown paths."""
    table = [
        *routes("jobs", methods=frozenset({"GET"})),
        *routes("jobs", methods=frozenset({"POST", "PUT"})),
    ]
    assert isinstance(find(table, "POST", "/jobs"), Found)
    assert find(table, "DELETE", "/jobs") == WrongMethod(("GET", "POST", "PUT"))
    assert find(table, "GET", "/job") is None


@given(
    st.lists(st.text(alphabet="abc{}*:?=()./", max_size=8), max_size=4).map("/".join), st.text(max_size=20)
)
def test_any_template_is_either_refused_or_matches_without_a_fault(template: str, path: str) -> None:
    """No template and no path break the matching."""
    try:
        parsed = parse_template(template, where="test")
    except StartError:
        return
    found = parsed.match(path)
    assert found is None or all(isinstance(value, str) for value in found.values())
