"""Does every link between the pages lead somewhere, and is every page led to?"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.test_project import tracked
from tests.world import HOME

FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`]*`")
LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)

ENTRANCES = (HOME / "README.md", HOME / "docs" / "architecture.md")
ELSEWHERE = {
    "local.settings.json",  # a person makes it from the sample
    "bench/results.json",  # the bench writes it
    "spotler_/job_form.js",  # what the form's script is called in Dataverse
    "config.json",  # of the official emulator
}
NAMES = {path.name for path in tracked()}
PAGES = sorted([*HOME.glob("*.md"), *(HOME / "docs").rglob("*.md")])


def links(page: Path) -> list[str]:
    """Where a page's links lead, those to other sites left out."""
    prose = CODE.sub("code", FENCE.sub("", page.read_text(encoding="utf-8")))
    return [target for target in LINK.findall(prose) if not re.match(r"[a-z][a-z0-9+.-]*:", target)]


def anchors(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    found: set[str] = set()
    seen: Counter[str] = Counter()
    for heading in HEADING.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(slug if not seen[slug] else f"{slug}-{seen[slug]}")
        seen[slug] += 1
    return found


def aim(page: Path, link: str) -> tuple[Path, str]:
    """The file or folder that a link names, and the heading in it."""
    path, _, anchor = unquote(link).partition("#")
    return ((page.parent / path).resolve() if path else page), anchor


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_links_lead_somewhere(page: Path) -> None:
    """File, folder and heading are there, inside this project."""
    for link in links(page):
        target, anchor = aim(page, link)
        assert target.is_relative_to(HOME), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_every_page_is_led_to() -> None:
    """From README.md or docs/architecture.md one gets to every page; a link to a folder shows its files."""
    reached: set[Path] = set()
    todo = list(ENTRANCES)
    while todo:
        page = todo.pop()
        if page in reached or not page.exists():
            continue
        reached.add(page)
        for target in (aim(page, link)[0] for link in links(page)):
            todo += [target] if target.suffix == ".md" else target.glob("*.md") if target.is_dir() else []
    assert [str(page.relative_to(HOME)) for page in PAGES if page not in reached] == []


def test_every_picture_is_shown() -> None:
    """Pictures among the pages are shown on one of them."""
    shown = {aim(page, link)[0] for page in PAGES for link in links(page)}
    pictures = [path for path in (HOME / "docs").rglob("*") if path.suffix in {".png", ".svg"}]
    assert pictures
    assert [path.name for path in pictures if path not in shown] == []


def test_a_link_is_seen_and_a_heading_named_as_github_does(tmp_path: Path) -> None:
    """The readers above find what they have to: a test of links that sees none would always pass."""
    page = tmp_path / "page.md"
    page.write_text(
        "# What's `in` it? (all)\n[a](b.md) and ![c\nd](e.png)\n```\n[no](f.md)\n# no\n```\n`[no](g.md)`"
        " <https://h> [i](https://j) [k [l]](m.md#n)\n## Twice\n## Twice\n",
        encoding="utf-8",
    )
    assert links(page) == ["b.md", "e.png", "m.md#n"]
    assert anchors(page) == {"whats-in-it-all", "twice", "twice-1"}


def named(page: Path) -> set[str]:
    """Files of this project that a page names as code, such as `jobs/sizes.py` or `sizes.py`."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    spans = (span.strip("`") for span in CODE.findall(text))
    return {
        span
        for span in spans
        if re.fullmatch(r"[\w.-]+(/[\w.-]+)*\.(py|md|js|mjs|json|yaml|toml|bicep)", span)
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOME)))
def test_files_that_pages_name_are_there(page: Path) -> None:
    """A path from the top of the project, or the bare name of some file in it; a renamed file is noticed."""
    gone = {name for name in named(page) if not (HOME / name).exists() and name not in NAMES} - ELSEWHERE
    assert gone == set()
