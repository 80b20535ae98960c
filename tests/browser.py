"""Where on this machine is a browser that the tests can drive?

`python -m tests.browser` prints its path, or says on stderr that there is none and ends with status 1.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

VARIABLE = "SANDBOX_BROWSER"
"""Environment variable that names a browser and wins over what is found."""

_COMMANDS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
_MACOS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_WINDOWS_FOLDERS = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")

ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
"""Without its own sandbox the browser also runs as root in a container; it opens our own page alone."""


def find(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform, root: Path = Path("/")
) -> Path | None:
    """Path of an installed Chromium, Chrome or Edge; None where there is none.

    A browser named in `VARIABLE` that is not there counts as none: a typing mistake must not go unnoticed.

    Args:
        environment: Variables of the process.
        platform: As `sys.platform` names it.
        root: Of the file system; only a Mac's own folder of applications is looked for from there.
    """
    named = environment.get(VARIABLE)
    if named:
        found = shutil.which(named, path=environment.get("PATH"))
        return Path(found) if found else None
    return next(_installed(environment, platform, root), None)


def _installed(environment: Mapping[str, str], platform: str, root: Path) -> Iterator[Path]:
    for command in _COMMANDS:
        found = shutil.which(command, path=environment.get("PATH", ""))
        if found:
            yield Path(found)
    if platform == "darwin":
        places = [
            Path(folder, "Applications", app)
            for folder in (root, environment.get("HOME", root))
            for app in _MACOS
        ]
    elif platform == "win32":
        folders = [environment[name] for name in _WINDOWS_FOLDERS if environment.get(name)]
        places = [Path(folder, app) for app in _WINDOWS for folder in folders]
    else:
        places = []
    yield from (place for place in places if place.is_file())


def main() -> int:
    """Print the browser's path; 1 where there is none."""
    found = find()
    if found is None:
        sys.stderr.write(f"No Chromium, Chrome or Edge was found; name one in {VARIABLE}.\n")
        return 1
    sys.stdout.write(f"{found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
