"""Are the queues of an emulator's configuration read, and is everything not imitated refused by name?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.servicebus.config import ConfigError, parse_config, read_config
from sandbox.servicebus.queue import QueueSettings

_SHIPPED = Path(__file__).parents[3] / "sandbox" / "servicebus.config.json"


def _document(**properties: Any) -> dict[str, Any]:
    return _namespace(Queues=[{"Name": "q", "Properties": properties}])


def _namespace(**members: Any) -> dict[str, Any]:
    return {"UserConfig": {"Namespaces": [{"Name": "sbemulatorns", **members}]}}


def test_the_shipped_file() -> None:
    """The two queues of the app, as its documents say."""
    expected = {"lock_ms": 300_000, "max_delivery_count": 10, "time_to_live_ms": 3_600_000}
    assert read_config(_SHIPPED) == [
        QueueSettings(name, dead_letter_expired=True, **expected)
        for name in ("spotler-jobs", "spotler-results")
    ]


def test_defaults_are_those_of_the_service() -> None:
    """A queue without properties locks for a minute, ten times, and lets nothing expire."""
    assert parse_config(_document()) == [QueueSettings("q", 60_000, 10, None, dead_letter_expired=False)]


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("PT5M", 300_000), ("PT1.5S", 1500), ("PT0.25S", 250), ("PT1M30S", 90_000), ("PT0H5M", 300_000)],
)
def test_durations(text: str, milliseconds: int) -> None:
    """ISO 8601, as far as Service Bus uses it."""
    assert parse_config(_document(LockDuration=text))[0].lock_ms == milliseconds


def test_days() -> None:
    """Days and hours add up."""
    assert parse_config(_document(DefaultMessageTimeToLive="P14DT1H"))[0].time_to_live_ms == 1_213_200_000


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (_document(LockDuration="5 minutes"), "LockDuration"),
        (_document(LockDuration="P"), "LockDuration"),
        (_document(LockDuration="PT"), "LockDuration"),
        (_document(LockDuration="PT6M"), "LockDuration"),
        (_document(LockDuration="PT0S"), "LockDuration"),
        (_document(DefaultMessageTimeToLive=3600), "DefaultMessageTimeToLive"),
        (_document(MaxDeliveryCount=0), "MaxDeliveryCount"),
        (_document(MaxDeliveryCount=True), "MaxDeliveryCount"),
        (_document(DeadLetteringOnMessageExpiration="yes"), "DeadLetteringOnMessageExpiration"),
        (_document(RequiresSession=True), "RequiresSession"),
        (_document(RequiresDuplicateDetection=True), "RequiresDuplicateDetection"),
        (_document(ForwardTo="other"), "ForwardTo"),
        (_document(ForwardDeadLetteredMessagesTo="other"), "ForwardDeadLetteredMessagesTo"),
        (_document(LokDuration="PT5M"), "LokDuration"),
        (_namespace(Queues=[], Topics=[{"Name": "t"}]), "Topics"),
        (_namespace(Queues=[{"Name": "q", "Properties": {}}, {"Name": "Q", "Properties": {}}]), "same name"),
        (_namespace(Queues=[{"Name": "$x", "Properties": {}}]), "name"),
        (_namespace(Queues=[{"Name": "q"}]), "Properties"),
        (_namespace(Queues={"Name": "q"}), "Queues"),
        (_namespace(), "Queues"),
        ({"UserConfig": {"Namespaces": []}}, "Namespaces"),
        ([], "UserConfig"),
    ],
)
def test_what_cannot_be_done_is_named(document: Any, told: str) -> None:
    """A wrong or unsupported member stops the start, and the text says which one."""
    with pytest.raises(ConfigError, match=told):
        parse_config(document)


def test_an_unreadable_file(tmp_path: Path) -> None:
    """Missing and garbled files are told with their path."""
    with pytest.raises(ConfigError, match=r"none\.json"):
        read_config(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.json"):
        read_config(tmp_path / "bad.json")
