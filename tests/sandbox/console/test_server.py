"""The console's own part: files, and handing requests on without giving secrets away."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from sandbox.console.parts import Parts
from sandbox.console.server import PAGE, application

HOME = Path(__file__).resolve().parents[3]
KEY = "the-key"


@dataclass
class Upstream:
    """A part that writes down what reaches it, and takes only the newest of its tokens."""

    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)
    tokens: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer any request."""
        if request.path == "/_sandbox/token":
            self.tokens += 1
            return web.json_response({"access_token": f"token-{self.tokens}"})
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        self.seen.append((request.method, request.raw_path, headers, await request.read()))
        if request.headers.get("Authorization") == "Bearer token-1" and self.tokens_run_out:
            return web.json_response({"error": {"message": "expired"}}, status=401)
        return web.json_response(
            {"fine": True}, status=201, headers={"ETag": 'W/"7"', "OData-EntityId": "x", "Set-Cookie": "a=b"}
        )

    tokens_run_out: bool = False


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve `app` on a free port; gives its root."""
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def beside(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Parts]:
    """One server that stands for all parts."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    async with serving(app) as root:
        yield Parts(spotler=root, dataverse=root, functions=root, servicebus=root, functions_key=KEY)


@asynccontextmanager
async def opened(parts: Parts) -> AsyncIterator[aiohttp.ClientSession]:
    """A client whose base address is a console over `parts`."""
    async with serving(application(parts)) as root, aiohttp.ClientSession(root) as http:
        yield http


async def test_the_page_and_its_files_are_served_with_their_types() -> None:
    """Every file the page needs comes from here, with a type that a strict browser accepts."""
    types = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
    async with opened(Parts()) as http:
        async with http.get("/") as answer:
            assert answer.status == HTTPStatus.OK
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'")
            assert "Spotler Jobs" in await answer.text()
        for file in (path for path in PAGE.rglob("*") if path.is_file()):
            async with http.get(f"/page/{file.relative_to(PAGE).as_posix()}") as answer:
                assert answer.status == HTTPStatus.OK
                assert answer.content_type == types[file.suffix]
                assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/page/../server.py", "/page/%2e%2e/server.py", "/page/", "/elsewhere"])
async def test_nothing_else_is_served(path: str) -> None:
    """No listing, and no way out of the folder."""
    async with opened(Parts()) as http, http.get(path) as answer:
        assert answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.FORBIDDEN}


async def test_a_request_is_handed_on_as_it_came() -> None:
    """Method, encoded path and query, body and the headers of the Web API arrive; so does the answer."""
    upstream = Upstream()
    path = "/api/data/v9.2/spotler_jobs?$filter=spotler_name%20eq%20'a%2Fb%2Bc'&$top=1"
    async with beside(upstream.answer) as parts, opened(parts) as http:
        sent = {"If-Match": "*", "Prefer": "return=representation", "Content-Type": "application/json"}
        url = URL(f"{str(http._base_url).rstrip('/')}/proxy/dataverse{path}", encoded=True)
        async with http.patch(url, data=b'{"a":1}', headers=sent) as answer:
            assert (answer.status, await answer.json()) == (201, {"fine": True})
            assert answer.headers["ETag"] == 'W/"7"'
            assert "Set-Cookie" not in answer.headers
    ((method, raw_path, headers, body),) = upstream.seen
    assert (method, raw_path, body) == ("PATCH", path, b'{"a":1}')
    assert sent.items() <= headers.items()


async def test_the_token_is_fetched_once_and_stays_here() -> None:
    """Dataverse gets a bearer token, the other parts do not, and the page never sees it."""
    upstream = Upstream()
    async with beside(upstream.answer) as parts, opened(parts) as http:
        for part in ("dataverse", "dataverse", "spotler"):
            async with http.get(f"/proxy/{part}/x", headers={"Authorization": "Bearer mine"}) as answer:
                assert "token-" not in str(answer.headers) + await answer.text()
    told = [headers.get("Authorization") for _, _, headers, _ in upstream.seen]
    assert (told, upstream.tokens) == (["Bearer token-1", "Bearer token-1", None], 1)


async def test_a_token_that_has_run_out_is_renewed_once() -> None:
    """A 401 leads to one new token and one repetition, also when several requests meet it at once."""
    upstream = Upstream(tokens_run_out=True)
    async with beside(upstream.answer) as parts, opened(parts) as http:

        async def status() -> int:
            async with http.post("/proxy/dataverse/x", json={"a": 1}) as answer:
                return answer.status

        assert await asyncio.gather(*(status() for _ in range(5))) == [201] * 5
    assert upstream.tokens == 2


async def test_a_401_that_stays_is_handed_back() -> None:
    """There is no third attempt."""
    asked = []

    async def refuse(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return web.json_response({"access_token": "x"}, status=200 if "token" in request.path else 401)

    async with beside(refuse) as parts, opened(parts) as http, http.get("/proxy/dataverse/x") as answer:
        assert answer.status == HTTPStatus.UNAUTHORIZED
    assert asked == ["/_sandbox/token", "/x", "/_sandbox/token", "/x"]


async def test_the_functions_key_is_added_here_alone() -> None:
    """The Functions part gets its key, whatever the page sends; no other part does."""
    upstream = Upstream()
    async with beside(upstream.answer) as parts, opened(parts) as http:
        for part in ("functions", "spotler"):
            async with http.post(f"/proxy/{part}/api/x", headers={"x-functions-key": "other"}) as answer:
                assert KEY not in str(answer.headers) + await answer.text()
    assert [headers.get("x-functions-key") for _, _, headers, _ in upstream.seen] == [KEY, None]


def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("part", ["spotler", "dataverse", "functions", "servicebus"])
async def test_a_part_that_does_not_run_is_named_with_what_to_do(part: str) -> None:
    """502 with a sentence for people."""
    parts = replace(Parts(), **{part: f"http://127.0.0.1:{closed_port()}"})
    async with opened(parts) as http, http.get(f"/proxy/{part}/x") as answer:
        told = (await answer.json())["error"]
        assert (answer.status, told["part"]) == (502, part)
        assert "does not run" in told["message"]
        assert "python3 dev.py run" in told["message"]


async def test_a_connection_that_breaks_is_told() -> None:
    """A part that drops the connection is not mistaken for one that does not run."""

    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with beside(drop) as parts, opened(parts) as http, http.get("/proxy/spotler/x") as answer:
        assert answer.status == HTTPStatus.BAD_GATEWAY
        assert "broke the connection off" in (await answer.json())["error"]["message"]


async def test_there_are_no_other_parts() -> None:
    """Only the four parts can be reached: the console is no open proxy."""
    async with opened(Parts()) as http, http.get("/proxy/elsewhere/x") as answer:
        assert answer.status == HTTPStatus.NOT_FOUND


async def test_another_sites_page_is_refused() -> None:
    """The proxy adds a token and a key, so only its own page may use it."""
    upstream = Upstream()
    async with beside(upstream.answer) as parts, opened(parts) as http:
        async with http.post("/proxy/spotler/x", headers={"Origin": "http://evil.example"}) as answer:
            assert answer.status == HTTPStatus.FORBIDDEN
        async with http.get("/") as answer:
            own = f"http://{answer.url.authority}"
        async with http.post("/proxy/spotler/x", headers={"Origin": own}) as answer:
            assert answer.status == HTTPStatus.CREATED
    assert len(upstream.seen) == 1


async def test_as_a_process_it_says_ready_once_and_ends_when_asked() -> None:
    """The one line on stdout names the port it took; SIGTERM ends it cleanly."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox.console", "--port", "0", cwd=HOME, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().split()
    assert line[:2] == ["ready", "console"]
    async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{line[2]}/") as answer:
        assert answer.status == HTTPStatus.OK
    process.send_signal(signal.SIGTERM)
    rest, _ = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, rest) == (0, b"")


async def test_the_page_can_say_how_to_install() -> None:
    """The whole command for this sandbox, and no key in it."""
    parts = Parts(dataverse="http://localhost:1/", functions="http://localhost:2", application_id="the-app")
    async with opened(parts) as http, http.get("/installation") as answer:
        assert await answer.json() == {
            "command": "python -m dataverse apply --url http://localhost:1 "
            "--webhook-url http://localhost:2/api/spotler-jobs --application-id the-app"
        }
