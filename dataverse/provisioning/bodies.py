"""What is sent to Dataverse to make each component?

Values only; which of them are sent, and when, is decided elsewhere. Sources: Microsoft Learn, "Create and
update table definitions using the Web API", the same of column definitions and of relationships, and the
Web API reference of each action and type named here.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from typing import Any, Final, Literal
from uuid import UUID
from xml.etree import ElementTree as ET

from dataverse.description.installed import (
    PUBLISHER,
    SOLUTION,
    Feed,
    Publisher,
    Script,
    Solution,
    Webhook,
)
from dataverse.description.parts import (
    Choice,
    Column,
    Customer,
    Key,
    Lookup,
    Memo,
    Moment,
    Option,
    Role,
    Table,
    Text,
    View,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning import form_xml, markup, view_xml
from dataverse.provisioning.languages import Languages

type Body = dict[str, Any]
"""The members of a JSON object."""

type Id = UUID | str
"""The id of a row, in the usual form with hyphens."""

_CRM: Final = "Microsoft.Dynamics.CRM"
_STATUS: Final = "statuscode"

_NOT_REQUIRED: Final = {"Value": "None"}
"""The app writes rows step by step, and tells a job's missing columns by its own words."""

_NO_DEFAULT: Final = -1
"""`DefaultFormValue` of a choice that starts with nothing chosen."""

_CASCADES: Final = {
    "Assign": "NoCascade",
    "Delete": "RemoveLink",
    "Merge": "NoCascade",
    "Reparent": "NoCascade",
    "Share": "NoCascade",
    "Unshare": "NoCascade",
}
"""A job keeps its own owner, and outlives the row it addressed."""

_JAVASCRIPT: Final = 3
_VIEW_OF_A_TABLE: Final = 0
_CONTRACT_WEBHOOK: Final = 8
_AUTH_WEBHOOK_KEY: Final = 4
_FORMAT_JSON: Final = 2
_STAGE_POST_OPERATION: Final = 40
_MODE_ASYNCHRONOUS: Final = 1
_DEPLOYMENT_SERVER: Final = 0


class Withheld(dict[str, Any]):
    """A body that holds a secret: shown by the names of its members, never by their values."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"

    __str__ = __repr__


def labels(words: Words, languages: Languages) -> Body:
    """A `Label` in every language of ours that the environment has."""
    return {"@odata.type": f"{_CRM}.Label", "LocalizedLabels": _localized(words, languages)}


def publisher(one: Publisher) -> Body:
    """A row of `publishers`."""
    return {
        "publisherid": str(one.id),
        "uniquename": one.unique_name,
        "friendlyname": one.name,
        "customizationprefix": one.prefix,
        "customizationoptionvalueprefix": one.option_prefix,
    }


def solution(one: Solution, publisher_id: Id = PUBLISHER.id) -> Body:
    """A row of `solutions`."""
    return {
        "solutionid": str(one.id),
        "uniquename": one.unique_name,
        "friendlyname": one.name,
        "version": one.version,
        "publisherid@odata.bind": f"/publishers({publisher_id})",
    }


def table(one: Table, languages: Languages) -> Body:
    """A table with its primary name column alone (`EntityMetadata`)."""
    return {
        "@odata.type": f"{_CRM}.EntityMetadata",
        "SchemaName": one.schema_name,
        "DisplayName": labels(one.words, languages),
        "DisplayCollectionName": labels(one.plural, languages),
        "Description": labels(one.meaning, languages),
        "OwnershipType": "UserOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": one.notes,
        "Attributes": [{**column(one.primary, languages), "IsPrimaryName": True}],
    }


def column(one: Column, languages: Languages) -> Body:
    """A column (`...AttributeMetadata`) of any kind but those that a relationship makes.

    Raises:
        TypeError: it is a lookup or a customer column.
    """
    return {
        "SchemaName": one.schema_name,
        "DisplayName": labels(one.words, languages),
        "Description": labels(one.meaning, languages),
        "RequiredLevel": dict(_NOT_REQUIRED),
        **_kind(one, languages),
    }


def lookup(table: Table, one: Column, languages: Languages) -> Body:
    """A lookup column and its relationship (`OneToManyRelationshipMetadata`).

    Raises:
        TypeError: the column is no lookup.
    """
    if not isinstance(one.kind, Lookup):
        raise TypeError(f"{one.name} is no lookup")
    return {
        "@odata.type": f"{_CRM}.OneToManyRelationshipMetadata",
        "SchemaName": one.kind.relationship,
        "ReferencedEntity": one.kind.target,
        "ReferencedAttribute": f"{one.kind.target}id",
        "ReferencingEntity": table.name,
        "CascadeConfiguration": dict(_CASCADES),
        "Lookup": {
            "@odata.type": f"{_CRM}.LookupAttributeMetadata",
            "SchemaName": one.schema_name,
            "DisplayName": labels(one.words, languages),
            "Description": labels(one.meaning, languages),
            "RequiredLevel": dict(_NOT_REQUIRED),
        },
    }


def customer(table: Table, one: Column, languages: Languages) -> Body:
    """A customer column and both its relationships, for the action `CreateCustomerRelationships`.

    Raises:
        TypeError: the column is no customer column.
    """
    if not isinstance(one.kind, Customer):
        raise TypeError(f"{one.name} is no customer column")
    return {
        # The action takes complex types, not the metadata types that collections take.
        "Lookup": {
            "@odata.type": f"{_CRM}.ComplexLookupAttributeMetadata",
            "AttributeType": "Lookup",
            "AttributeTypeName": {"Value": "LookupType"},
            "SchemaName": one.schema_name,
            "DisplayName": labels(one.words, languages),
            "Description": labels(one.meaning, languages),
            "RequiredLevel": dict(_NOT_REQUIRED),
        },
        "OneToManyRelationships": [
            {
                "@odata.type": f"{_CRM}.ComplexOneToManyRelationshipMetadata",
                "SchemaName": relationship,
                "ReferencedEntity": target,
                "ReferencingEntity": table.name,
            }
            for target, relationship in one.kind.relationships
        ],
        "SolutionUniqueName": SOLUTION.unique_name,
    }


def key(one: Key, languages: Languages) -> Body:
    """An alternate key (`EntityKeyMetadata`)."""
    return {
        "SchemaName": one.schema_name,
        "DisplayName": labels(one.words, languages),
        "KeyAttributes": list(one.columns),
    }


def status_update(table: Table, option: Option, languages: Languages) -> Body:
    """Other words for a status reason that is there, for the action `UpdateOptionValue`."""
    return {
        "EntityLogicalName": table.name,
        "AttributeLogicalName": _STATUS,
        "Value": int(option.value),
        "Label": labels(option.words, languages),
        "MergeLabels": True,
        "SolutionUniqueName": SOLUTION.unique_name,
    }


def status_insert(table: Table, option: Option, languages: Languages) -> Body:
    """A new status reason, for the action `InsertStatusValue`.

    Raises:
        TypeError: the option has no state, so it is no status reason.
    """
    if option.state is None:
        raise TypeError(f"option {option.value} is no status reason")
    return {
        "EntityLogicalName": table.name,
        "AttributeLogicalName": _STATUS,
        "Value": int(option.value),
        "Label": labels(option.words, languages),
        "StateCode": int(option.state),
        "SolutionUniqueName": SOLUTION.unique_name,
    }


def option_insert(table: Table, column: Column, option: Option, languages: Languages) -> Body:
    """One more option of a choice that is there, for the action `InsertOptionValue`."""
    return {
        "EntityLogicalName": table.name,
        "AttributeLogicalName": column.name,
        "Value": int(option.value),
        "Label": labels(option.words, languages),
        "SolutionUniqueName": SOLUTION.unique_name,
    }


def option_update(table: Table, column: Column, option: Option, languages: Languages) -> Body:
    """Other words for an option of a choice that is there, for the action `UpdateOptionValue`."""
    return {**option_insert(table, column, option, languages), "MergeLabels": True}


def web_resource(script: Script, content: bytes, languages: Languages) -> Body:
    """A row of `webresourceset`."""
    return {
        "webresourceid": str(script.id),
        "name": script.name,
        "displayname": languages.plain(script.words),
        "webresourcetype": _JAVASCRIPT,
        **web_resource_content(content),
    }


def web_resource_content(content: bytes) -> Body:
    """The columns of a web resource that change with its file."""
    return {"content": b64encode(content).decode("ascii")}


def view(table: Table, one: View, languages: Languages, type_code: int) -> Body:
    """A row of `savedqueries`; its name is in the base language (`set_labels` adds the others).

    Args:
        table: the table of the view.
        one: the view.
        languages: of the environment.
        type_code: the table's ObjectTypeCode there.
    """
    return {
        "savedqueryid": str(one.id),
        "name": languages.plain(one.words),
        "description": SOLUTION.name,
        "returnedtypecode": table.name,
        "querytype": _VIEW_OF_A_TABLE,
        "fetchxml": view_xml.fetch(table, one),
        "layoutxml": view_xml.layout(table, one, type_code),
    }


def form(table: Table, languages: Languages) -> Body:
    """The columns of the row of `systemforms` that the table's main form already is."""
    return {
        "name": languages.plain(table.form.name),
        "formxml": form_xml.render(table, languages),
    }


def set_labels(
    component: Literal["savedquery", "systemform"], row_id: Id, words: Words, languages: Languages
) -> Body:
    """The name of a view or a form in every language, for the action `SetLocLabels`."""
    primary_key = {"savedquery": "savedqueryid", "systemform": "formid"}[component]
    return {
        "EntityMoniker": {"@odata.type": f"{_CRM}.{component}", primary_key: str(row_id)},
        "AttributeName": "name",
        "Labels": _localized(words, languages),
    }


def role(one: Role, business_unit: Id) -> Body:
    """A row of `roles`, of the root business unit, from which the others inherit it."""
    return {
        "roleid": str(one.id),
        "name": one.name,
        "businessunitid@odata.bind": f"/businessunits({business_unit})",
    }


def privileges(privilege_ids: Iterable[Id], business_unit: Id) -> Body:
    """Rights over all rows of the environment, for `AddPrivilegesRole` and `ReplacePrivilegesRole`."""
    return {
        "Privileges": [
            {
                "@odata.type": f"{_CRM}.RolePrivilege",
                "PrivilegeId": str(one),
                "Depth": "Global",
                "BusinessUnitId": str(business_unit),
            }
            for one in privilege_ids
        ]
    }


def feed(one: Feed, display_name: str, type_code: int) -> Body:
    """A row of `msdyn_postconfigs`.

    Args:
        one: the table that gets a wall.
        display_name: what the environment calls one row of it.
        type_code: its ObjectTypeCode there.
    """
    return {
        "msdyn_postconfigid": str(one.id),
        "msdyn_entityname": one.table,
        "msdyn_entitydisplayname": display_name,
        "msdyn_configurewall": True,
        "msdyn_otc": type_code,
    }


def publish(tables: Iterable[str], web_resources: Iterable[Id]) -> Body:
    """What is to be published, for the action `PublishXml`.

    Args:
        tables: logical names.
        web_resources: ids of their rows.
    """
    root = ET.Element("importexportxml")
    entities = ET.SubElement(root, "entities")
    for name in tables:
        ET.SubElement(entities, "entity").text = name
    resources = ET.SubElement(root, "webresources")
    for one in web_resources:
        ET.SubElement(resources, "webresource").text = f"{{{one}}}"
    return {"ParameterXml": markup.text(root)}


def endpoint(webhook: Webhook, url: str, key: str) -> Withheld:
    """A row of `serviceendpoints`; Dataverse calls `url` with `?code=` and the key behind it."""
    return Withheld(
        serviceendpointid=str(webhook.endpoint_id),
        name=webhook.endpoint_name,
        contract=_CONTRACT_WEBHOOK,
        url=url,
        authtype=_AUTH_WEBHOOK_KEY,
        messageformat=_FORMAT_JSON,
        **endpoint_key(key),
    )


def endpoint_key(key: str) -> Withheld:
    """The one column of an endpoint that is never given back."""
    return Withheld(authvalue=key)


def step(webhook: Webhook, message_id: Id, filter_id: Id) -> Body:
    """A row of `sdkmessageprocessingsteps`: posts to the endpoint after the row has been saved.

    Args:
        webhook: endpoint, step and table.
        message_id: row of `sdkmessages`.
        filter_id: row of `sdkmessagefilters`: that message on that table.
    """
    return {
        "sdkmessageprocessingstepid": str(webhook.step_id),
        "name": webhook.step_name,
        "stage": _STAGE_POST_OPERATION,
        "mode": _MODE_ASYNCHRONOUS,
        "rank": 1,
        "supporteddeployment": _DEPLOYMENT_SERVER,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({webhook.endpoint_id})",
        "sdkmessageid@odata.bind": f"/sdkmessages({message_id})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({filter_id})",
    }


def _localized(words: Words, languages: Languages) -> list[Body]:
    return [
        {"@odata.type": f"{_CRM}.LocalizedLabel", "Label": text, "LanguageCode": code}
        for code, text in languages.of(words)
    ]


def _kind(one: Column, languages: Languages) -> Body:
    match one.kind:
        case Text(length, autonumber):
            numbers = {"AutoNumberFormat": autonumber} if autonumber else {}
            return {
                "@odata.type": f"{_CRM}.StringAttributeMetadata",
                "MaxLength": length,
                "FormatName": {"Value": "Text"},
                **numbers,
            }
        case Memo(length):
            return {"@odata.type": f"{_CRM}.MemoAttributeMetadata", "MaxLength": length}
        case Whole(least, most):
            return {
                "@odata.type": f"{_CRM}.IntegerAttributeMetadata",
                "MinValue": least,
                "MaxValue": most,
            }
        case YesNo(yes, no):
            return {
                "@odata.type": f"{_CRM}.BooleanAttributeMetadata",
                "DefaultValue": False,
                "OptionSet": {
                    "@odata.type": f"{_CRM}.BooleanOptionSetMetadata",
                    "TrueOption": {"Value": 1, "Label": labels(yes, languages)},
                    "FalseOption": {"Value": 0, "Label": labels(no, languages)},
                },
            }
        case Moment():
            return {
                "@odata.type": f"{_CRM}.DateTimeAttributeMetadata",
                "Format": "DateAndTime",
                "DateTimeBehavior": {"Value": "UserLocal"},
            }
        case Choice(options):
            return {
                "@odata.type": f"{_CRM}.PicklistAttributeMetadata",
                "DefaultFormValue": _NO_DEFAULT,
                "OptionSet": {
                    "@odata.type": f"{_CRM}.OptionSetMetadata",
                    "IsGlobal": False,
                    "OptionSetType": "Picklist",
                    "Options": [
                        {"Value": int(option.value), "Label": labels(option.words, languages)}
                        for option in options
                    ],
                },
            }
        case Lookup() | Customer():
            raise TypeError(f"{one.name} is made with its relationship")
