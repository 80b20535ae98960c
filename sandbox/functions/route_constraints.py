"""Which values does a constraint such as ``int`` or ``range(1,9)`` of a route parameter let through?"""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from math import isfinite
from uuid import UUID

_CONSTRAINT = re.compile(r"(?P<name>[a-z]+)(?:\((?P<argument>.*)\))?", re.IGNORECASE | re.DOTALL)

type Accepts = Callable[[str], bool]


def parse_constraint(text: str) -> Accepts | None:
    """Read a constraint of ASP.NET routing.

    Args:
        text: The constraint with its argument, such as ``minlength(3)``.

    Returns:
        A test for values, or None when the constraint is not known or its argument is wrong.
    """
    match = _CONSTRAINT.fullmatch(text)
    if match is None:
        return None
    name, argument = match["name"].lower(), match["argument"]
    if argument is None:
        return _PLAIN.get(name)
    if name == "regex":
        return _regex(argument)
    parts = argument.split(",")
    if not all(re.fullmatch(r"\s*-?[0-9]{1,18}\s*", part) for part in parts):
        return None
    make = _WITH_NUMBERS.get((name, len(parts)))
    return make(*(int(part) for part in parts)) if make else None


def _whole(bits: int) -> Accepts:
    def accepts(value: str) -> bool:
        is_number = re.fullmatch(r"[+-]?[0-9]{1,20}", value) is not None
        return is_number and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1)

    return accepts


def _is_read_by(read: Callable[[str], object]) -> Accepts:
    def accepts(value: str) -> bool:
        try:
            read(value)
        except (ValueError, InvalidOperation):
            return False
        return True

    return accepts


def _is_finite(value: str) -> bool:
    return _is_read_by(float)(value) and isfinite(float(value))


def _is_decimal(value: str) -> bool:
    return _is_read_by(Decimal)(value) and Decimal(value).is_finite()


def _regex(pattern: str) -> Accepts | None:
    try:
        # In a template braces are doubled.
        compiled = re.compile(pattern.replace("{{", "{").replace("}}", "}"), re.IGNORECASE)
    except re.error:
        return None
    return lambda value: compiled.search(value) is not None


_is_long = _whole(64)
_PLAIN: dict[str, Accepts] = {
    "int": _whole(32),
    "long": _is_long,
    "bool": lambda value: value.lower() in {"true", "false"},
    "guid": _is_read_by(UUID),
    "float": _is_finite,
    "double": _is_finite,
    "decimal": _is_decimal,
    "datetime": _is_read_by(datetime.fromisoformat),
    "alpha": lambda value: re.fullmatch(r"[A-Za-z]*", value) is not None,
    "required": bool,
}
_WITH_NUMBERS: dict[tuple[str, int], Callable[..., Accepts]] = {
    ("min", 1): lambda least: lambda value: _is_long(value) and int(value) >= least,
    ("max", 1): lambda most: lambda value: _is_long(value) and int(value) <= most,
    ("range", 2): lambda least, most: lambda value: _is_long(value) and least <= int(value) <= most,
    ("minlength", 1): lambda least: lambda value: len(value) >= least,
    ("maxlength", 1): lambda most: lambda value: len(value) <= most,
    ("length", 1): lambda exact: lambda value: len(value) == exact,
    ("length", 2): lambda least, most: lambda value: least <= len(value) <= most,
}
