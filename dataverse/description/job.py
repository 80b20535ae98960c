"""What is the table of jobs?"""

from __future__ import annotations

from typing import Final

from dataverse.description.parts import (
    Cell,
    Choice,
    Column,
    Condition,
    Customer,
    Form,
    Lookup,
    Memo,
    Moment,
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
from dataverse.tables import Automation, Job, Operation, State, Status

FORM_SCRIPT: Final = "spotler_/job_form.js"
"""Name of the web resource that the form of a job loads."""

_MOST_ATTEMPTS: Final = 2**31 - 1

JOB: Final = Table(
    schema_name="spotler_Job",
    set_name=Job.SET,
    words=Words("Spotler Job", "Spotler-job"),
    plural=Words("Spotler Jobs", "Spotler-jobs"),
    meaning=Words(
        "Asks Spotler to start or stop an automation or campaign for somebody, and tells what came of it.",
        "Vraagt Spotler een automation of campagne voor iemand te starten of te stoppen, en vertelt de uitkomst.",
    ),
    primary=Column(
        Job.NAME,
        Text(200),
        Words("Name", "Naam"),
        Words("Filled in when it is left empty.", "Wordt ingevuld als hij leeg blijft."),
        by_people=True,
    ),
    columns=(
        Column(
            Job.OPERATION,
            Choice(
                (
                    Option(Operation.START_AUTOMATION, Words("Start Automation", "Automation starten")),
                    Option(Operation.STOP_AUTOMATION, Words("Stop Automation", "Automation stoppen")),
                    Option(
                        Operation.REFRESH_AUTOMATIONS, Words("Refresh Automations", "Automations verversen")
                    ),
                    Option(
                        Operation.VALIDATE_AUTOMATION, Words("Validate Automation", "Automation controleren")
                    ),
                )
            ),
            Words("Operation", "Bewerking"),
            Words("What is to be done.", "Wat er moet gebeuren."),
            by_people=True,
        ),
        Column(
            Job.CUSTOMER_SCHEMA,
            Customer(
                (("account", "spotler_job_CustomerId_account"), ("contact", "spotler_job_CustomerId_contact"))
            ),
            Words("Customer", "Klant"),
            Words("The account or contact it is for.", "Het account of de contactpersoon voor wie het is."),
            by_people=True,
        ),
        Column(
            Job.LEAD_LEAD,
            Lookup("lead", "spotler_job_LeadId_lead"),
            Words("Lead", "Lead"),
            Words(
                "The lead it is for, instead of a customer.",
                "De lead voor wie het is, in plaats van een klant.",
            ),
            by_people=True,
        ),
        Column(
            Job.AUTOMATION_AUTOMATION,
            Lookup(Automation.TABLE, "spotler_job_AutomationId_automation"),
            Words("Automation", "Automation"),
            Words("The automation or campaign.", "De automation of campagne."),
            by_people=True,
        ),
        Column(
            Job.AUTOMATION_FIELDS,
            Memo(1_048_576),
            Words("Automation Fields", "Automation Fields"),
            Words(
                "Data for the messages, such as invoiceEmail=info@example.org;portalLink=https://example.org",
                "Gegevens voor de berichten, zoals invoiceEmail=info@example.org;portalLink=https://example.org",
            ),
            by_people=True,
        ),
        Column(
            Job.AUTOMATION_CONTACT_ID,
            Text(4000),
            Words("AutomationContactId", "AutomationContactId"),
            Words(
                "The runs that were started, or the runs to stop; commas between several.",
                "De runs die zijn gestart, of die moeten stoppen; komma's tussen meerdere.",
            ),
            by_people=True,
        ),
        Column(
            Job.RESULT_CODE,
            Text(100),
            Words("Result Code", "Resultaatcode"),
            Words("OK, or a named reason.", "OK, of een benoemde reden."),
        ),
        Column(
            Job.RESULT_MESSAGE,
            Memo(4000),
            Words("Result Message", "Resultaatbericht"),
            Words(
                "What happened and what to do, in plain words.",
                "Wat er gebeurde en wat te doen, in gewone taal.",
            ),
        ),
        Column(
            Job.ATTEMPTS,
            Whole(0, _MOST_ATTEMPTS),
            Words("Attempts", "Pogingen"),
            Words("How often it was taken up.", "Hoe vaak hij is opgepakt."),
        ),
        Column(
            Job.CLAIMED_ON,
            Moment(),
            Words("Claimed On", "Opgepakt op"),
            Words("Since when it is being worked on.", "Sinds wanneer eraan wordt gewerkt."),
        ),
        Column(
            Job.CLAIM_TOKEN,
            Text(100),
            Words("Claim Token", "Claimkenmerk"),
            Words("Which worker it is with.", "Bij welke worker hij ligt."),
        ),
        Column(
            Job.QUEUED_ON,
            Moment(),
            Words("Queued On", "In de wachtrij sinds"),
            Words("When its tries began.", "Wanneer de pogingen begonnen."),
        ),
        Column(
            Job.RETRY_ON,
            Moment(),
            Words("Retry On", "Volgende poging"),
            Words("When it is tried again.", "Wanneer hij opnieuw wordt geprobeerd."),
        ),
        Column(
            Job.COMPLETED_ON,
            Moment(),
            Words("Completed On", "Voltooid op"),
            Words("When it ended.", "Wanneer hij eindigde."),
        ),
        Column(
            Job.SEQUENCE,
            Text(100, autonumber="{SEQNUM:10}"),
            Words("Sequence", "Volgnummer"),
            Words(
                "Orders jobs saved in the same second.",
                "Ordent jobs die in dezelfde seconde zijn opgeslagen.",
            ),
        ),
        Column(
            Job.FORCE,
            YesNo(),
            Words("Start Anyway", "Toch starten"),
            Words(
                "Start it also where the same start was made shortly before.",
                "Ook starten als dezelfde start kort ervoor al is gedaan.",
            ),
            by_people=True,
        ),
        Column(
            Job.HELD_ON,
            Moment(),
            Words("Held Since", "Vastgehouden sinds"),
            Words(
                "Since when a brake of its automation makes it wait.",
                "Sinds wanneer een rem van zijn automation hem laat wachten.",
            ),
        ),
    ),
    statuses=(
        Option(Status.QUEUED, Words("Queued", "In de wachtrij"), State.ACTIVE),
        Option(Status.CANCELLED, Words("Cancelled", "Geannuleerd"), State.INACTIVE),
        Option(Status.IN_PROGRESS, Words("In progress", "Bezig"), State.ACTIVE),
        Option(Status.WAITING, Words("Waiting", "Wacht"), State.ACTIVE),
        Option(Status.SUCCEEDED, Words("Succeeded", "Gelukt"), State.INACTIVE),
        Option(Status.PARTLY_SUCCEEDED, Words("Partly succeeded", "Deels gelukt"), State.INACTIVE),
        Option(Status.FAILED, Words("Failed", "Mislukt"), State.INACTIVE),
        Option(Status.OUTCOME_UNKNOWN, Words("Outcome unknown", "Uitkomst onbekend"), State.INACTIVE),
    ),
    views=(
        View(
            fixed_id("view my open jobs"),
            Words("My open jobs", "Mijn openstaande jobs"),
            (
                (Job.NAME, 300),
                (Job.STATUS, 120),
                (Job.CREATED_ON, 140),
                (Job.RETRY_ON, 140),
                (Job.RESULT_MESSAGE, 300),
            ),
            (
                Condition("ownerid", Test.MINE),
                Condition(Job.STATE, Test.IS, (State.ACTIVE,)),
            ),
            Job.CREATED_ON,
            descending=True,
        ),
        View(
            fixed_id("view failed and unknown"),
            Words("Failed and unknown", "Mislukt en onbekend"),
            (
                (Job.NAME, 300),
                (Job.STATUS, 130),
                (Job.RESULT_CODE, 180),
                (Job.RESULT_MESSAGE, 400),
                (Job.COMPLETED_ON, 140),
            ),
            (
                Condition(
                    Job.STATUS,
                    Test.ONE_OF,
                    (Status.PARTLY_SUCCEEDED, Status.FAILED, Status.OUTCOME_UNKNOWN),
                ),
            ),
            Job.COMPLETED_ON,
            descending=True,
        ),
    ),
    form=Form(
        name=Words("Spotler Job", "Spotler-job"),
        tab=Words("Job", "Job"),
        left=(
            Section("what", Words("What", "Wat"), (Cell(Job.OPERATION), Cell(Job.AUTOMATION_COLUMN))),
            Section(
                "whom", Words("For whom", "Voor wie"), (Cell(Job.CUSTOMER_COLUMN), Cell(Job.LEAD_COLUMN))
            ),
            Section(
                "fields",
                Words("Data for the messages", "Gegevens voor de berichten"),
                (Cell(Job.AUTOMATION_FIELDS, rows=8), Cell(Job.FORCE)),
            ),
            Section("runs", Words("Single runs", "Losse runs"), (Cell(Job.AUTOMATION_CONTACT_ID),)),
        ),
        right=(
            Section(
                "result",
                Words("Result", "Resultaat"),
                (
                    Cell(Job.STATUS, locked=True),
                    Cell(Job.RESULT_CODE, locked=True),
                    Cell(Job.RESULT_MESSAGE, locked=True, rows=4),
                    Cell(Job.COMPLETED_ON, locked=True),
                ),
            ),
            Section(
                "details",
                Words("Details", "Details"),
                (
                    Cell(Job.NAME),
                    Cell("ownerid"),
                    Cell(Job.CREATED_ON, locked=True),
                    Cell(Job.ATTEMPTS, locked=True),
                    Cell(Job.RETRY_ON, locked=True),
                    Cell(Job.SEQUENCE, locked=True),
                ),
            ),
        ),
        library=FORM_SCRIPT,
        on_load="SpotlerJobs.form.onLoad",
    ),
)
