"""Is a job one trace from its webhook to its row when the real engine runs the app, and what is told of it?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp

from jobs.telemetry import ATTRIBUTES
from sandbox.scenario.dynamics import Dynamics
from tests.strangers import ground
from tests.strangers.ground import Ground
from tests.strangers.ingestion import Ingestion, ingesting
from tests.strangers.listening_in import ears, leaks
from tests.strangers.office import NUMBERED, SECRETS, Office, Overheard
from tests.strangers.outcomes_told import VALUE, dataverse_seed, spotler_seed
from tests.strangers.test_nothing_leaks_in_the_host import Waiter, functions_host

OFTEN = {"OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_METRIC_EXPORT_INTERVAL": "200"}


def data(item: dict[str, Any]) -> dict[str, Any]:
    """What an item tells."""
    told: dict[str, Any] = item["data"]["baseData"]
    return told


def of_job(ingestion: Ingestion, job: str) -> dict[str, list[dict[str, Any]]]:
    """The spans that name a job, by their names."""
    found: dict[str, list[dict[str, Any]]] = {}
    for item in ingestion.of("RemoteDependencyData"):
        if data(item)["properties"].get("spotler.job") == job:
            found.setdefault(data(item)["name"], []).append(item)
    return found


async def test_every_job_is_one_trace(services: Ground, tmp_path: Path) -> None:
    """Webhook, call and write-back share a trace id, told by the allowed attributes and nothing personal."""
    await services.reset()
    async with ingesting() as ingestion:
        telemetry = {"APPLICATIONINSIGHTS_CONNECTION_STRING": ingestion.connection_string, **OFTEN}
        with ears() as heard, functions_host(services, tmp_path, **telemetry) as log:
            key = {"x-functions-key": ground.FUNCTION_KEY}
            async with Dynamics(services.dataverse) as dynamics, aiohttp.ClientSession(headers=key) as http:
                waiter = Waiter([])
                office = Office(services, waiter, dynamics, Overheard(), heard)
                await services.control(services.dataverse, "POST", "seed", dataverse_seed(NUMBERED))
                await services.control(services.spotler, "POST", "seed", spotler_seed(NUMBERED))
                async with http.post(f"{services.functions}/api/catalogue/refresh") as answer:
                    assert answer.status == 200, await answer.text()
                url = f"{services.functions}/api/spotler-jobs?code={ground.FUNCTION_KEY}"
                await services.control(services.dataverse, "POST", "webhook", {"url": url})
                jobs = await office.play(NUMBERED)
                ended = {job for number, job in jobs.items() if NUMBERED[number].name != "told to wait"}

                async def all_told() -> bool:
                    return all("write_result" in of_job(ingestion, job) for job in ended)

                await waiter.until(all_told)

                async def measured() -> bool:
                    return "spotler.jobs.calls" in json.dumps(ingestion.of("MetricData"))

                await waiter.until(measured)
    for job in ended:
        spans = of_job(ingestion, job)
        assert set(spans) == {"receive_job", "carry_out_job", "write_result"}, job
        (trace,) = {one["tags"]["ai.operation.id"] for named in spans.values() for one in named}
        (received,) = spans["receive_job"]
        assert spans["carry_out_job"][0]["tags"]["ai.operation.parentId"] == data(received)["id"]
        assert spans["write_result"][0]["tags"]["ai.operation.parentId"] in {
            data(one)["id"] for one in spans["carry_out_job"]
        }
        linked = [
            link["operation_Id"]
            for item in ingestion.of("RemoteDependencyData")
            if data(item)["name"] == "process_jobs"
            for link in json.loads(data(item)["properties"]["_MS.links"])
        ]
        assert trace in linked
    told = {name for item in ingestion.of("RemoteDependencyData") for name in data(item)["properties"]}
    assert {name for name in told if not name.startswith("_MS.")} == set(ATTRIBUTES)
    names = {data(item)["name"] for item in ingestion.of("RemoteDependencyData")}
    assert names == {"receive_job", "process_jobs", "carry_out_job", "write_result", "write_results"}
    assert {item["data"]["baseType"] for item in ingestion.items} == {"RemoteDependencyData", "MetricData"}
    assert leaks([("telemetry", text) for text in ingestion.texts], (*SECRETS, VALUE)) == []
    text = log.read_text(encoding="utf-8")
    assert "telemetry_unavailable" not in text
    assert not [line for line in text.splitlines() if " INFO " in line and "_pyamqp" in line]
