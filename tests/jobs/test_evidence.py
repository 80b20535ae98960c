"""When do the messages that Spotler sent prove that a campaign was started?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from jobs.evidence import began_since
from spotler import CampaignMailing
from tests.jobs.simulated import START

MESSAGES = frozenset({"m1", "m2"})


def sent(subscription: str | None, message: str | None, on: datetime | None) -> CampaignMailing:
    """A message as Spotler remembers it."""
    return CampaignMailing(subscription, message, None, on, opened=False, clicked=False, bounce=None)


def after(seconds: float) -> datetime:
    """So long after the claim."""
    return START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("mailings", "began"),
    [
        ([], False),
        ([sent("1", "m1", after(5))], True),
        ([sent("1", "m1", after(0))], True),
        ([sent("1", "m1", after(-1))], False),
        ([sent("1", "m1", after(-900)), sent("1", "m2", after(5))], False),
        ([sent("1", "m1", after(-900)), sent("2", "m1", after(5))], True),
        ([sent("1", "other", after(5))], False),
        ([sent(None, "m1", after(5)), sent("1", None, after(5)), sent("1", "m1", None)], False),
    ],
)
def test_only_a_new_subscription_proves_a_start(mailings: list[CampaignMailing], began: bool) -> None:
    """Its first message of this campaign must have gone out with or after the claim."""
    assert began_since(mailings, MESSAGES, START) is began
