"""Do the settings of the Functions part come from the sample, with the ports in use?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.world import SampleUnusable
from sandbox.world.settings import write


def test_the_sample_is_kept_but_for_what_is_given(tmp_path: Path) -> None:
    """Everything a person reads in the sample holds here too, except for the addresses."""
    sample = tmp_path / "local.settings.sample.json"
    sample.write_text(json.dumps({"IsEncrypted": False, "Values": {"ONE": "1", "TWO": "2"}}))
    names = write(tmp_path / "out.json", sample=sample, values={"TWO": "zwei", "THREE": "3"})
    written = json.loads((tmp_path / "out.json").read_text())
    assert written == {"IsEncrypted": False, "Values": {"ONE": "1", "TWO": "zwei", "THREE": "3"}}
    assert names == {"ONE", "TWO", "THREE"}


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"Values": []}', "{"])
def test_an_unusable_sample_is_named(tmp_path: Path, text: str | None) -> None:
    """A missing, broken or foreign file is told by its name, without a traceback."""
    sample = tmp_path / "local.settings.sample.json"
    if text is not None:
        sample.write_text(text)
    with pytest.raises(SampleUnusable, match=r"local\.settings\.sample\.json"):
        write(tmp_path / "out.json", sample=sample, values={"A": "b"})
    assert not (tmp_path / "out.json").exists()
