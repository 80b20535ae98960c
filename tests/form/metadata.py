"""What would Dataverse tell of the job's table, once it is installed? As the Web API documents it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from dataverse.description.job import JOB
from dataverse.description.parts import (
    Choice,
    Column,
    Customer,
    Kind,
    Lookup,
    Memo,
    Moment,
    Option,
    Text,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning.languages import DUTCH, ENGLISH

type Json = dict[str, Any]

_CRM: Final = "#Microsoft.Dynamics.CRM."

TABLES: Final = {
    "spotler_job": ("spotler_jobs", "spotler_jobid", "spotler_name", JOB.words, JOB.plural),
    "spotler_automation": (
        "spotler_automations",
        "spotler_automationid",
        "spotler_name",
        Words("Spotler Automation", "Spotler-automation"),
        Words("Spotler Automations", "Spotler-automations"),
    ),
    "account": ("accounts", "accountid", "name", Words("Account", "Account"), Words("Accounts", "Accounts")),
    "contact": (
        "contacts",
        "contactid",
        "fullname",
        Words("Contact", "Contactpersoon"),
        Words("Contacts", "Contactpersonen"),
    ),
    "lead": ("leads", "leadid", "fullname", Words("Lead", "Lead"), Words("Leads", "Leads")),
}


def tables() -> list[Json]:
    """`EntityDefinitions`, without columns."""
    return [
        {
            "LogicalName": name,
            "EntitySetName": set_name,
            "PrimaryIdAttribute": key,
            "PrimaryNameAttribute": name_column,
            "DisplayName": label(words),
            "DisplayCollectionName": label(plural),
        }
        for name, (set_name, key, name_column, words, plural) in TABLES.items()
    ]


def attributes() -> list[Json]:
    """`EntityDefinitions(LogicalName='spotler_job')/Attributes`."""
    return [*_ours(), *_platforms()]


def choices(cast: str) -> list[Json]:
    """`.../Attributes/Microsoft.Dynamics.CRM.{cast}?$expand=OptionSet`."""
    return [
        {"LogicalName": one["LogicalName"], "OptionSet": {"Options": _options(one["LogicalName"])}}
        for one in attributes()
        if one["@odata.type"] == f"{_CRM}{cast}"
    ]


def relationships() -> list[Json]:
    """`EntityDefinitions(LogicalName='spotler_job')/ManyToOneRelationships`."""
    return [
        {
            "ReferencingAttribute": column,
            "ReferencedEntity": table,
            "ReferencingEntityNavigationPropertyName": name,
        }
        for column, table, name in NAVIGATIONS
    ]


NAVIGATIONS: Final = (
    ("spotler_customerid", "account", "spotler_CustomerId_account"),
    ("spotler_customerid", "contact", "spotler_CustomerId_contact"),
    ("spotler_leadid", "lead", "spotler_LeadId"),
    ("spotler_automationid", "spotler_automation", "spotler_AutomationId"),
    ("ownerid", "systemuser", "owninguser"),
)


def label(words: Words) -> Json:
    """A label in both languages."""
    return {
        "LocalizedLabels": [
            {"Label": words.en, "LanguageCode": ENGLISH},
            {"Label": words.nl, "LanguageCode": DUTCH},
        ],
        "UserLocalizedLabel": {"Label": words.en, "LanguageCode": ENGLISH},
    }


def _ours() -> Iterator[Json]:
    for column in JOB.all_columns:
        kind, cast, more = _kind(column.kind)
        yield _attribute(column.name, kind, cast, column.words) | more


def _platforms() -> Iterator[Json]:
    yield _attribute("spotler_jobid", "Uniqueidentifier", "UniqueIdentifierAttributeMetadata", JOB.words)
    yield _attribute("statecode", "State", "StateAttributeMetadata", Words("Status", "Status"))
    yield _attribute("statuscode", "Status", "StatusAttributeMetadata", Words("Status Reason", "Statusreden"))
    yield _attribute(
        "createdon", "DateTime", "DateTimeAttributeMetadata", Words("Created On", "Gemaakt op")
    ) | {
        "IsValidForCreate": False,
        "IsValidForUpdate": False,
    }
    yield _attribute("ownerid", "Owner", "LookupAttributeMetadata", Words("Owner", "Eigenaar")) | {
        "RequiredLevel": {"Value": "SystemRequired"},
        "Targets": ["systemuser", "team"],
    }


def _attribute(name: str, kind: str, cast: str, words: Words) -> Json:
    return {
        "@odata.type": f"{_CRM}{cast}",
        "LogicalName": name,
        "AttributeType": kind,
        "DisplayName": label(words),
        "RequiredLevel": {"Value": "None"},
        "IsValidForCreate": True,
        "IsValidForUpdate": True,
    }


def _kind(kind: Kind) -> tuple[str, str, Json]:
    match kind:
        case Text(length=length):
            return "String", "StringAttributeMetadata", {"MaxLength": length}
        case Memo(length=length):
            return "Memo", "MemoAttributeMetadata", {"MaxLength": length}
        case Whole(least=least, most=most):
            return "Integer", "IntegerAttributeMetadata", {"MinValue": least, "MaxValue": most}
        case YesNo():
            return "Boolean", "BooleanAttributeMetadata", {"DefaultValue": False}
        case Moment():
            return "DateTime", "DateTimeAttributeMetadata", {"Format": "DateAndTime"}
        case Choice():
            return "Picklist", "PicklistAttributeMetadata", {"DefaultFormValue": -1}
        case Lookup(target=target):
            return "Lookup", "LookupAttributeMetadata", {"Targets": [target]}
        case Customer():
            return "Customer", "LookupAttributeMetadata", {"Targets": ["account", "contact"]}


def _options(name: str) -> list[Json]:
    if name == "statuscode":
        return [_option(one) | {"State": one.state} for one in JOB.statuses]
    column: Column = next(one for one in JOB.columns if one.name == name)
    assert isinstance(column.kind, Choice)
    return [_option(one) for one in column.kind.options]


def _option(one: Option) -> Json:
    return {"Value": one.value, "Label": label(one.words)}
