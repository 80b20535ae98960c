"""How is a job rung for at the time that its row says?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from jobs.doorbells import Doorbell
from jobs.events import Events
from jobs.ports import Bells, QueueUnavailable

AFTER_THE_ROW: Final = timedelta(seconds=1)
"""A little later than the row says, so that no clock finds the row not yet due."""


async def ring_later(bells: Bells, waiting: Mapping[UUID, datetime], events: Events) -> None:
    """Ring for jobs whose rows say *Waiting* already, each at the time its row says.

    What cannot be sent is told as an event: reconciliation rings for it when its time has come.
    """
    moments: dict[datetime, list[Doorbell]] = {}
    for job, at in waiting.items():
        moments.setdefault(at, []).append(Doorbell(job))
    for at, together in moments.items():
        try:
            await bells.ring(together, at + AFTER_THE_ROW)
        except QueueUnavailable as error:
            events.warning("doorbells_unsent", jobs=len(together), reason=str(error))
