"""How are the choices of an interleaved run made: from a tape of numbers, or all of them up to a bound?"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.jobs.happenings import Happening
from tests.jobs.interleaved import BrokenError, Chooser

WEIGHTS = {
    "switch": 20,
    "deliver": 10,
    "single": 6,
    "trouble": 12,
    "time": 4,
    "lapse": 6,
    "person": 5,
    "crash": 2,
    "lock": 3,
    "copy": 3,
    "delay": 5,
    "wire": 8,
    "cancel": 1,
}
"""How likely a kind of option is against the others that are there."""

CHOSEN = 0.5
"""How often anything else than the usual is chosen."""


class Tape:
    """Chooses by numbers, two for each step; at the end of the tape the usual happens."""

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers = iter(numbers)

    def __call__(self, usually: Sequence[Happening], more: Callable[[], Sequence[Happening]]) -> Happening:
        """The next choice."""
        first, second = next(self._numbers, 0), next(self._numbers, 0)
        if first < 256 * (1 - CHOSEN):
            return usually[0]
        rest = [*usually[1:], *more()]
        kinds = [kind for kind in WEIGHTS if any(one.kind == kind for one in rest)]
        if not kinds:
            return usually[0]
        ticket = first * 7919 % sum(WEIGHTS[kind] for kind in kinds)
        for kind in kinds:
            ticket -= WEIGHTS[kind]
            if ticket < 0:
                alike = [one for one in rest if one.kind == kind]
                return alike[second % len(alike)]
        raise AssertionError("a ticket is below the sum of the weights")


def tape_of(seed: int, steps: int) -> list[int]:
    """The tape that a seed stands for."""
    numbers = random.Random(seed)
    return [numbers.randrange(256) for _ in range(2 * steps)]


@dataclass
class Enumeration:
    """Chooses, run after run, everything that costs at most `bound` in all.

    Attributes:
        bound: of the costs of one run's choices.
        path: the choice of each step of the present run, and how many there were.
    """

    bound: int
    path: list[tuple[int, int]] = field(default_factory=list)
    _prefix: list[int] = field(default_factory=list)
    _left: int = 0

    def runs(self) -> Iterator[Chooser]:
        """A chooser for each run, until there is no other."""
        while True:
            self.path, self._left = [], self.bound
            yield self._choose
            while self.path and self.path[-1][0] + 1 >= self.path[-1][1]:
                self.path.pop()
            if not self.path:
                return
            self._prefix = [chosen for chosen, _ in self.path]
            self._prefix[-1] += 1

    def _choose(self, usually: Sequence[Happening], more: Callable[[], Sequence[Happening]]) -> Happening:
        possible = [*usually, *more()] if self._left else usually
        allowed = [one for one in possible if one.cost <= self._left]
        step = len(self.path)
        chosen = self._prefix[step] if step < len(self._prefix) else 0
        self.path.append((chosen, len(allowed)))
        self._left -= allowed[chosen].cost
        return allowed[chosen]


def shortest(
    numbers: Sequence[int], broken: Callable[[Sequence[int]], BrokenError | None]
) -> BrokenError | None:
    """The failure of the shortest tape that can be found near a tape that fails."""
    best, failure = list(numbers), broken(numbers)
    size = len(best) // 2
    while failure is not None and size >= 2:
        size -= size % 2
        for at in range(0, len(best), size):
            for tried in (
                best[:at] + best[at + size :],
                best[:at] + [0] * len(best[at : at + size]) + best[at + size :],
            ):
                found = broken(tried) if tried != best else None
                if found is not None:
                    best, failure = tried, found
                    break
        size //= 2
    return failure
