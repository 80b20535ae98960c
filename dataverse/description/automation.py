"""What is the table of automations and campaigns, the catalogue?"""

from __future__ import annotations

from typing import Final

from dataverse.description.parts import (
    Cell,
    Choice,
    Column,
    Condition,
    Form,
    Key,
    Memo,
    Option,
    Section,
    Table,
    Test,
    Text,
    View,
    Whole,
    Words,
    YesNo,
    fixed_id,
)
from dataverse.tables import Automation, AutomationStatus, Kind, State

MOST_STARTS: Final = 5000
"""The highest cap: so many rows are one page of Dataverse, so that they are counted by one request."""

_MOST_MINUTES: Final = 31 * 24 * 60

AUTOMATION: Final = Table(
    schema_name="spotler_Automation",
    set_name=Automation.SET,
    words=Words("Spotler Automation", "Spotler-automation"),
    plural=Words("Spotler Automations", "Spotler-automations"),
    meaning=Words(
        "An automation or campaign of Spotler that a job can start or stop. Filled by Spotler Jobs.",
        "Een automation of campagne van Spotler die een job kan starten of stoppen. Gevuld door Spotler Jobs.",
    ),
    primary=Column(
        Automation.NAME,
        Text(200),
        Words("Name", "Naam"),
        Words(
            "Its name in Spotler, behind a sign for its kind.",
            "De naam in Spotler, achter een teken voor de soort.",
        ),
    ),
    columns=(
        Column(
            Automation.KIND,
            Choice(
                (
                    Option(Kind.AUTOMATION, Words("Automation", "Automation")),
                    Option(Kind.CAMPAIGN, Words("Campaign", "Campagne")),
                )
            ),
            Words("Kind", "Soort"),
            Words("Whether it is an automation or a campaign.", "Of het een automation of een campagne is."),
        ),
        Column(
            Automation.CODE,
            Text(200),
            Words("Code", "Code"),
            Words("What starts it at Spotler.", "Waarmee Spotler hem start."),
        ),
        Column(
            Automation.EXTERNAL_ID,
            Text(200),
            Words("External ID", "Extern ID"),
            Words("What stops it at Spotler.", "Waarmee Spotler hem stopt."),
        ),
        Column(
            Automation.KEY,
            Text(100),
            Words("Key", "Sleutel"),
            Words(
                "One row for each trigger: made of kind and code.",
                "Eén rij per trigger: gemaakt van soort en code.",
            ),
        ),
        Column(
            Automation.FIELD_TEMPLATE,
            Memo(100_000),
            Words("Field Template", "Veldsjabloon"),
            Words(
                "What the Automation Fields of a new job are filled with.",
                "Waarmee de Automation Fields van een nieuwe job worden gevuld.",
            ),
        ),
        Column(
            Automation.HOLD,
            YesNo(),
            Words("Hold Starts", "Starts vasthouden"),
            Words(
                "While it says yes, jobs that start it wait; jobs that stop it do not.",
                "Zolang hier ja staat, wachten jobs die hem starten; jobs die hem stoppen niet.",
            ),
            by_people=True,
        ),
        Column(
            Automation.STARTS_PER_HOUR,
            Whole(1, MOST_STARTS),
            Words("Starts per Hour", "Starts per uur"),
            Words(
                "At most so many starts in any hour; the others wait. Empty: no cap.",
                "Hoogstens zoveel starts in een uur; de andere wachten. Leeg: geen grens.",
            ),
            by_people=True,
        ),
        Column(
            Automation.DUPLICATE_MINUTES,
            Whole(1, _MOST_MINUTES),
            Words("Duplicate Window (Minutes)", "Dubbel binnen (minuten)"),
            Words(
                "The same start for the same person within so many minutes is refused. Empty: never.",
                "Dezelfde start voor dezelfde persoon binnen zoveel minuten wordt geweigerd. Leeg: nooit.",
            ),
            by_people=True,
        ),
    ),
    statuses=(
        Option(AutomationStatus.PUBLISHED, Words("Published", "Gepubliceerd"), State.ACTIVE),
        Option(
            AutomationStatus.WITHDRAWN, Words("No longer published", "Niet meer gepubliceerd"), State.INACTIVE
        ),
    ),
    keys=(Key("spotler_AutomationKey", Words("Automation Key", "Automationsleutel"), (Automation.KEY,)),),
    views=(
        View(
            fixed_id("view active automations"),
            Words("Active automations", "Actieve automations"),
            ((Automation.NAME, 300), (Automation.KIND, 120), (Automation.CODE, 200), ("modifiedon", 140)),
            (Condition(Automation.STATE, Test.IS, (State.ACTIVE,)),),
            Automation.NAME,
        ),
    ),
    notes=True,
    form=Form(
        name=Words("Spotler Automation", "Spotler-automation"),
        tab=Words("Automation", "Automation"),
        left=(
            Section(
                "what",
                Words("In Spotler", "In Spotler"),
                (
                    Cell(Automation.NAME, locked=True),
                    Cell(Automation.KIND, locked=True),
                    Cell(Automation.FIELD_TEMPLATE, locked=True, rows=6),
                    Cell(Automation.STATUS, locked=True),
                ),
            ),
        ),
        right=(
            Section(
                "brakes",
                Words("Brakes", "Remmen"),
                (
                    Cell(Automation.HOLD),
                    Cell(Automation.STARTS_PER_HOUR),
                    Cell(Automation.DUPLICATE_MINUTES),
                ),
            ),
            Section(
                "technical",
                Words("Technical", "Technisch"),
                (
                    Cell(Automation.CODE, locked=True),
                    Cell(Automation.EXTERNAL_ID, locked=True),
                    Cell(Automation.KEY, locked=True),
                ),
            ),
            Section("changes", Words("What changed", "Wat er is veranderd"), (), timeline=True),
        ),
    ),
)
