"""Rows are read in the shape that the query and the preferences ask for."""

from __future__ import annotations

from urllib.parse import unquote

import pytest

from tests.sandbox.dataverse.service import CONTOSO, FABRIKAM, KIM, NOBODY, ROBIN, Client, code

FORMATTED = "OData.Community.Display.V1.FormattedValue"
TABLE = "Microsoft.Dynamics.CRM.lookuplogicalname"
NAVIGATION = "Microsoft.Dynamics.CRM.associatednavigationproperty"


async def test_a_row_by_id(client: Client) -> None:
    """Etag, context and the chosen columns; the primary key is always told, nulls too."""
    answer = await client("GET", f"contacts({KIM})?$select=fullname,mobilephone")
    row = answer.json()
    assert answer.headers["ETag"] == row["@odata.etag"]
    assert row["@odata.etag"].startswith('W/"')
    assert row["@odata.context"].endswith("$metadata#contacts(fullname,mobilephone,contactid)/$entity")
    assert {name: row[name] for name in row if "@" not in name} == {
        "fullname": "Kim Jansen",
        "mobilephone": None,
        "contactid": KIM,
    }
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.headers["Content-Type"] == "application/json; odata.metadata=minimal"


async def test_every_column_without_select(client: Client) -> None:
    """Lookups under their value names, times with Z in whole seconds."""
    row = (await client("GET", f"contacts({KIM})")).json()
    assert row["_parentcustomerid_value"] == CONTOSO
    assert row["emailaddress1"] == "kim.jansen@example.org"
    assert row["donotemail"] is False
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert len(row["createdon"]) == len("2026-01-31T09:15:00Z")
    assert row["createdon"].endswith("Z")
    assert "parentcustomerid" not in row


async def test_expand_follows_lookups(client: Client) -> None:
    """A polymorphic lookup is expanded by the navigation of its table, the others are null; deeper too."""
    await client("PATCH", f"accounts({CONTOSO})", {"primarycontactid@odata.bind": f"/contacts({KIM})"})
    query = (
        "$select=fullname&$expand=parentcustomerid_account($select=name;"
        "$expand=primarycontactid($select=firstname,lastname)),parentcustomerid_contact($select=fullname)"
    )
    row = (await client("GET", f"contacts({KIM})?{query}")).json()
    assert row["parentcustomerid_contact"] is None
    account = row["parentcustomerid_account"]
    assert account["name"] == "Contoso"
    assert account["@odata.etag"].startswith('W/"')
    assert account["primarycontactid"]["lastname"] == "Jansen"
    assert account["primarycontactid"]["contactid"] == KIM
    assert "emailaddress1" not in account


async def test_annotations_that_are_asked_for(client: Client) -> None:
    """Labels, lookup tables and navigation names come only on request."""
    job = await client.job()
    path = (
        f"spotler_jobs({job['spotler_jobid']})?$select=spotler_operation,_spotler_customerid_value,createdon"
    )
    plain = (await client("GET", path)).json()
    assert not [name for name in plain if "@" in name and not name.startswith("@odata")]
    some = (await client("GET", path, Prefer=f'odata.include-annotations="{TABLE}"')).json()
    assert [name for name in some if "@" in name and not name.startswith("@odata")] == [
        f"_spotler_customerid_value@{TABLE}"
    ]
    answer = await client("GET", path, Prefer='odata.include-annotations="*"')
    row = answer.json()
    assert row[f"spotler_operation@{FORMATTED}"] == "Start Automation"
    assert row[f"_spotler_customerid_value@{FORMATTED}"] == "Kim Jansen"
    assert row[f"_spotler_customerid_value@{TABLE}"] == "contact"
    assert row[f"_spotler_customerid_value@{NAVIGATION}"] == "spotler_CustomerId_contact"
    assert "/" in row[f"createdon@{FORMATTED}"]
    assert answer.headers["Preference-Applied"] == 'odata.include-annotations="*"'


async def test_an_exclusion_beats_the_star(client: Client) -> None:
    """`-` takes an annotation out again, whatever the order."""
    prefer = f'odata.include-annotations="*,-Microsoft.Dynamics.CRM.*,{TABLE}"'
    row = (await client("GET", f"contacts({KIM})?$select=_parentcustomerid_value", Prefer=prefer)).json()
    assert f"_parentcustomerid_value@{TABLE}" in row
    assert f"_parentcustomerid_value@{FORMATTED}" in row
    assert f"_parentcustomerid_value@{NAVIGATION}" not in row


@pytest.mark.parametrize(
    ("orderby", "names"),
    [
        ("firstname", ["Kim", "Lot", "Noor", "Sam"]),
        ("firstname desc", ["Sam", "Noor", "Lot", "Kim"]),
        ("_parentcustomerid_value,firstname desc", ["Lot", "Sam", "Kim", "Noor"]),
        ("_parentcustomerid_value desc,firstname", ["Noor", "Kim", "Sam", "Lot"]),
        ("parentcustomerid_account/name desc,firstname", ["Noor", "Kim", "Sam", "Lot"]),
    ],
)
async def test_order(client: Client, orderby: str, names: list[str]) -> None:
    """Several columns, both directions, behind lookups; null comes first."""
    found = await client.rows(f"contacts?$select=firstname&$orderby={orderby}")
    assert [row["firstname"] for row in found] == names


async def test_choices_are_ordered_by_label(client: Client) -> None:
    """The service sorts a choice by what people see."""
    for operation in (724000001, 724000000, 724000002):
        await client.job(spotler_operation=operation)
    found = await client.rows("spotler_jobs?$select=spotler_operation&$orderby=spotler_operation")
    assert [row["spotler_operation"] for row in found] == [724000002, 724000000, 724000001]


async def test_top_and_count(client: Client) -> None:
    """`$top` cuts the answer without a next link; `$count` counts all."""
    body = (await client("GET", "contacts?$top=2&$count=true")).json()
    assert len(body["value"]) == 2
    assert body["@odata.count"] == 4
    assert "@odata.nextLink" not in body
    assert (await client("GET", "contacts/$count?$filter=firstname ne 'Kim'")).text == "3"


@pytest.mark.parametrize(
    "orderby", ["", "&$orderby=lastname desc", "&$orderby=_parentcustomerid_value,createdon"]
)
async def test_pages_hold_every_row_once(client: Client, orderby: str) -> None:
    """Following the next link verbatim reads all rows, whatever the order; `$top` is ignored then."""
    url = f"contacts?$select=firstname&$filter=statecode eq 0&$count=true&$top=1{orderby}"
    prefer = {"Authorization": f"Bearer {client.token}", "Prefer": "odata.maxpagesize=3"}
    body = (await client("GET", url, Prefer="odata.maxpagesize=3")).json()
    assert len(body["value"]) == 3
    link = body["@odata.nextLink"]
    assert link.startswith(f"{client.root}contacts?")
    assert 'pagenumber="2"' in unquote(link)
    rest = (await client.http.get(link, headers=prefer)).json()
    assert "@odata.nextLink" not in rest
    assert rest["@odata.count"] == 4
    together = [row["firstname"] for row in body["value"] + rest["value"]]
    assert sorted(together) == ["Kim", "Lot", "Noor", "Sam"]


async def test_a_page_goes_on_behind_a_row_that_is_gone(client: Client) -> None:
    """The token remembers a place in the order, not a number of rows."""
    body = (
        await client("GET", "contacts?$select=firstname&$orderby=firstname", Prefer="odata.maxpagesize=2")
    ).json()
    await client("DELETE", f"contacts({body['value'][0]['contactid']})")
    await client("DELETE", f"contacts({body['value'][1]['contactid']})")
    rest = await client.http.get(body["@odata.nextLink"], headers={"Authorization": f"Bearer {client.token}"})
    assert [row["firstname"] for row in rest.json()["value"]] == ["Noor", "Sam"]


async def test_pages_are_never_larger_than_5000(client: Client) -> None:
    """That is the service's own limit; the count stops there too, and says so."""
    rows = [{"spotler_operation": 724000000} for _ in range(5003)]
    await client.control("POST", "seed", {"spotler_jobs": rows})
    prefer = 'odata.maxpagesize=9000,odata.include-annotations="*"'
    body = (await client("GET", "spotler_jobs?$select=spotler_jobid&$count=true", Prefer=prefer)).json()
    assert len(body["value"]) == 5000
    assert body["@odata.count"] == 5000
    assert body["@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded"] is True


async def test_conditional_reads(client: Client) -> None:
    """304 for a known etag, but not with `$expand` or annotations; `null` is no etag; 412 for another one."""
    path = f"contacts({KIM})?$select=fullname"
    etag = (await client("GET", path)).headers["ETag"]
    same = await client("GET", path, If_None_Match=etag)
    assert (same.status_code, same.content) == (304, b"")
    expanded = f"{path}&$expand=parentcustomerid_account($select=name)"
    assert (await client("GET", expanded, If_None_Match=etag)).status_code == 200
    annotated = await client("GET", path, If_None_Match=etag, Prefer='odata.include-annotations="*"')
    assert annotated.status_code == 200
    assert (await client("GET", path, If_None_Match="null")).status_code == 200
    assert code(await client("GET", path, If_Match='W/"1"')) == (412, "0x80060882")
    assert (await client("GET", path, If_Match=etag)).status_code == 200


async def test_single_properties_and_lookups(client: Client) -> None:
    """A column, a lookup's id and the row behind a lookup have addresses of their own."""
    assert (await client("GET", f"contacts({KIM})/fullname")).json()["value"] == "Kim Jansen"
    assert (await client("GET", f"contacts({KIM})/_parentcustomerid_value")).json()["value"] == CONTOSO
    assert (await client("GET", f"contacts({KIM})/mobilephone")).status_code == 204
    behind = await client("GET", f"contacts({KIM})/parentcustomerid_account?$select=name")
    assert behind.json()["name"] == "Contoso"
    assert (await client("GET", f"contacts({KIM})/parentcustomerid_contact")).status_code == 204
    assert code(await client("GET", f"contacts({KIM})/nothing")) == (404, "0x8006088a")


async def test_who_am_i_and_the_service_document(client: Client) -> None:
    """Both are there for clients that start with them."""
    told = (await client("GET", "WhoAmI")).json()
    assert told["UserId"] == (await client("GET", "WhoAmI()")).json()["UserId"]
    job = await client.job()
    assert job["_ownerid_value"] == told["UserId"]
    sets = [one["name"] for one in (await client("GET", "")).json()["value"]]
    assert {"accounts", "contacts", "leads", "spotler_jobs", "spotler_automations", "posts"} <= set(sets)


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("contacts?$select=Fullname", (400, "0x80060888")),
        ("contacts?$select=parentcustomerid", (400, "0x80060888")),
        ("contacts?$select=fullname,", (400, "0x80060888")),
        ("contacts?$expand=parentcustomerid", (400, "0x80060888")),
        ("contacts?$expand=parentcustomerid_Account", (400, "0x80060888")),
        ("contacts?$expand=parentcustomerid_account($select=nothing)", (400, "0x80060888")),
        ("contacts?$expand=parentcustomerid_account($select=name", (400, "0x80060888")),
        ("contacts?$expand=ownerid", (501, "0x80040800")),
        ("contacts?$orderby=nothing", (400, "0x80060888")),
        ("contacts?$orderby=fullname up", (400, "0x80060888")),
        ("contacts?$skip=2", (400, "0x80060888")),
        ("contacts?$top=0", (400, "0x80060888")),
        ("contacts?$top=x", (400, "0x80060888")),
        ("contacts?$count=yes", (400, "0x80060888")),
        ("contacts?$filter=", (400, "0x80060888")),
        ("contacts?$filter=statecode eq 0&$filter=statecode eq 1", (400, "0x80060888")),
        ("contacts?$skiptoken=nonsense", (400, "0x80040203")),
        ("contacts?$unheard=of", (400, "0x80060888")),
        ("contacts?$apply=aggregate(x)", (501, "0x80040800")),
        ("contacts?fetchXml=<fetch/>", (501, "0x80040800")),
        (f"contacts({KIM})?$filter=statecode eq 0", (400, "0x80060888")),
        (f"contacts({NOBODY})", (404, "0x80040217")),
        ("contacts(x)", (400, "0x80060888")),
        ("contacts(fullname='x')", (400, "0x80060888")),
        ("Contacts", (501, "0x80040800")),
        ("people", (404, "0x8006088a")),
        ("teams", (501, "0x80040800")),
        ("systemuserrolescollection", (501, "0x80040800")),
        ("RetrieveVersion", (501, "0x80040800")),
        ("contacts/Microsoft.Dynamics.CRM.CreateMultiple", (501, "0x80040800")),
        (f"leads({ROBIN})/parentcontactid/$ref", (501, "0x80040800")),
    ],
)
async def test_reads_refused(client: Client, path: str, refusal: tuple[int, str]) -> None:
    """400 as the real service, 404 for what is nowhere, 501 for what the sandbox leaves out."""
    assert code(await client("GET", path)) == refusal


async def test_a_page_size_must_be_one(client: Client) -> None:
    """A preference that is understood and senseless is refused; an unknown one is ignored."""
    assert code(await client("GET", "contacts", Prefer="odata.maxpagesize=0")) == (400, "0x80060888")
    assert code(await client("GET", "contacts", Prefer="odata.track-changes")) == (501, "0x80040800")
    assert (await client("GET", "contacts", Prefer="wait=5, return=minimal")).status_code == 200


async def test_alternate_keys_in_urls(client: Client) -> None:
    """Rows are found by key without regard to case; characters that no key survives are refused."""
    made = await client("POST", "spotler_automations", {"spotler_key": "aBc'1", "spotler_name": "One"})
    assert made.status_code == 204
    for key in ("aBc''1", "abc''1", "aBc%27%271"):
        found = await client("GET", f"spotler_automations(spotler_key='{key}')?$select=spotler_name")
        assert found.json()["spotler_name"] == "One"
    assert code(await client("GET", "spotler_automations(spotler_key='other')")) == (404, "0x80060891")
    assert code(await client("GET", "spotler_automations(spotler_code='x')")) == (400, "0x80060888")
    assert code(await client("GET", "spotler_automations(spotler_key=null)")) == (400, "0x80060888")
    for sign in ("%2F", "%3C", "%3E", "*", "%25", "%26", ":", "%5C", "%3F", "+", "%2B"):
        refused = await client("GET", f"spotler_automations(spotler_key='a{sign}b')")
        assert code(refused) == (400, "0x0"), sign
    by_id = await client("GET", f"accounts(accountid={FABRIKAM})?$select=name")
    assert by_id.json()["name"] == "Fabrikam"
