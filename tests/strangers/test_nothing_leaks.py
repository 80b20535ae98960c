"""Does anything that others can read tell personal data or a secret, whatever becomes of a job?"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from dataverse import AzureTokens, NotAllowed
from jobs import processing, queues
from jobs.composition import compose
from jobs.doorbells import Doorbell
from jobs.identity import own_credential
from jobs.settings import SettingsError, read_settings
from sandbox.scenario.dynamics import Dynamics
from spotler import client as spotler_client
from tests.strangers import ground
from tests.strangers.ground import STOP, Driver, Ground, driven
from tests.strangers.listening_in import ears, leaks
from tests.strangers.office import MAIL_IS_THE_ID, NUMBERED, SECRETS, Office, Overheard, webhook
from tests.strangers.outcomes_told import (
    CANCELLED,
    CASES,
    ECHO,
    FAILED,
    SUCCEEDED,
    UNKNOWN,
    VALUE,
    Case,
    dataverse_seed,
    spotler_seed,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

MORE = 40
"""Numbers of people from here on are free for single tests."""

EVERYBODY = {**dict.fromkeys(range(MORE, MORE + 20), CASES[0]), **NUMBERED}
READ = "GET /spotler_jobs?$select"
"""How the app reads jobs; a person in these tests reads them without a choice of columns."""


@dataclass(slots=True)
class OwnOffice(Office):
    """The app runs in this process."""

    driver: Driver


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(services: Ground) -> AsyncIterator[OwnOffice]:
    """Everybody in place, all loggers at DEBUG, the people known, the list of automations fresh."""
    await services.reset()
    with ears() as heard, pytest.MonkeyPatch.context() as impatient:
        impatient.setattr(queues, "RETRIES", 0)
        async with (
            driven(services, **MAIL_IS_THE_ID) as driver,
            Dynamics(services.dataverse) as dynamics,
        ):
            # The app quiets it; whoever wants to hear it all the same must not hear too much.
            logging.getLogger("azure.servicebus._pyamqp").setLevel(logging.DEBUG)
            overheard = Overheard()
            async with webhook(driver, overheard) as url:
                await services.control(services.dataverse, "POST", "seed", dataverse_seed(EVERYBODY))
                await services.control(services.spotler, "POST", "seed", spotler_seed(EVERYBODY))
                await services.control(services.dataverse, "POST", "webhook", {"url": url})
                await driver.app.catalogue.run()
                yield OwnOffice(services, driver, dynamics, overheard, heard, driver)


async def test_every_outcome(office: OwnOffice) -> None:
    """No log record, queue message, answer or result message tells anything."""
    jobs = await office.play(NUMBERED)
    waits = next(number for number, case in NUMBERED.items() if case.name == "told to wait")
    stop = await office.save(waits, Case("stop", 0, "", STOP, trouble={}))
    await office.become({jobs[waits]: (CANCELLED, "CANCELLED_BY_STOP"), stop: (FAILED, "INVALID_STATE")})
    assert any(VALUE.encode() in body for body in office.overheard.posted), "nothing personal was posted"
    assert {"spotler_jobs", "azure.servicebus._pyamqp.aio._session_async"} <= office.heard.loggers
    assert office.leaked() == []


async def test_what_goes_wrong_inside(office: OwnOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception whose text quotes a row or a request is told by its type and place alone."""

    def of_reading(*_: object) -> None:
        raise ValueError(f"cannot read {VALUE}")

    with monkeypatch.context() as broken:
        broken.setattr(processing, "interpret", of_reading)
        job = await office.save(MORE, CASES[0])
        await office.become({job: (FAILED, "INTERNAL_ERROR")})

    async def of_calling(*_: object, **__: object) -> None:
        raise KeyError({"Authorization": ground.SPOTLER_SECRET, "value": VALUE})

    with monkeypatch.context() as broken:
        broken.setattr(spotler_client, "exchange", of_calling)
        job = await office.save(MORE + 1, CASES[0])
        await office.become({job: (UNKNOWN, "OUTCOME_UNKNOWN")})
    events = {text.split()[0] for where, text in office.heard.heard if where.startswith("spotler_jobs ")}
    assert {"job_uninterpretable", "call_failed_unexpectedly"} <= events
    assert office.leaked() == []


async def test_while_services_fail_and_echo(office: OwnOffice) -> None:
    """Dataverse and the bus fail with answers that quote rows; the job ends, and nothing is repeated to a log."""
    services = office.services
    echo = {"error": {"code": "0x80040265", "message": f"{VALUE} in {ECHO['message']}"}}
    job = await office.save_unrung(MORE + 2, CASES[0])
    await services.fault(services.bus_control, kind="refuse_send", queue="spotler-results", times=1)
    for match, status in ((READ, 401), (READ, 500), ("POST /$batch", 500)):
        await services.fault(
            services.dataverse, match=match, kind="status", status=status, body=echo, times=1
        )
    await office.driver.app.reconciliation.bells.ring([Doorbell(UUID(job))])
    await office.become({job: (SUCCEEDED, "OK")})
    assert office.leaked() == []


async def test_health_whatever_is_wrong(office: OwnOffice) -> None:
    """The health answer tells nothing, with all well and with every key wrong."""
    services = office.services
    report = await office.driver.app.health.run()
    assert report.ok, report
    office.overheard.take("health", report.as_json())
    for root in (services.dataverse, services.spotler):
        await services.fault(root, match="* /", kind="status", status=403, body=ECHO)
    nobody_listens = services.connection.replace(str(services.ports.servicebus), str(services.ports.console))
    wrong = compose(
        read_settings(
            services.settings(SPOTLER_SECRET=ground.SPOTLER_SECRET + "x", ServiceBusConnection=nobody_listens)
        )
    )
    try:
        report = await wrong.health.run()
    finally:
        await ground.close(wrong)
        for root in (services.dataverse, services.spotler):
            await services.control(root, "DELETE", "faults")
    office.overheard.take("health", report.as_json())
    # Where the metadata may not be read, a post is tried and a note made instead: the Timeline raises no alarm.
    assert [check.name for check in report.checks if check.ok] == ["settings", "timeline"]
    assert office.leaked() == []


BAD_SETTINGS = {
    "SPOTLER_URL": f"ftp://{VALUE}@privat.example",
    "DATAVERSE_URL": f"http://{VALUE}.privat.example/?code={ground.FUNCTION_KEY}",
    "DATAVERSE_ORGANIZATION_ID": ground.BUS_KEY,
    "SPOTLER_MAX_CONCURRENCY": ground.SPOTLER_SECRET,
    "JOB_RETRY_WINDOW": ground.SPOTLER_KEY,
    "RESULT_LANGUAGE": VALUE,
    "EXTERNAL_ID_COLUMN_LEAD": f"{VALUE} ",
    "SPOTLER_CONTRACT_RUN_STOP_METHOD": ground.SPOTLER_SECRET,
}


async def test_what_is_said_of_bad_settings(services: Ground) -> None:
    """Every fault is named, none is quoted: people paste secrets into the wrong setting."""
    with pytest.raises(SettingsError) as caught:
        read_settings(services.settings(**BAD_SETTINGS))
    assert all(name.removeprefix("SPOTLER_CONTRACT_") in str(caught.value).upper() for name in BAD_SETTINGS)
    assert leaks([("settings", str(caught.value)), ("repr", repr(caught.value))], SECRETS) == []


async def test_settings_show_no_secret(services: Ground) -> None:
    """Whoever prints the settings sees stars."""
    settings = read_settings(services.settings())
    assert leaks([("repr", f"{settings!r} {settings}")], SECRETS) == []


class Identities(BaseHTTPRequestHandler):
    """The identity endpoint of App Service: a token, or a refusal that quotes what it was asked with."""

    token = "tOkEnOfTheIdentity.0815.4711"
    refuses = False

    def do_GET(self) -> None:
        """One request for a token."""
        assert self.headers["X-IDENTITY-HEADER"] == ground.SPOTLER_SECRET
        body = (
            f'{{"error": "invalid", "error_description": "{self.token} {ground.SPOTLER_SECRET}"}}'
            if self.refuses
            else f'{{"access_token": "{self.token}", "expires_on": "4102444800", "token_type": "Bearer"}}'
        ).encode()
        self.send_response(400 if self.refuses else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing: it would be ours, not the product's."""


@pytest.fixture
def identities(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Identities]]:
    """The endpoint that a managed identity asks in Azure."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Identities)
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_port}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", ground.SPOTLER_SECRET)
    monkeypatch.setenv("NO_PROXY", "*")
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield Identities
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_managed_identity(
    identities: type[Identities], monkeypatch: pytest.MonkeyPatch, *, refuses: bool
) -> None:
    """azure-identity's own logs and errors tell neither the token nor the secret of its endpoint."""
    monkeypatch.setattr(identities, "refuses", refuses)
    said: list[tuple[str, str]] = []
    with ears() as heard, own_credential() as credential:
        try:
            token = await AzureTokens(credential, "https://privat.example/.default").token()
        except NotAllowed as error:
            said.append(("error", f"{error!r} {error}"))
            token = ""
    assert token == ("" if refuses else Identities.token)
    assert any(name.startswith("azure.identity") for name in heard.loggers)
    assert leaks([*said, *heard.heard], (*SECRETS, Identities.token)) == []


async def test_these_tests_would_hear_a_leak(office: OwnOffice) -> None:
    """Without the quieting of talkative libraries the same work tells keys and signatures."""
    with ears() as heard:
        for name in ("httpcore", "httpx", "oauthlib"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        await office.driver.app.health.run()
        compose(read_settings(office.services.settings()))  # quiets them again
    assert any("oauth_signature" in leak for leak in leaks(heard.heard, SECRETS))
    assert any(ground.SPOTLER_KEY in leak for leak in leaks(heard.heard, SECRETS))
