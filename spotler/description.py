"""Which calls does Spotler's own API description (Swagger 1.2) tell of?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 6
"""Models may refer to each other in a circle."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A described call; `path` is relative to the service, its placeholders named as Spotler names them.

    `takes` and `answers` are JSON of the described form with made-up values; None where nothing is told.
    """

    method: str
    path: str
    takes: Any
    answers: Any


def operations(description: dict[str, Any] | None) -> tuple[Operation, ...]:
    """The calls in the description of one resource; what is not understood in it is passed over."""
    if description is None:
        return ()
    models = _dict(description.get("models"))
    return tuple(
        Operation(method.upper(), path.strip("/"), _takes(operation, models), _answers(operation, models))
        for api in _dicts(description.get("apis"))
        if isinstance(path := api.get("path"), str)
        for operation in _dicts(api.get("operations"))
        if isinstance(method := operation.get("method"), str)
    )


def resources(index: dict[str, Any] | None) -> tuple[str, ...]:
    """The names of the resources in the index of a description."""
    return tuple(
        path.strip("/")
        for api in _dicts(None if index is None else index.get("apis"))
        if isinstance(path := api.get("path"), str)
    )


def _takes(operation: dict[str, Any], models: dict[str, Any]) -> Any:
    bodies = (one for one in _dicts(operation.get("parameters")) if one.get("paramType") == "body")
    return next((_sample(body, models, _DEEPEST) for body in bodies), None)


def _answers(operation: dict[str, Any], models: dict[str, Any]) -> Any:
    """The vendor describes some answers at the operation and others, with type void there, at the status."""
    for message in _dicts(operation.get("responseMessages")):
        code, model = message.get("code"), message.get("responseModel")
        if isinstance(code, int) and code // 100 == 2 and isinstance(model, str):  # noqa: PLR2004 - 2xx
            return _sample({"type": model}, models, _DEEPEST)
    return _sample(operation, models, _DEEPEST)


def _sample(spec: dict[str, Any], models: dict[str, Any], depth: int) -> Any:
    kind = spec.get("$ref") or spec.get("type")
    if depth == 0 or kind in {None, "void"}:
        return None
    if kind == "array":
        item = _sample(_dict(spec.get("items")), models, depth - 1)
        return [] if item is None else [item]
    if isinstance(kind, str) and isinstance(models.get(kind), dict):
        properties = _dict(models[kind].get("properties"))
        return {name: _sample(_dict(one), models, depth - 1) for name, one in properties.items()}
    return {"boolean": True, "integer": 1, "number": 1}.get(str(kind), "text")


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())
