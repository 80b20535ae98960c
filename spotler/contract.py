"""Which parts of Spotler's API are guessed, and how is each guess mended by a setting?"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

SETTING_PREFIX: Final = "SPOTLER_CONTRACT_"
"""An application setting overrides a guess when it is called this plus the field's name in upper case."""

EMPTY: Final = "-"
"""Value of a setting that empties a field; a blank setting leaves the default as it is."""

AUTOMATION_ID: Final = "automationId"
EXTERNAL_CONTACT_ID: Final = "externalContactId"
RUN_ID: Final = "automationContactId"

_METHODS: Final = ("POST", "PUT", "PATCH", "DELETE")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_PATH_CHARACTERS = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*", re.ASCII)
_MEMBER = re.compile(r"[^\s\x00-\x1f\x7f]{1,100}")


def _guess(default: str, why: str) -> str:
    field: str = dataclasses.field(default=default, metadata={"why": why})
    return field


@dataclass(frozen=True, slots=True)
class Contract:
    """Everything about Spotler's API that no public source states.

    Every field is a guess with a default; the rest of the client is built on documented facts. Paths
    are relative to the address of the service. An id has to travel in a path or in a body: a body name
    may be empty only where the path carries the id.

    Raises:
        ValueError: some value is unusable; the text names each such field.
    """

    automation_list_path: str = _guess(
        "automation/list",
        "that the list exists is documented, its path is not; by analogy with campaign/list",
    )
    automation_list_array: str = _guess(
        "", "member that holds the list; empty: the answer itself is the list, as for campaign/list"
    )
    automation_id: str = _guess("id", "name of an automation's id in the list; this id stops it")
    automation_name: str = _guess("name", "name of an automation's name in the list, as for campaigns")
    automation_published: str = _guess(
        "published",
        "name of the mark of a published automation; an automation without it counts as published",
    )
    automation_triggers: str = _guess(
        "triggers", "name of the list of external triggers of an automation, as for campaigns"
    )
    trigger_code: str = _guess(
        "code", "name of the code of an external trigger, called Code in Spotler's pages"
    )
    trigger_label: str = _guess(
        "label", "name of the label of an external trigger, called label in Spotler's pages"
    )
    trigger_fields: str = _guess(
        "fields",
        "name of the list of fields, looked for in the trigger and, where it has none, in its automation",
    )
    field_name: str = _guess("name", "name of a field's name in that list, as in campaignFields")
    field_type: str = _guess("type", "name of a field's type in that list, as in campaignFields")
    automation_fields: str = _guess(
        "automationFields",
        "name of the array of fields in the body of a trigger; Spotler shows it only as a picture, "
        "by analogy with campaignFields",
    )
    run_id: str = _guess(
        "automationContactId",
        "name of the id of a started run, looked for in each entry of automationResults and beside them; "
        "named so in pages about the API, missing in the description of 2022",
    )
    automation_stop_method: str = _guess(
        "POST", "method that stops an automation for a person, as for campaigns"
    )
    automation_stop_path: str = _guess(
        "automation/{automationId}/stop",
        "path that stops an automation for a person, by analogy with campaign/{encryptedCampaignId}/stop; "
        "{externalContactId} may stand in it too",
    )
    automation_stop_automation: str = _guess(
        "", "body name of the automation's id when stopping for a person; empty: it stands in the path alone"
    )
    automation_stop_contact: str = _guess(
        "externalContactId", "body name of the person when stopping an automation, as for campaigns"
    )
    run_stop_method: str = _guess("POST", "method that stops one run")
    run_stop_path: str = _guess(
        "automation/stop", "path that stops one run; {automationContactId} may stand in it"
    )
    run_stop_run: str = _guess(
        "automationContactId", "body name of the run when stopping it, named as in the trigger's answer"
    )

    def __post_init__(self) -> None:
        faults = tuple(_faults(self))
        if faults:
            raise ValueError("; ".join(faults))

    @classmethod
    def overridden(cls, mapping: Mapping[str, str]) -> Self:
        """The default contract with the fields that `mapping` names replaced.

        Args:
            mapping: field name, in any case, to value; `-` stands for an empty value.

        Raises:
            ValueError: a name is no field of the contract, or a value is unusable; each is named.
        """
        values = {name.lower(): value.strip() for name, value in mapping.items()}
        unknown = sorted(set(values) - set(GUESSES))
        if unknown:
            raise ValueError(f"no such setting: {', '.join(setting(name) for name in unknown)}")
        return cls(**{name: "" if value == EMPTY else value for name, value in values.items()})

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The default contract with every `SPOTLER_CONTRACT_…` in `environment` applied.

        A blank setting leaves the default as it is.

        Raises:
            ValueError: as `overridden`.
        """
        return cls.overridden(
            {
                name.upper().removeprefix(SETTING_PREFIX): value
                for name, value in environment.items()
                if name.upper().startswith(SETTING_PREFIX) and value.strip()
            }
        )


def setting(name: str) -> str:
    """The application setting that overrides the field called `name`."""
    return SETTING_PREFIX + name.upper()


GUESSES: Final[Mapping[str, str]] = {
    field.name: str(field.metadata["why"]) for field in dataclasses.fields(Contract)
}
"""Name of each field of `Contract` and what is guessed there, and why so."""

_MAY_BE_EMPTY: Final = frozenset(
    {"automation_list_array", "automation_stop_automation", "automation_stop_contact", "run_stop_run"}
)

_PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "automation_list_path": frozenset(),
    "automation_stop_path": frozenset({AUTOMATION_ID, EXTERNAL_CONTACT_ID}),
    "run_stop_path": frozenset({RUN_ID}),
}

_MUST_TRAVEL: Final = (
    ("automation_stop_path", AUTOMATION_ID, "automation_stop_automation"),
    ("automation_stop_path", EXTERNAL_CONTACT_ID, "automation_stop_contact"),
    ("run_stop_path", RUN_ID, "run_stop_run"),
)


def _faults(contract: Contract) -> Iterator[str]:
    for field in dataclasses.fields(contract):
        name = field.name
        value: str = getattr(contract, name)
        fault = _fault(name, value)
        if fault:
            yield f"{name} ({setting(name)}) {fault}"
    for path, identifier, body_name in _MUST_TRAVEL:
        if f"{{{identifier}}}" not in getattr(contract, path) and not getattr(contract, body_name):
            empty = f"{body_name} ({setting(body_name)})"
            yield f"{path} ({setting(path)}) lacks {{{identifier}}}, and {empty} is empty"


def _fault(name: str, value: str) -> str | None:
    if not value:
        return None if name in _MAY_BE_EMPTY else "is empty"
    if name.endswith("_method"):
        return None if value in _METHODS else f"is none of {', '.join(_METHODS)}"
    if name in _PLACEHOLDERS:
        return _path_fault(value, _PLACEHOLDERS[name])
    return None if _MEMBER.fullmatch(value) else "is no name of a JSON member"


def _path_fault(path: str, known: frozenset[str]) -> str | None:
    strange = [found for found in _PLACEHOLDER.findall(path) if found not in known]
    if strange:
        allowed = " and ".join(f"{{{one}}}" for one in sorted(known)) or "no placeholder"
        return f"holds {{{strange[0]}}}; understood here: {allowed}"
    if "://" in path or not _PATH_CHARACTERS.fullmatch(_PLACEHOLDER.sub("", path)):
        return "is no path relative to the address of the service"
    if any(segment in {".", ".."} for segment in path.split("?", maxsplit=1)[0].split("/")):
        return "holds a segment of dots"
    return None
