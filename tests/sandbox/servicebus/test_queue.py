"""Does a queue keep Service Bus's promises, on a clock that the tests move?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.servicebus.codec import Symbol, Timestamp, UInt
from sandbox.servicebus.errors import BusError
from sandbox.servicebus.message import (
    DATA,
    HEADER,
    MESSAGE_ANNOTATIONS,
    Lock,
    Message,
    read_bare,
    read_message,
    write_section,
)
from sandbox.servicebus.queue import MAX_PEEK, Counts, Entry, Queue, QueueSettings
from sandbox.servicebus.ranking import Ranking

_START = 1_700_000_000_000
_SETTINGS = QueueSettings("q", lock_ms=1000, max_delivery_count=3, dead_letter_expired=True)


@dataclass
class _Journal:
    """Keeps what a store would."""

    entries: dict[tuple[str, int], Entry] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)

    def saved(self, queue: str, entry: Entry, last_sequence: int) -> None:
        self.entries[queue, entry.sequence] = entry
        self.last[queue] = last_sequence

    def removed(self, queue: str, sequence: int) -> None:
        del self.entries[queue, sequence]

    def of(self, queue: str) -> list[Entry]:
        return [entry for (name, _), entry in sorted(self.entries.items()) if name == queue]


@dataclass(eq=False)
class _Link:
    """A receiver that takes what it gets."""

    credit: int = 100
    deletes: bool = False
    got: list[tuple[Entry, Lock | None]] = field(default_factory=list)

    def deliver(self, entry: Entry, lock: Lock | None) -> None:
        self.credit -= 1
        self.got.append((entry, lock))

    @property
    def texts(self) -> list[str]:
        return [_text(entry) for entry, _ in self.got]


class _World:
    """A queue, its dead letters, a clock and a receiver."""

    def __init__(self, settings: QueueSettings = _SETTINGS) -> None:
        self.now = _START
        self.journal = _Journal()
        self.settings = settings
        self.build()

    def build(self) -> None:
        """Make the queues anew, as after a restart."""
        self.dead = Queue(replace(self.settings, name="q/dead"), lambda: self.now, self.journal)
        self.queue = Queue(self.settings, lambda: self.now, self.journal, self.dead)
        for queue in (self.dead, self.queue):
            queue.restore(self.journal.of(queue.name), self.journal.last.get(queue.name, 0))
        self.link = _Link()
        self.queue.subscribe(self.link)

    def pass_ms(self, milliseconds: int) -> None:
        """Let time pass, and the queues act on it."""
        self.now += milliseconds
        self.run()

    def run(self) -> None:
        """One turn."""
        for queue in (self.queue, self.dead):
            queue.advance()
            queue.dispatch()

    def take(self) -> tuple[Entry, UUID]:
        """Give the next delivery and its token."""
        before = len(self.link.got)
        self.run()
        entry, lock = self.link.got[before]
        assert lock is not None
        return entry, lock.token

    def buried(self) -> list[tuple[str, str]]:
        """Body and reason of the dead letters."""
        return [
            (_text(entry), read_bare(entry.message.bare).application_properties["DeadLetterReason"])
            for entry in self.dead.peek(0, 100)
        ]


def _text(entry: Entry) -> str:
    return read_bare(entry.message.bare).text


def _message(text: str, *, due: int | None = None, life: int | None = None) -> Message:
    raw = write_section(HEADER, [None, None, None if life is None else UInt(life)])
    if due is not None:
        raw += write_section(MESSAGE_ANNOTATIONS, {Symbol("x-opt-scheduled-enqueue-time"): Timestamp(due)})
    return read_message(raw + write_section(DATA, text.encode()))


def test_messages_arrive_in_order_and_go_when_completed() -> None:
    """First in, first out; a completed message leaves queue and journal."""
    world = _World()
    assert world.queue.put([_message(text) for text in "abc"]) == [1, 2, 3]
    world.run()
    assert world.link.texts == ["a", "b", "c"]
    assert world.queue.counts() == Counts(active=0, scheduled=0, locked=3)
    for _, lock in world.link.got:
        assert lock is not None
        world.queue.complete(lock.token)
    assert (world.queue.size, world.journal.entries) == (0, {})


def test_credit_bounds_deliveries_and_receivers_take_turns() -> None:
    """Nobody gets more than asked for; receivers with credit share what there is."""
    world = _World()
    world.link.credit = 2
    other, idle = _Link(credit=5), _Link(credit=0)
    world.queue.subscribe(idle)
    world.queue.subscribe(other)
    world.queue.put([_message(str(number)) for number in range(6)])
    world.run()
    assert (world.link.texts, other.texts, idle.texts) == (["0", "2"], ["1", "3", "4", "5"], [])


def test_receive_and_delete_keeps_nothing() -> None:
    """Such a delivery has no lock, and the message is gone at once."""
    world = _World()
    world.link.deletes = True
    world.queue.put([_message("a")])
    world.run()
    assert [(_text(entry), lock) for entry, lock in world.link.got] == [("a", None)]
    assert world.queue.size == 0


@pytest.mark.parametrize(
    ("settle", "count"),
    [(Queue.abandon, 1), (Queue.give_back, 0)],
)
def test_what_is_given_back_keeps_its_place(settle: Callable[[Queue, UUID], None], count: int) -> None:
    """An abandoned message counts a failed delivery, a released one does not; both come before later ones."""
    world = _World()
    world.link.credit = 1
    world.queue.put([_message("a"), _message("b")])
    _, token = world.take()
    settle(world.queue, token)
    world.link.credit = 2
    world.run()
    assert [(_text(entry), entry.delivery_count) for entry, _ in world.link.got[1:]] == [
        ("a", count),
        ("b", 0),
    ]


@pytest.mark.parametrize("end", ["abandon", "expire"])
def test_too_many_deliveries_bury_a_message(end: str) -> None:
    """After the last allowed delivery fails, in either way, the message is a dead letter with its count."""
    world = _World()
    world.queue.put([_message("poison")])
    for attempt in range(3):
        entry, token = world.take()
        assert entry.delivery_count == attempt
        if end == "abandon":
            world.queue.abandon(token)
        else:
            world.now += 1000
    world.run()
    assert (world.queue.size, world.buried()) == (0, [("poison", "MaxDeliveryCountExceeded")])
    (entry,) = world.dead.peek(0, 9)
    assert entry.delivery_count == 3


def test_a_lock_ends_by_time_and_its_token_with_it() -> None:
    """Just before its end a lock settles; at its end it is lost, and the message is delivered again."""
    world = _World()
    world.queue.put([_message("a")])
    _, token = world.take()
    assert world.queue.next_moment() == _START + 1000
    world.now += 999
    assert world.queue.renew(token) == _START + 1999
    world.pass_ms(999)
    assert len(world.link.got) == 1
    world.now += 1
    for attempt in (world.queue.complete, world.queue.abandon, world.queue.give_back, world.queue.renew):
        with pytest.raises(BusError, match="message-lock-lost"):
            attempt(token)
    entry, again = world.take()
    assert (entry.delivery_count, again == token) == (1, False)


def test_unknown_tokens_are_lost_locks() -> None:
    """A token nobody gave settles nothing."""
    with pytest.raises(BusError, match="message-lock-lost"):
        _World().queue.complete(uuid4())


def test_leaving_does_not_unlock() -> None:
    """What a receiver had locked when it went can still be settled, and is lost to others until time is up."""
    world = _World()
    world.queue.put([_message("a"), _message("b")])
    world.link.credit = 1
    _, token = world.take()
    world.queue.unsubscribe(world.link)
    other = _Link(credit=1)
    world.queue.subscribe(other)
    world.run()
    assert other.texts == ["b"]
    world.queue.complete(token)
    assert world.queue.size == 1


def test_dead_lettering_keeps_reason_and_description() -> None:
    """What the receiver says is found on the dead letter; a dead letter cannot be buried again."""
    world = _World()
    world.queue.put([_message("a"), _message("b")])
    for reason, description in (("bad", "because"), (None, None)):
        _, token = world.take() if world.link.got == [] else (None, _token(world.link, 1))
        world.queue.dead_letter(token, reason, description)
    first, second = (read_bare(entry.message.bare).application_properties for entry in world.dead.peek(0, 9))
    assert (first, second) == ({"DeadLetterReason": "bad", "DeadLetterErrorDescription": "because"}, {})
    grave = _Link()
    world.dead.subscribe(grave)
    world.run()
    with pytest.raises(BusError, match="not-implemented"):
        world.dead.dead_letter(_token(grave, 0), "again", None)
    world.dead.abandon(_token(grave, 0))
    assert world.dead.size == 2


def _token(link: _Link, index: int) -> UUID:
    lock = link.got[index][1]
    assert lock is not None
    return lock.token


def test_a_scheduled_message_waits_for_its_time() -> None:
    """It is seen by peeking only, wakes the queue at its time, and is then enqueued with a new number."""
    world = _World()
    assert world.queue.put([_message("late", due=_START + 500), _message("now")]) == [1, 2]
    world.run()
    assert world.link.texts == ["now"]
    assert world.queue.counts().scheduled == 1
    assert [entry.due_ms for entry in world.queue.peek(0, 9)] == [_START + 500, None]
    assert world.queue.next_moment() == _START + 500
    world.pass_ms(500)
    entry, _ = world.link.got[1]
    assert (_text(entry), entry.sequence, entry.enqueued_ms, entry.due_ms) == ("late", 3, _START + 500, None)


def test_a_time_in_the_past_is_now() -> None:
    """A message scheduled for a moment that is over is active at once."""
    world = _World()
    world.queue.put([_message("a", due=_START)])
    world.run()
    assert world.link.texts == ["a"]


def test_cancelling_is_for_scheduled_messages_alone_and_whole() -> None:
    """One number that is not scheduled spoils the request, and then nothing is cancelled."""
    world = _World()
    world.queue.put([_message("a", due=_START + 9), _message("b"), _message("c", due=_START + 9)])
    for numbers in ([1, 2], [1, 77]):
        with pytest.raises(BusError, match="message-not-found"):
            world.queue.cancel(numbers)
    assert world.queue.counts().scheduled == 2
    world.queue.cancel([1, 3])
    assert [_text(entry) for entry in world.queue.peek(0, 9)] == ["b"]


@pytest.mark.parametrize(
    ("default", "own", "expected"),
    [(None, None, None), (None, 500, 500), (700, None, 700), (700, 500, 500), (500, 700, 500)],
)
def test_the_shorter_life_counts(default: int | None, own: int | None, expected: int | None) -> None:
    """A message lives as long as it wants, or as its queue allows, whichever is shorter."""
    world = _World(replace(_SETTINGS, time_to_live_ms=default))
    world.link.credit = 0
    world.queue.put([_message("a", life=own)])
    moment = None if expected is None else _START + expected
    assert world.queue.next_moment() == moment
    world.pass_ms((expected or 10**9) - 1)
    assert world.queue.size == 1
    world.pass_ms(1)
    assert world.buried() == ([] if expected is None else [("a", "TTLExpiredException")])


def test_an_expired_message_is_dropped_where_dead_letters_are_not_wanted() -> None:
    """Without DeadLetteringOnMessageExpiration it is gone."""
    world = _World(replace(_SETTINGS, dead_letter_expired=False))
    world.link.credit = 0
    world.queue.put([_message("a", life=5)])
    world.pass_ms(5)
    assert (world.queue.size, world.dead.size, world.journal.entries) == (0, 0, {})


def test_a_locked_message_does_not_expire() -> None:
    """Its receiver may finish; given back after its time, it expires instead of being delivered again."""
    world = _World()
    world.queue.put([_message("a", life=500), _message("b", life=500)])
    _, first = world.take()
    world.pass_ms(600)
    world.queue.complete(first)
    world.queue.abandon(_token(world.link, 1))
    world.run()
    assert (world.link.texts, world.buried()) == (["a", "b"], [("b", "TTLExpiredException")])


def test_the_life_of_a_scheduled_message_begins_at_its_time() -> None:
    """Waiting is not living."""
    world = _World(replace(_SETTINGS, time_to_live_ms=100))
    world.link.credit = 0
    world.queue.put([_message("a", due=_START + 1000)])
    world.pass_ms(1000)
    assert world.queue.counts().active == 1
    world.pass_ms(100)
    assert world.buried() == [("a", "TTLExpiredException")]


def test_dead_letters_do_not_expire() -> None:
    """They wait for a person, however long their life was meant to be."""
    world = _World()
    world.link.credit = 0
    world.queue.put([_message("a", life=1)])
    world.pass_ms(1)
    world.pass_ms(10**9)
    assert world.dead.size == 1


def test_peeking_starts_anywhere_and_has_a_bound() -> None:
    """Locked and active messages are seen alike, in order, at most so many at once."""
    world = _World()
    world.link.credit = 1
    world.queue.put([_message(str(number)) for number in range(MAX_PEEK + 9)])
    world.run()
    assert [_text(entry) for entry in world.queue.peek(0, 2)] == ["0", "1"]
    assert [entry.sequence for entry in world.queue.peek(MAX_PEEK + 8, 9)] == [MAX_PEEK + 8, MAX_PEEK + 9]
    assert len(world.queue.peek(0, 10**6)) == MAX_PEEK


def test_clearing_leaves_nothing_but_the_count() -> None:
    """Numbers are not given twice, and old locks are lost."""
    world = _World()
    world.queue.put([_message("a"), _message("b", due=_START + 9), _message("c")])
    world.link.credit = 1
    _, token = world.take()
    world.queue.clear()
    assert (world.queue.counts(), world.queue.next_moment()) == (Counts(0, 0, 0), None)
    with pytest.raises(BusError, match="message-lock-lost"):
        world.queue.complete(token)
    assert world.queue.put([_message("d")]) == [4]


def test_a_restart_brings_everything_back() -> None:
    """Active, scheduled and dead messages, counts and numbers survive; locks are free and count as no delivery."""
    world = _World()
    world.queue.put([_message("locked"), _message("late", due=_START + 50), _message("poison")])
    world.run()
    world.queue.dead_letter(_token(world.link, 1), "bad", None)
    world.now += 20
    world.build()
    world.run()
    assert [(_text(entry), entry.delivery_count) for entry, _ in world.link.got] == [("locked", 0)]
    world.pass_ms(30)
    assert world.link.texts == ["locked", "late"]
    assert world.buried() == [("poison", "bad")]
    assert world.queue.put([_message("next")]) == [5]


def test_what_expired_during_a_pause_is_buried_at_the_start() -> None:
    """No receiver gets it after the restart."""
    world = _World()
    world.link.credit = 0
    world.queue.put([_message("a", life=10)])
    world.now += 10
    world.build()
    world.run()
    assert (world.link.texts, world.buried()) == ([], [("a", "TTLExpiredException")])


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.integers(0, 40)),
        st.tuples(st.sampled_from(["complete", "abandon", "give_back", "dead_letter"]), st.integers(0, 9)),
        st.tuples(st.just("pass"), st.integers(0, 1500)),
        st.tuples(st.just("restart"), st.just(0)),
    ),
    max_size=30,
)


@given(_STEPS)
def test_no_message_is_ever_lost_or_doubled(steps: list[tuple[str, int]]) -> None:
    """Whatever happens, each message is in exactly one place until it is completed, and the journal agrees."""
    world = _World()
    sent, completed = 0, 0
    for step, number in steps:
        open_tokens = [lock.token for _, lock in world.link.got if lock is not None]
        if step == "put":
            world.queue.put([_message("m", due=_START + 40 * number)])
            sent += 1
        elif step == "pass":
            world.pass_ms(number)
        elif step == "restart":
            world.build()
        elif open_tokens:
            token = open_tokens[-1 - number % len(open_tokens)]
            extra = (None, None) if step == "dead_letter" else ()
            with suppress(BusError):
                getattr(world.queue, step)(token, *extra)
                completed += step == "complete"
        counts = world.queue.counts()
        assert counts.active + counts.scheduled + counts.locked == world.queue.size
        assert world.queue.size + world.dead.size + completed == sent
        assert len(world.journal.entries) == world.queue.size + world.dead.size


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 50) | st.none()), max_size=200))
def test_a_ranking_is_a_sorted_table(changes: list[tuple[int, int | None]]) -> None:
    """Setting, moving and discarding keys in any order leaves the lowest rank in front."""
    ranking: Ranking[int] = Ranking()
    model: dict[int, int] = {}
    for key, rank in changes:
        if rank is None:
            ranking.discard(key)
            model.pop(key, None)
        else:
            ranking.set(key, rank)
            model[key] = rank
        first = ranking.first()
        assert (first[0] if first else None) == min(model.values(), default=None)
    assert len(ranking) == len(model)
    drained = []
    while (popped := ranking.pop(25)) is not None:
        drained.append(model.pop(popped))
    assert drained == sorted(drained)
    assert all(rank > 25 for rank in model.values())
