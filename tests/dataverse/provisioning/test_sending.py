"""With which headers is a change sent, when is it sent again, and what is told of a refusal?"""

from __future__ import annotations

import httpx
import pytest

from dataverse.errors import DataverseError, MayHaveBeenCarriedOut, NotAllowed, Rejected, WrongPath
from dataverse.provisioning.sending import SLOW, Sender
from tests.dataverse.clock import StillClock
from tests.dataverse.conftest import CountingTokens
from tests.dataverse.service import Reaction, Service, drops, fails, page, says


@pytest.fixture
def sender(service: Service, tokens: CountingTokens, http: httpx.AsyncClient, clock: StillClock) -> Sender:
    """The sender under test, with waits in the middle of their jitter."""
    return Sender(service.url, tokens, http, clock=clock, solution="SpotlerJobs", jitter=lambda: 0.0)


async def test_a_new_component_goes_into_the_solution(service: Service, sender: Sender) -> None:
    """And labels of other languages stay as they are."""
    service.plays(says(204))
    assert await sender.write("POST", "EntityDefinitions", {"a": 1}, "Create table") == {}
    (seen,) = service.seen
    assert seen.headers["MSCRM.SolutionUniqueName"] == "SpotlerJobs"
    assert seen.headers["MSCRM.MergeLabels"] == "true"
    assert seen.headers["Consistency"] == "Strong"
    assert seen.headers["Content-Type"] == "application/json; charset=utf-8"
    assert "If-Match" not in seen.headers


async def test_a_deletion_names_no_solution(service: Service, sender: Sender) -> None:
    """The solution itself may be what goes."""
    service.plays(says(204))
    await sender.write("DELETE", "solutions(1)", None, "Delete", component=False)
    (seen,) = service.seen
    assert "MSCRM.SolutionUniqueName" not in seen.headers
    assert seen.body == b""


async def test_a_change_never_brings_a_row_back(service: Service, sender: Sender) -> None:
    """A PATCH has a condition."""
    service.plays(says(204))
    await sender.write("PATCH", "serviceendpoints(1)", {}, "Update", repeatable=True)
    assert service.seen[0].headers["If-Match"] == "*"


async def test_a_create_without_an_answer_is_not_sent_again(service: Service, sender: Sender) -> None:
    """Nobody knows whether it was carried out; the caller looks."""
    service.plays(drops(), says(204))
    with pytest.raises(MayHaveBeenCarriedOut):
        await sender.write("POST", "roles", {}, "Create roles")
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    "refusal",
    [
        fails(429, "0x80072322", headers={"Retry-After": "2"}),
        fails(503, headers={"Retry-After": "2"}),
        fails(400, "0x80071151", message="Cannot start the requested operation"),
    ],
    ids=["too many", "busy", "another change runs"],
)
async def test_what_was_surely_not_carried_out_is_sent_again(
    service: Service, sender: Sender, clock: StillClock, refusal: Reaction
) -> None:
    """Also a create, after a wait."""
    service.plays(refusal, says(204))
    await sender.write("POST", "roles", {}, "Create roles")
    assert len(service.seen) == 2
    assert len(clock.slept) == 1


async def test_what_may_be_done_twice_is_sent_again(service: Service, sender: Sender) -> None:
    """Until it is answered."""
    service.plays(drops(), fails(500), says(204))
    await sender.write("POST", "PublishXml", {}, "PublishXml", repeatable=True)
    assert len(service.seen) == 3


async def test_sending_again_has_an_end(service: Service, sender: Sender, clock: StillClock) -> None:
    """Within the limits of one request."""
    service.plays(*[fails(503) for _ in range(20)])
    with pytest.raises(MayHaveBeenCarriedOut):
        await sender.read("WhoAmI", "WhoAmI")
    assert len(service.seen) == SLOW.sends
    assert sum(clock.slept) <= SLOW.budget_seconds


async def test_what_must_be_there_is_waited_for(service: Service, sender: Sender) -> None:
    """New metadata answers 404 for a while."""
    missing = fails(404, "0x80060888")
    service.plays(missing, missing, page({"LogicalName": "a"}))
    assert await sender.rows("EntityDefinitions(1)/Keys", "Read keys", there=True) == [{"LogicalName": "a"}]
    service.plays(missing)
    with pytest.raises(DataverseError):
        await sender.rows("EntityDefinitions(1)/Keys", "Read keys")


async def test_what_may_be_missing(service: Service, sender: Sender) -> None:
    """Dataverse's own 404 says that it is; another server's 404 says nothing."""
    service.plays(fails(404, "0x80060888"), says(404, text="<h1>Not Found</h1>"), says(200, {"value": []}))
    assert await sender.find("msdyn_postconfigs", "Read") is None
    with pytest.raises(WrongPath):
        await sender.find("msdyn_postconfigs", "Read")
    assert await sender.find("msdyn_postconfigs", "Read") == {"value": []}


async def test_all_pages_are_read(service: Service, sender: Sender) -> None:
    """The links are followed, to the same host only."""
    service.plays(page({"a": 1}, next_link="{url}/api/data/v9.2/roles?page=2"), page({"a": 2}))
    assert await sender.rows("roles", "Read roles") == [{"a": 1}, {"a": 2}]
    service.plays(page({"a": 1}, next_link="https://elsewhere.example/api/data/v9.2/roles"))
    with pytest.raises(Rejected):
        await sender.rows("roles", "Read roles")


async def test_pages_that_never_end(service: Service, sender: Sender) -> None:
    """There is a bound."""
    service.plays(*[page({"a": 1}, next_link="{url}/api/data/v9.2/roles") for _ in range(120)])
    with pytest.raises(DataverseError, match="do not end"):
        await sender.rows("roles", "Read roles")


@pytest.mark.parametrize("answer", [says(200, text="<html>"), says(200, [1]), says(200, {"value": 5})])
async def test_a_page_that_is_none(service: Service, sender: Sender, answer: Reaction) -> None:
    """A gateway's page is not taken for an answer."""
    service.plays(*[answer] * SLOW.sends)
    with pytest.raises(DataverseError, match="cannot be read"):
        await sender.rows("roles", "Read roles")


async def test_of_a_refusal_only_the_missing_right_is_told(service: Service, sender: Sender) -> None:
    """The service's own text may quote what was sent."""
    text = "Principal user (Id=1, type=8) is missing prvCreateServiceEndpoint privilege; authvalue=s3cret"
    service.plays(fails(403, "0x80040220", message=text))
    with pytest.raises(NotAllowed) as error:
        await sender.write("POST", "serviceendpoints", {"authvalue": "s3cret"}, "Create serviceendpoints")
    told = " ".join((str(error.value), *error.value.__notes__))
    assert "prvCreateServiceEndpoint" in told
    assert "s3cret" not in told
