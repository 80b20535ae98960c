"""How does the program speak with the administrator?"""

from __future__ import annotations

import getpass
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Protocol


class Terminal(Protocol):
    """Where sentences go, and where answers come from."""

    @property
    def interactive(self) -> bool:
        """Whether a person sits there who can answer."""
        ...

    def say(self, text: str = "") -> None:
        """One line of the result."""
        ...

    def complain(self, text: str) -> None:
        """One line of what went wrong."""
        ...

    def ask(self, question: str) -> str:
        """A visible answer; empty where none is given."""
        ...

    def ask_secret(self, question: str) -> str:
        """An answer that is not shown; empty where none is given."""
        ...


class Console:
    """The terminal the program was started from."""

    @property
    def interactive(self) -> bool:
        """Both what is asked and what is answered go through a terminal."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def say(self, text: str = "") -> None:
        """One line on standard output, at once."""
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    def complain(self, text: str) -> None:
        """One line on standard error."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def ask(self, question: str) -> str:
        """Asked on standard error, so that standard output can be kept in a file."""
        with _ctrl_c_ends_it():
            sys.stderr.write(question)
            sys.stderr.flush()
            return sys.stdin.readline().strip()

    def ask_secret(self, question: str) -> str:
        """Asked without an echo."""
        try:
            with _ctrl_c_ends_it():
                return getpass.getpass(question).strip()
        except EOFError:
            return ""


@contextmanager
def _ctrl_c_ends_it() -> Generator[None]:
    # asyncio's own handler only cancels the task, and a task that waits for a line never hears of it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        # The question has not ended its line.
        sys.stderr.write("\n")
        raise
    finally:
        signal.signal(signal.SIGINT, before)
