"""What does the environment's metadata say, in our own terms?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from dataverse.provisioning.found import (
    Definition,
    FoundColumn,
    FoundKey,
    FoundRelationship,
    FoundStatus,
    Index,
    Labels,
)

type Json = Mapping[str, Any]
"""One JSON object of an answer."""


def definition(told: Json) -> Definition:
    """A table, of `EntityDefinitions`."""
    return Definition(
        id=UUID(told["MetadataId"]),
        set_name=told["EntitySetName"],
        type_code=int(told["ObjectTypeCode"]),
        managed=bool(told["IsManaged"]),
        owned_by_users=told["OwnershipType"] == "UserOwned",
        notes=bool(told["HasNotes"]),
        words=labels(told["DisplayName"]),
        plural=labels(told["DisplayCollectionName"]),
        meaning=labels(told["Description"]),
        privileges={one["PrivilegeType"]: UUID(one["PrivilegeId"]) for one in told["Privileges"] or ()},
    )


def columns(attributes: Iterable[Json], choices: Iterable[Json]) -> dict[str, FoundColumn]:
    """All columns of a table by logical name.

    Args:
        attributes: of `.../Attributes`.
        choices: of the same, cast to choices and with their options expanded.
    """
    options = {one["LogicalName"]: _options(one["OptionSet"]) for one in choices}
    return {one["LogicalName"]: _column(one, options.get(one["LogicalName"], {})) for one in attributes}


def statuses(attributes: Iterable[Json]) -> dict[int, FoundStatus]:
    """The status reasons by value, of `.../Attributes` cast to status columns with their options expanded."""
    return {
        int(option["Value"]): FoundStatus(int(option["State"]), labels(option["Label"]))
        for attribute in attributes
        for option in attribute["OptionSet"]["Options"]
    }


def keys(told: Iterable[Json]) -> dict[str, FoundKey]:
    """Alternate keys by logical name, of `.../Keys`."""
    return {
        one["LogicalName"]: FoundKey(frozenset(one["KeyAttributes"]), Index(one["EntityKeyIndexStatus"]))
        for one in told
    }


def relationships(told: Iterable[Json]) -> dict[str, FoundRelationship]:
    """Relationships by schema name, of `.../ManyToOneRelationships`."""
    return {
        one["SchemaName"]: FoundRelationship(
            one["ReferencingAttribute"],
            one["ReferencedEntity"],
            one["ReferencingEntityNavigationPropertyName"],
        )
        for one in told
    }


def labels(told: Json | None) -> Labels:
    """Texts by language code, of a `Label`."""
    if told is None:
        return {}
    return {int(one["LanguageCode"]): str(one["Label"]) for one in told["LocalizedLabels"] or ()}


def _column(told: Json, options: Mapping[int, Labels]) -> FoundColumn:
    least, most = told.get("MinValue"), told.get("MaxValue")
    behavior = told.get("DateTimeBehavior")
    return FoundColumn(
        # "#Microsoft.Dynamics.CRM.StringAttributeMetadata"
        kind=str(told.get("@odata.type", "")).rpartition(".")[2].removesuffix("AttributeMetadata"),
        words=labels(told.get("DisplayName")),
        meaning=labels(told.get("Description")),
        length=told.get("MaxLength"),
        bounds=(least, most) if isinstance(least, int) and isinstance(most, int) else None,
        autonumber=told.get("AutoNumberFormat") or "",
        behavior=None if behavior is None else behavior["Value"],
        targets=frozenset(told.get("Targets") or ()),
        options=options,
    )


def _options(told: Json | None) -> dict[int, Labels]:
    # A choice that several tables share is told elsewhere; none of ours is one.
    return {} if told is None else {int(one["Value"]): labels(one["Label"]) for one in told["Options"]}
