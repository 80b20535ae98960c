"""What can a stranger put on our queues?"""

from __future__ import annotations

import json

MARK = "Wilhelmina-92735551"
JOB = "7c1f0d3e-94aa-f011-bbd2-6045bd9a77aa"

HOSTILE: tuple[bytes, ...] = (
    b"",
    b"\x00\xff\xfe" + MARK.encode(),
    f"{MARK}@example.org".encode(),
    b"null",
    b"[]",
    b"{}",
    json.dumps({"job": MARK}).encode(),
    json.dumps({"job": JOB, "turns": MARK}).encode(),
    json.dumps({"job": {"id": JOB}, "name": MARK}).encode(),
    json.dumps([{"job": MARK}, {"name": MARK}, None]).encode(),
    json.dumps({"Job": JOB, "verdict": "done", "code": MARK}).encode(),
    f'{{"job": "{JOB}", "name": "{MARK}'.encode(),
    b"\xef\xbb\xbf" + json.dumps({"name": MARK}).encode("utf-16"),
    b"[" * 50_000,
    b'{"job":' * 5_000,
    b'{"job": ' + b"9" * 6000 + b"}",
    MARK.encode() * 3_000,
)
"""Neither a doorbell nor an outcome."""
