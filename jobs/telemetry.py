"""How is the way of a job followed from its webhook to its row, and what may be told of it?

A trace belongs to a job: it goes on through both queues in the messages' properties. A batch has jobs of
many traces; it is a span of its own, with a link to each of them. Nothing here knows who records; without a
recorder nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from dataverse.tables import Operation, Status
from jobs.verdicts import Verdict

Fact = str | int

_TRACEPARENT: Final = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
"""Version 00 of https://www.w3.org/TR/trace-context/#traceparent-header; ids of nothing but zeros are void."""

_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:=/+-]{0,99}")


def _uuid(value: Fact) -> bool:
    return (
        isinstance(value, str)
        and re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value) is not None
    )


def _count(value: Fact) -> bool:
    return isinstance(value, int) and value >= 0


def _code(value: Fact) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _one_of(names: Iterable[str]) -> Callable[[Fact], bool]:
    return frozenset(names).__contains__


ATTRIBUTES: Final[Mapping[str, Callable[[Fact], bool]]] = {
    "spotler.job": _uuid,
    "spotler.attempt": _count,
    "spotler.operation": _one_of(operation.name for operation in Operation),
    "spotler.automation": _code,
    "spotler.verdict": _one_of(verdict.value for verdict in Verdict),
    "spotler.code": _code,
    "spotler.status": _one_of(status.name for status in Status),
    "spotler.waited_seconds": _count,
    "spotler.messages": _count,
}
"""All that a span may tell, with what each value has to look like; whatever else is asked for is left out."""


def tellable(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """Of these facts, named without the prefix `spotler.`, the attributes that a span may have."""
    named = {f"spotler.{name}": value for name, value in facts.items()}
    return {name: value for name, value in named.items() if name in ATTRIBUTES and ATTRIBUTES[name](value)}


class Span(Protocol):
    """Something with a beginning and an end, in a trace."""

    @property
    def traceparent(self) -> str:
        """Where the trace goes on from here, as W3C trace context writes it."""
        ...

    def tell(self, attributes: Mapping[str, Fact]) -> None:
        """Add attributes; they have passed `tellable`."""
        ...

    def link(self, traceparent: str) -> None:
        """Point at a span of another trace."""
        ...

    def end(self, *, failed: bool) -> None:
        """It is over."""
        ...


class Recorder(Protocol):
    """Where spans and measurements go."""

    def begin(self, name: str, parent: str | None, links: Sequence[str]) -> Span:
        """Begin a span: in the trace of `parent`, or in a new one."""
        ...

    def measure(self, event: str, facts: Mapping[str, object]) -> None:
        """Take from an event of the log whatever is measured."""
        ...


@dataclass(slots=True)
class _Run:
    recorder: Recorder
    span: Span
    hands_on: bool
    traces: dict[UUID, list[str]] = field(default_factory=dict)
    steps: dict[UUID, Span] = field(default_factory=dict)


_run: ContextVar[_Run | None] = ContextVar("telemetry_run", default=None)


@contextmanager
def run(
    recorder: Recorder | None,
    name: str,
    *,
    parent: str | None,
    messages: int = 0,
    hands_on: bool = False,
) -> Iterator[None]:
    """Follow one run of a function.

    Args:
        recorder: None follows nothing.
        name: of its span.
        parent: traceparent of the run as the Functions host tells it.
        messages: of the batch.
        hands_on: the run has one job, whose trace is the run's own.
    """
    if recorder is None:
        yield
        return
    span = recorder.begin(name, parent if readable(parent) else None, ())
    if messages:
        span.tell(tellable({"messages": messages}))
    token = _run.set(_Run(recorder, span, hands_on))
    failed = True
    try:
        yield
        failed = False
    finally:
        _run.reset(token)
        span.end(failed=failed)


def readable(traceparent: str | None) -> bool:
    """Whether a text is a traceparent; anybody who may send to the queues can write anything into it."""
    return traceparent is not None and _TRACEPARENT.fullmatch(traceparent) is not None


def follow(job: UUID, traceparent: str | None) -> None:
    """Let this job's trace go on from where its message was sent, and link the run to it."""
    current = _run.get()
    if current is not None and traceparent is not None and readable(traceparent):
        known = current.traces.setdefault(job, [])
        if traceparent not in known:
            known.append(traceparent)
            current.span.link(traceparent)


@contextmanager
def steps(name: str, jobs: Iterable[UUID]) -> Iterator[None]:
    """A span in the trace of each of these jobs, linked to the run's."""
    current = _run.get()
    if current is None:
        yield
        return
    with ExitStack() as stack:
        for job in dict.fromkeys(jobs):
            stack.enter_context(_step(current, name, job))
        yield


@contextmanager
def _step(current: _Run, name: str, job: UUID) -> Iterator[None]:
    known = current.traces.get(job, [])
    span = current.recorder.begin(name, known[0] if known else None, [current.span.traceparent, *known[1:]])
    span.tell(tellable({"job": str(job)}))
    # Whatever is sent from here on, in this run, goes on from this span.
    current.traces[job] = [span.traceparent]
    current.steps[job] = span
    failed = True
    try:
        yield
        failed = False
    finally:
        current.steps.pop(job, None)
        span.end(failed=failed)


def tell(job: UUID, /, **facts: Fact | None) -> None:
    """Add to the span of this job's step, or to the run's span where the run has one job."""
    current = _run.get()
    if current is None:
        return
    span = current.steps.get(job, current.span if current.hands_on else None)
    if span is not None:
        span.tell(tellable({name: value for name, value in facts.items() if value is not None}))


def traceparent(job: UUID) -> str | None:
    """What a message about this job takes along; None where it has no trace."""
    current = _run.get()
    if current is None:
        return None
    known = current.traces.get(job)
    if known:
        return known[0]
    return current.span.traceparent if current.hands_on else None
