"""Does the page say what the table says?"""

from __future__ import annotations

from tests.faults.page import PAGE, page
from tests.faults.table import cases


def test_the_page_is_up_to_date() -> None:
    """docs/faults.md is what the table gives; mend it by `python -m tests.faults --write`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_can_be_found() -> None:
    """docs/reliability.md leads to it."""
    assert "(faults.md)" in (PAGE.parent / "reliability.md").read_text(encoding="utf-8")


def test_every_line_of_the_table_is_told() -> None:
    """What a person reads on a row stands on the page, word by word."""
    told = page()
    for _, _, expected in cases():
        assert f"*{expected.meanwhile.row.status}*" in told
        assert all(word in told for word in expected.meanwhile.row.words)
