"""How is XML inside a column or a parameter read?"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError
from xml.etree.ElementTree import fromstring as _fromstring

from sandbox.dataverse.problems import Problem, bad_value
from sandbox.dataverse.values import guid


def parsed(text: str, what: str, root: str) -> Element:
    """The root element of an XML text.

    Args:
        text: the XML.
        what: it is, for the refusal.
        root: name that the root element must have.

    Raises:
        Problem: 400, it is no XML or has another root.
    """
    if "<!DOCTYPE" in text.upper():
        raise refused(what, "a document type is not allowed")
    try:
        element = _fromstring(text)  # noqa: S314 - without a document type nothing can be expanded
    except ParseError as error:
        raise refused(what, f"it is not well-formed XML: {error}") from error
    if element.tag != root:
        raise refused(what, f"its root is '{element.tag}' and not '{root}'")
    return element


def refused(what: str, why: str) -> Problem:
    """400: an XML text that the platform does not take."""
    return bad_value(f"The {what} is invalid: {why}.")


def attribute(element: Element, name: str, what: str) -> str:
    """An attribute that must be there and not be empty.

    Raises:
        Problem: 400, it is not.
    """
    value = element.get(name)
    if not value:
        raise refused(what, f"an element '{element.tag}' has no '{name}'")
    return value


def identifier(element: Element, name: str, what: str) -> str:
    """An attribute that must be a guid, in lower case.

    Raises:
        Problem: 400, it is none.
    """
    value = attribute(element, name, what)
    found = guid(value)
    if found is None:
        raise refused(what, f"'{value}' as '{name}' of an element '{element.tag}' is no guid")
    return found
