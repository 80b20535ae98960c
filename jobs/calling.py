"""How is the call of a claimed job made, so that it can never overlap with another of the same job?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from jobs import result_codes as codes
from jobs.calls import (
    Call,
    Checked,
    RefreshCatalogue,
    StartAutomation,
    StartCampaign,
    StopAutomation,
    StopCampaign,
    StopRuns,
)
from jobs.evidence import Question, began_since
from jobs.places import Places
from jobs.timing import Timing
from jobs.verdicts import CallReport, Verdict, of_error, of_several, of_trigger, running
from spotler import NotCarriedOut, SpotlerClient, SpotlerError
from wire.clock import Clock

SENDS = 3
"""A call that was surely not carried out is sent at most this often before the job has to wait."""

LONGEST_WAIT = 5.0
"""A longer wait than this is a matter for the queue, not for a worker that holds a claim."""

_DONE = CallReport(Verdict.DONE, codes.OK)


@dataclass(frozen=True, slots=True)
class _Deadline:
    monotonic: float
    wall: datetime


Refresh = Callable[[], Awaitable[CallReport]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls, at most as many side by side as `places` allows.

    Attributes:
        refresh: brings the catalogue up to date; it is bounded by itself and may be repeated.
    """

    spotler: SpotlerClient
    refresh: Refresh
    places: Places
    clock: Clock
    timing: Timing

    async def call(
        self, call: Call, *, claimed_at: float, claimed_on: datetime, in_doubt: bool
    ) -> CallReport:
        """Carry out a call and tell what is known of it.

        The deadline is looked at directly before every send, by the monotonic clock that was read
        before the claim was sent, and by the wall clock, which goes on while a machine is suspended;
        a call that comes too late is not made (rule 4).

        Args:
            call: as interpreted from the values that the claim was guarded by.
            claimed_at: monotonic seconds.
            claimed_on: the same moment by the wall clock.
            in_doubt: an earlier attempt of this stop may have been carried out.
        """
        deadline = _Deadline(
            claimed_at + self.timing.start_deadline,
            claimed_on + timedelta(seconds=self.timing.start_deadline),
        )
        match call:
            case RefreshCatalogue():
                return await self.refresh()
            case Checked():
                return CallReport(Verdict.DONE, codes.OK, detail=call.told)
            case StopRuns():
                stops = [partial(self._stop_run, run_id) for run_id in call.run_ids]
                return of_several(await self._each(stops, deadline, in_doubt=in_doubt))
            case StopAutomation():
                stops = [partial(self._stop, automation, call.contact) for automation in call.automation_ids]
                return of_several(running(await self._each(stops, deadline, in_doubt=in_doubt)))
            case StopCampaign():
                return await self._settled(lambda: self._send(call), deadline, in_doubt=in_doubt)
            case StartAutomation() | StartCampaign():
                return await self._settled(lambda: self._send(call), deadline, in_doubt=False)

    async def ask(self, question: Question, claimed_on: datetime) -> bool:
        """Whether Spotler shows that a campaign was started since the claim; False proves nothing.

        Raises:
            SpotlerError: it could not be asked.
        """
        async with self.places.place():
            messages = await self.spotler.mailing_ids(question.campaign_id)
            sent = await self.spotler.campaign_mailings(question.contact)
        return began_since(sent, messages, claimed_on)

    async def _each(
        self, sends: Sequence[Callable[[], Awaitable[CallReport]]], deadline: _Deadline, *, in_doubt: bool
    ) -> tuple[CallReport, ...]:
        return tuple([await self._settled(send, deadline, in_doubt=in_doubt) for send in sends])

    async def _settled(
        self, send: Callable[[], Awaitable[CallReport]], deadline: _Deadline, *, in_doubt: bool
    ) -> CallReport:
        code = codes.OUTCOME_UNKNOWN if in_doubt else codes.SPOTLER_UNAVAILABLE
        report = CallReport(Verdict.REFUSED, code)
        for turn in range(SENDS):
            wait: float
            async with self.places.place() as of_round:
                if self.clock.monotonic() >= deadline.monotonic or self.clock.now() >= deadline.wall:
                    return report
                try:
                    report_of_call = await send()
                except NotCarriedOut as error:
                    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                        self.places.too_many(of_round)
                    report = replace(of_error(error, repeated_stop=in_doubt), code=code)
                    wait = max(0.5 * 2**turn, error.retry_after or 0.0)
                except SpotlerError as error:
                    self.places.answered()
                    return of_error(error, repeated_stop=in_doubt)
                else:
                    self.places.answered()
                    return report_of_call
            if turn + 1 == SENDS or wait > LONGEST_WAIT:
                return report
            await self.clock.sleep(wait)
        return report

    async def _send(self, call: StartAutomation | StartCampaign | StopCampaign) -> CallReport:
        match call:
            case StartAutomation():
                return of_trigger(await self.spotler.trigger_automation(call.code, call.contact, call.fields))
            case StartCampaign():
                await self.spotler.trigger_campaign(call.trigger_id, call.contact, call.fields)
            case StopCampaign():
                await self.spotler.stop_campaign(call.campaign_id, call.contact)
        return _DONE

    async def _stop(self, automation_id: str, contact: str) -> CallReport:
        await self.spotler.stop_automation(automation_id, contact)
        return _DONE

    async def _stop_run(self, run_id: str) -> CallReport:
        await self.spotler.stop_run(run_id)
        return _DONE
