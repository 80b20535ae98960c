"""Which tables does the platform bring for its own settings, users and customizations?"""

from __future__ import annotations

from typing import Final

from sandbox.dataverse.columns import Access, Choice, Column, Identifier, Lookup, Option, Text, Whole, YesNo
from sandbox.dataverse.table import Table, column, memo, moment, platform_columns, states, text

_READ_ONLY: Final = frozenset[str]()
_ALL: Final = frozenset({"POST", "PATCH", "DELETE"})
_LARGEST: Final = 1_073_741_823


def _organization_owned(id_column: str) -> tuple[Column, ...]:
    return tuple(one for one in platform_columns(id_column) if one.name != "ownerid")


def _lookup(name: str, label: str, navigations: dict[str, str], *, cascade: bool = False) -> Column:
    return column(name, Lookup(navigations, cascade_delete=cascade), label)


def _told(name: str, label: str, *, default: bool) -> Column:
    """A yes or no that only the platform sets."""
    return column(name, YesNo(), label, access=Access.READ, default=default)


def _told_text(name: str, label: str, length: int) -> Column:
    return column(name, Text(length), label, access=Access.READ)


def _choice(name: str, label: str, *options: tuple[int, str], default: int | None = None) -> Column:
    return column(name, Choice(tuple(Option(value, text) for value, text in options)), label, default=default)


_MANAGED = _told("ismanaged", "Is Managed", default=False)
_COMPONENT_STATE = column(
    "componentstate",
    Choice((Option(0, "Published"), Option(1, "Unpublished"), Option(2, "Deleted"))),
    "Component State",
    access=Access.READ,
    default=0,
)
_PLAIN_STATES = (Option(0, "Active"), Option(1, "Inactive"), Option(1, "Active", 0), Option(2, "Inactive", 1))

ORGANIZATION: Final = Table(
    name="organization",
    schema_name="Organization",
    set_name="organizations",
    label="Organization",
    plural="Organizations",
    type_code=1019,
    name_column="name",
    methods=_READ_ONLY,
    columns=(
        *_organization_owned("organizationid"),
        _told_text("name", "Organization Name", 160),
        column("languagecode", Whole(), "Language", access=Access.READ),
    ),
)

BUSINESS_UNIT: Final = Table(
    name="businessunit",
    schema_name="BusinessUnit",
    set_name="businessunits",
    label="Business Unit",
    plural="Business Units",
    type_code=10,
    name_column="name",
    methods=_READ_ONLY,
    columns=(
        *_organization_owned("businessunitid"),
        text("name", "Name", 160),
        _lookup("parentbusinessunitid", "Parent Business", {"businessunit": "parentbusinessunitid"}),
    ),
)

SYSTEM_USER: Final = Table(
    name="systemuser",
    schema_name="SystemUser",
    set_name="systemusers",
    label="User",
    plural="Users",
    type_code=8,
    name_column="fullname",
    methods=frozenset({"POST"}),
    columns=(
        *_organization_owned("systemuserid"),
        _told_text("fullname", "Full Name", 200),
        column("applicationid", Identifier(), "Application ID", access=Access.CREATE),
        column("azureactivedirectoryobjectid", Identifier(), "Azure AD Object ID", access=Access.READ),
        _lookup("businessunitid", "Business Unit", {"businessunit": "businessunitid"}),
        _told("isdisabled", "Status", default=False),
    ),
)

ROLE: Final = Table(
    name="role",
    schema_name="Role",
    set_name="roles",
    label="Security Role",
    plural="Security Roles",
    type_code=1036,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("roleid"),
        text("name", "Name", 100),
        memo("description", "Description", 2000),
        _lookup("businessunitid", "Business Unit", {"businessunit": "businessunitid"}),
        _MANAGED,
        _COMPONENT_STATE,
    ),
)

PRIVILEGE: Final = Table(
    name="privilege",
    schema_name="Privilege",
    set_name="privileges",
    label="Privilege",
    plural="Privileges",
    type_code=1023,
    name_column="name",
    methods=_READ_ONLY,
    columns=(
        *_organization_owned("privilegeid"),
        text("name", "Name", 100),
        column("accessright", Whole(), "Access Right", access=Access.READ),
        *(
            _told(f"canbe{depth}", f"Can Be {depth.title()}", default=True)
            for depth in ("basic", "local", "deep", "global")
        ),
    ),
)

ROLE_PRIVILEGE: Final = Table(
    name="roleprivileges",
    schema_name="RolePrivileges",
    set_name="roleprivilegescollection",
    label="Role Privilege",
    plural="Role Privileges",
    type_code=12,
    name_column="depth",
    served=False,
    columns=(
        column("roleprivilegeid", Identifier(), "Unique identifier", access=Access.CREATE, required=True),
        _lookup("roleid", "Role", {"role": "roleid"}, cascade=True),
        _lookup("privilegeid", "Privilege", {"privilege": "privilegeid"}, cascade=True),
        text("depth", "Depth", 10),
    ),
)

USER_ROLE: Final = Table(
    name="systemuserroles",
    schema_name="SystemUserRoles",
    set_name="systemuserrolescollection",
    label="User Role",
    plural="User Roles",
    type_code=15,
    name_column="systemuserroleid",
    served=False,
    columns=(
        column("systemuserroleid", Identifier(), "Unique identifier", access=Access.CREATE, required=True),
        _lookup("systemuserid", "User", {"systemuser": "systemuserid"}, cascade=True),
        _lookup("roleid", "Role", {"role": "roleid"}, cascade=True),
    ),
)

PUBLISHER: Final = Table(
    name="publisher",
    schema_name="Publisher",
    set_name="publishers",
    label="Publisher",
    plural="Publishers",
    type_code=7101,
    name_column="friendlyname",
    methods=_ALL,
    columns=(
        *_organization_owned("publisherid"),
        text("uniquename", "Name", 256),
        text("friendlyname", "Display Name", 256),
        memo("description", "Description", 2000),
        text("customizationprefix", "Prefix", 8),
        column("customizationoptionvalueprefix", Whole(), "Option Value Prefix"),
        _told("isreadonly", "Is Read-Only Publisher", default=False),
    ),
)

SOLUTION: Final = Table(
    name="solution",
    schema_name="Solution",
    set_name="solutions",
    label="Solution",
    plural="Solutions",
    type_code=7100,
    name_column="friendlyname",
    methods=_ALL,
    columns=(
        *_organization_owned("solutionid"),
        text("uniquename", "Name", 65),
        text("friendlyname", "Display Name", 256),
        memo("description", "Description", 2000),
        text("version", "Version", 256),
        _lookup("publisherid", "Publisher", {"publisher": "publisherid"}),
        _MANAGED,
        _told("isvisible", "Is Visible Outside Platform", default=True),
        moment("installedon", "Installed On", Access.READ),
    ),
)

SOLUTION_COMPONENT: Final = Table(
    name="solutioncomponent",
    schema_name="SolutionComponent",
    set_name="solutioncomponents",
    label="Solution Component",
    plural="Solution Components",
    type_code=7103,
    name_column="solutioncomponentid",
    methods=_READ_ONLY,
    columns=(
        *_organization_owned("solutioncomponentid"),
        _lookup("solutionid", "Solution", {"solution": "solutionid"}, cascade=True),
        _choice(
            "componenttype",
            "Object Type Code",
            (1, "Entity"),
            (2, "Attribute"),
            (10, "Entity Relationship"),
            (14, "Entity Key"),
            (20, "Role"),
            (26, "Saved Query"),
            (60, "System Form"),
            (61, "Web Resource"),
            (92, "SDK Message Processing Step"),
            (95, "Service Endpoint"),
        ),
        column("objectid", Identifier(), "Regarding", access=Access.READ),
    ),
)

SAVED_QUERY: Final = Table(
    name="savedquery",
    schema_name="SavedQuery",
    set_name="savedqueries",
    label="View",
    plural="Views",
    type_code=1039,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("savedqueryid"),
        text("name", "Name", 200),
        memo("description", "Description", 2000),
        column("returnedtypecode", Text(64), "Table", access=Access.CREATE),
        column("querytype", Whole(), "Query Type", access=Access.CREATE, default=0),
        memo("fetchxml", "Fetch XML", _LARGEST),
        memo("layoutxml", "Layout XML", _LARGEST),
        column("isdefault", YesNo(), "Default View", default=False),
        _told("iscustom", "Is Custom", default=True),
        _MANAGED,
        _COMPONENT_STATE,
        *states(*_PLAIN_STATES),
    ),
)

SYSTEM_FORM: Final = Table(
    name="systemform",
    schema_name="SystemForm",
    set_name="systemforms",
    label="System Form",
    plural="System Forms",
    type_code=1030,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("formid"),
        text("name", "Name", 100),
        memo("description", "Description", 2000),
        column("objecttypecode", Text(64), "Table", access=Access.CREATE),
        column(
            "type",
            Choice(
                (
                    Option(2, "Main"),
                    Option(6, "Quick View Form"),
                    Option(7, "Quick Create"),
                    Option(11, "Card"),
                )
            ),
            "Form Type",
            access=Access.CREATE,
        ),
        memo("formxml", "Form XML", _LARGEST),
        column("isdefault", YesNo(), "Default Form", default=False),
        _choice("formactivationstate", "Form State", (0, "Inactive"), (1, "Active"), default=1),
        _MANAGED,
        _COMPONENT_STATE,
    ),
)

WEB_RESOURCE: Final = Table(
    name="webresource",
    schema_name="WebResource",
    set_name="webresourceset",
    label="Web Resource",
    plural="Web Resources",
    type_code=9333,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("webresourceid"),
        column("name", Text(256), "Name", access=Access.CREATE),
        text("displayname", "Display Name", 200),
        memo("description", "Description", 2000),
        column(
            "webresourcetype",
            Choice(
                (
                    Option(1, "Webpage (HTML)"),
                    Option(2, "Style Sheet (CSS)"),
                    Option(3, "Script (JScript)"),
                    Option(4, "Data (XML)"),
                    Option(5, "PNG format"),
                    Option(6, "JPG format"),
                    Option(7, "GIF format"),
                    Option(9, "Style Sheet (XSL)"),
                    Option(10, "ICO format"),
                    Option(11, "Vector format (SVG)"),
                    Option(12, "String (RESX)"),
                )
            ),
            "Type",
            access=Access.CREATE,
        ),
        memo("content", "Content", _LARGEST),
        column("languagecode", Whole(), "Language"),
        _MANAGED,
        _COMPONENT_STATE,
    ),
)

SERVICE_ENDPOINT: Final = Table(
    name="serviceendpoint",
    schema_name="ServiceEndpoint",
    set_name="serviceendpoints",
    label="Service Endpoint",
    plural="Service Endpoints",
    type_code=4618,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("serviceendpointid"),
        text("name", "Name", 256),
        memo("description", "Description", 2000),
        _choice(
            "contract",
            "Contract",
            (1, "OneWay"),
            (2, "Queue"),
            (3, "Rest"),
            (4, "TwoWay"),
            (5, "Topic"),
            (6, "Queue (Persistent)"),
            (7, "Event Hub"),
            (8, "Webhook"),
            (9, "Event Grid"),
            (10, "Managed Data Lake"),
        ),
        text("url", "Full Url", 2000),
        _choice(
            "authtype",
            "Authentication Type",
            (1, "ACS"),
            (2, "SAS Key"),
            (3, "SAS Token"),
            (4, "Webhook Key"),
            (5, "Http Header"),
            (6, "Http Query String"),
            (7, "Connection String"),
            (8, "Access Key"),
        ),
        text("authvalue", "Auth Value", 2048),
        _told("isauthvalueset", "Is Auth Value Set", default=False),
        _choice(
            "messageformat", "Message Format", (1, "Binary XML"), (2, "Json"), (3, "Text XML"), default=2
        ),
        _choice("messagecharset", "Message Charset", (0, "Default"), (1, "UTF8"), default=0),
        _MANAGED,
        _COMPONENT_STATE,
    ),
)

SDK_MESSAGE: Final = Table(
    name="sdkmessage",
    schema_name="SdkMessage",
    set_name="sdkmessages",
    label="Sdk Message",
    plural="Sdk Messages",
    type_code=4606,
    name_column="name",
    methods=_READ_ONLY,
    columns=(*_organization_owned("sdkmessageid"), text("name", "Name", 256)),
)

SDK_MESSAGE_FILTER: Final = Table(
    name="sdkmessagefilter",
    schema_name="SdkMessageFilter",
    set_name="sdkmessagefilters",
    label="Sdk Message Filter",
    plural="Sdk Message Filters",
    type_code=4607,
    name_column="sdkmessagefilterid",
    methods=_READ_ONLY,
    columns=(
        *_organization_owned("sdkmessagefilterid"),
        _lookup("sdkmessageid", "SDK Message", {"sdkmessage": "sdkmessageid"}, cascade=True),
        text("primaryobjecttypecode", "Primary Object Type Code", 64),
        text("secondaryobjecttypecode", "Secondary Object Type Code", 64),
    ),
)

STEP: Final = Table(
    name="sdkmessageprocessingstep",
    schema_name="SdkMessageProcessingStep",
    set_name="sdkmessageprocessingsteps",
    label="Sdk Message Processing Step",
    plural="Sdk Message Processing Steps",
    type_code=4608,
    name_column="name",
    methods=_ALL,
    columns=(
        *_organization_owned("sdkmessageprocessingstepid"),
        text("name", "Name", 256),
        memo("description", "Description", 2000),
        _choice(
            "stage",
            "Execution Stage",
            (10, "Pre-validation"),
            (20, "Pre-operation"),
            (40, "Post-operation"),
        ),
        _choice("mode", "Execution Mode", (0, "Synchronous"), (1, "Asynchronous")),
        column("rank", Whole(0), "Execution Order"),
        _choice("supporteddeployment", "Deployment", (0, "Server Only"), (1, "Client Only"), (2, "Both")),
        column("asyncautodelete", YesNo(), "Asynchronous Automatic Delete", default=False),
        memo("filteringattributes", "Filtering Attributes", 100_000),
        memo("configuration", "Configuration", _LARGEST),
        _lookup("eventhandler", "Event Handler", {"serviceendpoint": "eventhandler_serviceendpoint"}),
        _lookup("sdkmessageid", "SDK Message", {"sdkmessage": "sdkmessageid"}),
        _lookup("sdkmessagefilterid", "SdkMessage Filter", {"sdkmessagefilter": "sdkmessagefilterid"}),
        _lookup("impersonatinguserid", "Impersonating User", {"systemuser": "impersonatinguserid"}),
        _MANAGED,
        _COMPONENT_STATE,
        *states(
            Option(0, "Enabled"), Option(1, "Disabled"), Option(1, "Enabled", 0), Option(2, "Disabled", 1)
        ),
    ),
)

POST_CONFIGURATION: Final = Table(
    name="msdyn_postconfig",
    schema_name="msdyn_PostConfig",
    set_name="msdyn_postconfigs",
    label="Post Configuration",
    plural="Post Configurations",
    type_code=10100,
    name_column="msdyn_entitydisplayname",
    methods=_ALL,
    columns=(
        *_organization_owned("msdyn_postconfigid"),
        column("msdyn_entityname", Text(100), "Entity Name", schema_name="msdyn_EntityName"),
        column(
            "msdyn_entitydisplayname", Text(128), "Entity Display Name", schema_name="msdyn_EntityDisplayName"
        ),
        column(
            "msdyn_configurewall", YesNo(), "Wall Enabled", schema_name="msdyn_ConfigureWall", default=True
        ),
        column("msdyn_otc", Whole(), "Object Type Code", schema_name="msdyn_Otc"),
        *states(*_PLAIN_STATES),
    ),
)

UNPUBLISHED: Final = Table(
    name="unpublishedcomponent",
    schema_name="UnpublishedComponent",
    set_name="unpublishedcomponents",
    label="Unpublished change",
    plural="Unpublished changes",
    type_code=-1,
    name_column="changes",
    served=False,
    columns=(
        column("componentid", Identifier(), "Component", access=Access.CREATE, required=True),
        text("componenttable", "Table", 64),
        memo("changes", "Changed columns as JSON", _LARGEST),
    ),
)
"""What people have changed and not yet published; one row for each component, with its id."""

LOCALIZED_LABEL: Final = Table(
    name="localizedlabel",
    schema_name="LocalizedLabel",
    set_name="localizedlabels",
    label="Localized Label",
    plural="Localized Labels",
    type_code=4619,
    name_column="label",
    served=False,
    columns=(
        column("localizedlabelid", Identifier(), "Unique identifier", access=Access.CREATE, required=True),
        column("objectid", Identifier(), "Component", access=Access.CREATE),
        text("objectcolumnname", "Column", 64),
        column("languageid", Whole(), "Language"),
        memo("label", "Label", 4000),
    ),
)

SECRET: Final = Table(
    name="endpointsecret",
    schema_name="EndpointSecret",
    set_name="endpointsecrets",
    label="Secret",
    plural="Secrets",
    type_code=-2,
    name_column="endpointsecretid",
    served=False,
    columns=(
        column("endpointsecretid", Identifier(), "Endpoint", access=Access.CREATE, required=True),
        text("value", "Value", 2048),
    ),
)
"""What is written to `authvalue`: one row for each endpoint, with its id; nothing reads it back."""


def platform_tables(*, posts: bool = True) -> tuple[Table, ...]:
    """The platform's own tables; `posts` False is an environment without activity feeds."""
    feeds = (POST_CONFIGURATION,) if posts else ()
    return (
        ORGANIZATION,
        BUSINESS_UNIT,
        SYSTEM_USER,
        ROLE,
        PRIVILEGE,
        ROLE_PRIVILEGE,
        USER_ROLE,
        PUBLISHER,
        SOLUTION,
        SOLUTION_COMPONENT,
        SAVED_QUERY,
        SYSTEM_FORM,
        WEB_RESOURCE,
        SERVICE_ENDPOINT,
        SDK_MESSAGE,
        SDK_MESSAGE_FILTER,
        STEP,
        *feeds,
        UNPUBLISHED,
        LOCALIZED_LABEL,
        SECRET,
    )


PLATFORM: Final = frozenset(table.name for table in platform_tables())
"""Names of the platform's own tables."""
