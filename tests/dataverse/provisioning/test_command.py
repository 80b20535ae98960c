"""What do the command line take, and the exit codes and sentences say?"""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from azure.core.exceptions import ClientAuthenticationError

from dataverse.errors import NotAllowed
from dataverse.provisioning import asked, command, signing_in
from dataverse.provisioning.signing_in import SignIn
from dataverse.tokens import AzureTokens, SandboxTokens, TokenSource
from tests.dataverse.clock import StillClock
from tests.dataverse.provisioning.site import HOOK, KEY, Answers, HurriedClock, Site, plain_http
from wire.clock import Clock

ROOT = Path(__file__).parents[3]
URL = "https://contoso.crm4.dynamics.com"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is told of a command line that cannot be understood."""
    with pytest.raises(SystemExit) as ended:
        asked.read(arguments)
    assert ended.value.code == 2
    return capsys.readouterr().err


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://contoso.azurewebsites.net/api/jobs?code=s3cret", "The key is asked for"),
        ("https://contoso.azurewebsites.net/api/jobs?a=b", "must have no '?'"),
        ("https://contoso.azurewebsites.net:7071/api/jobs", "port 443"),
        ("http://contoso.azurewebsites.net/api/jobs", "must look like https://"),
        ("http://localhost:7071/api/jobs", "must begin with https://"),
        ("https://user:s3cret@contoso.azurewebsites.net/", "no user"),
        ("https://contoso.azurewebsites.net/#s3cret", "no user and no '#'"),
        ("https:///api", "must look like"),
        ("https://contoso.azurewebsites.net", "must look like"),
        ("https://contoso.azurewebsites.net/", "must look like"),
        ("https://[::1/api", "is no address"),
        ("ftp://contoso/", "must look like"),
        ("https://contoso.azurewebsites.net/a b", "must be an address"),
        ("https://contoso.azurewebsites.net/" + "a" * 2000, "at most 2000"),
    ],
)
def test_addresses_that_no_webhook_can_have(capsys: pytest.CaptureFixture[str], url: str, told: str) -> None:
    """Each is refused with what to do, and a key in it is not repeated on the screen."""
    said = refused(capsys, "apply", "--url", URL, "--webhook-url", url)
    assert told in said
    assert "s3cret" not in said


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("apply",),
        ("install", "--url", URL),
        ("plan", "--url", "http://contoso.crm4.dynamics.com"),
        ("plan", "--url", "contoso"),
        ("apply", "--url", URL, "--application-id", "spotler-jobs"),
        ("apply", "--url", URL, "--key", KEY),
        ("verify", "--url", URL, "--repair"),
        ("remove", "--url", URL, "--yes"),
        ("plan", "--url", URL, "--sign-in", "password"),
    ],
)
def test_wrong_use(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]) -> None:
    """Ends with 2 and says how it is used."""
    assert "usage: python -m dataverse" in refused(capsys, *arguments)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--new-webhook-key", KEY), "a value"),
        (("--webhook-key", KEY), "--webhook-key"),
        ((f"--webhook-key={KEY}",), "--webhook-key"),
        ((KEY,), "a value"),
        ((f"-{KEY}==",), "a value"),
    ],
)
def test_a_key_that_is_given_as_an_argument_is_not_repeated(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], named: str
) -> None:
    """Where a program's complaints are kept, the key would be kept with them."""
    told = refused(capsys, "apply", "--url", URL, *arguments)
    assert f"not understood: {named}" in told
    assert "SPOTLER_JOBS_WEBHOOK_KEY" in told
    assert KEY not in told


@pytest.mark.parametrize("name", ["plan", "apply", "verify", "remove"])
def test_help_tells_the_exit_codes(capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Of every command."""
    with pytest.raises(SystemExit) as ended:
        asked.read([name, "--help"])
    assert ended.value.code == 0
    assert "Exit codes: 0 done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "name"),
    [(URL, "contoso"), ("http://127.0.0.1:7082", "127.0.0.1"), ("http://localhost:7082", "localhost")],
)
def test_what_an_environment_is_called(url: str, name: str) -> None:
    """What people type to confirm."""
    assert asked.environment_name(url) == name


async def test_a_dataverse_that_is_not_there() -> None:
    """Exit code 3, and where to look."""
    terminal = Answers()
    given = asked.read(["plan", "--url", "http://127.0.0.1:1"])
    around = command.Surroundings(terminal=terminal, variables={}, clock=HurriedClock(), http=plain_http)
    assert await command.run(given, around) == 3
    assert "Dataverse could not be reached" in terminal.everything
    assert "Look at the address and the network" in terminal.everything


async def test_nobody_is_signed_in() -> None:
    """Exit code 3, and how one signs in; the role is not what is missing."""

    class Nobody:
        async def token(self) -> str:
            raise NotAllowed("Token: CredentialUnavailableError")

        async def renewed(self) -> str:
            return await self.token()

    async def nobody(_: str, __: SignIn, ___: Clock) -> TokenSource:
        return Nobody()

    terminal = Answers()
    around = command.Surroundings(
        terminal=terminal, variables={}, clock=HurriedClock(), http=plain_http, sign_in=nobody
    )
    assert await command.run(asked.read(["plan", "--url", URL]), around) == 3
    assert "Run az login first" in terminal.everything
    assert "System Administrator" not in terminal.everything


async def test_somebody_who_may_not(site: Site) -> None:
    """Exit code 3; the missing right and the role that has it are named."""

    async def application(url: str, _: SignIn, __: Clock) -> TokenSource:
        return SandboxTokens(url)

    terminal = Answers()
    around = command.Surroundings(
        terminal=terminal, variables={}, clock=HurriedClock(), http=plain_http, sign_in=application
    )
    assert await command.run(asked.read(["plan", "--url", site.url]), around) == 3
    assert "lacks the privilege prv" in terminal.everything
    assert "System Administrator" in terminal.everything
    assert "request id" in terminal.everything


async def test_an_answer_that_lacks_what_is_documented(site: Site) -> None:
    """Is told as such instead of being guessed at."""
    odd = {"match": "GET /solutions", "kind": "status", "status": 200, "body": {"value": [{"x": 1}]}}
    await site.control("faults", odd)
    ran = await site.run("plan")
    assert ran.code == 3
    assert "lacks what is documented" in ran.complained


async def test_what_others_make_meanwhile_stops_the_work(site: Site) -> None:
    """A role with our name appears while the plan is carried out: nothing more is written."""

    class Meddling(httpx.AsyncBaseTransport):
        def __init__(self) -> None:
            self._inner = httpx.AsyncHTTPTransport(verify=False)

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.method == "POST" and request.url.path.endswith("/roles"):
                (unit,) = await site.rows("businessunits?$select=businessunitid")
                bind = f"/businessunits({unit['businessunitid']})"
                body = {"name": "Spotler Jobs User", "businessunitid@odata.bind": bind}
                await site.send("POST", "roles", body)
                raise httpx.ReadError("the answer got lost")
            return await self._inner.handle_async_request(request)

        async def aclose(self) -> None:
            await self._inner.aclose()

    ran = await site.apply(http=lambda: httpx.AsyncClient(transport=Meddling()))
    assert ran.code == 1
    assert "nothing more was written" in ran.complained
    assert "Security role Spotler Jobs User exists and was not made by this product." in ran.complained
    assert await site.rows("serviceendpoints?$select=name") == []


def started(site: Site, name: str, *options: str) -> subprocess.Popen[str]:
    """The command in a process of its own, as an administrator starts it."""
    return subprocess.Popen(  # noqa: S603 - the project's own module
        [sys.executable, "-m", "dataverse", name, "--url", site.url, *options],
        cwd=ROOT,
        env={**os.environ, asked.KEY_VARIABLE: KEY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def at_a_terminal(site: Site) -> tuple[subprocess.Popen[bytes], int]:
    """`apply` where a person can answer, and the terminal's other end."""
    theirs, ours = pty.openpty()
    process = subprocess.Popen(  # noqa: S603 - the project's own module
        [sys.executable, "-m", "dataverse", "apply", "--url", site.url, "--webhook-url", HOOK],
        cwd=ROOT,
        stdin=ours,
        stdout=subprocess.DEVNULL,
        stderr=ours,
    )
    os.close(ours)
    return process, theirs


async def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code and what was said."""
    said, complained = await asyncio.to_thread(process.communicate, timeout=60)
    return process.returncode, said, complained


async def test_the_whole_story_from_a_shell(site: Site) -> None:
    """Every command as a process: exit codes, and sentences on the right stream."""
    code, said, complained = await ended(started(site, "plan", "--webhook-url", HOOK))
    assert (code, complained) == (1, "")
    assert "Create table Spotler Job (spotler_job)" in said
    code, said, complained = await ended(started(site, "apply", "--webhook-url", HOOK))
    assert (code, complained.startswith("Nobody is there to ask.")) == (2, True)
    code, said, complained = await ended(started(site, "apply", "--webhook-url", HOOK, "-y"))
    assert (code, complained) == (0, "")
    assert KEY not in said
    code, said, complained = await ended(started(site, "verify"))
    assert (code, complained) == (0, "")
    code, said, complained = await ended(started(site, "remove", "--yes-remove", "127.0.0.1"))
    assert (code, complained) == (0, "")


async def test_ctrl_c_ends_with_a_sentence(site: Site) -> None:
    """Without a traceback; the next run goes on."""
    await site.control("faults", {"match": "POST /roles", "kind": "delay", "seconds": 2, "times": 1})
    process = started(site, "apply", "--webhook-url", HOOK, "-y")
    assert process.stdout is not None
    line = ""
    while "Create security role" not in line or not line.startswith("["):
        line = await asyncio.to_thread(process.stdout.readline)
        assert line
    process.send_signal(signal.SIGINT)
    code, _, complained = await ended(process)
    assert code == 1
    assert complained.strip() == ("Interrupted. What was done stays; run the same command again to go on.")
    assert (await site.apply()).code == 0


async def test_ctrl_c_at_the_question_ends_at_once(site: Site) -> None:
    """It is heard the first time, while the program waits for a line, and nothing was written."""
    process, theirs = at_a_terminal(site)
    shown = ""
    while "Go on?" not in shown:
        read = await asyncio.to_thread(os.read, theirs, 1000)
        assert read
        shown += read.decode()
    process.send_signal(signal.SIGINT)
    try:
        assert await asyncio.to_thread(process.wait, timeout=20) == 1
    finally:
        process.kill()
        await asyncio.to_thread(process.wait)
        os.close(theirs)
    assert await site.rows("publishers?$filter=uniquename eq 'spotlerjobs'") == []


async def test_the_sandbox_needs_no_identity() -> None:
    """Only http on this machine is taken for it."""
    assert isinstance(
        await signing_in.tokens("http://127.0.0.1:7082", SignIn.BROWSER, StillClock()), SandboxTokens
    )
    assert isinstance(await signing_in.tokens(URL, SignIn.CLI, StillClock()), AzureTokens)
    assert isinstance(await signing_in.tokens(URL, SignIn.DEFAULT, StillClock()), AzureTokens)


@pytest.mark.parametrize("way", [SignIn.BROWSER, SignIn.DEVICE])
async def test_a_person_signs_in_before_the_work_begins(monkeypatch: pytest.MonkeyPatch, way: SignIn) -> None:
    """And who does not is told so without ids of the tenant."""
    scopes: list[str] = []

    class Person:
        def get_token(self, *asked_for: str) -> None:
            scopes.extend(asked_for)
            raise ClientAuthenticationError("tenant 1234 says no")

    monkeypatch.setattr(signing_in, "_credential", lambda _: Person())
    with pytest.raises(NotAllowed) as error:
        await signing_in.tokens(URL, way, StillClock())
    assert str(error.value) == "Sign-in: ClientAuthenticationError"
    assert scopes == [f"{URL}/.default"]


@pytest.mark.parametrize("way", list(SignIn))
def test_every_way_of_signing_in_has_its_credential(way: SignIn) -> None:
    """Made without asking anybody yet."""
    expected = {
        SignIn.DEFAULT: "DefaultAzureCredential",
        SignIn.BROWSER: "InteractiveBrowserCredential",
        SignIn.DEVICE: "DeviceCodeCredential",
        SignIn.CLI: "AzureCliCredential",
    }
    assert type(signing_in._credential(way)).__name__ == expected[way]
