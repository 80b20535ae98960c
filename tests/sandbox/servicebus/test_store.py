"""Do committed messages come back from the file, and only those?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from sandbox.servicebus.codec import Symbol, Timestamp, UByte, UInt
from sandbox.servicebus.message import DATA, Message, write_section
from sandbox.servicebus.queue import Entry
from sandbox.servicebus.store import Store, StoreError

_MESSAGE = Message(
    (True, UByte(4), UInt(99)),
    {Symbol("trace"): "on"},
    {Symbol("x-opt-scheduled-enqueue-time"): Timestamp(5)},
    write_section(DATA, b"a"),
)
_SCHEDULED = Entry(1, _MESSAGE, 10, due_ms=20)
_ACTIVE = Entry(2, _MESSAGE, 11, expires_ms=30, delivery_count=3)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that is not there yet."""
    return tmp_path / "bus.db"


def test_entries_come_back_as_they_were(path: Path) -> None:
    """Every field of an entry, with the types of its header and annotations, and the count of its queue."""
    store = Store(path)
    for entry in (_ACTIVE, _SCHEDULED):
        store.saved("q", entry, 2)
    store.saved("other", _ACTIVE, 7)
    store.close()
    store = Store(path)
    entries, last = store.load("q")
    assert (entries, last) == ([_SCHEDULED, _ACTIVE], 2)
    assert [type(value) for value in entries[0].message.header] == [bool, UByte, UInt]
    assert [type(value) for value in entries[0].message.annotations.values()] == [Timestamp]
    assert store.load("none") == ([], 0)
    store.close()


def test_only_commits_are_kept(path: Path) -> None:
    """Changes before a commit are in; what came and went between two commits leaves no trace; numbers stay."""
    store = Store(path)
    store.saved("q", _SCHEDULED, 1)
    store.commit()
    store.removed("q", 1)
    store.saved("q", _ACTIVE, 2)
    store.removed("q", 2)
    store.commit()
    store.saved("q", _SCHEDULED, 3)
    assert store.load("q") == ([], 2)
    store.close()


def test_a_failed_commit_is_made_up_for(path: Path) -> None:
    """Whatever a full disk refused is written by the next commit; nothing is half written."""
    store = Store(path)
    store.saved("q", _ACTIVE, 2)
    store._database.execute("PRAGMA query_only=1")
    with pytest.raises(sqlite3.OperationalError):
        store.commit()
    store._database.execute("PRAGMA query_only=0")
    assert store.load("q") == ([], 0)
    store.commit()
    assert store.load("q") == ([_ACTIVE], 2)
    store.close()


def test_a_file_serves_one_process(path: Path) -> None:
    """Two buses on one file would deliver everything twice."""
    store = Store(path)
    with pytest.raises(StoreError, match="Another Service Bus"):
        Store(path)
    store.close()
    Store(path).close()


@pytest.mark.parametrize("content", ["text", "form"])
def test_a_strange_file_is_refused(path: Path, content: str) -> None:
    """Neither a file that is no database, nor one of another form, is overwritten."""
    if content == "text":
        path.write_text("this is a letter, not a database " * 99, encoding="utf-8")
    else:
        database = sqlite3.connect(path, autocommit=True)
        database.execute("PRAGMA user_version=77")
        database.close()
    before = path.read_bytes()
    with pytest.raises(StoreError):
        Store(path)
    assert path.read_bytes() == before
