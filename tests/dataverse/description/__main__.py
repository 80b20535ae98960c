"""`python -m tests.dataverse.description`: prints docs/tables.md as the description gives it; `--write` writes it."""

from __future__ import annotations

import argparse
import sys

from tests.dataverse.description.page import PAGE, page


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.dataverse.description", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead of printing it")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # a console may not know every letter
    sys.stdout.write(page())


if __name__ == "__main__":
    main()
