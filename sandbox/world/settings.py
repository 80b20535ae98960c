"""Which settings does the Functions part get?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

SAMPLE = "local.settings.sample.json"

IMPATIENT = {"CONTACT_GRACE": "PT5S"}
"""Settings that make people wait for what cannot come in a sandbox: nobody synchronises contacts here."""


class SampleUnusable(Exception):  # noqa: N818 - names what is the case
    """The sample of the settings is missing or not in its form; the text says which."""


def write(target: Path, *, sample: Path, values: Mapping[str, str]) -> frozenset[str]:
    """Write settings for the Functions host: those of the sample, with `values` in their place or added.

    A developer's own local.settings.json is neither read nor written.

    Returns:
        The names of all settings written.

    Raises:
        SampleUnusable: there is no sample, or it is not in the form of local.settings.json.
    """
    try:
        settings = json.loads(sample.read_text(encoding="utf-8"))
        settings["Values"].update(values)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise SampleUnusable(f"{sample} cannot be used: {type(error).__name__}: {error}") from None
    target.write_text(json.dumps(settings, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return frozenset(settings["Values"])
