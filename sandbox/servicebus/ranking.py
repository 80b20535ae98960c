"""Which of many keys comes next?"""

from __future__ import annotations

import heapq
from collections.abc import Hashable


class Ranking[Key: Hashable]:
    """Keys with a rank each, of which the lowest is always at hand; ranks can change and keys can go.

    Every operation costs O(log n) on average. Used for moments (ranks are milliseconds) and for
    order of delivery (ranks are sequence numbers).
    """

    def __init__(self) -> None:
        self._ranks: dict[Key, int] = {}
        self._heap: list[tuple[int, int, Key]] = []
        self._pushed = 0

    def __len__(self) -> int:
        return len(self._ranks)

    def set(self, key: Key, rank: int) -> None:
        """Add `key`, or move it."""
        self._ranks[key] = rank
        self._push(rank, key)
        # Keys that moved or went stay in the heap until they come up; without this they could pile up.
        if len(self._heap) > 2 * len(self._ranks) + 64:
            self._heap = []
            for known, its_rank in self._ranks.items():
                self._push(its_rank, known)

    def discard(self, key: Key) -> None:
        """Forget `key`, if it is there."""
        self._ranks.pop(key, None)

    def clear(self) -> None:
        """Forget every key."""
        self._ranks.clear()
        self._heap.clear()

    def first(self) -> tuple[int, Key] | None:
        """Give the lowest rank and its key; of equal ranks the one that was set first."""
        while self._heap:
            rank, _, key = self._heap[0]
            if self._ranks.get(key) == rank:
                return rank, key
            heapq.heappop(self._heap)
        return None

    def pop(self, up_to: int | None = None) -> Key | None:
        """Take the first key out, if there is one whose rank is at most `up_to`."""
        first = self.first()
        if first is None or (up_to is not None and first[0] > up_to):
            return None
        heapq.heappop(self._heap)
        del self._ranks[first[1]]
        return first[1]

    def _push(self, rank: int, key: Key) -> None:
        # The running number keeps keys that have no order of their own from being compared.
        self._pushed += 1
        heapq.heappush(self._heap, (rank, self._pushed, key))
