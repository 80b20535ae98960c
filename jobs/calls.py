"""What does a claimed job ask of Spotler, and what is wrong with it where it cannot be carried out?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from dataverse import Row
from dataverse.tables import PERSON_NAVIGATIONS, Automation, Job, Kind, Operation, State
from jobs import result_codes as codes
from jobs.evidence import Question
from jobs.fields import FieldsRead, read_fields, read_template
from jobs.language import Language
from jobs.rows import JobRow
from jobs.texts import whole
from jobs.validation import Doubts, told
from spotler import AutomationField, FieldType

MAX_RUN_IDS = 50
"""One job stops at most this many runs; each is a call of its own inside one lease."""


@dataclass(frozen=True, slots=True)
class StartAutomation:
    """Trigger an automation by its trigger code."""

    code: str
    contact: str
    fields: tuple[AutomationField, ...]


@dataclass(frozen=True, slots=True)
class StartCampaign:
    """Trigger a campaign by the encrypted id of its trigger."""

    trigger_id: str
    contact: str
    fields: tuple[AutomationField, ...]


@dataclass(frozen=True, slots=True)
class StopAutomation:
    """Stop all runs of an automation, or of each one behind the same trigger, for one contact."""

    automation_ids: tuple[str, ...]
    contact: str


@dataclass(frozen=True, slots=True)
class StopCampaign:
    """Stop a campaign for one contact."""

    campaign_id: str
    contact: str


@dataclass(frozen=True, slots=True)
class StopRuns:
    """Stop single runs."""

    run_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RefreshCatalogue:
    """Read Spotler's lists anew."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A start that is only looked at: nothing is sent, and `told` says what would be, with every doubt."""

    told: str = field(repr=False)


Call = StartAutomation | StartCampaign | StopAutomation | StopCampaign | StopRuns | RefreshCatalogue | Checked


@dataclass(frozen=True, slots=True)
class Refusal:
    """The job cannot be carried out as it was filled in; `detail` says what, where and how to mend it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Person:
    """The row a job addresses."""

    table: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A job, interpreted.

    Attributes:
        notes: doubts that do not keep the job from being carried out.
        label: of the automation or campaign; empty where none counts.
    """

    call: Call | Refusal
    person: Person | None = None
    label: str = ""
    kind: Kind | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class InputRules:
    """Settings that decide how inputs are read.

    Attributes:
        external_id_columns: by table; a table that is absent uses the row's GUID.
    """

    language: Language
    external_id_columns: Mapping[str, str]
    quoting: bool
    max_length: int


class _Invalid(Exception):  # noqa: N818 - carries a refusal to the one place that answers it
    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def interpret(job: JobRow, rules: InputRules) -> Interpretation:
    """Tell what a job asks for, from the values of the read that its claim was guarded by."""
    row = job.source
    entry = row.expanded(Job.AUTOMATION_AUTOMATION)
    label = whole(str(entry.get(Automation.NAME) or "")) if entry is not None else ""
    kind = _kind(entry)
    try:
        match job.operation:
            case Operation.START_AUTOMATION:
                return _start(row, entry, label, kind, rules)
            case Operation.VALIDATE_AUTOMATION:
                return _validate(row, entry, label, kind, rules)
            case Operation.STOP_AUTOMATION if job.by_run:
                return Interpretation(_stop_runs(row, kind, rules))
            case Operation.STOP_AUTOMATION:
                return _stop(row, entry, label, kind, rules)
            case Operation.REFRESH_AUTOMATIONS:
                return Interpretation(RefreshCatalogue())
            case None:
                return Interpretation(Refusal(codes.INVALID_JOB, _say("operation", rules.language)))
    except _Invalid as invalid:
        return Interpretation(Refusal(codes.INVALID_JOB, invalid.detail), label=label, kind=kind)


def question(job: JobRow, rules: InputRules) -> Question | None:
    """What can be asked of Spotler about a start whose outcome is not known; None for an automation."""
    if not isinstance(interpret(job, rules).call, StartCampaign):
        return None
    row = job.source
    entry = row.expanded(Job.AUTOMATION_AUTOMATION)
    campaign = str(entry.get(Automation.EXTERNAL_ID) or "") if entry is not None else ""
    return Question(campaign, _external_id(row, _person(row, rules), rules)) if campaign else None


def valid_canceller(job: JobRow, rules: InputRules) -> bool:
    """Whether a stop is valid, so that it may cancel earlier starts (rule 11)."""
    return isinstance(interpret(job, rules).call, StopAutomation | StopCampaign)


def _start(row: Row, entry: Row | None, label: str, kind: Kind | None, rules: InputRules) -> Interpretation:
    person = _person(row, rules)
    code = _catalogue_value(entry, Automation.CODE, kind, rules)
    contact = _external_id(row, person, rules)
    read = _fields(row, entry, label, rules)
    notes = " ".join(note.describe(rules.language) for note in read.notes)
    if read.problems:
        detail = " ".join(problem.describe(rules.language) for problem in read.problems)
        refusal = Refusal(codes.INVALID_AUTOMATION_FIELDS, detail)
        return Interpretation(refusal, person, label, kind, notes)
    fields = tuple(
        AutomationField(field.name, FieldType(field.type.value), field.values) for field in read.fields
    )
    campaign = kind is Kind.CAMPAIGN
    call = StartCampaign(code, contact, fields) if campaign else StartAutomation(code, contact, fields)
    return Interpretation(call, person, label, kind, notes)


def _validate(
    row: Row, entry: Row | None, label: str, kind: Kind | None, rules: InputRules
) -> Interpretation:
    meant = _start(row, entry, label, kind, rules)
    if entry is None or isinstance(meant.call, Refusal):
        return meant
    read = _fields(row, entry, label, rules)
    template = read_template(str(entry.get(Automation.FIELD_TEMPLATE) or ""))
    passed = {field.name for field in read.fields}
    doubts = Doubts(
        withdrawn=entry.get(Automation.STATE) == State.INACTIVE,
        unlisted=template is None and not read.fields and not read.blank,
        blank=read.blank if template is None else tuple(name for name in template if name not in passed),
        notes=tuple(note.describe(rules.language) for note in read.notes),
    )
    # The notes of a start stand among the doubts.
    return replace(meant, call=Checked(told(label, read.fields, doubts, rules.language)), notes="")


def _stop(row: Row, entry: Row | None, label: str, kind: Kind | None, rules: InputRules) -> Interpretation:
    if entry is None and row.id(Job.AUTOMATION) is None:
        raise _Invalid(_say("stop_what", rules.language))
    person = _person(row, rules)
    external = _catalogue_value(entry, Automation.EXTERNAL_ID, kind, rules)
    contact = _external_id(row, person, rules)
    if kind is Kind.CAMPAIGN:
        return Interpretation(StopCampaign(external, contact), person, label, kind)
    return Interpretation(StopAutomation(tuple(external.split(",")), contact), person, label, kind)


def _stop_runs(row: Row, kind: Kind | None, rules: InputRules) -> StopRuns:
    if kind is Kind.CAMPAIGN:
        raise _Invalid(_say("campaign_runs", rules.language))
    parts = re.split(r"[,;\s]+", str(row[Job.AUTOMATION_CONTACT_ID]))
    run_ids = tuple(dict.fromkeys(part for part in parts if part))
    if not run_ids:
        raise _Invalid(_say("no_runs", rules.language))
    if len(run_ids) > MAX_RUN_IDS:
        raise _Invalid(_say("many_runs", rules.language, count=len(run_ids), most=MAX_RUN_IDS))
    return StopRuns(run_ids)


def _person(row: Row, rules: InputRules) -> Person:
    customer, lead = row.id(Job.CUSTOMER), row.id(Job.LEAD)
    if customer is not None and lead is not None:
        raise _Invalid(_say("both_persons", rules.language))
    if lead is not None:
        return Person("lead", lead)
    if customer is None:
        raise _Invalid(_say("no_person", rules.language))
    table = row.lookup_table(Job.CUSTOMER)
    if table not in ("account", "contact"):
        raise _Invalid(_say("customer_table", rules.language))
    return Person(table, customer)


def _kind(entry: Row | None) -> Kind | None:
    value = entry.get(Automation.KIND) if entry is not None else None
    return Kind(value) if value in tuple(Kind) else None


def _catalogue_value(entry: Row | None, column: str, kind: Kind | None, rules: InputRules) -> str:
    if entry is None:
        raise _Invalid(_say("no_automation", rules.language))
    value = str(entry.get(column) or "")
    if kind is None or not value:
        raise _Invalid(_say("stale_automation", rules.language))
    return value


def _external_id(row: Row, person: Person, rules: InputRules) -> str:
    column = rules.external_id_columns.get(person.table)
    if column is None:
        return str(person.id).lower()
    addressed = row.expanded(PERSON_NAVIGATIONS[person.table])
    value = str(addressed.get(column) or "").strip() if addressed is not None else ""
    if not value:
        raise _Invalid(_say("no_external_id", rules.language, table=person.table, column=column))
    return value


def _fields(row: Row, entry: Row | None, label: str, rules: InputRules) -> FieldsRead:
    template = entry.get(Automation.FIELD_TEMPLATE) if entry is not None else None
    return read_fields(
        row.get(Job.AUTOMATION_FIELDS),
        read_template(str(template)) if template else None,
        automation=label,
        quoting=rules.quoting,
        max_length=rules.max_length,
    )


_SENTENCES: Final[Mapping[str, Mapping[Language, str]]] = {
    "operation": {
        "en": "Operation: choose Start Automation, Stop Automation, Refresh Automations or Validate Automation.",
        "nl": "Bewerking: kies Automation starten, Automation stoppen, Automations verversen of Automation "
        "controleren.",
    },
    "both_persons": {
        "en": "Customer and Lead are both filled in; leave one of them empty, so that it is clear whom to address.",
        "nl": "Klant en Lead zijn allebei ingevuld; laat er een leeg, zodat duidelijk is om wie het gaat.",
    },
    "no_person": {
        "en": "Customer and Lead are both empty; fill in one of them.",
        "nl": "Klant en Lead zijn allebei leeg; vul er een in.",
    },
    "customer_table": {
        "en": "Customer: choose an account or a contact.",
        "nl": "Klant: kies een account of een contactpersoon.",
    },
    "no_automation": {
        "en": "Automation is empty; choose the automation or campaign.",
        "nl": "Automation is leeg; kies de automation of campagne.",
    },
    "stop_what": {
        "en": "Nothing says what to stop: choose Customer or Lead and Automation, or fill in AutomationContactId.",
        "nl": "Er staat niet wat er gestopt moet worden: kies Klant of Lead en Automation, of vul "
        "AutomationContactId in.",
    },
    "stale_automation": {
        "en": "The chosen automation lacks what Spotler needs to find it; create a job with the operation Refresh "
        "Automations, then choose it again.",
        "nl": "De gekozen automation mist wat Spotler nodig heeft om hem te vinden; maak een job met de bewerking "
        "Refresh Automations en kies hem daarna opnieuw.",
    },
    "campaign_runs": {
        "en": "Campaigns have no AutomationContactId; to stop a campaign, clear AutomationContactId and choose "
        "Customer or Lead and the campaign.",
        "nl": "Campagnes hebben geen AutomationContactId; maak AutomationContactId leeg en kies Klant of Lead en de "
        "campagne om een campagne te stoppen.",
    },
    "no_runs": {
        "en": "AutomationContactId holds no id; fill in one or more, separated by commas.",
        "nl": "AutomationContactId bevat geen id; vul er een of meer in, gescheiden door komma's.",
    },
    "many_runs": {
        "en": "AutomationContactId holds {count} ids; one job stops at most {most}, so spread them over more jobs.",
        "nl": "AutomationContactId bevat {count} id's; een job stopt er hoogstens {most}, dus verdeel ze over meer "
        "jobs.",
    },
    "no_external_id": {
        "en": "The {table} has no value in the column {column}, by which Spotler knows it; fill it in and choose "
        "Activate.",
        "nl": "De {table} heeft geen waarde in de kolom {column}, waaraan Spotler hem herkent; vul die in en kies "
        "Activeren.",
    },
}


def _say(key: str, language: Language, **facts: object) -> str:
    return _SENTENCES[key][language].format(**facts)
