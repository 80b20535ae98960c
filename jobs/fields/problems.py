"""What can be wrong with an Automation Fields text, and how is a person told?

A sentence may name fields, never their values: values are personal data, and sentences are stored and logged.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from jobs.language import Language

QUOTING_SETTING: Final = "AUTOMATION_FIELDS_QUOTING"
"""App setting that switches values in double quotes on; sentences point at it."""

_NAMES_LISTED: Final = 12
_NEAR_ENOUGH: Final = 0.6


class ProblemCode(StrEnum):
    """Why a text is refused; one code for each row of `docs/automation-fields.md`."""

    NO_EQUALS_SIGN = "NO_EQUALS_SIGN"
    NO_NAME = "NO_NAME"
    SPACE_IN_NAME = "SPACE_IN_NAME"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    DUPLICATE_FIELD = "DUPLICATE_FIELD"
    UNTOUCHED_HINT = "UNTOUCHED_HINT"
    NOT_A_URL = "NOT_A_URL"
    UNCLOSED_BRACE = "UNCLOSED_BRACE"
    TEXT_OUTSIDE_BRACES = "TEXT_OUTSIDE_BRACES"
    LIST_WITHOUT_BRACES = "LIST_WITHOUT_BRACES"
    UNCLOSED_QUOTE = "UNCLOSED_QUOTE"
    TEXT_OUTSIDE_QUOTES = "TEXT_OUTSIDE_QUOTES"
    TOO_LONG = "TOO_LONG"


class StrayCause(StrEnum):
    """The likely reason why a part of the text has no equals sign."""

    FIRST = "FIRST"
    FIELD_NAME = "FIELD_NAME"
    ENTITY = "ENTITY"
    SEMICOLON = "SEMICOLON"
    LINE_BREAK = "LINE_BREAK"


class NoteCode(StrEnum):
    """What is worth saying about a text that is accepted."""

    NO_FIELD_LIST = "NO_FIELD_LIST"
    BREAK_IN_ITEM = "BREAK_IN_ITEM"


@dataclass(frozen=True, slots=True)
class Problem:
    """One reason to refuse the text, at one place in it.

    Attributes:
        code: Which reason.
        line: Line of the place, from 1; CRLF, LF and CR each end a line.
        column: Character in that line, from 1.
        automation: Label of the catalogue row, as people see it.
        name: The field it is about; None where what stands there may be part of a value.
        known: Names the automation has, for `UNKNOWN_FIELD`, `SPACE_IN_NAME` and `NO_EQUALS_SIGN`.
        first_line: Where a duplicate's first mention stands.
        limit: The longest value allowed, in characters, for `TOO_LONG`.
        cause: The likely reason, for `NO_EQUALS_SIGN`.
        quoting: Whether values in double quotes are switched on: it changes the remedy.
    """

    code: ProblemCode
    line: int
    column: int
    automation: str
    name: str | None = None
    known: tuple[str, ...] = ()
    first_line: int = 0
    limit: int = 0
    cause: StrayCause | None = None
    quoting: bool = False

    @property
    def suggestion(self) -> str | None:
        """The known field nearest to `name`, if one is near enough to have been meant."""
        if self.code is not ProblemCode.UNKNOWN_FIELD or self.name is None:
            return None
        return nearest(self.name, self.known)

    def describe(self, language: Language) -> str:
        """Place, cause and remedy, in one or two sentences for the person who wrote the text."""
        texts = _TEXTS[language]
        place = texts["place"].format(line=self.line, column=self.column)
        return f"{place}: {self._cause(texts)}"

    def _cause(self, texts: Mapping[str, str]) -> str:
        match self.code:
            case ProblemCode.UNKNOWN_FIELD:
                return self._unknown(texts)
            case ProblemCode.NO_EQUALS_SIGN:
                return self._stray(texts)
            case _:
                key = str(self.code) if self.name is not None else f"{self.code}_UNNAMED"
                return self._fill(texts.get(key, texts[self.code]), texts)

    def _unknown(self, texts: Mapping[str, str]) -> str:
        if not self.known:
            return self._fill(texts["UNKNOWN_NONE"], texts)
        if self.name is None:
            return self._fill(texts["UNKNOWN_UNNAMED"], texts)
        near = self.suggestion
        if near is None:
            return self._fill(texts["UNKNOWN_FAR"], texts)
        key = "UNKNOWN_CASE" if near.casefold() == self.name.casefold() else "UNKNOWN_NEAR"
        return self._fill(texts[key], texts, near=near)

    def _stray(self, texts: Mapping[str, str]) -> str:
        cause = self.cause or StrayCause.FIRST
        if cause in {StrayCause.FIRST, StrayCause.FIELD_NAME} or self.name is not None:
            return self._fill(texts[f"STRAY_{cause}"], texts)
        return self._fill(texts[f"STRAY_{cause}_UNNAMED"], texts)

    def _fill(self, text: str, texts: Mapping[str, str], *, near: str = "") -> str:
        remedy = texts["quote"] if self.quoting else texts["ask_for_quoting"]
        return text.format(
            name=self.name,
            automation=self.automation,
            near=near,
            names=_listed(self.known, texts["and_more"]),
            first=self.first_line,
            limit=self.limit,
            quotes=remedy.format(setting=QUOTING_SETTING),
        )


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth saying about a text that is accepted all the same.

    Attributes:
        code: What.
        automation: Label of the catalogue row.
        line: Line of the place, from 1; 0 when it is about the whole text.
        column: Character in that line, from 1; 0 when it is about the whole text.
        name: The field it is about; None when it is about the whole text.
    """

    code: NoteCode
    automation: str
    line: int = 0
    column: int = 0
    name: str | None = None

    def describe(self, language: Language) -> str:
        """What was noticed and what to do about it, for people."""
        texts = _TEXTS[language]
        place = f"{texts['place'].format(line=self.line, column=self.column)}: " if self.line else ""
        named = self.code if self.name is not None or not self.line else f"{self.code}_UNNAMED"
        return place + texts[named].format(name=self.name, automation=self.automation)


def nearest(name: str, known: tuple[str, ...]) -> str | None:
    """The entry of `known` that `name` was probably meant to be; None if none is near."""
    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(candidate.casefold(), candidate)
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=_NEAR_ENOUGH)
    return folded[close[0]] if close else None


def _listed(names: tuple[str, ...], and_more: str) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMES_LISTED])
    return shown if len(names) <= _NAMES_LISTED else f"{shown} {and_more}"


_ENGLISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "place": "Line {line}, column {column}",
        "and_more": "and more",
        "quote": "put the whole value in double quotes",
        "ask_for_quoting": (
            "have an administrator switch on the setting {setting} and put the whole value in double quotes"
        ),
        "UNKNOWN_NEAR": "`{name}` is not a field of {automation}; did you mean `{near}`?",
        "UNKNOWN_CASE": (
            "`{name}` is not a field of {automation}; did you mean `{near}`? "
            "Only capitals and small letters differ, and Spotler tells them apart."
        ),
        "UNKNOWN_FAR": "`{name}` is not a field of {automation}; its fields are {names}.",
        "UNKNOWN_UNNAMED": (
            "what stands before the equals sign is not a field of {automation}; its fields are {names}. "
            "If it belongs to the value before it: {quotes}."
        ),
        "UNKNOWN_NONE": "{automation} has no fields; make Automation Fields empty.",
        "STRAY_FIRST": "this part has no equals sign; write a field as name=value.",
        "STRAY_FIELD_NAME": "the field `{name}` has no equals sign; write `{name}=` followed by its value.",
        "STRAY_ENTITY": (
            "the value of `{name}` ends in an HTML code such as &amp;, whose semicolon ends the field; "
            "write the character itself, here &."
        ),
        "STRAY_ENTITY_UNNAMED": (
            "the value before this ends in an HTML code such as &amp;, whose semicolon ends the field; "
            "write the character itself, here &."
        ),
        "STRAY_SEMICOLON": (
            "this part has no equals sign, so the value of `{name}` probably holds a semicolon, "
            "which ends a field; leave it out, or {quotes}."
        ),
        "STRAY_SEMICOLON_UNNAMED": (
            "this part has no equals sign, so the value before it probably holds a semicolon, "
            "which ends a field; leave it out, or {quotes}."
        ),
        "STRAY_LINE_BREAK": (
            "this line has no equals sign, so the value of `{name}` probably holds an Enter, "
            "which ends a field; leave it out, or {quotes}."
        ),
        "STRAY_LINE_BREAK_UNNAMED": (
            "this line has no equals sign, so the value before it probably holds an Enter, "
            "which ends a field; leave it out, or {quotes}."
        ),
        "NO_NAME": "there is no name before the equals sign; write a field as name=value.",
        "SPACE_IN_NAME": (
            "the name before this equals sign holds a space, and names of fields have none; "
            "correct the name. If it belongs to the value before it: {quotes}."
        ),
        "DUPLICATE_FIELD": "`{name}` was already given in line {first}; keep one of the two.",
        "DUPLICATE_FIELD_UNNAMED": "this field was already given in line {first}; keep one of the two.",
        "UNTOUCHED_HINT": (
            "`{name}` still holds the hint that shows its type; replace the hint with the value, "
            "or leave it blank after the equals sign. If that word really is the value: {quotes}."
        ),
        "UNTOUCHED_HINT_UNNAMED": (
            "this field still holds the hint that shows its type; replace the hint with the value, "
            "or leave it blank after the equals sign. If that word really is the value: {quotes}."
        ),
        "NOT_A_URL": ("`{name}` needs a whole web address; write it out from https:// on, without spaces."),
        "UNCLOSED_BRACE": (
            "the list of `{name}` opens with a curly bracket here that is not closed; "
            "put a }} after its last product."
        ),
        "UNCLOSED_BRACE_UNNAMED": (
            "the list that opens with a curly bracket here is not closed; put a }} after its last product."
        ),
        "TEXT_OUTSIDE_BRACES": (
            "the value of `{name}` stands partly outside its curly brackets; "
            "write the whole list as {{a,b,c}} and start the next field after a semicolon or an Enter."
        ),
        "TEXT_OUTSIDE_BRACES_UNNAMED": (
            "this value stands partly outside its curly brackets; "
            "write the whole list as {{a,b,c}} and start the next field after a semicolon or an Enter."
        ),
        "LIST_WITHOUT_BRACES": (
            "the products of `{name}` need curly brackets around them; write `{name}={{a,b,c}}`."
        ),
        "UNCLOSED_QUOTE": "a value of `{name}` opens with a double quote here that is not closed; close it.",
        "UNCLOSED_QUOTE_UNNAMED": "the double quote that opens a value here is not closed; close it.",
        "TEXT_OUTSIDE_QUOTES": (
            "a value of `{name}` goes on after its closing double quote; "
            "write a double quote inside a value twice, and put the whole value in quotes."
        ),
        "TEXT_OUTSIDE_QUOTES_UNNAMED": (
            "this value goes on after its closing double quote; "
            "write a double quote inside a value twice, and put the whole value in quotes."
        ),
        "TOO_LONG": "the value of `{name}` is longer than {limit} characters; shorten it.",
        "TOO_LONG_UNNAMED": "this value is longer than {limit} characters; shorten it.",
        "NO_FIELD_LIST": (
            "The catalogue has no list of fields for {automation}, so names and types were not checked; "
            "look at the mail it sends if a value is missing there."
        ),
        "BREAK_IN_ITEM": (
            "one product of `{name}` holds a semicolon or an Enter and was passed as it stands; "
            "separate products with commas."
        ),
        "BREAK_IN_ITEM_UNNAMED": (
            "one product of this list holds a semicolon or an Enter and was passed as it stands; "
            "separate products with commas."
        ),
    }
)

_DUTCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "place": "Regel {line}, kolom {column}",
        "and_more": "en meer",
        "quote": "zet de hele waarde tussen dubbele aanhalingstekens",
        "ask_for_quoting": (
            "laat een beheerder de instelling {setting} aanzetten "
            "en zet de hele waarde tussen dubbele aanhalingstekens"
        ),
        "UNKNOWN_NEAR": "`{name}` is geen veld van {automation}; bedoelde u `{near}`?",
        "UNKNOWN_CASE": (
            "`{name}` is geen veld van {automation}; bedoelde u `{near}`? "
            "Alleen hoofdletters en kleine letters verschillen, en voor Spotler maakt dat uit."
        ),
        "UNKNOWN_FAR": "`{name}` is geen veld van {automation}; de velden zijn {names}.",
        "UNKNOWN_UNNAMED": (
            "wat voor het isgelijkteken staat, is geen veld van {automation}; de velden zijn {names}. "
            "Hoort het bij de waarde ervoor: {quotes}."
        ),
        "UNKNOWN_NONE": "{automation} heeft geen velden; maak Automation Fields leeg.",
        "STRAY_FIRST": "dit deel heeft geen isgelijkteken; schrijf een veld als naam=waarde.",
        "STRAY_FIELD_NAME": (
            "het veld `{name}` heeft geen isgelijkteken; schrijf `{name}=` met de waarde erachter."
        ),
        "STRAY_ENTITY": (
            "de waarde van `{name}` eindigt op een HTML-code zoals &amp;, en de puntkomma daarvan sluit "
            "het veld af; schrijf het teken zelf, hier &."
        ),
        "STRAY_ENTITY_UNNAMED": (
            "de waarde hiervoor eindigt op een HTML-code zoals &amp;, en de puntkomma daarvan sluit "
            "het veld af; schrijf het teken zelf, hier &."
        ),
        "STRAY_SEMICOLON": (
            "dit deel heeft geen isgelijkteken, dus de waarde van `{name}` bevat waarschijnlijk "
            "een puntkomma, en die sluit een veld af; laat hem weg, of {quotes}."
        ),
        "STRAY_SEMICOLON_UNNAMED": (
            "dit deel heeft geen isgelijkteken, dus de waarde ervoor bevat waarschijnlijk een puntkomma, "
            "en die sluit een veld af; laat hem weg, of {quotes}."
        ),
        "STRAY_LINE_BREAK": (
            "deze regel heeft geen isgelijkteken, dus de waarde van `{name}` bevat waarschijnlijk "
            "een Enter, en die sluit een veld af; laat hem weg, of {quotes}."
        ),
        "STRAY_LINE_BREAK_UNNAMED": (
            "deze regel heeft geen isgelijkteken, dus de waarde ervoor bevat waarschijnlijk een Enter, "
            "en die sluit een veld af; laat hem weg, of {quotes}."
        ),
        "NO_NAME": "voor het isgelijkteken staat geen naam; schrijf een veld als naam=waarde.",
        "SPACE_IN_NAME": (
            "de naam voor dit isgelijkteken bevat een spatie, en namen van velden hebben die niet; "
            "verbeter de naam. Hoort het bij de waarde ervoor: {quotes}."
        ),
        "DUPLICATE_FIELD": "`{name}` staat al in regel {first}; laat een van de twee staan.",
        "DUPLICATE_FIELD_UNNAMED": "dit veld staat al in regel {first}; laat een van de twee staan.",
        "UNTOUCHED_HINT": (
            "bij `{name}` staat nog de aanduiding van het soort veld; vervang die door de waarde, "
            "of laat het na het isgelijkteken leeg. Is dat woord echt de waarde: {quotes}."
        ),
        "UNTOUCHED_HINT_UNNAMED": (
            "bij dit veld staat nog de aanduiding van het soort veld; vervang die door de waarde, "
            "of laat het na het isgelijkteken leeg. Is dat woord echt de waarde: {quotes}."
        ),
        "NOT_A_URL": (
            "`{name}` vraagt om een volledig webadres; schrijf het uit vanaf https://, zonder spaties."
        ),
        "UNCLOSED_BRACE": (
            "de lijst van `{name}` begint hier met een accolade die niet wordt gesloten; "
            "zet een }} achter het laatste product."
        ),
        "UNCLOSED_BRACE_UNNAMED": (
            "de lijst die hier met een accolade begint, wordt niet gesloten; "
            "zet een }} achter het laatste product."
        ),
        "TEXT_OUTSIDE_BRACES": (
            "de waarde van `{name}` staat deels buiten de accolades; "
            "schrijf de hele lijst als {{a,b,c}} en begin het volgende veld na een puntkomma of een Enter."
        ),
        "TEXT_OUTSIDE_BRACES_UNNAMED": (
            "deze waarde staat deels buiten de accolades; "
            "schrijf de hele lijst als {{a,b,c}} en begin het volgende veld na een puntkomma of een Enter."
        ),
        "LIST_WITHOUT_BRACES": ("om de producten van `{name}` horen accolades; schrijf `{name}={{a,b,c}}`."),
        "UNCLOSED_QUOTE": (
            "een waarde van `{name}` begint hier met een dubbel aanhalingsteken dat niet wordt gesloten; "
            "sluit het."
        ),
        "UNCLOSED_QUOTE_UNNAMED": (
            "het dubbele aanhalingsteken waarmee hier een waarde begint, wordt niet gesloten; sluit het."
        ),
        "TEXT_OUTSIDE_QUOTES": (
            "een waarde van `{name}` gaat door na het sluitende aanhalingsteken; "
            "schrijf een aanhalingsteken in een waarde dubbel, en zet de hele waarde ertussen."
        ),
        "TEXT_OUTSIDE_QUOTES_UNNAMED": (
            "deze waarde gaat door na het sluitende aanhalingsteken; "
            "schrijf een aanhalingsteken in een waarde dubbel, en zet de hele waarde ertussen."
        ),
        "TOO_LONG": "de waarde van `{name}` is langer dan {limit} tekens; kort haar in.",
        "TOO_LONG_UNNAMED": "deze waarde is langer dan {limit} tekens; kort haar in.",
        "NO_FIELD_LIST": (
            "De catalogus heeft geen lijst van velden voor {automation}, dus namen en soorten zijn niet "
            "nagekeken; kijk in de mail die hij stuurt als daar een waarde ontbreekt."
        ),
        "BREAK_IN_ITEM": (
            "een product van `{name}` bevat een puntkomma of een Enter en is zo doorgegeven; "
            "scheid producten met komma's."
        ),
        "BREAK_IN_ITEM_UNNAMED": (
            "een product van deze lijst bevat een puntkomma of een Enter en is zo doorgegeven; "
            "scheid producten met komma's."
        ),
    }
)

_TEXTS: Final[Mapping[Language, Mapping[str, str]]] = MappingProxyType({"en": _ENGLISH, "nl": _DUTCH})
