"""What does each function do, once the trigger's own form is taken off?

Importing this imports the clients and their SDKs, which takes the most part of a cold start; `function_app`
does it at the first call, so that indexing need not wait for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dataverse import DataverseError
from jobs.catalogue_sync import ListsUnavailable, sentences
from jobs.composition import current
from jobs.health import Check, HealthReport
from jobs.intake import refusal
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.settings import SettingsError
from jobs.status_json import wants_json, written
from jobs.status_page import headers, page, settings_page
from jobs.telemetry import run
from jobs.wording import cause


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with a JSON body."""

    status: int
    body: object


@dataclass(frozen=True, slots=True)
class Page:
    """An HTTP answer that is a whole text of some media type."""

    status: int
    text: str
    kind: str
    headers: Mapping[str, str]


async def receive_job(body: bytes, trace: str | None) -> Answer:
    """Take the webhook call of a created job; 202 once its doorbell is on the queue.

    Args:
        body: of the request.
        trace: traceparent of the run.
    """
    try:
        parts = current()
    except SettingsError as error:
        return _refused(503, "settings", str(error))
    with run(parts.recorder, "receive_job", parent=trace, hands_on=True):
        reply = await parts.intake.receive(body)
    return Answer(reply.status, reply.body)


async def process_jobs(messages: Iterable[tuple[bytes, int, str | None]], trace: str | None) -> None:
    """Claim the jobs that were rung for, call Spotler, send the outcomes.

    Args:
        messages: the body of each, how often it was delivered, this time included, and its traceparent.
        trace: traceparent of the run.
    """
    parts, batch = current(), [Delivered(*one) for one in messages]
    with run(parts.recorder, "process_jobs", parent=trace, messages=len(batch)):
        await hear_doorbells(batch, parts.processor, parts.events)


async def write_results(messages: Iterable[tuple[bytes, int, str | None]], trace: str | None) -> None:
    """Write outcomes to their rows and successful starts to the Timeline; arguments as for `process_jobs`."""
    parts, batch = current(), [Delivered(*one) for one in messages]
    with run(parts.recorder, "write_results", parent=trace, messages=len(batch)):
        await hear_outcomes(batch, parts.write_back, parts.events)


async def sync_catalogue(*, past_due: bool) -> None:
    """Bring the catalogue up to date; `past_due` when it should have been done before."""
    parts = current()
    if past_due:
        parts.events.warning("catalogue_sync_past_due")
    report = await parts.catalogue.run()
    parts.status.synchronised(sentences(report, parts.catalogue.language))


async def refresh_catalogue(*, force: bool) -> Answer:
    """Bring the catalogue up to date and tell; `force` accepts a list that withdraws most of it."""
    try:
        parts = current()
    except SettingsError as error:
        return _refused(503, "settings", str(error))
    try:
        report = await parts.catalogue.run(force=force)
    except ListsUnavailable as error:
        return _refused(502, error.report.code, cause(error.report.code, "en"))
    except (DataverseError, TimeoutError):
        return _refused(
            503, "dataverse_unavailable", "Dataverse did not take the catalogue in time; try again."
        )
    parts.status.synchronised(sentences(report, parts.catalogue.language))
    return Answer(200 if report.complete else 207, report.as_json(parts.catalogue.language))


async def reconcile_jobs(trace: str | None) -> None:
    """Ring again what got lost or was set back to Queued, and tell how long jobs wait; `trace` is the run's."""
    parts = current()
    with run(parts.recorder, "reconcile_jobs", parent=trace):
        await parts.reconciliation.run()
        await parts.waiting.tell()


async def health() -> Answer:
    """Tell in plain sentences whether the app can do its work: 200 if so, else 503."""
    try:
        parts = current()
    except SettingsError as error:
        report = HealthReport(tuple(Check("settings", ok=False, sentence=fault) for fault in error.faults))
    else:
        report = await parts.health.run()
    return Answer(200 if report.ok else 503, report.as_json())


async def status(accept: str) -> Page:
    """Show on one page whether jobs flow: 200 also where a service is away, which the page then says.

    Args:
        accept: the header of that name; JSON for who asks for it, else HTML.
    """
    try:
        parts = current()
    except SettingsError as error:
        if wants_json(accept):
            text = json.dumps(_refused(503, "settings", str(error)).body, ensure_ascii=False)
            return Page(503, text, "application/json", headers())
        return Page(503, settings_page(error.faults), "text/html", headers())
    figures, language = await parts.status.figures(), parts.status.language
    if wants_json(accept):
        return Page(200, written(figures, language), "application/json", headers())
    return Page(200, page(figures, language), "text/html", headers())


def _refused(status: int, code: str, sentence: str) -> Answer:
    return Answer(status, refusal(status, code, sentence).body)
