"""App settings: all faults at once, with the remedy, never with the value."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.settings import SettingsError, read_settings

GOOD = {
    "DATAVERSE_URL": "https://contoso.crm4.dynamics.com/",
    "ServiceBusConnection": "Endpoint=sb://x;SharedAccessKeyName=a;SharedAccessKey=topsecret",
    "SPOTLER_JOBS_QUEUE": "spotler-jobs",
    "SPOTLER_RESULTS_QUEUE": "spotler-results",
    "SPOTLER_KEY": "key-value",
    "SPOTLER_SECRET": "secret-value",
    "CATALOGUE_SYNC_SCHEDULE": "0 17 5,17 * * *",
    "RECONCILE_SCHEDULE": "0 */5 * * * *",
}


def faults(environment: dict[str, str]) -> str:
    """All faults as one text."""
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    return " ".join(raised.value.faults)


def test_good_settings_are_read() -> None:
    """Required settings are enough; the rest has defaults."""
    read = read_settings(GOOD)
    assert read.dataverse_url == "https://contoso.crm4.dynamics.com"
    assert read.job_retry_window == timedelta(hours=24)
    assert read.external_id_column("contact") is None


def test_secrets_are_masked() -> None:
    """Printing the settings shows none of them."""
    text = repr(read_settings(GOOD))
    assert "secret-value" not in text
    assert "key-value" not in text
    assert "topsecret" not in text


def test_all_that_is_missing_is_named_at_once() -> None:
    """An empty environment names every required setting and what to do."""
    text = faults({})
    for name in GOOD:
        assert name in text or name == "ServiceBusConnection"
    assert "add it to the app settings" in text


def test_one_way_to_the_bus_is_needed() -> None:
    """Neither connection string nor namespace: both ways are named."""
    text = faults({name: value for name, value in GOOD.items() if name != "ServiceBusConnection"})
    assert "ServiceBusConnection__fullyQualifiedNamespace" in text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("DATAVERSE_URL", "http://contoso.crm4.dynamics.com", "https://"),
        ("SPOTLER_URL", "restapi", "https://"),
        ("DATAVERSE_TOKEN_URL", "https://example.org/token", "sandbox"),
        ("SPOTLER_MAX_CONCURRENCY", "0", "greater than or equal to 1"),
        ("JOB_RETRY_WINDOW", "P8D", "ISO 8601"),
        ("CONTACT_GRACE", "soon", "duration"),
        ("TIMELINE", "wall", "auto"),
        ("RESULT_LANGUAGE", "fr", "nl"),
        ("EXTERNAL_ID_COLUMN_LEAD", "no column!", "logical name"),
        ("SPOTLER_CONTRACT_NO_SUCH_GUESS", "x", "SPOTLER_CONTRACT_NO_SUCH_GUESS"),
        ("DATAVERSE_ORGANIZATION_ID", "contoso", "UUID"),
        ("SPOTLER_KEY", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/k/)", "identity"),
        ("SPOTLER_SECRET", "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/s/)", "refresh"),
    ],
)
def test_each_fault_is_named_with_its_remedy(name: str, value: str, says: str) -> None:
    """What is wrong is said beside the name of the setting, and its value is not repeated."""
    text = faults(GOOD | {name: value})
    assert says in text
    assert name in text
    assert "secret-value" not in text


def test_blank_is_absent() -> None:
    """The portal's empty value counts as not set."""
    assert read_settings(GOOD | {"TIMELINE": " ", "EXTERNAL_ID_COLUMN_LEAD": ""}) == read_settings(GOOD)
