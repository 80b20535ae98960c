"""Does an environment come to what is described, however the way there is disturbed?"""

from __future__ import annotations

import asyncio
from uuid import uuid4

import httpx
import pytest

from dataverse.description.installed import PUBLISHER, ROLES, SCRIPT, SOLUTION, TABLES, WEBHOOK
from tests.dataverse.provisioning.site import (
    HOOK,
    KEY,
    REPEATED,
    Answers,
    Cut,
    Cutting,
    Deaf,
    Ran,
    Site,
    over,
)

PUBLISHED = "POST /api/data/v9.2/PublishXml"
STEPS = "POST /api/data/v9.2/sdkmessageprocessingsteps"


async def assert_installed_once(site: Site) -> None:
    """Everything is as described, with one endpoint and one step."""
    verified = await site.run("verify")
    assert verified.code == 0, verified.said
    assert len(await site.rows("serviceendpoints?$select=name")) == 1
    ours = f"$filter=_eventhandler_value eq {WEBHOOK.endpoint_id}"
    assert len(await site.rows(f"sdkmessageprocessingsteps?$select=name&{ours}")) == 1


async def test_from_nothing_to_everything_and_then_nothing_more(site: Site) -> None:
    """One run installs everything, publishes once, registers the step last; the next run sends no change."""
    assert (await site.run("verify")).code == 1
    ran = await site.apply()
    assert ran.code == 0, ran.complained
    assert "Done. Everything is as described." in ran.said
    changes = await site.changes()
    assert changes.count(PUBLISHED) == 1
    assert changes[-1] == STEPS
    await assert_installed_once(site)

    again = await site.apply()
    assert again.code == 0
    assert "Nothing to do." in again.said
    assert await site.changes() == changes


async def test_every_read_asks_for_what_is_true_now(site: Site) -> None:
    """Each read of the environment goes with `Consistency: Strong`."""
    seen: list[str | None] = []

    class Watching(Cutting):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "/_sandbox/" not in str(request.url):
                seen.append(request.headers.get("Consistency"))
            return await super().handle_async_request(request)

    assert (await site.apply(http=over(Watching(10_000, after=True)))).code == 0
    assert len(seen) > 80
    assert set(seen) == {"Strong"}


@pytest.mark.parametrize(
    ("changes", "after"), [(1, True), (2, False)], ids=["after its effect", "before its effect"]
)
async def test_cut_off_at_every_other_change_and_run_again(site: Site, changes: int, *, after: bool) -> None:
    """Run after run is ended at a change soon after its begin, until one comes to its end: as in one go."""
    assert (await site.apply()).code == 0
    in_one_go = await site.found()
    await site.start_over()

    runs = 0
    while True:
        runs += 1
        assert runs < 200
        try:
            ran = await site.apply(http=over(Cutting(changes, after=after, uncounted=REPEATED)))
        except Cut:
            continue
        break
    assert ran.code == 0, ran.complained
    assert runs > 20
    assert await site.found() == in_one_go
    await assert_installed_once(site)


@pytest.mark.parametrize("changes", [0, 11, 43, 52, 54])
async def test_cut_off_somewhere_and_run_to_the_end(site: Site, changes: int) -> None:
    """One interruption anywhere, then one run: all is there, and what was made is not made again."""
    with pytest.raises(Cut):
        await site.apply(http=over(Cutting(changes, after=True)))
    assert (await site.apply()).code == 0
    await assert_installed_once(site)
    made = [change for change in await site.changes() if change.endswith("/EntityDefinitions")]
    assert len(made) == len(TABLES)


async def test_every_answer_gets_lost(site: Site) -> None:
    """No create is repeated blindly: whoever looks finds what the lost answer was about."""
    deaf = Deaf()
    ran = await site.apply(http=over(deaf))
    assert ran.code == 0, ran.complained
    assert deaf.lost > 40
    await assert_installed_once(site)
    assert (await site.changes()).count(STEPS) == 1


async def test_two_administrators_at_once(site: Site) -> None:
    """Both come to the end, and nothing is there twice."""
    ran: tuple[Ran, Ran] = await asyncio.gather(site.apply(), site.apply())
    assert [one.code for one in ran] == [0, 0], [one.complained for one in ran]
    await assert_installed_once(site)


async def test_metadata_that_is_seen_late(site: Site) -> None:
    """New tables and columns may answer 404 for a while."""
    await site.control("metadata", {"stale_seconds": 0.02})
    ran = await site.apply()
    assert ran.code == 0, ran.complained
    await site.control("metadata", {"stale_seconds": 0})
    await assert_installed_once(site)


async def test_a_busy_service(site: Site) -> None:
    """What is refused for now is sent again; what is unclear is looked at."""
    for match, kind, more in (
        ("POST /EntityDefinitions", "status", {"status": 429, "retry_after": "1"}),
        ("POST /EntityDefinitions", "status", {"status": 503, "retry_after": "1"}),
        ("POST /RelationshipDefinitions", "drop_before", {}),
        ("POST /savedqueries", "drop_after", {}),
        ("POST /roles", "half_body", {}),
        ("POST /PublishXml", "status", {"status": 500}),
        ("GET /EntityDefinitions", "status", {"status": 502}),
        ("POST /InsertStatusValue", "html", {"status": 502, "after": True}),
        ("PATCH /systemforms", "drop_after", {}),
    ):
        await site.control("faults", {"match": match, "kind": kind, "times": 1, **more})
    ran = await site.apply()
    assert ran.code == 0, ran.complained
    await assert_installed_once(site)


async def test_another_change_is_being_made(site: Site) -> None:
    """Dataverse takes one change of the customizations at a time; ours waits for its turn."""
    busy = {"error": {"code": "0x80071151", "message": "there is another PublishAll running at this moment"}}
    await site.control(
        "faults",
        {"match": "POST /EntityDefinitions", "kind": "status", "status": 400, "times": 3, "body": busy},
    )
    assert (await site.apply()).code == 0
    await assert_installed_once(site)


async def test_an_index_that_failed_is_built_again(site: Site) -> None:
    """Once may have been bad luck."""
    await site.control("metadata", {"fail_next_index": 1})
    ran = await site.apply()
    assert ran.code == 0, ran.complained
    assert "it is built anew (1 of 2)" in ran.said
    await assert_installed_once(site)


async def test_an_index_that_keeps_failing_is_told(site: Site) -> None:
    """With what to do, and without a webhook; the next run goes on there."""
    await site.control("metadata", {"fail_next_index": 9})
    ran = await site.apply()
    assert ran.code == 3
    assert "delete the doubles and run apply again" in ran.complained
    assert STEPS not in await site.changes()
    await site.control("metadata", {"fail_next_index": 0})
    assert (await site.apply()).code == 0
    await assert_installed_once(site)


async def test_an_index_that_takes_too_long_is_told(site: Site) -> None:
    """There is a ceiling; the next run goes on waiting."""
    await site.control("metadata", {"index_seconds": 3600})
    ran = await site.apply()
    assert ran.code == 3
    assert "not active after 20 minutes" in ran.complained


async def test_the_key_is_never_shown(site: Site) -> None:
    """Neither on the screen nor in any address; Dataverse has it all the same."""
    ran = await site.apply()
    assert KEY not in ran.terminal.everything
    assert all(KEY not in path for _, path, _ in await site.journal())
    (endpoint,) = await site.rows("serviceendpoints?$select=url,isauthvalueset")
    assert endpoint["url"] == HOOK
    assert endpoint["isauthvalueset"] is True


async def test_the_key_is_asked_for_where_a_person_sits(site: Site) -> None:
    """Not shown while it is typed; without one nothing is written."""
    person = Answers(interactive=True, answers=["y"], secret=KEY)
    ran = await site.run("apply", "--webhook-url", HOOK, terminal=person, key=None)
    assert ran.code == 0, ran.complained
    await site.start_over()
    nobody = await site.run("apply", "--webhook-url", HOOK, "--yes", key=None)
    assert nobody.code == 2
    assert "SPOTLER_JOBS_WEBHOOK_KEY" in nobody.complained
    assert await site.changes() == []


@pytest.mark.parametrize("key", ["two words", "line\nfeed", "é", "k" * 2049])
async def test_a_key_that_is_none_is_refused(site: Site, key: str) -> None:
    """Without showing it."""
    ran = await site.run("apply", "--webhook-url", HOOK, "--yes", key=key)
    assert ran.code == 2
    assert key not in ran.terminal.everything
    assert await site.changes() == []


async def test_the_key_is_exchanged_on_request_only(site: Site) -> None:
    """A second run without the option leaves the key alone."""
    await site.apply()
    before = await site.changes()
    assert (await site.apply("--new-webhook-key")).code == 0
    (change,) = (await site.changes())[len(before) :]
    assert change == f"PATCH /api/data/v9.2/serviceendpoints({WEBHOOK.endpoint_id})"


async def test_the_webhook_moves_on_request_only(site: Site) -> None:
    """Another address is one change; none given keeps what is registered."""
    await site.apply()
    elsewhere = "http://localhost:9999/api/elsewhere"
    assert (await site.run("verify", "--webhook-url", elsewhere)).code == 1
    assert (await site.run("apply", "--webhook-url", elsewhere, "-y", key=None)).code == 0
    assert (await site.rows("serviceendpoints?$select=url"))[0]["url"] == elsewhere
    assert (await site.run("apply", "-y", key=None)).code == 0
    assert (await site.rows("serviceendpoints?$select=url"))[0]["url"] == elsewhere


async def test_without_an_address_nothing_is_written(site: Site) -> None:
    """There is nothing to post jobs to yet."""
    ran = await site.run("apply", "--yes")
    assert ran.code == 2
    assert "--webhook-url" in ran.complained
    assert await site.changes() == []


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("yes", 0), ("", 1), ("n", 1), ("maybe", 1)])
async def test_a_person_is_asked_before_anything_is_written(site: Site, answer: str, code: int) -> None:
    """Whoever does not say yes changes nothing."""
    person = Answers(interactive=True, answers=[answer])
    ran = await site.run("apply", "--webhook-url", HOOK, terminal=person)
    assert ran.code == code
    assert bool(await site.changes()) == (code == 0)


async def test_nobody_to_ask_and_not_told_to_go_on(site: Site) -> None:
    """A script has to say --yes."""
    ran = await site.run("apply", "--webhook-url", HOOK)
    assert ran.code == 2
    assert "--yes" in ran.complained
    assert await site.changes() == []


async def test_all_of_it_is_in_the_solution(site: Site) -> None:
    """So that it can be exported: the tables, the script, the roles, the endpoint and the step."""
    await site.apply()
    (solution,) = await site.rows(
        f"solutions?$select=solutionid,version&$filter=uniquename eq '{SOLUTION.unique_name}'"
    )
    assert solution["version"] == SOLUTION.version
    held = {
        row["objectid"]
        for row in await site.rows(
            f"solutioncomponents?$select=objectid&$filter=_solutionid_value eq {solution['solutionid']}"
        )
    }
    ours = {str(SCRIPT.id), str(WEBHOOK.endpoint_id), str(WEBHOOK.step_id), *(str(role.id) for role in ROLES)}
    for table in TABLES:
        defined = await site.send("GET", f"EntityDefinitions(LogicalName='{table.name}')?$select=MetadataId")
        ours.add(defined.json()["MetadataId"])
    assert ours <= held
    assert str(PUBLISHER.id) not in held


async def test_the_application_user_is_made_and_gets_its_role(site: Site) -> None:
    """With an application id; verify looks at it too, and a second run changes nothing."""
    application = str(uuid4())
    ran = await site.apply("--application-id", application)
    assert ran.code == 0, ran.complained
    assert (await site.run("verify", "--application-id", application)).code == 0
    (user,) = await site.rows(f"systemusers?$select=systemuserid&$filter=applicationid eq {application}")
    roles = await site.rows(f"systemusers({user['systemuserid']})/systemuserroles_association?$select=name")
    assert "Spotler Jobs Application" in {role["name"] for role in roles}
    changes = await site.changes()
    assert (await site.apply("--application-id", application)).code == 0
    assert await site.changes() == changes
    assert (await site.run("verify", "--application-id", str(uuid4()))).code == 1


async def test_where_dataverse_makes_no_application_user(site: Site) -> None:
    """All else is done, and the way through the admin centre is told."""
    refusal = {"match": "POST /systemusers", "kind": "status", "status": 403, "times": 9}
    await site.control("faults", refusal)
    ran = await site.apply("--application-id", str(uuid4()))
    assert ran.code == 1
    assert "Power Platform admin centre" in ran.said
    await assert_installed_once(site)
