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
    Words,
    fixed_id,
)
from dataverse.tables import Automation, AutomationStatus, Kind, State

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
                "technical",
                Words("Technical", "Technisch"),
                (
                    Cell(Automation.CODE, locked=True),
                    Cell(Automation.EXTERNAL_ID, locked=True),
                    Cell(Automation.KEY, locked=True),
                ),
            ),
        ),
    ),
)
