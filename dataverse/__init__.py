"""Dataverse Web API client, webhook body and table names; knows nothing of Spotler or of jobs."""

from dataverse.address import origin, service_root, token_scope
from dataverse.batching import Outcome
from dataverse.client import DataverseClient
from dataverse.errors import (
    DataverseError,
    DuplicateRow,
    MayHaveBeenCarriedOut,
    NotAllowed,
    NotCarriedOut,
    PreconditionFailed,
    Rejected,
    RowGone,
    UnsafeKey,
    WrongPath,
)
from dataverse.operations import ANY, Create, Expand, Operation, Query, Retrieve, Update, Upsert
from dataverse.reading import Answered
from dataverse.repetition import Limits
from dataverse.row import Row
from dataverse.tokens import AzureTokens, SandboxTokens, TokenSource
from dataverse.webhook import Doorbell, NotAWebhook

__all__ = [
    "ANY",
    "Answered",
    "AzureTokens",
    "Create",
    "DataverseClient",
    "DataverseError",
    "Doorbell",
    "DuplicateRow",
    "Expand",
    "Limits",
    "MayHaveBeenCarriedOut",
    "NotAWebhook",
    "NotAllowed",
    "NotCarriedOut",
    "Operation",
    "Outcome",
    "PreconditionFailed",
    "Query",
    "Rejected",
    "Retrieve",
    "Row",
    "RowGone",
    "SandboxTokens",
    "TokenSource",
    "UnsafeKey",
    "Update",
    "Upsert",
    "WrongPath",
    "origin",
    "service_root",
    "token_scope",
]
