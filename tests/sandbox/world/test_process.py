"""Does a part start, end, die and come back as the supervisor promises?"""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from sandbox.world import PartFailed
from sandbox.world import process as supervised
from tests.sandbox.world import toys


def gone(pid: int) -> bool:
    """Whether there is no process of this id, or only its remains, which nobody has collected yet."""
    try:
        os.kill(pid, 0)
        # Where there is no such table, init collects remains at once.
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except ProcessLookupError:
        return True
    except FileNotFoundError:
        return sys.platform == "linux"
    return state == "Z"


def soon_gone(pid: int) -> bool:
    """Whether a process is gone within ten seconds."""
    end = time.monotonic() + 10
    while not gone(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return gone(pid)


def test_a_part_is_ready_when_it_says_so_and_its_words_are_kept(tmp_path: Path) -> None:
    """What a part prints on either stream, before and after it is ready, stands in its log."""
    with toys.toy(tmp_path, toys.GOOD) as part:
        part.spawn()
        part.await_ready()
        assert part.pid is not None
        # It says this after it is ready, so it may not have come to it yet.
        end = time.monotonic() + 10
        while "a word on stderr" not in part.log.read_text() and time.monotonic() < end:
            time.sleep(0.02)
        assert part.stop()
        assert not part.running
        assert part.status == 0
    log = part.log.read_text()
    assert "talking before" in log
    assert "ready toy 1234" in log
    assert "a word on stderr" in log


def test_a_killed_part_can_be_started_again(tmp_path: Path) -> None:
    """A kill does not let the part clean up; afterwards it starts as if new, in the same log."""
    with toys.toy(tmp_path, toys.GOOD) as part:
        part.spawn()
        part.await_ready()
        first = part.pid
        part.kill()
        assert part.status == -signal.SIGKILL
        part.spawn()
        part.await_ready()
        assert part.pid not in (None, first)
        assert part.log.read_text().count("ready toy") == 2


def test_a_running_part_is_not_started_twice(tmp_path: Path) -> None:
    """Two processes would fight for one port."""
    with toys.toy(tmp_path, toys.GOOD) as part:
        part.spawn()
        part.await_ready()
        with pytest.raises(PartFailed, match="running already"):
            part.spawn()


def test_a_part_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The reason stands in the error, not only in a file."""
    with toys.toy(tmp_path, toys.BROKEN) as part:
        part.spawn()
        with pytest.raises(PartFailed, match=r"ended before it was ready(?s:.)*something is missing"):
            part.await_ready()
        assert part.status == 3


def test_a_part_that_never_gets_ready_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wait has a ceiling, and nothing is left behind."""
    monkeypatch.setattr(supervised, "READY_SECONDS", 0.5)
    with toys.toy(tmp_path, toys.MUTE) as part:
        part.spawn()
        with pytest.raises(PartFailed, match="not ready within"):
            part.await_ready()
        assert not part.running


def test_a_part_that_does_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that ignores the request to end cannot hold up the others."""
    monkeypatch.setattr(supervised, "STOP_SECONDS", 0.5)
    with toys.toy(tmp_path, toys.DEAF) as part:
        part.spawn()
        part.await_ready()
        assert not part.stop()
        assert part.status == -signal.SIGKILL


@pytest.mark.parametrize("code", [toys.GOOD, toys.DEAF], ids=["willing", "deaf"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_part_does_not_outlive_its_supervisor(tmp_path: Path, how: signal.Signals, code: str) -> None:
    """However the supervisor ends, nobody has to look for left-over processes."""
    with toys.supervised(tmp_path, code) as (parent, part):
        assert not gone(part)
        parent.send_signal(how)
        parent.wait(20)
        assert soon_gone(part)


@pytest.mark.parametrize("frozen", [False, True] if sys.platform == "linux" else [False])
def test_nor_when_it_is_frozen(tmp_path: Path, *, frozen: bool) -> None:
    """A process that is stopped reads nothing any more; Linux ends it nevertheless, elsewhere nothing can."""
    with toys.supervised(tmp_path, toys.GOOD) as (parent, part):
        if frozen:
            os.kill(part, signal.SIGSTOP)
        parent.kill()
        parent.wait(20)
        assert soon_gone(part)


def test_a_part_ends_when_the_other_end_of_its_input_is_closed(tmp_path: Path) -> None:
    """The leash that also holds where the kernel offers none: here the parent lives on."""
    (tmp_path / "toy.py").write_text(toys.GOOD, encoding="utf-8")
    with toys.launched(tmp_path, ["-m", "sandbox.world.leash", str(os.getpid()), "toy"]) as part:
        assert part.stdin is not None
        assert part.stdout is not None
        assert part.stdout.readline() == b"talking before it is ready\n"
        part.stdin.close()
        assert part.wait(20) == 1
