"""Which fault is understood, which request does it match, how often does it strike?"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.control.bodies import Refused
from sandbox.control.faults import MOST_FAULTS, Fault, FaultTable, Kind, parse

STATUS = {"match": "POST /automation/trigger", "kind": "status", "status": 503}


@pytest.mark.parametrize(
    ("match", "method", "path", "hit"),
    [
        ("POST /automation/trigger", "POST", "/automation/trigger/abc", True),
        ("POST /automation/trigger", "GET", "/automation/trigger/abc", False),
        ("post /automation/trigger", "POST", "/automation/trigger", True),
        ("* /", "DELETE", "/anything?x=1", True),
        ("POST /automation/trigger", "POST", "/automation/list", False),
        ("POST /$batch", "POST", "/$batch", True),
        ("POST $batch", "POST", "/%24batch", True),
        ("GET /rows(1)", "GET", "/rows(1)?$select=a", True),
        ("GET /rows?$filter", "GET", "/rows?$filter=a", True),
        ("GET /rows?$filter", "GET", "/rows?$select=a", False),
    ],
)
def test_match_is_a_method_and_the_beginning_of_a_path(match: str, method: str, path: str, hit: bool) -> None:
    """Methods and paths are compared as the interface tells."""
    assert parse({**STATUS, "match": match}).matches(method, path) is hit


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ({"kind": "explode"}, "'kind' must be one of"),
        ({"kind": 5}, "'kind' must be one of"),
        ({"kind": None}, "'kind' must be one of"),
        ({"match": "POST"}, "'match' must be"),
        ({"match": "FETCH /x"}, "'match' must be"),
        ({"match": "POST "}, "'match' must be"),
        ({"match": 7}, "'match' must be"),
        ({"status": None}, "needs 'status'"),
        ({"status": "503"}, "'status' must be"),
        ({"status": 99}, "'status' must be"),
        ({"status": True}, "'status' must be"),
        ({"times": 0}, "'times' must be"),
        ({"times": 1.5}, "'times' must be"),
        ({"seconds": -1}, "'seconds' must be"),
        ({"seconds": float("nan")}, "'seconds' must be"),
        ({"seconds": "5"}, "'seconds' must be"),
        ({"retry_after": "2\r\nX: y"}, "'retry_after' must be"),
        ({"retry_after": ""}, "'retry_after' must be"),
        ({"after": True}, "'after' says nothing for kind 'status'"),
        ({"limit": 3}, "'limit' says nothing for kind 'status'"),
        ({"kind": "html", "after": "yes"}, "'after' must be true or false"),
        ({"kind": "delay", "status": None}, "needs 'seconds'"),
        ({"kind": "throttle", "status": None}, "needs 'limit'"),
        ({"often": 3}, "Unknown member 'often'"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_name(members: dict[str, Any], word: str) -> None:
    """The sentence names the member at fault."""
    with pytest.raises(Refused, match=word.replace("(", r"\(")):
        parse({**STATUS, **members})


_any: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just([])
)
_members = st.dictionaries(
    st.sampled_from(["match", "kind", "status", "retry_after", "seconds", "times", "after", "limit", "x"]),
    _any | st.sampled_from([*Kind, "POST /x", "* /"]),
)


@given(_members)
def test_any_object_is_understood_or_refused(members: dict[str, Any]) -> None:
    """No input does anything but give a fault or a sentence."""
    found = _parsed_or_told(members)
    if isinstance(found, str):
        assert found.endswith(".")
    else:
        assert parse(found.as_json()) == found


def _parsed_or_told(members: dict[str, Any]) -> Fault | str:
    try:
        return parse(members)
    except Refused as refused:
        return str(refused)


@given(st.sampled_from(Kind), st.integers(1, 9), st.floats(0.5, 9), st.text("abc/$()", max_size=5))
def test_what_the_list_shows_can_be_switched_on_again(
    kind: Kind, times: int, seconds: float, path: str
) -> None:
    """The form a fault is shown in is the form it is taken in."""
    members: dict[str, Any] = {"match": f"* /{path}", "kind": kind.value, "times": times, "seconds": seconds}
    members |= {Kind.STATUS: {"status": 418}, Kind.THROTTLE: {"limit": 2}}.get(kind, {})
    fault = parse(members)
    assert fault.as_json() == members
    assert parse(fault.as_json()) == fault


def test_the_first_fault_with_times_left_strikes() -> None:
    """Order counts, and one that is used up steps aside for the next."""
    table = FaultTable()
    first = table.add(parse({**STATUS, "times": 2}))
    second = table.add(parse({**STATUS, "status": 500}))
    struck = [table.strike("POST", "/automation/trigger") for _ in range(4)]
    assert [one.id for one in struck if one] == [first, first, second, second]
    assert [(one.remaining, one.hits) for one in table.standing()] == [(0, 2), (None, 2)]


def test_a_fault_is_deleted_by_its_id() -> None:
    """The others stay."""
    table = FaultTable()
    first, second = table.add(parse(STATUS)), table.add(parse(STATUS))
    assert table.remove(first) == 1
    assert table.remove(first) == 0
    assert [one.id for one in table.standing()] == [second]
    assert table.remove() == 1


def test_a_full_table_says_so() -> None:
    """A loop that adds faults ends in a sentence, not in memory."""
    table = FaultTable()
    for _ in range(MOST_FAULTS):
        table.add(Fault("*", "/", Kind.DROP_BEFORE))
    with pytest.raises(Refused, match="delete some first"):
        table.add(Fault("*", "/", Kind.DROP_BEFORE))
