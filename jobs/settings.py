"""Which app settings does the app read, and what is wrong with them?"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from jobs.language import Language
from spotler import Contract

CONTRACT_PREFIX = "SPOTLER_CONTRACT_"
"""App settings that begin so override one guess about Spotler's API each."""

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class SettingsError(Exception):
    """App settings are missing or unusable; `faults` names each one with its remedy, and no value."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("App settings need attention: " + " ".join(faults))
        self.faults = faults


class Timeline(StrEnum):
    """Where a successful start is shown."""

    AUTO = "auto"
    POSTS = "posts"
    NOTES = "notes"
    OFF = "off"


class Telemetry(StrEnum):
    """Whether spans and measurements are sent to Application Insights."""

    AUTO = "auto"
    OFF = "off"


class Settings(BaseModel):
    """Every app setting, validated; the alias of a field is the name of its app setting."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    dataverse_url: str = Field(alias="DATAVERSE_URL")
    dataverse_token_url: str | None = Field(default=None, alias="DATAVERSE_TOKEN_URL")
    time_scale: Annotated[float, Field(ge=0.001, le=1)] = Field(default=1.0, alias="SANDBOX_TIME_SCALE")
    dataverse_organization_id: UUID | None = Field(default=None, alias="DATAVERSE_ORGANIZATION_ID")

    service_bus_connection: SecretStr | None = Field(default=None, alias="ServiceBusConnection")
    service_bus_namespace: str | None = Field(
        default=None, alias="ServiceBusConnection__fullyQualifiedNamespace"
    )
    service_bus_client_id: str | None = Field(default=None, alias="ServiceBusConnection__clientId")
    # The Functions host needs queue names and schedules too, and knows none of our defaults.
    jobs_queue: str = Field(alias="SPOTLER_JOBS_QUEUE")
    results_queue: str = Field(alias="SPOTLER_RESULTS_QUEUE")
    catalogue_sync_schedule: str = Field(alias="CATALOGUE_SYNC_SCHEDULE")
    reconcile_schedule: str = Field(alias="RECONCILE_SCHEDULE")

    spotler_url: str = Field(default="https://restapi.mailplus.nl/integrationservice", alias="SPOTLER_URL")
    spotler_key: SecretStr = Field(alias="SPOTLER_KEY", min_length=1)
    spotler_secret: SecretStr = Field(alias="SPOTLER_SECRET", min_length=1)
    spotler_max_concurrency: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4, alias="SPOTLER_MAX_CONCURRENCY"
    )

    external_id_account: str | None = Field(default=None, alias="EXTERNAL_ID_COLUMN_ACCOUNT")
    external_id_contact: str | None = Field(default=None, alias="EXTERNAL_ID_COLUMN_CONTACT")
    external_id_lead: str | None = Field(default=None, alias="EXTERNAL_ID_COLUMN_LEAD")

    fields_quoting: bool = Field(default=False, alias="AUTOMATION_FIELDS_QUOTING")
    fields_max_length: Annotated[int, Field(ge=1, le=1_000_000)] = Field(
        default=4000, alias="AUTOMATION_FIELDS_MAX_LENGTH"
    )

    job_retry_window: timedelta = Field(default=timedelta(hours=24), alias="JOB_RETRY_WINDOW")
    contact_grace: timedelta = Field(default=timedelta(minutes=1), alias="CONTACT_GRACE")
    timeline: Timeline = Field(default=Timeline.AUTO, alias="TIMELINE")
    result_language: Language = Field(default="en", alias="RESULT_LANGUAGE")
    telemetry: Telemetry = Field(default=Telemetry.AUTO, alias="TELEMETRY")

    contract: Contract = Field(default=Contract(), alias=CONTRACT_PREFIX)

    @field_validator("dataverse_url", "spotler_url", "dataverse_token_url")
    @classmethod
    def _absolute(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not (secure and parts.hostname and parts.username is None and _port_is_usable(value)):
            raise ValueError("must be an address that begins with https:// (http:// only for this machine)")
        return value.rstrip("/")

    @field_validator("service_bus_connection")
    @classmethod
    def _connection(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            text = value.get_secret_value()
            parts = dict(part.partition("=")[::2] for part in text.split(";") if part)
            if not parts.get("Endpoint", "").startswith("sb://") or "SharedAccessKey" not in text:
                raise ValueError(
                    "is no connection string; it begins with Endpoint=sb:// and holds a SharedAccessKeyName and a "
                    "SharedAccessKey: copy it anew from the namespace's shared access policies"
                )
        return value

    @field_validator("spotler_key", "spotler_secret")
    @classmethod
    def _resolved(cls, value: SecretStr) -> SecretStr:
        # Azure hands over the text of a reference that it could not follow, and Spotler would refuse it job by job.
        if value.get_secret_value().startswith("@Microsoft.KeyVault("):
            raise ValueError(
                "is a Key Vault reference that Azure could not follow: put the secret into the vault, see that the "
                "app's identity may read it, then refresh the references or restart the app"
            )
        return value

    @field_validator("dataverse_token_url")
    @classmethod
    def _sandbox_only(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).hostname not in _LOOPBACK:
            raise ValueError("is for the local sandbox only; remove it to sign in with a managed identity")
        return value

    @field_validator("external_id_account", "external_id_contact", "external_id_lead")
    @classmethod
    def _column(cls, value: str | None) -> str | None:
        if value is not None and not (value.isascii() and value.replace("_", "a").isalnum()):
            raise ValueError("must be the logical name of a column, such as accountnumber")
        return value

    @field_validator("job_retry_window", "contact_grace")
    @classmethod
    def _bounded(cls, value: timedelta) -> timedelta:
        if not timedelta(0) <= value <= timedelta(days=7):
            raise ValueError("must be an ISO 8601 duration between PT0S and P7D, such as PT24H")
        return value

    @model_validator(mode="after")
    def _real_time_in_earnest(self) -> Self:
        if self.time_scale != 1 and self.dataverse_token_url is None:
            raise ValueError("SANDBOX_TIME_SCALE: is for the local sandbox only; remove it")
        return self

    @model_validator(mode="after")
    def _one_way_to_the_bus(self) -> Self:
        if self.service_bus_connection is None and self.service_bus_namespace is None:
            raise ValueError(
                "ServiceBusConnection: set a connection string, or set "
                "ServiceBusConnection__fullyQualifiedNamespace to sign in with a managed identity"
            )
        return self

    def external_id_column(self, table: str) -> str | None:
        """Column of `table` that holds the external contact id; None means the row's own GUID."""
        return {
            "account": self.external_id_account,
            "contact": self.external_id_contact,
            "lead": self.external_id_lead,
        }[table]


NAMES: tuple[str, ...] = tuple(
    field.alias or name for name, field in Settings.model_fields.items() if field.alias != CONTRACT_PREFIX
)
"""Names of all app settings, without the contract overrides."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check all app settings at once.

    A setting that is present but blank counts as absent, because the Azure portal cannot tell the two apart.

    Args:
        environment: names and values; the process environment when left out.

    Raises:
        SettingsError: with every fault and its remedy; values are never repeated.
    """
    source = os.environ if environment is None else environment
    values: dict[str, object] = {name: source[name] for name in NAMES if source.get(name, "").strip()}
    faults: list[str] = []
    try:
        values[CONTRACT_PREFIX] = _contract(source)
    except ValueError as error:
        faults.append(f"{CONTRACT_PREFIX}…: {error}.")
    try:
        return _checked(values, faults)
    except ValidationError as error:
        raise SettingsError((*faults, *(_sentence(fault) for fault in error.errors()))) from None


def _port_is_usable(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _checked(values: Mapping[str, object], faults: list[str]) -> Settings:
    settings = Settings.model_validate(values)
    if faults:
        raise SettingsError(tuple(faults))
    return settings


def _contract(source: Mapping[str, str]) -> Contract:
    overrides = {
        name.removeprefix(CONTRACT_PREFIX).lower(): value
        for name, value in source.items()
        if name.startswith(CONTRACT_PREFIX) and value.strip()
    }
    return Contract.overridden(overrides)


_PLAIN: Final = {
    "time_delta_parsing": "must be an ISO 8601 duration, such as PT1M or PT24H",
    "int_parsing": "must be a whole number",
    "bool_parsing": "must be true or false",
    "uuid_parsing": "must be a UUID, such as 9b7a0c11-1f3e-4f11-8e4b-000d3a2b6c10",
    "float_parsing": "must be a number",
}
"""Sentences for faults that the validation would tell in a programmer's words, by its kind of fault."""


def _sentence(fault: Mapping[str, object] | object) -> str:
    assert isinstance(fault, Mapping)  # noqa: S101 - pydantic's own form, narrowed for the type checker
    path = fault.get("loc")
    name = str(path[0]) if isinstance(path, tuple) and path else ""
    kind: Literal["missing"] | str = str(fault.get("type"))  # noqa: PYI051 - says which kind is special
    text = str(fault.get("msg")).removeprefix("Value error, ")
    text = _PLAIN.get(kind, text)
    if kind == "missing":
        text = "is not set; add it to the app settings (local.settings.json on a developer's machine)"
    return f"{name}: {text}." if name else f"{text}."
