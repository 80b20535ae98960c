"""How do messages outlive the process?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sandbox.servicebus.codec import decode, encode
from sandbox.servicebus.message import Message
from sandbox.servicebus.queue import Entry

_FORM = 1
"""Of the tables below; a file of another form is refused rather than guessed at."""

_TABLES = """
CREATE TABLE message(
    queue TEXT, sequence INTEGER, enqueued_ms INTEGER, due_ms INTEGER, expires_ms INTEGER,
    delivery_count INTEGER, header BLOB, delivery_annotations BLOB, annotations BLOB, bare BLOB,
    PRIMARY KEY (queue, sequence)
) WITHOUT ROWID;
CREATE TABLE counter(queue TEXT PRIMARY KEY, last_sequence INTEGER) WITHOUT ROWID;
"""


class StoreError(Exception):
    """The file cannot be used; the text says why and what to do."""


class NoStore:
    """The journal of a bus whose messages live as long as the process."""

    def saved(self, queue: str, entry: Entry, last_sequence: int) -> None:
        """Keep nothing."""

    def removed(self, queue: str, sequence: int) -> None:
        """Keep nothing."""

    def load(self, queue: str) -> tuple[list[Entry], int]:
        """Nothing was kept."""
        del queue
        return [], 0

    def commit(self) -> None:
        """Nothing to write."""

    def close(self) -> None:
        """Nothing to close."""


class Store:
    """Messages in one SQLite file, which this process holds alone.

    Changes are gathered and written by `commit` as one transaction. What was committed survives the death of
    the process; after a power failure the last commits may be missing (`synchronous=NORMAL`).

    Args:
        path: of the file; made where there is none.

    Raises:
        StoreError: another process has the file, it was written in another form, or it is no SQLite file.
    """

    def __init__(self, path: Path) -> None:
        self._entries: dict[tuple[str, int], Entry | None] = {}
        self._counters: dict[str, int] = {}
        self._database = sqlite3.connect(path, autocommit=True, timeout=1)
        try:
            self._open()
        except sqlite3.Error as error:
            self._database.close()
            busy = getattr(error, "sqlite_errorname", "") == "SQLITE_BUSY"
            remedy = "Another Service Bus is running on it." if busy else "Delete it or name another one."
            raise StoreError(f"{path}: {error}. {remedy}") from error
        except StoreError:
            self._database.close()
            raise

    def _open(self) -> None:
        run = self._database.execute
        run("PRAGMA locking_mode=EXCLUSIVE")
        (form,) = run("PRAGMA user_version").fetchone()
        if form not in {0, _FORM}:
            raise StoreError(f"The file has form {form}, not {_FORM}; delete it or name another one.")
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        if form == 0:
            self._database.executescript(f"BEGIN EXCLUSIVE; {_TABLES} PRAGMA user_version={_FORM}; COMMIT")

    def saved(self, queue: str, entry: Entry, last_sequence: int) -> None:
        """Note an entry that was added or changed."""
        self._entries[queue, entry.sequence] = entry
        self._counters[queue] = last_sequence

    def removed(self, queue: str, sequence: int) -> None:
        """Note an entry that is gone."""
        self._entries[queue, sequence] = None

    def load(self, queue: str) -> tuple[list[Entry], int]:
        """Give the committed entries of a queue in order, and the highest sequence number it ever gave."""
        rows = self._database.execute(
            "SELECT sequence, enqueued_ms, due_ms, expires_ms, delivery_count,"
            " header, delivery_annotations, annotations, bare"
            " FROM message WHERE queue = ? ORDER BY sequence",
            (queue,),
        )
        entries = [
            Entry(sequence, _message(*parts), enqueued, due, end, count)
            for sequence, enqueued, due, end, count, *parts in rows
        ]
        counter = self._database.execute(
            "SELECT last_sequence FROM counter WHERE queue = ?", (queue,)
        ).fetchone()
        return entries, counter[0] if counter else 0

    def commit(self) -> None:
        """Write all changes since the last commit; after a failure they are kept for the next."""
        if not self._entries:
            return
        saved = [(queue, entry) for (queue, _), entry in self._entries.items() if entry is not None]
        removed = [key for key, entry in self._entries.items() if entry is None]
        self._database.execute("BEGIN")
        try:
            self._database.executemany("DELETE FROM message WHERE queue = ? AND sequence = ?", removed)
            self._database.executemany(
                "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [_row(queue, entry) for queue, entry in saved],
            )
            self._database.executemany("INSERT OR REPLACE INTO counter VALUES (?, ?)", self._counters.items())
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._entries.clear()
        self._counters.clear()

    def close(self) -> None:
        """Commit and let go of the file."""
        self.commit()
        self._database.close()


def _message(header: bytes, delivery_annotations: bytes, annotations: bytes, bare: bytes) -> Message:
    return Message(tuple(decode(header)[0]), decode(delivery_annotations)[0], decode(annotations)[0], bare)


def _row(queue: str, entry: Entry) -> tuple[object, ...]:
    message = entry.message
    return (
        queue,
        entry.sequence,
        entry.enqueued_ms,
        entry.due_ms,
        entry.expires_ms,
        entry.delivery_count,
        encode(list(message.header)),
        encode(message.delivery_annotations),
        encode(message.annotations),
        message.bare,
    )
