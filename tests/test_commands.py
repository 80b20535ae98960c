"""Is every command explained, by itself and on a page, and does every command that a page shows exist?"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

import dev
from bench.__main__ import main as bench
from dataverse.provisioning.asked import parser as dataverse
from spotler.__main__ import main as spotler
from tests.test_links import PAGES
from tests.torture.__main__ import main as torture
from tests.world import HOME


class Caught(Exception):  # noqa: N818 - carries a parser out of the command that made it
    """The parser that a command line was about to be read with."""

    def __init__(self, parser: argparse.ArgumentParser) -> None:
        super().__init__()
        self.parser = parser


def caught(command: Callable[[], object]) -> argparse.ArgumentParser:
    """The parser of a command that keeps it to itself."""

    def instead(self: argparse.ArgumentParser, *_: object) -> None:
        raise Caught(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_known_args", instead)
        try:
            command()
        except Caught as found:
            return found.parser
    raise AssertionError("the command reads no command line")


@dataclass(frozen=True, slots=True)
class Command:
    """One command as people type it.

    Attributes:
        hands_on: options that are not its own are those of the command named so.
    """

    words: str
    parser: argparse.ArgumentParser
    page: str
    hands_on: str = ""


def commands() -> Iterator[Command]:
    """Every command that people type."""
    for words, top, page in (
        ("python3 dev.py", caught(lambda: dev.read_words([])), "CONTRIBUTING.md"),
        ("python -m dataverse", dataverse(), "docs/install-dataverse.md"),
        ("python -m spotler", caught(lambda: spotler([], {})), "docs/spotler-api.md"),
    ):
        (chosen,) = (action for action in top._actions if isinstance(action, argparse._SubParsersAction))
        for name, parser in chosen.choices.items():
            handed = {"torture": "python -m tests.torture", "bench": "python -m bench"}
            yield Command(f"{words} {name}", parser, page, handed.get(name, "") if "dev.py" in words else "")
    yield Command("python -m tests.torture", caught(lambda: torture([])), "CONTRIBUTING.md")
    yield Command("python -m bench", caught(lambda: bench([])), "CONTRIBUTING.md")


COMMANDS = {command.words: command for command in commands()}


def options(command: Command) -> set[str]:
    """Long names of what a command takes."""
    own = {name for action in command.parser._actions for name in action.option_strings if name[:2] == "--"}
    return own | (options(COMMANDS[command.hands_on]) if command.hands_on else set())


def shown() -> Iterator[tuple[str, str, set[str]]]:
    """Each command on a page: the page, the command and its options."""
    names = "|".join(sorted((re.escape(words) for words in COMMANDS), key=len, reverse=True))
    for page in PAGES:
        text = re.sub(r"\\\n", " ", page.read_text(encoding="utf-8")).replace(".venv/bin/python", "python")
        text = re.sub(r"(dataverse|spotler) +", r"\1 ", text)
        # A command in the midst of a sentence may go on in the next line, one in a block ends with its line.
        for begin, rest in re.findall(rf"({names})\b((?:[^`\n]|\n(?=[^`\n]*`))*)", text):
            yield page.name, begin, set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", rest))


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_each_explains_itself(command: Command) -> None:
    """`--help` tells what it does, and of every option and name what it means."""
    assert command.parser.description
    assert [action.dest for action in command.parser._actions if not action.help] == []


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_each_stands_on_its_page(command: Command) -> None:
    """Who reads the page learns that there is such a command."""
    page = re.sub(r" +", " ", (HOME / command.page).read_text(encoding="utf-8"))
    by_way_of = [other.words for other in COMMANDS.values() if other.hands_on == command.words]
    assert any(words in page for words in [command.words, *by_way_of])


@pytest.mark.parametrize(
    "command",
    [one for one in COMMANDS.values() if one.words.startswith(("python -m dataverse", "python -m spotler"))],
    ids=lambda command: command.words,
)
def test_what_administrators_type_is_described_option_by_option(command: Command) -> None:
    """Who works in production finds each option on the page, not only in `--help`."""
    page = (HOME / command.page).read_text(encoding="utf-8")
    assert [name for name in options(command) - {"--help"} if name not in page] == []


def test_pages_show_only_what_there_is() -> None:
    """A command that a page shows takes the options that stand behind it."""
    seen = list(shown())
    assert {begin for _, begin, _ in seen} >= {words for words in COMMANDS if words.startswith("python -m d")}
    unknown = [
        (page, words, sorted(given - options(COMMANDS[words])))
        for page, words, given in seen
        if given - options(COMMANDS[words])
    ]
    assert unknown == []
    assert sum(len(given) for _, _, given in seen) > 20
