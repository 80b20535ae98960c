"""How are spans and measurements recorded by OpenTelemetry and sent to Application Insights?

Imported only where it is configured: what it imports takes as long as all else that a cold start imports.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from azure.monitor.opentelemetry import configure_azure_monitor
from opentelemetry import metrics, trace
from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TracerProvider
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from jobs.telemetry import Fact, Recorder, tellable

NAME: Final = "spotler_jobs"

INSTRUMENTATIONS: Final = (
    "azure_sdk",
    "django",
    "fastapi",
    "flask",
    "httpx",
    "httpx2",
    "psycopg2",
    "requests",
    "urllib",
    "urllib3",
)
"""All that the distribution would switch on by itself; they tell addresses, and so what is asked for whom."""

DEAD_ENDS: Final = frozenset(
    {
        "doorbell_dropped",
        "foreign_doorbell",
        "foreign_outcome",
        "outcome_failed",
        "outcome_unwritten",
        "outcomes_lost",
        "row_unwritable",
    }
)
"""Events that say that a message or an outcome goes no further without a person, or without the timer."""


def azure_monitor(connection_string: str) -> Recorder:
    """Send to the Application Insights resource of a connection string; spans and our metrics, nothing else.

    Sets OpenTelemetry's providers of the process. The identity to send with is told by
    APPLICATIONINSIGHTS_AUTHENTICATION_STRING, which the exporter reads itself. Nothing is kept on disk for
    later, and nothing is sent to anybody but the resource.

    Raises:
        ValueError: the connection string cannot be read.
    """
    # The Functions host sends the log already; sent twice, every line would count twice for the alerts.
    os.environ["OTEL_LOGS_EXPORTER"] = "none"
    # Both would talk to Microsoft about the library's own use.
    os.environ.setdefault("APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL", "true")
    os.environ.setdefault("APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED", "true")
    # The one for virtual machines asks an address that does not answer here, and waits.
    os.environ.setdefault("OTEL_EXPERIMENTAL_RESOURCE_DETECTORS", "azure_functions")
    os.environ.setdefault("OTEL_SERVICE_NAME", os.environ.get("WEBSITE_SITE_NAME", "spotler-jobs"))
    # Without a choice the distribution keeps five traces in a second.
    os.environ.setdefault("OTEL_TRACES_SAMPLER", "always_on")
    configure_azure_monitor(
        connection_string=connection_string,
        disable_offline_storage=True,
        enable_live_metrics=False,
        enable_performance_counters=False,
        instrumentation_options={name: {"enabled": False} for name in INSTRUMENTATIONS},
    )
    return OpenTelemetryRecorder(trace.get_tracer_provider(), metrics.get_meter_provider())


@dataclass(frozen=True, slots=True)
class _Recorded:
    span: trace.Span

    @property
    def traceparent(self) -> str:
        context = self.span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def tell(self, attributes: Mapping[str, Fact]) -> None:
        self.span.set_attributes(dict(attributes))

    def link(self, traceparent: str) -> None:
        self.span.add_link(_of(traceparent))

    def end(self, *, failed: bool) -> None:
        if failed:
            # Without a description: an exception's text may quote what it choked on.
            self.span.set_status(Status(StatusCode.ERROR))
        self.span.end()


class OpenTelemetryRecorder:
    """Records with these providers.

    Every span is an internal one: the Functions host tells the requests, and one told twice would count twice.
    """

    def __init__(self, spans: TracerProvider, measurements: MeterProvider) -> None:
        self._tracer = spans.get_tracer(NAME)
        meter = measurements.get_meter(NAME)
        self._oldest = meter.create_gauge(
            "spotler.jobs.oldest_waiting", "s", "for how long the job has been open that waits longest"
        )
        self._calls = meter.create_counter("spotler.jobs.calls", "1", "calls that are over, by verdict")
        self._retries = meter.create_counter("spotler.jobs.retries", "1", "jobs that were told to wait")
        self._found = meter.create_counter("spotler.jobs.rung_again", "1", "jobs that the timer had to find")
        self._dead_ends = meter.create_counter(
            "spotler.jobs.dead_ends", "1", "what goes no further, by event"
        )

    def begin(self, name: str, parent: str | None, links: Sequence[str]) -> _Recorded:
        """Begin a span: in the trace of `parent`, or in a new one."""
        return _Recorded(
            self._tracer.start_span(
                name,
                # Never the ambient context: it is the run's, and a job has its own trace.
                context=_context(parent) if parent is not None else Context(),
                kind=SpanKind.INTERNAL,
                links=[Link(_of(link)) for link in links],
                record_exception=False,
                set_status_on_exception=False,
            )
        )

    def measure(self, event: str, facts: Mapping[str, object]) -> None:
        """Take from an event of the log whatever is measured."""
        match event, facts:
            case "jobs_waiting", {"oldest_seconds": int(seconds)}:
                self._oldest.set(seconds)
            case "job_called", _:
                self._calls.add(1, _dimensions(facts, "operation", "verdict", "code"))
            case "job_moved", {"status": "WAITING"}:
                self._retries.add(1, _dimensions(facts, "code"))
            case "jobs_rung_again", {"jobs": int(jobs)}:
                self._found.add(jobs)
            case _ if event in DEAD_ENDS:
                self._dead_ends.add(1, {"spotler.event": event})


def _dimensions(facts: Mapping[str, object], *names: str) -> dict[str, Fact]:
    return tellable({name: value for name in names if isinstance(value := facts.get(name), str | int)})


def _context(traceparent: str) -> Context:
    return TraceContextTextMapPropagator().extract({"traceparent": traceparent}, Context())


def _of(traceparent: str) -> SpanContext:
    return trace.get_current_span(_context(traceparent)).get_span_context()
