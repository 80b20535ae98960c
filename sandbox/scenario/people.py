"""Whom does the seed data of the sandbox know, and under what names do the tables go?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """A row that a job can address.

    Attributes:
        set_name: of its table: contacts, accounts or leads.
        id: of the row.
        name: as people read it.
    """

    set_name: str
    id: str
    name: str

    @property
    def kind(self) -> str:
        """The table in one word: contact, account or lead."""
        return self.set_name.removesuffix("s")

    @property
    def binding(self) -> str:
        """The property that binds a job to this row."""
        if self.set_name == "leads":
            return "spotler_LeadId@odata.bind"
        return f"spotler_CustomerId_{self.kind}@odata.bind"


CONTOSO = Person("accounts", "11111111-0000-4000-8000-000000000001", "Contoso")
FABRIKAM = Person("accounts", "11111111-0000-4000-8000-000000000002", "Fabrikam")
KIM = Person("contacts", "22222222-0000-4000-8000-000000000001", "Kim Jansen")
SAM = Person("contacts", "22222222-0000-4000-8000-000000000002", "Sam de Vries")
NOOR = Person("contacts", "22222222-0000-4000-8000-000000000003", "Noor Bakker")
"""Spotler does not know her."""
LOT = Person("contacts", "22222222-0000-4000-8000-000000000004", "Lot Visser")
"""She has been through Invoice as often as it allows."""
ROBIN = Person("leads", "33333333-0000-4000-8000-000000000001", "Robin Smit")
ALEX = Person("leads", "33333333-0000-4000-8000-000000000002", "Alex Mulder")

EVERYONE = (CONTOSO, FABRIKAM, KIM, SAM, NOOR, LOT, ROBIN, ALEX)

INVOICE = "🚀 Invoice"
JOURNEY = "🚀 New Customer Journey"
WELCOME = "🚀 Welcome"
BLACK_FRIDAY = "📢 Black Friday"
REMINDER = "📢 Black Friday reminder"

OFFERED = frozenset({INVOICE, JOURNEY, WELCOME, BLACK_FRIDAY, REMINDER})
"""What the list shows once it is refreshed; an automation that is not published and a campaign that is not
active are known to Spotler too, and must not be in it."""
