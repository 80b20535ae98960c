"""Forms show columns that are there, and their scripts are web resources; changes wait for publication."""

from __future__ import annotations

import base64

import pytest

from tests.sandbox.dataverse.platform.administrator import (
    SCRIPT,
    form_of,
    made,
    make_table,
    publish,
    some_id,
)
from tests.sandbox.dataverse.service import Client, code

CLASS = "{4273EDBD-AC1D-40d3-9FB2-095C621B552D}"


def cell(name: str, identifier: str = "") -> str:
    """A cell that shows a column."""
    return (
        f'<cell id="{{{some_id(identifier or name)}}}" showlabel="true"><labels><label description="{name}" '
        f'languagecode="1033"/><label description="{name}" languagecode="1043"/></labels><control id="{name}" '
        f'classid="{CLASS}" datafieldname="{name}" disabled="false"/></cell>'
    )


FORM = (
    f'<form><tabs><tab name="general" id="{{{some_id("tab")}}}" IsUserDefined="0"><labels><label '
    'description="General" languagecode="1033"/></labels><columns><column width="100%"><sections><section '
    f'name="what" id="{{{some_id("section")}}}" showlabel="true" showbar="false" columns="1"><labels><label '
    'description="What" languagecode="1033"/></labels><rows><row>'
    f"{cell('acme_name')}</row><row>{cell('ownerid')}</row><row/></rows></section></sections></column></columns>"
    '</tab></tabs><formLibraries><Library name="acme_/form.js" '
    f'libraryUniqueId="{{{some_id("library")}}}"/></formLibraries><events><event name="onload" '
    'application="false" active="true"><Handlers><Handler functionName="Acme.onLoad" '
    f'libraryName="acme_/form.js" handlerUniqueId="{{{some_id("handler")}}}" enabled="true" parameters="" '
    'passExecutionContext="true"/></Handlers></event></events></form>'
)


async def make_script(admin: Client) -> None:
    """The script that the form names."""
    body = {
        "webresourceid": SCRIPT,
        "name": "acme_/form.js",
        "webresourcetype": 3,
        "content": base64.b64encode(b"// nothing").decode(),
    }
    made(await admin("POST", "webresourceset", body))


async def test_a_form_is_changed_and_then_published(admin: Client) -> None:
    """Readers see the old one until then."""
    await make_table(admin)
    await make_script(admin)
    before = await form_of(admin)
    assert before["name"] == "Information"
    path = f"systemforms({before['formid']})"
    made(await admin("PATCH", path, {"formxml": FORM, "name": "Thing"}, If_Match="*"))
    assert (await form_of(admin))["formxml"] == before["formxml"]
    unpublished = "systemforms/Microsoft.Dynamics.CRM.RetrieveUnpublishedMultiple()"
    [written] = await admin.rows(f"{unpublished}?$filter=objecttypecode eq 'acme_thing'&$select=name,formxml")
    assert (written["name"], written["formxml"]) == ("Thing", FORM)
    await publish(admin, tables=("acme_thing",))
    after = await form_of(admin)
    assert (after["name"], after["formxml"], after["formid"]) == ("Thing", FORM, before["formid"])


@pytest.mark.parametrize(
    ("part", "by"),
    [
        ('datafieldname="acme_name"', 'datafieldname="acme_other"'),
        (some_id("ownerid"), some_id("acme_name")),
        (f'<cell id="{{{some_id("ownerid")}}}"', '<cell id="second"'),
        ('control id="ownerid"', 'control id="acme_name"'),
        ('Library name="acme_/form.js"', 'Library name="acme_/other.js"'),
        ('libraryName="acme_/form.js"', 'libraryName="acme_/other.js"'),
        ('functionName="Acme.onLoad"', ""),
        (f'classid="{CLASS}"', 'classid="text"'),
        ('languagecode="1043"', 'languagecode="1031"'),
        ('languagecode="1043"', 'languagecode="nl"'),
        ('column width="100%"', "column"),
        ('event name="onload"', 'event name="onchange" attribute="acme_other"'),
        ("<row/>", "<cell/>"),
        ("<tabs>", "<pages/><tabs>"),
        ("</form>", "</form><form/>"),
        ("<form>", '<!DOCTYPE form [<!ENTITY a "b">]><form>'),
    ],
)
async def test_forms_refused(admin: Client, part: str, by: str) -> None:
    """Unknown columns, ids that are there twice, scripts that are not there, and what is no form."""
    await make_table(admin)
    await make_script(admin)
    assert part in FORM
    path = f"systemforms({(await form_of(admin))['formid']})"
    answer = await admin("PATCH", path, {"formxml": FORM.replace(part, by, 1)}, If_Match="*")
    assert answer.status_code == 400
    made(await admin("PATCH", path, {"formxml": FORM}, If_Match="*"))


async def test_a_form_without_a_tab(admin: Client) -> None:
    """It is refused."""
    await make_table(admin)
    path = f"systemforms({(await form_of(admin))['formid']})"
    answer = await admin("PATCH", path, {"formxml": "<form><tabs/></form>"}, If_Match="*")
    assert answer.status_code == 400


async def test_a_script_that_a_form_uses_stays(admin: Client) -> None:
    """Also where the form that uses it is not yet published; the default form itself can be published as it is."""
    await make_table(admin)
    await make_script(admin)
    form = await form_of(admin)
    path = f"systemforms({form['formid']})"
    made(await admin("PATCH", path, {"formxml": FORM}, If_Match="*"))
    assert code(await admin("DELETE", f"webresourceset({SCRIPT})")) == (400, "0x8004f01f")
    await publish(admin, tables=("acme_thing",))
    made(await admin("PATCH", path, {"formxml": form["formxml"]}, If_Match="*"))
    assert code(await admin("DELETE", f"webresourceset({SCRIPT})")) == (400, "0x8004f01f")
    await publish(admin, tables=("acme_thing",))
    made(await admin("DELETE", f"webresourceset({SCRIPT})"))


async def test_a_second_form_and_the_last(admin: Client) -> None:
    """A form can be added and deleted; the last main form stays."""
    await make_table(admin)
    first = await form_of(admin)
    body = {"name": "Two", "objecttypecode": "acme_thing", "type": 2, "formxml": first["formxml"]}
    made(await admin("POST", "systemforms", body))
    made(await admin("DELETE", f"systemforms({first['formid']})"))
    last = await form_of(admin)
    assert last["name"] == "Two"
    assert (await admin("DELETE", f"systemforms({last['formid']})")).status_code == 400
    assert (await admin("POST", "systemforms", body | {"objecttypecode": "nothing"})).status_code == 400
    assert (await admin("POST", "systemforms", body | {"formxml": None})).status_code == 400
