"""`python -m tests.faults`: prints docs/faults.md as the table gives it; `--write` writes it."""

from __future__ import annotations

import argparse
import sys

from tests.faults.page import PAGE, page


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} instead of printing it")
    if parser.parse_args().write:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr] # a console may know no arrows
    sys.stdout.write(page())


if __name__ == "__main__":
    main()
