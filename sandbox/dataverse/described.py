"""What does the metadata say of a table, its columns, keys and relationships?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.dataverse import privileges
from sandbox.dataverse.columns import (
    Access,
    Choice,
    Column,
    Identifier,
    Lookup,
    Moment,
    Option,
    Role,
    Text,
    Whole,
    YesNo,
)
from sandbox.dataverse.languages import BASE, NONE, Words
from sandbox.dataverse.organization import metadata_id
from sandbox.dataverse.table import Key, Schema, Table

_NAMESPACE = "Microsoft.Dynamics.CRM"

type Described = dict[str, Any]


def table(one: Table) -> Described:
    """A table, without its columns, keys and relationships."""
    return {
        "@odata.type": f"#{_NAMESPACE}.EntityMetadata",
        "MetadataId": one.metadata_id,
        "LogicalName": one.name,
        "SchemaName": one.schema_name,
        "EntitySetName": one.set_name,
        "LogicalCollectionName": one.set_name,
        "CollectionSchemaName": f"{one.schema_name}s",
        "PrimaryIdAttribute": one.id_column,
        "PrimaryNameAttribute": one.name_column,
        "ObjectTypeCode": one.type_code,
        "OwnershipType": "UserOwned" if one.owned else "OrganizationOwned",
        "TableType": "Standard",
        "IsActivity": False,
        "HasNotes": one.has_notes,
        "HasActivities": False,
        "HasFeedback": False,
        "IsCustomEntity": one.custom,
        "IsManaged": not one.custom,
        "IsPrivate": False,
        "IsIntersect": False,
        "IsLogicalEntity": False,
        "IsCustomizable": {"Value": True, "CanBeChanged": True},
        "DisplayName": label(one.label, one.translations),
        "DisplayCollectionName": label(one.plural, one.plural_translations),
        "Description": _description(one.description, one.label),
        "Privileges": [
            {
                "Name": privilege.name,
                "PrivilegeId": privilege.id,
                "PrivilegeType": privilege.action,
                "CanBeBasic": one.owned,
                "CanBeLocal": one.owned,
                "CanBeDeep": one.owned,
                "CanBeGlobal": True,
            }
            for privilege in privileges.of(one)
        ],
    }


def column(of: Table, one: Column) -> Described:
    """A column, with what all kinds have and what its own kind has."""
    type_name = attribute_type(one)
    common: Described = {
        "@odata.type": f"#{_NAMESPACE}.{cast_name(one)}",
        "MetadataId": of.column_id(one),
        "LogicalName": one.name,
        "SchemaName": one.schema_name,
        "EntityLogicalName": of.name,
        "AttributeType": type_name,
        "AttributeTypeName": {"Value": f"{type_name}Type"},
        "AttributeOf": None,
        "IsPrimaryId": one.name == of.id_column,
        "IsPrimaryName": one.name == of.name_column,
        "IsCustomAttribute": one.custom,
        "IsValidForCreate": one.access is not Access.READ,
        "IsValidForUpdate": one.access is Access.WRITE and "PATCH" in of.methods,
        "IsValidForRead": True,
        "IsLogical": False,
        "IsManaged": not (of.custom or one.custom),
        "RequiredLevel": {
            "Value": "SystemRequired" if one.required else one.requirement,
            "CanBeChanged": not one.required,
        },
        "DisplayName": label(one.label, one.translations),
        "Description": _description(one.description, one.label),
    }
    return common | _own(one)


def _own(one: Column) -> Described:
    match one.kind:
        case Text() as kind:
            shown = kind.format or ("TextArea" if kind.memo else "Text")
            told: Described = {
                "MaxLength": kind.max_length,
                "Format": shown,
                "FormatName": {"Value": shown},
            }
            return told if kind.memo else told | {"AutoNumberFormat": kind.number_format or ""}
        case Whole() as kind:
            bounds = {"MinValue": kind.least, "MaxValue": kind.most}
            return bounds if kind.large else bounds | {"Format": "None"}
        case Moment():
            return {"Format": "DateAndTime", "DateTimeBehavior": {"Value": "UserLocal"}}
        case Choice() as kind:
            return {"DefaultFormValue": -1 if one.default is None else one.default}
        case Lookup() as kind:
            return {"Targets": sorted(kind.navigations)}
        case YesNo():
            return {"DefaultValue": bool(one.default)}
        case Identifier():
            return {}


def option_set(of: Table, one: Column) -> Described | None:
    """The options of a choice, or None for a column without options."""
    if isinstance(one.kind, YesNo):
        return {
            "MetadataId": metadata_id(f"{of.column_id(one)}.options"),
            "Name": f"{of.name}_{one.name}",
            "IsGlobal": False,
            "OptionSetType": "Boolean",
            "TrueOption": {"Value": 1, "Label": label(one.kind.yes, one.kind.yes_translations)},
            "FalseOption": {"Value": 0, "Label": label(one.kind.no, one.kind.no_translations)},
        }
    if not isinstance(one.kind, Choice):
        return None
    return {
        "MetadataId": metadata_id(f"{of.column_id(one)}.options"),
        "Name": f"{of.name}_{one.name}",
        "IsGlobal": False,
        "OptionSetType": one.kind.role.value,
        "Options": [_option(of, one.kind, option) for option in one.kind.options],
    }


def _option(of: Table, kind: Choice, option: Option) -> Described:
    told: Described = {
        "Value": option.value,
        "Label": label(option.label, option.translations),
        "Color": None,
    }
    if kind.role is Role.STATUS:
        told["State"] = option.state
    if kind.role is Role.STATE and of.statuses is not None:
        reasons = of.statuses.options
        told["DefaultStatus"] = next(one.value for one in reasons if one.state == option.value)
        told["InvariantName"] = option.label
    return told


def key(of: Table, one: Key) -> Described:
    """An alternate key, and how far its index is."""
    return {
        "@odata.type": f"#{_NAMESPACE}.EntityKeyMetadata",
        "MetadataId": of.key_id(one),
        "LogicalName": one.name,
        "SchemaName": one.schema_name,
        "EntityLogicalName": of.name,
        "KeyAttributes": list(one.columns),
        "EntityKeyIndexStatus": one.status.value,
        "IsManaged": False,
        "IsSecondaryKey": False,
        "DisplayName": label(one.label, one.translations),
    }


def many_to_one(schema: Schema, of: Table) -> Iterator[Described]:
    """The relationships in which rows of `of` point at another table."""
    for one, kind in of.lookups:
        for target, navigation in kind.navigations.items():
            known = of.relationship(one, target)
            yield {
                "@odata.type": f"#{_NAMESPACE}.OneToManyRelationshipMetadata",
                "MetadataId": known.own_id,
                "SchemaName": known.name,
                "RelationshipType": "OneToManyRelationship",
                "IsCustomRelationship": known.custom,
                "IsManaged": not known.custom,
                "ReferencedEntity": target,
                "ReferencedAttribute": schema.by_name[target].id_column,
                "ReferencingEntity": of.name,
                "ReferencingAttribute": one.name,
                "ReferencingEntityNavigationPropertyName": navigation,
                "ReferencedEntityNavigationPropertyName": known.name,
                "CascadeConfiguration": {
                    "Assign": "NoCascade",
                    "Delete": known.on_delete.value,
                    "Merge": "NoCascade",
                    "Reparent": "NoCascade",
                    "Share": "NoCascade",
                    "Unshare": "NoCascade",
                },
            }


def attribute_type(one: Column) -> str:
    """The AttributeTypeCode of a column."""
    match one.kind:
        case Text() as kind:
            return "Memo" if kind.memo else "String"
        case Whole() as kind:
            return "BigInt" if kind.large else "Integer"
        case YesNo():
            return "Boolean"
        case Choice() as kind:
            return kind.role.value
        case Moment():
            return "DateTime"
        case Identifier():
            return "Uniqueidentifier"
        case Lookup() as kind:
            return kind.type_name


def cast_name(one: Column) -> str:
    """The metadata type of a column, without namespace; customer and owner columns are lookups."""
    match one.kind:
        case Lookup():
            return "LookupAttributeMetadata"
        case Identifier():
            return "UniqueIdentifierAttributeMetadata"
        case _:
            return f"{attribute_type(one)}AttributeMetadata"


def label(text: str, translations: Words = NONE) -> Described:
    """A text in the base language, which is what its reader gets, and in others."""
    told = [_localized(text, BASE)] if text else []
    told += [_localized(other, language) for language, other in translations.items()]
    return {"LocalizedLabels": told, "UserLocalizedLabel": told[0] if text else None}


def _description(words: Words | None, otherwise: str) -> Described:
    if words is None:
        return label(otherwise)
    others = {language: text for language, text in words.items() if language != BASE}
    return label(words.get(BASE, ""), others)


def _localized(text: str, language: int) -> Described:
    return {
        "Label": text,
        "LanguageCode": language,
        "IsManaged": False,
        "MetadataId": metadata_id(f"label:{language}:{text}"),
        "HasChanged": None,
    }
