"""Tokens, versions, browsers and control routes around the Web API."""

from __future__ import annotations

import asyncio
import os
import signal
import sys

import httpx
import pytest

from sandbox.dataverse.tokens import Tokens
from tests.sandbox.dataverse.service import CONTOSO, KIM, START, Client, code

API = "/api/data/v9.2"


async def test_only_issued_tokens_are_let_in(client: Client) -> None:
    """401 without a body in the error shape; a token stops working once all are revoked."""
    for headers in ({}, {"Authorization": "Bearer made-up"}, {"Authorization": f"Basic {client.token}"}):
        answer = await client.http.get(f"{API}/contacts", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    issued = await client.control("POST", "token")
    assert set(issued) == {"access_token", "expires_in"}
    client.token = issued["access_token"]
    assert (await client("GET", "WhoAmI")).status_code == 200
    assert (await client.control("POST", "token/expire"))["revoked"] >= 2
    assert (await client("GET", "WhoAmI")).status_code == 401
    assert (await client.http.post("/_sandbox/token", json={"user": 5})).status_code == 400


async def test_a_token_expires() -> None:
    """An hour after it was issued."""
    time = [0.0]
    tokens = Tokens(lambda: time[0])
    issued = tokens.issue("Kim")
    header = f"bearer {issued.access_token}"
    time[0] = issued.expires_in - 1
    assert tokens.user(header) == "Kim"
    time[0] = issued.expires_in
    assert tokens.user(header) is None


async def test_rows_tell_who_made_them(client: Client) -> None:
    """Owner and author are the user of the token."""
    client.token = (await client.control("POST", "token", {"user": "Kim Jansen"}))["access_token"]
    made = await client.job()
    path = f"spotler_jobs({made['spotler_jobid']})?$select=_ownerid_value"
    row = (await client("GET", path, Prefer='odata.include-annotations="*"')).json()
    assert row["_ownerid_value@OData.Community.Display.V1.FormattedValue"] == "Kim Jansen"
    assert row["_ownerid_value@Microsoft.Dynamics.CRM.lookuplogicalname"] == "systemuser"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/data/v9.1/contacts", 501),
        ("/api/data/v9.0/", 501),
        ("/api/data/v9.2", 200),
        ("/api/data/contacts", 404),
        ("/", 404),
        ("/main.aspx", 404),
    ],
)
async def test_paths_outside_the_service(client: Client, path: str, status: int) -> None:
    """One version is imitated; other versions say so."""
    answer = await client.http.get(path, headers={"Authorization": f"Bearer {client.token}"})
    assert answer.status_code == status


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("http://localhost:7070", True),
        ("http://127.0.0.1:49152", True),
        ("http://localhost", True),
        ("https://localhost.example.org", False),
        ("http://localhost.example.org:7070", False),
        ("null", False),
    ],
)
async def test_pages_of_this_machine_may_call(client: Client, origin: str, *, allowed: bool) -> None:
    """Preflights are answered without token, journal and faults; answers name the origin, refusals too."""
    await client.control("POST", "faults", {"match": "* /", "kind": "status", "status": 503})
    preflight = await client.http.options(
        f"{API}/spotler_jobs",
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,prefer",
        },
    )
    assert preflight.status_code == 204
    faulty = await client("GET", "contacts", Origin=origin)
    assert faulty.status_code == 503
    await client.control("DELETE", "faults")
    plain = await client("GET", "contacts", Origin=origin)
    control = await client.http.get("/_sandbox/journal", headers={"Origin": origin})
    for answer in (preflight, faulty, plain, control):
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if allowed else None)
    assert "prefer" in preflight.headers["Access-Control-Allow-Headers"]
    assert [entry["method"] for entry in control.json()] == ["GET", "GET"]


async def test_reset_goes_back_to_the_seed_rows(client: Client) -> None:
    """Rows, webhook and limits are as at the start; tokens stay, and etags are never used again."""
    job = await client.job()
    await client("PATCH", f"contacts({KIM})", {"jobtitle": "Buyer"})
    before = (await client("GET", f"contacts({KIM})")).json()
    await client.control("POST", "reset")
    after = (await client("GET", f"contacts({KIM})")).json()
    assert after["jobtitle"] is None
    assert after["versionnumber"] > before["versionnumber"] > job["versionnumber"]
    assert await client.rows("spotler_jobs") == []
    assert await client.rows("spotler_automations") == []
    assert [row["name"] for row in await client.rows("accounts?$orderby=name")] == ["Contoso", "Fabrikam"]
    assert len(await client.rows("contacts")) == 4
    assert len(await client.rows("leads")) == 2


async def test_seeding(client: Client) -> None:
    """Rows by set name, with times of one's own; an id that is there is changed."""
    own = "44444444-0000-4000-8000-000000000001"
    counts = await client.control(
        "POST",
        "seed",
        {
            "contacts": [{"id": KIM, "jobtitle": "Buyer"}, {"contactid": own, "firstname": "New"}],
            "spotler_jobs": [
                {
                    "spotler_operation": START,
                    "createdon": "2020-01-01T00:00:00Z",
                    "modifiedon": "2020-01-02T00:00:00Z",
                    "statecode": 1,
                    "spotler_CustomerId_account@odata.bind": f"/accounts({CONTOSO})",
                }
            ],
        },
    )
    assert counts == {"contacts": 2, "spotler_jobs": 1}
    assert (await client("GET", f"contacts({KIM})")).json()["fullname"] == "Kim Jansen"
    [job] = await client.rows("spotler_jobs")
    assert (job["createdon"], job["modifiedon"]) == ("2020-01-01T00:00:00Z", "2020-01-02T00:00:00Z")
    assert (job["statuscode"], job["_spotler_customerid_value"]) == (2, CONTOSO)


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": [{}]},
        {"systemusers": [{}]},
        {"contacts": {}},
        {"contacts": ["x"]},
        {"contacts": [{"firstname": "Added"}, {"nothing": 1}]},
        {"contacts": [{"firstname": "Added"}], "leads": [{"parentcontactid@odata.bind": "/contacts(x)"}]},
    ],
)
async def test_a_seed_that_is_refused_adds_nothing(client: Client, wrong: dict[str, object]) -> None:
    """The first row of a bad seed is taken back."""
    answer = await client.http.post("/_sandbox/seed", json=wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert await client.rows("contacts?$filter=firstname eq 'Added'") == []


async def test_faults_speak_the_platforms_language(client: Client) -> None:
    """A status fault has the documented error shape and code."""
    await client.control(
        "POST", "faults", {"match": "GET /contacts", "kind": "status", "status": 412, "times": 1}
    )
    assert code(await client("GET", f"contacts({KIM})")) == (412, "0x80060882")
    assert (await client("GET", f"contacts({KIM})")).status_code == 200


async def test_an_answer_lost_after_the_effect(client: Client) -> None:
    """The row is changed although the client saw the connection break."""
    await client.control("POST", "faults", {"match": "PATCH /contacts", "kind": "drop_after", "times": 1})
    with pytest.raises(httpx.TransportError):
        await client("PATCH", f"contacts({KIM})", {"jobtitle": "Buyer"}, If_Match="*")
    assert (await client("GET", f"contacts({KIM})")).json()["jobtitle"] == "Buyer"


async def test_as_a_process() -> None:
    """`python -m sandbox.dataverse` says when it is ready, where, and ends well when asked to."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "sandbox.dataverse", "--port", "0", "--no-posts", "--limit-requests", "1"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode().split()
        assert line[:2] == ["ready", "dataverse"]
        url = f"http://localhost:{line[2]}"
        async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=10) as http:
            token = (await http.post("/_sandbox/token")).json()["access_token"]
            sent = {"Authorization": f"Bearer {token}"}
            assert (await http.get(f"{API}/posts", headers=sent)).status_code == 404
            assert (await http.get(f"{API}/posts", headers=sent)).status_code == 429
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            rest, errors = await process.communicate()
        assert (process.returncode, rest, errors) == (0, b"", b"")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
