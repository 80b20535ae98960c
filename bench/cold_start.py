"""How long does a fresh process need from the import of the app until its functions are indexed?

In an environment that holds what is deployed and nothing else: other packages, once installed, are
imported along. The engine itself is there before an app comes to it, in Azure as here. What the app puts off
to its first call is not gone: it is told beside the figure.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import venv
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from bench.results import Goal, Result
from bench.terms import HOME, Sizes

ENVIRONMENT: Final = HOME / ".venv-bench"
INSTALL_SECONDS: Final = 600
START_SECONDS: Final = 60
MOST: Final = 15
"""Lines of the list of what the time is spent on."""

OWN: Final = {"function_app": "the app itself", "jobs": "the app itself", "dataverse": "the app itself"} | {
    "spotler": "the app itself",
    "wire": "the app itself",
}

START: Final = """
import asyncio, json, sys, time
from pathlib import Path
begun = time.perf_counter()
from sandbox.functions import engine
engine_ready = time.perf_counter()
found = asyncio.run(engine.index(Path(sys.argv[1])))
indexed = time.perf_counter()
import jobs.composition
composed = time.perf_counter()
engine.close()
print(json.dumps([indexed - engine_ready, engine_ready - begun, composed - indexed, len(found)]))
"""

_LINE: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|(\s+)(\S+)")


def measure(sizes: Sizes) -> list[Result]:
    """The median of some starts, and where the time goes."""
    python = prepared()
    starts = [_start(python) for _ in range(sizes.starts + 1)][1:]
    median = statistics.median(start[0] for start in starts)
    later = statistics.median(start[2] for start in starts)
    imports = spent(_import_times(python))
    top = "; ".join(f"{name} {seconds * 1000:.0f}" for name, seconds in imports[:MOST])
    return [
        Result(
            "cold-start",
            "cold start: import of the app until indexed",
            median,
            "s",
            Goal("at most", 0.6),
            None,
            f"median of {sizes.starts}; the first call imports for {later:.3f} s more where the app leaves it to that; "
            f"own time of all these imports by package, in ms, under -X importtime: {top}",
            {
                "seconds": [round(start[0], 4) for start in starts],
                "engine_seconds": round(statistics.median(start[1] for start in starts), 4),
                "first_call_seconds": round(later, 4),
                "functions": starts[0][3],
                "imports_ms": {name: round(seconds * 1000, 1) for name, seconds in imports[:MOST]},
            },
        )
    ]


def prepared() -> Path:
    """The interpreter of an environment that holds exactly what requirements.txt names."""
    pins = HOME / "requirements.txt"
    stamp = ENVIRONMENT / "made-from"
    python = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    wanted = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return python
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", str(pins)]
    subprocess.run(install, check=True, timeout=INSTALL_SECONDS)  # noqa: S603 - the project's own pins
    stamp.write_text(wanted, encoding="ascii")
    return python


def spent(lines: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Own seconds of imports by package, most first; of Azure's packages two names tell which."""
    by_package: defaultdict[str, float] = defaultdict(float)
    for module, seconds in lines:
        by_package[_package(module)] += seconds
    return sorted(by_package.items(), key=lambda one: -one[1])


def _package(module: str) -> str:
    parts = module.split(".")
    if parts[0] == "azure":
        return ".".join(parts[:2])
    if parts[0] in OWN:
        return OWN[parts[0]]
    return "the standard library" if parts[0].lstrip("_") in _STANDARD or parts[0] in _STANDARD else parts[0]


_STANDARD: Final = sys.stdlib_module_names


def _start(python: Path) -> tuple[float, float, float, int]:
    told: list[Any] = json.loads(_run([str(python), "-c", START, str(HOME)]).stdout.splitlines()[-1])
    return float(told[0]), float(told[1]), float(told[2]), int(told[3])


def _import_times(python: Path) -> list[tuple[str, float]]:
    """Modules that are imported after the engine, with their own seconds."""
    told = _run([str(python), "-X", "importtime", "-c", START, str(HOME)]).stderr
    lines = [(found[4], int(found[1]) / 1e6) for found in _LINE.finditer(told)]
    names = [name for name, _ in lines]
    return lines[names.index("sandbox.functions.engine") + 1 :]


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    # No settings: what is measured ends before the first of them is read, but for the names in bindings.
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(HOME), "PYTHONUTF8": "1"}
    return subprocess.run(  # noqa: S603 - this interpreter, this script
        command, cwd=HOME, env=environment, check=True, capture_output=True, text=True, timeout=START_SECONDS
    )
