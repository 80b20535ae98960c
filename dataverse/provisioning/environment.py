"""What is there in the environment at this moment?"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from dataverse import odata
from dataverse.description.parts import Table, fixed_id
from dataverse.errors import DataverseError
from dataverse.provisioning import form_xml, metadata
from dataverse.provisioning.found import (
    CONTRACT_WEBHOOK,
    Definition,
    Found,
    FoundEndpoint,
    FoundFeed,
    FoundForm,
    FoundPublisher,
    FoundRole,
    FoundScript,
    FoundSolution,
    FoundStep,
    FoundTable,
    FoundUser,
    FoundView,
)
from dataverse.provisioning.languages import Languages
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.wanted import Wanted

_DEFINITION = (
    "LogicalName,MetadataId,SchemaName,EntitySetName,ObjectTypeCode,IsManaged,OwnershipType,HasNotes,"
    "DisplayName,DisplayCollectionName,Description,Privileges"
)
_CAST = "Microsoft.Dynamics.CRM"
_MAIN_FORM = 2
_OF_EVERY_ROLE = frozenset(
    {
        "prvCreateSharePointData",
        "prvReadPluginAssembly",
        "prvReadPluginType",
        "prvReadSdkMessage",
        "prvReadSdkMessageProcessingStep",
        "prvReadSdkMessageProcessingStepImage",
        "prvReadSharePointData",
        "prvReadSharePointDocument",
        "prvWriteSharePointData",
    }
)
"""What a new role has before anybody gives it a right (Microsoft Learn, "Web API Functions and Actions Sample")."""


class Unreadable(DataverseError):  # noqa: N818 - named for what is known, as its siblings are
    """An answer that lacks what the Web API documents; nothing can be decided on it."""


async def read(sender: Sender, wanted: Wanted, application_id: UUID | None) -> Found:
    """Everything a plan rests on; some forty reads.

    Raises:
        Unreadable: an answer lacks what it should say.
        DataverseError: something could not be read.
    """
    try:
        return await _read(sender, wanted, application_id)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(
            f"An answer of Dataverse lacks what is documented ({type(error).__name__})"
        ) from error


async def definitions(sender: Sender, names: Iterable[str]) -> dict[str, Definition]:
    """The tables of these names that exist, by logical name.

    Raises:
        DataverseError: the metadata could not be read.
    """
    chosen = odata.any_of(*(odata.eq("LogicalName", name) for name in names))
    told = await sender.rows(
        f"EntityDefinitions?$select={_DEFINITION}&$filter={odata.encoded(chosen)}", "Read tables"
    )
    return {one["LogicalName"]: metadata.definition(one) for one in told}


async def main_form(sender: Sender, table: Table) -> FoundForm | None:
    """The table's main form: ours where there is one, else the first the platform made.

    Raises:
        DataverseError: the forms could not be read.
    """
    chosen = odata.all_of(odata.eq("objecttypecode", table.name), odata.eq("type", _MAIN_FORM))
    told = await _rows(sender, "systemforms", "formid,name,formxml", chosen)
    forms = [FoundForm(UUID(one["formid"]), one["name"], one["formxml"] or "") for one in told]
    # Forms have no id of ours, their tabs do.
    mark = str(fixed_id(f"form {table.name} tab {form_xml.TAB}"))
    return min(forms, key=lambda form: (mark not in form.xml.lower(), str(form.id)), default=None)


async def create_filter(sender: Sender, wanted: Wanted) -> tuple[UUID, UUID] | None:
    """Ids of the message filter and of the message that a step on created rows is tied to.

    Raises:
        DataverseError: they could not be read.
    """
    hook = wanted.webhook
    chosen = odata.all_of(
        odata.eq("primaryobjecttypecode", hook.table), f"sdkmessageid/name eq '{hook.message}'"
    )
    told = await _rows(
        sender,
        "sdkmessagefilters",
        "sdkmessagefilterid",
        chosen,
        "&$expand=sdkmessageid($select=sdkmessageid,name)",
    )
    if not told:
        return None
    return UUID(told[0]["sdkmessagefilterid"]), UUID(told[0]["sdkmessageid"]["sdkmessageid"])


async def root_business_unit(sender: Sender) -> UUID:
    """Id of the business unit that roles of the whole environment belong to.

    Raises:
        DataverseError: it could not be read.
    """
    told = await _rows(
        sender, "businessunits", "businessunitid", odata.eq("_parentbusinessunitid_value", None)
    )
    return UUID(told[0]["businessunitid"])


async def _read(sender: Sender, wanted: Wanted, application_id: UUID | None) -> Found:
    unit = await root_business_unit(sender)
    solution = await _solution(sender, wanted)
    defined = await definitions(sender, wanted.met)
    webhook_filter = await create_filter(sender, wanted) if wanted.webhook.table in defined else None
    create_filter_id = None if webhook_filter is None else webhook_filter[0]
    return Found(
        languages=await _languages(sender),
        business_unit=unit,
        publishers=await _publishers(sender, wanted),
        solution=solution,
        components=frozenset() if solution is None else await _components(sender, solution.id),
        definitions=defined,
        tables={table.name: await _table(sender, table) for table in wanted.tables if table.name in defined},
        scripts=await _scripts(sender, wanted),
        roles=await _roles(sender, wanted, unit),
        feeds=await _feeds(sender, wanted),
        endpoints=await _endpoints(sender, wanted),
        steps=await _steps(sender, wanted, create_filter_id),
        create_filter=create_filter_id,
        user=None if application_id is None else await user(sender, application_id),
    )


async def _rows(
    sender: Sender, table_set: str, select: str, chosen: str, more: str = "", *, there: bool = False
) -> list[metadata.Json]:
    return await sender.rows(
        f"{table_set}?$select={select}&$filter={odata.encoded(chosen)}{more}",
        f"Read {table_set}",
        there=there,
    )


async def _languages(sender: Sender) -> Languages:
    organization = await sender.rows(
        "organizations?$select=organizationid,name,languagecode", "Read organizations"
    )
    told = await sender.read("RetrieveProvisionedLanguages()", "RetrieveProvisionedLanguages")
    return Languages(
        int(organization[0]["languagecode"]), frozenset(map(int, told["RetrieveProvisionedLanguages"]))
    )


async def _publishers(sender: Sender, wanted: Wanted) -> tuple[FoundPublisher, ...]:
    told = await _rows(
        sender,
        "publishers",
        "publisherid,uniquename,customizationprefix,customizationoptionvalueprefix",
        odata.any_of(
            odata.eq("uniquename", wanted.publisher.unique_name),
            odata.eq("customizationprefix", wanted.publisher.prefix),
        ),
    )
    return tuple(
        FoundPublisher(
            UUID(one["publisherid"]),
            one["uniquename"],
            one["customizationprefix"],
            int(one["customizationoptionvalueprefix"]),
        )
        for one in told
    )


async def _solution(sender: Sender, wanted: Wanted) -> FoundSolution | None:
    told = await _rows(
        sender,
        "solutions",
        "solutionid,uniquename,version,ismanaged,_publisherid_value",
        odata.eq("uniquename", wanted.solution.unique_name),
    )
    if not told:
        return None
    one = told[0]
    return FoundSolution(
        UUID(one["solutionid"]), one["version"], bool(one["ismanaged"]), UUID(one["_publisherid_value"])
    )


async def _components(sender: Sender, solution: UUID) -> frozenset[UUID]:
    told = await _rows(
        sender, "solutioncomponents", "objectid,componenttype", odata.eq("_solutionid_value", solution)
    )
    return frozenset(UUID(one["objectid"]) for one in told)


async def _table(sender: Sender, table: Table) -> FoundTable:
    path = f"EntityDefinitions(LogicalName={odata.literal(odata.name(table.name))})"

    async def below(rest: str) -> list[metadata.Json]:
        return await sender.rows(f"{path}/{rest}", f"Read metadata of {table.name}", there=True)

    async def cast(kind: str) -> list[metadata.Json]:
        return await below(f"Attributes/{_CAST}.{kind}?$select=LogicalName&$expand=OptionSet")

    return FoundTable(
        columns=metadata.columns(await below("Attributes"), await cast("PicklistAttributeMetadata")),
        statuses=metadata.statuses(await cast("StatusAttributeMetadata")),
        keys=metadata.keys(await below("Keys")),
        relationships=metadata.relationships(await below("ManyToOneRelationships")),
        views=await _views(sender, table),
        form=await main_form(sender, table),
    )


async def _views(sender: Sender, table: Table) -> dict[UUID, FoundView]:
    told = await _rows(
        sender,
        "savedqueries",
        "savedqueryid,name,fetchxml,layoutxml",
        odata.eq("returnedtypecode", table.name),
    )
    views = {
        UUID(one["savedqueryid"]): FoundView(one["name"], one["fetchxml"] or "", one["layoutxml"] or "")
        for one in told
    }
    ours = {view.id for view in table.views}
    return {key: view for key, view in views.items() if key in ours}


async def _scripts(sender: Sender, wanted: Wanted) -> tuple[FoundScript, ...]:
    told = await _rows(
        sender, "webresourceset", "webresourceid,name,content", odata.eq("name", wanted.script.name)
    )
    return tuple(FoundScript(UUID(one["webresourceid"]), b64decode(one["content"] or "")) for one in told)


async def _roles(sender: Sender, wanted: Wanted, unit: UUID) -> tuple[FoundRole, ...]:
    ids = (odata.eq("roleid", role.id) for role in wanted.roles)
    names = (odata.eq("name", role.name) for role in wanted.roles)
    told = await _rows(sender, "roles", "roleid,name,_businessunitid_value", odata.any_of(*ids, *names))
    found = []
    for one in told:
        # Each business unit below inherits a copy; only that of the root can be changed.
        if UUID(one["_businessunitid_value"]) == unit:
            key = UUID(one["roleid"])
            rights, of_the_platform = await rights_of(sender, key)
            found.append(FoundRole(key, one["name"], rights, of_the_platform))
    return tuple(found)


async def rights_of(sender: Sender, role: UUID) -> tuple[frozenset[tuple[UUID, str]], frozenset[UUID]]:
    """What a role allows, each with its depth, and apart from it what the platform gives each role.

    Raises:
        DataverseError: it could not be read.
    """
    told = await sender.read(
        f"roles({role})/{_CAST}.RetrieveRolePrivilegesRole()", "RetrieveRolePrivilegesRole", there=True
    )
    rows = told["RolePrivileges"]
    return (
        frozenset(
            (UUID(one["PrivilegeId"]), one["Depth"])
            for one in rows
            if one["PrivilegeName"] not in _OF_EVERY_ROLE
        ),
        frozenset(UUID(one["PrivilegeId"]) for one in rows if one["PrivilegeName"] in _OF_EVERY_ROLE),
    )


async def _feeds(sender: Sender, wanted: Wanted) -> tuple[FoundFeed, ...] | None:
    chosen = odata.any_of(*(odata.eq("msdyn_entityname", feed.table) for feed in wanted.feeds))
    told = await sender.find(
        "msdyn_postconfigs?$select=msdyn_postconfigid,msdyn_entityname,msdyn_configurewall,statecode"
        f"&$filter={odata.encoded(chosen)}",
        "Read msdyn_postconfigs",
    )
    if told is None:
        return None
    rows: list[dict[str, Any]] = told["value"]
    return tuple(
        FoundFeed(
            UUID(one["msdyn_postconfigid"]),
            one["msdyn_entityname"],
            bool(one["msdyn_configurewall"]),
            one["statecode"] == 0,
        )
        for one in rows
    )


async def _endpoints(sender: Sender, wanted: Wanted) -> tuple[FoundEndpoint, ...]:
    told = await _rows(
        sender,
        "serviceendpoints",
        "serviceendpointid,name,contract,url,authtype,isauthvalueset",
        odata.any_of(
            odata.eq("serviceendpointid", wanted.webhook.endpoint_id),
            odata.eq("name", wanted.webhook.endpoint_name),
            odata.eq("contract", CONTRACT_WEBHOOK),
        ),
    )
    return tuple(
        FoundEndpoint(
            UUID(one["serviceendpointid"]),
            one["name"],
            int(one["contract"]),
            one["url"] or "",
            int(one["authtype"]),
            bool(one["isauthvalueset"]),
        )
        for one in told
    )


async def _steps(sender: Sender, wanted: Wanted, created: UUID | None) -> tuple[FoundStep, ...]:
    on_created = () if created is None else (odata.eq("_sdkmessagefilterid_value", created),)
    told = await _rows(
        sender,
        "sdkmessageprocessingsteps",
        "sdkmessageprocessingstepid,name,stage,mode,statecode,_eventhandler_value,_sdkmessagefilterid_value",
        odata.any_of(
            odata.eq("sdkmessageprocessingstepid", wanted.webhook.step_id),
            odata.eq("_eventhandler_value", wanted.webhook.endpoint_id),
            *on_created,
        ),
    )
    return tuple(
        FoundStep(
            UUID(one["sdkmessageprocessingstepid"]),
            one["name"],
            _lookup(one["_eventhandler_value"]),
            _lookup(one["_sdkmessagefilterid_value"]),
            int(one["stage"]),
            int(one["mode"]),
            one["statecode"] == 0,
        )
        for one in told
    )


async def user(sender: Sender, application_id: UUID) -> FoundUser | None:
    """The application user of an application, with its roles.

    Raises:
        DataverseError: it could not be read.
    """
    told = await _rows(
        sender, "systemusers", "systemuserid,applicationid", odata.eq("applicationid", application_id)
    )
    if not told:
        return None
    key = UUID(told[0]["systemuserid"])
    roles = await sender.rows(
        f"systemusers({key})/systemuserroles_association?$select=roleid,name", "Read roles of the user"
    )
    return FoundUser(key, frozenset(UUID(one["roleid"]) for one in roles))


def _lookup(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)
