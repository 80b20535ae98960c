"""Does the story that people are shown hold, and does it say so when it does not?"""

from __future__ import annotations

import io
from collections.abc import Sequence

from sandbox.scenario import play
from sandbox.scenario.story import STORY, Step
from tests.world import Live


async def played(world: Live, story: Sequence[Step] = STORY) -> tuple[bool, str]:
    """Play the story: whether all was right, and what was shown."""
    page = io.StringIO()
    to = world.processes.addresses
    good = await play(dataverse=to.dataverse, spotler=to.spotler, story=story, output=page)
    return good, page.getvalue()


async def test_the_whole_story_is_as_it_should_be(world: Live) -> None:
    """Every row reaches exactly its result, from an empty list of automations on."""
    await world.reset()
    good, shown = await played(world)
    assert good, shown
    assert shown.count("as it should be") == len(STORY)
    assert f"All {len(STORY)} jobs went exactly as they should." in shown
    assert "to Kim Jansen: Please check your invoice details" in shown
    assert "\x1b" not in shown


async def test_the_story_tells_the_truth_when_something_is_wrong(world: Live) -> None:
    """A refusal by Spotler that the story does not expect is shown, and makes the whole of it wrong."""
    await world.fault("spotler", match="POST /automation/trigger", kind="status", status=403)
    good, shown = await played(world, STORY[:2])
    assert not good
    assert "WRONG: status is Failed, it should be Succeeded" in shown
    assert "1 of 2 jobs did not go as they should: one line" in shown
