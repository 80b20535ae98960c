"""Does docs/quality.yaml say the truth: is the evidence there, and is every exemption explained?"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from tests.world import HOME

SCALE: Final = HOME / "docs" / "quality.yaml"
GROUPS: Final = {
    "promise",
    "errors",
    "tests",
    "security",
    "operations",
    "performance",
    "docs",
    "accessibility",
}
STATUSES: Final = {"done", "exempt", "open"}
KEYS: Final = {"rule", "status", "reason", "evidence"}

GROUP: Final = re.compile(r"([a-z]+):")
RULE: Final = re.compile(r"  ([a-z]+(?:-[a-z]+)*):")
VALUE: Final = re.compile(r"    ([a-z]+): (\S.*)")
LIST: Final = re.compile(r"    ([a-z]+):")
ITEM: Final = re.compile(r"      - (\S+)")
PLAIN: Final = re.compile(r"[A-Za-z0-9./](?!.*(: | #|:$)).*\S")
"""What every reader of YAML takes for text as it stands; a rule that would need quotes is refused."""


@dataclass(slots=True)
class Rule:
    """One rule, as it stands in the file."""

    group: str
    name: str
    values: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)


class Misread(ValueError):  # noqa: N818 - named for what happened to the reader
    """A line that this reader, and so perhaps a person, does not understand."""


def read(text: str) -> list[Rule]:
    """The rules of the file: YAML of just this shape, so that no package is needed to read it.

    Raises:
        Misread: with the number of the line; also where a name or key comes twice.
    """
    rules: dict[tuple[str, str], Rule] = {}
    group, rule, items = "", None, None
    groups: set[str] = set()
    for number, line in enumerate(text.splitlines(), 1):
        again = False
        if not line or line.startswith("#"):
            continue
        if found := GROUP.fullmatch(line):
            group, rule, items = found[1], None, None
            again = group in groups
            groups.add(group)
        elif (found := RULE.fullmatch(line)) and group:
            again = (group, found[1]) in rules
            rule = rules[group, found[1]] = Rule(group, found[1])
            items = None
        elif (found := VALUE.fullmatch(line)) and rule and PLAIN.fullmatch(found[2]):
            again = found[1] in rule.values
            rule.values[found[1]] = found[2]
            items = None
        elif (found := LIST.fullmatch(line)) and rule:
            again = found[1] in rule.lists
            items = rule.lists[found[1]] = []
        elif (found := ITEM.fullmatch(line)) and items is not None:
            again = found[1] in items
            items.append(found[1])
        else:
            raise Misread(f"line {number} is not understood: {line}")
        if again:
            raise Misread(f"line {number} says again: {line.strip()}")
    return list(rules.values())


RULES: Final = read(SCALE.read_text(encoding="utf-8"))


def missing(evidence: str) -> str:
    """What of a piece of evidence is not there; empty where all of it is."""
    name, _, test = evidence.partition("::")
    path = HOME / name
    if not path.is_file() or not path.resolve().is_relative_to(HOME):
        return name
    if test and not re.search(
        rf"^(async )?def {re.escape(test)}\(", path.read_text(encoding="utf-8"), re.MULTILINE
    ):
        return test
    return ""


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.group}/{rule.name}")
def test_each_rule_is_answered(rule: Rule) -> None:
    """A status that is known; evidence for what is done, a reason for what is not; nothing else."""
    assert {*rule.values, *rule.lists} <= KEYS
    assert set(rule.lists) <= {"evidence"}
    assert "evidence" not in rule.values
    assert len(rule.values["rule"]) > 15
    assert rule.values["status"] in STATUSES
    if rule.values["status"] == "done":
        assert rule.lists["evidence"]
        assert "reason" not in rule.values
    else:
        assert len(rule.values["reason"]) > 30
        assert not rule.lists


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.group}/{rule.name}")
def test_evidence_is_there(rule: Rule) -> None:
    """Each file exists, and each test in it; a file of tests is never named without saying which."""
    for evidence in rule.lists.get("evidence", []):
        assert missing(evidence) == ""
        assert not Path(evidence).name.startswith("test_") or "::" in evidence, evidence


def test_the_scale_is_whole() -> None:
    """Every group has rules, and most are done."""
    assert {rule.group for rule in RULES} == GROUPS
    assert 40 <= len(RULES) <= 80
    done = sum(rule.values["status"] == "done" for rule in RULES)
    assert done >= 0.75 * len(RULES)


@pytest.mark.parametrize(
    "text",
    [
        "promise:\n  one:\n    rule: a: b\n",
        "promise:\n  one:\n    rule: a # b\n",
        "promise:\n  one:\n    rule: a\n    rule: b\n",
        "promise:\n  one:\n  one:\n",
        "promise:\npromise:\n",
        "promise:\n  one:\n    evidence:\n      - a\n      - a\n",
        "promise:\n  one:\n    rule: a\n      - b\n",
        "    rule: a\n",
        "promise:\n   one:\n",
        "promise:\n  one:\n    rule: 'a'\n",
    ],
)
def test_what_is_not_understood_is_told(text: str) -> None:
    """The reader never guesses: a line of another shape, or one that comes twice, is an error."""
    with pytest.raises(Misread):
        read(text)


def test_missing_evidence_is_seen() -> None:
    """A file that is gone, a test that was renamed, and a path that leads out of the project."""
    assert missing("tests/test_quality.py::test_missing_evidence_is_seen") == ""
    assert missing("tests/test_quality.py::test_missing") == "test_missing"
    assert missing("tests/test_gone.py") == "tests/test_gone.py"
    assert missing("../README.md") == "../README.md"
