"""Spotler Mail+ REST client; knows nothing of Dataverse or of jobs."""

from spotler.client import SpotlerClient
from spotler.contract import Contract
from spotler.errors import (
    CredentialsRefused,
    MayHaveBeenCarriedOut,
    NotCarriedOut,
    Refused,
    SpotlerError,
    WrongPath,
)
from spotler.models import (
    Automation,
    AutomationField,
    AutomationResult,
    AutomationTrigger,
    Campaign,
    CampaignMailing,
    CampaignTrigger,
    FieldDefinition,
    FieldType,
    TriggerAnswer,
)

__all__ = [
    "Automation",
    "AutomationField",
    "AutomationResult",
    "AutomationTrigger",
    "Campaign",
    "CampaignMailing",
    "CampaignTrigger",
    "Contract",
    "CredentialsRefused",
    "FieldDefinition",
    "FieldType",
    "MayHaveBeenCarriedOut",
    "NotCarriedOut",
    "Refused",
    "SpotlerClient",
    "SpotlerError",
    "TriggerAnswer",
    "WrongPath",
]
