"""Which figures are the tests of the status page made of?"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from dataverse.tables import Status
from jobs.queues import Depth
from jobs.status_figures import (
    CAPPED_AT,
    OPEN,
    Catalogue,
    Cause,
    Count,
    Delivery,
    Figures,
    Oldest,
    Records,
    Sync,
    Trouble,
    Undelivered,
    Webhooks,
    Window,
    counted,
)

NOW: Final = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
JOB: Final = UUID("3e5a7c90-6baa-4011-bbd2-6045bd9a1c01")
EMPTY: Final = Depth(0, 0, more=False)
QUEUES: Final = {"spotler-jobs": (EMPTY, EMPTY), "spotler-results": (EMPTY, EMPTY)}


def created(**numbers: int) -> dict[Window, Mapping[Status, Count]]:
    """So many jobs of each state in every window; other states have none."""
    states = {status: counted(numbers.get(status.name.lower(), 0)) for status in Status}
    return dict.fromkeys(Window, states)


CALM: Final = Records(
    created=created(succeeded=3),
    open={status: Count(0) for status in OPEN},
    oldest=None,
    causes=(),
    looked_at=Count(0),
    catalogue=Catalogue(Count(7), NOW - timedelta(hours=5), None),
    webhooks=Webhooks(Count(0), None, ()),
)
WELL: Final = Figures("0.1.0", NOW, CALM, 12, QUEUES, None)
AWAY: Final = Figures("0.1.0", NOW, Trouble.UNREACHABLE, Trouble.REFUSED, Trouble.UNREACHABLE, None)
BUSY: Final = Figures(
    "0.1.0",
    NOW,
    Records(
        created=created(queued=2, waiting=1, succeeded=CAPPED_AT, failed=22, outcome_unknown=2),
        open={Status.QUEUED: Count(2), Status.IN_PROGRESS: Count(0), Status.WAITING: Count(1)},
        oldest=Oldest(JOB, Status.WAITING, NOW - timedelta(hours=3, minutes=12), "SPOTLER_UNAVAILABLE"),
        causes=(
            Cause("CONTACT_NOTFOUND", Count(19), NOW - timedelta(minutes=12)),
            Cause("AUTOMATION_INACTIVE", Count(3), NOW - timedelta(hours=5)),
            Cause("OUTCOME_UNKNOWN", Count(2), NOW - timedelta(days=2, hours=3)),
        ),
        looked_at=Count(24),
        catalogue=Catalogue(
            Count(17),
            NOW - timedelta(days=1, hours=7),
            Sync(NOW - timedelta(days=2), "1 added (🚀 Welcome); 16 unchanged."),
        ),
        webhooks=Webhooks(
            Count(4),
            NOW - timedelta(hours=2),
            (
                Delivery(Undelivered.ANSWERED, 401, Count(3)),
                Delivery(Undelivered.TIMED_OUT, None, Count(1)),
            ),
        ),
    ),
    12,
    {
        "spotler-jobs": (Depth(250, 0, more=True), Depth(2, 0, more=False)),
        "spotler-results": (Depth(0, 3, more=False), EMPTY),
    },
    Sync(NOW - timedelta(minutes=30), "17 unchanged."),
)

_TEXTS: Final = st.text(max_size=40) | st.sampled_from(
    ["<script>alert(1)</script>", '"><img src=x onerror=x>', "&lt;", "'", "</style>", "\ud800", "\x00]]>"]
)
_COUNTS: Final = st.integers(0, CAPPED_AT).map(counted)
_MOMENTS: Final = st.integers(-60, 10**6).map(lambda seconds: NOW - timedelta(seconds=seconds))
_DEPTHS: Final = st.builds(Depth, st.integers(0, 250), st.integers(0, 250), more=st.booleans())
_SYNCS: Final = st.none() | st.builds(Sync, _MOMENTS, _TEXTS)
_TROUBLES: Final = st.sampled_from(Trouble)
_STATES: Final = st.fixed_dictionaries(dict.fromkeys(Status, _COUNTS))
_RECORDS: Final = st.builds(
    Records,
    created=st.fixed_dictionaries(dict.fromkeys(Window, _STATES)),
    open=st.fixed_dictionaries(dict.fromkeys(OPEN, _COUNTS)),
    oldest=st.none() | st.builds(Oldest, st.uuids(), st.sampled_from(OPEN), _MOMENTS, _TEXTS),
    causes=st.lists(st.builds(Cause, _TEXTS, st.integers(1, 1000).map(Count), _MOMENTS), max_size=4).map(
        tuple
    ),
    looked_at=st.builds(Count, st.integers(0, 1000), st.booleans()),
    catalogue=st.builds(Catalogue, _COUNTS, st.none() | _MOMENTS, _SYNCS),
    webhooks=_TROUBLES
    | st.builds(
        Webhooks,
        _COUNTS,
        st.none() | _MOMENTS,
        st.lists(
            st.builds(Delivery, st.sampled_from(Undelivered), st.none() | st.integers(100, 599), _COUNTS),
            max_size=3,
        ).map(tuple),
    ),
)
FIGURES: Final = st.builds(
    Figures,
    version=_TEXTS,
    read_on=st.just(NOW),
    records=_TROUBLES | _RECORDS,
    spotler=_TROUBLES | st.integers(0, 10**6),
    queues=_TROUBLES | st.dictionaries(_TEXTS, st.tuples(_DEPTHS, _DEPTHS), max_size=2),
    sync_here=_SYNCS,
)
"""Any figures, with texts that try to be markup."""
