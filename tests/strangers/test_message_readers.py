"""Do the readers of both queues end on any message, and tell nothing of it?"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataverse.tables import Operation
from jobs.doorbells import Doorbell, doorbell_message, read_doorbells
from jobs.messages import message_body
from jobs.outcomes import read_outcomes
from tests.jobs.simulated import World
from tests.strangers.damage import damaged
from tests.strangers.hostile_messages import HOSTILE, JOB, MARK


async def true_messages() -> tuple[list[bytes], list[bytes]]:
    """What the app itself puts on the two queues."""
    world = World()
    job = world.create(Operation.START_AUTOMATION, number=1)
    await world.deliver_jobs()
    outcomes = [message.body.encode() for message in world.results]
    bells = [doorbell_message(Doorbell(job, turns)).encode() for turns in (0, 7)]
    assert outcomes
    return bells, outcomes


def told(read: Callable[[bytes], Any], body: bytes) -> bool:
    """Whether a reader found anything; what it could not read is told by counts alone."""
    found, foreign = read(body)
    assert foreign is None or re.fullmatch(r"[1-9]\d* faults in a message of \d+ bytes", foreign)
    assert found or foreign
    return bool(found)


@pytest.mark.parametrize("read", [read_doorbells, read_outcomes])
def test_hostile_messages_are_unreadable(read: Callable[[bytes], Any]) -> None:
    """Each is told by counts alone."""
    assert [body[:40] for body in HOSTILE if told(read, body)] == []


async def test_what_is_ours_is_read_beside_what_is_not() -> None:
    """In a message that is shared, each part is read for itself; what is none is told once, by counts."""
    bells, outcomes = await true_messages()
    for read, bodies in ((read_doorbells, bells), (read_outcomes, outcomes)):
        ours, foreign = read(bodies[0])
        assert foreign is None
        good = bodies[0].decode().removeprefix("[").removesuffix("]")
        for number in range(1, 8):
            shared = [json.dumps({"name": MARK})] * number + [good] + ["null"] * (7 - number)
            body = message_body(shared).encode()
            told(read, body)
            found, foreign = read(body)
            assert found == ours
            assert foreign is not None


async def test_damaged_messages() -> None:
    """A true message with any damage is read or unreadable, nothing else."""
    bells, outcomes = await true_messages()
    seen: Counter[bool] = Counter()
    for read, bodies in ((read_doorbells, bells), (read_outcomes, outcomes)):
        for seed in range(400):
            seen[told(read, damaged(seed, bodies))] += 1
    assert min(seen.values()) >= 20, seen


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([JOB, MARK])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
COLUMNS = (
    "job",
    "turns",
    "attempt",
    "operation",
    "verdict",
    "code",
    "run_ids",
    "etag",
    "claimed_on",
    "target",
    "label",
)


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=300)
    | st.dictionaries(st.sampled_from(COLUMNS), JSON).map(lambda one: json.dumps(one).encode())
)
def test_anything_at_all(body: bytes) -> None:
    """Both readers end on any bytes and any JSON."""
    told(read_doorbells, body)
    told(read_outcomes, body)
