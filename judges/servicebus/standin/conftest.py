"""How are Microsoft's tests brought to speak to the sandbox, several processes side by side?"""  # noqa: INP001 - beside their tests

from __future__ import annotations

import functools
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from azure.servicebus import ServiceBusClient
from azure.servicebus.aio import ServiceBusClient as AsyncServiceBusClient

_HERE = Path(__file__).parent


def _without_tls(client: Any) -> None:
    """Let a client that is given a host name speak plain TCP, as a connection string for an emulator makes it."""
    original = client.__init__

    @functools.wraps(original)
    def initialise(self: Any, *values: Any, **options: Any) -> None:
        original(self, *values, **{"use_tls": False} | options)

    client.__init__ = initialise


def pytest_configure(config: pytest.Config) -> None:
    """Register their marks, and turn TLS off."""
    for mark in ("liveTest", "live_test_only", "playback_test_only"):
        config.addinivalue_line("markers", f"{mark}: of Microsoft's own test runs")
    for client in (ServiceBusClient, AsyncServiceBusClient):
        _without_tls(client)


def _seconds(item: pytest.Item, plan: dict[str, Any]) -> int:
    return next(int(seconds) for part, seconds in plan["seconds"].items() if part in item.name)


def _deal(items: list[pytest.Item], plan: dict[str, Any], shares: int) -> list[list[pytest.Item]]:
    """Give the longest test to the process that has the least to do, and so on."""
    loads = [0] * shares
    dealt: list[list[pytest.Item]] = [[] for _ in range(shares)]
    for item in sorted(items, key=lambda each: -_seconds(each, plan)):
        share = loads.index(min(loads))
        loads[share] += _seconds(item, plan)
        dealt[share].append(item)
    return dealt


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep this process's share of what `plan.json` chooses, and note why the others are left out.

    The plan has `excluded` (reason by a part of a test's id) and `seconds` (how long a test takes, alike).
    `JUDGE_SHARE` is `i/n`.
    """
    plan = json.loads((_HERE / "plan.json").read_text(encoding="utf-8"))
    index, shares = (int(part) for part in os.environ["JUDGE_SHARE"].split("/"))
    left_out: Counter[str] = Counter()
    chosen = []
    for item in items:
        reason = next((why for part, why in plan["excluded"].items() if part in item.name), None)
        if reason is None:
            chosen.append(item)
        else:
            left_out[reason] += 1
    kept = _deal(chosen, plan, shares)[index]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept
    if index == 0:
        (_HERE / "left_out.json").write_text(json.dumps(left_out), encoding="utf-8")
