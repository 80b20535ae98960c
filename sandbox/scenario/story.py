"""Which jobs does the story have, and what has to come of each?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.scenario.dynamics import REFRESH, START, STOP
from sandbox.scenario.people import (
    ALEX,
    BLACK_FRIDAY,
    CONTOSO,
    FABRIKAM,
    INVOICE,
    JOURNEY,
    KIM,
    LOT,
    NOOR,
    REMINDER,
    ROBIN,
    SAM,
    WELCOME,
    Person,
)

SUCCEEDED = 724000002
FAILED = 724000004

type Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Step:
    """One job, and what has to come of it.

    Attributes:
        name: by which later steps refer to its run.
        runs_of: the steps whose AutomationContactIds the job names.
        status: status reason that the row must end with.
        code: its Result Code.
        says: a part of its Result Message.
        starts: what Spotler must have received for a run, by field; None: no run may have begun.
        stops: steps whose runs must be stopped afterwards.
    """

    name: str
    operation: int
    person: Person | None = None
    automation: str | None = None
    fields: str | None = None
    runs_of: tuple[str, ...] = ()
    status: int = SUCCEEDED
    code: str = "OK"
    says: str = ""
    starts: Mapping[str, Value] | None = None
    stops: tuple[str, ...] = field(default=())

    @property
    def has_run_id(self) -> bool:
        """Whether the row must name a run of its own: Spotler gives none for campaigns."""
        return self.starts is not None and self.automation is not None and self.automation.startswith("🚀")


def _start(name: str, automation: str, person: Person, fields: str | None = None, **sent: Value) -> Step:
    return Step(name, START, person, automation, fields, starts=sent)


ON_ONE_LINE = "invoiceEmail=kim@example.org;invoiceCode=;invoiceVatNumber=NL123456"
LEFT_OUT = "invoiceEmail=contoso@example.org;invoiceVatNumber=NL123456"
LINES_AND_SEMICOLONS = "invoiceEmail=robin@example.org;\ninvoiceCode=;\ninvoiceVatNumber=NL123456"
LINES = "invoiceEmail=sam@example.org\ninvoiceCode=\ninvoiceVatNumber=NL123456"
LINES_LEFT_OUT = "invoiceEmail=alex@example.org\ninvoiceVatNumber=NL123456"
PRODUCTS = "crosssell={123,567,891};brochure=https://example.org/brochure.pdf"

STORY = (
    Step("refresh", REFRESH),
    # Every layout of Automation Fields that people are shown, for each kind of person.
    _start(
        "one line", INVOICE, KIM, ON_ONE_LINE, invoiceEmail="kim@example.org", invoiceVatNumber="NL123456"
    ),
    _start(
        "left out",
        INVOICE,
        CONTOSO,
        LEFT_OUT,
        invoiceEmail="contoso@example.org",
        invoiceVatNumber="NL123456",
    ),
    _start(
        "lines and semicolons",
        INVOICE,
        ROBIN,
        LINES_AND_SEMICOLONS,
        invoiceEmail="robin@example.org",
        invoiceVatNumber="NL123456",
    ),
    _start("lines", INVOICE, SAM, LINES, invoiceEmail="sam@example.org", invoiceVatNumber="NL123456"),
    _start(
        "lines, left out",
        INVOICE,
        ALEX,
        LINES_LEFT_OUT,
        invoiceEmail="alex@example.org",
        invoiceVatNumber="NL123456",
    ),
    _start(
        "products",
        JOURNEY,
        FABRIKAM,
        PRODUCTS,
        crosssell=["123", "567", "891"],
        brochure="https://example.org/brochure.pdf",
    ),
    # Stopping all runs of an automation for one person.
    _start("journey", JOURNEY, KIM),
    _start("journey again", JOURNEY, KIM, "crosssell={123}", crosssell=["123"]),
    Step("stop by person", STOP, KIM, JOURNEY, stops=("journey", "journey again")),
    # Stopping runs by their AutomationContactId.
    _start("welcome Kim", WELCOME, KIM),
    _start("welcome Sam", WELCOME, SAM),
    _start("welcome Robin", WELCOME, ROBIN),
    Step("stop one run", STOP, runs_of=("welcome Sam",), stops=("welcome Sam",)),
    Step(
        "stop several runs",
        STOP,
        runs_of=("welcome Kim", "welcome Robin"),
        stops=("welcome Kim", "welcome Robin"),
    ),
    # Campaigns go by the same two operations.
    _start("campaign", BLACK_FRIDAY, SAM),
    _start("other trigger of the campaign", REMINDER, CONTOSO),
    Step("stop campaign", STOP, SAM, BLACK_FRIDAY, stops=("campaign",)),
    # Mistakes are told, and nothing is started.
    Step(
        "wrong name",
        START,
        KIM,
        INVOICE,
        "invoicemail=kim@example.org",
        status=FAILED,
        code="INVALID_AUTOMATION_FIELDS",
        says="invoiceEmail",
    ),
    Step(
        "hint left in place",
        START,
        CONTOSO,
        INVOICE,
        "invoiceEmail=STRING;invoiceVatNumber=NL123456",
        status=FAILED,
        code="INVALID_AUTOMATION_FIELDS",
        says="invoiceEmail",
    ),
    Step("unknown to Spotler", START, NOOR, WELCOME, status=FAILED, code="CONTACT_NOTFOUND"),
    Step("at the limit", START, LOT, INVOICE, status=FAILED, code="PARTICIPATION_LIMIT_REACHED"),
)
