"""Does Microsoft's client find in the sandbox what it finds in the real service?

Runs in an environment of its own that has the client; DATAVERSE_URL names the server.
"""  # noqa: INP001 - scripts live here, no package

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from _judging import Client, judge, same

# The client lives in the judge's own environment, which the type checker does not see.
from PowerPlatform.Dataverse.core.errors import HttpError, MetadataError  # type: ignore[import-not-found]
from PowerPlatform.Dataverse.models import UpsertItem  # type: ignore[import-not-found]

KIM = "22222222-0000-4000-8000-000000000001"
SAM = "22222222-0000-4000-8000-000000000002"
START = 724000000


def job(**more: Any) -> dict[str, Any]:
    """The columns of a new job of Kim's."""
    return {
        "spotler_operation": START,
        "spotler_CustomerId_contact@odata.bind": f"/contacts({KIM})",
        **more,
    }


async def refused(status: int, code: str, call: Awaitable[Any]) -> None:
    """The call fails with this status and the platform's code."""
    try:
        await call
    except HttpError as error:
        same((error.status_code, error.details.get("service_error_code")), (status, code))
        return
    raise AssertionError(f"nothing was refused, wanted {status} {code}")


async def create_read_change_delete(client: Client) -> None:
    """One row through its whole life."""
    row_id = await client.records.create("spotler_job", job(spotler_name="Start"))
    row = await client.records.retrieve("spotler_job", row_id, select=["spotler_name", "statuscode"])
    same((row["spotler_name"], row["statuscode"]), ("Start", 1))
    await client.records.update("spotler_job", row_id, {"statecode": 1})
    row = await client.records.retrieve("spotler_job", row_id, select=["statecode", "statuscode"])
    same((row["statecode"], row["statuscode"]), (1, 2))
    await client.records.delete("spotler_job", row_id)
    same(await client.records.retrieve("spotler_job", row_id), None)
    await refused(404, "0x80040217", client.records.update("spotler_job", row_id, {"spotler_name": "x"}))


async def labels_become_numbers(client: Client) -> None:
    """The client reads the options of all choices and sends the number of a label."""
    row_id = await client.records.create("spotler_job", {"spotler_operation": "Stop Automation"})
    row = await client.records.retrieve("spotler_job", row_id, select=["spotler_operation"])
    same(row["spotler_operation"], 724000001)
    await client.records.delete("spotler_job", row_id)


async def lists_pages_and_annotations(client: Client) -> None:
    """Filter, order, expand, paging and formatted values."""
    rows = await client.records.list(
        "contact",
        select=["fullname", "_parentcustomerid_value"],
        filter="statecode eq 0 and contains(emailaddress1,'example.org')",
        orderby=["lastname desc"],
        expand=["parentcustomerid_account($select=name)"],
        page_size=3,
        include_annotations="*",
    )
    found = list(rows)
    same([row["fullname"] for row in found], ["Lot Visser", "Kim Jansen", "Sam de Vries", "Noor Bakker"])
    formatted = "_parentcustomerid_value@OData.Community.Display.V1.FormattedValue"
    same(found[1][formatted], "Contoso")
    same(found[3]["parentcustomerid_account"]["name"], "Fabrikam")
    sizes = [len(list(page)) async for page in client.records.list_pages("contact", page_size=3)]
    same(sizes, [3, 1])
    top = await client.records.list("contact", select=["fullname"], orderby=["fullname"], top=2)
    same([row["fullname"] for row in top], ["Kim Jansen", "Lot Visser"])
    await refused(400, "0x80060888", client.records.list("contact", filter="Fullname eq 'x'"))


async def upsert_by_alternate_key(client: Client) -> None:
    """The first one makes the row, the second one changes it."""
    for name in ("🚀 One", "🚀 Two"):
        item = UpsertItem(alternate_key={"spotler_key": "a1b2"}, record={"spotler_name": name})
        await client.records.upsert("spotler_automation", [item])
    rows = await client.records.list("spotler_automation", select=["spotler_key", "spotler_name"])
    same([(row["spotler_key"], row["spotler_name"]) for row in rows], [("a1b2", "🚀 Two")])


async def batches(client: Client) -> None:
    """A changeset with references, reads beside it, failures with and without going on."""
    batch = client.batch.new()
    async with batch.changeset() as together:
        automation = together.records.create("spotler_automation", {"spotler_key": "c3"})
        together.records.create("spotler_job", job(**{"spotler_AutomationId@odata.bind": automation}))
        together.records.update("contact", KIM, {"jobtitle": "Buyer"})
    batch.records.retrieve("contact", KIM, select=["jobtitle"])
    result = await batch.execute()
    same([item.status_code for item in result.responses], [204, 204, 204, 200])
    same(len(result.entity_ids), 3)
    same(result.responses[3].data["jobtitle"], "Buyer")

    nobody = str(uuid.uuid4())
    batch = client.batch.new()
    async with batch.changeset() as together:
        together.records.update("contact", SAM, {"jobtitle": "Buyer"})
        together.records.update("contact", nobody, {"jobtitle": "Buyer"})
    batch.records.delete("spotler_automation", nobody)
    batch.records.retrieve("contact", SAM, select=["jobtitle"])
    result = await batch.execute(continue_on_error=True)
    same([item.status_code for item in result.responses], [404, 404, 200])
    same(result.responses[2].data["jobtitle"], None)
    same({item.error_code for item in result.failed}, {"0x80040217"})

    batch = client.batch.new()
    batch.records.update("contact", nobody, {"jobtitle": "Buyer"})
    batch.records.retrieve("contact", SAM)
    result = await batch.execute()
    same([item.status_code for item in result.responses], [404])


async def metadata(client: Client) -> None:
    """Tables, columns, keys and relationships are found by name."""
    table = await client.tables.get("spotler_Job")
    same((table.entity_set_name, table.primary_id_attribute), ("spotler_jobs", "spotler_jobid"))
    same(await client.tables.get("spotler_nothing"), None)
    custom = await client.tables.list(filter="IsCustomEntity eq true", select=["LogicalName"])
    same({one["LogicalName"] for one in custom}, {"spotler_job", "spotler_automation"})
    [key] = await client.tables.get_alternate_keys("spotler_automation")
    same((key.key_attributes, key.status), (["spotler_key"], "Active"))
    columns = await client.tables.list_columns(
        "spotler_job", select=["LogicalName"], filter="AttributeType eq 'Customer'"
    )
    same([one["LogicalName"] for one in columns], ["spotler_customerid"])
    relationships = await client.tables.list_table_relationships("spotler_job")
    names = {one.get("ReferencingEntityNavigationPropertyName") for one in relationships}
    wanted = {
        "spotler_CustomerId_account",
        "spotler_CustomerId_contact",
        "spotler_LeadId",
        "spotler_AutomationId",
    }
    same(wanted <= names, True)
    try:
        await client.records.create("spotler_nothing", {"name": "x"})
    except MetadataError:
        return
    raise AssertionError("a table that is not there was found")


async def what_is_left_out_says_so(client: Client) -> None:
    """Bulk actions are answered with 501, which the client tells as such."""
    rows = [job(), job()]
    await refused(501, "0x80040800", client.records.create("spotler_job", rows))
    await refused(501, "0x80040800", client.records.delete("spotler_job", [KIM, SAM]))


STEPS: Mapping[str, Callable[[Client], Awaitable[None]]] = {
    "create, read, change, delete": create_read_change_delete,
    "labels become numbers": labels_become_numbers,
    "lists, pages and annotations": lists_pages_and_annotations,
    "upsert by alternate key": upsert_by_alternate_key,
    "batches": batches,
    "metadata": metadata,
    "what is left out says so": what_is_left_out_says_so,
}


if __name__ == "__main__":
    sys.exit(asyncio.run(judge(STEPS)))
