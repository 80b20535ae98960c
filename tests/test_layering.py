"""Which outside packages may which file know? What import-linter cannot say, because it sees `azure` as one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ("jobs", "spotler", "dataverse", "wire")


def imported(path: Path) -> set[str]:
    """Every module that a file imports, with the names taken from it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def knowing(package: str) -> set[str]:
    """Files of the product that import `package` or something in it."""
    files = [ROOT / "function_app.py", *(path for name in PRODUCT for path in (ROOT / name).rglob("*.py"))]
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if any(name == package or name.startswith(f"{package}.") for name in imported(path))
    }


@pytest.mark.parametrize(
    ("package", "files"),
    [
        ("azure.functions", {"function_app.py"}),
        ("azure.servicebus", {"jobs/queues.py"}),
        ("azure.identity", {"jobs/identity.py", "dataverse/provisioning/signing_in.py"}),
        ("oauthlib", {"spotler/signing.py"}),
        (
            "httpx",
            {
                "wire/exchange.py",
                "wire/failures.py",
                "spotler/__main__.py",
                "spotler/client.py",
                "spotler/signing.py",
                "dataverse/channel.py",
                "dataverse/client.py",
                "dataverse/tokens.py",
                "dataverse/provisioning/command.py",
                "dataverse/provisioning/sending.py",
                "jobs/composition.py",
            },
        ),
        ("opentelemetry", {"jobs/telemetry_otel.py"}),
        ("azure.monitor", {"jobs/telemetry_otel.py"}),
        ("sandbox", set()),
    ],
)
def test_only_these_files_know(package: str, files: set[str]) -> None:
    """An outside package has exactly the places that the design gives it."""
    assert files == knowing(package)
