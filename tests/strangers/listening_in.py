"""What was said where others can read it, and does it tell what it must not?"""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

_OURS = frozenset({"sandbox", "tests"})
"""Loggers of what is not the product; their parts run in other processes anyway."""

FORMS = (
    re.compile(
        r"oauth_signature|oauth_consumer_key|SharedAccessSignature|SharedAccessKey=|Bearer |[?&]code="
    ),
    re.compile(r"sandbox-[A-Za-z0-9_-]{32}"),
)
"""Signatures and tokens, whose value no test knows beforehand; the second is a token of the local Dataverse."""


class Ears(logging.Handler):
    """Keeps everything that a log record could tell, formatted or not."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[tuple[str, str]] = []
        self.loggers: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep message, arguments, extras and the text of exceptions."""
        if record.name.partition(".")[0] in _OURS:
            return
        self.loggers.add(record.name)
        told = {name: value for name, value in record.__dict__.items() if name not in ("exc_info", "msg")}
        texts = [record.getMessage(), str(record.msg), repr(told)]
        if record.exc_info:
            texts.append(logging.Formatter().formatException(record.exc_info))
        self.heard += [(f"{record.name} {record.levelname}", text) for text in texts]


@contextmanager
def ears() -> Iterator[Ears]:
    """Everything at DEBUG, as where an administrator has turned all levels down; each logger's level is put back."""
    root, handler = logging.getLogger(), Ears()
    before = {logger: logger.level for logger in _loggers()}
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        for logger in _loggers():
            logger.setLevel(before.get(logger, logging.NOTSET))


def _loggers() -> list[logging.Logger]:
    root = logging.getLogger()
    known = list(root.manager.loggerDict.values())
    return [root, *(each for each in known if isinstance(each, logging.Logger))]


def disguises(secret: str) -> set[str]:
    """The ways in which a text travels: plain, in addresses, in JSON, in base64 (all three alignments)."""
    found = {secret, quote(secret, safe=""), json.dumps(secret)[1:-1], secret.encode().hex()}
    for ahead in range(3):
        encoded = base64.b64encode(b"\0" * ahead + secret.encode()).decode().rstrip("=")
        # The edges mix with the neighbours' bits.
        found.add(encoded[-(-ahead * 8 // 6) + (1 if ahead else 0) : -1])
    return found


def leaks(said: Iterable[tuple[str, str]], secrets: Iterable[str]) -> list[str]:
    """Where something is told that must not be: the place and what, each once."""
    sought = {form: secret for secret in secrets for form in disguises(secret)}
    found: dict[str, None] = {}
    for where, text in said:
        for form, secret in sought.items():
            if form in text:
                found[f"{where}: {secret}: …{_around(text, text.index(form))}…"] = None
        for pattern in FORMS:
            if (hit := pattern.search(text)) is not None:
                found[f"{where}: {pattern.pattern}: …{_around(text, hit.start())}…"] = None
    return list(found)


def _around(text: str, at: int) -> str:
    return text[max(0, at - 60) : at + 60].replace("\n", "\\n")
