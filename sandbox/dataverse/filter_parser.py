"""How is the text of a `$filter` read?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from uuid import UUID

from sandbox.dataverse.expressions import (
    And,
    Comparison,
    Constant,
    Expression,
    ListOf,
    Literal,
    Member,
    Not,
    Operator,
    Or,
    Path,
    PlatformFunction,
    TextMatch,
    TextTest,
)
from sandbox.dataverse.problems import Problem, bad_query, not_imitated

DEEPEST = 50
"""Brackets and negations inside each other; the recursion of the parser stays far from Python's."""

_PLATFORM = "Microsoft.Dynamics.CRM."
_TOKEN = re.compile(
    r"""
    (?P<blank>\s+)
  | (?P<guid>[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![\w-]))
  | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\w-]))
  | (?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<member>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+'(?:[^']|'')*')
  | (?P<text>'(?:[^']|'')*')
  | (?P<alias>@\w+)
  | (?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:/[A-Za-z_]\w*)*)
  | (?P<mark>[()\[\],=:])
    """,
    re.VERBOSE,
)
_WORDS: Mapping[str, Constant] = {"null": None, "true": True, "false": False}
_UNSUPPORTED = frozenset({"add", "sub", "mul", "div", "divby", "mod", "has", "in"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str, aliases: Mapping[str, str] | None = None) -> Expression:
    """The expression that `text` says; `@name` stands for the text of that alias.

    Raises:
        Problem: 400 with the position of what is not understood, 501 for what is not imitated.
    """
    return _parse(text, tuple(sorted((aliases or {}).items())))


@lru_cache(maxsize=256)
def _parse(text: str, aliases: tuple[tuple[str, str], ...]) -> Expression:
    reader = _Reader(text, dict(aliases))
    node = reader.either(0)
    reader.end()
    return node


def parse_constant(text: str) -> Constant:
    """A single literal.

    Raises:
        Problem: 400, it is none.
    """
    reader = _Reader(text, {})
    value = reader.constant()
    reader.end()
    return value


class _Reader:
    def __init__(self, text: str, aliases: Mapping[str, str]) -> None:
        self._text = text
        self._aliases = aliases
        self._tokens = list(_tokens(text))
        self._next = 0

    # --- tokens ---------------------------------------------------------------------------------------------

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self) -> _Token:
        token = self._peek()
        if token is None:
            raise bad_query(f"Expression expected at position {len(self._text)} in '{self._text}'.")
        self._next += 1
        return token

    def _word(self, word: str) -> bool:
        token = self._peek()
        if token is not None and token.kind in {"name", "mark"} and token.text == word:
            self._next += 1
            return True
        return False

    def _expect(self, mark: str) -> None:
        if not self._word(mark):
            raise self._wrong(self._peek())

    def _wrong(self, token: _Token | None) -> Problem:
        at = len(self._text) if token is None else token.at
        return bad_query(f"Syntax error at position {at} in '{self._text}'.")

    def end(self) -> None:
        """Nothing may follow."""
        token = self._peek()
        if token is not None:
            raise self._wrong(token)

    # --- grammar --------------------------------------------------------------------------------------------

    def either(self, depth: int) -> Expression:
        """Operands joined by `or`."""
        operands = [self._every(depth)]
        while self._word("or"):
            operands.append(self._every(depth))
        return operands[0] if len(operands) == 1 else Or(tuple(operands))

    def _every(self, depth: int) -> Expression:
        operands = [self._one(depth)]
        while self._word("and"):
            operands.append(self._one(depth))
        return operands[0] if len(operands) == 1 else And(tuple(operands))

    def _one(self, depth: int) -> Expression:
        if depth > DEEPEST:
            raise bad_query(f"The expression is nested more than {DEEPEST} levels deep.")
        if self._word("not"):
            return Not(self._one(depth + 1))
        if self._word("("):
            inner = self.either(depth + 1)
            self._expect(")")
            return inner
        return self._test()

    def _test(self) -> Expression:
        token = self._take()
        if token.kind != "name":
            raise bad_query(
                f"A property is expected at position {token.at} in '{self._text}'; "
                "literals stand on the right."
            )
        if self._word("("):
            return self._call(token)
        left = _path(token)
        operator = self._take()
        if operator.text in _UNSUPPORTED:
            raise bad_query(f"The operator '{operator.text}' is not supported in '{self._text}'.")
        if operator.kind != "name" or operator.text not in Operator:
            raise self._wrong(operator)
        return Comparison(Operator(operator.text), left, self._operand())

    def _operand(self) -> Literal | Path:
        token = self._peek()
        if token is not None and token.kind == "name" and token.text not in _WORDS:
            self._next += 1
            following = self._peek()
            if following is not None and following.text == "(":
                raise not_imitated(f"the function {token.text} as an operand")
            return _path(token)
        return Literal(self.constant())

    def _call(self, name: _Token) -> Expression:
        if name.text.startswith(_PLATFORM):
            return self._platform_call(name.text.removeprefix(_PLATFORM))
        if name.text not in TextTest:
            if name.text.endswith(("/any", "/all")):
                raise not_imitated("lambda operators in $filter")
            raise bad_query(f"An unknown function with name '{name.text}' was found in '{self._text}'.")
        column = self._take()
        if column.kind != "name":
            raise self._wrong(column)
        self._expect(",")
        text = self.constant()
        if not isinstance(text, str):
            raise bad_query(f"The second argument of {name.text} must be text.")
        self._expect(")")
        return TextMatch(TextTest(name.text), _path(column), text)

    def _platform_call(self, name: str) -> PlatformFunction:
        arguments: list[tuple[str, Literal | ListOf]] = []
        while not self._word(")"):
            if arguments:
                self._expect(",")
            parameter = self._take()
            if parameter.kind != "name":
                raise self._wrong(parameter)
            self._expect("=")
            arguments.append((parameter.text, self._argument()))
        return PlatformFunction(name, tuple(arguments))

    def _argument(self) -> Literal | ListOf:
        token = self._peek()
        if token is not None and token.kind == "alias":
            self._next += 1
            inner = self._behind(token)
            argument = inner._argument()  # noqa: SLF001 - the same class, on the alias's text
            inner.end()
            return argument
        if not self._word("["):
            return Literal(self.constant())
        values: list[Constant] = []
        while not self._word("]"):
            if values:
                self._expect(",")
            values.append(self.constant())
        return ListOf(tuple(values))

    def constant(self) -> Constant:
        """A literal, or the alias of one."""
        token = self._take()
        if token.kind == "alias":
            inner = self._behind(token)
            value = inner.constant()
            inner.end()
            return value
        return self._constant(token)

    def _behind(self, token: _Token) -> _Reader:
        text = self._aliases.get(token.text)
        if text is None:
            raise bad_query(f"The parameter alias '{token.text}' has no value in the query.")
        # An alias may not stand for another one, so that none can stand for itself.
        return _Reader(text, {})

    def _constant(self, token: _Token) -> Constant:
        text = token.text
        match token.kind:
            case "text":
                return _unquoted(text)
            case "guid":
                return UUID(text)
            case "number":
                return self._number(token)
            case "moment" | "date":
                return self._time(token)
            case "member":
                type_name, _, rest = text.partition("'")
                return Member(type_name, _unquoted(f"'{rest}"))
            case "name" if text in _WORDS:
                return _WORDS[text]
            case _:
                raise self._wrong(token)

    def _number(self, token: _Token) -> int | float:
        if token.text.lstrip("-").isdecimal():
            return int(token.text)
        number = float(token.text)
        if not math.isfinite(number):
            raise self._wrong(token)
        return number

    def _time(self, token: _Token) -> datetime | date:
        try:
            if token.kind == "date":
                return date.fromisoformat(token.text)
            return datetime.fromisoformat(token.text).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise bad_query(
                f"Unrecognized 'Edm.DateTimeOffset' literal '{token.text}' at '{token.at}' in '{self._text}'."
            ) from error


def _path(token: _Token) -> Path:
    return Path(tuple(token.text.split("/")))


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise bad_query(f"Syntax error: character '{text[at]}' is not valid at position {at}.")
        if found.lastgroup != "blank":
            tokens.append(_Token(found.lastgroup, found.group(), at))
        at = found.end()
    return tokens
