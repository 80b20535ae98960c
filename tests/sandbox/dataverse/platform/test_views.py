"""Views name tables and columns that are there; changes are seen once they are published."""

from __future__ import annotations

import pytest

from tests.sandbox.dataverse.platform.administrator import (
    IN_SOLUTION,
    VIEW,
    components,
    made,
    make_table,
    publish,
)
from tests.sandbox.dataverse.service import Client, code

FETCH = (
    '<fetch version="1.0" mapping="logical"><entity name="contact"><attribute name="contactid"/>'
    '<attribute name="fullname"/><attribute name="createdon"/><order attribute="fullname" descending="false"/>'
    '<filter type="and"><condition attribute="statecode" operator="eq" value="0"/>'
    '<condition attribute="ownerid" operator="eq-userid"/>'
    '<condition entityname="firm" attribute="name" operator="like" value="A%"/></filter>'
    '<link-entity name="account" from="accountid" to="parentcustomerid" alias="firm" link-type="outer">'
    '<attribute name="name"/></link-entity></entity></fetch>'
)
LAYOUT = (
    '<grid name="resultset" object="2" jump="fullname" select="1" icon="1" preview="1"><row name="result" '
    'id="contactid"><cell name="fullname" width="300"/><cell name="firm.name" width="100"/></row></grid>'
)
BODY = {"savedqueryid": VIEW, "name": "Ours", "returnedtypecode": "contact", "querytype": 0}


async def test_a_view_is_taken_and_read_back(admin: Client) -> None:
    """At once, for everybody, as a component of its solution."""
    await make_table(admin)
    made(await admin("POST", "savedqueries", BODY | {"fetchxml": FETCH, "layoutxml": LAYOUT}, **IN_SOLUTION))
    view = (await admin("GET", f"savedqueries({VIEW})")).json()
    assert (view["fetchxml"], view["layoutxml"], view["statecode"]) == (FETCH, LAYOUT, 0)
    assert (26, VIEW) in await components(admin)
    made(await admin("DELETE", f"savedqueries({VIEW})"))
    assert (26, VIEW) not in await components(admin)


@pytest.mark.parametrize(
    ("part", "by", "refusal"),
    [
        ('attribute name="fullname"', 'attribute name="nothing"', "0x80041103"),
        ('order attribute="fullname"', 'order attribute="nothing"', "0x80041103"),
        ('condition attribute="statecode"', 'condition attribute="nothing"', "0x80041103"),
        ('firm" attribute="name"', 'firm" attribute="fullname"', "0x80041103"),
        ('entityname="firm"', 'entityname="other"', "0x80040203"),
        ('from="accountid"', 'from="nothing"', "0x80041103"),
        ('to="parentcustomerid"', 'to="nothing"', "0x80041103"),
        ('link-entity name="account"', 'link-entity name="firm"', "0x80041102"),
        ('entity name="contact"', 'entity name="nothing"', "0x80041102"),
        ('entity name="contact"', 'entity name="account"', "0x80040203"),
        ('operator="eq" value="0"', 'operator="eq"', "0x80040203"),
        ('operator="eq-userid"', 'operator="eq-userid" value="1"', "0x80040203"),
        ('operator="like"', 'operator="resembles"', "0x80040203"),
        ('filter type="and"', 'filter type="xor"', "0x80040203"),
        ('<attribute name="contactid"/>', "<column/>", "0x80040203"),
        ("</fetch>", "", "0x80040203"),
        ("<fetch ", "<!DOCTYPE fetch><fetch ", "0x80040203"),
        ('<fetch version="1.0" mapping="logical">', "<fetch><entity/>", "0x80040203"),
    ],
)
async def test_queries_refused(admin: Client, part: str, by: str, refusal: str) -> None:
    """Unknown tables, columns, links, operators and elements."""
    assert part in FETCH
    fetch = FETCH.replace(part, by, 1)
    answer = await admin("POST", "savedqueries", BODY | {"fetchxml": fetch, "layoutxml": LAYOUT})
    assert code(answer) == (400, refusal)


@pytest.mark.parametrize(
    ("part", "by"),
    [
        ('cell name="fullname"', 'cell name="nothing"'),
        ('cell name="fullname"', 'cell name="lastname"'),
        ('cell name="fullname"', 'cell name="firm.name"'),
        ('cell name="firm.name"', 'cell name="firm.accountnumber"'),
        ('jump="fullname"', 'jump="nothing"'),
        ('id="contactid"', 'id="accountid"'),
        ('object="2"', 'object="1"'),
        ('width="300"', 'width="wide"'),
        ('<cell name="fullname" width="300"/>', "<column/>"),
        ("<grid ", "<table "),
    ],
)
async def test_layouts_refused(admin: Client, part: str, by: str) -> None:
    """Cells that are not there, not asked for, or there twice."""
    assert part in LAYOUT
    layout = LAYOUT.replace(part, by, 1)
    answer = await admin("POST", "savedqueries", BODY | {"fetchxml": FETCH, "layoutxml": layout})
    assert answer.status_code == 400


@pytest.mark.parametrize("missing", ["name", "returnedtypecode", "fetchxml"])
async def test_a_view_is_whole(admin: Client, missing: str) -> None:
    """It has a name, a table and a query."""
    body = BODY | {"fetchxml": FETCH, "layoutxml": LAYOUT}
    assert (await admin("POST", "savedqueries", body | {missing: None})).status_code == 400


async def test_a_table_comes_with_views(admin: Client) -> None:
    """Its platform made them, they fit, and they cannot be deleted."""
    await make_table(admin)
    views = await admin.rows("savedqueries?$filter=returnedtypecode eq 'acme_thing' and querytype eq 0")
    assert {view["name"] for view in views} == {"Active Things", "Inactive Things"}
    for view in views:
        same = {"fetchxml": view["fetchxml"], "layoutxml": view["layoutxml"]}
        made(await admin("PATCH", f"savedqueries({view['savedqueryid']})", same, If_Match="*"))
        assert (await admin("DELETE", f"savedqueries({view['savedqueryid']})")).status_code == 400


async def test_a_change_is_seen_once_it_is_published(admin: Client) -> None:
    """Until then readers get the view as it was, and editors what they have written."""
    made(await admin("POST", "savedqueries", BODY | {"fetchxml": FETCH, "layoutxml": LAYOUT}))
    path = f"savedqueries({VIEW})"
    changed = FETCH.replace(
        '<attribute name="fullname"/>', '<attribute name="fullname"/><attribute name="jobtitle"/>'
    )
    wider = LAYOUT.replace("</row>", '<cell name="jobtitle" width="90"/></row>')
    made(await admin("PATCH", path, {"fetchxml": changed}, If_Match="*"))
    made(await admin("PATCH", path, {"layoutxml": wider, "description": "About"}, If_Match="*"))
    seen = (await admin("GET", path)).json()
    assert (seen["fetchxml"], seen["layoutxml"], seen["description"]) == (FETCH, LAYOUT, None)
    written = (
        await admin("GET", f"{path}/Microsoft.Dynamics.CRM.RetrieveUnpublished()?$select=fetchxml")
    ).json()
    assert written["fetchxml"] == changed
    # The layout shows what only the query to come asks for.
    bare = await admin("PATCH", path, {"fetchxml": FETCH}, If_Match="*")
    assert bare.status_code == 400
    await publish(admin, tables=("account",))
    assert (await admin("GET", path)).json()["layoutxml"] == LAYOUT
    await publish(admin, tables=("contact",))
    seen = (await admin("GET", path)).json()
    assert (seen["fetchxml"], seen["layoutxml"], seen["description"]) == (changed, wider, "About")
