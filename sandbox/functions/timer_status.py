"""When did a timer run last, when is it due, and has it missed a turn while the host was down?

The rules are those of the timer listener of the WebJobs extensions; the status lies in a file instead of a blob.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox.functions.ncrontab import Schedule


@dataclass(frozen=True, slots=True)
class TimerStatus:
    """What is known of a timer; times in UTC.

    Attributes:
        last: Last run by schedule, or None.
        next: Next time it is due.
        last_updated: When this status was written.
    """

    last: datetime | None
    next: datetime
    last_updated: datetime


@dataclass(frozen=True, slots=True)
class StartDecision:
    """What to do when the host starts: the status to go on with, and whether a turn was missed."""

    status: TimerStatus
    past_due: bool


def decide_at_start(known: TimerStatus | None, schedule: Schedule, now: datetime) -> StartDecision:
    """Compare the kept status with the schedule and the clock.

    Args:
        known: The status from before the host was down, or None.
        schedule: The schedule as it is now; it may have been changed meanwhile.
        now: The time, with zone.
    """
    if known is None:
        return StartDecision(TimerStatus(None, schedule.next_after(now), now), past_due=False)
    expected = schedule.next_after(known.last_updated)
    if known.next != expected:
        # The schedule was changed: a turn missed by the new one before it was in force is none.
        due = expected if expected >= now else schedule.next_after(now)
        return StartDecision(TimerStatus(None, due, now), past_due=False)
    return StartDecision(known, past_due=now > known.next)


def after_run(status: TimerStatus, schedule: Schedule, started: datetime, *, scheduled: bool) -> TimerStatus:
    """Make the status after a run.

    Args:
        status: The status before it.
        schedule: The schedule.
        started: When the run started, with zone.
        scheduled: Whether it ran because it was due (not at start-up); then a start slightly before the due time
            counts as the due time, or the same turn would come twice.
    """
    moment = max(started, status.next) if scheduled else started
    return TimerStatus(moment, schedule.next_after(moment), moment)


def wire_status(status: TimerStatus) -> dict[str, str]:
    """Write a status as a function and the file see it; .NET's least date stands for no last run."""
    return {
        "Last": status.last.isoformat() if status.last else "0001-01-01T00:00:00",
        "Next": status.next.isoformat(),
        "LastUpdated": status.last_updated.isoformat(),
    }


def read_status(path: Path) -> TimerStatus | None:
    """Read the status file of a timer; None when there is none or it cannot be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        last = datetime.fromisoformat(content["Last"])
        return TimerStatus(
            last=last if last.tzinfo else None,
            next=datetime.fromisoformat(content["Next"]).astimezone(UTC),
            last_updated=datetime.fromisoformat(content["LastUpdated"]).astimezone(UTC),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_status(path: Path, status: TimerStatus) -> None:
    """Write the status file of a timer; a crash leaves the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(wire_status(status)), encoding="utf-8")
    fresh.replace(path)
