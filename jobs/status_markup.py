"""How is HTML written so that no text can become markup?"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Final

from jobs.texts import whole

_VOID: Final = frozenset({"meta", "link", "br", "rect"})
"""Elements of ours without an end; `rect` is one of SVG, which is closed by a slash."""


@dataclass(frozen=True, slots=True)
class Markup:
    """A piece of HTML that is well formed."""

    text: str


type Content = Markup | str
"""What can stand in an element; a plain text is escaped."""


def tag(name: str, /, *children: Content, **attributes: str | None) -> Markup:
    """An element.

    Args:
        name: of the element, our own word.
        children: its content, in order.
        attributes: names as Python can write them (`class_`, `aria_label`); None leaves one out.
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{told}/>" if name == "rect" else f"<{name}{told}>")
    return Markup(f"<{name}{told}>{joined(*children).text}</{name}>")


def joined(*children: Content) -> Markup:
    """Pieces one after the other."""
    return Markup("".join(one.text if isinstance(one, Markup) else _escaped(one) for one in children))


def _escaped(text: str) -> str:
    return escape(whole(text))
