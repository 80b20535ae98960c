"""How does the clock start a function?"""

import asyncio
import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from sandbox.functions.bindings import FunctionDefinition, TimerTrigger
from sandbox.functions.invocations import Invocations, Outcome
from sandbox.functions.messages import TypedData
from sandbox.functions.ncrontab import occurs_within_a_minute
from sandbox.functions.timer_status import (
    TimerStatus,
    after_run,
    decide_at_start,
    read_status,
    wire_status,
    write_status,
)

_log = logging.getLogger(__name__)

# The wall clock can be set while a timer waits, so it is looked at again at least this often.
LOOK_AGAIN_SECONDS = 30.0


class Timer:
    """Runs one function by its schedule until it is stopped; scheduled runs never overlap.

    Args:
        function: The function.
        trigger: Its timer trigger.
        invocations: Runs functions.
        state: Folder for the status file.
    """

    def __init__(
        self, function: FunctionDefinition, trigger: TimerTrigger, *, invocations: Invocations, state: Path
    ) -> None:
        self._function = function
        self._trigger = trigger
        self._invocations = invocations
        self._path = state / "timers" / f"{function.name}.json"
        self._stopping = asyncio.Event()
        now = datetime.now(UTC)
        self._monitored = trigger.use_monitor and not occurs_within_a_minute(trigger.schedule, now)
        known = read_status(self._path) if self._monitored else None
        decision = decide_at_start(known, trigger.schedule, now)
        self._status = decision.status
        self._past_due = decision.past_due

    def stop(self) -> None:
        """Start no more runs; :meth:`run` returns once the run under way has ended."""
        self._stopping.set()

    def run_manually(self) -> asyncio.Task[Outcome]:
        """Start one run outside the schedule, beside a scheduled one if need be; the status stays as it is."""
        return self._start("This function was programmatically called via the host APIs.", past_due=False)

    async def run(self) -> None:
        """Run what was missed or is wanted at start-up, then run whenever due."""
        self._keep()
        if self._past_due:
            await self._run_unscheduled("Timer was past due at start-up", past_due=True)
        elif self._trigger.run_on_startup:
            await self._run_unscheduled("Timer is configured to run on start-up", past_due=False)
        while await self._wait_until_due():
            started = datetime.now(UTC)
            await self._start(f"Timer fired at {started.isoformat()}", past_due=False)
            self._status = after_run(self._status, self._trigger.schedule, started, scheduled=True)
            self._keep()

    async def _run_unscheduled(self, reason: str, *, past_due: bool) -> None:
        started = datetime.now(UTC)
        await self._start(reason, past_due=past_due)
        self._status = after_run(self._status, self._trigger.schedule, started, scheduled=False)
        self._keep()

    async def _wait_until_due(self) -> bool:
        _log.info(
            "Timer of function %s (%s) is due at %s.",
            self._function.name,
            self._trigger.schedule.text,
            self._status.next.isoformat(),
        )
        while not self._stopping.is_set():
            left = (self._status.next - datetime.now(UTC)).total_seconds()
            if left <= 0:
                return True
            try:
                async with asyncio.timeout(min(left, LOOK_AGAIN_SECONDS)):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        return False

    def _start(self, reason: str, *, past_due: bool) -> asyncio.Task[Outcome]:
        return self._invocations.start(
            self._function,
            inputs={self._trigger.parameter: TypedData(json=self._wire(self._status, past_due=past_due))},
            metadata={},
            parent=None,
            reason=reason,
        )

    def _wire(self, status: TimerStatus, *, past_due: bool) -> str:
        return json.dumps(
            {
                "IsPastDue": past_due,
                "ScheduleStatus": wire_status(status) if self._monitored else None,
                "Schedule": {"AdjustForDST": True},
            }
        )

    def _keep(self) -> None:
        if self._monitored:
            write_status(self._path, self._status)
