"""Does dev.py find a Python that works, and does it make the environment anew exactly when it has to?"""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.world import HOME


def script(path: Path, text: str) -> str:
    """A program that is a shell script."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


def claims(path: Path, version: list[int], missing: list[str] | None = None) -> str:
    """A program that answers like a Python of some version."""
    return script(path, f"echo '{json.dumps([version, str(path), missing or []])}'")


def test_this_python_is_found() -> None:
    """A real interpreter answers with its version, and is good enough."""
    found = dev.probe([sys.executable])
    assert found is not None
    assert found.version[:2] == sys.version_info[:2]
    assert found.usable


def test_an_environment_gives_the_interpreter_that_it_was_made_with() -> None:
    """Called by the environment's own Python, the project may still make that environment anew."""
    assert sys.prefix != sys.base_prefix, "these tests run inside the environment"
    found = dev.probe([sys.executable])
    assert found is not None
    assert not Path(found.path).is_relative_to(sys.prefix)


@pytest.mark.parametrize(
    "text", ["exit 127", "echo command not found", "exit 0", "echo '[]'", "echo '[[3, 13, 0]]'", "echo 3.13"]
)
def test_a_shim_that_fails_is_not_a_python(tmp_path: Path, text: str) -> None:
    """A name on the PATH proves nothing."""
    assert dev.probe([script(tmp_path / "python3.13", text)]) is None


def test_a_python_that_hangs_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some stubs wait for a window that nobody sees."""
    monkeypatch.setattr(dev, "PROBE_SECONDS", 0.2)
    assert dev.probe([script(tmp_path / "python3", "exec sleep 30")]) is None


def test_a_missing_file_is_not_a_python(tmp_path: Path) -> None:
    """It is passed over, not a traceback."""
    assert dev.probe([str(tmp_path / "python3")]) is None


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([[3, 11, 7], [3, 13, 1]], [3, 13, 1]),
        ([[3, 14, 0], [3, 13, 1]], [3, 13, 1]),
        ([[3, 15, 0], [3, 14, 2]], [3, 14, 2]),
        ([[2, 7, 18], [3, 14, 0]], [3, 14, 0]),
    ],
)
def test_the_python_that_production_runs_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, offered: list[list[int]], chosen: list[int]
) -> None:
    """3.13 where there is one, else the oldest that is new enough."""
    commands = [[claims(tmp_path / f"python-{number}", one)] for number, one in enumerate(offered)]
    monkeypatch.setattr(dev, "candidates", lambda: iter(commands))
    assert list(dev.find_python().version) == chosen


def test_where_there_is_none_people_are_told_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence says what was looked at and why it does not do, for each system how to get one."""
    offered = [[claims(tmp_path / "old", [3, 11, 7])], [claims(tmp_path / "bare", [3, 13, 0], ["ensurepip"])]]
    monkeypatch.setattr(dev, "candidates", lambda: iter([*offered, [str(tmp_path / "shim")]]))
    monkeypatch.setattr(dev, "fetch_python", lambda: (None, "the network does not allow it"))
    with pytest.raises(dev.Failure) as raised:
        dev.find_python()
    said = str(raised.value)
    for words in (
        "the network does not allow it",
        "old is Python 3.11.7",
        "bare is Python 3.13.0 without ensurepip",
        "shim does not work",
        "Windows",
        "macOS",
        "Linux",
    ):
        assert words in said


def test_every_place_where_pythons_live_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each folder of the PATH, not only the first that has the name, and the version managers' folders."""
    for folder in ("shims", "bin", "pyenv/versions/3.13.0/bin", "uv/cpython-3.13/bin"):
        (tmp_path / folder).mkdir(parents=True)
    for path in ("shims/python3.13", "bin/python3.13", "pyenv/versions/3.13.0/bin/python3"):
        script(tmp_path / path, "exit 127")
    script(tmp_path / "uv/cpython-3.13/bin/python3", "exit 127")
    monkeypatch.setenv("PATH", os.pathsep.join(["", str(tmp_path / "shims"), str(tmp_path / "bin")]))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "pyenv"))
    monkeypatch.setenv("UV_PYTHON_INSTALL_DIR", str(tmp_path / "uv"))
    found = [command[0] for command in dev.candidates()]
    assert found[0] == sys.executable
    names = [str(Path(path).relative_to(tmp_path)) for path in found if path.startswith(str(tmp_path))]
    assert names == [
        "shims/python3.13",
        "bin/python3.13",
        "pyenv/versions/3.13.0/bin/python3",
        "uv/cpython-3.13/bin/python3",
    ]


class Workshop:
    """A project's folder in which making the environment is recorded instead of done."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        self.pins = folder / "requirements-dev.txt"
        self.venv = folder / ".venv"
        self.pins.write_text("one==1\n", encoding="utf-8")
        for name, path in {
            "HERE": folder,
            "VENV": self.venv,
            "STAMP": self.venv / "stamp.json",
            "PINS": self.pins,
        }.items():
            monkeypatch.setattr(dev, name, str(path))
        monkeypatch.setattr(dev, "call", self._call)
        self.interrupted = False

    def _call(self, command: list[str], _problem: str) -> None:
        if "venv" in command:
            self.calls.append("make")
            (self.venv / "bin").mkdir(parents=True)
            (self.venv / "bin" / "python").symlink_to(sys.executable)
        else:
            self.calls.append("install")
            if self.interrupted:
                raise KeyboardInterrupt


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """An empty project."""
    return Workshop(tmp_path, monkeypatch)


def test_the_environment_is_made_once(workshop: Workshop) -> None:
    """The second command finds it ready."""
    for _ in range(2):
        assert dev.prepare() == str(workshop.venv / "bin" / "python")
    assert workshop.calls == ["make", "install"]


def test_new_pins_make_a_new_environment(workshop: Workshop) -> None:
    """Nothing that is no longer pinned may be left over in it."""
    dev.prepare()
    (workshop.venv / "left-over").touch()
    workshop.pins.write_text("one==2\n", encoding="utf-8")
    dev.prepare()
    assert workshop.calls == ["make", "install"] * 2
    assert not (workshop.venv / "left-over").exists()


def test_other_line_ends_are_no_new_pins(workshop: Workshop) -> None:
    """Git may check the file out in the way of the system."""
    dev.prepare()
    workshop.pins.write_bytes(b"one==1\r\n")
    dev.prepare()
    assert workshop.calls == ["make", "install"]


def test_an_interrupted_set_up_is_done_again(workshop: Workshop) -> None:
    """Half an environment looks like a whole one; the stamp comes last."""
    workshop.interrupted = True
    with pytest.raises(KeyboardInterrupt):
        dev.prepare()
    workshop.interrupted = False
    dev.prepare()
    assert workshop.calls == ["make", "install"] * 2


@pytest.mark.parametrize("stamp", ["", "[]", "{", '{"pins": 1}'])
def test_a_broken_stamp_is_none(workshop: Workshop, stamp: str) -> None:
    """Whatever stands there, it is not trusted."""
    dev.prepare()
    (workshop.venv / "stamp.json").write_text(stamp, encoding="utf-8")
    dev.prepare()
    assert workshop.calls == ["make", "install"] * 2


def test_an_environment_whose_python_is_gone_is_made_anew(workshop: Workshop) -> None:
    """Version managers remove what an environment points at."""
    dev.prepare()
    python = workshop.venv / "bin" / "python"
    python.unlink()
    python.symlink_to(workshop.venv / "nowhere")
    dev.prepare()
    assert workshop.calls == ["make", "install"] * 2


def test_two_set_ups_do_not_run_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second waits for the first, and not for ever."""
    monkeypatch.setattr(dev, "SETUP_SECONDS", 0.3)
    path = str(tmp_path / "lock")
    with dev.one_at_a_time(path), pytest.raises(dev.Failure, match="too long"), dev.one_at_a_time(path):
        pytest.fail("both are in")
    with dev.one_at_a_time(path):
        pass


@pytest.mark.parametrize(
    "words", [[], ["run"], ["test"], ["judge"], ["lock"], ["torture"], ["bench"], ["setup"]]
)
def test_every_command_explains_itself(words: list[str]) -> None:
    """--help is enough to begin with."""
    told = subprocess.run(  # noqa: S603 - the project's own script
        [sys.executable, "dev.py", *words, "--help"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "usage: dev.py" in told.stdout


@pytest.mark.parametrize(
    "words",
    [["walk"], [], ["run", "--loud"], ["run", "--exit", "--no-scenario"], ["run", "--port-offset", "x"]],
)
def test_what_is_not_understood_is_told_without_a_traceback(words: list[str]) -> None:
    """Status 2, and the sentence of the parser."""
    told = subprocess.run(  # noqa: S603 - the project's own script
        [sys.executable, "dev.py", *words], cwd=HOME, capture_output=True, text=True, check=False, timeout=60
    )
    assert told.returncode == 2
    assert "Traceback" not in told.stderr
    assert "error:" in told.stderr


def test_what_pytest_understands_is_handed_to_it() -> None:
    """In its order, with the values of options."""
    chosen = dev.read_words(["test", "tests/jobs", "-k", "order", "-x"])
    assert chosen.rest == ["tests/jobs", "-k", "order", "-x"]
