"""Which tables does the sandbox have, with which columns?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sandbox.dataverse.columns import (
    Access,
    Choice,
    Lookup,
    Option,
    Relationship,
    Text,
    Whole,
    YesNo,
)
from sandbox.dataverse.metadata.tables import pointed_at
from sandbox.dataverse.table import (
    Key,
    Schema,
    Table,
    column,
    memo,
    moment,
    platform_columns,
    states,
    text,
)

_ACTIVE = Option(0, "Active")
_INACTIVE = Option(1, "Inactive")
_PLAIN_STATES = (_ACTIVE, _INACTIVE, Option(1, "Active", 0), Option(2, "Inactive", 1))
_ADDRESS = (
    text("address1_line1", "Street", 250),
    text("address1_city", "City", 80),
    text("address1_postalcode", "Postal Code", 20),
    text("address1_country", "Country", 80),
)
_CONSENT = tuple(
    column(name, YesNo("Allow", "Do Not Allow"), label, default=False)
    for name, label in (
        ("donotemail", "Do not allow Emails"),
        ("donotbulkemail", "Do not allow Bulk Emails"),
        ("donotphone", "Do not allow Phone Calls"),
        ("donotpostalmail", "Do not allow Mails"),
    )
)
_PERSON = (
    text("firstname", "First Name", 50),
    text("lastname", "Last Name", 50),
    column(
        "fullname",
        Text(160, joined_from=("firstname", "lastname")),
        "Full Name",
        access=Access.READ,
    ),
    text("jobtitle", "Job Title", 100),
    text("mobilephone", "Mobile Phone", 50),
)
_REACH = (
    text("emailaddress1", "Email", 100),
    text("emailaddress2", "Email Address 2", 100),
    text("telephone1", "Phone", 50),
    text("websiteurl", "Website", 200),
    memo("description", "Description", 2000),
)


def _of_our_publisher(table: Table) -> Table:
    """The same with its own columns marked as a customer's, and named as the platform would have."""
    columns = []
    for one in table.columns:
        custom = one.name.startswith("spotler_")
        name = f"{table.schema_name}Id" if one.name == table.id_column else one.schema_name
        columns.append(replace(one, custom=custom, schema_name=name))
    return replace(table, columns=tuple(columns))


def _related(**names: str) -> Mapping[str, Relationship]:
    """Relationships of ours by the table that they point at, with their schema names."""
    return {target: Relationship(name, custom=True) for target, name in names.items()}


ACCOUNT = Table(
    name="account",
    schema_name="Account",
    set_name="accounts",
    label="Account",
    plural="Accounts",
    type_code=1,
    name_column="name",
    has_notes=True,
    columns=(
        *platform_columns("accountid"),
        text("name", "Account Name", 160),
        text("accountnumber", "Account Number", 20),
        column(
            "primarycontactid",
            Lookup({"contact": "primarycontactid"}),
            "Primary Contact",
            schema_name="PrimaryContactId",
        ),
        *_REACH,
        *_ADDRESS,
        *_CONSENT,
        *states(*_PLAIN_STATES),
    ),
)

CONTACT = Table(
    name="contact",
    schema_name="Contact",
    set_name="contacts",
    label="Contact",
    plural="Contacts",
    type_code=2,
    name_column="fullname",
    has_notes=True,
    columns=(
        *platform_columns("contactid"),
        *_PERSON,
        text("externaluseridentifier", "External User Identifier", 50),
        text("employeeid", "Employee", 50),
        column(
            "parentcustomerid",
            Lookup(
                {"account": "parentcustomerid_account", "contact": "parentcustomerid_contact"}, "Customer"
            ),
            "Company Name",
            schema_name="ParentCustomerId",
        ),
        *_REACH,
        *_ADDRESS,
        *_CONSENT,
        *states(*_PLAIN_STATES),
    ),
)

LEAD = Table(
    name="lead",
    schema_name="Lead",
    set_name="leads",
    label="Lead",
    plural="Leads",
    type_code=4,
    name_column="fullname",
    has_notes=True,
    columns=(
        *platform_columns("leadid"),
        *_PERSON,
        text("subject", "Topic", 300),
        text("companyname", "Company Name", 100),
        column(
            "parentaccountid",
            Lookup({"account": "parentaccountid"}),
            "Parent Account for lead",
            schema_name="ParentAccountId",
        ),
        column(
            "parentcontactid",
            Lookup({"contact": "parentcontactid"}),
            "Parent Contact for lead",
            schema_name="ParentContactId",
        ),
        *_REACH,
        *_ADDRESS,
        *_CONSENT,
        *states(
            Option(0, "Open"),
            Option(1, "Qualified"),
            Option(2, "Disqualified"),
            Option(1, "New", 0),
            Option(2, "Contacted", 0),
            Option(3, "Qualified", 1),
            Option(4, "Lost", 2),
            Option(5, "Cannot Contact", 2),
            Option(6, "No Longer Interested", 2),
            Option(7, "Canceled", 2),
        ),
    ),
)

AUTOMATION = _of_our_publisher(
    Table(
        name="spotler_automation",
        schema_name="spotler_Automation",
        set_name="spotler_automations",
        label="Spotler Automation",
        plural="Spotler Automations",
        type_code=10801,
        name_column="spotler_name",
        custom=True,
        has_notes=True,
        columns=(
            *platform_columns("spotler_automationid"),
            text("spotler_name", "Name", 200),
            column(
                "spotler_kind",
                Choice((Option(724000000, "Automation"), Option(724000001, "Campaign"))),
                "Kind",
            ),
            text("spotler_code", "Code", 200),
            text("spotler_externalid", "External ID", 200),
            text("spotler_key", "Key", 100),
            memo("spotler_fieldtemplate", "Field Template", 100_000),
            column("spotler_hold", YesNo(), "Hold Starts", default=False),
            column("spotler_startsperhour", Whole(1, 5000), "Starts per Hour"),
            column("spotler_duplicateminutes", Whole(1, 44_640), "Duplicate Window (Minutes)"),
            *states(_ACTIVE, _INACTIVE, Option(1, "Published", 0), Option(2, "No longer published", 1)),
        ),
        keys=(Key("spotler_automationkey", "spotler_AutomationKey", "Automation Key", ("spotler_key",)),),
    )
)

JOB = _of_our_publisher(
    Table(
        name="spotler_job",
        schema_name="spotler_Job",
        set_name="spotler_jobs",
        label="Spotler Job",
        plural="Spotler Jobs",
        type_code=10802,
        name_column="spotler_name",
        custom=True,
        columns=(
            *platform_columns("spotler_jobid"),
            text("spotler_name", "Name", 200),
            column(
                "spotler_operation",
                Choice(
                    (
                        Option(724000000, "Start Automation"),
                        Option(724000001, "Stop Automation"),
                        Option(724000002, "Refresh Automations"),
                        Option(724000003, "Validate Automation"),
                    )
                ),
                "Operation",
            ),
            column(
                "spotler_customerid",
                Lookup(
                    {"account": "spotler_CustomerId_account", "contact": "spotler_CustomerId_contact"},
                    "Customer",
                    relationships=_related(
                        account="spotler_job_CustomerId_account", contact="spotler_job_CustomerId_contact"
                    ),
                ),
                "Customer",
                schema_name="spotler_CustomerId",
            ),
            column(
                "spotler_leadid",
                Lookup({"lead": "spotler_LeadId"}, relationships=_related(lead="spotler_job_LeadId_lead")),
                "Lead",
                schema_name="spotler_LeadId",
            ),
            column(
                "spotler_automationid",
                Lookup(
                    {"spotler_automation": "spotler_AutomationId"},
                    relationships=_related(spotler_automation="spotler_job_AutomationId_automation"),
                ),
                "Automation",
                schema_name="spotler_AutomationId",
            ),
            memo("spotler_automationfields", "Automation Fields", 1_048_576),
            text("spotler_automationcontactid", "AutomationContactId", 4000),
            text("spotler_resultcode", "Result Code", 100),
            memo("spotler_resultmessage", "Result Message", 4000),
            column("spotler_attempts", Whole(0), "Attempts"),
            moment("spotler_claimedon", "Claimed On"),
            text("spotler_claimtoken", "Claim Token", 100),
            moment("spotler_queuedon", "Queued On"),
            moment("spotler_retryon", "Retry On"),
            moment("spotler_completedon", "Completed On"),
            column("spotler_sequence", Text(100, number_format="{SEQNUM:10}"), "Sequence"),
            column("spotler_force", YesNo(), "Start Anyway", default=False),
            moment("spotler_heldon", "Held Since"),
            *states(
                _ACTIVE,
                _INACTIVE,
                Option(1, "Queued", 0),
                Option(724000000, "In progress", 0),
                Option(724000001, "Waiting", 0),
                Option(2, "Cancelled", 1),
                Option(724000002, "Succeeded", 1),
                Option(724000003, "Partly succeeded", 1),
                Option(724000004, "Failed", 1),
                Option(724000005, "Outcome unknown", 1),
            ),
        ),
    )
)

_TIMELINE = ("account", "contact", "lead")

POST = Table(
    name="post",
    schema_name="Post",
    set_name="posts",
    label="Post",
    plural="Posts",
    type_code=8000,
    name_column="text",
    methods=frozenset({"POST", "DELETE"}),
    columns=(
        *platform_columns("postid"),
        text("text", "Text", 2000),
        memo("largetext", "Large Text", 1_048_576),
        column(
            "source",
            Choice((Option(1, "Auto Post"), Option(2, "Manual Post"), Option(3, "ActionHub Post"))),
            "Source",
            default=1,
        ),
        column(
            "type",
            Choice(
                (
                    Option(1, "Check-in"),
                    Option(2, "Idea"),
                    Option(3, "News"),
                    Option(4, "Private Message"),
                    Option(5, "Question"),
                    Option(6, "Re-post"),
                    Option(7, "Status"),
                )
            ),
            "Type",
            default=7,
        ),
        column(
            "regardingobjectid",
            Lookup({table: f"regardingobjectid_{table}" for table in _TIMELINE}, cascade_delete=True),
            "Regarding",
            schema_name="RegardingObjectId",
            required=True,
        ),
    ),
)

ANNOTATION = Table(
    name="annotation",
    schema_name="Annotation",
    set_name="annotations",
    label="Note",
    plural="Notes",
    type_code=5,
    name_column="subject",
    columns=(
        *platform_columns("annotationid"),
        text("subject", "Title", 500),
        memo("notetext", "Description", 100_000),
        column("isdocument", YesNo(), "Is Document", default=False),
        column(
            "objectid",
            Lookup({table: f"objectid_{table}" for table in _TIMELINE}, cascade_delete=True),
            "Regarding",
            schema_name="ObjectId",
        ),
    ),
)

ASYNC_OPERATION = Table(
    name="asyncoperation",
    schema_name="AsyncOperation",
    set_name="asyncoperations",
    label="System Job",
    plural="System Jobs",
    type_code=4700,
    name_column="name",
    methods=frozenset(),
    columns=(
        *platform_columns("asyncoperationid"),
        text("name", "System Job Name", 256),
        column("operationtype", Choice((Option(1, "System Event"),)), "System Job Type", access=Access.READ),
        text("messagename", "Message Name", 160),
        memo("message", "Message", 1_048_576),
        memo("friendlymessage", "Friendly message", 1_048_576),
        column("errorcode", Whole(), "Error Code"),
        column("retrycount", Whole(0), "Retry Count"),
        moment("startedon", "Started On"),
        moment("completedon", "Completed On"),
        text("correlationid", "Correlation Id", 36),
        column(
            "regardingobjectid",
            Lookup({table: f"regardingobjectid_{table}" for table in _TIMELINE}),
            "Regarding",
            schema_name="RegardingObjectId",
        ),
        column(
            "owningextensionid",
            Lookup({"sdkmessageprocessingstep": "owningextensionid"}),
            "Owning Extension",
            schema_name="OwningExtensionId",
        ),
        *states(
            Option(0, "Ready"),
            Option(1, "Suspended"),
            Option(2, "Locked"),
            Option(3, "Completed"),
            Option(0, "Waiting For Resources", 0),
            Option(10, "Waiting", 1),
            Option(20, "In Progress", 2),
            Option(30, "Succeeded", 3),
            Option(31, "Failed", 3),
            Option(32, "Canceled", 3),
        ),
    ),
)


NOT_IMITATED_SETS = frozenset(
    {
        "activitypointers",
        "appointments",
        "campaigns",
        "connections",
        "customapis",
        "emails",
        "environmentvariabledefinitions",
        "environmentvariablevalues",
        "incidents",
        "importjobs",
        "lists",
        "msdyn_postruleconfigs",
        "opportunities",
        "phonecalls",
        "plugintypes",
        "pluginassemblies",
        "postcomments",
        "postfollows",
        "queues",
        "sdkmessageprocessingstepimages",
        "tasks",
        "teams",
        "transactioncurrencies",
        "usersettingscollection",
        "workflows",
    }
)
"""Sets that a real environment has and the sandbox answers with 501 instead of 404."""


def schema(*, posts: bool = True, installed: bool = False, platform: Iterable[Table] = ()) -> Schema:
    """The tables of the sandbox.

    Args:
        posts: False is an environment without activity feeds.
        installed: with the tables that the product makes, as the sandbox pictures them.
        platform: the platform's own tables.
    """
    found = Schema(
        (ACCOUNT, CONTACT, LEAD, *((POST,) if posts else ()), ANNOTATION, ASYNC_OPERATION, *platform)
    )
    for table in (AUTOMATION, JOB) if installed else ():
        for one in (table, *pointed_at(found, table)):
            found = found.with_table(one)
    return found
