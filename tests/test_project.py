"""Does the project as a whole keep its own rules?"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.world import HOME

TEXT = {
    ".py",
    ".md",
    ".txt",
    ".toml",
    ".json",
    ".html",
    ".css",
    ".js",
    ".mjs",
    ".yaml",
    ".yml",
    ".bicep",
    ".sh",
    "",
}


def tracked() -> list[Path]:
    """Files of the project that are text: those in Git, and new ones that Git does not ignore."""
    git = shutil.which("git")
    assert git is not None
    listed = subprocess.run(  # noqa: S603 - a fixed command
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=HOME,
        capture_output=True,
        check=True,
        timeout=30,
    )
    names = listed.stdout.decode().split("\0")
    paths = [HOME / name for name in names if name and Path(name).suffix in TEXT]
    return [path for path in paths if path.is_file()]


def found(pattern: str) -> list[str]:
    """Every place in the project's files that matches: file, line number and the line."""
    sought = re.compile(pattern)
    return [
        f"{path.relative_to(HOME)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if sought.search(line)
    ]


def pins(name: str) -> dict[str, str]:
    """Version that a requirements file pins, by package; each of its lines must be a plain pin."""
    versions: dict[str, str] = {}
    for line in (HOME / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            match = re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.!+]+)( ; .+)?", line)
            assert match, f"{name}: not a plain pin: {line}"
            versions[canonicalize_name(match[1])] = match[2]
    return versions


def declared() -> tuple[list[Requirement], list[Requirement]]:
    """What pyproject.toml asks for: at run time, and for development."""
    project = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))
    runtime = [Requirement(text) for text in project["project"]["dependencies"]]
    return runtime, [Requirement(text) for text in project["dependency-groups"]["dev"]]


def test_every_direct_dependency_is_pinned_to_a_version_that_fits() -> None:
    """Both requirements files are in step with pyproject.toml; `dev.py lock` writes them."""
    runtime, development = declared()
    deployed, installed = pins("requirements.txt"), pins("requirements-dev.txt")
    for wanted, pinned in ((runtime, deployed), ([*runtime, *development], installed)):
        for requirement in wanted:
            version = pinned.get(canonicalize_name(requirement.name))
            assert version is not None, f"{requirement.name} is not pinned"
            assert requirement.specifier.contains(version), f"{requirement} does not allow {version}"


def test_what_is_tested_is_what_is_deployed() -> None:
    """Each pin of the deployment is also the one of development, and is what is installed here."""
    installed = pins("requirements-dev.txt")
    for name, version in pins("requirements.txt").items():
        assert installed.get(name) == version
        assert metadata.version(name) == version


def test_no_package_host_stands_in_any_file() -> None:
    """Packages come from wherever the machine is told to get them."""
    hosts = "|".join(("py" + "pi", "python" + "hosted", "npm" + "js", "npm-" + "registry", "/sim" + "ple/"))
    assert found(rf"https?://[^ \")]*({hosts})|--(extra-)?index" + "-url|" + '"resol' + 'ved":') == []


def test_no_path_of_one_machine_stands_in_any_file() -> None:
    """The project works wherever it is cloned to."""
    # Azure itself mounts an app below /home/site.
    assert found(r"(?<![\w.~$}/:-])/(work|root|farm|Users|home(?!/site))/|[A-Z]:\\\\?Users\\" + "") == []


def test_nothing_is_left_to_be_done() -> None:
    """No mark of unfinished work, and no test that is switched off."""
    marks = "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "Not" + r"ImplementedError\b(?!:)"))
    assert found(rf"\b({marks})") == []
    switched_off = r"pytest\.mark\.(sk" + r"ip|xf" + r"ail)|pytest\.(sk" + r"ip|xf" + r"ail)\("
    # Judges are other people's tests; what the sandbox says it does not imitate is left out of them.
    assert [line for line in found(switched_off) if not line.startswith("judges/")] == []


def test_every_file_says_which_question_it_answers() -> None:
    """Each Python file that is not empty begins with a docstring."""
    sources = {path: path.read_text(encoding="utf-8") for path in tracked() if path.suffix == ".py"}
    silent = [path for path, source in sources.items() if source and not ast.get_docstring(ast.parse(source))]
    assert silent == []


def test_a_lint_that_is_switched_off_says_why() -> None:
    """Beside each `noqa` stands which rule and the reason."""
    assert found(r"#\s*no" + r"qa(?!: [A-Z]+[0-9]+(, [A-Z]+[0-9]+)* - \w)") == []


def test_dev_py_runs_under_old_pythons() -> None:
    """Its syntax is that of Python 3.8, and it imports nothing but the standard library."""
    tree = ast.parse((HOME / "dev.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    standard = {
        *("__future__", "argparse", "ast", "contextlib", "fcntl", "glob", "hashlib", "json", "msvcrt", "os"),
        *("shutil", "signal", "subprocess", "sys", "tempfile", "threading", "time", "typing"),
    }
    assert imported <= standard


def test_no_retry_decorator_on_a_service_bus_trigger() -> None:
    """Azure heeds function-level retries for timers and streams only; on a queue they would do nothing."""
    tree = ast.parse((HOME / "function_app.py").read_text(encoding="utf-8"))
    triggers = 0
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [ast.unparse(decorator).partition("(")[0] for decorator in function.decorator_list]
            if any("service_bus" in name for name in names):
                triggers += 1
                assert not any(name.endswith("retry") for name in names), function.name
    assert triggers == 2
