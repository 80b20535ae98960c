#!/usr/bin/env python3
"""What does a person type to run this project, to test it, and to renew its pins?

Needs nothing but a Python 3 of the last years (3.8 or newer): it finds a Python 3.13 or newer, makes the
environment `.venv` with it, and hands over to the tools in there.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from typing import IO, Iterator, final

HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
STAMP = os.path.join(VENV, "made-from.json")
PINS = os.path.join(HERE, "requirements-dev.txt")
WINDOWS = os.name == "nt"
OLDEST = (3, 13)

PROBE_SECONDS = 20
FETCH_SECONDS = 600
SETUP_SECONDS = 1200
STATIC_SECONDS = 600
TEST_SECONDS = 1800
JUDGE_SECONDS = 1800
TORTURE_SECONDS = 24 * 3600
BENCH_SECONDS = 2 * 3600
STOP_SECONDS = 30

PROBE = """
import json, sys
missing = []
for name in ("venv", "ensurepip", "ssl", "sqlite3", "ctypes"):
    try:
        __import__(name)
    except ImportError:
        missing.append(name)
# Inside an environment its own link to the interpreter goes when the environment is made anew.
path = getattr(sys, "_base_executable", None) or sys.executable
print(json.dumps([list(sys.version_info[:3]), path, missing]))
"""

PARTS = ("console", "functions", "spotler", "dataverse", "servicebus")


class Failure(Exception):  # noqa: N818 - a person reads its text, not its name
    """Something a person can mend; the text says what is wrong and what to do."""


# --- which Python? ---------------------------------------------------------------------------------------


class Python:
    """An interpreter that answered.

    Attributes:
        path: of the executable.
        version: three numbers.
        missing: standard modules the environment needs and this interpreter was built without.
    """

    def __init__(self, path: str, version: tuple[int, ...], missing: list[str]) -> None:
        self.path = path
        self.version = version
        self.missing = missing

    @property
    def usable(self) -> bool:
        """Whether the project's environment can be made with it."""
        return self.version[:2] >= OLDEST and not self.missing

    def __str__(self) -> str:
        words = "{} is Python {}".format(self.path, ".".join(str(number) for number in self.version))
        return words + (" without {}".format(", ".join(self.missing)) if self.missing else "")


def probe(command: list[str]) -> Python | None:
    """Run an interpreter with a tiny script; None where it does not work.

    A name on the PATH proves nothing: it may be a version manager's shim that fails when it is called.
    """
    try:
        done = subprocess.run(
            [*command, "-c", PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PROBE_SECONDS,
            env=environment(),
            check=False,
        )
        version, path, missing = json.loads(done.stdout.decode("utf-8", "replace"))
    except (OSError, ValueError, TypeError, subprocess.TimeoutExpired):
        return None
    return Python(str(path), tuple(version), list(missing))


def candidates() -> Iterator[list[str]]:
    """Commands that may start a Python, likeliest first."""
    yield [sys.executable]
    for name in ("python3.13", "python3.14", "python3", "python"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            found = shutil.which(name, path=folder) if folder else None
            if found:
                yield [found]
    launcher = shutil.which("py") if WINDOWS else None
    if launcher:
        yield [launcher, "-3.13"]
        yield [launcher, "-3.14"]
    for pattern in (
        "$PYENV_ROOT/versions/*/bin/python3",
        "~/.pyenv/versions/*/bin/python3",
        "~/.pyenv/pyenv-win/versions/*/python.exe",
        "/opt/homebrew/bin/python3.1[3-9]",
        "/usr/local/bin/python3.1[3-9]",
        "/Library/Frameworks/Python.framework/Versions/3.1[3-9]/bin/python3",
        "$UV_PYTHON_INSTALL_DIR/*/bin/python3",
        "~/.local/share/uv/python/*/bin/python3",
        "$APPDATA/uv/python/*/python.exe",
        "$LOCALAPPDATA/Programs/Python/Python31[3-9]/python.exe",
    ):
        for path in sorted(glob.glob(os.path.expanduser(os.path.expandvars(pattern)))):
            yield [path]


def find_python() -> Python:
    """The oldest working Python that is new enough: production runs 3.13, so that comes first.

    Raises:
        Failure: there is none, and none could be fetched.
    """
    best: Python | None = None
    seen: list[str] = []
    for command in candidates():
        found = probe(command)
        words = str(found) if found else "{} does not work".format(" ".join(command))
        if words not in seen:
            seen.append(words)
        if found is None or not found.usable:
            continue
        if found.version[:2] == OLDEST:
            return found
        if best is None or found.version[:2] < best.version[:2]:
            best = found
    if best is not None:
        return best
    fetched, reason = fetch_python()
    if fetched is not None:
        return fetched
    raise Failure(
        "no working Python {}.{} or newer was found, and none could be fetched: {}.\n"
        "Install one and call this again:\n"
        "  Windows   winget install Python.Python.3.13\n"
        "  macOS     brew install python@3.13\n"
        "  Linux     the packages python3.13 and python3.13-venv, or: pyenv install 3.13\n"
        "Looked at:\n  {}".format(OLDEST[0], OLDEST[1], reason, "\n  ".join(seen))
    )


def fetch_python() -> tuple[Python | None, str]:
    """Let uv fetch a Python where the network allows it; else None and why not."""
    say("No Python {}.{} or newer here; asking uv to fetch one ...".format(*OLDEST))
    with tempfile.TemporaryDirectory(prefix="uv-") as folder:
        uv = shutil.which("uv")
        if uv is None:
            pip = [sys.executable, "-m", "pip", "install", "-q", "--target", folder, "uv"]
            if quiet(pip, FETCH_SECONDS) is None:
                return None, "uv is not installed and pip could not install it"
            uv = os.path.join(folder, "bin", "uv.exe" if WINDOWS else "uv")
        version = "{}.{}".format(*OLDEST)
        if quiet([uv, "python", "install", version], FETCH_SECONDS) is None:
            return None, "`uv python install {}` failed".format(version)
        path = quiet([uv, "python", "find", version], PROBE_SECONDS, UV_PYTHON_PREFERENCE="only-managed")
        found = probe([path.strip()]) if path else None
    if found is None or not found.usable:
        return None, "what uv fetched does not work"
    return found, ""


def quiet(command: list[str], seconds: float, **variables: str) -> str | None:
    """What a command prints on stdout, or None where it cannot be started, fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            env=environment(**variables),
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


# --- the environment -------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    """Variables for what is started: those of the caller, less what would bend another Python's imports."""
    bending = ("PYTHONHOME", "PYTHONPATH", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")
    kept = {name: value for name, value in os.environ.items() if name not in bending}
    # A Windows console's own encoding cannot print the emoji of the labels.
    return {**kept, "PYTHONUTF8": "1", **more}


def tool(name: str) -> str:
    """Path of a program in the project's environment."""
    return os.path.join(VENV, "Scripts", name + ".exe") if WINDOWS else os.path.join(VENV, "bin", name)


def prepare() -> str:
    """Path of the environment's Python; the environment is made where it is missing, broken or outdated.

    It is a function of the pins and the interpreter: when one of them changes it is made anew, so that no
    package outlives its pin. The stamp is written last; an interrupted set-up has none and is done again.

    Raises:
        Failure: no Python was found, or the packages could not be installed.
    """
    with one_at_a_time(os.path.join(HERE, ".sandbox", "set-up.lock")):
        if made_from() == wanted(probe([tool("python")])):
            return tool("python")
        python = find_python()
        say("Making .venv with Python {} ...".format(".".join(str(part) for part in python.version)))
        started = time.monotonic()
        shutil.rmtree(VENV, ignore_errors=True)
        call([python.path, "-m", "venv", "--clear", VENV], "the environment .venv could not be made")
        say("Installing the pinned packages; the first time takes a minute or two ...")
        call(
            [tool("python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check", "-r", PINS],
            "pip could not install requirements-dev.txt (its own words stand above); "
            "is the network or the machine's package mirror reachable?",
        )
        stamp = wanted(probe([tool("python")]))
        if stamp is None:
            raise Failure("the Python in .venv does not start although it was just made")
        with open(STAMP, "w", encoding="utf-8") as file:
            json.dump(stamp, file)
        say("Ready after {:.0f} s.".format(time.monotonic() - started))
        return tool("python")


def wanted(python: Python | None) -> dict[str, str] | None:
    """What the stamp has to say for the environment of `python` to be used as it is."""
    if python is None or not python.usable:
        return None
    with open(PINS, "rb") as file:
        pins = hashlib.sha256(file.read().replace(b"\r\n", b"\n")).hexdigest()
    return {"pins": pins, "python": ".".join(str(number) for number in python.version)}


def made_from() -> dict[str, str]:
    """What the stamp says; empty where there is none or it cannot be read."""
    try:
        with open(STAMP, encoding="utf-8") as file:
            stamp = json.load(file)
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


@contextlib.contextmanager
def one_at_a_time(path: str) -> Iterator[None]:
    """Keep two commands from making the environment at the same time; the system frees a dead one's lock."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "a+", encoding="utf-8") as file:
        end = time.monotonic() + SETUP_SECONDS
        while not locked(file):
            if time.monotonic() > end:
                raise Failure("another dev.py has been making .venv for too long; end it and try again")
            time.sleep(0.2)
        yield


def locked(file: IO[str]) -> bool:
    """Whether the lock on an open file could be taken; it is held until the file is closed."""
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - exists on Windows alone

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - does not exist on Windows

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def call(command: list[str], problem: str) -> None:
    """Run a command whose output a person may see.

    Raises:
        Failure: with `problem` as its text, where the command fails or takes too long.
    """
    try:
        subprocess.run(command, cwd=HERE, env=environment(), timeout=SETUP_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        raise Failure(problem) from None


# --- run -------------------------------------------------------------------------------------------------


def run(chosen: argparse.Namespace) -> int:
    """Start the whole sandbox and, unless told otherwise, play the scenario."""
    words = [prepare(), "-m", "sandbox.world", "--port-offset", str(chosen.port_offset)]
    words += [] if chosen.no_scenario else ["--scenario"]
    words += ["--exit"] if chosen.exit else []
    for setting in chosen.set:
        words += ["--set", setting]
    for part in PARTS:
        port = getattr(chosen, part + "_port")
        words += ["--{}-port".format(part), str(port)] if port is not None else []
    if not WINDOWS:
        # In place of this process: signals reach the supervisor itself, and its status is the command's.
        os.chdir(HERE)
        os.execve(words[0], words, environment())  # noqa: S606 - no shell is wanted
    with Children() as children:
        return children.run(words, TEST_SECONDS if chosen.exit else None)


# --- test ------------------------------------------------------------------------------------------------


class Step:
    """One check: its command, and afterwards its status, its seconds and what it printed."""

    def __init__(self, name: str, command: list[str]) -> None:
        self.name = name
        self.command = command
        self.status: int | None = None
        self.seconds = 0.0
        self.output = ""

    def line(self) -> str:
        """The step's line in the summary."""
        if self.status is None:
            return "not run   {}".format(self.name)
        word = "ok" if self.status == 0 else "FAILED"
        return "{:<9} {:<13} {:6.1f} s".format(word, self.name, self.seconds)


def static_steps(python: str) -> list[Step]:
    """The checks that run no code of the project."""
    # What is deployed may need only what is deployed with it; the engine is named for Azure to install.
    deployed = ["--extend-exclude", r"^(sandbox|tests|judges|bench)/|^dev\.py$"]
    deployed += ["--per-rule-ignores", "DEP002=azure-functions-runtime"]
    return [
        Step("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("ruff check", [python, "-m", "ruff", "check", "."]),
        Step("lint-imports", [tool("lint-imports")]),
        Step("deptry", [tool("deptry"), ".", *deployed]),
        Step("mypy", [python, "-m", "mypy", "."]),
    ]


def test(chosen: argparse.Namespace) -> int:
    """Run every check; the last line says whether all is green."""
    python = prepare()
    begun = time.monotonic()
    named = bool(chosen.rest)
    steps = [] if named else static_steps(python)
    missing = not_run(python, chosen, named=named)
    marks = ["-m", "not world and not browser"] if chosen.fast else []
    if not named:
        # Most of the time is spent waiting for processes to start and end, so four at once suit two cores.
        # A worker that ends in the middle, as one does whose test hangs, has failed; its tests are not tried again.
        marks += ["-n", "4", "--dist", "loadfile", "--max-worker-restart", "0"]
    pytest = Step("pytest", [python, "-m", "pytest", *marks, *chosen.rest])
    with Children() as children:
        beside = threading.Thread(target=run_quietly, args=(steps, children), daemon=True)
        beside.start()
        at = time.monotonic()
        pytest.status = children.run(pytest.command, TEST_SECONDS)
        pytest.seconds = time.monotonic() - at
        # Each step has its own time-out; this is only the ceiling over them.
        beside.join(timeout=STATIC_SECONDS * (len(steps) + 1))
    steps.append(pytest)
    for step in steps:
        if step.status != 0 and step.output:
            say("\n--- {} ---\n{}".format(step.name, step.output.rstrip()))
    say("")
    for step in steps:
        say(step.line())
    for words in missing:
        say("\nNOT RUN: " + words)
    seconds = time.monotonic() - begun
    bad = [step.name for step in steps if step.status != 0]
    if bad:
        say("\nFAILED after {:.0f} s: {}".format(seconds, ", ".join(bad)))
        return 1
    but = ", apart from what was NOT RUN (said above)" if missing else ""
    say("\nAll green after {:.0f} s{}.".format(seconds, but))
    return 0


def not_run(python: str, chosen: argparse.Namespace, *, named: bool) -> list[str]:
    """What this call leaves out, in words, and how to run it."""
    left_out = []
    if named:
        left_out.append(
            "ruff, mypy, lint-imports and deptry, and the tests you did not name. For all of it:\n"
            "  python3 dev.py test"
        )
    if chosen.fast:
        left_out.append(
            "the tests that start the whole sandbox or a browser. For all of it:\n  python3 dev.py test"
        )
    elif quiet([python, "-m", "tests.browser"], PROBE_SECONDS) is None:
        left_out.append(
            "the tests of the console page in a real browser, because no Chromium, Chrome or Edge "
            "was found.\n  Install one (Debian, Ubuntu: apt-get install chromium) "
            "or name one in SANDBOX_BROWSER, then:\n  python3 dev.py test"
        )
    return left_out


def run_quietly(steps: list[Step], children: Children) -> None:
    """Run steps one after the other and keep what they print; a failed one does not keep back the next."""
    for step in steps:
        at = time.monotonic()
        with tempfile.TemporaryFile() as file:
            step.status = children.run(step.command, STATIC_SECONDS, file)
            file.seek(0)
            step.output = file.read().decode("utf-8", "replace")
        step.seconds = time.monotonic() - at


# --- judge and lock --------------------------------------------------------------------------------------


def judge(chosen: argparse.Namespace) -> int:
    """Run the opt-in judges: other people's programs against the sandbox."""
    scripts = sorted(glob.glob(os.path.join(HERE, "judges", "*", "*.py")))
    known = {
        os.path.splitext(os.path.relpath(path, os.path.join(HERE, "judges")))[0].replace(os.sep, "/"): path
        for path in scripts
        if not os.path.basename(path).startswith("_")
    }
    names = [
        name
        for name in known
        if not chosen.names or name in chosen.names or name.split("/")[0] in chosen.names
    ]
    strangers = [
        name
        for name in chosen.names
        if name not in known and not any(one.split("/")[0] == name for one in known)
    ]
    if strangers:
        raise Failure(
            "no judge is called {}; there are: {}".format(", ".join(strangers), ", ".join(known) or "none")
        )
    if chosen.list:
        for name in names:
            say("{:<30} {}".format(name, first_line(known[name])))
        return 0
    if not names:
        raise Failure("there is no judge in the folder judges")
    python = prepare()
    steps = [Step(name, [python, known[name]]) for name in names]
    with Children() as children:
        for step in steps:
            say("\n=== {}: {}".format(step.name, first_line(known[step.name])))
            at = time.monotonic()
            step.status = children.run(step.command, JUDGE_SECONDS)
            step.seconds = time.monotonic() - at
    say("")
    for step in steps:
        say(step.line())
    return 0 if all(step.status == 0 for step in steps) else 1


def torture(chosen: argparse.Namespace) -> int:
    """Kill parts and switch faults on at random while jobs flow, and hold the promises."""
    python = prepare()
    with Children() as children:
        return children.run([python, "-m", "tests.torture", *chosen.rest], TORTURE_SECONDS)


def bench(chosen: argparse.Namespace) -> int:
    """Measure the app beside the plain design and write the figures down."""
    python = prepare()
    with Children() as children:
        return children.run([python, "-m", "bench", *chosen.rest], BENCH_SECONDS)


def setup(_chosen: argparse.Namespace) -> int:
    """Make the environment, and nothing else."""
    say("{} is ready.".format(os.path.relpath(prepare())))
    return 0


def first_line(path: str) -> str:
    """The first line of a script's docstring."""
    with open(path, encoding="utf-8") as file:
        return (ast.get_docstring(ast.parse(file.read())) or "").partition("\n")[0]


def lock(chosen: argparse.Namespace) -> int:
    """Write both requirements files anew from pyproject.toml; pins that still fit are kept."""
    prepare()
    resolve = [tool("uv"), "pip", "compile", "-q", "--no-header", "--universal", "--python-version", "3.13"]
    resolve += ["--upgrade"] if chosen.upgrade else []
    problem = "uv could not resolve the packages (its own words stand above)"
    call([*resolve, "pyproject.toml", "-o", "requirements.txt"], problem)
    group = ["--group", "dev", "-c", "requirements.txt"]
    call([*resolve, *group, "pyproject.toml", "-o", "requirements-dev.txt"], problem)
    say("requirements.txt and requirements-dev.txt are written; see what changed with: git diff")
    return 0


# --- processes -------------------------------------------------------------------------------------------


@final
class Children:
    """Processes that do not outlive the command.

    Leaving the block by Ctrl-C gives them time to clean up; whatever is left at its end is killed.
    """

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._lock:
            self._closed = True
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            # A second Ctrl-C must not cut their cleaning up short.
            for name in (signal.SIGINT, signal.SIGTERM):
                signal.signal(name, signal.SIG_IGN)
            self._wait_for_cleaning(tell=kind is Terminated)
        for child in self._running:
            if child.poll() is None:
                child.kill()
                child.wait(timeout=STOP_SECONDS)

    def run(self, command: list[str], seconds: float | None, output: IO[bytes] | None = None) -> int:
        """Run a command in the project's folder to its end; its exit status.

        One that takes longer than `seconds` is killed and has failed, as has one asked for after the end.
        """
        child = self._start(command, output)
        if child is None:
            return 1
        try:
            return child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            say("Killed after {} s without a result: {}".format(seconds, " ".join(command)))
            return 1

    def _start(self, command: list[str], output: IO[bytes] | None) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._closed:
                return None
            child = subprocess.Popen(
                command,
                cwd=HERE,
                env=environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=None if output is None else subprocess.STDOUT,
            )
            self._running.append(child)
        return child

    def _wait_for_cleaning(self, *, tell: bool) -> None:
        """A Ctrl-C reaches them from the terminal, and only once; a SIGTERM has to be told."""
        end = time.monotonic() + STOP_SECONDS
        for child in self._running:
            if tell and child.poll() is None and not WINDOWS:
                child.send_signal(signal.SIGINT)
        for child in self._running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(timeout=max(0.1, end - time.monotonic()))


# --- the command line ------------------------------------------------------------------------------------


def say(words: str) -> None:
    """Print a line at once, also into a pipe."""
    print(words, flush=True)


def read_words(words: list[str]) -> argparse.Namespace:
    """What is asked for; ends the program with status 2 and a sentence where it is not understood."""
    parser = argparse.ArgumentParser(prog="dev.py", description="Run and test Spotler Jobs for Dataverse.")
    commands = parser.add_subparsers(dest="command", metavar="command", required=True)

    one = commands.add_parser(
        "run",
        help="start the whole sandbox on this machine and play the scenario",
        description="Starts Service Bus, Spotler, Dataverse, the Functions host with the app, and the "
        "console page. Then creates the jobs of the scenario, shows each row as it reaches its result, and "
        "stays up until Ctrl-C.",
    )
    one.add_argument(
        "--exit",
        action="store_true",
        help="end after the scenario; status 0 only if every row is as it should be",
    )
    one.add_argument("--no-scenario", action="store_true", help="only start everything")
    one.add_argument("--port-offset", type=int, default=0, metavar="N", help="add N to every port")
    for part in PARTS:
        one.add_argument(
            "--{}-port".format(part), type=int, metavar="PORT", help="port of the part {}".format(part)
        )
    one.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an app setting, such as RESULT_LANGUAGE=nl",
    )
    one.set_defaults(act=run)

    two = commands.add_parser(
        "test",
        help="run every check: format, lint, types, imports, dependencies, tests",
        description="Runs ruff, mypy, import-linter, deptry and all tests, also those that start the whole "
        "sandbox and those in a real browser where one is installed. Anything that is not understood here is "
        "handed to pytest, and then pytest alone runs: python3 dev.py test tests/jobs -k order",
    )
    two.add_argument(
        "--fast", action="store_true", help="leave out the tests that start the whole sandbox or a browser"
    )
    two.set_defaults(act=test)

    three = commands.add_parser(
        "judge",
        help="run other people's programs against the sandbox (needs a package registry)",
        description="Runs the scripts in judges/: clients and tests by others that judge the sandbox. They "
        "fetch what they need when they run, so they are not part of the tests.",
    )
    three.add_argument(
        "names", nargs="*", metavar="name", help="a judge or a folder of judges; all where none is named"
    )
    three.add_argument("--list", action="store_true", help="say which judges there are")
    three.set_defaults(act=judge)

    five = commands.add_parser(
        "torture",
        help="kill parts and switch faults on at random while jobs flow, and hold the promises",
        description="Plays rounds of random trouble on a sandbox of its own, checks every promise after each "
        "one, and ends with 1 at the first that is broken, with the seed that reproduces it. What is not "
        "understood here is handed on: python3 dev.py torture --minutes 10 --seed 7; "
        "python3 dev.py torture -- --help tells all of it.",
    )
    five.set_defaults(act=torture)

    six = commands.add_parser(
        "bench",
        help="measure the app under load beside the plain design (takes about half an hour)",
        description="Runs the app in the sandbox with the latencies of the real services, beside the design that "
        "one would write first, prints a table and writes bench/results.json. What is not understood here is "
        "handed on: python3 dev.py bench -- --help tells all of it.",
    )
    six.set_defaults(act=bench)

    seven = commands.add_parser(
        "setup",
        help="make the environment .venv, and nothing else",
        description="Makes .venv with all that the other commands need, for calling the project's own commands: "
        "python -m dataverse, python -m spotler smoke.",
    )
    seven.set_defaults(act=setup)

    four = commands.add_parser(
        "lock",
        help="write the pinned requirements files anew from pyproject.toml",
        description="Resolves pyproject.toml to requirements.txt (what is deployed) and requirements-dev.txt "
        "(that, and the tools). Pins that still fit are kept.",
    )
    four.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    four.set_defaults(act=lock)

    chosen, rest = parser.parse_known_args(words)
    if rest and chosen.command not in ("test", "torture", "bench"):
        parser.error("not understood: {}".format(" ".join(rest)))
    chosen.rest = [word for word in rest if word != "--"] if chosen.command in ("torture", "bench") else rest
    if chosen.command == "run" and chosen.exit and chosen.no_scenario:
        parser.error("--exit ends after the scenario, so it does not go with --no-scenario")
    return chosen


class Terminated(KeyboardInterrupt):
    """Somebody asked this process, and it alone, to end."""


def interrupted(_number: int, _frame: object) -> None:
    """Let a request to end be handled like Ctrl-C."""
    raise Terminated


def main(words: list[str]) -> int:
    """Run one command; 0 done, 1 it failed, 2 not understood, 130 interrupted."""
    chosen = read_words(words)
    signal.signal(signal.SIGTERM, interrupted)
    try:
        status = chosen.act(chosen)
    except Failure as failure:
        sys.stdout.flush()
        print("\ndev.py: {}".format(failure), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
