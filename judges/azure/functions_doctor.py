"""azure-functions-doctor looks at the app folder as it would be deployed to Flex Consumption."""  # noqa: INP001 - a script

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from pathlib import Path
from typing import Final

_ROOT = Path(__file__).parent.parent.parent
_PACKAGE = "azure-functions-doctor==0.23.1"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 120

_EXPLAINED: Final = {
    "check_programming_model_v2": "it looks for triggers on def alone; all of ours are async def",
    "check_native_dependency_risk": "azure.yaml asks for the build on Azure's own Linux that it recommends",
    "check_app_insights": ("it looks into local settings alone; infra/modules/app.bicep sets the connection"),
}
"""Remarks that do not hold here, by their rule, each with the reason. Any other one fails the judge."""


def _examined(folder: Path) -> list[dict[str, str]]:
    """What the doctor finds, one entry for each rule."""
    venv.create(folder / "venv", with_pip=True)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    install = [
        str(programs / "python"),
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        _PACKAGE,
    ]
    subprocess.run(install, check=True, timeout=_INSTALL_SECONDS)  # noqa: S603 - a fixed command
    report = folder / "report.json"
    run = [str(programs / "azure-functions-doctor"), "doctor", "--path", str(_ROOT), "--profile", "deploy"]
    run += ["--hosting-plan", "flex-consumption", "--target-python", "3.13"]
    run += ["--format", "json", "--output", str(report)]
    # Its status tells failures alone, and those stand in the report too; without a report it did not work.
    subprocess.run(run, check=False, timeout=_RUN_SECONDS, stdout=subprocess.DEVNULL)  # noqa: S603 - a fixed command
    sections = json.loads(report.read_text(encoding="utf-8"))["results"]
    return [item for section in sections for item in section["items"]]


def main() -> int:
    """Let the doctor look, and tell what it says.

    Returns:
        0 if it finds no fault, and warns of nothing that is not explained here, else 1.
    """
    with tempfile.TemporaryDirectory() as name:
        found = _examined(Path(name))
    bad = False
    for one in found:
        if one["status"] in ("pass", "skip"):
            continue
        reason = _EXPLAINED.get(one["rule_id"]) if one["status"] == "warn" else None
        bad = bad or reason is None
        word = "UNEXPLAINED" if reason is None else "explained  "
        sys.stdout.write(f"  {word}  {one['rule_id']}: {reason or one['value']}\n")
    counted = Counter(one["status"] for one in found)
    sys.stdout.write(", ".join(f"{counted[status]} {status}" for status in ("pass", "warn", "fail", "skip")))
    sys.stdout.write(f" ({_PACKAGE})\n")
    return 1 if bad or not counted["pass"] else 0


if __name__ == "__main__":
    sys.exit(main())
