"""What does the body of an answer say, in Spotler's words and nothing else?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from spotler import codes
from spotler.contract import Contract
from spotler.models import AutomationResult


class Form(Enum):
    """What a body is made of, whatever its content type claims."""

    EMPTY = auto()
    JSON = auto()
    XML = auto()
    HTML = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Words:
    """The words of an answer; both of Spotler's forms of it have their place.

    `error_type` stands in an `ErrorResponse`, `result`, `results` and `run_ids` in an
    `ExternalTriggerValidationResult`. `run_ids` are those of started runs and those that stand beside
    the results, each once. `garbled` says that something stands in the place of a word that is none.
    """

    form: Form
    document: Any = None
    error_type: str | None = None
    result: str | None = None
    results: tuple[AutomationResult, ...] = ()
    run_ids: tuple[str, ...] = ()
    garbled: bool = False

    @property
    def code(self) -> str | None:
        """Spotler's word for the whole answer."""
        return self.error_type or self.result

    @property
    def any_started(self) -> bool:
        """Whether some automation says that it started."""
        return any(one.started for one in self.results)


def read(body: bytes, contract: Contract) -> Words:
    """Read `body` as tolerantly as can be: unknown members, words and forms never raise."""
    stripped = body.strip(b" \t\r\n\xef\xbb\xbf")
    if not stripped:
        return Words(Form.EMPTY)
    if stripped.startswith(b"<"):
        head = stripped[:200].lower()
        if b"<!doctype html" in head or b"<html" in head:
            return Words(Form.HTML)
        return _xml(stripped)
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):  # a body can be nested deeper than the interpreter reads
        return Words(Form.OTHER)
    return _json(document, contract)


def identifier(value: Any) -> str | None:
    """An id as text, whether Spotler sends text or a number; None where it is neither or empty."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def _json(document: Any, contract: Contract) -> Words:
    if not isinstance(document, dict):
        return Words(Form.JSON, document)
    said = [document.get(name) for name in ("errorType", "result")]
    error_type, result = (codes.as_code(word) for word in said)
    entries = document.get("automationResults")
    if isinstance(entries, dict):  # converters from XML write a list of one as the one
        entries = [entries]
    items = [item for item in entries if isinstance(item, dict)] if isinstance(entries, list) else []
    results = tuple(_entry(item, result or codes.OK, contract) for item in items)
    named = [
        run
        for item, one in zip(items, results, strict=True)
        if one.started
        for run in _identifiers(item.get(contract.run_id))
    ]
    named.extend(_identifiers(document.get(contract.run_id)))
    return Words(
        Form.JSON,
        document,
        error_type=error_type,
        result=result,
        results=results,
        run_ids=tuple(dict.fromkeys(named)),
        garbled=any(word is not None and codes.as_code(word) is None for word in said),
    )


def _entry(item: dict[str, Any], without_word: str, contract: Contract) -> AutomationResult:
    word = item.get("result")
    return AutomationResult(
        automation_id=identifier(item.get("automationId")),
        result=without_word if word is None else codes.as_code(word) or codes.UNKNOWN,
        run_id=next(_identifiers(item.get(contract.run_id)), None),
    )


def _identifiers(value: Any) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        found = identifier(one)
        if found:
            yield found


_XML_ENTRY = re.compile(r"<(?:\w+:)?automationResults\b[^>]*>(.*?)</(?:\w+:)?automationResults>", re.DOTALL)
_XML_WORD = r"<(?:\w+:)?{}\b[^>]*>\s*([^<]*?)\s*</"


def _xml(body: bytes) -> Words:
    """Only refusals are read from XML, and only their codes; no parser meets a stranger's entities."""
    text = body.decode("utf-8", "replace")
    outside = _XML_ENTRY.sub("", text)
    return Words(
        Form.XML,
        error_type=_xml_word("errorType", outside),
        result=_xml_word("result", outside),
        results=tuple(
            AutomationResult(None, _xml_word("result", entry) or codes.UNKNOWN, None)
            for entry in _XML_ENTRY.findall(text)
        ),
    )


def _xml_word(name: str, text: str) -> str | None:
    found = re.search(_XML_WORD.format(name), text)
    return codes.as_code(found.group(1)) if found else None
