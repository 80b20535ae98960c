"""Does every fault at every step lead to what the table says?"""

from __future__ import annotations

import pytest

from tests.faults.story import Parts, Story, agrees, check, told
from tests.faults.table import ONE_RUN, QUEUED, TABLE, cases, possible
from tests.faults.terms import Expected, Fault, Next, Row, Seen, Step

CASES = list(cases())
ENDLESS = [
    (step, faults[0], one.given_up)
    for step, groups in TABLE.items()
    for faults, one in groups.items()
    if one.given_up is not None
]
"""One of each kind: how long a job is tried hangs on what is known of the call, no longer on the fault."""


def test_the_table_leaves_nothing_out() -> None:
    """Every pair that is possible stands in the table once, and none that is not."""
    pairs = [(step, fault) for step in Step for fault in Fault if possible(step, fault)]
    assert sorted([(step, fault) for step, fault, _ in CASES], key=str) == sorted(pairs, key=str)
    assert set(TABLE) == set(Step)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("step", "fault", "expected"), CASES, ids=[f"{step.name}-{fault.name}" for step, fault, _ in CASES]
)
async def test_a_fault_at_a_step(parts: Parts, step: Step, fault: Fault, expected: Expected) -> None:
    """What the row says while it lasts, what happens by itself afterwards, and what Activate does."""
    await told(Story(parts, step, fault), expected)


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("step", "fault", "expected"), ENDLESS, ids=[f"{step.name}-{fault.name}" for step, fault, _ in ENDLESS]
)
async def test_a_fault_that_never_ends(parts: Parts, step: Step, fault: Fault, expected: Row) -> None:
    """After a day of trying the job ends, and the row says how sure that is."""
    row = await Story(parts, step, fault).given_up()
    assert agrees(row, expected), f"\nseen     {row}\nexpected {expected}"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(("step", "fault"), [(Step.READ, Fault.ABSENT), (Step.CLAIM, Fault.ERROR)])
async def test_an_outage_longer_than_doorbells(parts: Parts, step: Step, fault: Fault) -> None:
    """Where Dataverse fails for longer than doorbells ring again, reconciliation finds the job."""
    story = Story(parts, step, fault)
    check("meanwhile", await story.outlasting_doorbells(), Seen(QUEUED))
    happens, after = await story.next()
    check("after", after, ONE_RUN)
    assert happens is Next.RECONCILE
