"""Does the work go on after one part was killed and started again alone?"""

from __future__ import annotations

import pytest

from sandbox.scenario.people import KIM, SAM, WELCOME
from tests.world import Live


@pytest.mark.parametrize("part", ["functions", "servicebus"])
async def test_the_next_job_works_after_a_part_died(world: Live, part: str) -> None:
    """The part comes back on its port; nothing else has to be started again."""
    assert (await world.start(KIM, WELCOME))["spotler_resultcode"] == "OK"
    others = {other: world.processes.pid(other) for other in ("spotler", "dataverse", "console")}
    await world.kill(part)
    assert not world.processes.running(part)
    await world.restart(part)
    assert (await world.start(SAM, WELCOME))["spotler_resultcode"] == "OK"
    assert {other: world.processes.pid(other) for other in others} == others
