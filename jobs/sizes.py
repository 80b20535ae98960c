"""How many at once, and why so many?

The arithmetic rests on these facts. Dataverse: 60 ms a request and 15 ms for each part of a batch as measured
round trips go; for each user 6,000 requests and 1,200 s of execution in 5 minutes, and 52 requests at a time
(Microsoft Learn, "Service protection API limits"). Spotler: 120 ms a call. Service Bus: a message is locked for
300 s. With n calls at a time Spotler takes n / 120 ms: 67 jobs a second at n = 8, and the sizes below let it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import batched
from typing import Final

DOORBELLS_AT_ONCE: Final = 256
"""Messages that one run of `process_jobs` or `write_results` is handed; `maxMessageBatchSize` in host.json.

Between two runs Spotler waits for two reads, about 150 ms: 4 % of the 3.8 s that 256 jobs take at 67 a second. They
all begin within `Timing.batch_ends`, 90 s, well inside the lock; one read names 256 rows in 12,000 characters, where
Dataverse takes 65,536.
"""

WAVES_AT_ONCE: Final = 3
"""Waves of one run that are claimed or called at a time.

A wave is one job for each call that may be under way. Claiming 8 takes 60 + 8 x 15 = 180 ms, calling them 120 ms, so
Spotler is busy all the time only if 300 / 120 = 2.5 waves are under way. It is also how many jobs a crash leaves in
doubt, at most 3 waves of them, so no more than that.
"""

WRITTEN_TOGETHER: Final = 64
"""Outcomes that are at most written by one batch, and then posted by one more: 2 x (60 + 64 x 15) = 2.0 s.

At 67 jobs a second some 100 outcomes gather meanwhile, so that 2 batches of 2 requests serve them: 0.04 requests a
job. With 1/8 for the claims that makes 0.17; with calls of 4 at a time, the default, 1/4 + 0.05 = 0.3.
"""

WRITINGS_AT_ONCE: Final = 4
"""Such batches of one run at a time: 4 x 64 / 2.0 s = 125 jobs a second, more than Spotler takes.

With the claims that makes at most 4 + 3 of the 52 requests that Dataverse takes at a time. Execution is the next limit:
67 jobs a second x (3 x 15 ms + 0.17 x 60 ms) = 3.7 s a second, where one user may use 1,200 / 300 = 4.
"""

SENT_AT_ONCE: Final = 500
"""Messages that go to a queue together; a batch that would grow over 256 KB, which the basic tier takes, is split."""


def evenly[T](pieces: Sequence[T], most: int) -> Iterator[tuple[T, ...]]:
    """As few parts as can be, none larger than `most`, and all alike to one piece: the largest sets the time."""
    parts = -(-len(pieces) // most)
    return batched(pieces, -(-len(pieces) // parts), strict=False) if parts else iter(())
