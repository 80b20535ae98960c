"""Do the docs say what the code does? Settings and result codes are held together here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from jobs import result_codes, settings, wording
from jobs.language import Language

ROOT = Path(__file__).parent.parent
HOST_SETTINGS = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage"}


def sample() -> dict[str, str]:
    """Names and values of the sample settings."""
    text = (ROOT / "local.settings.sample.json").read_text(encoding="utf-8")
    values = json.loads(text)["Values"]
    assert isinstance(values, dict)
    return values


def test_every_setting_has_its_heading() -> None:
    """docs/configuration.md has a heading for each app setting, and none for what is no setting."""
    text = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    headings = set(re.findall(r"^### (\S+)$", text, flags=re.MULTILINE))
    assert headings == {*settings.NAMES, *HOST_SETTINGS, f"{settings.CONTRACT_PREFIX}…"}


def test_the_sample_has_every_setting_and_is_valid() -> None:
    """local.settings.sample.json can be used as it is, and nothing is missing from it."""
    values = sample()
    assert set(values) == {*settings.NAMES, *HOST_SETTINGS}
    settings.read_settings(values)


def test_the_sample_shows_the_defaults() -> None:
    """Where a setting has a default, the sample shows it."""
    required = {name: value for name, value in sample().items() if name not in OPTIONAL}
    assert settings.read_settings(required) == settings.read_settings(sample())


OPTIONAL = {
    "SANDBOX_TIME_SCALE",
    "SPOTLER_MAX_CONCURRENCY",
    "AUTOMATION_FIELDS_QUOTING",
    "AUTOMATION_FIELDS_MAX_LENGTH",
    "JOB_RETRY_WINDOW",
    "CONTACT_GRACE",
    "TIMELINE",
    "RESULT_LANGUAGE",
    "TELEMETRY",
}


def test_every_result_code_is_in_its_table() -> None:
    """docs/result-codes.md, the constants and the sentences name the same codes with the same origin."""
    text = (ROOT / "docs/result-codes.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, flags=re.MULTILINE))
    expected = dict.fromkeys((result_codes.OK, *result_codes.FROM_SPOTLER), "Spotler")
    assert rows == expected | dict.fromkeys(result_codes.OURS, "ours")
    assert set(wording.CAUSES) == set(rows) - {result_codes.OK}


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_cause_has_a_sentence(language: Language) -> None:
    """No code leaves a person without a whole sentence in their language."""
    for code in wording.CAUSES:
        assert wording.cause(code, language).endswith(".")
    assert "NEW_CODE" in wording.cause("NEW_CODE", language)
