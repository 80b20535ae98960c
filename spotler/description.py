"""Which calls does Spotler's own API description (Swagger 1.2) tell of?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_DEEPEST: Final = 20
"""Lists within lists are followed no deeper."""


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
    samples = _Samples(_dict(description.get("models")))
    return tuple(
        Operation(method.upper(), path.strip("/"), _takes(operation, samples), _answers(operation, samples))
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


def _takes(operation: dict[str, Any], samples: _Samples) -> Any:
    bodies = (one for one in _dicts(operation.get("parameters")) if one.get("paramType") == "body")
    return next((samples.of(body) for body in bodies), None)


def _answers(operation: dict[str, Any], samples: _Samples) -> Any:
    """The vendor describes some answers at the operation and others, with type void there, at the status."""
    for message in _dicts(operation.get("responseMessages")):
        code, model = message.get("code"), message.get("responseModel")
        if isinstance(code, int) and code // 100 == 2 and isinstance(model, str):  # noqa: PLR2004 - 2xx
            return samples.of({"type": model})
    return samples.of(operation)


class _Samples:
    """JSON of the described forms; each model is built once, and inside itself it is None."""

    def __init__(self, models: dict[str, Any]) -> None:
        self._models = models
        self._built: dict[str, dict[str, Any] | None] = {}

    def of(self, spec: dict[str, Any], depth: int = _DEEPEST) -> Any:
        kind = spec.get("$ref") or spec.get("type")
        if depth == 0 or not isinstance(kind, str) or kind == "void":
            return None
        if kind == "array":
            item = self.of(_dict(spec.get("items")), depth - 1)
            return [] if item is None else [item]
        if isinstance(self._models.get(kind), dict):
            return self._model(kind, depth)
        return {"boolean": True, "integer": 1, "number": 1}.get(kind, "text")

    def _model(self, name: str, depth: int) -> dict[str, Any] | None:
        if name not in self._built:
            self._built[name] = None
            properties = _dict(self._models[name].get("properties"))
            self._built[name] = {key: self.of(_dict(one), depth - 1) for key, one in properties.items()}
        return self._built[name]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())
