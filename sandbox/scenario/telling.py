"""How is the story played, and what is shown of it?"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import aiohttp

from sandbox.scenario.checks import Seen, catalogue_differences, differences
from sandbox.scenario.dynamics import REFRESH, START, STATUS_NAMES, Dynamics, NotInTime
from sandbox.scenario.people import EVERYONE
from sandbox.scenario.spotler import Marketer
from sandbox.scenario.story import STORY, Step

JOB_SECONDS = 60.0
"""How long a job may take; one for a contact that Spotler does not know waits a while for it to come."""

_OPERATIONS = {START: "Start", REFRESH: "Refresh Automations"}


async def play(
    *, dataverse: str, spotler: str, story: Sequence[Step] = STORY, output: TextIO | None = None
) -> bool:
    """Create the jobs of the story one after the other and show what comes of each.

    Args:
        dataverse: address of the Dataverse part.
        spotler: address of the Spotler part.
        story: the jobs.
        output: where to write; standard output by default.

    Returns:
        Whether everything was exactly as it should be.

    Raises:
        Unreachable: Dataverse or Spotler does not answer.
    """
    page = _Page(output if output is not None else sys.stdout)
    async with Dynamics(dataverse) as dynamics, aiohttp.ClientSession() as http:
        player = _Player(dynamics, Marketer(spotler, http), page)
        bad = [step.name for step in story if not await player.step(step)]
        bad += await player.count_posts()
    page.line("")
    if bad:
        page.line(page.red(f"{len(bad)} of {len(story)} jobs did not go as they should: {', '.join(bad)}"))
    else:
        page.line(page.green(f"All {len(story)} jobs went exactly as they should."))
    return not bad


class _Player:
    def __init__(self, dynamics: Dynamics, marketer: Marketer, page: _Page) -> None:
        self._dynamics = dynamics
        self._marketer = marketer
        self._page = page
        self._number = 0
        self._runs: dict[str, str] = {}
        self._posted: dict[str, int] = {}

    async def step(self, step: Step) -> bool:
        """Play one step and show it; whether it went as it should."""
        self._number += 1
        runs = ", ".join(self._runs.get(name, "none") for name in step.runs_of)
        self._page.asked(self._number, step, runs)
        before = {run["runId"] for run in await self._marketer.runs()}
        posts = await self._dynamics.posts(step.person) if step.person else {}
        try:
            job = await self._dynamics.create_job(
                step.operation,
                person=step.person,
                automation=step.automation,
                fields=step.fields,
                runs=runs or None,
            )
            row = await self._dynamics.final(job, seconds=JOB_SECONDS)
            wrong, seen = await self._look(step, row, before, posts)
        except NotInTime as late:
            self._page.verdict([str(late)])
            return False
        except KeyError as missing:
            self._page.verdict([f"the list of automations does not offer {missing}"])
            return False
        self._page.came(seen)
        self._page.verdict(wrong)
        return not wrong

    async def _look(
        self, step: Step, row: Mapping[str, Any], before: set[Any], posts: Mapping[str, str]
    ) -> tuple[list[str], Seen]:
        runs = await self._marketer.runs()
        new = [run for run in runs if run["runId"] not in before]
        for run in new:
            self._runs[step.name] = str(run["runId"])
        now = await self._posts(step, row, posts)
        if step.person is not None:
            self._posted[step.person.id] = len(now)
        fresh = {str(run["runId"]) for run in new}
        seen = Seen(
            row=row,
            new_runs=new,
            states={str(run["runId"]): run["state"] for run in runs},
            new_posts=[text for post, text in now.items() if post not in posts],
            mails=[mail for mail in await self._marketer.mails() if str(mail["runId"]) in fresh],
            stopped=[self._runs.get(name, f"of {name!r}") for name in step.stops],
        )
        wrong = differences(step, seen)
        if step.operation == REFRESH:
            wrong += catalogue_differences(await self._dynamics.catalogue())
        return wrong, seen

    async def _posts(self, step: Step, row: Mapping[str, Any], before: Mapping[str, str]) -> dict[str, str]:
        """The person's posts; where one is owed it is waited for, because it follows the row."""
        if step.person is None:
            return {}
        if step.starts is not None and row["statuscode"] == step.status:
            with contextlib.suppress(NotInTime):
                return await self._dynamics.posts_once(step.person, len(before) + 1)
        return await self._dynamics.posts(step.person)

    async def count_posts(self) -> list[str]:
        """What is wrong with the Timelines at the end: a post may have come twice, the second late."""
        found = []
        for person in EVERYONE:
            posts = len(await self._dynamics.posts(person))
            if posts != self._posted.get(person.id, 0):
                found.append(f"Timeline of {person.name}")
        return found


class _Page:
    """What a person reads: plain lines, with colour where it is a terminal that wants it."""

    def __init__(self, output: TextIO) -> None:
        self._output = output
        self._colour = output.isatty() and "NO_COLOR" not in os.environ
        self._encoding = output.encoding or "utf-8"

    def asked(self, number: int, step: Step, runs: str) -> None:
        """What the job asks for."""
        words = _OPERATIONS.get(step.operation, "Stop")
        words += f" {step.automation}" if step.automation else ""
        words += f" for {step.person.name} ({step.person.kind})" if step.person else ""
        words += f", AutomationContactId {runs}" if runs else ""
        self.line("")
        self.line(self._styled("1", f"{number}. {words}"))
        for position, line in enumerate((step.fields or "").splitlines()):
            self.line(f"   {'fields   ' if position == 0 else '         '} {line}")

    def came(self, seen: Seen) -> None:
        """What came of it."""
        row = seen.row
        status = STATUS_NAMES.get(row["statuscode"], str(row["statuscode"]))
        run = row["spotler_automationcontactid"]
        self.line(
            f"   row       {status}, Result Code {row['spotler_resultcode']}"
            + (f", AutomationContactId {run}" if run else "")
        )
        self._block("message", row["spotler_resultmessage"] or "")
        for post in seen.new_posts:
            self._block("Timeline", post)
        for mail in seen.mails:
            self._block("mail", f"to {mail['to']['name']}: {mail['subject']}\n{mail['text'].rstrip()}")

    def verdict(self, wrong: list[str]) -> None:
        """Whether it is as it should be."""
        if not wrong:
            self.line(self.green("   as it should be"))
        for sentence in wrong:
            self.line(self.red(f"   WRONG: {sentence}"))

    def line(self, words: str) -> None:
        """Write a line at once; what the terminal cannot show becomes a question mark."""
        shown = words.encode(self._encoding, "replace").decode(self._encoding)
        self._output.write(shown + "\n")
        self._output.flush()

    def green(self, words: str) -> str:
        """Good news."""
        return self._styled("32", words)

    def red(self, words: str) -> str:
        """Bad news."""
        return self._styled("1;31", words)

    def _block(self, name: str, text: str) -> None:
        for position, line in enumerate(text.splitlines()):
            self.line(f"   {name if position == 0 else '':<9} {line}")

    def _styled(self, style: str, words: str) -> str:
        return f"\x1b[{style}m{words}\x1b[0m" if self._colour else words
