"""Rows are written, refused and guarded as the real service does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.dataverse.service import (
    CONTOSO,
    KIM,
    NOBODY,
    ROBIN,
    SAM,
    START,
    Client,
    code,
)

OWN = "44444444-0000-4000-8000-000000000001"


async def test_create_answers_with_the_address_alone(client: Client) -> None:
    """204, no body, the row's URL in OData-EntityId."""
    answer = await client("POST", "spotler_jobs", {"spotler_operation": START})
    assert (answer.status_code, answer.content) == (204, b"")
    place = answer.headers["OData-EntityId"]
    assert place.startswith(f"{client.root}spotler_jobs(")
    row = await client.http.get(place, headers={"Authorization": f"Bearer {client.token}"})
    assert row.json()["spotler_operation"] == START


async def test_create_with_representation(client: Client) -> None:
    """201 with the row, defaults filled in by the platform, `$select` respected."""
    body = {"spotler_operation": START}
    whole = await client("POST", "spotler_jobs", body, Prefer="return=representation")
    assert whole.status_code == 201
    row = whole.json()
    assert (row["statecode"], row["statuscode"]) == (0, 1)
    assert row["@odata.etag"] == f'W/"{row["versionnumber"]}"'
    assert whole.headers["Preference-Applied"] == "return=representation"
    assert whole.headers["OData-EntityId"].endswith(f"spotler_jobs({row['spotler_jobid']})")
    chosen = await client("POST", "spotler_jobs?$select=spotler_name", body, Prefer="return=representation")
    assert {name for name in chosen.json() if "@" not in name} == {"spotler_name", "spotler_jobid"}


async def test_the_sequence_counts_in_the_order_of_creation(client: Client) -> None:
    """An autonumber is text of ten digits that grows with every row."""
    numbers = [(await client.job())["spotler_sequence"] for _ in range(3)]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == 3
    assert {len(number) for number in numbers} == {10}


async def test_a_primary_key_of_ones_own(client: Client) -> None:
    """It is taken as given, in any case; the second use collides."""
    body = {"spotler_jobid": OWN.upper(), "spotler_operation": START}
    assert (await client("POST", "spotler_jobs", body)).headers["OData-EntityId"].endswith(f"({OWN})")
    assert code(await client("POST", "spotler_jobs", body)) == (412, "0x80040237")


async def test_update_only(client: Client) -> None:
    """`If-Match: *` changes a row that is there and makes none."""
    answer = await client("PATCH", f"contacts({KIM})", {"jobtitle": "Buyer"}, If_Match="*")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["OData-EntityId"] == f"{client.root}contacts({KIM})"
    assert (await client("GET", f"contacts({KIM})")).json()["jobtitle"] == "Buyer"
    gone = await client("PATCH", f"contacts({NOBODY})", {"jobtitle": "Buyer"}, If_Match="*")
    assert code(gone) == (404, "0x80040217")
    assert code(await client("GET", f"contacts({NOBODY})")) == (404, "0x80040217")


async def test_update_if_unchanged(client: Client) -> None:
    """An etag holds for one version: the second PATCH with it is refused."""
    job = await client.job()
    path, etag = f"spotler_jobs({job['spotler_jobid']})", job["@odata.etag"]
    claim = {"statecode": 0, "statuscode": 724000000}
    first = await client("PATCH", path, claim, If_Match=etag, Prefer="return=representation")
    assert first.status_code == 200
    assert first.json()["statuscode"] == 724000000
    assert first.json()["@odata.etag"] != etag
    assert code(await client("PATCH", path, claim, If_Match=etag)) == (412, "0x80060882")
    assert code(await client("DELETE", path, If_Match=etag)) == (412, "0x80060882")
    assert (await client("DELETE", path, If_Match=first.headers["ETag"])).status_code == 204


async def test_insert_only(client: Client) -> None:
    """`If-None-Match: *` makes a row and changes none; `null` is not a condition."""
    path = f"spotler_jobs({OWN})"
    assert (await client("PATCH", path, {"spotler_operation": START}, If_None_Match="*")).status_code == 204
    again = await client("PATCH", path, {"spotler_operation": START}, If_None_Match="*")
    assert code(again) == (412, "0x80040237")
    assert (await client("PATCH", path, {"spotler_name": "x"}, If_None_Match="null")).status_code == 204


async def test_a_bare_patch_is_an_upsert(client: Client) -> None:
    """Without a condition it makes the row, then changes it; representation tells which."""
    path = f"spotler_jobs({OWN})"
    made = await client("PATCH", path, {"spotler_name": "a"}, Prefer="return=representation")
    assert (made.status_code, made.json()["spotler_jobid"]) == (201, OWN)
    changed = await client("PATCH", path, {"spotler_name": "b"}, Prefer="return=representation")
    assert (changed.status_code, changed.json()["spotler_name"]) == (200, "b")
    assert (await client("PATCH", path, {"spotler_name": "c"})).status_code == 204


async def test_upsert_by_alternate_key(client: Client) -> None:
    """The key of the URL is the new row's, unless the body says otherwise; found rows keep their id."""
    path = "spotler_automations(spotler_key='a1')"
    made = await client("PATCH", path, {"spotler_name": "One"})
    assert made.status_code == 204
    assert made.headers["OData-EntityId"] == client.root + path
    row = (await client("GET", path)).json()
    assert (row["spotler_key"], row["spotler_name"]) == ("a1", "One")
    body = {"spotler_name": "Two", "spotler_automationid": OWN}
    assert (await client("PATCH", path, body)).status_code == 204
    changed = (await client("GET", path)).json()
    assert (changed["spotler_name"], changed["spotler_automationid"]) == ("Two", row["spotler_automationid"])
    other = "spotler_automations(spotler_key='a2')"
    await client("PATCH", other, {"spotler_key": "a3"})
    assert code(await client("GET", other)) == (404, "0x80060891")
    assert (await client("GET", "spotler_automations(spotler_key='a3')")).status_code == 200
    missing = await client("PATCH", "spotler_automations(spotler_key='b')", {}, If_Match="*")
    assert code(missing) == (404, "0x80060891")


async def test_an_alternate_key_stays_unique(client: Client) -> None:
    """Also against another case and through a PATCH; empty keys never clash; a freed key is free."""
    await client("POST", "spotler_automations", {"spotler_key": "a1"})
    assert code(await client("POST", "spotler_automations", {"spotler_key": "A1"})) == (412, "0x80060892")
    for _ in range(2):
        assert (await client("POST", "spotler_automations", {"spotler_name": "x"})).status_code == 204
    await client("PATCH", f"spotler_automations({OWN})", {"spotler_key": "a2"})
    taken = await client("PATCH", f"spotler_automations({OWN})", {"spotler_key": "a1"}, If_Match="*")
    assert code(taken) == (412, "0x80060892")
    await client("DELETE", "spotler_automations(spotler_key='a1')")
    assert (await client("POST", "spotler_automations", {"spotler_key": "a1"})).status_code == 204


async def test_a_failed_write_leaves_nothing(client: Client) -> None:
    """A row whose last column is refused keeps all of its values and its version."""
    job = await client.job(spotler_name="before")
    path = f"spotler_jobs({job['spotler_jobid']})"
    refused = await client("PATCH", path, {"spotler_name": "after", "spotler_attempts": "x"}, If_Match="*")
    assert refused.status_code == 400
    assert (await client("GET", path)).json()["@odata.etag"] == job["@odata.etag"]


async def test_the_customer_is_one_lookup_with_two_names(client: Client) -> None:
    """Setting one target clears the other, null clears whatever is there."""
    job = await client.job()
    path = f"spotler_jobs({job['spotler_jobid']})"
    read = f"{path}?$select=_spotler_customerid_value"
    prefer = 'odata.include-annotations="Microsoft.Dynamics.CRM.lookuplogicalname"'
    table = "_spotler_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"
    await client(
        "PATCH", path, {"spotler_CustomerId_account@odata.bind": f"/accounts({CONTOSO})"}, If_Match="*"
    )
    row = (await client("GET", read, Prefer=prefer)).json()
    assert (row["_spotler_customerid_value"], row[table]) == (CONTOSO, "account")
    both = {
        "spotler_CustomerId_account@odata.bind": None,
        "spotler_CustomerId_contact@odata.bind": f"contacts({SAM})",
    }
    for body in (both, dict(reversed(both.items()))):
        await client("PATCH", path, body, If_Match="*")
        row = (await client("GET", read, Prefer=prefer)).json()
        assert (row["_spotler_customerid_value"], row[table]) == (SAM, "contact")
    for clearing in ({"spotler_CustomerId_account@odata.bind": None}, {"spotler_CustomerId_contact": None}):
        await client("PATCH", path, {"spotler_CustomerId_contact@odata.bind": f"/contacts({KIM})"})
        await client("PATCH", path, clearing, If_Match="*")
        assert (await client("GET", read)).json()["_spotler_customerid_value"] is None


async def test_binding_by_absolute_url_and_by_alternate_key(client: Client) -> None:
    """Both name a row as well as a relative URL does."""
    await client("PATCH", f"spotler_automations({OWN})", {"spotler_key": "a1"})
    for url in ("/spotler_automations(spotler_key='a1')", f"{client.root}spotler_automations({OWN})"):
        job = await client.job(**{"spotler_AutomationId@odata.bind": url})
        assert job["_spotler_automationid_value"] == OWN


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ({"spotler_customerid@odata.bind": f"/contacts({KIM})"}, (400, "0x80048d19")),
        ({"spotler_customerid_contact@odata.bind": f"/contacts({KIM})"}, (400, "0x80048d19")),
        ({"spotler_leadid@odata.bind": f"/leads({ROBIN})"}, (400, "0x80048d19")),
        ({"spotler_CustomerId_contact@odata.bind": f"/accounts({CONTOSO})"}, (400, "0x80048d19")),
        ({"spotler_CustomerId_contact@odata.bind": KIM}, (400, "0x80060888")),
        ({"spotler_CustomerId_contact@odata.bind": "/contacts"}, (400, "0x80048d19")),
        ({"spotler_CustomerId_contact@odata.bind": 5}, (400, "0x80048d19")),
        ({"spotler_CustomerId_contact@odata.bind": f"/contacts({NOBODY})"}, (404, "0x80040217")),
        ({"spotler_AutomationId@odata.bind": "/spotler_automations(spotler_key='a#b')"}, (404, "0x80060891")),
        ({"_spotler_customerid_value": KIM}, (400, "0x80060888")),
        ({"spotler_customerid": KIM}, (400, "0x80048d19")),
        ({"spotler_LeadId": {"firstname": "New"}}, (501, "0x80040800")),
        ({"ownerid@odata.bind": f"/systemusers({NOBODY})"}, (501, "0x80040800")),
        ({"Spotler_name": "x"}, (400, "0x80048d19")),
        ({"nothing": "x"}, (400, "0x80048d19")),
        ({"spotler_name": 5}, (400, "0x80048d19")),
        ({"spotler_name": "x" * 201}, (400, "0x80044331")),
        ({"spotler_name": "a\x08b"}, (400, "0x80040278")),
        ({"spotler_name": "half \ud83d"}, (400, "0x80040278")),
        ({"spotler_resultcode": "x" * 101}, (400, "0x80044331")),
        ({"spotler_operation": 1}, (400, "0x8004431a")),
        ({"spotler_operation": "724000000"}, (400, "0x80048d19")),
        ({"spotler_operation": True}, (400, "0x80048d19")),
        ({"spotler_attempts": 1.5}, (400, "0x80048d19")),
        ({"spotler_attempts": -1}, (400, "0x80044330")),
        ({"spotler_claimedon": "yesterday"}, (400, "0x80048d19")),
        ({"spotler_claimedon": "2026-01-31T09:15:00"}, (400, "0x80048d19")),
        ({"spotler_claimedon": "1600-01-01T00:00:00Z"}, (400, "0x80044330")),
        ({"spotler_jobid": "x"}, (400, "0x80048d19")),
        ({"statecode": None}, (400, "0x80040203")),
        ({"statecode": 0, "statuscode": 2}, (400, "0x80048408")),
        ({"statecode": 1, "statuscode": 1}, (400, "0x80048408")),
        ({"statuscode": 724000002}, (400, "0x80048408")),
        ([], (400, "0x80048d19")),
        (
            {
                "spotler_CustomerId_contact@odata.bind": f"/contacts({KIM})",
                "spotler_CustomerId_account@odata.bind": f"/accounts({CONTOSO})",
            },
            (400, "0x80040203"),
        ),
    ],
)
async def test_bodies_refused(client: Client, body: Any, refusal: tuple[int, str]) -> None:
    """Wrong names, wrong types, too long, out of range: each with its status and code; no row is made."""
    assert code(await client("POST", "spotler_jobs", body)) == refusal
    assert await client.rows("spotler_jobs") == []


async def test_bodies_that_are_no_json(client: Client) -> None:
    """Broken JSON is 400, another content type 415."""
    sent = {"Authorization": f"Bearer {client.token}", "Content-Type": "application/json"}
    url = "/api/data/v9.2/spotler_jobs"
    assert code(await client.http.post(url, content=b'{"a":', headers=sent)) == (400, "0x80048d19")
    sent["Content-Type"] = "text/plain"
    assert code(await client.http.post(url, content=b"{}", headers=sent)) == (415, "0x80060888")


async def test_what_only_the_platform_writes_is_ignored(client: Client) -> None:
    """Sent back by a client, such columns change nothing; annotations are read past."""
    body = {
        "createdon": "2001-01-01T00:00:00Z",
        "versionnumber": 1,
        "fullname": "Somebody Else",
        "@odata.etag": 'W/"1"',
        "jobtitle": "Buyer",
        "jobtitle@OData.Community.Display.V1.FormattedValue": "Buyer",
    }
    await client("PATCH", f"contacts({KIM})", body, If_Match="*")
    row = (await client("GET", f"contacts({KIM})")).json()
    assert row["fullname"] == "Kim Jansen"
    assert row["jobtitle"] == "Buyer"
    assert not row["createdon"].startswith("2001")


async def test_times_are_kept_in_whole_seconds_of_utc(client: Client) -> None:
    """Fractions are cut off and offsets taken out; empty text is the same as none."""
    job = await client.job(spotler_claimedon="2026-01-31T10:15:42.987+01:00", spotler_resultcode="")
    assert job["spotler_claimedon"] == "2026-01-31T09:15:42Z"
    assert job["spotler_resultcode"] is None


@pytest.mark.parametrize(
    ("changes", "reached"),
    [
        ([{"statecode": 1}], (1, 2)),
        ([{"statecode": 1}, {"statecode": 0}], (0, 1)),
        ([{"statecode": 1, "statuscode": 724000002}], (1, 724000002)),
        ([{"statuscode": 724000001}], (0, 724000001)),
        ([{"statecode": 1, "statuscode": 724000004}, {"spotler_name": "still writable"}], (1, 724000004)),
        ([{"statecode": 1}, {"statuscode": 724000003}], (1, 724000003)),
    ],
)
async def test_states_and_reasons(
    client: Client, changes: list[dict[str, Any]], reached: tuple[int, int]
) -> None:
    """A state alone takes its first reason: Deactivate cancels, Activate queues again."""
    path = f"spotler_jobs({(await client.job())['spotler_jobid']})"
    for change in changes:
        assert (await client("PATCH", path, change, If_Match="*")).status_code == 204
    row = (await client("GET", path)).json()
    assert (row["statecode"], row["statuscode"]) == reached


async def test_a_reason_of_another_state_is_refused(client: Client) -> None:
    """An inactive row does not become In progress by its reason alone."""
    path = f"spotler_jobs({(await client.job())['spotler_jobid']})"
    await client("PATCH", path, {"statecode": 1}, If_Match="*")
    refused = await client("PATCH", path, {"statuscode": 724000000}, If_Match="*")
    assert code(refused) == (400, "0x80048408")


async def test_every_write_makes_a_new_version(client: Client) -> None:
    """Also one that changes nothing."""
    versions = []
    for _ in range(2):
        answer = await client(
            "PATCH", f"contacts({KIM})", {"jobtitle": "Buyer"}, Prefer="return=representation"
        )
        versions.append(answer.json()["versionnumber"])
    assert versions[1] > versions[0]


async def test_single_columns(client: Client) -> None:
    """PUT sets one column, DELETE empties it, both only on a row that is there and unchanged."""
    path = f"contacts({KIM})/jobtitle"
    assert (await client("PUT", path, {"value": "Buyer"})).status_code == 204
    assert (await client("GET", path)).json()["value"] == "Buyer"
    assert (await client("DELETE", path)).status_code == 204
    assert (await client("GET", path)).status_code == 204
    assert code(await client("PUT", path, {"value": 5})) == (400, "0x80048d19")
    assert code(await client("DELETE", path, If_Match='W/"1"')) == (412, "0x80060882")
    assert code(await client("PUT", f"contacts({NOBODY})/jobtitle", {"value": "x"})) == (404, "0x80040217")


async def test_a_deleted_row_is_gone_and_lookups_to_it_are_emptied(client: Client) -> None:
    """Jobs survive their automation and customer, with the lookup empty and a new version."""
    job = await client.job()
    assert (await client("DELETE", f"contacts({KIM})")).status_code == 204
    assert code(await client("DELETE", f"contacts({KIM})")) == (404, "0x80040217")
    row = (await client("GET", f"spotler_jobs({job['spotler_jobid']})")).json()
    assert row["_spotler_customerid_value"] is None
    assert row["@odata.etag"] != job["@odata.etag"]


async def test_posts_are_made_read_and_deleted_but_not_changed(client: Client) -> None:
    """The Timeline: bound to contact, account or lead, with an id of the client's own."""
    body = {"postid": OWN, "text": "Started", "source": 1, "type": 7}
    bound = body | {"regardingobjectid_contact@odata.bind": f"/contacts({KIM})"}
    assert (await client("POST", "posts", bound)).status_code == 204
    assert code(await client("POST", "posts", bound)) == (412, "0x80040237")
    found = await client.rows(f"posts?$filter=_regardingobjectid_value eq {KIM}")
    assert [row["text"] for row in found] == ["Started"]
    assert code(await client("PATCH", f"posts({OWN})", {"text": "x"})) == (400, "0x80040800")
    assert code(await client("PUT", f"posts({OWN})/text", {"value": "x"})) == (400, "0x80040800")
    assert (await client("DELETE", f"posts({OWN})")).status_code == 204
    assert code(await client("POST", "posts", body)) == (400, "0x80040203")
    job = await client.job()
    elsewhere = body | {"regardingobjectid_spotler_job@odata.bind": f"/spotler_jobs({job['spotler_jobid']})"}
    assert code(await client("POST", "posts", elsewhere)) == (400, "0x80048d19")
    long = bound | {"text": "x" * 2001}
    assert code(await client("POST", "posts", long)) == (400, "0x80044331")


async def test_notes_can_be_changed_and_go_with_their_row(client: Client) -> None:
    """The fallback of the Timeline."""
    body = {"subject": "Started", "notetext": "x", "objectid_lead@odata.bind": f"/leads({ROBIN})"}
    made = await client("POST", "annotations", body, Prefer="return=representation")
    path = f"annotations({made.json()['annotationid']})"
    assert (await client("PATCH", path, {"notetext": "y"}, If_Match="*")).status_code == 204
    assert (await client("GET", path)).json()["_objectid_value"] == ROBIN
    await client("DELETE", f"leads({ROBIN})")
    assert code(await client("GET", path)) == (404, "0x80040217")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", f"contacts({KIM})", 405),
        ("PUT", f"contacts({KIM})", 501),
        ("DELETE", "contacts", 405),
        ("POST", "WhoAmI", 405),
        ("PATCH", "EntityDefinitions(LogicalName='contact')", 405),
        ("POST", "asyncoperations", 501),
        ("DELETE", f"contacts({KIM})/parentcustomerid_account", 501),
        ("POST", "contacts/Microsoft.Dynamics.CRM.UpsertMultiple", 501),
        ("POST", "ExportSolution", 501),
        ("GET", "$batch", 405),
    ],
)
async def test_methods(client: Client, method: str, path: str, status: int) -> None:
    """405 where the real service has nothing, 501 where the sandbox has not."""
    assert (await client(method, path, {})).status_code == status


async def test_errors_carry_more_when_annotations_are_wanted(client: Client) -> None:
    """`include-annotations="*"` adds the platform's own members to an error."""
    plain = (await client("GET", f"contacts({NOBODY})")).json()["error"]
    assert set(plain) == {"code", "message"}
    more = (await client("GET", f"contacts({NOBODY})", Prefer='odata.include-annotations="*"')).json()[
        "error"
    ]
    assert "@Microsoft.PowerApps.CDS.TraceText" in more
