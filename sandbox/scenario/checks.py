"""Is what came of a job what should have come of it?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.scenario.dynamics import START, STATUS_NAMES
from sandbox.scenario.people import INVOICE, JOURNEY, OFFERED
from sandbox.scenario.story import Step

TEMPLATES = {
    INVOICE: {"invoiceEmail=STRING", "invoiceCode=STRING", "invoiceVatNumber=STRING"},
    JOURNEY: {"crosssell={<PRODUCTLIST>}", "brochure=URL"},
}
"""What a new job is pre-filled with, in any order."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What can be seen after a job is final.

    Attributes:
        row: the job.
        new_runs: runs at Spotler that were not there before.
        states: state of every run at Spotler, by its id.
        new_posts: texts of the posts that were not in the person's Timeline before.
        mails: mails of the new runs.
        stopped: ids of the runs that the job had to stop.
    """

    row: Mapping[str, Any]
    new_runs: Sequence[Mapping[str, Any]] = ()
    states: Mapping[str, str] = field(default_factory=dict)
    new_posts: Sequence[str] = ()
    mails: Sequence[Mapping[str, Any]] = ()
    stopped: Sequence[str] = ()


def differences(step: Step, seen: Seen) -> list[str]:
    """What is not as it should be, a sentence each; none means that all is right."""
    return [*_of_the_row(step, seen.row), *_of_the_start(step, seen), *_of_the_stop(seen)]


def catalogue_differences(catalogue: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with the list of automations after a refresh."""
    found = []
    if set(catalogue) != OFFERED:
        found.append(f"the list offers {sorted(catalogue)}, it should offer {sorted(OFFERED)}")
    for label, wanted in TEMPLATES.items():
        template = (catalogue.get(label) or {}).get("spotler_fieldtemplate") or ""
        parts = {part.strip() for part in template.replace("\n", ";").split(";") if part.strip()}
        if label in catalogue and parts != wanted:
            found.append(f"{label} is pre-filled with {template!r}")
    return found


def _of_the_row(step: Step, row: Mapping[str, Any]) -> Iterator[str]:
    if row["statuscode"] != step.status:
        yield f"status is {STATUS_NAMES.get(row['statuscode'])}, it should be {STATUS_NAMES[step.status]}"
    if row["spotler_resultcode"] != step.code:
        yield f"Result Code is {row['spotler_resultcode']}, it should be {step.code}"
    message = row["spotler_resultmessage"] or ""
    if not message or step.says not in message:
        yield f"Result Message is {message!r}" + (f", it should name {step.says}" if step.says else "")


def _of_the_start(step: Step, seen: Seen) -> Iterator[str]:
    wanted = 0 if step.starts is None else 1
    told = seen.row["spotler_automationcontactid"]
    if len(seen.new_runs) != wanted:
        yield f"{len(seen.new_runs)} runs began at Spotler, it should be {wanted}"
    for run in seen.new_runs:
        if step.starts is not None and run["fields"] != step.starts:
            yield f"Spotler received {run['fields']}, it should be {step.starts}"
        if step.has_run_id and told != str(run["runId"]):
            yield f"AutomationContactId is {told}, the run is {run['runId']}"
    if step.operation == START and not step.has_run_id and told:
        yield f"AutomationContactId is {told}, but there is no run to name"
    if len(seen.new_posts) != wanted:
        yield f"{len(seen.new_posts)} posts came into the Timeline, it should be {wanted}"
    for post in seen.new_posts:
        if step.automation is not None and step.automation not in post:
            yield f"the post does not name {step.automation}: {post!r}"
        if step.has_run_id and (not told or told not in post):
            yield f"the post does not name the run: {post!r}"
    yield from _of_the_mails(step, seen)


def _of_the_mails(step: Step, seen: Seen) -> Iterator[str]:
    if not step.has_run_id:
        return
    if len(seen.mails) != 1:
        yield f"Spotler would send {len(seen.mails)} mails, it should be 1"
    values = [
        value for one in (step.starts or {}).values() for value in ([one] if isinstance(one, str) else one)
    ]
    for mail in seen.mails:
        missing = [value for value in values if value not in mail["text"]]
        if missing:
            yield f"the mail does not contain {', '.join(missing)}"


def _of_the_stop(seen: Seen) -> Iterator[str]:
    for run in seen.stopped:
        if seen.states.get(run) != "stopped":
            yield f"run {run} is {seen.states.get(run)}, it should be stopped"
