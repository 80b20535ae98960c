"""What does a label in a body say, and in which languages?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.dataverse.languages import BASE, NONE, PROVISIONED, Words
from sandbox.dataverse.metadata import members
from sandbox.dataverse.problems import bad_value


def read(body: Mapping[str, Any], name: str, former: Words = NONE, *, merge: bool = False) -> Words:
    """The texts of a label by language; empty where there is none.

    Args:
        body: that has the label as its member `name`.
        name: of the member.
        former: what the label said until now.
        merge: languages that are not given keep their text.

    Raises:
        Problem: 400 for a language that is not provisioned, for one that stands twice, and for a label
            without the base language.
    """
    given = members.optional_structure(body, name)
    said: dict[int, str] = {}
    for one in [] if given is None else members.structures(given, "LocalizedLabels"):
        language = members.whole(one, "LanguageCode")
        if language not in PROVISIONED:
            raise bad_value(
                f"The language code {language} of '{name}' is not a language that is provisioned in this "
                "organization.",
                "0x80044302",
            )
        if language in said:
            raise bad_value(f"The label '{name}' has the language code {language} more than once.")
        said[language] = members.optional_text(one, "Label") or ""
    words = {language: text for language, text in ({**former, **said} if merge else said).items() if text}
    if words and BASE not in words:
        raise bad_value(f"The label '{name}' must have a text in the base language {BASE}.")
    return {language: words[language] for language in PROVISIONED if language in words}


def required(body: Mapping[str, Any], name: str, former: Words = NONE, *, merge: bool = False) -> Words:
    """The same, and there must be a text.

    Raises:
        Problem: 400, there is none, or as above.
    """
    words = read(body, name, former, merge=merge)
    if not words:
        raise members.missing(name)
    return words


def others(words: Words) -> Words:
    """All but the base language."""
    return {language: text for language, text in words.items() if language != BASE}


def whole(text: str, translations: Words) -> Words:
    """The reverse: a text in the base language and its translations as one."""
    return ({BASE: text} if text else {}) | dict(translations)
