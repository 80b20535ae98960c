"""Does each body hold exactly the members that the service documents, with the description's values?"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from typing import Any
from uuid import UUID
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.description.automation import AUTOMATION
from dataverse.description.installed import (
    FEEDS,
    PUBLISHER,
    ROLES,
    SCRIPT,
    SOLUTION,
    TABLES,
    WEBHOOK,
)
from dataverse.description.job import JOB
from dataverse.description.parts import (
    Choice,
    Column,
    Customer,
    Lookup,
    Memo,
    Moment,
    Table,
    Text,
    Whole,
    Words,
    YesNo,
)
from dataverse.provisioning import bodies
from dataverse.provisioning.languages import Languages
from dataverse.tables import Automation, AutomationStatus, Job, Operation, Status

BOTH = Languages(1033, frozenset({1033, 1043}))
UNIT = UUID("00000000-0000-4000-8000-000000000001")
KEY = "not-for-anybody's-eyes"


def named(table: Table, name: str) -> Column:
    """The column with this logical name."""
    return next(one for one in table.all_columns if one.name == name)


def label(en: str, nl: str) -> dict[str, Any]:
    """What the service expects of a label in both languages."""
    return {
        "@odata.type": "Microsoft.Dynamics.CRM.Label",
        "LocalizedLabels": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel",
                "Label": en,
                "LanguageCode": 1033,
            },
            {
                "@odata.type": "Microsoft.Dynamics.CRM.LocalizedLabel",
                "Label": nl,
                "LanguageCode": 1043,
            },
        ],
    }


def of(words: Words) -> dict[str, Any]:
    """The same for words of the description."""
    return label(words.en, words.nl)


def test_publisher_and_solution() -> None:
    """The ids are ours, so that neither can come into being twice."""
    assert bodies.publisher(PUBLISHER) == {
        "publisherid": str(PUBLISHER.id),
        "uniquename": "spotlerjobs",
        "friendlyname": "Spotler Jobs",
        "customizationprefix": "spotler",
        "customizationoptionvalueprefix": 72400,
    }
    assert bodies.solution(SOLUTION) == {
        "solutionid": str(SOLUTION.id),
        "uniquename": "SpotlerJobs",
        "friendlyname": "Spotler Jobs for Dataverse",
        "version": SOLUTION.version,
        "publisherid@odata.bind": f"/publishers({PUBLISHER.id})",
    }
    elsewhere = bodies.solution(SOLUTION, str(UNIT))
    assert elsewhere["publisherid@odata.bind"] == f"/publishers({UNIT})"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_comes_with_its_primary_column_alone(table: Table) -> None:
    """What Microsoft requires of a table definition, and its one column."""
    assert bodies.table(table, BOTH) == {
        "@odata.type": "Microsoft.Dynamics.CRM.EntityMetadata",
        "SchemaName": table.schema_name,
        "DisplayName": of(table.words),
        "DisplayCollectionName": of(table.plural),
        "Description": of(table.meaning),
        "OwnershipType": "UserOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": table is AUTOMATION,
        "Attributes": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
                "IsPrimaryName": True,
                "SchemaName": "spotler_name",
                "MaxLength": 200,
                "FormatName": {"Value": "Text"},
                "RequiredLevel": {"Value": "None"},
                "DisplayName": label("Name", "Naam"),
                "Description": of(table.primary.meaning),
            }
        ],
    }


@pytest.mark.parametrize(
    ("table", "name", "own"),
    [
        (
            JOB,
            Job.RESULT_CODE,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
                "MaxLength": 100,
                "FormatName": {"Value": "Text"},
            },
        ),
        (
            JOB,
            Job.SEQUENCE,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.StringAttributeMetadata",
                "MaxLength": 100,
                "FormatName": {"Value": "Text"},
                "AutoNumberFormat": "{SEQNUM:10}",
            },
        ),
        (
            JOB,
            Job.RESULT_MESSAGE,
            {"@odata.type": "Microsoft.Dynamics.CRM.MemoAttributeMetadata", "MaxLength": 4000},
        ),
        (
            JOB,
            Job.ATTEMPTS,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.IntegerAttributeMetadata",
                "MinValue": 0,
                "MaxValue": 2_147_483_647,
            },
        ),
        (
            AUTOMATION,
            Automation.HOLD,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.BooleanAttributeMetadata",
                "DefaultValue": False,
                "OptionSet": {
                    "@odata.type": "Microsoft.Dynamics.CRM.BooleanOptionSetMetadata",
                    "TrueOption": {"Value": 1, "Label": label("Yes", "Ja")},
                    "FalseOption": {"Value": 0, "Label": label("No", "Nee")},
                },
            },
        ),
        (
            JOB,
            Job.RETRY_ON,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.DateTimeAttributeMetadata",
                "Format": "DateAndTime",
                "DateTimeBehavior": {"Value": "UserLocal"},
            },
        ),
        (
            JOB,
            Job.OPERATION,
            {
                "@odata.type": "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
                "DefaultFormValue": -1,
                "OptionSet": {
                    "@odata.type": "Microsoft.Dynamics.CRM.OptionSetMetadata",
                    "IsGlobal": False,
                    "OptionSetType": "Picklist",
                    "Options": [
                        {"Value": 724000000, "Label": label("Start Automation", "Automation starten")},
                        {"Value": 724000001, "Label": label("Stop Automation", "Automation stoppen")},
                        {
                            "Value": 724000002,
                            "Label": label("Refresh Automations", "Automations verversen"),
                        },
                        {
                            "Value": 724000003,
                            "Label": label("Validate Automation", "Automation controleren"),
                        },
                    ],
                },
            },
        ),
    ],
)
def test_columns_by_kind(table: Table, name: str, own: dict[str, Any]) -> None:
    """What every column has, and what its kind adds."""
    column = named(table, name)
    assert bodies.column(column, BOTH) == own | {
        "SchemaName": column.schema_name,
        "DisplayName": of(column.words),
        "Description": of(column.meaning),
        "RequiredLevel": {"Value": "None"},
    }


def test_the_table_above_shows_every_kind() -> None:
    """A kind that a column has and no test shows would go out unseen."""
    shown = {Text, Memo, Whole, YesNo, Moment, Choice, Lookup, Customer}
    assert {type(column.kind) for table in TABLES for column in table.all_columns} <= shown


def test_a_lookup_leaves_the_job_alone_when_its_target_goes() -> None:
    """Deleting a lead empties the column; nothing else is passed on to the job."""
    assert bodies.lookup(JOB, named(JOB, Job.LEAD_COLUMN), BOTH) == {
        "@odata.type": "Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata",
        "SchemaName": "spotler_job_LeadId_lead",
        "ReferencedEntity": "lead",
        "ReferencedAttribute": "leadid",
        "ReferencingEntity": "spotler_job",
        "CascadeConfiguration": {
            "Assign": "NoCascade",
            "Delete": "RemoveLink",
            "Merge": "NoCascade",
            "Reparent": "NoCascade",
            "Share": "NoCascade",
            "Unshare": "NoCascade",
        },
        "Lookup": {
            "@odata.type": "Microsoft.Dynamics.CRM.LookupAttributeMetadata",
            "SchemaName": Job.LEAD_LEAD,
            "DisplayName": of(named(JOB, Job.LEAD_COLUMN).words),
            "Description": of(named(JOB, Job.LEAD_COLUMN).meaning),
            "RequiredLevel": {"Value": "None"},
        },
    }


def test_the_lookup_on_the_catalogue_points_at_its_primary_key() -> None:
    """The referenced column is the primary key of the other table, whatever the lookup is called."""
    body = bodies.lookup(JOB, named(JOB, Job.AUTOMATION_COLUMN), BOTH)
    assert (body["ReferencedEntity"], body["ReferencedAttribute"]) == (Automation.TABLE, Automation.ID)
    assert body["Lookup"]["SchemaName"] == Job.AUTOMATION_AUTOMATION


def test_a_customer_column_has_two_relationships() -> None:
    """The action's complex types, which are not the metadata types of the collections."""
    column = named(JOB, Job.CUSTOMER_COLUMN)
    assert bodies.customer(JOB, column, BOTH) == {
        "Lookup": {
            "@odata.type": "Microsoft.Dynamics.CRM.ComplexLookupAttributeMetadata",
            "AttributeType": "Lookup",
            "AttributeTypeName": {"Value": "LookupType"},
            "SchemaName": Job.CUSTOMER_SCHEMA,
            "DisplayName": of(column.words),
            "Description": of(column.meaning),
            "RequiredLevel": {"Value": "None"},
        },
        "OneToManyRelationships": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.ComplexOneToManyRelationshipMetadata",
                "SchemaName": f"spotler_job_CustomerId_{target}",
                "ReferencedEntity": target,
                "ReferencingEntity": "spotler_job",
            }
            for target in ("account", "contact")
        ],
        "SolutionUniqueName": "SpotlerJobs",
    }


def test_a_kind_in_the_wrong_place_is_refused() -> None:
    """A lookup is no column of its own, and only a lookup or a customer column makes relationships."""
    with pytest.raises(TypeError, match="spotler_leadid is made with its relationship"):
        bodies.column(named(JOB, Job.LEAD_COLUMN), BOTH)
    with pytest.raises(TypeError, match="spotler_customerid is made with its relationship"):
        bodies.column(named(JOB, Job.CUSTOMER_COLUMN), BOTH)
    with pytest.raises(TypeError, match="spotler_name is no lookup"):
        bodies.lookup(JOB, JOB.primary, BOTH)
    with pytest.raises(TypeError, match="spotler_leadid is no customer column"):
        bodies.customer(JOB, named(JOB, Job.LEAD_COLUMN), BOTH)
    operation = named(JOB, Job.OPERATION).kind
    assert isinstance(operation, Choice)
    with pytest.raises(TypeError, match="724000000 is no status reason"):
        bodies.status_insert(JOB, operation.options[0], BOTH)


def test_every_column_can_be_made_by_one_of_the_three() -> None:
    """Nothing in the description is of a kind that nothing makes, and all of it is JSON."""
    for table in TABLES:
        for column in table.columns:
            match column.kind:
                case Lookup():
                    body = bodies.lookup(table, column, BOTH)
                case Customer():
                    body = bodies.customer(table, column, BOTH)
                case _:
                    body = bodies.column(column, BOTH)
            assert json.loads(json.dumps(body)) == body


def test_the_alternate_key_of_the_catalogue() -> None:
    """By which the catalogue is written without doubles."""
    [key] = AUTOMATION.keys
    assert bodies.key(key, BOTH) == {
        "SchemaName": "spotler_AutomationKey",
        "DisplayName": of(key.words),
        "KeyAttributes": ["spotler_key"],
    }


def test_status_reasons() -> None:
    """The platform's own get other words; ours are added to a state."""
    by_value = {option.value: option for option in JOB.statuses}
    place = {
        "EntityLogicalName": "spotler_job",
        "AttributeLogicalName": "statuscode",
        "SolutionUniqueName": "SpotlerJobs",
    }
    assert bodies.status_update(JOB, by_value[Status.QUEUED], BOTH) == place | {
        "Value": 1,
        "Label": label("Queued", "In de wachtrij"),
        "MergeLabels": True,
    }
    assert bodies.status_insert(JOB, by_value[Status.WAITING], BOTH) == place | {
        "Value": 724000001,
        "Label": label("Waiting", "Wacht"),
        "StateCode": 0,
    }
    assert bodies.status_insert(JOB, by_value[Status.FAILED], BOTH)["StateCode"] == 1
    withdrawn = bodies.status_update(AUTOMATION, AUTOMATION.statuses[1], BOTH)
    assert withdrawn["Value"] == AutomationStatus.WITHDRAWN


def test_options_of_a_choice() -> None:
    """One that is missing is added, one that reads otherwise gets our words."""
    column = named(JOB, Job.OPERATION)
    assert isinstance(column.kind, Choice)
    stop = column.kind.options[1]
    body = {
        "EntityLogicalName": "spotler_job",
        "AttributeLogicalName": "spotler_operation",
        "Value": int(Operation.STOP_AUTOMATION),
        "Label": label("Stop Automation", "Automation stoppen"),
        "SolutionUniqueName": "SpotlerJobs",
    }
    assert bodies.option_insert(JOB, column, stop, BOTH) == body
    assert bodies.option_update(JOB, column, stop, BOTH) == body | {"MergeLabels": True}


def test_values_are_numbers_in_json() -> None:
    """An enumeration's own text would be its name."""
    for table in TABLES:
        for option in table.statuses:
            assert f'"Value": {int(option.value)},' in json.dumps(bodies.status_insert(table, option, BOTH))


def test_the_web_resource_holds_the_file_as_it_is() -> None:
    """Base64 of the bytes, also where the file is not ASCII."""
    content = "// één\n".encode()
    body = bodies.web_resource(SCRIPT, content, BOTH)
    assert b64decode(body["content"], validate=True) == content
    assert bodies.web_resource_content(content) == {"content": body.pop("content")}
    assert body == {
        "webresourceid": str(SCRIPT.id),
        "name": "spotler_/job_form.js",
        "displayname": SCRIPT.words.en,
        "webresourcetype": 3,
    }


def test_a_view_has_its_id_and_the_name_in_the_base_language() -> None:
    """Views have one name column; other languages are set by an action."""
    view = JOB.views[0]
    body = bodies.view(JOB, view, Languages(1043, frozenset({1033, 1043})), 10_042)
    assert 'object="10042"' in body.pop("layoutxml")
    assert '<entity name="spotler_job">' in body.pop("fetchxml")
    assert body == {
        "savedqueryid": str(view.id),
        "name": "Mijn openstaande jobs",
        "description": "Spotler Jobs for Dataverse",
        "returnedtypecode": "spotler_job",
        "querytype": 0,
    }


def test_a_form_is_changed_in_name_and_xml_only() -> None:
    """The row is the platform's own main form of the table."""
    body = bodies.form(JOB, BOTH)
    assert body.pop("formxml").startswith("<form><tabs>")
    assert body == {"name": "Spotler Job"}


@pytest.mark.parametrize(
    ("component", "primary_key"), [("savedquery", "savedqueryid"), ("systemform", "formid")]
)
def test_names_in_other_languages(component: Any, primary_key: str) -> None:
    """The row is named by its type and primary key, the languages are all of ours that are there."""
    assert bodies.set_labels(component, UNIT, Words("Jobs", "Taken"), BOTH) == {
        "EntityMoniker": {
            "@odata.type": f"Microsoft.Dynamics.CRM.{component}",
            primary_key: str(UNIT),
        },
        "AttributeName": "name",
        "Labels": label("Jobs", "Taken")["LocalizedLabels"],
    }


def test_roles_and_their_privileges() -> None:
    """In the root business unit, over all rows."""
    one = ROLES[0]
    assert bodies.role(one, UNIT) == {
        "roleid": str(one.id),
        "name": "Spotler Jobs Application",
        "businessunitid@odata.bind": f"/businessunits({UNIT})",
    }
    ids: list[UUID | str] = [UUID(int=1), "00000000-0000-0000-0000-000000000002"]
    assert bodies.privileges(ids, UNIT) == {
        "Privileges": [
            {
                "@odata.type": "Microsoft.Dynamics.CRM.RolePrivilege",
                "PrivilegeId": str(one),
                "Depth": "Global",
                "BusinessUnitId": str(UNIT),
            }
            for one in ids
        ]
    }


def test_a_feed_knows_the_type_code_of_its_table() -> None:
    """Without it the wall is not shown."""
    one = FEEDS[1]
    assert bodies.feed(one, "Contact", 2) == {
        "msdyn_postconfigid": str(one.id),
        "msdyn_entityname": "contact",
        "msdyn_entitydisplayname": "Contact",
        "msdyn_configurewall": True,
        "msdyn_otc": 2,
    }


def test_only_what_is_named_is_published() -> None:
    """Publishing all would also publish what others have not finished."""
    xml = bodies.publish([Automation.TABLE, Job.TABLE], [SCRIPT.id])
    assert xml == {
        "ParameterXml": "<importexportxml><entities><entity>spotler_automation</entity>"
        "<entity>spotler_job</entity></entities><webresources><webresource>"
        f"{{{SCRIPT.id}}}</webresource></webresources></importexportxml>"
    }


def test_the_endpoint_never_shows_its_key() -> None:
    """The key goes over the wire and into no text about it."""
    body = bodies.endpoint(WEBHOOK, "https://app.example.org/api/spotler-jobs", KEY)
    assert json.loads(json.dumps(body)) == {
        "serviceendpointid": str(WEBHOOK.endpoint_id),
        "name": "Spotler Jobs intake",
        "contract": 8,
        "url": "https://app.example.org/api/spotler-jobs",
        "authtype": 4,
        "authvalue": KEY,
        "messageformat": 2,
    }
    rotated = bodies.endpoint_key(KEY)
    assert dict(rotated) == {"authvalue": KEY}
    for shown in (repr(body), str(body), f"{body}", f"{[body]}", f"{rotated!r} {rotated}"):
        assert KEY not in shown
        assert "authvalue" in shown


def test_the_step_is_asynchronous_and_ours() -> None:
    """After the row has been saved; its id keeps a second one from coming into being."""
    message, its_filter = UUID(int=3), UUID(int=4)
    assert bodies.step(WEBHOOK, message, its_filter) == {
        "sdkmessageprocessingstepid": str(WEBHOOK.step_id),
        "name": "Spotler Jobs intake: Create of spotler_job",
        "stage": 40,
        "mode": 1,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({WEBHOOK.endpoint_id})",
        "sdkmessageid@odata.bind": f"/sdkmessages({message})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({its_filter})",
    }


def test_a_body_can_be_changed_without_changing_the_next_one() -> None:
    """Whoever adds a member to a body does not add it to those of others."""
    bodies.column(JOB.primary, BOTH)["RequiredLevel"]["Value"] = "ApplicationRequired"
    assert bodies.column(JOB.primary, BOTH)["RequiredLevel"] == {"Value": "None"}


@given(st.text(st.characters(codec="utf-8"), min_size=1), st.text(st.characters(codec="utf-8"), min_size=1))
def test_any_words_survive_json(en: str, nl: str) -> None:
    """Quotes, line breaks and signs beyond the basic plane."""
    body = bodies.table(replace(JOB, words=Words(en, nl)), BOTH)
    labels = json.loads(json.dumps(body))["DisplayName"]["LocalizedLabels"]
    assert [one["Label"] for one in labels] == [en, nl]


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S"]), min_size=1))
def test_any_name_survives_the_xml_of_a_publish(name: str) -> None:
    """Markup in a name is text."""
    root = ET.fromstring(bodies.publish([name], [])["ParameterXml"])  # noqa: S314 - made by the test
    assert [one.text for one in root.iter("entity")] == [name]
