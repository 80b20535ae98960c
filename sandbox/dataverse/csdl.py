"""How does `$metadata` describe the tables?"""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import quoteattr

from sandbox.dataverse.columns import Identifier, Text
from sandbox.dataverse.table import Schema, Table

_NAMESPACE = "Microsoft.Dynamics.CRM"


def document(schema: Schema) -> str:
    """CSDL 4.0 of every table that is served."""
    served = {table.name: table for table in schema.served}
    types = "".join(_entity_type(table, served) for table in schema.served)
    sets = "".join(_entity_set(table, served) for table in schema.served)
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema Namespace="{_NAMESPACE}" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
        '<EntityType Name="crmbaseentity" Abstract="true" />'
        f"{types}"
        '<ComplexType Name="WhoAmIResponse">'
        '<Property Name="BusinessUnitId" Type="Edm.Guid" Nullable="false" />'
        '<Property Name="UserId" Type="Edm.Guid" Nullable="false" />'
        '<Property Name="OrganizationId" Type="Edm.Guid" Nullable="false" /></ComplexType>'
        '<Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>'
        f'<EntityContainer Name="System">{sets}'
        '<FunctionImport Name="WhoAmI" Function="mscrm.WhoAmI" /></EntityContainer>'
        "</Schema></edmx:DataServices></edmx:Edmx>"
    )


def _entity_type(table: Table, served: Mapping[str, Table]) -> str:
    properties = []
    for column in table.columns:
        limit = f' MaxLength="{column.kind.max_length}"' if isinstance(column.kind, Text) else ""
        nullable = ' Nullable="false"' if isinstance(column.kind, Identifier) else ""
        properties.append(
            f'<Property Name={quoteattr(column.property_name)} Type="{column.edm.value}"{limit}{nullable} />'
        )
    navigations = [
        f'<NavigationProperty Name={quoteattr(name)} Type="mscrm.{target}">'
        f"<ReferentialConstraint Property={quoteattr(column.property_name)} "
        f"ReferencedProperty={quoteattr(served[target].id_column)} /></NavigationProperty>"
        for name, (column, target) in table.followed.items()
        if target in served
    ]
    return (
        f'<EntityType Name={quoteattr(table.name)} BaseType="mscrm.crmbaseentity">'
        f"<Key><PropertyRef Name={quoteattr(table.id_column)} /></Key>"
        f"{''.join(properties)}{''.join(navigations)}</EntityType>"
    )


def _entity_set(table: Table, served: Mapping[str, Table]) -> str:
    bindings = "".join(
        f"<NavigationPropertyBinding Path={quoteattr(name)} Target={quoteattr(served[target].set_name)} />"
        for name, (_, target) in table.followed.items()
        if target in served
    )
    return (
        f'<EntitySet Name={quoteattr(table.set_name)} EntityType="mscrm.{table.name}">{bindings}</EntitySet>'
    )
