"""Do labels appear in exactly the languages that an environment has?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataverse.description.parts import Words
from dataverse.provisioning.languages import DUTCH, ENGLISH, Languages

GERMAN, FRENCH = 1031, 1036
WORDS = Words("Owner", "Eigenaar")


@pytest.mark.parametrize(
    ("base", "provisioned", "expected"),
    [
        (ENGLISH, {ENGLISH, DUTCH}, ((ENGLISH, "Owner"), (DUTCH, "Eigenaar"))),
        (ENGLISH, {ENGLISH}, ((ENGLISH, "Owner"),)),
        (ENGLISH, {ENGLISH, FRENCH, DUTCH}, ((ENGLISH, "Owner"), (DUTCH, "Eigenaar"))),
        (DUTCH, {DUTCH}, ((DUTCH, "Eigenaar"),)),
        (DUTCH, {DUTCH, ENGLISH}, ((DUTCH, "Eigenaar"), (ENGLISH, "Owner"))),
        (GERMAN, {GERMAN}, ((GERMAN, "Owner"),)),
        (GERMAN, {GERMAN, DUTCH}, ((GERMAN, "Owner"), (DUTCH, "Eigenaar"))),
        (
            GERMAN,
            {GERMAN, ENGLISH, DUTCH},
            ((GERMAN, "Owner"), (ENGLISH, "Owner"), (DUTCH, "Eigenaar")),
        ),
        (DUTCH, set[int](), ((DUTCH, "Eigenaar"),)),
    ],
)
def test_labels_by_environment(
    base: int, provisioned: set[int], expected: tuple[tuple[int, str], ...]
) -> None:
    """The base language first, with English words where it is neither; of the others only what is there."""
    languages = Languages(base, frozenset(provisioned))
    assert languages.of(WORDS) == expected
    assert languages.plain(WORDS) == expected[0][1]


@given(st.integers(1025, 3000), st.frozensets(st.integers(1025, 1050)))
def test_no_label_is_refused_and_none_is_missing(base: int, provisioned: frozenset[int]) -> None:
    """The service refuses a language that is not there, and a label without the base language."""
    codes = [code for code, _ in Languages(base, provisioned).of(WORDS)]
    assert codes[0] == base
    assert len(set(codes)) == len(codes)
    assert set(codes) <= provisioned | {base}
    assert set(codes) >= provisioned & {ENGLISH, DUTCH}
