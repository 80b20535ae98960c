"""Are the page's colours far enough apart to be read, light and dark?"""

from __future__ import annotations

import re

import pytest

from sandbox.console.server import PAGE

AA = 4.5
"""Least contrast of text by WCAG 2.2, success criterion 1.4.3."""

TEXT_ON_GROUND = [
    ("ink", "ground"),
    ("ink", "card"),
    ("ink", "sunk"),
    ("muted", "ground"),
    ("muted", "card"),
    ("muted", "sunk"),
    ("accent", "card"),
    ("accent", "accent-soft"),
    ("on-accent", "accent"),
    ("late", "card"),
    *((tone, f"{tone}-soft") for tone in ("good", "bad", "late", "busy", "doubt", "off")),
    ("good", "late-soft"),
    ("good", "card"),
    ("bad", "card"),
    *((world, "ground") for world in ("dynamics", "between", "spotler")),
]


def palettes() -> dict[str, dict[str, str]]:
    """The colours by name, of the light and the dark scheme."""
    css = (PAGE / "style.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    return {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for name, block in zip(("light", "dark"), blocks, strict=True)
    }


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb, as WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXT_ON_GROUND)
def test_text_stands_out(scheme: str, text: str, ground: str) -> None:
    """Every colour of text has enough contrast on every ground it is used on."""
    palette = palettes()[scheme]
    darker, lighter = sorted((luminance(palette[text]), luminance(palette[ground])))
    assert (lighter + 0.05) / (darker + 0.05) >= AA
