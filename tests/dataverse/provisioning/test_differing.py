"""What becomes of an environment that is not, or no longer, as described?"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from dataverse.description.installed import FEEDS, ROLES, SCRIPT, TABLES, WEBHOOK
from dataverse.description.roles import APPLICATION
from dataverse.provisioning.wanted import Wanted
from tests.dataverse.provisioning.site import HOOK, Site

CRM = "Microsoft.Dynamics.CRM"
JOB = "EntityDefinitions(LogicalName='spotler_job')"
VIEW = TABLES[1].views[0]


def label(text: str) -> dict[str, Any]:
    """A label in the base language."""
    return {
        "@odata.type": f"{CRM}.Label",
        "LocalizedLabels": [{"@odata.type": f"{CRM}.LocalizedLabel", "Label": text, "LanguageCode": 1033}],
    }


async def change_definition(site: Site, path: str, **changed: Any) -> None:
    """What a customizer does in the designer."""
    there = (await site.send("GET", path)).json()
    there.pop("@odata.context", None)
    await site.send("PUT", path, there | changed, MSCRM_MergeLabels="true")


async def reworded_table(site: Site) -> None:
    """The table is called otherwise."""
    await change_definition(site, JOB, DisplayName=label("Mailing job"))


async def reworded_column(site: Site) -> None:
    """A column is called otherwise."""
    path = f"{JOB}/Attributes(LogicalName='spotler_resultcode')"
    await change_definition(site, path, DisplayName=label("Outcome"))


async def reworded_lookup(site: Site) -> None:
    """A lookup is called otherwise."""
    path = f"{JOB}/Attributes(LogicalName='spotler_leadid')"
    await change_definition(site, path, DisplayName=label("Prospect"))


async def shortened_column(site: Site) -> None:
    """A text column holds less."""
    path = f"{JOB}/Attributes(LogicalName='spotler_automationcontactid')"
    await change_definition(site, path, MaxLength=100)


async def reworded_option(site: Site) -> None:
    """An operation is called otherwise."""
    body = {
        "EntityLogicalName": "spotler_job",
        "AttributeLogicalName": "spotler_operation",
        "Value": 724000000,
        "Label": label("Go"),
        "MergeLabels": True,
    }
    await site.send("POST", "UpdateOptionValue", body)


async def reworded_status(site: Site) -> None:
    """A status reason is called otherwise."""
    body = {
        "EntityLogicalName": "spotler_job",
        "AttributeLogicalName": "statuscode",
        "Value": 724000004,
        "Label": label("Broken"),
        "MergeLabels": True,
    }
    await site.send("POST", "UpdateOptionValue", body)


async def changed_script(site: Site) -> None:
    """The script was edited in place."""
    await site.send("PATCH", f"webresourceset({SCRIPT.id})", {"content": "YWxlcnQoMSk7"}, If_Match="*")
    body = f"<importexportxml><webresources><webresource>{{{SCRIPT.id}}}</webresource></webresources></importexportxml>"
    await site.send("POST", "PublishXml", {"ParameterXml": body})


async def changed_view(site: Site) -> None:
    """A view was renamed."""
    await site.send("PATCH", f"savedqueries({VIEW.id})", {"name": "All mine"}, If_Match="*")
    await published(site)


async def changed_form(site: Site) -> None:
    """Controls were taken from the form."""
    (form,) = await site.rows(
        "systemforms?$select=formid,formxml&$filter=objecttypecode eq 'spotler_job' and type eq 2"
    )
    changed = form["formxml"].replace('name="runs"', 'name="others"')
    await site.send("PATCH", f"systemforms({form['formid']})", {"formxml": changed}, If_Match="*")
    await published(site)


async def published(site: Site) -> None:
    """What was changed is seen."""
    body = "<importexportxml><entities><entity>spotler_job</entity></entities></importexportxml>"
    await site.send("POST", "PublishXml", {"ParameterXml": body})


async def too_many_rights(site: Site) -> None:
    """The application may delete accounts."""
    defined = (await site.send("GET", "EntityDefinitions(LogicalName='account')?$select=Privileges")).json()
    right = next(one for one in defined["Privileges"] if one["PrivilegeType"] == "Delete")
    (unit,) = await site.rows("businessunits?$select=businessunitid")
    body = {
        "Privileges": [
            {
                "@odata.type": f"{CRM}.RolePrivilege",
                "PrivilegeId": right["PrivilegeId"],
                "Depth": "Global",
                "BusinessUnitId": unit["businessunitid"],
            }
        ]
    }
    await site.send("POST", f"roles({APPLICATION.id})/{CRM}.AddPrivilegesRole", body)


async def disabled_step(site: Site) -> None:
    """Somebody switched the webhook off."""
    body = {"statecode": 1, "statuscode": 2}
    await site.send("PATCH", f"sdkmessageprocessingsteps({WEBHOOK.step_id})", body, If_Match="*")


REPAIRABLE = [
    (reworded_table, "The labels of table spotler_job differ."),
    (reworded_column, "Column spotler_job.spotler_resultcode has other labels."),
    (reworded_lookup, "Column spotler_job.spotler_leadid has other labels."),
    (shortened_column, "room for 100 instead of 4000 characters"),
    (reworded_option, "Option 724000000 of spotler_job.spotler_operation has another label."),
    (reworded_status, "Status reason 724000004 of spotler_job has another label."),
    (changed_script, "The content of web resource spotler_/job_form.js"),
    (changed_view, "View My open jobs of spotler_job"),
    (changed_form, "The main form of spotler_job"),
    (too_many_rights, "Security role Spotler Jobs Application allows more than it should."),
    (disabled_step, "is disabled"),
]


async def test_what_differs_is_told_left_and_repaired_on_request(site: Site) -> None:
    """Everything that can drift: verify tells it, apply leaves it, apply --repair puts it right."""
    await site.apply()
    as_described = await site.found()
    for drift, _ in REPAIRABLE:
        await drift(site)
    before = await site.changes()

    verified = await site.run("verify")
    assert verified.code == 1
    assert [told for _, told in REPAIRABLE if told not in verified.said] == []
    left = await site.apply()
    assert left.code == 1
    assert "Nothing to do." in left.said
    assert await site.changes() == before

    repaired = await site.apply("--repair")
    assert repaired.code == 0, repaired.terminal.everything
    assert (await site.changes()).count("POST /api/data/v9.2/PublishXml") == before.count(
        "POST /api/data/v9.2/PublishXml"
    ) + 1
    assert await site.found() == as_described
    assert (await site.run("verify")).code == 0


async def test_what_went_missing_is_added_without_being_asked(site: Site) -> None:
    """A view, a column and the step that were deleted come back; publishing happens once."""
    await site.apply()
    as_described = await site.found()
    await site.send("DELETE", f"sdkmessageprocessingsteps({WEBHOOK.step_id})")
    await site.send("DELETE", f"savedqueries({VIEW.id})")
    await site.send("DELETE", f"{JOB}/Attributes(LogicalName='spotler_claimtoken')")
    assert (await site.run("verify")).code == 1
    ran = await site.apply()
    assert ran.code == 0, ran.terminal.everything
    assert await site.found() == as_described


async def test_a_role_with_too_few_rights_gets_them_back(site: Site) -> None:
    """Nothing works without them, so it is no question of repairing."""
    await site.apply()
    await site.send("POST", f"roles({ROLES[1].id})/{CRM}.ReplacePrivilegesRole", {"Privileges": []})
    assert (await site.apply()).code == 0


@pytest.mark.parametrize("off", [{"msdyn_configurewall": False}, {"statecode": 1, "statuscode": 2}])
async def test_a_wall_of_ours_that_was_switched_off_is_switched_on(site: Site, off: dict[str, Any]) -> None:
    """Either way of switching it off is drift, and put right."""
    await site.apply()
    ours = next(feed for feed in FEEDS if feed.table == "lead")
    await site.send("PATCH", f"msdyn_postconfigs({ours.id})", off)
    assert (await site.run("verify")).code == 1
    assert (await site.apply("--repair")).code == 0
    assert (await site.run("verify")).code == 0


@pytest.mark.parametrize("name", ["spotler_claimtoken", "spotler_resultmessage"])
async def test_a_repair_shortens_no_column(site: Site, name: str) -> None:
    """Labels are put right; the room that somebody added stays, and what is written in it."""
    await site.apply()
    path = f"{JOB}/Attributes(LogicalName='{name}')"
    column = (await site.send("GET", path)).json()
    longer = column["MaxLength"] + 7
    changed = {**column, "MaxLength": longer, "DisplayName": label("Renamed")}
    await site.send("PUT", path, changed, MSCRM_MergeLabels="true")
    assert (await site.apply("--repair")).code == 0
    after = (await site.send("GET", path)).json()
    assert after["MaxLength"] == longer
    assert after["DisplayName"]["UserLocalizedLabel"]["Label"] != "Renamed"


async def test_what_the_platform_gives_each_role_is_left_alone(site: Site) -> None:
    """A role begins with rights of the platform's own; they are neither drift nor taken away."""
    await site.apply()
    await too_many_rights(site)
    assert (await site.run("verify")).code == 1
    assert (await site.apply("--repair")).code == 0
    told = await site.rows(f"roles({APPLICATION.id})/roleprivileges_association?$select=name")
    names = {one["name"] for one in told}
    assert {"prvReadSdkMessage", "prvReadSharePointData"} <= names
    assert "prvDeleteAccount" not in names
    assert (await site.run("verify")).code == 0


async def step_by_hand(site: Site, endpoint: UUID | str) -> None:
    """Somebody registers a step on created jobs that posts to an endpoint."""
    (message,) = await site.rows(
        "sdkmessagefilters?$select=sdkmessagefilterid&$filter=primaryobjecttypecode eq 'spotler_job'"
        " and sdkmessageid/name eq 'Create'&$expand=sdkmessageid($select=sdkmessageid,name)"
    )
    second = {
        "sdkmessageprocessingstepid": str(uuid4()),
        "name": "Another",
        "stage": 40,
        "mode": 1,
        "rank": 1,
        "supporteddeployment": 0,
        "asyncautodelete": True,
        "eventhandler_serviceendpoint@odata.bind": f"/serviceendpoints({endpoint})",
        "sdkmessageid@odata.bind": f"/sdkmessages({message['sdkmessageid']['sdkmessageid']})",
        "sdkmessagefilterid@odata.bind": f"/sdkmessagefilters({message['sdkmessagefilterid']})",
    }
    await site.send("POST", "sdkmessageprocessingsteps", second)


async def endpoint_by_hand(site: Site, url: str) -> str:
    """Somebody registers an endpoint under a name of its own; its id."""
    key = str(uuid4())
    body = {
        "serviceendpointid": key,
        "name": "By hand",
        "contract": 8,
        "url": url,
        "authtype": 4,
        "authvalue": "x",
        "messageformat": 2,
    }
    await site.send("POST", "serviceendpoints", body)
    return key


async def test_a_second_step_on_our_endpoint_is_told(site: Site) -> None:
    """Each job would be posted twice. It is not ours, so it stays."""
    await site.apply()
    await step_by_hand(site, WEBHOOK.endpoint_id)
    verified = await site.run("verify")
    assert verified.code == 1
    assert "Another step posts to the webhook: Another." in verified.said
    removal = await site.remove()
    assert removal.code == 1
    assert "Delete it in the Plug-in Registration tool first." in removal.complained
    assert (await site.run("verify")).code == 1


async def test_beside_a_step_by_hand_ours_is_not_made(site: Site) -> None:
    """Where somebody exchanged our step for one of their own, apply makes no second one."""
    await site.apply()
    await site.send("DELETE", f"sdkmessageprocessingsteps({WEBHOOK.step_id})")
    await step_by_hand(site, WEBHOOK.endpoint_id)
    ran = await site.apply("--repair")
    assert ran.code == 1
    assert "Another step posts to the webhook: Another." in ran.said
    (only,) = await site.rows("sdkmessageprocessingsteps?$select=name")
    assert only["name"] == "Another"


@pytest.mark.parametrize("url", [HOOK, f"{HOOK}/", f"{HOOK}?code=another-key"])
async def test_an_endpoint_by_hand_with_our_address_is_told(site: Site, url: str) -> None:
    """Its step posts each job a second time, whatever it is called and whatever key it shows."""
    await site.apply()
    by_hand = await endpoint_by_hand(site, url)
    assert (await site.run("verify")).code == 0
    await step_by_hand(site, by_hand)
    verified = await site.run("verify")
    assert verified.code == 1
    assert "Another step posts to the webhook: Another." in verified.said
    assert "another-key" not in verified.terminal.everything
    await site.send("DELETE", f"sdkmessageprocessingsteps({WEBHOOK.step_id})")
    assert (await site.apply()).code == 1
    assert len(await site.rows("sdkmessageprocessingsteps?$select=name")) == 1


async def test_a_webhook_of_others_on_jobs_is_their_business(site: Site) -> None:
    """It posts elsewhere: neither verify nor remove minds."""
    await site.apply()
    await step_by_hand(site, await endpoint_by_hand(site, "https://theirs.example.com/jobs"))
    assert (await site.run("verify")).code == 0
    assert (await site.remove()).code == 0
    (left,) = await site.rows("serviceendpoints?$select=name")
    assert left["name"] == "By hand"


async def test_a_wrong_kind_cannot_be_repaired(site: Site) -> None:
    """It is told with the way out, and everything else is done."""
    await site.apply()
    await site.send("DELETE", f"{JOB}/Attributes(LogicalName='spotler_claimtoken')")
    body = {
        "@odata.type": f"{CRM}.MemoAttributeMetadata",
        "SchemaName": "spotler_claimtoken",
        "DisplayName": label("Claim Token"),
        "RequiredLevel": {"Value": "None"},
        "MaxLength": 100,
    }
    await site.send("POST", f"{JOB}/Attributes", body, MSCRM_SolutionUniqueName="SpotlerJobs")
    ran = await site.apply("--repair")
    assert ran.code == 1
    assert "Column spotler_job.spotler_claimtoken is of kind Memo, not String." in ran.said


async def foreign_table(site: Site) -> None:
    """Somebody's own table of the same name."""
    theirs = publisher("theirs", "spotler")
    await site.send("POST", "publishers", theirs)
    await site.send("POST", "solutions", solution("Theirs", theirs["publisherid"]))
    body = {
        "@odata.type": f"{CRM}.EntityMetadata",
        "SchemaName": "spotler_Job",
        "DisplayName": label("Job"),
        "DisplayCollectionName": label("Jobs"),
        "Description": label("Ours"),
        "OwnershipType": "UserOwned",
        "IsActivity": False,
        "HasActivities": False,
        "HasNotes": False,
        "Attributes": [
            {
                "@odata.type": f"{CRM}.StringAttributeMetadata",
                "IsPrimaryName": True,
                "SchemaName": "spotler_Name",
                "DisplayName": label("Name"),
                "RequiredLevel": {"Value": "None"},
                "MaxLength": 100,
                "FormatName": {"Value": "Text"},
            }
        ],
    }
    await site.send("POST", "EntityDefinitions", body, MSCRM_SolutionUniqueName="Theirs")


def publisher(name: str, prefix: str) -> dict[str, Any]:
    """A publisher of somebody else."""
    return {
        "publisherid": str(uuid4()),
        "uniquename": name,
        "friendlyname": name,
        "customizationprefix": prefix,
        "customizationoptionvalueprefix": 54321,
    }


def solution(name: str, by: str) -> dict[str, Any]:
    """A solution of somebody else."""
    return {
        "solutionid": str(uuid4()),
        "uniquename": name,
        "friendlyname": name,
        "version": "1.0",
        "publisherid@odata.bind": f"/publishers({by})",
    }


async def foreign_publisher(site: Site) -> None:
    """Somebody's own publisher of the same name."""
    await site.send("POST", "publishers", publisher("spotlerjobs", "other"))


async def foreign_solution(site: Site) -> None:
    """Somebody's own solution of the same name."""
    theirs = publisher("theirs", "other")
    await site.send("POST", "publishers", theirs)
    await site.send("POST", "solutions", solution("SpotlerJobs", theirs["publisherid"]))


async def foreign_role(site: Site) -> None:
    """Somebody's own role of the same name."""
    (unit,) = await site.rows("businessunits?$select=businessunitid")
    bind = f"/businessunits({unit['businessunitid']})"
    await site.send("POST", "roles", {"name": ROLES[0].name, "businessunitid@odata.bind": bind})


async def foreign_script(site: Site) -> None:
    """Somebody's own script of the same name."""
    await site.send("POST", "publishers", publisher("theirs", "spotler"))
    body = {"name": SCRIPT.name, "displayname": "x", "webresourcetype": 3, "content": ""}
    await site.send("POST", "webresourceset", body)


async def foreign_endpoint(site: Site) -> None:
    """An endpoint of the same name that somebody registered by hand."""
    body = {
        "name": WEBHOOK.endpoint_name,
        "contract": 8,
        "url": HOOK,
        "authtype": 4,
        "authvalue": "x",
        "messageformat": 2,
    }
    await site.send("POST", "serviceendpoints", body)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (foreign_publisher, "Publisher spotlerjobs exists and was not made by this product."),
        (foreign_solution, "Solution SpotlerJobs exists and belongs to another publisher."),
        (foreign_table, "Table spotler_job exists outside solution SpotlerJobs."),
        (foreign_role, "Security role Spotler Jobs Application exists and was not made by this product."),
        (foreign_script, "Web resource spotler_/job_form.js exists and was not made by this product."),
        (foreign_endpoint, "Service endpoint Spotler Jobs intake exists and was not made by this product"),
    ],
)
async def test_what_is_not_ours_is_refused_before_anything_is_written(
    site: Site, make: Any, told: str
) -> None:
    """Neither apply nor remove touches it."""
    await make(site)
    before = await site.changes()
    ran = await site.apply("--repair")
    assert ran.code == 1
    assert told in ran.said
    assert "nothing was written" in ran.complained
    await site.remove()
    assert await site.changes() == before


async def test_another_version(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer program brings labels, options and columns up to date; an older one refuses to work."""
    await site.apply()
    described = Wanted.described()
    newer = replace(
        described,
        solution=replace(described.solution, version="0.2.0"),
        content=described.content + b"\n// newer\n",
    )
    with monkeypatch.context() as patch:
        patch.setattr(Wanted, "described", classmethod(lambda _: newer))
        ran = await site.apply()
        assert ran.code == 0, ran.terminal.everything
        assert "Update the content of web resource spotler_/job_form.js" in ran.said
    older = await site.apply()
    assert older.code == 1
    assert "Use the program of the newer version." in older.said
    assert (await site.remove()).code == 1


async def test_an_installation_from_before_the_notes_gets_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is told to allow them, keeps everything else, and is asked once."""
    described = Wanted.described()
    before = replace(described, tables=tuple(replace(table, notes=False) for table in described.tables))
    with monkeypatch.context() as patch:
        patch.setattr(Wanted, "described", classmethod(lambda _: before))
        assert (await site.apply()).code == 0
    as_it_was = await site.found()
    automation = as_it_was.definitions["spotler_automation"]
    assert not automation.notes

    ran = await site.apply()
    assert ran.code == 0, ran.terminal.everything
    assert "Allow notes on table spotler_automation" in ran.said
    found = await site.found()
    assert found.definitions["spotler_automation"] == replace(automation, notes=True)
    assert not found.definitions["spotler_job"].notes
    assert found.tables == as_it_was.tables
    assert "Nothing to do." in (await site.apply()).said
