"""What does a member of a body of metadata hold?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.dataverse.described import Described
from sandbox.dataverse.problems import Problem, bad_payload, bad_value, not_imitated

_LEAST: Final = -(2**31)
_MOST: Final = 2**31 - 1
_IDENTITY: Final = frozenset(
    {"MetadataId", "LogicalName", "SchemaName", "EntityLogicalName", "AttributeType", "AttributeTypeName"}
)


def text(body: Mapping[str, Any], name: str) -> str:
    """A text that must be there.

    Raises:
        Problem: 400, it is missing, empty or no text.
    """
    value = body.get(name)
    if value is None or value == "":
        raise missing(name)
    if not isinstance(value, str):
        raise _unconvertible(name, "Edm.String")
    return value


def optional_text(body: Mapping[str, Any], name: str) -> str | None:
    """A text, or None where it is missing or empty."""
    return None if body.get(name) in {None, ""} else text(body, name)


def whole(body: Mapping[str, Any], name: str) -> int:
    """A whole number of 32 bits that must be there."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    if isinstance(value, bool) or not isinstance(value, int) or not _LEAST <= value <= _MOST:
        raise _unconvertible(name, "Edm.Int32")
    return value


def optional_whole(body: Mapping[str, Any], name: str) -> int | None:
    """A whole number of 32 bits, or None where it is missing."""
    return None if body.get(name) is None else whole(body, name)


def flag(body: Mapping[str, Any], name: str, *, otherwise: bool) -> bool:
    """Yes or no, `otherwise` where it is missing."""
    value = body.get(name)
    if value is None:
        return otherwise
    if not isinstance(value, bool):
        raise _unconvertible(name, "Edm.Boolean")
    return value


def structure(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object that must be there."""
    found = optional_structure(body, name)
    if found is None:
        raise missing(name)
    return found


def optional_structure(body: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """An object, or None where it is missing."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise _unconvertible(name, "Edm.ComplexType")
    return value


def structures(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects, empty where it is missing."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise _unconvertible(name, "Collection(Edm.ComplexType)")
    return value


def texts(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts that must be there and hold something."""
    value = body.get(name)
    if not value:
        raise missing(name)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _unconvertible(name, "Collection(Edm.String)")
    return value


def managed(body: Mapping[str, Any], name: str) -> str | None:
    """The `Value` of a managed property that holds text, or None where it is missing."""
    found = optional_structure(body, name)
    return None if found is None else text(found, "Value")


def known(value: str, of: Sequence[str], name: str) -> str:
    """`value`, when it is one of the members of an enumeration.

    Raises:
        Problem: 400, it is none of them.
    """
    if value not in of:
        raise bad_payload(
            f"Microsoft.OData.ODataException: Cannot convert the literal '{value}' given for '{name}' to the "
            f"expected enumeration, whose members are {', '.join(of)}."
        )
    return value


def missing(name: str) -> Problem:
    """400: a member that must be there is not."""
    return bad_value(f"Required member missing: {name}.")


def refuse_others(body: Mapping[str, Any], told: Described, read: frozenset[str]) -> None:
    """Refuse members that would have been passed over in silence.

    A client may send back what it was told. Everything else must have been understood.

    Args:
        body: as given.
        told: how the component will be told.
        read: members that were understood.

    Raises:
        Problem: 400 for another identity, 501 for what the sandbox cannot set.
    """
    for name, value in body.items():
        if name in read or "@" in name or value is None:
            continue
        if name not in told:
            raise not_imitated(f"the metadata property {name}")
        if not _same(value, told[name]):
            if name in _IDENTITY:
                raise bad_value(f"The metadata property {name} cannot be changed or does not fit.")
            raise not_imitated(f"this value of the metadata property {name}")


def _same(given: Any, told: Any) -> bool:
    if isinstance(given, dict) and isinstance(told, dict):
        # Whether a managed property may be changed, and what it is called, is the platform's to say.
        if "Value" in given and "Value" in told:
            return bool(given["Value"] == told["Value"])
        return all(
            value is None or "@" in name or (name in told and _same(value, told[name]))
            for name, value in given.items()
        )
    return bool(given == told)


def _unconvertible(name: str, kind: str) -> Problem:
    return bad_payload(
        f"Microsoft.OData.ODataException: Cannot convert the value given for property '{name}' to the "
        f"expected type '{kind}'."
    )
