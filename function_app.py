"""Which functions does the app have, and what triggers them?

Triggers and bindings only: each function translates, delegates and answers.
"""

import json
from typing import List  # noqa: UP035 - the Functions engine accepts no other spelling for a batch

import azure.functions as func

from dataverse import DataverseError
from jobs.catalogue_sync import ListsUnavailable
from jobs.composition import current
from jobs.health import Check, HealthReport
from jobs.intake import Reply, refusal
from jobs.listening import Delivered, hear_doorbells, hear_outcomes
from jobs.settings import SettingsError
from jobs.wording import cause

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.function_name("receive_job")
@app.route(route="spotler-jobs", methods=["POST"])
async def receive_job(req: func.HttpRequest) -> func.HttpResponse:
    """Take the webhook call of a created job; 202 once its doorbell is on the queue."""
    try:
        parts = current()
    except SettingsError as error:
        return _answer(refusal(503, "settings", str(error)))
    return _answer(await parts.intake.receive(req.get_body()))


@app.function_name("process_jobs")
@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%SPOTLER_JOBS_QUEUE%",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text, an empty message would be left out of the batch, and its neighbours would not be handed over.
    data_type=func.DataType.BINARY,
)
async def process_jobs(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - see the import
    """Claim the jobs that were rung for, call Spotler, send the outcomes."""
    parts = current()
    await hear_doorbells(_delivered(messages), parts.processor, parts.events)


@app.function_name("write_results")
@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%SPOTLER_RESULTS_QUEUE%",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text, an empty message would be left out of the batch, and its neighbours would not be handed over.
    data_type=func.DataType.BINARY,
)
async def write_results(messages: List[func.ServiceBusMessage]) -> None:  # noqa: UP006 - see the import
    """Write outcomes to their rows and successful starts to the Timeline."""
    parts = current()
    await hear_outcomes(_delivered(messages), parts.write_back, parts.events)


@app.function_name("sync_catalogue")
@app.timer_trigger(arg_name="timer", schedule="%CATALOGUE_SYNC_SCHEDULE%", use_monitor=True)
async def sync_catalogue(timer: func.TimerRequest) -> None:
    """Bring the catalogue up to date, twice a day by default."""
    parts = current()
    if timer.past_due:
        parts.events.warning("catalogue_sync_past_due")
    await parts.catalogue.run()


@app.function_name("refresh_catalogue")
@app.route(route="catalogue/refresh", methods=["POST"])
async def refresh_catalogue(req: func.HttpRequest) -> func.HttpResponse:
    """Bring the catalogue up to date now; `?force=true` accepts a list that withdraws most of it."""
    try:
        parts = current()
    except SettingsError as error:
        return _answer(refusal(503, "settings", str(error)))
    try:
        report = await parts.catalogue.run(force=req.params.get("force", "").lower() == "true")
    except ListsUnavailable as error:
        return _answer(refusal(502, error.report.code, cause(error.report.code, "en")))
    except (DataverseError, TimeoutError):
        return _answer(
            refusal(503, "dataverse_unavailable", "Dataverse did not take the catalogue in time; try again.")
        )
    return _json(200 if report.complete else 207, report.as_json(parts.catalogue.language))


@app.function_name("reconcile_jobs")
@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%", use_monitor=False)
async def reconcile_jobs(timer: func.TimerRequest) -> None:
    """Ring again what got lost or was set back to Queued, and tell how long jobs wait; every five minutes."""
    del timer
    parts = current()
    await parts.reconciliation.run()
    await parts.waiting.tell()


@app.function_name("health")
@app.route(route="health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Tell in plain sentences whether the app can do its work: 200 if so, else 503."""
    del req
    try:
        parts = current()
    except SettingsError as error:
        faults = tuple(Check("settings", ok=False, sentence=fault) for fault in error.faults)
        report = HealthReport(faults)
    else:
        report = await parts.health.run()
    return _json(200 if report.ok else 503, report.as_json())


def _delivered(messages: List[func.ServiceBusMessage]) -> list[Delivered]:  # noqa: UP006 - see the import
    return [Delivered(message.get_body(), message.delivery_count or 1) for message in messages]


def _answer(reply: Reply) -> func.HttpResponse:
    return _json(reply.status, reply.body)


def _json(status: int, body: object) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False), status_code=status, mimetype="application/json", charset="utf-8"
    )
