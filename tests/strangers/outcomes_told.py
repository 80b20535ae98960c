"""Which jobs end in each of the outcomes there are, all of them about one person whom nobody may read of?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.scenario.people import BLACK_FRIDAY, INVOICE, JOURNEY, Person
from tests.strangers.ground import REFRESH, START, STOP

SUCCEEDED, PARTLY, FAILED, UNKNOWN, CANCELLED = 724000002, 724000003, 724000004, 724000005, 2
WAITING = 724000001

VALUE = "PIN-92735551-qx"
ADDRESS = "wilhelmina.geheimerath"
NAMES = ("Wilhelmina", "Geheimerath")
PERSONAL = (VALUE, ADDRESS, *NAMES, "92735551")

INVOICE_ID = "aaaaaaaa-0000-4000-8000-000000000001"
BOTH = "🚀 Both"
BOTH_IDS = (901, 902)
ECHO = {"errorType": "INVALID_PARAMS", "message": f"{VALUE} of {ADDRESS}@privat.example is not valid"}


def person(number: int) -> Person:
    """One of the people; each outcome has somebody of its own, so that none waits for another."""
    return Person("contacts", f"55555555-0000-4000-8000-{number:012}", " ".join(NAMES))


def address(number: int) -> str:
    """Mail address of a person, which is also what Spotler knows them by."""
    return f"{ADDRESS}{number}@privat.example"


@dataclass(frozen=True, slots=True)
class Case:
    """A job and what becomes of it.

    Attributes:
        trouble: what goes wrong at Spotler; the job then starts an automation of its own.
        before: the same automation is started first.
        runs: single runs are stopped.
        known: Spotler knows the person.
        nobody: neither customer nor lead is filled in.
        limited: the participation limit stands in the way.
    """

    name: str
    status: int
    code: str
    operation: int = START
    automation: str | None = INVOICE
    fields: str | None = f"invoiceEmail={ADDRESS}@privat.example\ninvoiceCode={VALUE}"
    trouble: Mapping[str, Any] | None = None
    before: bool = False
    runs: bool = False
    known: bool = True
    limited: bool = False
    nobody: bool = False


def _wrong(name: str, fields: str, automation: str = INVOICE) -> Case:
    return Case(name, FAILED, "INVALID_AUTOMATION_FIELDS", automation=automation, fields=fields)


CASES = (
    Case("start", SUCCEEDED, "OK"),
    Case(
        "start with a list and an address",
        SUCCEEDED,
        "OK",
        automation=JOURNEY,
        fields=f"crosssell={{{VALUE},{VALUE}}};brochure=https://privat.example/{VALUE}",
    ),
    Case("campaign", SUCCEEDED, "OK", automation=BLACK_FRIDAY, fields=f"any={VALUE}"),
    Case("stop", SUCCEEDED, "OK", STOP, before=True),
    Case("stop of a run", SUCCEEDED, "OK", STOP, before=True, runs=True),
    Case("partly", PARTLY, "PARTLY_OK", automation=BOTH, fields=None, limited=True),
    Case("nobody", FAILED, "INVALID_JOB", nobody=True),
    Case("nothing running", FAILED, "INVALID_STATE", STOP),
    Case(
        "refused with an echo",
        FAILED,
        "INVALID_PARAMS",
        trouble={"kind": "status", "status": 400, "body": ECHO},
    ),
    _wrong("a stray address", f"{ADDRESS}@privat.example"),
    _wrong("an unknown field", f"invoiceMail={VALUE}"),
    _wrong("a semicolon", f"invoiceCode=a;{VALUE} {ADDRESS}@privat.example"),
    _wrong("a line break", f"invoiceCode=a\n{VALUE}"),
    _wrong("twice", f"invoiceCode={VALUE}\ninvoiceCode={VALUE}"),
    _wrong("no web address", f"brochure=www.privat.example/{VALUE}", JOURNEY),
    _wrong("an open list", f"crosssell={{{VALUE},{VALUE}", JOURNEY),
    _wrong("a bare list", f"crosssell={VALUE},{VALUE}", JOURNEY),
    _wrong("a long value", "invoiceCode=" + f"{VALUE} " * 400),
    Case("unknown contact", FAILED, "CONTACT_NOTFOUND", known=False),
    Case("limit", FAILED, "PARTICIPATION_LIMIT_REACHED", limited=True),
    Case("lost answer", UNKNOWN, "OUTCOME_UNKNOWN", trouble={"kind": "drop_after"}),
    Case("half an answer", UNKNOWN, "OUTCOME_UNKNOWN", trouble={"kind": "half_body"}),
    Case("a page", UNKNOWN, "OUTCOME_UNKNOWN", trouble={"kind": "html"}),
    Case(
        "told to wait",
        WAITING,
        "SPOTLER_UNAVAILABLE",
        trouble={"kind": "status", "status": 429, "retry_after": "600"},
    ),
    Case(
        "credentials refused",
        FAILED,
        "SPOTLER_CREDENTIALS",
        trouble={
            "kind": "status",
            "status": 401,
            "body": {"errorType": "AUTH_NOT_FOUND", "message": f"no {VALUE}"},
        },
    ),
    Case("refresh", SUCCEEDED, "OK", REFRESH, automation=None, fields=None),
)


def code(number: int) -> str:
    """Trigger code of the automation in which something goes wrong for this person."""
    return f"cccccccc-0000-4000-8000-{number:012}"


def label(number: int, case: Case) -> str | None:
    """Label of the automation that a case is about."""
    return f"🚀 Trouble {number}" if case.trouble is not None else case.automation


def faults(numbered: Mapping[int, Case]) -> list[dict[str, Any]]:
    """What has to go wrong at Spotler."""
    return [
        {"match": f"POST /automation/trigger/{code(number)}", **case.trouble}
        for number, case in numbered.items()
        if case.trouble is not None
    ]


def spotler_seed(numbered: Mapping[int, Case]) -> dict[str, Any]:
    """What Spotler has to know for all this."""
    named = [{"name": name, "type": "STRING"} for name in ("invoiceEmail", "invoiceCode")]
    troubles = [
        _automation(number, f"Trouble {number}", code(number), named)
        for number, case in numbered.items()
        if case.trouble is not None
    ]
    return {
        "automations": [*troubles, *(_automation(number, "Both", code(0), []) for number in BOTH_IDS)],
        "contacts": [
            {
                "externalId": address(number),
                "name": " ".join(NAMES),
                "atParticipationLimit": [INVOICE_ID, _id(BOTH_IDS[0])] if case.limited else [],
            }
            for number, case in numbered.items()
            if case.known
        ],
    }


def _id(number: int) -> str:
    return f"dddddddd-0000-4000-8000-{number:012}"


def _automation(number: int, name: str, trigger: str, fields: list[dict[str, str]]) -> dict[str, Any]:
    triggers = [{"code": trigger, "label": name, "fields": fields}]
    return {"id": _id(number), "name": name, "published": True, "triggers": triggers}


def dataverse_seed(numbered: Mapping[int, Case]) -> dict[str, Any]:
    """The people, with all that is personal."""
    first, last = NAMES
    return {
        "contacts": [
            {
                "id": person(number).id,
                "firstname": first,
                "lastname": last,
                "emailaddress1": address(number),
                "telephone1": VALUE,
            }
            for number in numbered
        ]
    }
