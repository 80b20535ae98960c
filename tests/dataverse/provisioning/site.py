"""How do tests run the command against a local Dataverse in a process of its own?"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from dataverse.provisioning import asked, command, environment
from dataverse.provisioning.found import Found
from dataverse.provisioning.sending import Sender
from dataverse.provisioning.wanted import Wanted
from dataverse.tokens import SandboxTokens
from tests.part import running

READY_SECONDS = 30
HOOK = "http://127.0.0.1:7071/api/spotler-jobs"
KEY = "a-key-that-nobody-may-see"
ADMINISTRATOR = "administrator"


@contextmanager
def dataverse(*options: str) -> Iterator[str]:
    """Address of a Dataverse that begins without our tables."""
    limits = ("--limit-requests", "1000000", "--limit-seconds", "100000")
    with running("dataverse", "--key-index-seconds", "0", *limits, *options) as root:
        yield root


class HurriedClock:
    """Waits a thousandth of what it is asked to, and believes that all of it passed."""

    def __init__(self) -> None:
        self.slept = 0.0

    def now(self) -> datetime:
        """The wall clock, ahead by what was slept."""
        return datetime.now(UTC) + timedelta(seconds=self.slept)

    def monotonic(self) -> float:
        """Seconds slept."""
        return self.slept

    async def sleep(self, seconds: float) -> None:
        """Let others go on for a moment."""
        self.slept += seconds
        await asyncio.sleep(seconds / 1000)


@dataclass
class Answers:
    """A terminal that remembers what was said, and a person with answers in store."""

    interactive: bool = False
    answers: list[str] = field(default_factory=list)
    secret: str = ""
    said: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def say(self, text: str = "") -> None:
        """Remembered."""
        self.said.append(text)

    def complain(self, text: str) -> None:
        """Remembered."""
        self.complained.append(text)

    def ask(self, question: str) -> str:
        """The next answer in store."""
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else ""

    def ask_secret(self, question: str) -> str:
        """The one secret."""
        self.asked.append(question)
        return self.secret

    @property
    def everything(self) -> str:
        """All that was shown."""
        return "\n".join((*self.said, *self.complained, *self.asked))


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    code: int
    terminal: Answers

    @property
    def said(self) -> str:
        """Standard output."""
        return "\n".join(self.terminal.said)

    @property
    def complained(self) -> str:
        """Standard error."""
        return "\n".join(self.terminal.complained)


class Cut(BaseException):
    """The program ends here, as if it had been killed."""


REPEATED = ("SetLocLabels", "systemforms(", "PublishXml")
"""Changes that every run makes anew until all is published: what they brought cannot be read before."""


class Cutting(httpx.AsyncBaseTransport):
    """Lets so many changes through, then ends the program before or after the next one.

    Args:
        changes: that get through.
        after: whether the one that does not still takes effect.
        uncounted: pieces of addresses whose changes get through beside.
    """

    def __init__(self, changes: int, *, after: bool, uncounted: tuple[str, ...] = ()) -> None:
        self._left = changes
        self._after = after
        self._uncounted = uncounted
        self._inner = httpx.AsyncHTTPTransport(verify=_no_certificates())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it, unless it is the one."""
        counted = not any(piece in str(request.url) for piece in self._uncounted)
        if request.method != "GET" and counted:
            if self._left == 0 and not self._after:
                raise Cut
            self._left -= 1
            response = await self._inner.handle_async_request(request)
            await response.aread()
            if self._left < 0:
                raise Cut
            return response
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close what is behind it."""
        await self._inner.aclose()


class Deaf(httpx.AsyncBaseTransport):
    """Every change takes effect, and no first answer to it arrives."""

    def __init__(self) -> None:
        self.lost = 0
        self._heard: set[tuple[str, str, bytes]] = set()
        self._inner = httpx.AsyncHTTPTransport(verify=_no_certificates())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send it; forget the answer the first time."""
        response = await self._inner.handle_async_request(request)
        once = (request.method, str(request.url), request.content)
        if request.method == "GET" or once in self._heard:
            return response
        self._heard.add(once)
        self.lost += 1
        await response.aread()
        await response.aclose()
        raise httpx.ReadError("the answer got lost")

    async def aclose(self) -> None:
        """Close what is behind it."""
        await self._inner.aclose()


def plain_http() -> httpx.AsyncClient:
    """Connections without certificates, whose loading takes longer than most tests."""
    return httpx.AsyncClient(trust_env=False, verify=_no_certificates())


def over(transport: httpx.AsyncBaseTransport) -> Callable[[], httpx.AsyncClient]:
    """Makes clients over a transport of the test."""
    return lambda: httpx.AsyncClient(transport=transport)


def _no_certificates() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class Site:
    """One environment, and the command on it."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http
        self._tokens = SandboxTokens(url, ADMINISTRATOR)

    async def run(
        self,
        name: str,
        *options: str,
        terminal: Answers | None = None,
        key: str | None = KEY,
        http: Callable[[], httpx.AsyncClient] = plain_http,
    ) -> Ran:
        """Run a command; how it ended."""
        shown = Answers() if terminal is None else terminal
        around = command.Surroundings(
            terminal=shown,
            variables={} if key is None else {asked.KEY_VARIABLE: key},
            clock=HurriedClock(),
            http=http,
        )
        code = await command.run(asked.read([name, "--url", self.url, *options]), around)
        return Ran(code, shown)

    async def apply(self, *options: str, http: Callable[[], httpx.AsyncClient] = plain_http) -> Ran:
        """Apply with an address and without a question."""
        return await self.run("apply", "--webhook-url", HOOK, "--yes", *options, http=http)

    async def remove(self, *, http: Callable[[], httpx.AsyncClient] = plain_http) -> Ran:
        """Remove without a question."""
        return await self.run("remove", "--yes-remove", "127.0.0.1", http=http)

    async def start_over(self) -> None:
        """The environment as it began: nothing of ours, no faults, no journal."""
        await self.control("reset", {"everything": True})
        for path in ("faults", "journal"):
            (await self._http.delete(f"{self.url}/_sandbox/{path}")).raise_for_status()
        await self.control("metadata", {"index_seconds": 0, "fail_next_index": 0, "stale_seconds": 0})

    async def control(self, path: str, content: Any) -> None:
        """Tell the sandbox something."""
        (await self._http.post(f"{self.url}/_sandbox/{path}", json=content)).raise_for_status()

    async def journal(self) -> list[tuple[str, str, int]]:
        """Method, path and status of each request since the environment began."""
        told = (await self._http.get(f"{self.url}/_sandbox/journal")).raise_for_status().json()
        return [(one["method"], one["path"], one["status"]) for one in told]

    async def changes(self) -> list[str]:
        """Every request that was to change something."""
        return [f"{method} {path}" for method, path, _ in await self.journal() if method != "GET"]

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A request of somebody else who is an administrator too."""
        answer = await self._http.request(
            method,
            f"{self.url}/api/data/v9.2/{path}",
            json=body,
            headers={
                "Authorization": f"Bearer {await self._tokens.token()}",
                **{name.replace("_", "-"): value for name, value in headers.items()},
            },
        )
        assert answer.is_success, answer.text
        return answer

    async def rows(self, path: str) -> list[dict[str, Any]]:
        """Rows of the Web API."""
        rows: list[dict[str, Any]] = (await self.send("GET", path)).json()["value"]
        return rows

    async def found(self) -> Found:
        """What the product reads of the environment, without ids that it chose itself."""
        wanted = Wanted.described()
        async with plain_http() as http:
            sender = Sender(
                self.url,
                self._tokens,
                http,
                clock=HurriedClock(),
                solution=wanted.solution.unique_name,
            )
            found = await environment.read(sender, wanted, None)
        nobody = wanted.publisher.id
        return replace(
            found,
            components=frozenset(),
            create_filter=None,
            steps=tuple(replace(step, filter=None) for step in found.steps),
            roles=tuple(replace(role, rights=frozenset()) for role in sorted(found.roles, key=str)),
            definitions={
                name: replace(one, id=nobody, type_code=0, privileges={})
                for name, one in found.definitions.items()
            },
            tables={
                name: replace(
                    one,
                    form=None if one.form is None else replace(one.form, id=nobody),
                    views={key: replace(view, layout="") for key, view in one.views.items()},
                )
                for name, one in found.tables.items()
            },
        )
