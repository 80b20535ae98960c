"""Do timers run by schedule, by hand and at start-up?"""

import json
from pathlib import Path

import pytest

from tests.sandbox.functions.conftest import World
from tests.sandbox.functions.processes import RECORDING, App, eventually


def test_a_timer_runs_by_its_schedule(world: World) -> None:
    """Twice in a row, once for each second."""
    seen = eventually(lambda: world.app.recorded("often")[2:])
    first, second = (entry["at"] for entry in world.app.recorded("often")[1:3])
    assert int(second) - int(first) == 1
    assert not seen[0]["past_due"]
    assert seen[0]["status"] == {}


def test_runs_of_a_silenced_function_are_not_logged(world: World) -> None:
    """A logLevel of host.json holds for one function alone."""
    eventually(lambda: world.app.recorded("often"))
    assert "Functions.often" not in world.host.log
    assert "Functions.early" in world.host.log


def test_a_timer_runs_at_start_up_when_it_is_told_to(world: World) -> None:
    """Once, and not as past due."""
    (seen,) = eventually(lambda: world.app.recorded("early"))
    assert not seen["past_due"]


def test_an_admin_call_runs_a_timer_once(world: World) -> None:
    """202 at once, and the function sees the status its schedule has."""
    before = len(world.app.recorded("yearly"))
    answer = world.http.post("/admin/functions/Yearly", json={"input": None})
    assert (answer.status_code, answer.content) == (202, b"")
    seen = eventually(lambda: world.app.recorded("yearly")[before:])
    assert not seen[0]["past_due"]
    assert seen[0]["status"]["Next"].endswith("-01-01T00:00:00+00:00")


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("yearly", "", 400),
        ("yearly", "{", 400),
        ("yearly", "[]", 400),
        ("yearly", '{"input": 5}', 400),
        ("echo", '{"input": ""}', 400),
        ("nobody", '{"input": ""}', 404),
        ("never", '{"input": ""}', 404),
    ],
)
def test_wrong_admin_calls_run_nothing(world: World, path: str, content: str, status: int) -> None:
    """Only functions without HTTP trigger that are not disabled run, with {"input": text or null}."""
    assert world.http.post(f"/admin/functions/{path}", content=content).status_code == status


def test_a_disabled_timer_never_runs(world: World) -> None:
    """Its schedule is every second, as that of one that has run."""
    eventually(lambda: world.app.recorded("often"))
    assert world.app.recorded("never") == []


def test_a_turn_missed_while_the_host_was_down_runs_at_the_next_start(world: World) -> None:
    """A status file from before the turn makes it run as past due, and is brought up to date."""
    code = RECORDING + (
        '@app.timer_trigger(arg_name="timer", schedule="0 0 * * * *")\n'
        "def hourly(timer: func.TimerRequest) -> None:\n"
        '    record("hourly", past_due=timer.past_due, status=timer.schedule_status)\n'
    )
    app = App(world.app.folder.parent / "hourly", code, settings={})
    path = app.folder / "state" / "timers" / "hourly.json"
    path.parent.mkdir(parents=True)
    missed = {
        "Last": "0001-01-01T00:00:00",
        "Next": "2026-01-02T04:00:00+00:00",
        "LastUpdated": "2026-01-02T03:30:00+00:00",
    }
    path.write_text(json.dumps(missed), encoding="utf-8")
    host = app.start()
    try:
        (seen,) = eventually(lambda: app.recorded("hourly"))
        assert seen["past_due"]
        assert seen["status"]["Next"] == missed["Next"]
        eventually(lambda: _kept(path) != missed)
        kept = _kept(path)
        assert kept["Last"] == kept["LastUpdated"] < kept["Next"]
        assert host.terminate() == 0
    finally:
        host.close()


def _kept(path: Path) -> dict[str, str]:
    status: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return status
