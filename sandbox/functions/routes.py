"""Which function answers a method and path?

Templates are those of ASP.NET routing, which the .NET host uses: ``things/{id:int}/{rest?}``,
``{name=default}``, ``{*rest}``, several parameters in one segment split by text. Text is compared without regard
to case.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from sandbox.functions.errors import StartError
from sandbox.functions.route_constraints import Accepts, parse_constraint

_PARAMETER = re.compile(r"(?P<star>\*{0,2})(?P<name>[^:=?*{}/]+)(?P<rest>.*)", re.DOTALL)
_PIECE = re.compile(r"\{(?P<parameter>(?:[^{}]|\{\{|\}\})*)\}|(?P<text>[^{}]+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One ``{parameter}`` of a template."""

    name: str
    optional: bool
    default: str | None
    catch_all: bool
    constraints: tuple[Accepts, ...]

    def accepts(self, value: str) -> bool:
        """Tell whether a value fits all constraints."""
        return all(constraint(value) for constraint in self.constraints)


type Segment = tuple[str | Parameter, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed route template.

    Attributes:
        text: The template as written, with the route prefix.
        segments: Its parts between slashes.
    """

    text: str
    segments: tuple[Segment, ...]

    @property
    def rank(self) -> tuple[int, ...]:
        """Order among templates that fit a path: text before constrained before free before catch-all."""
        return tuple(_rank(segment) for segment in self.segments)

    def match(self, path: str) -> dict[str, str] | None:
        """Match a raw path.

        Args:
            path: The path as on the wire, percent-encoded.

        Returns:
            Parameter names to decoded values, or None when the path does not fit.
        """
        parts = [unquote(part) for part in path.strip("/").split("/")] if path.strip("/") else []
        values: dict[str, str] = {}
        for at, segment in enumerate(self.segments):
            first = segment[0]
            if isinstance(first, Parameter) and first.catch_all:
                rest = "/".join(parts[at:]) or (first.default or "")
                if not first.accepts(rest):
                    return None
                return values | {first.name: rest}
            if at >= len(parts):
                missing = _defaults(self.segments[at:])
                return None if missing is None else values | missing
            found = _match_segment(segment, parts[at])
            if found is None:
                return None
            values |= found
        return values if len(parts) <= len(self.segments) else None


@dataclass(frozen=True, slots=True)
class Route[T]:
    """A template, the methods it takes (none: all, upper case), and whom it leads to."""

    template: Template
    methods: frozenset[str]
    target: T


@dataclass(frozen=True, slots=True)
class Found[T]:
    """The route that fits, and its parameters."""

    target: T
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class WrongMethod:
    """The path is known, but not with this method; these are the ones it takes."""

    allowed: tuple[str, ...]


def parse_template(text: str, *, where: str) -> Template:
    """Read a route template.

    Args:
        text: The template, with the route prefix.
        where: Whose template it is, for the error.

    Raises:
        StartError: The template is malformed, or uses an unknown constraint.
    """
    segments = tuple(_segment(part, where) for part in _split(text.strip("/")))
    for segment, following in pairwise(segments):
        for piece in segment:
            if isinstance(piece, Parameter) and piece.catch_all:
                raise StartError(f"{where}: in the route {text!r} nothing may follow {{*{piece.name}}}.")
            if isinstance(piece, Parameter) and piece.optional and _defaults((following,)) is None:
                raise StartError(
                    f"{where}: in the route {text!r} only optional parts may follow {{{piece.name}?}}."
                )
    names = [piece.name.lower() for segment in segments for piece in segment if isinstance(piece, Parameter)]
    if len(set(names)) != len(names):
        raise StartError(f"{where}: the route {text!r} names a parameter twice.")
    return Template(text.strip("/"), segments)


def find[T](routes: Sequence[Route[T]], method: str, path: str) -> Found[T] | WrongMethod | None:
    """Find the route of a request.

    Args:
        routes: All routes, in any order.
        method: Upper-case HTTP method.
        path: The path as on the wire, percent-encoded.

    Returns:
        The best fitting route, or which methods the path takes instead, or None when no route fits the path.
    """
    allowed: set[str] = set()
    for route in sorted(routes, key=lambda each: each.template.rank):
        parameters = route.template.match(path)
        if parameters is None:
            continue
        if not route.methods or method in route.methods:
            return Found(route.target, parameters)
        allowed |= route.methods
    return WrongMethod(tuple(sorted(allowed))) if allowed else None


def _split(text: str) -> list[str]:
    # A slash inside braces belongs to a constraint such as regex(a/b).
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "/" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += character
    return [*parts, current] if text else []


def _segment(text: str, where: str) -> Segment:
    pieces: list[str | Parameter] = []
    at = 0
    while at < len(text):
        match = _PIECE.match(text, at)
        if match is None:
            raise StartError(f"{where}: the route part {text!r} has braces that do not pair up.")
        pieces.append(match["text"] or _parameter(match["parameter"], where))
        at = match.end()
    if not pieces:
        raise StartError(f"{where}: the route has an empty part between two slashes.")
    if len(pieces) > 1 and any(isinstance(piece, Parameter) and piece.catch_all for piece in pieces):
        raise StartError(f"{where}: a catch-all parameter has to stand alone in its part: {text!r}.")
    if any(isinstance(one, Parameter) and isinstance(two, Parameter) for one, two in pairwise(pieces)):
        raise StartError(f"{where}: two parameters need text between them: {text!r}.")
    return tuple(pieces)


def _parameter(text: str, where: str) -> Parameter:
    match = _PARAMETER.fullmatch(text)
    if match is None:
        raise StartError(f"{where}: {{{text}}} is not a route parameter.")
    constraints: list[Accepts] = []
    optional, default, rest = False, None, match["rest"]
    while rest:
        if rest == "?":
            optional, rest = True, ""
        elif rest.startswith("="):
            default, rest = rest[1:], ""
        elif rest.startswith(":"):
            written, rest = _cut_constraint(rest[1:])
            constraint = parse_constraint(written)
            if constraint is None:
                raise StartError(
                    f"{where}: the route constraint {written!r} is not known, or its argument is wrong."
                )
            constraints.append(constraint)
        else:
            raise StartError(f"{where}: {{{text}}} is not a route parameter.")
    return Parameter(match["name"], optional, default, bool(match["star"]), tuple(constraints))


def _cut_constraint(text: str) -> tuple[str, str]:
    depth = 0
    for at, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth == 0 and character in ":?=":
            return text[:at], text[at:]
    return text, ""


def _rank(segment: Segment) -> int:
    first = segment[0]
    if len(segment) == 1 and isinstance(first, str):
        return 0
    if len(segment) > 1:
        return 1
    if isinstance(first, Parameter) and first.catch_all:
        return 5 - bool(first.constraints)
    return 3 - bool(isinstance(first, Parameter) and first.constraints)


def _defaults(segments: Sequence[Segment]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for segment in segments:
        piece = segment[0]
        if len(segment) > 1 or isinstance(piece, str):
            return None
        if piece.default is not None or piece.catch_all:
            values[piece.name] = piece.default or ""
        elif not piece.optional:
            return None
    return values


def _match_segment(segment: Segment, part: str) -> dict[str, str] | None:
    pattern = "".join(re.escape(piece) if isinstance(piece, str) else "(.+)" for piece in segment)
    match = re.fullmatch(pattern, part, re.IGNORECASE | re.DOTALL)
    if match is None:
        return None
    parameters = [piece for piece in segment if isinstance(piece, Parameter)]
    values = dict(zip((parameter.name for parameter in parameters), match.groups(), strict=True))
    return values if all(parameter.accepts(values[parameter.name]) for parameter in parameters) else None
