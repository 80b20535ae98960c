"""How many at once, and why so many?

The arithmetic rests on these facts. Dataverse: 60 ms a request and 15 ms for each part of a batch as measured
round trips go; for each user 6,000 requests and 1,200 s of execution in 5 minutes, and 52 requests at a time
(Microsoft Learn, "Service protection API limits"). Spotler: 120 ms a call. Service Bus: a message is locked for
300 s. With n calls at a time Spotler takes n / 120 ms: 67 jobs a second at n = 8, and the sizes below let it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import batched, chain
from typing import Final

DOORBELLS_AT_ONCE: Final = 512
"""Messages that one run of `process_jobs` or `write_results` is handed; `maxMessageBatchSize` in host.json.

The host hands over one batch after the other, and between two runs nobody calls Spotler: two reads of 65 to 80 ms and
a claim of 90 ms, and what the host needs, make about 0.5 s for each 7.7 s that 512 jobs take at 67 a second, unless
several share a message (`IN_ONE_MESSAGE`). More would not help much: `azure-functions` reads all messages' properties
anew for each message, which takes 0.2 s for 512 of them and 0.5 s for 925. All begin within `Timing.batch_ends`, 90 s.

`prefetchCount` is the same number, because without it a batch is what arrives within 20 ms, some 180 messages. A
message that was fetched ahead waits for one run and is done in the next: 2 x 90 s of the 300 s that it is locked.
"""

IN_ONE_MESSAGE: Final = 8
"""Doorbells, or outcomes, that share one message at most: those that came while another message was being sent.

A message costs its reading, which `azure-functions` does slowly, and its place in a run: with more jobs to a message
there are fewer runs, between which nobody calls. 512 messages of 8 are 4,096 jobs, which take 61 s at 67 a second:
they too begin within the 90 s of a run.
"""

MESSAGE_LENGTH: Final = 32_000
"""Characters of a message that is shared: at most 4 bytes each, half of the 256 KB that the basic tier takes."""

READ_TOGETHER: Final = 128
"""Jobs of one portion of a run, whose rows are read by one request and their siblings' by another: 0.02 requests a job.

One read names 128 rows in 6,000 characters and their persons twice in 12,000, where Dataverse takes 65,536. A portion
keeps Spotler busy for 1.9 s, in which the next one is read in 0.15 s.
"""

FIRST_CLAIMED: Final = 2
"""Jobs that are claimed together by the first wave of a run of more than one portion: 60 + 2 x 15 = 90 ms.

All 8 by one request would take 180 ms in which nobody calls. The first portion of such a run is no larger than the
waves that are under way at a time, for the same reason: 24 rows and their siblings are read 50 ms sooner than 128.
"""

PORTIONS_AT_ONCE: Final = 2
"""Portions of one run that are under way: one is called while the next is read."""

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
"""Doorbells or outcomes that go to a queue together; a batch that would grow over 256 KB, which the basic tier takes,
is split."""


def growing[T](pieces: Sequence[T], first: int, most: int) -> Iterator[tuple[T, ...]]:
    """At most `first` pieces, and the others behind them in as many as `most`."""
    return chain(batched(pieces[:first], first, strict=False), batched(pieces[first:], most, strict=False))


def evenly[T](pieces: Sequence[T], most: int) -> Iterator[tuple[T, ...]]:
    """As few parts as can be, none larger than `most`, and all alike to one piece: the largest sets the time."""
    parts = -(-len(pieces) // most)
    return batched(pieces, -(-len(pieces) // parts), strict=False) if parts else iter(())
