"""What is running, for whom, and may somebody take part once more?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from sandbox.spotler.catalogue import (
    Automation,
    Campaign,
    CampaignTrigger,
    Field,
    Message,
    Participation,
    Trigger,
)

type Value = str | list[str]


class State(StrEnum):
    """Where a run is."""

    RUNNING = "running"
    STOPPED = "stopped"
    FINISHED = "finished"


class Kind(StrEnum):
    """What a run is a run of."""

    AUTOMATION = "automation"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class Start:
    """What is started, as it was set up at that moment.

    Attributes:
        kind: automation or campaign.
        subject_id: id of the automation, encrypted id of the campaign.
        title: name of the automation or campaign.
        code: trigger code or encrypted trigger id.
        fields: those that occur in its messages; None: not known, so all are.
        messages: what it sends; None: something made up from the fields.
    """

    kind: Kind
    subject_id: str
    title: str
    code: str
    fields: tuple[Field, ...] | None
    messages: tuple[Message, ...] | None

    @classmethod
    def of_automation(cls, automation: Automation, trigger: Trigger) -> Start:
        """One of the automations that a trigger code reaches."""
        return cls(
            Kind.AUTOMATION, automation.id, automation.name, trigger.code, trigger.fields, automation.messages
        )

    @classmethod
    def of_campaign(cls, campaign: Campaign, trigger: CampaignTrigger) -> Start:
        """The campaign that a trigger belongs to."""
        return cls(
            Kind.CAMPAIGN,
            campaign.encrypted_id,
            campaign.name,
            trigger.encrypted_id,
            trigger.fields,
            campaign.messages,
        )

    def knows(self, name: str) -> bool:
        """Whether a field occurs in the messages."""
        return self.fields is None or any(one.name == name for one in self.fields)


@dataclass(slots=True)
class Run:
    """One person in one automation or campaign.

    Attributes:
        run_id: `AutomationContactId` of an automation; a campaign's never leaves the sandbox's own routes.
        start: what was started.
        fields: what the messages can show.
        ignored: fields that were sent but occur in no message.
    """

    run_id: str
    external_contact_id: str
    start: Start
    fields: dict[str, Value]
    ignored: dict[str, Value]
    started: datetime
    state: State = State.RUNNING
    ended: datetime | None = None

    def end(self, state: State) -> None:
        """Stop or finish it."""
        self.state = state
        self.ended = datetime.now(UTC)

    def as_json(self) -> dict[str, object]:
        """As `GET /_sandbox/runs` shows it."""
        return {
            "runId": self.run_id,
            "externalContactId": self.external_contact_id,
            "kind": self.start.kind.value,
            "automationId": self.start.subject_id,
            "code": self.start.code,
            "fields": self.fields,
            "ignoredFields": self.ignored,
            "state": self.state.value,
            "startedOn": _iso(self.started),
            "endedOn": _iso(self.ended) if self.ended else None,
        }


@dataclass(slots=True)
class Runs:
    """All runs since the last reset, oldest first."""

    _by_id: dict[str, Run] = field(default_factory=dict)
    _by_person: dict[tuple[str, str], list[Run]] = field(default_factory=dict)
    # Goes on over resets and starts of the process: an id kept from an earlier world must not hit a new run.
    _last: int = field(default_factory=lambda: time.time_ns() // 1_000_000)

    def begin(self, start: Start, external_contact_id: str, values: Mapping[str, Value]) -> Run:
        """Start a run; values that occur in no message are set aside."""
        self._last += 1
        run = Run(
            run_id=str(self._last),
            external_contact_id=external_contact_id,
            start=start,
            fields={name: value for name, value in values.items() if start.knows(name)},
            ignored={name: value for name, value in values.items() if not start.knows(name)},
            started=datetime.now(UTC),
        )
        self._by_id[run.run_id] = run
        self._by_person.setdefault((start.subject_id, external_contact_id), []).append(run)
        return run

    def find(self, run_id: str) -> Run | None:
        """The run of that id."""
        return self._by_id.get(run_id)

    def of(self, subject_id: str, external_contact_id: str) -> tuple[Run, ...]:
        """The runs of one person in one automation or campaign, oldest first."""
        return tuple(self._by_person.get((subject_id, external_contact_id), ()))

    def every(self) -> tuple[Run, ...]:
        """All of them, oldest first."""
        return tuple(self._by_id.values())

    def clear(self) -> None:
        """Forget all of them."""
        self._by_id.clear()
        self._by_person.clear()


def admits(participation: Participation, earlier: Iterable[State]) -> bool:
    """Whether a person with runs in those states may start another one."""
    match participation:
        case Participation.UNLIMITED:
            return True
        case Participation.ONCE:
            return not tuple(earlier)
        case Participation.ONCE_WHILE_RUNNING:
            return State.RUNNING not in tuple(earlier)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
