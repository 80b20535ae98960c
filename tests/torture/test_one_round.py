"""One short round of the torture; `python3 dev.py torture` plays as many as one likes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.plan import plan
from tests.torture.rounds import play
from tests.torture.stage import sandbox, stage
from tests.torture.telling import history, one_round

SEED = 20


@pytest.mark.world
async def test_one_round(tmp_path: Path) -> None:
    """Jobs of all kinds, while parts are killed, services go away and answers get lost: all promises hold."""
    planned = plan(SEED, jobs=40, span=5, troubles=12)
    with sandbox(tmp_path) as (world, gates):
        async with stage(world, gates) as on:
            played = await play(on, planned)
            assert not played.broken, await history(on, played, played.broken[0])
            assert played.evidence.runs, one_round(1, played)
            assert sum(played.struck.values()) > 3, one_round(1, played)
