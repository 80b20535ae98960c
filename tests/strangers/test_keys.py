"""Does a caller without the right key get nothing but a 401?"""

from __future__ import annotations

import json

import pytest

from sandbox.scenario.people import KIM, SAM, WELCOME
from sandbox.world import FUNCTION_KEY
from tests.world import Live

ROUTES = (
    ("POST", "/api/spotler-jobs"),
    ("POST", "/api/catalogue/refresh"),
    ("POST", "/api/catalogue/refresh?force=true"),
    ("GET", "/api/health"),
    ("POST", "/admin/functions/sync_catalogue"),
    ("POST", "/admin/functions/reconcile_jobs"),
    ("POST", "/admin/functions/process_jobs"),
)

WRONG = (
    *(None, "", " ", "wrong", "null", "*", FUNCTION_KEY.upper(), FUNCTION_KEY[:-1], FUNCTION_KEY + "="),
    *(f" {FUNCTION_KEY}x", f"{FUNCTION_KEY},{FUNCTION_KEY}", "k" * 4000, "ключ"),
)


def in_header(key: str | None) -> dict[str, str]:
    """The key as callers send it; text that no header can hold goes as UTF-8."""
    return {} if key is None else {"x-functions-key": key.encode().decode("latin-1")}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_the_key_nothing_is_done(world: Live, method: str, path: str) -> None:
    """No request to Dataverse or Spotler, no message, not even a line of a function in the log."""
    row = await world.start(KIM, WELCOME)
    assert await world.until(world.idle)
    body = {
        "MessageName": "Create",
        "PrimaryEntityName": "spotler_job",
        "PrimaryEntityId": row["spotler_jobid"],
    }
    data = json.dumps(body).encode() if method == "POST" else None
    for part in ("dataverse", "spotler"):
        await world.clear_journal(part)
    log = world.processes.logs / "functions.log"
    before = len(log.read_bytes())
    for key in WRONG:
        answers = [
            await world.call(method, path, key=None, data=data, headers=in_header(key)),
            await world.call(
                method,
                f"{path}{'&' if '?' in path else '?'}code={key or ''}",
                key=None,
                data=data,
                headers={"Authorization": f"Bearer {FUNCTION_KEY}", "Cookie": f"code={FUNCTION_KEY}"},
            ),
        ]
        for answer in answers:
            assert (key, answer.status) == (key, 401), answer
            assert FUNCTION_KEY not in answer.text
    for counts in (await world.queues()).values():
        assert {counts[name] for name in ("active", "scheduled", "locked", "deadLetter")} == {0}, counts
    assert await world.journal("dataverse") == []
    assert await world.journal("spotler") == []
    assert "Function" not in log.read_bytes()[before:].decode(errors="replace")
    if path == ROUTES[-1][1]:
        assert (await world.start(SAM, WELCOME))["spotler_resultcode"] == "OK"
