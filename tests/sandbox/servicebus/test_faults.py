"""Do faults hit what they are meant to hit, as often as they are meant to?"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.servicebus.faults import FaultError, Faults, Kind, parse_fault


def _faults(*bodies: dict[str, Any]) -> Faults:
    faults = Faults()
    for body in bodies:
        faults.switch_on(parse_fault(body))
    return faults


def _hits(faults: Faults, queue: str, sends: int) -> list[Kind | None]:
    found = [faults.hit_send(queue) for _ in range(sends)]
    return [fault.kind if fault else None for fault in found]


def test_a_fault_hits_so_many_times() -> None:
    """Once if nothing is said, else as often as asked for; one after another in their order."""
    faults = _faults({"kind": "refuse_send"}, {"kind": "drop_after_send", "times": 2})
    dropped = Kind.DROP_AFTER_SEND
    assert _hits(faults, "q", 4) == [Kind.REFUSE_SEND, dropped, dropped, None]
    assert faults.active() == []


def test_a_fault_hits_its_queue_alone() -> None:
    """Names of queues are compared without regard to case."""
    faults = _faults({"kind": "refuse_send", "queue": "Jobs"})
    assert _hits(faults, "results", 1) == [None]
    assert _hits(faults, "jobs", 1) == [Kind.REFUSE_SEND]


def test_a_fault_ends_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """With seconds it hits every send until they are over."""
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    faults = _faults({"kind": "refuse_send", "seconds": 5}, {"kind": "drop_connections", "seconds": 9})
    assert _hits(faults, "q", 3) == [Kind.REFUSE_SEND] * 3
    now = 105.0
    assert _hits(faults, "q", 1) == [None]
    assert faults.refuses_connections()
    now = 109.0
    assert not faults.refuses_connections()


def test_seconds_of_a_delay_are_its_length() -> None:
    """A delay hits once unless told otherwise, and says for how long."""
    faults = _faults({"kind": "delay_send", "seconds": 0.5})
    hit = faults.hit_send("q")
    assert hit is not None
    assert (hit.kind, hit.seconds) == (Kind.DELAY_SEND, 0.5)
    assert _hits(faults, "q", 1) == [None]


def test_dropping_once_lets_the_next_connection_in() -> None:
    """Without seconds only what is open now is hit."""
    assert not _faults({"kind": "drop_connections"}).refuses_connections()


def test_faults_can_be_seen_and_switched_off() -> None:
    """What is shown is what was asked for, with the hits that are left."""
    faults = _faults({"kind": "refuse_send", "times": 2, "queue": "q"})
    faults.hit_send("q")
    told = {"kind": "refuse_send", "queue": "q", "seconds": None, "times": 1}
    assert [fault.describe() for fault in faults.active()] == [told]
    faults.clear()
    assert faults.active() == []


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"kind": "burn"},
        {"kind": ["refuse_send"]},
        {"kind": "refuse_send", "second": 1},
        {"kind": "refuse_send", "seconds": "1"},
        {"kind": "refuse_send", "seconds": -1},
        {"kind": "refuse_send", "times": 0},
        {"kind": "refuse_send", "times": 1.5},
        {"kind": "refuse_send", "queue": 7},
        {"kind": "delay_send"},
        {"kind": "drop_connections", "times": 2},
        {"kind": "drop_connections", "queue": "q"},
    ],
)
def test_nonsense_is_refused(body: Any) -> None:
    """A fault that would not do what was meant is not switched on."""
    with pytest.raises(FaultError):
        parse_fault(body)
