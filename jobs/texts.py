"""Which text can be sent anywhere?"""

from __future__ import annotations


def whole(text: str) -> str:
    """The text without half surrogate pairs, each replaced by U+FFFD.

    JSON can carry the half of an emoji that was cut in the middle; neither UTF-8 nor a queue can.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def cut(text: str, length: int) -> str:
    """The text, with an ellipsis at its end where it is longer than `length` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"
