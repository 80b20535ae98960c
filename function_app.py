"""Which functions does the app have, and what triggers them?

Triggers and bindings only. What a function does stands in `jobs.entrances`, which is imported at the first
call: with it come the clients and their SDKs, and the host waits for the index of functions, not for them.
"""

import json
from typing import TYPE_CHECKING, List  # noqa: UP035 - the Functions engine accepts no other spelling for a batch

import azure.functions as func

if TYPE_CHECKING:
    from jobs.entrances import Answer, Page

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.function_name("receive_job")
@app.route(route="spotler-jobs", methods=["POST"])
async def receive_job(req: func.HttpRequest, context: func.Context) -> func.HttpResponse:
    """Take the webhook call of a created job; 202 once its doorbell is on the queue."""
    from jobs import entrances

    return _json(await entrances.receive_job(req.get_body(), _trace(context)))


@app.function_name("process_jobs")
@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%SPOTLER_JOBS_QUEUE%",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text, an empty message would be left out of the batch, and its neighbours would not be handed over.
    data_type=func.DataType.BINARY,
)
async def process_jobs(
    messages: List[func.ServiceBusMessage],  # noqa: UP006 - see the import
    context: func.Context,
) -> None:
    """Claim the jobs that were rung for, call Spotler, send the outcomes."""
    from jobs import entrances

    await entrances.process_jobs(_delivered(messages), _trace(context))


@app.function_name("write_results")
@app.service_bus_queue_trigger(
    arg_name="messages",
    queue_name="%SPOTLER_RESULTS_QUEUE%",
    connection="ServiceBusConnection",
    cardinality=func.Cardinality.MANY,
    # As text, an empty message would be left out of the batch, and its neighbours would not be handed over.
    data_type=func.DataType.BINARY,
)
async def write_results(
    messages: List[func.ServiceBusMessage],  # noqa: UP006 - see the import
    context: func.Context,
) -> None:
    """Write outcomes to their rows and successful starts to the Timeline."""
    from jobs import entrances

    await entrances.write_results(_delivered(messages), _trace(context))


@app.function_name("sync_catalogue")
@app.timer_trigger(arg_name="timer", schedule="%CATALOGUE_SYNC_SCHEDULE%", use_monitor=True)
async def sync_catalogue(timer: func.TimerRequest) -> None:
    """Bring the catalogue up to date, twice a day by default."""
    from jobs import entrances

    await entrances.sync_catalogue(past_due=timer.past_due)


@app.function_name("refresh_catalogue")
@app.route(route="catalogue/refresh", methods=["POST"])
async def refresh_catalogue(req: func.HttpRequest) -> func.HttpResponse:
    """Bring the catalogue up to date now; `?force=true` accepts a list that withdraws most of it."""
    from jobs import entrances

    return _json(await entrances.refresh_catalogue(force=req.params.get("force", "").lower() == "true"))


@app.function_name("reconcile_jobs")
@app.timer_trigger(arg_name="timer", schedule="%RECONCILE_SCHEDULE%", use_monitor=False)
async def reconcile_jobs(timer: func.TimerRequest, context: func.Context) -> None:
    """Ring again what got lost or was set back to Queued, and tell how long jobs wait; every five minutes."""
    from jobs import entrances

    del timer
    await entrances.reconcile_jobs(_trace(context))


@app.function_name("health")
@app.route(route="health", methods=["GET"])
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """Tell in plain sentences whether the app can do its work: 200 if so, else 503."""
    from jobs import entrances

    del req
    return _json(await entrances.health())


@app.function_name("status")
@app.route(route="status", methods=["GET"])
async def status(req: func.HttpRequest) -> func.HttpResponse:
    """Show on one page whether jobs flow; as JSON for who asks for it by `Accept`."""
    from jobs import entrances

    return _page(await entrances.status(req.headers.get("accept", "")))


def _delivered(
    messages: List[func.ServiceBusMessage],  # noqa: UP006 - see the import
) -> list[tuple[bytes, int, str | None]]:
    return [
        (message.get_body(), message.delivery_count or 1, _parent(message.application_properties))
        for message in messages
    ]


def _parent(properties: object) -> str | None:
    parent = properties.get("traceparent") if isinstance(properties, dict) else None
    return parent if isinstance(parent, str) else None


def _trace(context: func.Context) -> str | None:
    return context.trace_context.trace_parent or None


def _json(answer: "Answer") -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(answer.body, ensure_ascii=False),
        status_code=answer.status,
        mimetype="application/json",
        charset="utf-8",
    )


def _page(page: "Page") -> func.HttpResponse:
    return func.HttpResponse(
        page.text, status_code=page.status, mimetype=page.kind, charset="utf-8", headers=dict(page.headers)
    )
