"""How are the parts of the app put together?"""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from functools import cache

import httpx

from dataverse import AzureTokens, DataverseClient, SandboxTokens, token_scope
from dataverse.tables import ENTITY_SETS
from jobs.calling import Caller
from jobs.calls import InputRules
from jobs.catalogue_sync import CatalogueSync
from jobs.events import Events, place
from jobs.health import Health
from jobs.identity import ThreadedCredential, own_credential
from jobs.intake import Intake
from jobs.judgement import Windows
from jobs.places import Places
from jobs.processing import Processor
from jobs.queues import Queues, connect
from jobs.reconciliation import Reconciliation
from jobs.settings import Settings, SettingsError, Telemetry, read_settings
from jobs.status import LIMITS, Status
from jobs.store import JobStore
from jobs.telemetry import Recorder
from jobs.timeline import Timeline
from jobs.timing import Timing
from jobs.waiting import Waiting
from jobs.write_back import WriteBack
from spotler import SpotlerClient
from wire.clock import SystemClock
from wire.exchange import CONNECT_SECONDS
from wire.quiet import quiet_loggers

INSIGHTS = "APPLICATIONINSIGHTS_CONNECTION_STRING"
"""Set by the platform, read by the Functions host too: where telemetry goes."""


@dataclass(frozen=True, slots=True)
class App:
    """Everything the functions delegate to; one for each process.

    Attributes:
        recorder: of spans and measurements; None where nothing is recorded.
    """

    intake: Intake
    processor: Processor
    write_back: WriteBack
    catalogue: CatalogueSync
    reconciliation: Reconciliation
    waiting: Waiting
    health: Health
    status: Status
    events: Events
    recorder: Recorder | None


@cache
def current() -> App:
    """The app of this process, built from its settings at the first call, inside the event loop.

    Raises:
        SettingsError: with every fault; the next call tries again.
    """
    return compose(read_settings())


def compose(settings: Settings) -> App:
    """Put the app together; opens no connection.

    Raises:
        SettingsError: a client finds a setting unusable that looked right.
    """
    try:
        return _composed(settings)
    except ValueError as error:
        raise SettingsError((f"One of the addresses or connections cannot be used: {error}.",)) from None


def _composed(settings: Settings) -> App:
    quiet_loggers()
    certificates = httpx.create_ssl_context()
    clock, timing = SystemClock(), Timing().scaled(settings.time_scale)
    recorder = _recorder(settings)
    events = Events(heard=recorder.measure if recorder is not None else None)
    tokens, connections = _tokens(settings), _http(timing, certificates, connections=32)
    dataverse = DataverseClient(settings.dataverse_url, tokens, connections, clock=clock)
    of_status = DataverseClient(settings.dataverse_url, tokens, connections, clock=clock, limits=LIMITS)
    spotler = SpotlerClient(
        settings.spotler_url,
        settings.spotler_key.get_secret_value(),
        settings.spotler_secret.get_secret_value(),
        http=_http(timing, certificates, connections=settings.spotler_max_concurrency + 4),
        contract=settings.contract,
        clock=clock,
        cut=timing.call_cut,
    )
    queues = _queues(settings)
    columns = {
        table: column for table in ENTITY_SETS if (column := settings.external_id_column(table)) is not None
    }
    rows = JobStore(dataverse, timing, events, columns)
    timeline = Timeline(dataverse, choice=settings.timeline, language=settings.result_language, events=events)
    catalogue = CatalogueSync(
        spotler,
        dataverse,
        clock,
        events,
        settings.result_language,
        settings.fields_quoting,
        settings.fields_max_length,
    )
    write_back = WriteBack(
        rows=rows,
        timeline=timeline,
        bells=queues,
        reports=queues,
        clock=clock,
        timing=timing,
        windows=Windows(settings.job_retry_window, settings.contact_grace),
        events=events,
        language=settings.result_language,
    )
    processor = Processor(
        rows=rows,
        caller=Caller(spotler, catalogue.as_call, Places(settings.spotler_max_concurrency), clock, timing),
        bells=queues,
        reports=queues,
        write_back=write_back,
        rules=InputRules(
            settings.result_language, columns, settings.fields_quoting, settings.fields_max_length
        ),
        clock=clock,
        timing=timing,
        events=events,
        wave=settings.spotler_max_concurrency,
    )
    return App(
        intake=Intake(queues, events, settings.dataverse_organization_id),
        processor=processor,
        write_back=write_back,
        catalogue=catalogue,
        reconciliation=Reconciliation(rows, queues, clock, timing, events),
        waiting=Waiting(dataverse, clock, events),
        health=Health(dataverse, rows, spotler, queues, timeline),
        status=Status(
            of_status,
            spotler,
            queues,
            clock=clock,
            events=events,
            language=settings.result_language,
            scale=settings.time_scale,
        ),
        events=events,
        recorder=recorder,
    )


def _recorder(settings: Settings) -> Recorder | None:
    """Recording, where there is a place to send it to; telemetry that cannot be set up is no reason not to work."""
    connection_string = os.environ.get(INSIGHTS, "").strip()
    if not connection_string or settings.telemetry is Telemetry.OFF:
        return None
    try:
        return _azure_monitor(connection_string)
    except Exception as error:  # noqa: BLE001 - told in the log; jobs go on without it
        Events().warning("telemetry_unavailable", error=place(error))
        return None


@cache
def _azure_monitor(connection_string: str) -> Recorder:
    from jobs.telemetry_otel import azure_monitor  # noqa: PLC0415 - heavy, and needed only where it is configured

    # OpenTelemetry lets its providers be set once in a process.
    return azure_monitor(connection_string)


def _http(timing: Timing, certificates: ssl.SSLContext, *, connections: int) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        verify=certificates,
        timeout=httpx.Timeout(timing.call_cut, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections),
        follow_redirects=False,
    )


def _tokens(settings: Settings) -> AzureTokens | SandboxTokens:
    if settings.dataverse_token_url is not None:
        return SandboxTokens(settings.dataverse_token_url)
    return AzureTokens(own_credential(), token_scope(settings.dataverse_url))


def _queues(settings: Settings) -> Queues:
    connection = settings.service_bus_connection
    return connect(
        connection_string=connection.get_secret_value() if connection is not None else None,
        namespace=settings.service_bus_namespace,
        credential=ThreadedCredential(own_credential(settings.service_bus_client_id))
        if connection is None
        else None,
        jobs_queue=settings.jobs_queue,
        results_queue=settings.results_queue,
    )
