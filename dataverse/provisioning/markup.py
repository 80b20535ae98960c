"""Does a document that the environment keeps still say what ours says?"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from xml.etree import ElementTree as ET

_GUID: Final = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")


def text(root: ET.Element) -> str:
    """The document in one line, without a declaration, always the same for the same elements."""
    return ET.tostring(root, encoding="unicode")


def says(wanted: str, found: str, *, open_elements: Collection[str] = ()) -> bool:
    """Whether `found` says all that `wanted` says, and nothing that contradicts it.

    White space between elements, the order of attributes, attributes that only `found` has, and the case
    and the braces of GUIDs do not count. Of labels only the languages that both have are compared: the
    service may keep back the others, and those that others added are not ours.

    Args:
        wanted: our own document.
        found: what the environment gave; where that is no XML, the answer is False.
        open_elements: names of elements in which the environment adds elements of its own.

    Raises:
        xml.etree.ElementTree.ParseError: `wanted` is no XML.
    """
    ours = ET.fromstring(wanted)  # noqa: S314 - written by this package
    try:
        theirs = ET.fromstring(found)  # noqa: S314 - of the environment that is installed into, over its own API
    except ET.ParseError:
        return False
    return _covers(ours, theirs, open_elements)


def _covers(wanted: ET.Element, found: ET.Element, open_elements: Collection[str]) -> bool:
    return (
        wanted.tag == found.tag
        and all(_equal(value, found.get(name)) for name, value in wanted.items())
        and (wanted.text or "").strip() == (found.text or "").strip()
        and _children_covered(wanted, found, open_elements)
    )


def _children_covered(wanted: ET.Element, found: ET.Element, open_elements: Collection[str]) -> bool:
    if wanted.tag == "labels":
        return _labels_covered(wanted, found)
    theirs = list(found)
    if wanted.tag in open_elements:
        names = {child.tag for child in wanted}
        theirs = sorted((child for child in theirs if child.tag in names), key=lambda child: child.tag)
        ours = sorted(wanted, key=lambda child: child.tag)
    else:
        ours = list(wanted)
    return len(ours) == len(theirs) and all(
        _covers(one, other, open_elements) for one, other in zip(ours, theirs, strict=True)
    )


def _labels_covered(wanted: ET.Element, found: ET.Element) -> bool:
    ours, theirs = (
        {label.get("languagecode"): label.get("description") for label in labels}
        for labels in (wanted, found)
    )
    return bool(theirs) and all(ours[code] == theirs[code] for code in ours.keys() & theirs.keys())


def _equal(wanted: str, found: str | None) -> bool:
    return found is not None and (wanted == found or _canonical(wanted) == _canonical(found))


def _canonical(value: str) -> str:
    guid = _GUID.fullmatch(value)
    return guid[1].lower() if guid else value
