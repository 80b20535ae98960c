"""Which languages do we speak to people in?"""

from __future__ import annotations

from typing import Literal

type Language = Literal["en", "nl"]
"""English or Dutch, as ISO 639-1 codes."""
