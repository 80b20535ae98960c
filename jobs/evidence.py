"""Can it be told afterwards whether a campaign was started?

Spotler keeps what it sent to a contact (`GET contact/{id}/campaign-mailings`). A subscription whose
first message of the campaign went out after the claim is the work of that attempt, provided that no
other job, and no earlier attempt, may have started the campaign for this contact shortly before;
after it none is called until its lease ends. No message proves nothing: the first one may be due later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from spotler import CampaignMailing

SHORTLY_BEFORE: Final = timedelta(days=7)
"""A campaign that was started within this time before may have its first message only now."""


@dataclass(frozen=True, slots=True)
class Question:
    """Was this campaign started for this contact?"""

    campaign_id: str
    contact: str


def began_since(sent: Iterable[CampaignMailing], messages: frozenset[str], claimed_on: datetime) -> bool:
    """Whether a subscription to a campaign had its first message at or after the claim.

    Args:
        sent: what Spotler sent to the contact; a message without a date or a subscription tells nothing.
        messages: ids of the campaign's messages.
        claimed_on: of the attempt.
    """
    first: dict[str, datetime] = {}
    for one in sent:
        if one.mailing_id in messages and one.subscription_id is not None and one.sent_on is not None:
            first[one.subscription_id] = min(first.get(one.subscription_id, one.sent_on), one.sent_on)
    return any(began >= claimed_on for began in first.values())
