"""Can the alerts fire: does the app log what their queries look for, in the very form?"""

from __future__ import annotations

import json
import logging
import re
from typing import cast
from uuid import UUID

import pytest

from dataverse import DataverseClient, NotAllowed
from jobs.catalogue_sync import CatalogueSync, ListsUnavailable
from jobs.events import LOGGER, Events
from jobs.ports import Bells, JobRows
from jobs.reconciliation import Reconciliation
from jobs.timing import Timing
from spotler import CredentialsRefused, SpotlerClient
from tests.infra.bicep import INFRA, Expression, Resource, Value, read, section
from tests.world import HOME
from wire.clock import SystemClock

ALERTS = read(INFRA / "modules" / "alerts.bicep")
RULES = ALERTS.of("Microsoft.Insights/scheduledQueryRules")


def condition(rule: Resource) -> dict[str, Value]:
    """The one condition of a rule."""
    listed = section(rule.properties["criteria"])["allOf"]
    assert isinstance(listed, list)
    (only,) = listed
    return section(only)


def query(rule: Resource) -> str:
    """What a rule asks the log."""
    return str(condition(rule)["query"])


def matches(rule_query: str, message: str) -> bool:
    """Whether a message passes the conditions of a query, read as far as our queries go."""
    test = rule_query.partition("| where ")[2].partition("\n|")[0]
    python = re.sub(r'Message startswith ("[^"]*")', r"message.startswith(\1)", test)
    python = re.sub(r'Message contains ("[^"]*")', r"(\1 in message)", python)
    return bool(eval(" ".join(python.split()), {"message": message}))  # noqa: S307 - our own file, rewritten above


def waits(message: str) -> bool:
    """Whether the rule about waiting jobs counts a message as a pass that found nothing to tell."""
    asked = rule("jobsWait")
    taken = re.search(r'parse Message with "([^"]*)" oldest:long\n\| where oldest <= (\d+)', asked)
    assert taken is not None
    return matches(asked, message) and int(message.removeprefix(taken.group(1))) <= int(taken.group(2))


def rule(name: str) -> str:
    """The query of a rule by its name in the file."""
    return query(ALERTS.resources[name])


@pytest.mark.parametrize("one", RULES, ids=lambda one: str(one.properties["displayName"]))
def test_every_event_is_logged(one: Resource) -> None:
    """Each event that a query names is one that the app writes under that very name."""
    sought = re.findall(r'startswith "(\w+) "', query(one))
    assert sought
    code = "".join(path.read_text(encoding="utf-8") for path in (HOME / "jobs").rglob("*.py"))
    code += (HOME / "function_app.py").read_text(encoding="utf-8")
    for event in sought:
        assert re.search(rf'(events\.(info|warning|error)|\bsay)\(\s*"{event}"', code), event


def test_no_line_that_a_rule_counts_is_sampled_away() -> None:
    """Under load the host sends a part of the telemetry only; one lost line would be a false alert, or none."""
    host = json.loads((HOME / "host.json").read_text(encoding="utf-8"))
    sampling = host["logging"]["applicationInsights"]["samplingSettings"]
    assert all(query(one).lstrip().startswith("AppTraces") for one in RULES)
    assert not sampling["isEnabled"] or "Trace" in sampling["excludedTypes"].split(";")


def test_every_alert_reaches_the_people() -> None:
    """Each rule is switched on and mails the action group, whose address is the parameter."""
    for one in RULES:
        assert one.properties["enabled"] is True
        groups = section(one.properties["actions"])["actionGroups"]
        assert groups == [Expression("people.id", frozenset({"people.id"}))]
    (group,) = ALERTS.of("Microsoft.Insights/actionGroups")
    receivers = group.properties["emailReceivers"]
    assert isinstance(receivers, list)
    assert section(receivers[0])["emailAddress"] == Expression("email", frozenset({"email"}))


def test_dead_letters_of_both_queues_alert() -> None:
    """The metric is watched for each queue, above zero."""
    (one,) = ALERTS.of("Microsoft.Insights/metricAlerts")
    watched = condition(one)
    assert (watched["metricName"], watched["operator"], watched["threshold"]) == (
        "DeadletteredMessages",
        "GreaterThan",
        0,
    )
    dimensions = watched["dimensions"]
    assert isinstance(dimensions, list)
    values = section(dimensions[0])["values"]
    assert isinstance(values, list)
    assert {one.text for one in values if isinstance(one, Expression)} == {"jobsQueue", "resultsQueue"}


@pytest.mark.parametrize(
    ("event", "facts", "name", "expected"),
    [
        (
            "job_called",
            {"job": "x", "verdict": "final", "code": "SPOTLER_CREDENTIALS"},
            "credentialsRefused",
            True,
        ),
        ("job_called", {"job": "x", "verdict": "done", "code": "OK"}, "credentialsRefused", False),
        ("dataverse_failed", {"jobs": 3, "error": "NotAllowed", "status": 403}, "credentialsRefused", True),
        (
            "dataverse_failed",
            {"jobs": 3, "error": "NotCarriedOut", "status": 503},
            "credentialsRefused",
            False,
        ),
        ("webhook_refused", {"reason": "not ours"}, "webhookFailed", True),
        ("webhook_not_queued", {"job": "x", "reason": "spotler-jobs: TimeoutError"}, "webhookFailed", True),
        ("job_received", {"job": "x"}, "webhookFailed", False),
        ("jobs_rung_again", {"jobs": 2}, "webhookSilent", True),
        (
            "job_called",
            {"job": "x", "verdict": "done", "code": "OK", "operation": "START_AUTOMATION"},
            "startsSpike",
            True,
        ),
        (
            "job_called",
            {"job": "x", "verdict": "done", "code": "OK", "operation": "STOP_AUTOMATION"},
            "startsSpike",
            False,
        ),
        (
            "catalogue_synced",
            {"changes": 0, "unchanged": 9, "failed": 0, "refused": 0, "skipped": 0},
            "catalogueOld",
            True,
        ),
        (
            "catalogue_synced",
            {"changes": 0, "unchanged": 9, "failed": 1, "refused": 0, "skipped": 0},
            "catalogueOld",
            False,
        ),
    ],
)
def test_lines_match(
    event: str,
    facts: dict[str, str | int],
    name: str,
    expected: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A line as the app writes it is found by the query it is meant for, and a harmless one is not."""
    with caplog.at_level(logging.INFO, LOGGER.name):
        Events().info(event, **facts)
    assert matches(rule(name), caplog.messages[-1]) is expected


class Refusing:
    """Rows, a bus and a Spotler client that refuse the app, whatever they are asked."""

    async def overdue(self, *_: object) -> list[UUID]:
        """No rows for a stranger."""
        raise NotAllowed("no role", status=403)

    async def list_automations(self) -> tuple[object, ...]:
        """No list for a stranger."""
        raise CredentialsRefused("401", status=401)

    list_campaigns = list_automations


async def test_a_refused_identity_alerts_without_a_job(caplog: pytest.LogCaptureFixture) -> None:
    """The timer alone makes it known within minutes that Dataverse refuses the app."""
    refusing = Refusing()
    passes = Reconciliation(
        cast("JobRows", refusing), cast("Bells", refusing), SystemClock(), Timing(), Events()
    )
    with pytest.raises(NotAllowed):
        await passes.run()
    assert any(matches(rule("credentialsRefused"), message) for message in caplog.messages)


async def test_a_refused_key_alerts_without_a_job(caplog: pytest.LogCaptureFixture) -> None:
    """The synchronisation alone makes it known that Spotler refuses the key."""
    refusing = Refusing()
    sync = CatalogueSync(
        cast("SpotlerClient", refusing), cast("DataverseClient", refusing), SystemClock(), Events(), "en"
    )
    with pytest.raises(ListsUnavailable):
        await sync.run()
    assert any(matches(rule("credentialsRefused"), message) for message in caplog.messages)


@pytest.mark.parametrize(("seconds", "quiet"), [(0, True), (3600, True), (3601, False)])
def test_a_long_wait_alerts(seconds: int, *, quiet: bool, caplog: pytest.LogCaptureFixture) -> None:
    """A pass that found a job open for more than an hour does not count as quiet; no pass at all neither."""
    with caplog.at_level(logging.INFO, LOGGER.name):
        Events().info("jobs_waiting", oldest_seconds=seconds)
    assert waits(caplog.messages[-1]) is quiet
    watched = condition(ALERTS.resources["jobsWait"])
    assert (watched["operator"], watched["threshold"]) == ("LessThan", 1)


@pytest.mark.parametrize(
    ("recent", "earlier", "expected"),
    [(300, 0, False), (301, 0, True), (1000, 47 * 101, False), (1000, 47 * 99, True)],
)
def test_a_spike_is_far_above_the_usual_and_above_the_floor(
    recent: int, earlier: int, *, expected: bool
) -> None:
    """A quiet weekend makes no spike of a normal Monday; ten times the hourly average is one."""
    test = rule("startsSpike").rpartition("| where ")[2].strip()
    numbers = re.fullmatch(r"recent > (\d+) and recent > (\d+) \* earlier / (\d+)", test)
    assert numbers is not None
    floor, times, hours = map(int, numbers.groups())
    assert (recent > floor and recent > times * earlier / hours) is expected
    spike = ALERTS.resources["startsSpike"].properties
    assert (spike["windowSize"], spike["overrideQueryTimeRange"]) == ("PT1H", "P2D")
    assert hours == 2 * 24 - 1
