"""Can the app do its work right now, and if not, what is to be done?"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from dataverse import DataverseClient, DataverseError, NotAllowed, NotCarriedOut, Query, Rejected, WrongPath
from dataverse.tables import Automation
from jobs.ports import JobRows, QueueUnavailable
from jobs.queues import Queues
from jobs.timeline import Timeline
from spotler import CredentialsRefused, SpotlerClient, SpotlerError
from spotler import NotCarriedOut as SpotlerNotReached
from spotler import WrongPath as SpotlerWrongPath

CHECK_SECONDS = 25.0
"""One check is cut off after this long."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at, with a plain sentence."""

    name: str
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class HealthReport:
    """All checks of one look; secrets and personal data never appear in it."""

    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """Everything is as it should be."""
        return all(check.ok for check in self.checks)

    def as_json(self) -> dict[str, object]:
        """The report for a machine."""
        checks = [{"name": one.name, "ok": one.ok, "sentence": one.sentence} for one in self.checks]
        return {"ok": self.ok, "checks": checks}


@dataclass(frozen=True, slots=True)
class Health:
    """Looks at everything the app depends on; changes nothing."""

    dataverse: DataverseClient
    rows: JobRows
    spotler: SpotlerClient
    queues: Queues
    timeline: Timeline

    async def run(self) -> HealthReport:
        """Look at all of it side by side."""
        looks: dict[str, Callable[[], Awaitable[str]]] = {
            "dataverse identity": self._identity,
            "dataverse tables": self._tables,
            "timeline": self._timeline,
            "spotler": self._spotler,
            "service bus": self._bus,
        }
        settings = Check("settings", ok=True, sentence="All app settings are present and usable.")
        checks = await asyncio.gather(*(_look(name, look) for name, look in looks.items()))
        return HealthReport((settings, *checks))

    async def _identity(self) -> str:
        await self.dataverse.who_am_i()
        return "Dataverse knows the app's identity."

    async def _tables(self) -> str:
        # Asks for every column that a job is read with, those that a setting names among them.
        await self.rows.read([UUID(int=0)])
        await self.dataverse.query(Query(Automation.SET, (Automation.ID,), top=1))
        return "The tables Spotler Job and Spotler Automation are there and can be read."

    async def _timeline(self) -> str:
        posts = await self.timeline.with_posts()
        where = [f"{table} by {'posts' if posted else 'notes'}" for table, posted in posts.items()]
        return f"Successful starts are shown in the Timeline: {', '.join(where)}."

    async def _spotler(self) -> str:
        campaigns = await self.spotler.list_campaigns()
        return f"Spotler accepts the key and lists {len(campaigns)} campaigns."

    async def _bus(self) -> str:
        await self.queues.reachable()
        return "Service Bus is reachable and the jobs queue can be read."


async def _look(name: str, look: Callable[[], Awaitable[str]]) -> Check:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Check(name, ok=True, sentence=await look())
    except (DataverseError, SpotlerError, QueueUnavailable, TimeoutError) as error:
        return Check(name, ok=False, sentence=_remedy(error))


def _status(status: int | None) -> str:
    return "no answer" if status is None else f"HTTP {status}"


def _remedy(error: Exception) -> str:
    match error:
        case DataverseError():
            return _of_dataverse(error)
        case SpotlerError():
            return _of_spotler(error)
        case QueueUnavailable():
            return (
                "Service Bus cannot be reached. Check ServiceBusConnection, the queue names, and that the identity "
                "may send and receive."
            )
        case _:
            return f"There was no answer within {CHECK_SECONDS:.0f} seconds. Look again in a few minutes."


def _of_dataverse(error: DataverseError) -> str:
    match error:
        case NotAllowed():
            return (
                "Dataverse refuses the app's identity. Add the identity as an application user of the environment "
                "and give it the role for Spotler Jobs."
            )
        case WrongPath():
            return (
                "Dataverse does not know what was asked for. Check DATAVERSE_URL, and that the tables of Spotler "
                "Jobs are installed."
            )
        case Rejected():
            return (
                "Dataverse refuses a column that is asked for. Check EXTERNAL_ID_COLUMN_ACCOUNT, _CONTACT and _LEAD, "
                "and that the tables of Spotler Jobs are those of this version."
            )
        case NotCarriedOut():
            return "Dataverse cannot be reached or asks to wait. Check DATAVERSE_URL and the network."
        case _:
            return f"Dataverse did not answer as expected ({_status(error.status)}). Look again in a few minutes."


def _of_spotler(error: SpotlerError) -> str:
    match error:
        case CredentialsRefused():
            return "Spotler refuses the key. Check SPOTLER_KEY and SPOTLER_SECRET, and that the key has a licence."
        case SpotlerWrongPath():
            return "SPOTLER_URL does not lead to Spotler's REST API. Run the smoke test: python -m spotler smoke."
        case SpotlerNotReached():
            return "Spotler cannot be reached or asks to wait. Check SPOTLER_URL and the network."
        case _:
            return (
                f"Spotler did not answer as expected ({_status(error.status)}). Look again in a few minutes."
            )
