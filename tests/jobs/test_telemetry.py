"""Does a job stay in its trace, whatever the batch, and can recording neither tell too much nor harm a job?"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from uuid import UUID

import pytest
from azure.monitor.opentelemetry._constants import _ALL_SUPPORTED_INSTRUMENTED_LIBRARIES
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from jobs import queues, telemetry
from jobs.events import Events
from jobs.telemetry import ATTRIBUTES, readable, run, steps, tellable
from jobs.telemetry_otel import DEAD_ENDS, INSTRUMENTATIONS, OpenTelemetryRecorder
from tests.world import HOME

ONE, TWO, THREE = UUID(int=1), UUID(int=2), UUID(int=3)


def parent(trace: int, span: int = 1) -> str:
    """A traceparent as it comes with a message."""
    return f"00-{trace:032x}-{span:016x}-01"


class Memory:
    """A recorder and what it recorded."""

    def __init__(self, *, exporter: SpanExporter | None = None) -> None:
        self.spans_kept = InMemorySpanExporter()
        self.provider = TracerProvider()
        self.provider.add_span_processor(SimpleSpanProcessor(exporter or self.spans_kept))
        self.reader = InMemoryMetricReader()
        self.recorder = OpenTelemetryRecorder(self.provider, MeterProvider([self.reader]))

    def spans(self, name: str) -> list[ReadableSpan]:
        """Spans that are over, by their name."""
        return [span for span in self.spans_kept.get_finished_spans() if span.name == name]

    def measured(self) -> dict[str, list[tuple[dict[str, object], float]]]:
        """Dimensions and value of every measurement."""
        data = self.reader.get_metrics_data()
        return {
            metric.name: [
                (dict(point.attributes or {}), point.value)
                for point in metric.data.data_points
                if isinstance(point, NumberDataPoint)
            ]
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


def trace_of(span: ReadableSpan) -> int:
    """The trace that a span is in."""
    assert span.context is not None
    return int(span.context.trace_id)


def linked(span: ReadableSpan) -> set[int]:
    """Traces that a span is linked to."""
    return {link.context.trace_id for link in span.links}


@pytest.fixture
def memory() -> Iterator[Memory]:
    """Everything is kept in memory."""
    kept = Memory()
    yield kept
    kept.provider.shutdown()


def test_a_batch_of_several_traces(memory: Memory) -> None:
    """The batch is in the host's trace and linked to each message; each job goes on in its own."""
    with run(memory.recorder, "process_jobs", parent=parent(9), messages=4):
        telemetry.follow(ONE, parent(1))
        telemetry.follow(TWO, parent(2))
        telemetry.follow(THREE, None)
        for job in (ONE, TWO, THREE):
            with steps("carry_out_job", [job]):
                telemetry.tell(job, verdict="done", code="OK")
    (batch,) = memory.spans("process_jobs")
    assert (trace_of(batch), linked(batch)) == (9, {1, 2})
    assert dict(batch.attributes or {}) == {"spotler.messages": 4}
    first, second, third = memory.spans("carry_out_job")
    assert (trace_of(first), trace_of(second)) == (1, 2)
    assert trace_of(third) not in {1, 2, 9}
    assert all(linked(span) == {9} for span in (first, second, third))
    assert dict(second.attributes or {}) == {
        "spotler.job": str(TWO),
        "spotler.verdict": "done",
        "spotler.code": "OK",
    }


def test_a_job_that_comes_twice_in_a_batch(memory: Memory) -> None:
    """It goes on in the trace it came with first, with a link to the other."""
    with run(memory.recorder, "process_jobs", parent=None, messages=2):
        telemetry.follow(ONE, parent(1))
        telemetry.follow(ONE, parent(2))
        with steps("carry_out_job", [ONE]):
            assert telemetry.traceparent(ONE) is not None
    (span,) = memory.spans("carry_out_job")
    assert trace_of(span) == 1
    assert 2 in linked(span)


def test_a_retry_stays_in_the_trace(memory: Memory) -> None:
    """What is rung while an outcome is written goes on from that span; the next attempt is in the same trace."""
    with run(memory.recorder, "write_results", parent=parent(8), messages=1):
        telemetry.follow(ONE, parent(1))
        with steps("write_result", [ONE]):
            again = queues._message("{}", telemetry.traceparent(ONE), None).application_properties or {}
    assert again["traceparent"] == again["Diagnostic-Id"]
    with run(memory.recorder, "process_jobs", parent=parent(7), messages=1):
        telemetry.follow(ONE, str(again["traceparent"]))
        with steps("carry_out_job", [ONE]):
            pass
    (written,), (carried,) = memory.spans("write_result"), memory.spans("carry_out_job")
    assert trace_of(written) == trace_of(carried) == 1
    assert carried.parent is not None
    assert written.context is not None
    assert carried.parent.span_id == written.context.span_id


def test_the_webhook_hands_its_trace_on_and_the_timer_does_not(memory: Memory) -> None:
    """A run of one job is that job's trace; jobs that the timer finds begin their own."""
    with run(memory.recorder, "receive_job", parent=parent(5), hands_on=True):
        telemetry.tell(ONE, job=str(ONE))
        assert (telemetry.traceparent(ONE) or "").startswith(parent(5)[:35])
    with run(memory.recorder, "reconcile_jobs", parent=parent(6)):
        assert telemetry.traceparent(ONE) is None
    (received,) = memory.spans("receive_job")
    assert dict(received.attributes or {}) == {"spotler.job": str(ONE)}


def test_without_a_recorder_messages_are_as_before() -> None:
    """Nothing is followed, nothing travels."""
    with run(None, "receive_job", parent=parent(5), hands_on=True), steps("carry_out_job", [ONE]):
        telemetry.follow(ONE, parent(1))
        telemetry.tell(ONE, code="OK")
        assert telemetry.traceparent(ONE) is None
        assert queues._message("{}", telemetry.traceparent(ONE), None).application_properties is None


def test_an_exception_is_told_without_its_text(memory: Memory) -> None:
    """A span that fails says so and no more, and the exception goes its way."""
    with (
        pytest.raises(ValueError, match="Jansen"),
        run(memory.recorder, "write_results", parent=None),
        steps("write_result", [ONE]),
    ):
        raise ValueError("Jansen")
    for span in memory.spans_kept.get_finished_spans():
        assert not span.status.is_ok
        assert span.status.description is None
        assert not span.events
        assert "Jansen" not in span.to_json()


@given(st.dictionaries(st.sampled_from([*ATTRIBUTES, "name", "contact", "url"]), st.text() | st.integers()))
def test_only_what_is_listed_is_told(facts: dict[str, str | int]) -> None:
    """Whatever is asked for, no other attribute and no value of another form is told."""
    told = tellable({name.removeprefix("spotler."): value for name, value in facts.items()})
    assert set(told) <= set(ATTRIBUTES)
    assert all(ATTRIBUTES[name](value) for name, value in told.items())
    assert not {"spotler.name", "spotler.contact", "spotler.url"} & set(told)


@pytest.mark.parametrize("value", ["Kim Jansen", "kim@example.org", "a?b=c", "x" * 101, "", "één"])
@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_no_attribute_takes_personal_text(name: str, value: str) -> None:
    """A name, an address, a query and whatever is long fit nowhere."""
    assert tellable({name.removeprefix("spotler."): value}) == {}


@given(st.text())
def test_anything_may_stand_in_a_message(text: str) -> None:
    """What is no traceparent is neither followed nor linked."""
    assert not readable(text)
    kept = Memory()
    with run(kept.recorder, "process_jobs", parent=text, messages=1):
        telemetry.follow(ONE, text)
        assert telemetry.traceparent(ONE) is None
    (span,) = kept.spans("process_jobs")
    assert not span.links


def test_measurements(memory: Memory) -> None:
    """Events of the log become the measurements that alerts need, with the listed dimensions alone."""
    events = Events(heard=memory.recorder.measure)
    events.info("jobs_waiting", oldest_seconds=61)
    for verdict in ("done", "done", "refused"):
        events.info(
            "job_called", job=str(ONE), attempt=1, verdict=verdict, code="OK", operation="START_AUTOMATION"
        )
    events.info("job_moved", job=str(ONE), status="WAITING", code="SPOTLER_UNAVAILABLE")
    events.info("job_moved", job=str(ONE), status="SUCCEEDED", code="OK")
    events.info("jobs_rung_again", jobs=3)
    for name in DEAD_ENDS:
        events.error(name, job=str(ONE))
    measured = memory.measured()
    assert measured["spotler.jobs.oldest_waiting"] == [({}, 61)]
    start = {"spotler.operation": "START_AUTOMATION", "spotler.code": "OK"}
    assert [(one, n) for one, n in measured["spotler.jobs.calls"]] == [
        ({**start, "spotler.verdict": "done"}, 2),
        ({**start, "spotler.verdict": "refused"}, 1),
    ]
    assert measured["spotler.jobs.retries"] == [({"spotler.code": "SPOTLER_UNAVAILABLE"}, 1)]
    assert measured["spotler.jobs.rung_again"] == [({}, 3)]
    assert {str(one["spotler.event"]) for one, _ in measured["spotler.jobs.dead_ends"]} == DEAD_ENDS


def test_events_that_are_measured_are_said() -> None:
    """Every event that counts as a dead end is one that the app says somewhere."""
    code = "".join(path.read_text(encoding="utf-8") for path in (HOME / "jobs").glob("*.py"))
    for name in DEAD_ENDS:
        assert code.count(f'"{name}"') >= 2, name


def test_every_instrumentation_is_off() -> None:
    """An upgrade of the distribution that would record by itself what we do not want told fails here."""
    assert set(_ALL_SUPPORTED_INSTRUMENTED_LIBRARIES) <= set(INSTRUMENTATIONS)


class Failing(SpanExporter):
    """An exporter that raises, and hangs for a while first."""

    def __init__(self, hangs: float) -> None:
        self.hangs = hangs
        self.asked = 0

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Fail."""
        del spans
        self.asked += 1
        time.sleep(self.hangs)
        raise ConnectionError("nobody there")


def test_a_failing_exporter_harms_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """Work goes on and keeps its time whether the exporter raises at once or hangs in its own thread."""
    caplog.set_level(logging.CRITICAL)
    raising, hanging = Failing(0), Failing(0.5)
    kept = Memory(exporter=raising)
    kept.provider.add_span_processor(
        BatchSpanProcessor(hanging, schedule_delay_millis=1, max_export_batch_size=1)
    )
    before = time.monotonic()
    with run(kept.recorder, "process_jobs", parent=parent(9), messages=1):
        telemetry.follow(ONE, parent(1))
        with steps("carry_out_job", [ONE]):
            pass
    assert time.monotonic() - before < 0.4
    assert raising.asked == 2
    kept.provider.shutdown()
    assert hanging.asked


def test_nothing_is_imported_that_is_not_configured() -> None:
    """Neither indexing nor the composition imports OpenTelemetry; that is left to the first configured call."""
    code = (
        "import sys, function_app, jobs.composition, jobs.entrances\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry', 'azure.monitor'))])"
    )
    done = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", code], cwd=HOME, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"


COMPOSING = """
import json, logging, os, sys
logging.basicConfig(stream=sys.stdout, format="%(message)s")
with open("local.settings.sample.json", encoding="utf-8") as sample:
    os.environ.update(json.load(sample)["Values"])
os.environ.update(APPLICATIONINSIGHTS_CONNECTION_STRING=sys.argv[1], TELEMETRY=sys.argv[2])
from jobs.composition import current
print("recorder", type(current().recorder).__name__)
print("imported", "opentelemetry" in sys.modules)
"""


@pytest.mark.parametrize(
    ("connection_string", "switch", "said"),
    [
        ("", "auto", ["recorder NoneType", "imported False"]),
        (
            "InstrumentationKey=00000000-0000-4000-8000-000000000001",
            "off",
            ["recorder NoneType", "imported False"],
        ),
        ("sEcReT", "auto", ["telemetry_unavailable error=", "recorder NoneType", "imported True"]),
    ],
)
def test_when_it_is_on(connection_string: str, switch: str, said: list[str]) -> None:
    """Only with a connection string and not switched off; one that cannot be read is told without its text."""
    done = subprocess.run(  # noqa: S603 - a fixed command
        [sys.executable, "-c", COMPOSING, connection_string, switch],
        cwd=HOME,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert [line[: len(one)] for line, one in zip(lines, said, strict=True)] == said
    assert "sEcReT" not in done.stdout + done.stderr
