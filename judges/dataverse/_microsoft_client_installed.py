"""Does Microsoft's client find the tables that were installed, and does a job it creates get its result?

Runs in an environment of its own that has the client; DATAVERSE_URL names the server of a world in which
the app runs. What is expected is spelled out here and taken from nowhere.
"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from _judging import Client, judge, same
from PowerPlatform.Dataverse.models import col  # type: ignore[import-not-found] # in the judge's own environment

KIM = "22222222-0000-4000-8000-000000000001"
INVOICE = "🚀 Invoice"
SUCCEEDED = 724000002
END_SECONDS = 30.0
POLL_SECONDS = 0.2

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "spotler_job": {
        "spotler_name": "String",
        "spotler_operation": "Picklist",
        "spotler_customerid": "Customer",
        "spotler_leadid": "Lookup",
        "spotler_automationid": "Lookup",
        "spotler_automationfields": "Memo",
        "spotler_automationcontactid": "String",
        "spotler_resultcode": "String",
        "spotler_resultmessage": "Memo",
        "spotler_attempts": "Integer",
        "spotler_claimedon": "DateTime",
        "spotler_claimtoken": "String",
        "spotler_queuedon": "DateTime",
        "spotler_retryon": "DateTime",
        "spotler_completedon": "DateTime",
        "spotler_sequence": "String",
        "spotler_force": "Boolean",
        "spotler_heldon": "DateTime",
    },
    "spotler_automation": {
        "spotler_name": "String",
        "spotler_kind": "Picklist",
        "spotler_code": "String",
        "spotler_externalid": "String",
        "spotler_key": "String",
        "spotler_fieldtemplate": "Memo",
        "spotler_hold": "Boolean",
        "spotler_startsperhour": "Integer",
        "spotler_duplicateminutes": "Integer",
    },
}


async def the_tables_are_there(client: Client) -> None:
    """Both tables by name, with their sets and primary columns."""
    for name, collection in (
        ("spotler_Job", "spotler_jobs"),
        ("spotler_Automation", "spotler_automations"),
    ):
        table = await client.tables.get(name)
        same(
            (table.schema_name, table.logical_name, table.entity_set_name, table.primary_name_attribute),
            (name, name.lower(), collection, "spotler_name"),
        )
    custom = await client.tables.list(filter="IsCustomEntity eq true", select=["LogicalName"])
    ours = {one["LogicalName"] for one in custom if one["LogicalName"].startswith("spotler_")}
    same(ours, set(COLUMNS))


async def every_column_has_its_type(client: Client) -> None:
    """No column of ours is missing, of another type, or more than was asked for."""
    for table, columns in COLUMNS.items():
        rows = await client.tables.list_columns(table, select=["LogicalName", "AttributeType", "AttributeOf"])
        found = {
            row["LogicalName"]: row["AttributeType"]
            for row in rows
            if row["LogicalName"].startswith("spotler_")
            # The platform adds the primary key, and columns that only show another one's words.
            and row["AttributeOf"] is None
            and row["LogicalName"] != f"{table}id"
        }
        same(found, dict(columns))


async def the_key_is_ready_and_lookups_lead_on(client: Client) -> None:
    """The index of the alternate key was built; all four relationships have their navigation names."""
    [key] = await client.tables.get_alternate_keys("spotler_automation")
    same(
        (key.schema_name, key.key_attributes, key.status),
        ("spotler_AutomationKey", ["spotler_key"], "Active"),
    )
    found = {
        one["ReferencingEntityNavigationPropertyName"]: one["ReferencedEntity"]
        for one in await client.tables.list_table_relationships("spotler_job")
        if one.get("ReferencingEntity") == "spotler_job"
        and one["ReferencingEntityNavigationPropertyName"].startswith("spotler_")
    }
    same(
        found,
        {
            "spotler_CustomerId_account": "account",
            "spotler_CustomerId_contact": "contact",
            "spotler_LeadId": "lead",
            "spotler_AutomationId": "spotler_automation",
        },
    )


async def a_job_gets_its_result(client: Client) -> None:
    """Refresh by label, choose what came, start it for Kim, and query what became of it."""
    refresh = await client.records.create("spotler_job", {"spotler_operation": "Refresh Automations"})
    same((await ended(client, refresh))["spotler_resultcode"], "OK")
    [automation] = await client.records.list(
        "spotler_automation",
        select=["spotler_automationid", "spotler_kind", "spotler_fieldtemplate"],
        filter=f"spotler_name eq '{INVOICE}' and statecode eq 0",
    )
    same("invoiceEmail=STRING" in automation["spotler_fieldtemplate"], True)

    job = await client.records.create(
        "spotler_job",
        {
            "spotler_operation": "Start Automation",
            "spotler_CustomerId_contact@odata.bind": f"/contacts({KIM})",
            "spotler_AutomationId@odata.bind": f"/spotler_automations({automation['spotler_automationid']})",
            "spotler_automationfields": "invoiceEmail=kim@example.org",
        },
    )
    row = await ended(client, job)
    same((row["statuscode"], row["spotler_resultcode"], row["spotler_attempts"]), (SUCCEEDED, "OK", 1))
    same(bool(row["spotler_automationcontactid"]), True)
    same(bool(row["spotler_completedon"]), True)

    found = await (
        client.query.builder("spotler_job")
        .select("spotler_jobid", "spotler_name", "statuscode")
        .where((col("statuscode") == SUCCEEDED) & (col("_spotler_customerid_value") == UUID(KIM)))
        .expand("spotler_AutomationId")
        .include_formatted_values()
        .execute()
    )
    [row] = [one for one in found if one["spotler_jobid"] == job]
    same(row["statuscode@OData.Community.Display.V1.FormattedValue"], "Succeeded")
    same(row["spotler_AutomationId"]["spotler_name"], INVOICE)
    same(bool(row["spotler_name"]), True)


async def a_mistake_is_told(client: Client) -> None:
    """A job without anybody to start for ends as failed, with a reason and words."""
    job = await client.records.create("spotler_job", {"spotler_operation": "Start Automation"})
    row = await ended(client, job)
    same(row["statuscode"], 724000004)
    same(row["spotler_resultcode"] not in (None, "OK"), True)
    same(bool(row["spotler_resultmessage"]), True)


async def ended(client: Client, job: str) -> dict[str, Any]:
    """The row once it is inactive."""
    deadline = time.monotonic() + END_SECONDS
    while time.monotonic() < deadline:
        row = await client.records.retrieve("spotler_job", job)
        if row["statecode"] == 1:
            return dict(row)
        await asyncio.sleep(POLL_SECONDS)
    raise AssertionError(f"the job is not done after {END_SECONDS:.0f} seconds: {dict(row)}")


STEPS = {
    "the tables are there": the_tables_are_there,
    "every column has its type": every_column_has_its_type,
    "the key is ready and lookups lead on": the_key_is_ready_and_lookups_lead_on,
    "a job gets its result": a_job_gets_its_result,
    "a mistake is told": a_mistake_is_told,
}


if __name__ == "__main__":
    sys.exit(asyncio.run(judge(STEPS)))
