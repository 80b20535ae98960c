"""Is an installed browser found, on each kind of machine?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import VARIABLE, find


def program(path: Path) -> Path:
    """An executable file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    return path


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome", "chrome", "msedge"])
def test_in_the_path(tmp_path: Path, name: str) -> None:
    """Each usual name is found on the PATH."""
    expected = program(tmp_path / name)
    assert find({"PATH": str(tmp_path)}, "linux") == expected


def test_in_the_applications_of_a_mac(tmp_path: Path) -> None:
    """Also in the person's own folder."""
    expected = program(tmp_path / "Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    assert find({"PATH": "", "HOME": str(tmp_path)}, "darwin", tmp_path / "root") == expected


def test_in_the_program_folders_of_windows(tmp_path: Path) -> None:
    """Windows says in variables where its folders are."""
    place = Path(tmp_path, r"Microsoft\Edge\Application\msedge.exe")
    expected = program(place)
    assert find({"PATH": "", "PROGRAMFILES(X86)": str(tmp_path)}, "win32") == expected


def test_the_one_that_is_named_wins(tmp_path: Path) -> None:
    """A path or a name in the variable goes before what is found."""
    program(tmp_path / "chromium")
    expected = program(tmp_path / "own" / "browser")
    for named, path in ((str(expected), ""), ("browser", str(expected.parent))):
        assert find({"PATH": path, VARIABLE: named}, "linux") == expected


def test_a_mistake_in_the_name_is_no_reason_to_take_another(tmp_path: Path) -> None:
    """Whoever names a browser wants that one."""
    program(tmp_path / "chromium")
    assert find({"PATH": str(tmp_path), VARIABLE: "/nowhere/browser"}, "linux") is None


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_there_may_be_none(platform: str, tmp_path: Path) -> None:
    """Then the answer is None, and the run says what it left out."""
    assert find({"PATH": str(tmp_path), "HOME": str(tmp_path)}, platform, tmp_path) is None
