"""Swagger 1.2 is read as the vendor writes it, and nothing odd in it raises."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spotler.description import Operation, operations, resources
from tests.spotler.described import OF_2022, OTHERWISE


def test_the_description_of_2022() -> None:
    """The one call there was, with its body and the model of its success."""
    assert operations(OF_2022) == (
        Operation(
            "POST",
            "automation/trigger/{triggerCode}",
            {"externalContactId": "text"},
            {"result": "text", "automationResults": [{"automationId": "text", "result": "text"}]},
        ),
    )


def test_answers_named_at_the_operation() -> None:
    """A list inside an object, with models inside models."""
    found = {one.path: one for one in operations(OTHERWISE)}
    (automation,) = found["automation/all"].answers["items"]
    assert automation["isPublished"] is True
    assert automation["externalTriggers"][0]["params"] == [{"fieldName": "text", "fieldType": "text"}]
    assert found["automation/{uuid}/halt-or-stop"].method == "PUT"


def test_models_in_a_circle_end() -> None:
    """A model may hold itself."""
    found = {one.path: one for one in operations(OTHERWISE)}
    assert found["automation/run/{runUuid}/stop"].takes == {"reason": None}


def test_many_models_in_many_models_are_read_in_no_time() -> None:
    """Forty levels of two references each would otherwise be a million million."""
    models = {
        f"M{level}": {"properties": {k: {"$ref": f"M{level + 1}"} for k in "ab"}} for level in range(40)
    }
    api = {"path": "/x", "operations": [{"method": "GET", "type": "M0"}]}
    (found,) = operations({"apis": [api], "models": models})
    assert set(found.answers) == {"a", "b"}


def test_resources() -> None:
    """The index of a description."""
    assert resources({"apis": [{"path": "/automation"}, {"path": "/contact"}, {}, 3]}) == (
        "automation",
        "contact",
    )
    assert resources(None) == ()


@pytest.mark.parametrize(
    "description",
    [
        None,
        {},
        {"apis": None},
        {"apis": [{"path": 1}, {"path": "/x"}, {"path": "/x", "operations": [{}, 1]}]},
    ],
)
def test_nothing_usable_is_nothing(description: dict[str, Any] | None) -> None:
    """What is not understood is passed over."""
    assert operations(description) == ()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=4)
    | st.sampled_from(["array", "A", "body", "GET"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "apis",
                    "path",
                    "operations",
                    "method",
                    "models",
                    "A",
                    "properties",
                    "type",
                    "$ref",
                    "items",
                    "parameters",
                    "paramType",
                    "responseMessages",
                    "code",
                    "responseModel",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@settings(deadline=None)  # a noisy machine is no fault
@given(
    method=JSON,
    path=JSON,
    operation=st.dictionaries(st.just("x"), JSON),
    models=JSON,
    kind=JSON,
    messages=JSON,
)
def test_any_description_can_be_read(**parts: Any) -> None:
    """It is a stranger's document."""
    operation = parts["operation"] | {
        "method": parts["method"],
        "type": parts["kind"],
        "parameters": [{"paramType": "body", "type": parts["kind"], "items": parts["models"]}],
        "responseMessages": parts["messages"],
    }
    description = {"apis": [{"path": parts["path"], "operations": [operation]}], "models": parts["models"]}
    assert len(operations(description)) <= 1
