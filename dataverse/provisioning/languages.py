"""In which languages of an environment do our labels appear?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dataverse.description.parts import Words

ENGLISH: Final = 1033
"""Language code of English, and of words in a language that we do not have."""

DUTCH: Final = 1043


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages of one environment, by their codes (LCID).

    Attributes:
        base: the one that every label must have.
        provisioned: those that labels may have; a label in another one is refused. The base language counts
            as provisioned whether it is named here or not.
    """

    base: int
    provisioned: frozenset[int]

    def of(self, words: Words) -> tuple[tuple[int, str], ...]:
        """Language code and text of every label, that of the base language first.

        A base language that is neither English nor Dutch gets the English words.
        """
        texts = {self.base: words.en} | {
            code: text
            for code, text in ((ENGLISH, words.en), (DUTCH, words.nl))
            if code == self.base or code in self.provisioned
        }
        return tuple(texts.items())

    def plain(self, words: Words) -> str:
        """The text in the base language, for what has no labels."""
        return self.of(words)[0][1]
