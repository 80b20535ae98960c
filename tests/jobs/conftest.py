"""How small are the sizes on the simulated world?"""

from __future__ import annotations

import pytest

from jobs import processing


@pytest.fixture(autouse=True)
def small_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three jobs are read together, so that a handful of them makes several portions at once."""
    monkeypatch.setattr(processing, "READ_TOGETHER", 3)
