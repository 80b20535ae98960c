"""Microsoft's own live tests of queues, from the sdist of azure-servicebus, run against the Service Bus part."""  # noqa: INP001 - a script

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import xml.etree.ElementTree as ET
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from _bus_process import ROOT

_HERE = Path(__file__).parent
_SHARES = 14
"""Processes side by side: the tests sleep most of the time."""
_DOWNLOAD_SECONDS = 300
_RUN_SECONDS = 420

_TAKEN = (
    "test_queues.py",
    "async_tests/test_queues_async.py",
    "utilities.py",
    "mocks.py",
    "async_tests/mocks_async.py",
)

_LONG = "waits for minutes"
_TWIN = "waits for a minute or more; its twin for the other of the two SDKs is run"
_EXCLUDED = {
    "defer": "not imitated: deferral",
    "duplicate_detection": "not imitated: duplicate detection",
    "websocket": "not imitated: WebSockets",
    "http_proxy": "not imitated: WebSockets",
    "send_twice": "not imitated: WebSockets",
    "send_timeout": "not imitated: WebSockets",
    "send_large_message_receive": "not imitated: WebSockets",
    "operation_negative": "patches a function of the SDK with the signature it had before 7.15",
    "github_issue_6178": _LONG,
    "keep_conn_alive": _LONG,
    "resume_after_link_timeout": _LONG,
    "many_msgs": _LONG,
    "release_messages": _LONG,
    "async_queue_schedule_m": _TWIN,
    "async_queue_cancel_scheduled": _TWIN,
    "async_queue_message_lock_renew": _TWIN,
    "async_queue_message_expiry": _TWIN,
    "async_queue_by_servicebus_client_renew": _TWIN,
    "test_queue_by_queue_client_conn_str_receive_handler_with_autolockrenew": _TWIN,
    "test_queue_by_queue_client_conn_str_receive_handler_with_auto_autolockrenew": _TWIN,
}
"""Why a test is left out, by a part of its id."""

_SECONDS = {
    "queue_schedule_m": 122,
    "queue_cancel_scheduled": 122,
    "message_lock_renew": 60,
    "renew_message_locks": 54,
    "receiveanddelete_prefetch": 48,
    "autolockrenew": 38,
    "alive_after_timeout": 35,
    "time_to_live": 35,
    "message_expiry": 35,
    "with_deadletter": 30,
    "receiveanddelete": 29,
    "iter_messages": 27,
    "receive_and_delete": 26,
    "retrieve_deadletter": 19,
    "mock": 3,
    "": 8,
}
"""How long tests take about, by a part of their ids: so that long ones run side by side, not after another."""


def _prepare(folder: Path) -> None:
    """Fetch the tests of the SDK that is installed, and put the stand-ins for their private helpers beside them."""
    wanted = version("azure-servicebus")
    fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=azure-servicebus"]
    fetch += [f"azure-servicebus=={wanted}", f"--dest={folder}"]
    subprocess.run(fetch, check=True, timeout=_DOWNLOAD_SECONDS)  # noqa: S603 - pip, with the version installed
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as sdist:
        sdist.extractall(folder / "sdist", filter="data")
    (tests,) = (folder / "sdist").glob("*/tests")
    work = folder / "work"
    shutil.copytree(_HERE / "standin", work, ignore=shutil.ignore_patterns("__pycache__"))
    for name in _TAKEN:
        shutil.copy(tests / name, work)
    plan = {"excluded": _EXCLUDED, "seconds": _SECONDS}
    (work / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    (work / "pytest.ini").write_text(
        "[pytest]\nasyncio_mode = auto\nasyncio_default_fixture_loop_scope = function\n", encoding="utf-8"
    )


def _run(work: Path) -> list[Path]:
    """Run all shares side by side, and give their reports."""
    reports = [work / f"report-{index}.xml" for index in range(_SHARES)]
    paths = os.pathsep.join((str(_HERE), str(ROOT)))
    end = time.monotonic() + _RUN_SECONDS
    running = []
    for index, report in enumerate(reports):
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-Wignore",
            "-pno:cacheprovider",
            f"--junitxml={report}",
        ]
        environment = os.environ | {"JUDGE_SHARE": f"{index}/{_SHARES}", "PYTHONPATH": paths}
        log = (work / f"log-{index}.txt").open("wb")
        running.append(
            (subprocess.Popen(command, cwd=work, env=environment, stdout=log, stderr=log), log)  # noqa: S603 - pytest
        )
    for process, log in running:
        try:
            process.wait(max(end - time.monotonic(), 1))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        log.close()
    return reports


def _judge(reports: list[Path]) -> tuple[Counter[str], list[str]]:
    """Count the outcomes, and tell what did not pass."""
    outcomes: Counter[str] = Counter()
    remarks = []
    for index, report in enumerate(reports):
        if not report.exists():
            outcomes["failed"] += 1
            remarks.append(f"FAILED   share {index} left no report")
            continue
        for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest has just written it
            wrong = [child for child in case if child.tag in {"failure", "error"}]
            skipped = [child for child in case if child.tag == "skipped"]
            outcomes["failed" if wrong else "skipped" if skipped else "passed"] += 1
            told = [("FAILED ", child) for child in wrong] + [("skipped", child) for child in skipped]
            remarks += [
                f"{kind}  {case.get('name')}: {child.get('message', '')[:300]}" for kind, child in told
            ]
    return outcomes, remarks


def main() -> int:
    """Run the tests that concern what is imitated.

    Returns:
        0 if all of them passed, else 1.
    """
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        outcomes, remarks = _judge(_run(folder / "work"))
        left_out = json.loads((folder / "work" / "left_out.json").read_text(encoding="utf-8"))
    lines = [f"  {remark}" for remark in remarks]
    lines += [f"  left out  {count:3}  {reason}" for reason, count in sorted(left_out.items())]
    counted = ", ".join(f"{outcomes[kind]} {kind}" for kind in ("passed", "failed", "skipped"))
    lines.append(
        f"{counted} in {time.monotonic() - start:.0f} s (azure-servicebus {version('azure-servicebus')})"
    )
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if outcomes["passed"] and not outcomes["failed"] else 1


if __name__ == "__main__":
    sys.exit(main())
