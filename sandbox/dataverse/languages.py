"""Which languages does the environment have?"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

BASE: Final = 1033
"""English: what people read here, and what every label must have."""

PROVISIONED: Final = (BASE, 1043)
"""English and Dutch, by language code."""

type Words = Mapping[int, str]
"""A text by language code."""

NONE: Final[Words] = MappingProxyType({})
"""No text in any language."""
