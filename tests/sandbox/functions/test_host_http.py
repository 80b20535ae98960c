"""Does the host answer HTTP as Azure does, with the engine behind it?"""

import asyncio
import re
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from aiohttp import ClientSession, web

from sandbox.functions.bindings import FunctionDefinition, HttpTrigger
from sandbox.functions.errors import StartError
from sandbox.functions.host_json import ServiceBusOptions
from sandbox.functions.http_front import HttpFront, _response
from sandbox.functions.invocations import Invocations, Outcome
from sandbox.functions.messages import TypedData
from sandbox.functions.outputs import OutputSender
from tests.sandbox.functions.conftest import World
from tests.sandbox.functions.processes import eventually

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
NO_KEY = {"x-functions-key": ""}


def test_the_ready_line_is_all_that_stdout_gets(world: World) -> None:
    """What an app prints goes to the log, so others can rely on stdout."""
    assert world.http.get("/v1/open").text == "open"
    eventually(lambda: "printed by an app" in world.host.log)
    eventually(
        lambda: re.search(r"INFO Function.text.User \[[0-9a-f-]{36}\] logged in a thread", world.host.log)
    )
    assert re.fullmatch(r"ready functions \d+\n", world.host.output)


def test_a_request_arrives_whole(world: World) -> None:
    """Method, address, lower-case headers, query, route, body, ids and trace are what the caller sent."""
    answer = world.http.post(
        "/v1/Things/-5/a%20b?q=1&q=2&empty=",
        content="grüße",
        headers={"X-Mixed-Case": "Kept", "traceparent": PARENT},
    )
    seen = answer.json()
    assert answer.status_code == 202
    assert answer.headers["X-Own"] == "yes"
    assert answer.headers["Content-Type"] == "application/json"
    assert (seen["method"], seen["body"], seen["function"]) == ("POST", "grüße", "echo")
    assert seen["url"].endswith("/v1/Things/-5/a%20b?q=1&q=2&empty=")
    assert seen["headers"]["x-mixed-case"] == "Kept"
    assert seen["params"] == {"q": "1,2"}
    assert seen["route"] == {"id": "-5", "word": "a b"}
    assert re.fullmatch(
        r"00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-01", seen["trace"]
    )
    log = eventually(lambda: re.findall(rf".*\[{seen['invocation']}\] seen by echo", world.host.log))
    assert "Function.echo.User" in log[0]


def test_an_empty_body_is_empty(world: World) -> None:
    """No body is b"" and not a fault."""
    assert world.http.post("/v1/things/1").json()["body"] == ""


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/v1/things/1", NO_KEY, 401),
        ("POST", "/v1/things/1", {"x-functions-key": "wrong"}, 401),
        ("POST", "/v1/things/1?code=wrong", NO_KEY, 401),
        ("POST", "/v1/things/1?code=sandbox-key", NO_KEY, 202),
        ("POST", "/v1/things/x", {}, 404),
        ("POST", "/v1/things", {}, 404),
        ("POST", "/api/things/1", {}, 404),
        ("GET", "/v1/things/1", {}, 405),
        ("GET", "/v1/open", NO_KEY, 200),
        ("GET", "/v1/broken", {}, 500),
        ("PATCH", "/v1/broken", {}, 500),
        ("GET", "/admin/functions", NO_KEY, 401),
        ("GET", "/admin/nothing", {}, 404),
        ("GET", "/nothing", {}, 404),
        ("POST", "/", {}, 404),
    ],
)
def test_status_by_route_method_and_key(
    world: World, method: str, path: str, headers: Mapping[str, str], status: int
) -> None:
    """Errors that the host answers itself have no body."""
    answer = world.http.request(method, path, headers=headers)
    assert answer.status_code == status
    assert answer.content == b"" or status < 300


def test_a_wrong_key_starts_nothing(world: World) -> None:
    """Not even an invocation is logged."""
    before = world.host.log.count("Executing 'Functions.send'")
    assert world.http.post("/v1/send", headers=NO_KEY, content="no").status_code == 401
    assert world.http.get("/v1/open").status_code == 200
    assert world.host.log.count("Executing 'Functions.send'") == before


def test_a_wrong_method_names_the_right_ones(world: World) -> None:
    """405 comes with Allow."""
    assert world.http.get("/v1/things/1").headers["Allow"] == "POST"


def test_a_raising_function_is_logged_with_its_trace(world: World) -> None:
    """The caller gets nothing of it, the log all."""
    world.http.get("/v1/broken")
    eventually(lambda: "ValueError: broken on purpose" in world.host.log)
    assert re.search(
        r"ERROR Function.broken \[[0-9a-f-]{36}\] Executed 'Functions.broken' \(Failed", world.host.log
    )


def test_cookies_reach_the_caller(world: World) -> None:
    """Each with its attributes."""
    first, second = world.http.get("/v1/cookies").headers.get_list("Set-Cookie")
    for part in ("a=1", "Path=/x", "HttpOnly", "SameSite=Lax", "Max-Age=60"):
        assert part in first
    for part in ("b=2", "Secure", "expires=Wed, 01 Jan 2031 00:00:00 GMT"):
        assert part in second


def test_function_timeout_of_host_json_ends_a_run(world: World) -> None:
    """The caller gets 500, the log says why."""
    assert world.http.get("/v1/slow").status_code == 500
    eventually(lambda: "FunctionTimeoutException" in world.host.log)


def test_start_page_and_list_of_functions(world: World) -> None:
    """The start page is open, the list needs the key and shows triggers."""
    assert "running" in world.http.get("/", headers=NO_KEY).text
    listed = {entry["name"]: entry for entry in world.http.get("/admin/functions").json()}
    assert listed["echo"]["invoke_url_template"].endswith("/v1/things/{id:int}/{word?}")
    assert listed["echo"]["config"]["bindings"][0]["type"] == "httpTrigger"
    assert listed["never"]["isDisabled"]
    assert not listed["often"]["isDisabled"]
    assert world.http.get("/admin/functions/ECHO").json() == listed["echo"]


def test_a_body_over_100_mb_is_refused_before_it_is_sent(world: World) -> None:
    """The announced length is enough to know."""
    address = world.http.base_url
    connection = HTTPConnection(address.host, address.port or 80, timeout=10)
    connection.putrequest("POST", "/v1/send?code=sandbox-key")
    connection.putheader("Content-Length", str(100 * 2**20 + 1))
    connection.endheaders()
    try:
        assert connection.getresponse().status == 413
    finally:
        connection.close()


class StuckInvocations(Invocations):
    """Runs that never end."""

    def start(self, *_: Any, **__: Any) -> asyncio.Task[Outcome]:
        """Start a run that waits until it is cancelled."""

        async def stuck() -> Outcome:
            await asyncio.Event().wait()
            return Outcome(succeeded=False)

        self.run = asyncio.create_task(stuck())
        return self.run


def front_for(route: str, *, auth_level: str = "anonymous", answer_seconds: float = 1.0) -> HttpFront:
    """Make a front with one function whose runs never end."""

    def run_manually(_function: FunctionDefinition, _given: str | None) -> None:
        raise AssertionError

    trigger = HttpTrigger("req", route, frozenset(), auth_level)
    return HttpFront(
        [FunctionDefinition("f", "id", trigger, (), "$return", ())],
        disabled=frozenset(),
        prefix="",
        key="k",
        invocations=StuckInvocations(OutputSender(ServiceBusOptions()), timeout=None),
        run_manually=run_manually,
        answer_seconds=answer_seconds,
    )


async def test_an_answer_that_takes_too_long_is_cut_and_the_function_runs_on() -> None:
    """As Azure's load balancer does after 230 s; here after 50 ms."""
    front = front_for("f", answer_seconds=0.05)
    runner = web.AppRunner(front.application(), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession() as session, session.get(f"{address}/f") as answer:
            assert answer.status == 504
        invocations = front._invocations
        assert isinstance(invocations, StuckInvocations)
        assert not invocations.run.done()
        invocations.run.cancel()
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("route", "auth_level", "part"),
    [
        ("{x:prime}", "anonymous", "prime"),
        ("admin/x", "anonymous", "reserved"),
        ("runtime/x", "anonymous", "reserved"),
        ("x", "user", "auth level"),
    ],
)
def test_wrong_http_triggers_are_refused_at_start(route: str, auth_level: str, part: str) -> None:
    """With the function's name."""
    with pytest.raises(StartError, match=f"function f.*{part}"):
        front_for(route, auth_level=auth_level)


def test_an_unset_answer_is_no_content() -> None:
    """A function without HTTP output answers 204."""
    assert _response(None).status == 204
    assert _response(TypedData(string="x")).text == "x"
