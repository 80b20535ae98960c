"""How long is an alternate key's index waited for, and what is told meanwhile?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from dataverse.description.automation import AUTOMATION
from dataverse.provisioning import indexing
from dataverse.provisioning.indexing import KeyNotReady
from dataverse.provisioning.sending import Sender
from tests.dataverse.clock import StillClock

KEY = AUTOMATION.keys[0]


class Telling(Sender):
    """Says of the index what is in store, the last of it for ever."""

    def __init__(self, *states: str | None) -> None:
        self._states = list(states)
        self._clock = StillClock()
        self.time = self._clock
        self.written: list[tuple[str, Mapping[str, Any] | None]] = []

    async def rows(self, path: str, subject: str, *, there: bool = False) -> list[Mapping[str, Any]]:
        """The keys of the table."""
        assert (path, subject, there) == (
            "EntityDefinitions(LogicalName='spotler_automation')/Keys",
            "Read keys of spotler_automation",
            False,
        )
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if state is None:
            return []
        return [{"LogicalName": KEY.name, "KeyAttributes": list(KEY.columns), "EntityKeyIndexStatus": state}]

    async def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        subject: str,
        *,
        repeatable: bool = False,
        component: bool = True,
    ) -> Mapping[str, Any]:
        """Remember what was sent."""
        assert (method, subject, repeatable, component) == ("POST", path, True, True)
        self.written.append((path, body))
        return {}


async def test_waits_grow_until_it_is_active() -> None:
    """Each look is told, with the time that passed."""
    sender, told = Telling(None, "Pending", "InProgress", "Active"), list[str]()
    await indexing.wait(sender, AUTOMATION, KEY, told.append)
    assert told == ["not seen yet, 0 s", "Pending, 2 s", "InProgress, 5 s"]
    assert sender.time.slept == [2.0, 3.0, 4.5]
    assert sender.written == []


async def test_what_is_active_is_not_waited_for() -> None:
    """Nothing is told or slept."""
    sender, told = Telling("Active"), list[str]()
    await indexing.wait(sender, AUTOMATION, KEY, told.append)
    assert (told, sender.time.slept) == ([], [])


async def test_a_failed_index_is_built_anew_twice() -> None:
    """With the documented action; then a person has to look, and is told at what."""
    sender, told = Telling("Failed"), list[str]()
    with pytest.raises(KeyNotReady, match=r"equal values in spotler_key"):
        await indexing.wait(sender, AUTOMATION, KEY, told.append)
    body = {"EntityLogicalName": "spotler_automation", "EntityKeyLogicalName": KEY.name}
    assert sender.written == [("ReactivateEntityKey", body)] * 2


async def test_there_is_a_ceiling() -> None:
    """An index that never comes does not keep the program for ever."""
    sender = Telling("InProgress")
    with pytest.raises(KeyNotReady, match="run apply again later"):
        await indexing.wait(sender, AUTOMATION, KEY, lambda _: None)
    assert indexing.CEILING_SECONDS <= sum(sender.time.slept) < indexing.CEILING_SECONDS + 16
